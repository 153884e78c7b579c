/**
 * @file local_attention.h
 * Attention through a window that the query aims itself, float32: Luong's "local-p". Its twin is
 * reference/local_attention.h.
 *
 * Scores are products, as in optimized/multiplicative_attention.h, which makes the keys, too.
 */
#ifndef OPTIMIZED_LOCAL_ATTENTION_H
#define OPTIMIZED_LOCAL_ATTENTION_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** The parameters, or, in the same shapes, their gradients: one matrix and one row. The floats stay
 *  the caller's. */
typedef struct {
    fast_view weight; /**< W_p, (d_x x d_p) */
    fast_view v;      /**< v_p, one row (1 x d_p) */
} fast_local_attention;

/** What the forward pass keeps for the backward pass, for every batch. */
typedef struct {
    fast_view hidden;      /**< Z = tanh(X W_p), (n_q x d_p) */
    fast_view positions;   /**< p, where each query looks, one row (1 x n_q) a batch */
    fast_view log_sum_exp; /**< one row (1 x n_q) a batch: the shares are computed from it */
} fast_local_cache;

/**
 * Local attention. Each query predicts a position in the source, and looks at the states that are
 * no further from it than the window D; those in the middle count most:
 *
 *     Z = tanh(X W_p),   p_i = n sigmoid(z_i . v_p),  n being the length of the source,
 *     scores_ij = scale x_i . k_j  where |j - p_i| <= D,  else -INFINITY,   P = softmax(scores),
 *     A_ij = P_ij exp(-(j - p_i)^2 / (2 sigma^2)),  sigma = D / 2,   output = A M.
 *
 * Rows of A sum to less than 1: as in the paper, they are not divided by their sum once more.
 *
 * @param[in]  x           states of a decoder, which ask, (n_q x d_x) for every batch
 * @param[in]  keys        K, (n_k x d_x) for every batch: M itself, or of
 *                         fast_multiplicative_keys_forward()
 * @param[in]  memory      M, states of an encoder, which answer, (n_k x d_memory) for every batch
 * @param[in]  scale       1 in the paper; 1 / sqrt(d_x) keeps the softmax out of saturation
 * @param[in]  window      D, in states
 * @param[in]  lengths     for each batch how many leading states are real, or NULL for all; the
 *                         rest is padding
 * @param[in]  parameters  W_p and v_p
 * @param[out] cache       Z, p and the logarithms. The backward pass reads them.
 * @param[out] output      the context vectors, (n_q x d_memory) for every batch; overlaps no input
 * @param[in]  context     with a workspace of fast_local_attention_forward_size() bytes
 *
 * A source of length 0 gives zero weights and a zero output row.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, a window of 0, a scale that is not finite, a length beyond n_k, or
 *                     an output that overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Luong et al. 2015, "Effective Approaches to Attention-based Neural Machine Translation",
 * section 3.2, eq. (9) and (10). Equation (5.12) of the course.
 */
int fast_local_attention_forward(const fast_view *x, const fast_view *keys, const fast_view *memory,
                                 float scale, size_t window, const size_t *lengths,
                                 const fast_local_attention *parameters,
                                 const fast_local_cache *cache, fast_view *output,
                                 fast_context *context);

/**
 * Bytes of workspace that fast_local_attention_forward() needs.
 *
 * @param[in] x           as for the attention
 * @param[in] keys        as for the attention
 * @param[in] window      as for the attention
 * @param[in] parameters  as for the attention
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_local_attention_forward_size(const fast_view *x, const fast_view *keys, size_t window,
                                         const fast_local_attention *parameters,
                                         const fast_context *context);

/**
 * Gradients of local attention, added to grad_x, grad_keys, grad_memory and gradients. With the
 * bell curve G, so that A = P o G:
 *
 *     dM += A^T dY,   dA = dY M^T,   dS = A o dA - D_i P,  D_i = dY_i . Y_i,
 *     dp_i = sum_j A_ij dA_ij (j - p_i) / sigma^2,   da_i = dp_i p_i (1 - p_i / n),
 *     dX += scale dS K,   dK += scale dS^T X,   dv_p += Z^T da,
 *     dU_i = da_i v_p o (1 - z_i^2),   dX += dU W_p^T,   dW_p += X^T dU.
 *
 * Where the window ends, A jumps by a share of exp(-2) at most; the gradient does not know of it.
 *
 * @param[in]     x            (n_q x d_x) for every batch
 * @param[in]     keys         K, (n_k x d_x) for every batch
 * @param[in]     memory       M, (n_k x d_memory) for every batch
 * @param[in]     scale        as in the forward pass
 * @param[in]     window       as in the forward pass
 * @param[in]     lengths      as in the forward pass
 * @param[in]     parameters   W_p and v_p
 * @param[in]     cache        as the forward pass left it
 * @param[in]     output       Y, (n_q x d_memory), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_memory)
 * @param[in,out] grad_x       (n_q x d_x); the gradient is added to it
 * @param[in,out] grad_keys    (n_k x d_x); the gradient is added to it. With "dot" it is
 *                             grad_memory: two gradients meet there
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient through the values is added to it
 * @param[in]     gradients    to the floats of W_p and v_p is added
 * @param[in]     context      with a workspace of fast_local_attention_backward_size() bytes
 *
 * States that a query does not see get nothing from it: exactly 0.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass, or a gradient that overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (5.19) of the course.
 */
int fast_local_attention_backward(const fast_view *x, const fast_view *keys,
                                  const fast_view *memory, float scale, size_t window,
                                  const size_t *lengths, const fast_local_attention *parameters,
                                  const fast_local_cache *cache, const fast_view *output,
                                  const fast_view *grad_output, fast_view *grad_x,
                                  fast_view *grad_keys, fast_view *grad_memory,
                                  const fast_local_attention *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_local_attention_backward() needs.
 *
 * @param[in] x           as for the attention
 * @param[in] keys        as for the attention
 * @param[in] window      as for the attention
 * @param[in] parameters  as for the attention
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_local_attention_backward_size(const fast_view *x, const fast_view *keys, size_t window,
                                          const fast_local_attention *parameters,
                                          const fast_context *context);

/** @} */

#endif
