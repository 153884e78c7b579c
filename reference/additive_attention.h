/**
 * @file additive_attention.h
 * Attention by a small network with one hidden layer: Bahdanau's, and Luong's "concat". Its twin is
 * optimized/additive_attention.h.
 */
#ifndef REFERENCE_ADDITIVE_ATTENTION_H
#define REFERENCE_ADDITIVE_ATTENTION_H

#include "reference/attention.h"
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

/** @addtogroup ch05 @{ */

/**
 * The parameters, or, in the same shapes, their gradients. The matrices stay the caller's. Luong's
 * "concat" is the same with W on top of U in one matrix W_a, and without a bias:
 * v . tanh(W_a^T [x; m]) = v . tanh(W^T x + U^T m).
 */
typedef struct {
    gsl_matrix *weight_q; /**< W, (d_x x d_a) */
    gsl_matrix *weight_k; /**< U, (d_memory x d_a) */
    gsl_vector *bias;     /**< b, (d_a), or NULL for none; then its gradient is NULL too */
    gsl_vector *v;        /**< v, (d_a): how much each hidden unit counts */
} ref_additive_attention;

/** What the forward pass keeps for the backward pass, or, in the same shapes, its gradients. */
typedef struct {
    gsl_matrix *q;       /**< Q = X W, (n_q x d_a) */
    gsl_matrix *weights; /**< P, the alignment, (n_q x n_k); as a gradient that of the scores, dS */
} ref_additive_cache;

/**
 * Keys:  K = M U + b.  They do not depend on what asks: a decoder makes them once for a source, not
 * once for a step.
 *
 * @param[in]  memory      M, states of an encoder, (n_k x d_memory)
 * @param[in]  parameters  U and b are read
 * @param[out] keys        K, (n_k x d_a); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Source: Bahdanau et al. 2015, "Neural Machine Translation by Jointly Learning to Align and
 * Translate", appendix A.1.2. Equation (5.11) of the course.
 */
int ref_additive_keys_forward(const gsl_matrix *memory, const ref_additive_attention *parameters,
                              gsl_matrix *keys);

/**
 * Gradients of the keys:  dM += dK U^T,  dU += M^T dK,  db += sum_j dK_j.
 *
 * @param[in]     memory       M, (n_k x d_memory)
 * @param[in]     parameters   U is read
 * @param[in]     grad_keys    dK, (n_k x d_a)
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient is added to it
 * @param[in]     gradients    to the matrix of U and the vector of b is added
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or the bias has no gradient
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (5.21) of the course.
 */
int ref_additive_keys_backward(const gsl_matrix *memory, const ref_additive_attention *parameters,
                               const gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                               const ref_additive_attention *gradients);

/**
 * Additive attention:
 *
 *     Q = X W,   scores_ij = v . tanh(q_i + k_j) + bias_ij,
 *     weights = softmax(scores),   output = weights M.
 *
 * @param[in]  x           states of a decoder, which ask, (n_q x d_x)
 * @param[in]  keys        K, (n_k x d_a), of ref_additive_keys_forward()
 * @param[in]  memory      M, states of an encoder, which answer, (n_k x d_memory)
 * @param[in]  parameters  W and v are read
 * @param[in]  mask        which states are seen, or NULL for all; without a relative bias
 * @param[out] cache       Q and the weights. The backward pass reads them.
 * @param[out] output      the context vectors, (n_q x d_memory); overlaps no input
 *
 * A query that sees no key gets zero weights and a zero output row.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, a relative bias, or a mask as ref_attention_forward() refuses it
 *
 * Source: Bahdanau et al. 2015, section 3.1 and appendix A.1.2. Equations (5.9) and (5.10) of the
 * course.
 */
int ref_additive_attention_forward(const gsl_matrix *x, const gsl_matrix *keys,
                                   const gsl_matrix *memory,
                                   const ref_additive_attention *parameters, const ref_mask *mask,
                                   const ref_additive_cache *cache, gsl_matrix *output);

/**
 * Gradients of additive attention, added to grad_x, grad_keys, grad_memory and gradients:
 *
 *     dM += P^T dY,   dP = dY M^T,   dS = P o (dP - D),  D_i = dY_i . Y_i,
 *     with  t_ij = tanh(q_i + k_j):   dv += sum_ij dS_ij t_ij,
 *     dz_ij = dS_ij v o (1 - t_ij^2),   dq_i = sum_j dz_ij,   dk_j += sum_i dz_ij,
 *     dX += dQ W^T,   dW += X^T dQ.
 *
 * @param[in]     x            (n_q x d_x)
 * @param[in]     keys         K, (n_k x d_a)
 * @param[in]     memory       M, (n_k x d_memory)
 * @param[in]     parameters   W and v are read
 * @param[in]     mask         as in the forward pass
 * @param[in]     cache        as the forward pass left it
 * @param[in]     output       Y, (n_q x d_memory), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_memory)
 * @param[in,out] grad_x       (n_q x d_x); the gradient is added to it
 * @param[in,out] grad_keys    (n_k x d_a); the gradient is added to it
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient through the values is added to it
 * @param[in]     gradients    to the matrix of W and the vector of v is added
 * @param[out]    grad_cache   dQ and dS; scratch that the caller lends
 *
 * States that a query does not see get nothing from it: exactly 0.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equation (5.20) of the course.
 */
int ref_additive_attention_backward(const gsl_matrix *x, const gsl_matrix *keys,
                                    const gsl_matrix *memory,
                                    const ref_additive_attention *parameters, const ref_mask *mask,
                                    const ref_additive_cache *cache, const gsl_matrix *output,
                                    const gsl_matrix *grad_output, gsl_matrix *grad_x,
                                    gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                                    const ref_additive_attention *gradients,
                                    const ref_additive_cache *grad_cache);

/** @} */

#endif
