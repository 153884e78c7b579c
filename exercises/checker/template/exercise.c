/* @ID@  A title without maths
 *
 * Why one would want this, in two sentences. Then the formula, and every argument with its shape.
 *
 *   mean_c = 1/n sum_i x_ic
 *
 *   x     (n x d)
 *   mean  (d): fill all of it
 *
 * What may be used, and what may not. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

int mean_of_rows(const gsl_matrix *x, gsl_vector *mean)
{
#ifdef SOLUTION
    for (size_t c = 0; c < x->size2; c++) {
        double sum = 0.0;
        for (size_t i = 0; i < x->size1; i++) {
            sum += gsl_matrix_get(x, i, c);
        }
        gsl_vector_set(mean, c, sum / (double)x->size1);
    }
    return GSL_SUCCESS;
#else
    /* TODO(@ID@) */
    return GSL_SUCCESS;
#endif
}
