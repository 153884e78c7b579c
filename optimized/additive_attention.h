/**
 * @file additive_attention.h
 * Attention by a small network with one hidden layer, float32: Bahdanau's, and Luong's "concat".
 * Its twin is reference/additive_attention.h.
 */
#ifndef OPTIMIZED_ADDITIVE_ATTENTION_H
#define OPTIMIZED_ADDITIVE_ATTENTION_H

#include "optimized/additive_powers.h"
#include "optimized/attention.h"
#include "optimized/context.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch05 @{ */

/**
 * The parameters, or, in the same shapes, their gradients: one matrix or row each. The floats stay
 * the caller's. Luong's "concat" is the same with W on top of U in one matrix W_a, and without a
 * bias: v . tanh(W_a^T [x; m]) = v . tanh(W^T x + U^T m).
 */
typedef struct {
    fast_view weight_q; /**< W, (d_x x d_a) */
    fast_view weight_k; /**< U, (d_memory x d_a) */
    fast_view bias;     /**< b, one row (1 x d_a), or without data for none; so is its gradient */
    fast_view v;        /**< v, one row (1 x d_a): how much each hidden unit counts */
} fast_additive_attention;

/** What the forward pass keeps for the backward pass, for every batch. */
typedef struct {
    fast_view q;           /**< Q = X W, (n_q x d_a) */
    fast_view log_sum_exp; /**< one row (1 x n_q) a batch: the alignment is computed from it */
    const fast_additive_powers *powers; /**< of the keys, an input of both passes; or NULL: then
                                             each call makes them for itself */
} fast_additive_cache;

/**
 * Keys:  K = M U + b.  They do not depend on what asks: a decoder makes them once for a source, not
 * once for a step.
 *
 * @param[in]  memory      M, states of an encoder, (n_k x d_memory) for every batch
 * @param[in]  parameters  U and b are read
 * @param[out] keys        K, (n_k x d_a) for every batch; overlaps no input
 * @param[in]  context     with a workspace of fast_additive_keys_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or keys overlap themselves
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Bahdanau et al. 2015, "Neural Machine Translation by Jointly Learning to Align and
 * Translate", appendix A.1.2. Equation (5.11) of the course.
 */
int fast_additive_keys_forward(const fast_view *memory, const fast_additive_attention *parameters,
                               fast_view *keys, fast_context *context);

/**
 * Bytes of workspace that fast_additive_keys_forward() needs.
 *
 * @param[in] memory      as for the keys
 * @param[in] parameters  as for the keys
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_additive_keys_forward_size(const fast_view *memory,
                                       const fast_additive_attention *parameters,
                                       const fast_context *context);

/**
 * Gradients of the keys:  dM += dK U^T,  dU += M^T dK,  db += sum_j dK_j.
 *
 * @param[in]     memory       M, (n_k x d_memory) for every batch
 * @param[in]     parameters   U is read
 * @param[in]     grad_keys    dK, (n_k x d_a) for every batch
 * @param[in,out] grad_memory  (n_k x d_memory) for every batch; the gradient is added to it
 * @param[in]     gradients    to the floats of U and b is added
 * @param[in]     context      with a workspace of fast_additive_keys_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or the bias has no gradient
 * @retval GSL_EINVAL  a size is 0, or a gradient overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (5.21) of the course.
 */
