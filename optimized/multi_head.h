/**
 * @file multi_head.h
 * Several attentions side by side, float32: heads are strided views, nothing is copied. Its twin is
 * reference/multi_head.h.
 */
#ifndef OPTIMIZED_MULTI_HEAD_H
#define OPTIMIZED_MULTI_HEAD_H

#include "optimized/query_key_value.h"
#include <stddef.h>

/** @addtogroup ch04 @{ */

/** The parameters, or, in the same shapes, their gradients: one matrix or row each. The floats stay
 *  the caller's. What has no data is left out; then its gradient has none either. */
typedef struct {
    size_t n_heads;             /**< h = 1 .. n_heads; each has d_k and d_v columns of its own */
    fast_query_key_value heads; /**< of all heads side by side: W_Q is (d_x x n_heads d_k), b_Q is
                                     (1 x n_heads d_k), and so on */
    fast_view weight_o;         /**< W_O, (n_heads d_v x d_model) */
    fast_view bias_o;           /**< b_O, one row (1 x d_model), or without data */
    fast_view relative_bias;    /**< (n_heads x (2 clip + 1)), or without data: fast_mask */
} fast_multi_head;

/** What the forward pass keeps for the backward pass, for every batch. */
typedef struct {
    fast_query_key_value_cache
        heads;              /**< of all heads: Q is (n_q x n_heads d_k), and so on, side by
                                           side, as one head; log_sum_exp is (1 x n_q) for every
                                           batch and head */
    fast_view concatenated; /**< the outputs of the heads, (n_q x n_heads d_v) */
} fast_multi_head_cache;

/**
 * Multi-head attention, for every sequence of a batch:
 *
 *     head_h = attention(X W_Q^h + b_Q^h,  M W_K^h + b_K^h,  M W_V^h + b_V^h),  scale 1/sqrt(d_k),
 *     Y = [head_1 ... head_H] W_O + b_O.
 *
 * W_Q^h are the columns of W_Q that belong to head h. Self-attention is X = M, the same floats.
 *
 * @param[in]  x           X, what asks, (n_q x d_x) for every batch, one head
 * @param[in]  memory      M, what is looked at, (n_k x d_memory) for every batch, one head
 * @param[in]  parameters  of the heads, W_O and b_O
 * @param[in]  mask        which keys are seen, or NULL for all; a bias in it is for every batch and
 *                         head; its relative_bias is NULL: that of the parameters serves
 * @param[out] cache       Q, K, V, L and the outputs of all heads. The backward pass reads them.
 * @param[out] output      Y, (n_q x d_model) for every batch; overlaps no input
 * @param[in]  context     with a workspace of fast_multi_head_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or columns cannot be shared out among heads
 * @retval GSL_EINVAL  a size is 0, the mask has a relative bias, or as for fast_attention_forward()
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.2; the relative bias as in
 * Raffel et al. 2020, "Exploring the Limits of Transfer Learning", section 2.1, without its buckets.
 *
 * Equations (4.1) to (4.3) of the course.
 */
int fast_multi_head_forward(const fast_view *x, const fast_view *memory,
                            const fast_multi_head *parameters, const fast_mask *mask,
                            const fast_multi_head_cache *cache, fast_view *output,
                            fast_context *context);

/**
 * Bytes of workspace that fast_multi_head_forward() needs.
 *
 * @param[in] x           as for the attention
 * @param[in] memory      as for the attention
 * @param[in] parameters  as for the attention
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_multi_head_forward_size(const fast_view *x, const fast_view *memory,
                                    const fast_multi_head *parameters, const fast_context *context);

/**
 * Gradients of multi-head attention, added to grad_x, grad_memory and all of gradients:
 *
 *     dW_O += C^T dY,   db_O += sum_i dY_i,   dC = dY W_O^T,  C = [head_1 ... head_H],
 *     and for each head, with its columns of dC, as of fast_query_key_value_backward().
 *
 * @param[in]     x            X, (n_q x d_x) for every batch
 * @param[in]     memory       M, (n_k x d_memory) for every batch
 * @param[in]     parameters   of the heads, W_O and b_O
 * @param[in]     mask         as in the forward pass
 * @param[in]     cache        as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_model) for every batch
 * @param[in,out] grad_x       as x; the gradient is added to it
 * @param[in,out] grad_memory  as memory; the gradient is added to it. In self-attention it is grad_x
 * @param[in]     gradients    of the parameters; to the floats in it is added
 * @param[in]     context      with a workspace of fast_multi_head_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or a parameter has no gradient
 * @retval GSL_EINVAL  as in the forward pass, or a gradient overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (4.10) and (4.11) of the course.
 */
int fast_multi_head_backward(const fast_view *x, const fast_view *memory,
                             const fast_multi_head *parameters, const fast_mask *mask,
                             const fast_multi_head_cache *cache, const fast_view *grad_output,
                             fast_view *grad_x, fast_view *grad_memory,
                             const fast_multi_head *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_multi_head_backward() needs.
 *
 * @param[in] x           as for the attention
 * @param[in] memory      as for the attention
 * @param[in] parameters  as for the attention
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_multi_head_backward_size(const fast_view *x, const fast_view *memory,
                                     const fast_multi_head *parameters,
                                     const fast_context *context);

/** @} */

#endif
