/* 3.23  Back through one row, by hand
 *
 * The step of a backward pass that is most often wrong is five numbers long. given.txt, beside this
 * file, holds a row of attention weights p and the gradient dP of the loss by them. Take a pencil:
 *
 *   D     = sum_l p_l dP_l
 *   dS_j  = p_j (dP_j - D)      the gradient by the scores
 *
 *   weights       p, (3), as in given.txt
 *   grad_weights  dP, (3), as in given.txt
 *   predicted     (4): D, then dS_0, dS_1, dS_2; three decimals are enough
 *
 * Write your four numbers down as constants, and only then run the check. What is right is not
 * shown, but known mistakes are named. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_vector.h>

int predict_row(const gsl_vector *weights, const gsl_vector *grad_weights, gsl_vector *predicted)
{
#ifdef SOLUTION
    double d = 0.0;
    for (size_t l = 0; l < weights->size; l++) {
        d += gsl_vector_get(weights, l) * gsl_vector_get(grad_weights, l);
    }
    gsl_vector_set(predicted, 0, d);
    for (size_t j = 0; j < weights->size; j++) {
        double above = gsl_vector_get(grad_weights, j) - d;
        gsl_vector_set(predicted, j + 1, gsl_vector_get(weights, j) * above);
    }
    return GSL_SUCCESS;
#else
    /* TODO(3.23): gsl_vector_set(predicted, 0, 0.123); and so on */
    return GSL_SUCCESS;
#endif
}
