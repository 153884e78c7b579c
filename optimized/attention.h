/**
 * @file attention.h
 * Attention that never stores its weights: float32, blocked, threaded, for all sequences and heads
 * at once. Its twin is reference/attention.h.
 */
#ifndef OPTIMIZED_ATTENTION_H
#define OPTIMIZED_ATTENTION_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch02 @{ */

/** How alike a query q and a key k are. */
typedef enum {
    FAST_DOT,              /**< q . k; with scale 1 / sqrt(d_k) this is scaled dot-product */
    FAST_COSINE,           /**< q . k / (|q| |k|); 0, with zero gradient, if either is zero */
    FAST_NEG_SQ_EUCLIDEAN, /**< -|q - k|^2, without a factor 1/2 */
} fast_similarity;

/** Which keys a query may see, and by how much its scores are shifted. NULL means all, by 0. */
typedef struct {
    bool causal;               /**< query i sees keys 0 .. i + (n_k - n_q) only (bottom-right) */
    const size_t *key_lengths; /**< NULL, or for each sequence how many leading keys are real */
    const fast_view *bias;     /**< NULL, or (n_q x n_k) for every batch and head, added to the
                                    scores; -INFINITY hides. Its strides may be 0. */
    const fast_view *relative_bias; /**< NULL, or one matrix (n_heads x (2 clip + 1)), a row a head,
                                         added to the scores by the distance j - i - (n_k - n_q)
                                         from query to key: entry clip is that of distance 0, the
                                         first and the last also serve all that is further away.
                                         Finite */
    fast_view *grad_relative_bias;  /**< NULL where it is not wanted, or the same shape: the
                                         backward pass adds the gradient of relative_bias to it */
} fast_mask;

/**
 * Attention:  weights = softmax(scale * similarity(Q, K) + bias),  output = weights V.
 *
 * @param[in]  q            queries, (n_q x d_k) for every batch and head
 * @param[in]  k            keys, (n_k x d_k) for every batch and head
 * @param[in]  v            values, (n_k x d_v) for every batch and head
 * @param[in]  similarity   what is measured between a query and a key
 * @param[in]  scale        usually 1 / sqrt(d_k); divided by a temperature where there is one
 * @param[in]  mask         which keys are seen, or NULL for all
 * @param[out] log_sum_exp  one row (1 x n_q) a batch and head: the natural logarithm of the
 *                          softmax's denominator. The backward pass computes the weights from it.
 * @param[out] output       (n_q x d_v) for every batch and head
 * @param[in]  context      with a workspace of fast_attention_forward_size() bytes
 *
 * A query that sees no key gets a zero output row and log_sum_exp = -INFINITY. The outputs overlap
 * nothing.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or a relative bias has an even width
 * @retval GSL_EINVAL  a size is 0, an unknown similarity, a scale that is not finite, a key length
 *                     beyond n_k, a bias that is NaN or +INFINITY, a relative bias that is not
 *                     finite, or an output that overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Vaswani et al. 2017, eq. (1); without stored weights: Milakov and Gimelshein 2018, Rabe
 * and Staats 2021, Dao et al. 2022. Equations (2.7) and (2.15) of the course.
 */
int fast_attention_forward(const fast_view *q, const fast_view *k, const fast_view *v,
                           fast_similarity similarity, float scale, const fast_mask *mask,
                           fast_view *log_sum_exp, fast_view *output, fast_context *context);

/**
 * Bytes of workspace that fast_attention_forward() needs.
 *
 * @param[in] q        queries
 * @param[in] k        keys
 * @param[in] v        values
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_attention_forward_size(const fast_view *q, const fast_view *k, const fast_view *v,
                                   const fast_context *context);

/**
 * Gradients of attention, added to grad_q, grad_k and grad_v. The weights are computed again, tile
 * by tile, from log_sum_exp:  P = exp(S - L);  then
 *
 *     dV += P^T dY,   dP = dY V^T,   dS = P o (dP - D),  D_i = dY_i . Y_i,
 *     and for the dot product  dQ += scale dS K,  dK += scale dS^T Q.
 *
 * Where the mask asks for it, dr_d += the sum of dS_ij over all sequences and all i and j of
 * distance d, which the ends of r share with all that is further away.
 *
 * @param[in]     q            queries, (n_q x d_k) for every batch and head
 * @param[in]     k            keys, (n_k x d_k) for every batch and head
 * @param[in]     v            values, (n_k x d_v) for every batch and head
 * @param[in]     similarity   as in the forward pass
 * @param[in]     scale        as in the forward pass
 * @param[in]     mask         as in the forward pass
 * @param[in]     log_sum_exp  L, (1 x n_q), as the forward pass left it
 * @param[in]     output       Y, (n_q x d_v), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_v)
 * @param[in,out] grad_q       (n_q x d_k); the gradient is added to it
 * @param[in,out] grad_k       (n_k x d_k); the gradient is added to it
 * @param[in,out] grad_v       (n_k x d_v); the gradient is added to it
 * @param[in]     context      with a workspace of fast_attention_backward_size() bytes
 *
 * Keys that a query does not see get nothing from it: exactly 0.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Dao et al. 2022, "FlashAttention", algorithm 4. Equations (2.9) to (2.14) and
 * (3.15) of the course.
 */
int fast_attention_backward(const fast_view *q, const fast_view *k, const fast_view *v,
                            fast_similarity similarity, float scale, const fast_mask *mask,
                            const fast_view *log_sum_exp, const fast_view *output,
                            const fast_view *grad_output, fast_view *grad_q, fast_view *grad_k,
                            fast_view *grad_v, fast_context *context);

/**
 * Bytes of workspace that fast_attention_backward() needs.
 *
 * @param[in] q        queries
 * @param[in] k        keys
 * @param[in] v        values
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_attention_backward_size(const fast_view *q, const fast_view *k, const fast_view *v,
                                    const fast_context *context);

/** @} */

#endif