int fast_additive_keys_backward(const fast_view *memory, const fast_additive_attention *parameters,
                                const fast_view *grad_keys, fast_view *grad_memory,
                                const fast_additive_attention *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_additive_keys_backward() needs.
 *
 * @param[in] memory      as for the keys
 * @param[in] parameters  as for the keys
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_additive_keys_backward_size(const fast_view *memory,
                                        const fast_additive_attention *parameters,
                                        const fast_context *context);

/**
 * Additive attention:
 *
 *     Q = X W,   scores_ij = v . tanh(q_i + k_j) + bias_ij,
 *     weights = softmax(scores),   output = weights M.
 *
 * @param[in]  x           states of a decoder, which ask, (n_q x d_x) for every batch, one head
 * @param[in]  keys        K, (n_k x d_a) for every batch, of fast_additive_keys_forward(). Its
 *                         batch_stride may be 0: then all batches share one source
 * @param[in]  memory      M, states of an encoder, which answer, (n_k x d_memory) for every batch.
 *                         Its batch_stride may be 0, too
 * @param[in]  parameters  W and v are read
 * @param[in]  mask        which states are seen, or NULL for all; without a relative bias
 * @param[out] cache       Q and log_sum_exp. The backward pass reads them. The powers of the keys are
 *                         read, if there are any; like the keys, all batches may share them
 * @param[out] output      the context vectors, (n_q x d_memory) for every batch; overlaps no input
 * @param[in]  context     with a workspace of fast_additive_attention_forward_size() bytes
 *
 * A query that sees no key gets a zero output row and log_sum_exp = -INFINITY.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, a relative bias, a mask as fast_attention_forward() refuses it,
 *                     or an output that overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Bahdanau et al. 2015, section 3.1 and appendix A.1.2. Equations (5.9) and (5.10) of the
 * course.
 */
int fast_additive_attention_forward(const fast_view *x, const fast_view *keys,
                                    const fast_view *memory,
                                    const fast_additive_attention *parameters,
                                    const fast_mask *mask, const fast_additive_cache *cache,
                                    fast_view *output, fast_context *context);

/**
 * Bytes of workspace that fast_additive_attention_forward() needs.
 *
 * @param[in] x           as for the attention
 * @param[in] keys        as for the attention
 * @param[in] memory      as for the attention
 * @param[in] parameters  as for the attention
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_additive_attention_forward_size(const fast_view *x, const fast_view *keys,
                                            const fast_view *memory,
                                            const fast_additive_attention *parameters,
                                            const fast_context *context);

/**
 * Gradients of additive attention, added to grad_x, grad_keys, grad_memory and gradients. The
 * weights and the tanh are computed again:
 *
 *     dM += P^T dY,   dP = dY M^T,   dS = P o (dP - D),  D_i = dY_i . Y_i,
 *     with  t_ij = tanh(q_i + k_j):   dv += sum_ij dS_ij t_ij,
 *     dz_ij = dS_ij v o (1 - t_ij^2),   dq_i = sum_j dz_ij,   dk_j += sum_i dz_ij,
 *     dX += dQ W^T,   dW += X^T dQ.
 *
 * @param[in]     x            (n_q x d_x) for every batch
 * @param[in]     keys         K, (n_k x d_a) for every batch
 * @param[in]     memory       M, (n_k x d_memory) for every batch
 * @param[in]     parameters   W and v are read
 * @param[in]     mask         as in the forward pass
 * @param[in]     cache        as the forward pass left it
 * @param[in]     output       Y, (n_q x d_memory), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_memory)
 * @param[in,out] grad_x       (n_q x d_x); the gradient is added to it
 * @param[in,out] grad_keys    (n_k x d_a); the gradient is added to it
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient through the values is added to it
 * @param[in]     gradients    to the floats of W and v is added
 * @param[in]     context      with a workspace of fast_additive_attention_backward_size() bytes
 *
 * States that a query does not see get nothing from it: exactly 0.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass, or a gradient overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (5.20) of the course.
 */
int fast_additive_attention_backward(
    const fast_view *x, const fast_view *keys, const fast_view *memory,
    const fast_additive_attention *parameters, const fast_mask *mask,
    const fast_additive_cache *cache, const fast_view *output, const fast_view *grad_output,
    fast_view *grad_x, fast_view *grad_keys, fast_view *grad_memory,
    const fast_additive_attention *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_additive_attention_backward() needs.
 *
 * @param[in] x           as for the attention
 * @param[in] keys        as for the attention
 * @param[in] memory      as for the attention
 * @param[in] parameters  as for the attention
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_additive_attention_backward_size(const fast_view *x, const fast_view *keys,
                                             const fast_view *memory,
                                             const fast_additive_attention *parameters,
                                             const fast_context *context);

/** @} */

#endif
