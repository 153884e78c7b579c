/**
 * @file multiplicative_attention.h
 * Attention by products, between spaces that may differ, float32: Luong's "dot" and "general". Its
 * twin is reference/multiplicative_attention.h.
 *
 * What does not depend on the query is made once for a source, the keys; then chapter 2 takes over.
 */
#ifndef OPTIMIZED_MULTIPLICATIVE_ATTENTION_H
#define OPTIMIZED_MULTIPLICATIVE_ATTENTION_H

#include "optimized/attention.h"
#include "optimized/context.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch05 @{ */

/**
 * Keys of the "general" score:  K = M W^T,  so that  x . k_j = x^T W m_j.  With W = I it is "dot",
 * whose keys are M itself.
 *
 * @param[in]  memory   M, states of an encoder, (n_k x d_memory) for every batch
 * @param[in]  weight   W, (d_x x d_memory), one matrix
 * @param[out] keys     K, (n_k x d_x) for every batch; overlaps no input
 * @param[in]  context  with a workspace of fast_multiplicative_keys_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or keys overlap themselves
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Luong et al. 2015, "Effective Approaches to Attention-based Neural Machine Translation",
 * section 3.1. Equation (5.11) of the course.
 */
int fast_multiplicative_keys_forward(const fast_view *memory, const fast_view *weight,
                                     fast_view *keys, fast_context *context);

/**
 * Bytes of workspace that fast_multiplicative_keys_forward() needs.
 *
 * @param[in] memory   as for the keys
 * @param[in] weight   as for the keys
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_multiplicative_keys_forward_size(const fast_view *memory, const fast_view *weight,
                                             const fast_context *context);

/**
 * Gradients of the keys:  dM += dK W,  dW += dK^T M.
 *
 * @param[in]     memory       M, (n_k x d_memory) for every batch
 * @param[in]     weight       W, (d_x x d_memory), one matrix
 * @param[in]     grad_keys    dK, (n_k x d_x) for every batch
 * @param[in,out] grad_memory  (n_k x d_memory) for every batch; the gradient is added to it
 * @param[in,out] grad_weight  (d_x x d_memory), one matrix; the gradient is added to it
 * @param[in]     context      with a workspace of fast_multiplicative_keys_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or a gradient overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (5.21) of the course.
 */
int fast_multiplicative_keys_backward(const fast_view *memory, const fast_view *weight,
                                      const fast_view *grad_keys, fast_view *grad_memory,
                                      fast_view *grad_weight, fast_context *context);

/**
 * Bytes of workspace that fast_multiplicative_keys_backward() needs.
 *
 * @param[in] memory   as for the keys
 * @param[in] weight   as for the keys
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_multiplicative_keys_backward_size(const fast_view *memory, const fast_view *weight,
                                              const fast_context *context);

/**
 * Attention by products:  weights = softmax(scale X K^T + bias),  output = weights M.
 *
 * @param[in]  x            states of a decoder, which ask, (n_q x d_x) for every batch
 * @param[in]  keys         K, (n_k x d_x) for every batch: M itself, or of
 *                          fast_multiplicative_keys_forward()
 * @param[in]  memory       M, states of an encoder, which answer, (n_k x d_memory) for every batch
 * @param[in]  scale        1 in the paper; 1 / sqrt(d_x) keeps the softmax out of saturation
 * @param[in]  mask         which states are seen, or NULL for all
 * @param[out] log_sum_exp  one row (1 x n_q) a batch. The backward pass computes the alignment from
 *                          it.
 * @param[out] output       the context vectors, (n_q x d_memory) for every batch
 * @param[in]  context      with a workspace of fast_attention_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or as for fast_attention_forward()
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Luong et al. 2015, eq. (7) and (8). Equations (5.8) and (5.10) of the course.
 */
int fast_multiplicative_attention_forward(const fast_view *x, const fast_view *keys,
                                          const fast_view *memory, float scale,
                                          const fast_mask *mask, fast_view *log_sum_exp,
                                          fast_view *output, fast_context *context);

/**
 * Gradients of attention by products, added to grad_x, grad_keys and grad_memory:
 *
 *     dM += P^T dY,   dP = dY M^T,   dS = P o (dP - D),  D_i = dY_i . Y_i,
 *     dX += scale dS K,   dK += scale dS^T X.
 *
 * @param[in]     x            (n_q x d_x) for every batch
 * @param[in]     keys         K, (n_k x d_x) for every batch
 * @param[in]     memory       M, (n_k x d_memory) for every batch
 * @param[in]     scale        as in the forward pass
 * @param[in]     mask         as in the forward pass
 * @param[in]     log_sum_exp  (1 x n_q), as the forward pass left it
 * @param[in]     output       Y, (n_q x d_memory), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_memory)
 * @param[in,out] grad_x       (n_q x d_x); the gradient is added to it
 * @param[in,out] grad_keys    (n_k x d_x); the gradient is added to it. With "dot" it is
 *                             grad_memory: two gradients meet there
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient through the values is added to it
 * @param[in]     context      with a workspace of fast_attention_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (2.9) to (2.12) of the course, with M as the values.
 */
int fast_multiplicative_attention_backward(const fast_view *x, const fast_view *keys,
                                           const fast_view *memory, float scale,
                                           const fast_mask *mask, const fast_view *log_sum_exp,
                                           const fast_view *output, const fast_view *grad_output,
                                           fast_view *grad_x, fast_view *grad_keys,
                                           fast_view *grad_memory, fast_context *context);

/** @} */

#endif
