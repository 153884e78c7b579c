/**
 * @file reweighting.h
 * Naive reweighting, float32, blocked, threaded. Its twin is reference/reweighting.h.
 */
#ifndef OPTIMIZED_REWEIGHTING_H
#define OPTIMIZED_REWEIGHTING_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch01 @{ */

/**
 * Proximity kernels K(u) of the distance u = (query - key) / bandwidth. All have K(0) = 1: a
 * constant factor would cancel as soon as the weights are divided by their sum.
 */
typedef enum {
    FAST_GAUSSIAN,     /**< exp(-u^2 / 2) */
    FAST_BOXCAR,       /**< 1 if |u| <= 1, else 0: a window */
    FAST_TRIANGULAR,   /**< max(0, 1 - |u|) */
    FAST_EPANECHNIKOV, /**< max(0, 1 - u^2) */
    FAST_EXPONENTIAL,  /**< exp(-|u|) */
    FAST_INVERSE,      /**< 1 / (1 + |u|) */
} fast_proximity;

/**
 * The equation of the course:  output_i = sum_j weights_ij values_j.
 *
 * @param[in]  weights  (n_q x n_k) for every batch and head
 * @param[in]  values   (n_k x d_v) for every batch and head
 * @param[out] output   (n_q x d_v) for every batch and head; overlaps no input
 * @param[in]  context  with a workspace of fast_reweight_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or output overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (1.1) of the course.
 */
int fast_reweight(const fast_view *weights, const fast_view *values, fast_view *output,
                  fast_context *context);

/**
 * Bytes of workspace that fast_reweight() needs.
 *
 * @param[in] weights  as for the sum
 * @param[in] values   as for the sum
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_reweight_size(const fast_view *weights, const fast_view *values,
                          const fast_context *context);

/**
 * Proximity weights:  weights_ij = K((queries_i - keys_j) / bandwidth).
 *
 * @param[in]  queries    one row (1 x n_q) a batch and head: points on a line
 * @param[in]  keys       one row (1 x n_k) a batch and head
 * @param[in]  proximity  the kernel K
 * @param[in]  bandwidth  h > 0, in the unit of queries and keys
 * @param[out] weights    (n_q x n_k) for every batch and head, not normalised
 * @param[in]  context    its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN weights is not (n_q x n_k), or queries or keys is more than one row
 * @retval GSL_EINVAL  a size is 0, an unknown kernel, a bandwidth that is not positive and finite,
 *                     or weights overlaps itself
 *
 * Equation (1.2) of the course.
 */
int fast_proximity_weights(const fast_view *queries, const fast_view *keys,
                           fast_proximity proximity, float bandwidth, fast_view *weights,
                           fast_context *context);

/**
 * Raw dot-product weights:  weights_ij = x_i . x_j,  that is  W = X X^T.
 *
 * @param[in]  x        one row a token, (n x d) for every batch and head
 * @param[out] weights  (n x n) for every batch and head, symmetric, not normalised
 * @param[in]  context  with a workspace of fast_dot_weights_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN weights is not (n x n)
 * @retval GSL_EINVAL  a size is 0, or weights overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (1.6) of the course.
 */
int fast_dot_weights(const fast_view *x, fast_view *weights, fast_context *context);

/**
 * Bytes of workspace that fast_dot_weights() needs.
 *
 * @param[in] x        as for the weights
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_dot_weights_size(const fast_view *x, const fast_context *context);

/**
 * Divide each row by its sum:  weights_ij = scores_ij / sum_l scores_il.
 *
 * @param[in]  scores   (n_q x n_k) for every batch and head
 * @param[out] weights  the same shape; may be the same view as scores
 * @param[in]  context  its workspace is not used
 *
 * A row whose sum is exactly 0 becomes all zeros.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN scores and weights differ in shape
 * @retval GSL_EINVAL  a size is 0, or weights overlaps itself
 *
 * Equation (1.3) of the course.
 */
int fast_divide_by_sum(const fast_view *scores, fast_view *weights, fast_context *context);

