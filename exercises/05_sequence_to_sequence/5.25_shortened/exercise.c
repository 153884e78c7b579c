/* 5.25  Shortened, and turned
 *
 * Gradients through time explode now and then, so they are shortened before a step. With the
 * function below the training no longer explodes; but it learns more slowly than it should, and a
 * second program, with the same data and the same rates, goes another way. Find the reason, and
 * mend it.
 *
 *   norm = the root of the sum of squares of ALL numbers of all three gradients together;
 *   if norm > max_norm, every number is multiplied by max_norm / norm, else none is.
 *
 *   a, b, c   three gradients, of any shapes: they are shortened where they stand
 *   max_norm  above 0
 *   norm      (1): what the norm was before anything was shortened */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

static double sum_of_squares(const gsl_matrix *g)
{
    double sum = 0.0;
    for (size_t i = 0; i < g->size1; i++) {
        for (size_t j = 0; j < g->size2; j++) {
            sum += gsl_matrix_get(g, i, j) * gsl_matrix_get(g, i, j);
        }
    }
    return sum;
}

int shorten(gsl_matrix *a, gsl_matrix *b, gsl_matrix *c, double max_norm, gsl_vector *norm)
{
    gsl_matrix *const all[] = {a, b, c};
    double squares = 0.0;
    for (size_t m = 0; m < 3; m++) {
        squares += sum_of_squares(all[m]);
    }
    double length = sqrt(squares);
    gsl_vector_set(norm, 0, length);
    for (size_t m = 0; m < 3; m++) {
#ifdef SOLUTION
        if (length > max_norm) {
            gsl_matrix_scale(all[m], max_norm / length);
        }
#else
        double own = sqrt(sum_of_squares(all[m]));
        if (own > max_norm) {
            gsl_matrix_scale(all[m], max_norm / own);
        }
#endif
    }
    return GSL_SUCCESS;
}
