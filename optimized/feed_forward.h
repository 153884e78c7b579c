/**
 * @file feed_forward.h
 * The two layers that every token passes by itself, float32. Its twin is reference/feed_forward.h.
 */
#ifndef OPTIMIZED_FEED_FORWARD_H
#define OPTIMIZED_FEED_FORWARD_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch04 @{ */

/** What bends the hidden layer. */
typedef enum {
    FAST_RELU, /**< max(0, h); its slope at 0 is 0 */
    FAST_GELU, /**< h Phi(h), Phi being the normal distribution: the exact form, with erf */
} fast_activation;

/** The parameters, or, in the same shapes, their gradients: one matrix or row each. The floats stay
    the caller's. */
typedef struct {
    fast_view weight_1; /**< W_1, (d_model x n_hidden) */
    fast_view bias_1;   /**< b_1, one row (1 x n_hidden) */
    fast_view weight_2; /**< W_2, (n_hidden x d_model) */
    fast_view bias_2;   /**< b_2, one row (1 x d_model) */
} fast_feed_forward;

/**
 * Feed-forward:  H = X W_1 + b_1,  Y = f(H) W_2 + b_2,  for every row of every batch and head.
 *
 * @param[in]  x           one row a token, (n x d_model) for every batch and head
 * @param[in]  parameters  W_1, b_1, W_2, b_2
 * @param[in]  activation  f
 * @param[out] hidden      H, (n x n_hidden) for every batch and head. The backward pass reads it.
 * @param[out] output      Y, (n x d_model) for every batch and head; overlaps no input
 * @param[in]  context     with a workspace of fast_feed_forward_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, an unknown activation, or an output that overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Vaswani et al. 2017, "Attention Is All You Need", eq. (2); for the GELU Hendrycks and
 * Gimpel 2016, "Gaussian Error Linear Units (GELUs)".
 *
 * Equations (4.5) and (4.6) of the course.
 */
int fast_feed_forward_forward(const fast_view *x, const fast_feed_forward *parameters,
                              fast_activation activation, fast_view *hidden, fast_view *output,
                              fast_context *context);

/**
 * Bytes of workspace that fast_feed_forward_forward() needs.
 *
 * @param[in] x           as for the layers
 * @param[in] parameters  as for the layers
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_feed_forward_forward_size(const fast_view *x, const fast_feed_forward *parameters,
                                      const fast_context *context);

/**
 * Gradients of the feed-forward layers, added to grad_x and to all of gradients:
 *
 *     dW_2 += f(H)^T dY,  db_2 += sum_i dY_i,  dH = f'(H) o dY W_2^T,
 *     dW_1 += X^T dH,     db_1 += sum_i dH_i,  dX += dH W_1^T.
 *
 * @param[in]     x            (n x d_model) for every batch and head
 * @param[in]     parameters   W_1, b_1, W_2, b_2
 * @param[in]     activation   as in the forward pass
 * @param[in]     hidden       H, (n x n_hidden) for every batch and head, from the forward pass
 * @param[in]     grad_output  dY, (n x d_model) for every batch and head
 * @param[in,out] grad_x       as x; the gradient is added to it
 * @param[in]     gradients    of the parameters; to the floats in it is added
 * @param[in]     context      with a workspace of fast_feed_forward_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, an unknown activation, or a gradient that overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (4.13) of the course.
 */
int fast_feed_forward_backward(const fast_view *x, const fast_feed_forward *parameters,
                               fast_activation activation, const fast_view *hidden,
                               const fast_view *grad_output, fast_view *grad_x,
                               const fast_feed_forward *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_feed_forward_backward() needs.
 *
 * @param[in] x           as for the layers
 * @param[in] parameters  as for the layers
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_feed_forward_backward_size(const fast_view *x, const fast_feed_forward *parameters,
                                       const fast_context *context);

/** @} */

#endif
