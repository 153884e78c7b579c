/* W = X X^T, Y = W X: in place of a copy of X. */

#include "reference/reweighting.h"

#include <gsl/gsl_errno.h>

int reweight_in_place(const gsl_matrix *weights, gsl_matrix *x);

int ref_dot_reweighting(const gsl_matrix *x, gsl_matrix *weights, gsl_matrix *output)
{
    int status = ref_dot_weights(x, weights);
    if (status == GSL_SUCCESS) {
        gsl_matrix_memcpy(output, x);
        status = reweight_in_place(weights, output);
    }
    return status;
}
