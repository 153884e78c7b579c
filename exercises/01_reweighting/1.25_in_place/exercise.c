/* 1.25  Reweighting in place
 *
 *   x_i  becomes  sum_j w_ij x_j        for all i at the same time
 *
 * To save memory somebody let the result take the place of the words. The first row comes out right,
 * the others do not, and with weights of 0 and 1 only the tests were green.
 *
 *   weights  w, (n x n)
 *   x        (n x d): read, and replaced
 *
 * Mend it with one gsl_vector of n numbers, or less. A copy of the whole of x would be right, too,
 * and would give up what was to be saved. What you allocate you free. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

int reweight_in_place(const gsl_matrix *weights, gsl_matrix *x)
{
#ifdef SOLUTION
    /* No column needs another one, so one column is all that must be kept. */
    gsl_vector *column = gsl_vector_alloc(x->size1);
    if (!column) {
        return GSL_ENOMEM;
    }
    for (size_t c = 0; c < x->size2; c++) {
        gsl_matrix_get_col(column, x, c);
        for (size_t i = 0; i < x->size1; i++) {
            double sum = 0.0;
            for (size_t j = 0; j < x->size1; j++) {
                sum += gsl_matrix_get(weights, i, j) * gsl_vector_get(column, j);
            }
            gsl_matrix_set(x, i, c, sum);
        }
    }
    gsl_vector_free(column);
    return GSL_SUCCESS;
#else
    for (size_t i = 0; i < x->size1; i++) {
        for (size_t c = 0; c < x->size2; c++) {
            double sum = 0.0;
            for (size_t j = 0; j < x->size1; j++) {
                sum += gsl_matrix_get(weights, i, j) * gsl_matrix_get(x, j, c);
            }
            gsl_matrix_set(x, i, c, sum);
        }
    }
    return GSL_SUCCESS;
#endif
}
