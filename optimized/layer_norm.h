/**
 * @file layer_norm.h
 * Layer normalisation of every row, float32. Its twin is reference/layer_norm.h.
 */
#ifndef OPTIMIZED_LAYER_NORM_H
#define OPTIMIZED_LAYER_NORM_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch04 @{ */

/**
 * Layer normalisation:  Y_i = gain o (X_i - mu_i) r_i + bias,  r_i = 1 / sqrt(variance_i + epsilon),
 * with the mean mu_i and the variance (divided by d, not by d - 1) of row i.
 *
 * @param[in]  x        one row a token, (n x d) for every batch and head
 * @param[in]  gain     one row (1 x d), the same for all batches and heads
 * @param[in]  bias     one row (1 x d), the same for all batches and heads
 * @param[in]  epsilon  > 0; keeps a constant row from a division by 0
 * @param[out] mean     mu, one row (1 x n) a batch and head. The backward pass reads it.
 * @param[out] rate     r, one row (1 x n) a batch and head. The backward pass reads it.
 * @param[out] output   Y, (n x d) for every batch and head; overlaps no input
 * @param[in]  context  its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, epsilon is not positive and finite, or an output overlaps itself
 *
 * Source: Ba, Kiros and Hinton 2016, "Layer Normalization", eq. (3) and (4).
 *
 * Equation (4.4) of the course.
 */
int fast_layer_norm_forward(const fast_view *x, const fast_view *gain, const fast_view *bias,
                            float epsilon, fast_view *mean, fast_view *rate, fast_view *output,
                            fast_context *context);

/**
 * Gradients of layer normalisation. With  z = (X_i - mu_i) r_i  and  g = gain o dY_i:
 *
 *     dX_i += r_i (g - mean(g) - z mean(g o z)),  d gain += sum_i dY_i o z,  d bias += sum_i dY_i.
 *
 * @param[in]     x            (n x d) for every batch and head
 * @param[in]     gain         one row (1 x d)
 * @param[in]     mean         mu, one row (1 x n) a batch and head, from the forward pass
 * @param[in]     rate         r, one row (1 x n) a batch and head, from the forward pass
 * @param[in]     grad_output  dY, (n x d) for every batch and head
 * @param[in,out] grad_x       (n x d) for every batch and head; the gradient is added to it
 * @param[in,out] grad_gain    one row (1 x d); the gradient is added to it
 * @param[in,out] grad_bias    one row (1 x d); the gradient is added to it
 * @param[in]     context      with a workspace of fast_layer_norm_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or grad_x overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (4.12) of the course.
 */
int fast_layer_norm_backward(const fast_view *x, const fast_view *gain, const fast_view *mean,
                             const fast_view *rate, const fast_view *grad_output, fast_view *grad_x,
                             fast_view *grad_gain, fast_view *grad_bias, fast_context *context);

/**
 * Bytes of workspace that fast_layer_norm_backward() needs.
 *
 * @param[in] x        as for the normalisation
 * @param[in] context  not read: the size is the same for any number of threads
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_layer_norm_backward_size(const fast_view *x, const fast_context *context);

/** @} */

#endif
