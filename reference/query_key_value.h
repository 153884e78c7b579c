/**
 * @file query_key_value.h
 * Attention that learns what to look for: queries, keys and values are projections. Its twin is
 * optimized/query_key_value.h.
 */
#ifndef REFERENCE_QUERY_KEY_VALUE_H
#define REFERENCE_QUERY_KEY_VALUE_H

#include "reference/attention.h"
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

/** @addtogroup ch03 @{ */

/** The parameters, or, in the same shapes, their gradients. The matrices stay the caller's. A bias
 *  may be NULL for none; then its gradient is NULL too. */
typedef struct {
    gsl_matrix *weight_q; /**< W_Q, (d_x x d_k) */
    gsl_vector *bias_q;   /**< b_Q, (d_k) */
    gsl_matrix *weight_k; /**< W_K, (d_memory x d_k) */
    gsl_vector *bias_k;   /**< b_K, (d_k) */
    gsl_matrix *weight_v; /**< W_V, (d_memory x d_v) */
    gsl_vector *bias_v;   /**< b_V, (d_v) */
} ref_query_key_value;

/** What the forward pass keeps for the backward pass, or, in the same shapes, its gradients. */
typedef struct {
    gsl_matrix *q;       /**< Q, (n_q x d_k) */
    gsl_matrix *k;       /**< K, (n_k x d_k) */
    gsl_matrix *v;       /**< V, (n_k x d_v) */
    gsl_matrix *weights; /**< P, (n_q x n_k); as a gradient that of the scores, dS */
} ref_query_key_value_cache;

/**
 * Attention between projections:
 *
 *     Q = X W_Q + b_Q,   K = M W_K + b_K,   V = M W_V + b_V,
 *     P = softmax(scale Q K^T + bias),      Y = P V.
 *
 * Self-attention is X = M, the same matrix twice. Otherwise it is cross-attention: X asks, the
 * memory M answers, and they may differ in length and in width.
 *
 * @param[in]  x           X, what asks, (n_q x d_x)
 * @param[in]  memory      M, what is looked at, (n_k x d_memory)
 * @param[in]  parameters  W_Q, b_Q, W_K, b_K, W_V, b_V
 * @param[in]  scale       usually 1 / sqrt(d_k)
 * @param[in]  mask        which keys are seen, or NULL for all
 * @param[out] cache       Q, K, V and P. The backward pass reads them.
 * @param[out] output      Y, (n_q x d_v); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or as for ref_attention_forward()
 *
 * Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.
 * Equations (3.1) to (3.6) of the course.
 */
int ref_query_key_value_forward(const gsl_matrix *x, const gsl_matrix *memory,
                                const ref_query_key_value *parameters, double scale,
                                const ref_mask *mask, const ref_query_key_value_cache *cache,
                                gsl_matrix *output);

/**
 * Gradients of attention between projections, added to grad_x, grad_memory and all of gradients:
 *
 *     dQ, dK, dV as of ref_attention_backward(), then
 *     dW_Q += X^T dQ,   db_Q += sum_i dQ_i,   dX += dQ W_Q^T,
 *     dW_K += M^T dK,   db_K += sum_j dK_j,   dM += dK W_K^T,
 *     dW_V += M^T dV,   db_V += sum_j dV_j,   dM += dV W_V^T.
 *
 * @param[in]     x            X, (n_q x d_x)
 * @param[in]     memory       M, (n_k x d_memory)
 * @param[in]     parameters   W_Q, b_Q, W_K, b_K, W_V, b_V
 * @param[in]     scale        as in the forward pass
 * @param[in]     mask         as in the forward pass
 * @param[in]     cache        as the forward pass left it
 * @param[in]     output       Y, (n_q x d_v), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_v)
 * @param[in,out] grad_x       (n_q x d_x); the gradient is added to it
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient is added to it. In self-attention it
 *                             is grad_x: three gradients meet there
 * @param[in]     gradients    of the parameters; to the matrices and vectors in it is added
 * @param[out]    grad_cache   dQ, dK, dV and dS; scratch that the caller lends
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or a bias has no gradient
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equations (3.7) to (3.13) of the course.
 */
int ref_query_key_value_backward(const gsl_matrix *x, const gsl_matrix *memory,
                                 const ref_query_key_value *parameters, double scale,
                                 const ref_mask *mask, const ref_query_key_value_cache *cache,
                                 const gsl_matrix *output, const gsl_matrix *grad_output,
                                 gsl_matrix *grad_x, gsl_matrix *grad_memory,
                                 const ref_query_key_value *gradients,
                                 const ref_query_key_value_cache *grad_cache);

/** @} */

#endif
