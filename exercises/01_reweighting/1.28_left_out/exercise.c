/* 1.28  Left out, without doing it again
 *
 * The honest error predicts each point from the others. That seems to take n regressions, each with
 * another point left out. But one regression knows it all: its weights p_ij are divided by the sum
 * of the row, and without point i the same weights are divided by a smaller one.
 *
 *   residual_i = v_i - (prediction of v_i from all points but i)
 *
 *   weights   p, (n x n), not negative; each row sums to 1: the weights with every point in it
 *   values    v, (n)
 *   residual  (n): fill all of it
 *
 * Where p_ii = 1 a point sees nobody but itself. Without itself it sees nobody at all, and is
 * predicted as 0, as everywhere in chapter 1.
 *
 * Derive it first; then it is one loop over the points with one sum in it, and no other memory. No
 * p_ii lies between 0.999 and 1. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

int left_out_residuals(const gsl_matrix *weights, const gsl_vector *values, gsl_vector *residual)
{
#ifdef SOLUTION
    /* y = p_ii v_i + (1 - p_ii) y',  so  v_i - y' = (v_i - y) / (1 - p_ii) */
    for (size_t i = 0; i < values->size; i++) {
        double own = gsl_matrix_get(weights, i, i), value = gsl_vector_get(values, i), y = 0.0;
        for (size_t j = 0; j < values->size; j++) {
            y += gsl_matrix_get(weights, i, j) * gsl_vector_get(values, j);
        }
        gsl_vector_set(residual, i, own < 1.0 ? (value - y) / (1.0 - own) : value);
    }
    return GSL_SUCCESS;
#else
    /* TODO(1.28) */
    return GSL_SUCCESS;
#endif
}
