/**
 * @file attention.h
 * Dot-product attention and its relatives: scores -> weights -> output, for one sequence and one
 * head. Its twin is optimized/attention.h.
 */
#ifndef REFERENCE_ATTENTION_H
#define REFERENCE_ATTENTION_H

#include <gsl/gsl_matrix.h>
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch02 @{ */

/** How alike a query q and a key k are. */
typedef enum {
    REF_DOT,              /**< q . k; with scale 1 / sqrt(d_k) this is scaled dot-product */
    REF_COSINE,           /**< q . k / (|q| |k|); 0, with zero gradient, if either is zero */
    REF_NEG_SQ_EUCLIDEAN, /**< -|q - k|^2, without a factor 1/2 */
} ref_similarity;

/** Which keys a query may see, and by how much its scores are shifted. NULL means all, by 0. */
typedef struct {
    bool causal;              /**< query i sees keys 0 .. i + (n_k - n_q) only (bottom-right) */
    const size_t *key_length; /**< NULL, or how many leading keys are real; the rest is padding */
    const gsl_matrix *bias;   /**< NULL, or (n_q x n_k), added to the scores; -INFINITY hides */
    const gsl_vector *relative_bias; /**< NULL, or (2 clip + 1), added to the scores by the distance
                                          j - i - (n_k - n_q) from query to key: entry clip is that
                                          of distance 0, the first and the last also serve all that
                                          is further away. Finite */
    gsl_vector *grad_relative_bias;  /**< NULL where it is not wanted, or (2 clip + 1): the backward
                                          pass adds the gradient of relative_bias to it */
} ref_mask;

/**
 * Scores before the softmax:  scores_ij = scale * similarity(q_i, k_j) + r_d + bias_ij,  with the
 * relative bias r and the bias of the mask, where d is the distance from query i to key j; and
 * -INFINITY where query i does not see key j.
 *
 * @param[in]  q           queries, (n_q x d_k)
 * @param[in]  k           keys, (n_k x d_k)
 * @param[in]  similarity  what is measured between a query and a key
 * @param[in]  scale       usually 1 / sqrt(d_k); divided by a temperature where there is one
 * @param[in]  mask        which keys are seen, or NULL for all
 * @param[out] scores      (n_q x n_k)
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or a relative bias has an even width
 * @retval GSL_EINVAL  a size is 0, an unknown similarity, a scale that is not finite, a key length
 *                     beyond n_k, a bias that is NaN or +INFINITY, or a relative bias that is not
 *                     finite
 *
 * Equations (2.5), (2.8) and (3.14) of the course; the relative bias as in Raffel et al. 2020,
 * section 2.1, with one number for each distance up to clip.
 */
int ref_attention_scores(const gsl_matrix *q, const gsl_matrix *k, ref_similarity similarity,
                         double scale, const ref_mask *mask, gsl_matrix *scores);

/**
 * Attention:  weights = softmax(scale * similarity(Q, K) + bias),  output = weights V.
 *
 * @param[in]  q           queries, (n_q x d_k)
 * @param[in]  k           keys, (n_k x d_k)
 * @param[in]  v           values, (n_k x d_v)
 * @param[in]  similarity  what is measured between a query and a key
 * @param[in]  scale       usually 1 / sqrt(d_k); divided by a temperature where there is one
 * @param[in]  mask        which keys are seen, or NULL for all
 * @param[out] weights     (n_q x n_k); each row sums to 1. The backward pass reads it.
 * @param[out] output      (n_q x d_v)
 *
 * A query that sees no key gets zero weights and a zero output row. The outputs overlap nothing.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or a relative bias has an even width
 * @retval GSL_EINVAL  a size is 0, an unknown similarity, a scale that is not finite, a key length
 *                     beyond n_k, a bias that is NaN or +INFINITY, or a relative bias that is not
 *                     finite
 *
 * Source: Vaswani et al. 2017, "Attention Is All You Need", eq. (1). Equation (2.7) of the course.
 */
int ref_attention_forward(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                          ref_similarity similarity, double scale, const ref_mask *mask,
                          gsl_matrix *weights, gsl_matrix *output);

/**
 * Gradients of attention, added to grad_q, grad_k and grad_v:
 *
 *     dV += P^T dY,   dP = dY V^T,   dS = P o (dP - D),  D_i = dY_i . Y_i,
 *     and for the dot product  dQ += scale dS K,  dK += scale dS^T Q.
 *
 * Where the mask asks for it, dr_d += the sum of dS_ij over all i and j of distance d, which the
 * ends of r share with all that is further away.
 *
 * @param[in]     q            queries, (n_q x d_k)
 * @param[in]     k            keys, (n_k x d_k)
 * @param[in]     v            values, (n_k x d_v)
 * @param[in]     similarity   as in the forward pass
 * @param[in]     scale        as in the forward pass
 * @param[in]     mask         as in the forward pass
 * @param[in]     weights      P, (n_q x n_k), as the forward pass left them
 * @param[in]     output       Y, (n_q x d_v), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_v)
 * @param[in,out] grad_q       (n_q x d_k); the gradient is added to it
 * @param[in,out] grad_k       (n_k x d_k); the gradient is added to it
 * @param[in,out] grad_v       (n_k x d_v); the gradient is added to it
 * @param[out]    grad_scores  dS, (n_q x n_k); scratch that the caller lends
 *
 * Keys that a query does not see get nothing from it: exactly 0.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equations (2.9) to (2.14) and (3.15) of the course.
 */
int ref_attention_backward(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                           ref_similarity similarity, double scale, const ref_mask *mask,
                           const gsl_matrix *weights, const gsl_matrix *output,
                           const gsl_matrix *grad_output, gsl_matrix *grad_q, gsl_matrix *grad_k,
                           gsl_matrix *grad_v, gsl_matrix *grad_scores);

/** @} */

#endif
