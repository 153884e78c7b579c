#include "reference/layer_norm.h"
#include "reference/checks.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

static int check_rows(const gsl_matrix *x, const gsl_vector *gain, const gsl_vector *bias,
                      const gsl_vector *mean, const gsl_vector *rate, const gsl_matrix *output)
{
    if (gain->size != x->size2 || bias->size != x->size2) {
        GSL_ERROR("there must be one gain and one bias per column", GSL_EBADLEN);
    }
    if (mean->size != x->size1 || rate->size != x->size1) {
        GSL_ERROR("there must be one mean and one rate per row", GSL_EBADLEN);
    }
    if (!same_shape(output, x)) {
        GSL_ERROR("input and output must have the same shape", GSL_EBADLEN);
    }
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one row and one column", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

int ref_layer_norm_forward(const gsl_matrix *x, const gsl_vector *gain, const gsl_vector *bias,
                           double epsilon, gsl_vector *mean, gsl_vector *rate, gsl_matrix *output)
{
    int status = check_rows(x, gain, bias, mean, rate, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (!(epsilon > 0.0 && isfinite(epsilon))) {
        GSL_ERROR("epsilon must be positive and finite", GSL_EINVAL);
    }
    // [layer-norm-forward]
    for (size_t i = 0; i < x->size1; i++) {
        const double *x_i = gsl_matrix_const_ptr(x, i, 0);
        double mu = gsl_stats_mean(x_i, 1, x->size2);
        double variance = gsl_stats_variance_with_fixed_mean(x_i, 1, x->size2, mu);
        double r = 1.0 / sqrt(variance + epsilon);
        for (size_t c = 0; c < x->size2; c++) {
            double z = (x_i[c] - mu) * r;
            double y = gsl_vector_get(gain, c) * z + gsl_vector_get(bias, c);
            gsl_matrix_set(output, i, c, y);
        }
        gsl_vector_set(mean, i, mu);
        gsl_vector_set(rate, i, r);
    }
    // [layer-norm-forward]
    return GSL_SUCCESS;
}

// [layer-norm-backward]
/* z = (x - mu) r,  y = gain o z + bias:  g = gain o dy,  d gain += dy o z,  d bias += dy,
 * and, as mu and r depend on every x,  dx += r (g - mean(g) - z mean(g o z)) */
static void backward_of_row(const gsl_vector *x, const gsl_vector *gain, double mu, double r,
                            const gsl_vector *dy, gsl_vector *dx, gsl_vector *grad_gain,
                            gsl_vector *grad_bias)
{
    double mean_g = 0.0, mean_gz = 0.0;
    for (size_t c = 0; c < x->size; c++) {
        double z = (gsl_vector_get(x, c) - mu) * r, dy_c = gsl_vector_get(dy, c);
        double g = gsl_vector_get(gain, c) * dy_c;
        mean_g += g / (double)x->size;
        mean_gz += g * z / (double)x->size;
        *gsl_vector_ptr(grad_gain, c) += dy_c * z;
        *gsl_vector_ptr(grad_bias, c) += dy_c;
    }
    for (size_t c = 0; c < x->size; c++) {
        double z = (gsl_vector_get(x, c) - mu) * r;
        double g = gsl_vector_get(gain, c) * gsl_vector_get(dy, c);
        *gsl_vector_ptr(dx, c) += r * (g - mean_g - z * mean_gz);
    }
}
// [layer-norm-backward]

int ref_layer_norm_backward(const gsl_matrix *x, const gsl_vector *gain, const gsl_vector *mean,
                            const gsl_vector *rate, const gsl_matrix *grad_output,
                            gsl_matrix *grad_x, gsl_vector *grad_gain, gsl_vector *grad_bias)
{
    if (!same_shape(grad_x, x) || grad_gain->size != gain->size) {
        GSL_ERROR("x and the gain must have the shape of their gradients", GSL_EBADLEN);
    }
    int status = check_rows(x, gain, grad_bias, mean, rate, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    for (size_t i = 0; i < x->size1; i++) {
        gsl_vector_const_view x_i = gsl_matrix_const_row(x, i);
        gsl_vector_const_view dy_i = gsl_matrix_const_row(grad_output, i);
        gsl_vector_view dx_i = gsl_matrix_row(grad_x, i);
        double mu = gsl_vector_get(mean, i), r = gsl_vector_get(rate, i);
        backward_of_row(&x_i.vector, gain, mu, r, &dy_i.vector, &dx_i.vector, grad_gain, grad_bias);
    }
    return GSL_SUCCESS;
}
