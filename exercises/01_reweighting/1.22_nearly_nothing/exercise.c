/* 1.22  A sum that is nearly nothing
 *
 * Dividing a row of weights by its sum breaks where positive and negative weights cancel: what is
 * left of the sum is rounding. So the row has to be given up before that, and the question is when.
 * "When the sum is below 0.001" is no answer: weights may come in millionths or in millions. A sum
 * is small only in comparison with what was added up:
 *
 *   p_ij = w_ij / s_i    if |s_i| > least * a_i,    else 0 for the whole row
 *
 *   s_i = sum_l w_il,    a_i = sum_l |w_il|
 *
 *   weights  w, (n_q x n_k): any signs, also rows of nothing but 0
 *   least    from 0 to 1
 *   divided  p, (n_q x n_k): fill all of it
 *
 * Write the loops yourself; fabs() is all that you need. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <math.h>

int careful_division(const gsl_matrix *weights, double least, gsl_matrix *divided)
{
#ifdef SOLUTION
    for (size_t i = 0; i < weights->size1; i++) {
        double sum = 0.0, size = 0.0;
        for (size_t j = 0; j < weights->size2; j++) {
            sum += gsl_matrix_get(weights, i, j);
            size += fabs(gsl_matrix_get(weights, i, j));
        }
        double factor = fabs(sum) > least * size ? 1.0 / sum : 0.0;
        for (size_t j = 0; j < weights->size2; j++) {
            gsl_matrix_set(divided, i, j, factor * gsl_matrix_get(weights, i, j));
        }
    }
    return GSL_SUCCESS;
#else
    /* TODO(1.22) */
    return GSL_SUCCESS;
#endif
}