/**
 * Kernel regression:  output_i = sum_j K(u_ij) values_j / sum_l K(u_il),
 * u_ij = (queries_i - keys_j) / bandwidth.  The weights are never stored.
 *
 * @param[in]  queries    one row (1 x n_q) a batch and head, where the curve is wanted
 * @param[in]  keys       one row (1 x n_k) a batch and head, where it was observed
 * @param[in]  values     (n_k x d_v) for every batch and head, what was observed
 * @param[in]  proximity  the kernel K
 * @param[in]  bandwidth  h > 0, in the unit of queries and keys
 * @param[out] row_sums   one row (1 x n_q) a batch and head: s_i = sum_l K(u_il). The backward pass
 *                        computes the weights from it.
 * @param[out] output     (n_q x d_v) for every batch and head
 * @param[in]  context    with a workspace of fast_kernel_regression_forward_size() bytes
 *
 * A query with no key inside the kernel's reach gets a zero output row.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, an unknown kernel, a bandwidth that is not positive and finite,
 *                     or an output that overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Nadaraya 1964; Watson 1964. Equation (1.4) of the course.
 */
int fast_kernel_regression_forward(const fast_view *queries, const fast_view *keys,
                                   const fast_view *values, fast_proximity proximity,
                                   float bandwidth, fast_view *row_sums, fast_view *output,
                                   fast_context *context);

/**
 * Bytes of workspace that fast_kernel_regression_forward() needs.
 *
 * @param[in] queries  as for the regression
 * @param[in] values   as for the regression
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_kernel_regression_forward_size(const fast_view *queries, const fast_view *values,
                                           const fast_context *context);

/**
 * Gradient with respect to the bandwidth, added to grad_bandwidth:
 *
 *     dh += sum_ij p_ij g(u_ij) / h * (dY_i . v_j - dY_i . Y_i),
 *     g(u) = d ln K / d ln h = -u K'(u) / K(u).
 *
 * @param[in]     queries         (1 x n_q) for every batch and head
 * @param[in]     keys            (1 x n_k) for every batch and head
 * @param[in]     values          (n_k x d_v) for every batch and head
 * @param[in]     proximity       as in the forward pass; the boxcar's gradient is 0
 * @param[in]     bandwidth       as in the forward pass
 * @param[in]     row_sums        s, (1 x n_q), as the forward pass left them
 * @param[in]     output          Y, (n_q x d_v), as the forward pass left it
 * @param[in]     grad_output     dY, (n_q x d_v)
 * @param[in,out] grad_bandwidth  one number for all batches and heads; the gradient is added to it
 * @param[in]     context         with a workspace of fast_kernel_regression_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, an unknown kernel, or a bandwidth that is not positive and finite
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (1.5) of the course.
 */
int fast_kernel_regression_backward(const fast_view *queries, const fast_view *keys,
                                    const fast_view *values, fast_proximity proximity,
                                    float bandwidth, const fast_view *row_sums,
                                    const fast_view *output, const fast_view *grad_output,
                                    float *grad_bandwidth, fast_context *context);

/**
 * Bytes of workspace that fast_kernel_regression_backward() needs.
 *
 * @param[in] queries  as for the regression
 * @param[in] values   as for the regression
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_kernel_regression_backward_size(const fast_view *queries, const fast_view *values,
                                            const fast_context *context);

/**
 * Dot-product reweighting without normalisation:  output = (X X^T) X,  in one pass that never
 * stores the weights.
 *
 * @param[in]  x        (n x d) for every batch and head
 * @param[out] output   the same shape
 * @param[in]  context  with a workspace of fast_dot_reweighting_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or output overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (1.6) and (1.1) of the course.
 */
int fast_dot_reweighting(const fast_view *x, fast_view *output, fast_context *context);

/**
 * Bytes of workspace that fast_dot_reweighting() needs.
 *
 * @param[in] x        as for the reweighting
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_dot_reweighting_size(const fast_view *x, const fast_context *context);

/**
 * The same output with the brackets moved:  output = X (X^T X).  It costs n d^2 instead of n^2 d
 * multiplications.
 *
 * @param[in]  x        (n x d) for every batch and head
 * @param[out] gram     X^T X, (d x d) for every batch and head
 * @param[out] output   (n x d) for every batch and head
 * @param[in]  context  with a workspace of fast_dot_reweighting_reassociated_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or an output overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (1.7) of the course.
 */
int fast_dot_reweighting_reassociated(const fast_view *x, fast_view *gram, fast_view *output,
                                      fast_context *context);

/**
 * Bytes of workspace that fast_dot_reweighting_reassociated() needs.
 *
 * @param[in] x        as for the reweighting
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_dot_reweighting_reassociated_size(const fast_view *x, const fast_context *context);

/** @} */

#endif
