/**
 * @file query_key_value.h
 * Attention that learns what to look for, float32. Its twin is reference/query_key_value.h.
 */
#ifndef OPTIMIZED_QUERY_KEY_VALUE_H
#define OPTIMIZED_QUERY_KEY_VALUE_H

#include "optimized/attention.h"
#include "optimized/context.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch03 @{ */

/**
 * The parameters, or, in the same shapes, their gradients: one matrix or row each. The floats stay
 * the caller's. A bias without data is none; then its gradient has none either.
 *
 * Where the weights stand side by side in one matrix, (d x (2 d_k + d_v)), their biases in one row
 * and Q, K and V in one tensor, self-attention needs one product for all three.
 */
typedef struct {
    fast_view weight_q; /**< W_Q, (d_x x d_k) */
    fast_view bias_q;   /**< b_Q, one row (1 x d_k) */
    fast_view weight_k; /**< W_K, (d_memory x d_k) */
    fast_view bias_k;   /**< b_K, one row (1 x d_k) */
    fast_view weight_v; /**< W_V, (d_memory x d_v) */
    fast_view bias_v;   /**< b_V, one row (1 x d_v) */
} fast_query_key_value;

/** What the forward pass keeps for the backward pass, for every batch. */
typedef struct {
    fast_view q;           /**< Q, (n_q x d_k) */
    fast_view k;           /**< K, (n_k x d_k) */
    fast_view v;           /**< V, (n_k x d_v) */
    fast_view log_sum_exp; /**< L, one row (1 x n_q) */
} fast_query_key_value_cache;

/**
 * Attention between projections, for every sequence of a batch:
 *
 *     Q = X W_Q + b_Q,   K = M W_K + b_K,   V = M W_V + b_V,
 *     P = softmax(scale Q K^T + bias),      Y = P V.
 *
 * Self-attention is X = M, the same floats twice. Otherwise it is cross-attention: X asks, the
 * memory M answers, and they may differ in length and in width.
 *
 * @param[in]  x           X, what asks, (n_q x d_x) for every batch, one head
 * @param[in]  memory      M, what is looked at, (n_k x d_memory) for every batch, one head
 * @param[in]  parameters  W_Q, b_Q, W_K, b_K, W_V, b_V
 * @param[in]  scale       usually 1 / sqrt(d_k)
 * @param[in]  mask        which keys are seen, or NULL for all
 * @param[out] cache       Q, K, V and L. The backward pass reads them.
 * @param[out] output      Y, (n_q x d_v) for every batch; overlaps no input
 * @param[in]  context     with a workspace of fast_query_key_value_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or as for fast_attention_forward()
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.
 * Equations (3.1) to (3.6) of the course.
 */
int fast_query_key_value_forward(const fast_view *x, const fast_view *memory,
                                 const fast_query_key_value *parameters, float scale,
                                 const fast_mask *mask, const fast_query_key_value_cache *cache,
                                 fast_view *output, fast_context *context);

/**
 * Bytes of workspace that fast_query_key_value_forward() needs.
 *
 * @param[in] x           as for the attention
 * @param[in] memory      as for the attention
 * @param[in] parameters  as for the attention
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_query_key_value_forward_size(const fast_view *x, const fast_view *memory,
                                         const fast_query_key_value *parameters,
                                         const fast_context *context);

/**
 * Gradients of attention between projections, added to grad_x, grad_memory and all of gradients:
 *
 *     dQ, dK, dV as of fast_attention_backward(), then
 *     dW_Q += X^T dQ,   db_Q += sum_i dQ_i,   dX += dQ W_Q^T,
 *     dW_K += M^T dK,   db_K += sum_j dK_j,   dM += dK W_K^T,
 *     dW_V += M^T dV,   db_V += sum_j dV_j,   dM += dV W_V^T.
 *
 * @param[in]     x            X, (n_q x d_x) for every batch
 * @param[in]     memory       M, (n_k x d_memory) for every batch
 * @param[in]     parameters   W_Q, b_Q, W_K, b_K, W_V, b_V
 * @param[in]     scale        as in the forward pass
 * @param[in]     mask         as in the forward pass
 * @param[in]     cache        as the forward pass left it
 * @param[in]     output       Y, (n_q x d_v), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_v) for every batch
 * @param[in,out] grad_x       as x; the gradient is added to it
 * @param[in,out] grad_memory  as memory; the gradient is added to it. In self-attention it is
 *                             grad_x: three gradients meet there
 * @param[in]     gradients    of the parameters; to the floats in it is added
 * @param[in]     context      with a workspace of fast_query_key_value_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or a bias has no gradient
 * @retval GSL_EINVAL  as in the forward pass, or a gradient overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (3.7) to (3.13) of the course.
 */
int fast_query_key_value_backward(const fast_view *x, const fast_view *memory,
                                  const fast_query_key_value *parameters, float scale,
                                  const fast_mask *mask, const fast_query_key_value_cache *cache,
                                  const fast_view *output, const fast_view *grad_output,
                                  fast_view *grad_x, fast_view *grad_memory,
                                  const fast_query_key_value *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_query_key_value_backward() needs.
 *
 * @param[in] x           as for the attention
 * @param[in] memory      as for the attention
 * @param[in] parameters  as for the attention
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_query_key_value_backward_size(const fast_view *x, const fast_view *memory,
                                          const fast_query_key_value *parameters,
                                          const fast_context *context);

/** @} */

#endif
