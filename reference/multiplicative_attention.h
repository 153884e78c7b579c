/**
 * @file multiplicative_attention.h
 * Attention by products, between spaces that may differ: Luong's "dot" and "general". Its twin is
 * optimized/multiplicative_attention.h.
 *
 * What does not depend on the query is made once for a source, the keys; then chapter 2 takes over.
 */
#ifndef REFERENCE_MULTIPLICATIVE_ATTENTION_H
#define REFERENCE_MULTIPLICATIVE_ATTENTION_H

#include "reference/attention.h"
#include <gsl/gsl_matrix.h>

/** @addtogroup ch05 @{ */

/**
 * Keys of the "general" score:  K = M W^T,  so that  x . k_j = x^T W m_j.  With W = I it is "dot",
 * whose keys are M itself.
 *
 * @param[in]  memory  M, states of an encoder, (n_k x d_memory)
 * @param[in]  weight  W, (d_x x d_memory)
 * @param[out] keys    K, (n_k x d_x); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Source: Luong et al. 2015, "Effective Approaches to Attention-based Neural Machine Translation",
 * section 3.1. Equation (5.11) of the course.
 */
int ref_multiplicative_keys_forward(const gsl_matrix *memory, const gsl_matrix *weight,
                                    gsl_matrix *keys);

/**
 * Gradients of the keys:  dM += dK W,  dW += dK^T M.
 *
 * @param[in]     memory       M, (n_k x d_memory)
 * @param[in]     weight       W, (d_x x d_memory)
 * @param[in]     grad_keys    dK, (n_k x d_x)
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient is added to it
 * @param[in,out] grad_weight  (d_x x d_memory); the gradient is added to it
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (5.21) of the course.
 */
int ref_multiplicative_keys_backward(const gsl_matrix *memory, const gsl_matrix *weight,
                                     const gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                                     gsl_matrix *grad_weight);

/**
 * Attention by products:  weights = softmax(scale X K^T + bias),  output = weights M.
 *
 * @param[in]  x        states of a decoder, which ask, (n_q x d_x)
 * @param[in]  keys     K, (n_k x d_x): M itself, or of ref_multiplicative_keys_forward()
 * @param[in]  memory   M, states of an encoder, which answer, (n_k x d_memory)
 * @param[in]  scale    1 in the paper; 1 / sqrt(d_x) keeps the softmax out of saturation
 * @param[in]  mask     which states are seen, or NULL for all
 * @param[out] weights  the alignment, (n_q x n_k); each row sums to 1. The backward pass reads it.
 * @param[out] output   the context vectors, (n_q x d_memory)
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or as for ref_attention_forward()
 *
 * Source: Luong et al. 2015, eq. (7) and (8). Equations (5.8) and (5.10) of the course.
 */
int ref_multiplicative_attention_forward(const gsl_matrix *x, const gsl_matrix *keys,
                                         const gsl_matrix *memory, double scale,
                                         const ref_mask *mask, gsl_matrix *weights,
                                         gsl_matrix *output);

/**
 * Gradients of attention by products, added to grad_x, grad_keys and grad_memory:
 *
 *     dM += P^T dY,   dP = dY M^T,   dS = P o (dP - D),  D_i = dY_i . Y_i,
 *     dX += scale dS K,   dK += scale dS^T X.
 *
 * @param[in]     x            (n_q x d_x)
 * @param[in]     keys         K, (n_k x d_x)
 * @param[in]     memory       M, (n_k x d_memory)
 * @param[in]     scale        as in the forward pass
 * @param[in]     mask         as in the forward pass
 * @param[in]     weights      P, (n_q x n_k), as the forward pass left them
 * @param[in]     output       Y, (n_q x d_memory), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_memory)
 * @param[in,out] grad_x       (n_q x d_x); the gradient is added to it
 * @param[in,out] grad_keys    (n_k x d_x); the gradient is added to it. With "dot" it is
 *                             grad_memory: two gradients meet there
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient through the values is added to it
 * @param[out]    grad_scores  dS, (n_q x n_k); scratch that the caller lends
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equations (2.9) to (2.12) of the course, with M as the values.
 */
int ref_multiplicative_attention_backward(const gsl_matrix *x, const gsl_matrix *keys,
                                          const gsl_matrix *memory, double scale,
                                          const ref_mask *mask, const gsl_matrix *weights,
                                          const gsl_matrix *output, const gsl_matrix *grad_output,
                                          gsl_matrix *grad_x, gsl_matrix *grad_keys,
                                          gsl_matrix *grad_memory, gsl_matrix *grad_scores);

/** @} */

#endif
