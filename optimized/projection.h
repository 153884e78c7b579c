/**
 * @file projection.h
 * The learnable linear map of every row, float32. Its twin is reference/projection.h.
 */
#ifndef OPTIMIZED_PROJECTION_H
#define OPTIMIZED_PROJECTION_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch03 @{ */

/**
 * Projection:  Y = X W + b,  with the same W and b for every row of every batch and head.
 *
 * @param[in]  x        one row a token, (n x n_in) for every batch and head
 * @param[in]  weight   W, (n_in x n_out), one matrix
 * @param[in]  bias     b, one row (1 x n_out), or NULL for none
 * @param[out] output   Y, (n x n_out) for every batch and head; overlaps no input
 * @param[in]  context  with a workspace of fast_projection_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or output overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (3.1) of the course.
 */
int fast_projection_forward(const fast_view *x, const fast_view *weight, const fast_view *bias,
                            fast_view *output, fast_context *context);

/**
 * Bytes of workspace that fast_projection_forward() needs.
 *
 * @param[in] x        as for the projection
 * @param[in] weight   as for the projection
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_projection_forward_size(const fast_view *x, const fast_view *weight,
                                    const fast_context *context);

/**
 * Gradients of the projection:  dX += dY W^T,  dW += X^T dY,  db += sum_i dY_i,  the last two over
 * the rows of all batches and heads.
 *
 * @param[in]     x            (n x n_in) for every batch and head
 * @param[in]     weight       W, (n_in x n_out), one matrix
 * @param[in]     grad_output  dY, (n x n_out) for every batch and head
 * @param[in,out] grad_x       as x, or NULL where it is not wanted; the gradient is added to it
 * @param[in,out] grad_weight  as weight; the gradient is added to it
 * @param[in,out] grad_bias    one row (1 x n_out), or NULL for a projection without bias; the
 *                             gradient is added to it
 * @param[in]     context      with a workspace of fast_projection_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or a gradient overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (3.12) and (3.13) of the course.
 */
int fast_projection_backward(const fast_view *x, const fast_view *weight,
                             const fast_view *grad_output, fast_view *grad_x,
                             fast_view *grad_weight, fast_view *grad_bias, fast_context *context);

/**
 * Bytes of workspace that fast_projection_backward() needs.
 *
 * @param[in] x        as for the projection
 * @param[in] weight   as for the projection
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_projection_backward_size(const fast_view *x, const fast_view *weight,
                                     const fast_context *context);

/** @} */

#endif
