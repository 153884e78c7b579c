/* 3.29  Gradients that nobody hears
 *
 * Between the weights of a row and its scores stands the softmax, and not every gradient gets
 * through it: dS_j = p_j (dP_j - D), with D = sum_l p_l dP_l. You will know what it lets pass when
 * you can make it pass nothing, or one thing only.
 *
 *   row 0   a dP that is not 0 anywhere, and no score gets a gradient: all dS_j are 0
 *   row 1   a dP for which the scores 0 and 1 get a gradient, and no other score does
 *
 *   weights       p, (n), n at least 3; all positive, and they sum to 1
 *   grad_weights  dP, (2 x n): fill both rows, with numbers between -100 and 100
 *
 * There are many right answers. "0" means: below 1e-9; a gradient means: above 1e-3. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

int unheard(const gsl_vector *weights, gsl_matrix *grad_weights)
{
#ifdef SOLUTION
    gsl_matrix_set_zero(grad_weights);
    for (size_t j = 0; j < weights->size; j++) {
        gsl_matrix_set(grad_weights, 0, j, 1.0);
    }
    /* D = 0, so all keys with dP = 0 are as good as the mean */
    gsl_matrix_set(grad_weights, 1, 0, 1.0);
    gsl_matrix_set(grad_weights, 1, 1, -gsl_vector_get(weights, 0) / gsl_vector_get(weights, 1));
    return GSL_SUCCESS;
#else
    /* TODO(3.29) */
    return GSL_SUCCESS;
#endif
}
