/**
 * @file feed_forward.h
 * The two layers that every token passes by itself. Its twin is optimized/feed_forward.h.
 */
#ifndef REFERENCE_FEED_FORWARD_H
#define REFERENCE_FEED_FORWARD_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

/** @addtogroup ch04 @{ */

/** What bends the hidden layer. */
typedef enum {
    REF_RELU, /**< max(0, h); its slope at 0 is 0 */
    REF_GELU, /**< h Phi(h), Phi being the normal distribution: the exact form, with erf */
} ref_activation;

/** The parameters, or, in the same shapes, their gradients. The matrices stay the caller's. */
typedef struct {
    gsl_matrix *weight_1; /**< W_1, (d_model x n_hidden) */
    gsl_vector *bias_1;   /**< b_1, (n_hidden) */
    gsl_matrix *weight_2; /**< W_2, (n_hidden x d_model) */
    gsl_vector *bias_2;   /**< b_2, (d_model) */
} ref_feed_forward;

/**
 * Feed-forward:  H = X W_1 + b_1,  Y = f(H) W_2 + b_2.
 *
 * @param[in]  x           one row a token, (n x d_model)
 * @param[in]  parameters  W_1, b_1, W_2, b_2
 * @param[in]  activation  f
 * @param[out] hidden      H, (n x n_hidden). The backward pass reads it.
 * @param[out] activated   f(H), (n x n_hidden); scratch that the caller lends
 * @param[out] output      Y, (n x d_model); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or an unknown activation
 *
 * Source: Vaswani et al. 2017, "Attention Is All You Need", eq. (2); for the GELU Hendrycks and
 * Gimpel 2016, "Gaussian Error Linear Units (GELUs)".
 *
 * Equations (4.5) and (4.6) of the course.
 */
int ref_feed_forward_forward(const gsl_matrix *x, const ref_feed_forward *parameters,
                             ref_activation activation, gsl_matrix *hidden, gsl_matrix *activated,
                             gsl_matrix *output);

/**
 * Gradients of the feed-forward layers, added to grad_x and to all of gradients:
 *
 *     dW_2 += f(H)^T dY,  db_2 += sum_i dY_i,  dH = f'(H) o dY W_2^T,
 *     dW_1 += X^T dH,     db_1 += sum_i dH_i,  dX += dH W_1^T.
 *
 * @param[in]     x            (n x d_model)
 * @param[in]     parameters   W_1, b_1, W_2, b_2
 * @param[in]     activation   as in the forward pass
 * @param[in]     hidden       H, (n x n_hidden), as the forward pass left it
 * @param[in]     grad_output  dY, (n x d_model)
 * @param[in,out] grad_x       (n x d_model); the gradient is added to it
 * @param[in]     gradients    of the parameters; to the matrices and vectors in it is added
 * @param[out]    activated    f(H), (n x n_hidden); scratch that the caller lends
 * @param[out]    grad_hidden  dH, (n x n_hidden); scratch that the caller lends
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or an unknown activation
 *
 * Equation (4.13) of the course.
 */
int ref_feed_forward_backward(const gsl_matrix *x, const ref_feed_forward *parameters,
                              ref_activation activation, const gsl_matrix *hidden,
                              const gsl_matrix *grad_output, gsl_matrix *grad_x,
                              const ref_feed_forward *gradients, gsl_matrix *activated,
                              gsl_matrix *grad_hidden);

/** @} */

#endif
