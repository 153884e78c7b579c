#include "reference/feed_forward.h"
#include "reference/checks.h"
#include "reference/projection.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <stdbool.h>

/* Whether parameters, or their gradients, belong to layers of these sizes. */
static bool fit(const ref_feed_forward *layers, size_t d_model, size_t n_hidden)
{
    return has_shape(layers->weight_1, d_model, n_hidden) && layers->bias_1->size == n_hidden &&
           has_shape(layers->weight_2, n_hidden, d_model) && layers->bias_2->size == d_model;
}

static int check_layers(const gsl_matrix *x, const ref_feed_forward *parameters,
                        ref_activation activation, const gsl_matrix *hidden,
                        const gsl_matrix *output)
{
    if (!fit(parameters, x->size2, hidden->size2)) {
        GSL_ERROR("the parameters must fit the columns of x and of the hidden layer", GSL_EBADLEN);
    }
    if (hidden->size1 != x->size1 || !same_shape(output, x)) {
        GSL_ERROR("there must be one hidden row and one output, as wide as x, per row of x",
                  GSL_EBADLEN);
    }
    if (is_empty(x) || is_empty(hidden)) {
        GSL_ERROR("there must be at least one row, one column and one hidden unit", GSL_EINVAL);
    }
    if (activation != REF_RELU && activation != REF_GELU) {
        GSL_ERROR("the activation must be ReLU or GELU", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* Phi(h) is 1/2 (1 + erf(h / sqrt(2))), the share of a normal distribution that lies below h. */
// [activation]
static double activation_of(double h, ref_activation activation)
{
    return activation == REF_RELU ? GSL_MAX(0.0, h) : h * gsl_cdf_ugaussian_P(h);
}

/* f'(h). The slope of Phi is the normal density. */
static double slope_of(double h, ref_activation activation)
{
    if (activation == REF_RELU) {
        return h > 0.0 ? 1.0 : 0.0;
    }
    return gsl_cdf_ugaussian_P(h) + h * gsl_ran_ugaussian_pdf(h);
}
// [activation]

static void activate(const gsl_matrix *hidden, ref_activation activation, gsl_matrix *activated)
{
    for (size_t i = 0; i < hidden->size1; i++) {
        for (size_t c = 0; c < hidden->size2; c++) {
            double h = gsl_matrix_get(hidden, i, c);
            gsl_matrix_set(activated, i, c, activation_of(h, activation));
        }
    }
}

int ref_feed_forward_forward(const gsl_matrix *x, const ref_feed_forward *parameters,
                             ref_activation activation, gsl_matrix *hidden, gsl_matrix *activated,
                             gsl_matrix *output)
{
    int status = check_layers(x, parameters, activation, hidden, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (!same_shape(activated, hidden)) {
        GSL_ERROR("the scratch must have the shape of the hidden layer", GSL_EBADLEN);
    }
    // [feed-forward-forward]
    /* H = X W_1 + b_1,  Y = f(H) W_2 + b_2 */
    ref_projection_forward(x, parameters->weight_1, parameters->bias_1, hidden);
    activate(hidden, activation, activated);
    ref_projection_forward(activated, parameters->weight_2, parameters->bias_2, output);
    // [feed-forward-forward]
    return GSL_SUCCESS;
}

int ref_feed_forward_backward(const gsl_matrix *x, const ref_feed_forward *parameters,
                              ref_activation activation, const gsl_matrix *hidden,
                              const gsl_matrix *grad_output, gsl_matrix *grad_x,
                              const ref_feed_forward *gradients, gsl_matrix *activated,
                              gsl_matrix *grad_hidden)
{
    if (!same_shape(grad_x, x) || !fit(gradients, x->size2, hidden->size2)) {
        GSL_ERROR("x and the parameters must have the shape of their gradients", GSL_EBADLEN);
    }
    int status = check_layers(x, parameters, activation, hidden, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (!same_shape(activated, hidden) || !same_shape(grad_hidden, hidden)) {
        GSL_ERROR("the scratch must have the shape of the hidden layer", GSL_EBADLEN);
    }
    // [feed-forward-backward]
    /* Y = f(H) W_2 + b_2:  df(H) = dY W_2^T,  dW_2 += f(H)^T dY,  db_2 += sum_i dY_i */
    activate(hidden, activation, activated);
    gsl_matrix_set_zero(grad_hidden);
    ref_projection_backward(activated, parameters->weight_2, grad_output, grad_hidden,
                            gradients->weight_2, gradients->bias_2);
    /* f:  dH = f'(H) o df(H) */
    for (size_t i = 0; i < hidden->size1; i++) {
        for (size_t c = 0; c < hidden->size2; c++) {
            *gsl_matrix_ptr(grad_hidden, i, c) *=
                slope_of(gsl_matrix_get(hidden, i, c), activation);
        }
    }
    /* H = X W_1 + b_1:  dX += dH W_1^T,  dW_1 += X^T dH,  db_1 += sum_i dH_i */
    ref_projection_backward(x, parameters->weight_1, grad_hidden, grad_x, gradients->weight_1,
                            gradients->bias_1);
    // [feed-forward-backward]
    return GSL_SUCCESS;
}
