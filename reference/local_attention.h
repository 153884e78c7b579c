/**
 * @file local_attention.h
 * Attention through a window that the query aims itself: Luong's "local-p". Its twin is
 * optimized/local_attention.h.
 *
 * Scores are products, as in reference/multiplicative_attention.h, which makes the keys, too.
 */
#ifndef REFERENCE_LOCAL_ATTENTION_H
#define REFERENCE_LOCAL_ATTENTION_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** The parameters, or, in the same shapes, their gradients. The numbers stay the caller's. */
typedef struct {
    gsl_matrix *weight; /**< W_p, (d_x x d_p) */
    gsl_vector *v;      /**< v_p, (d_p) */
} ref_local_attention;

/** What the forward pass keeps for the backward pass, or, in the same shapes, its gradients. */
typedef struct {
    gsl_matrix *hidden;    /**< Z = tanh(X W_p), (n_q x d_p) */
    gsl_vector *positions; /**< p, where each query looks, (n_q) */
    gsl_matrix *shares;    /**< P, the softmax within the window, (n_q x n_k); as a gradient that of
                                the scores, dS */
    gsl_matrix *weights;   /**< A, the alignment: P under the bell curve, (n_q x n_k) */
} ref_local_cache;

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
 * @param[in]  x           states of a decoder, which ask, (n_q x d_x)
 * @param[in]  keys        K, (n_k x d_x): M itself, or of ref_multiplicative_keys_forward()
 * @param[in]  memory      M, states of an encoder, which answer, (n_k x d_memory)
 * @param[in]  scale       1 in the paper; 1 / sqrt(d_x) keeps the softmax out of saturation
 * @param[in]  window      D, in states
 * @param[in]  length      how many leading states are real, or NULL for all; the rest is padding
 * @param[in]  parameters  W_p and v_p
 * @param[out] cache       Z, p, P and A. The backward pass reads them.
 * @param[out] output      the context vectors, (n_q x d_memory); overlaps no input
 *
 * A source of length 0 gives zero weights and a zero output row.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, a window of 0, a scale that is not finite, or a length beyond n_k
 *
 * Source: Luong et al. 2015, "Effective Approaches to Attention-based Neural Machine Translation",
 * section 3.2, eq. (9) and (10). Equation (5.12) of the course.
 */
int ref_local_attention_forward(const gsl_matrix *x, const gsl_matrix *keys,
                                const gsl_matrix *memory, double scale, size_t window,
                                const size_t *length, const ref_local_attention *parameters,
                                const ref_local_cache *cache, gsl_matrix *output);

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
 * @param[in]     x            (n_q x d_x)
 * @param[in]     keys         K, (n_k x d_x)
 * @param[in]     memory       M, (n_k x d_memory)
 * @param[in]     scale        as in the forward pass
 * @param[in]     window       as in the forward pass
 * @param[in]     length       as in the forward pass
 * @param[in]     parameters   W_p and v_p
 * @param[in]     cache        as the forward pass left it
 * @param[in]     output       Y, (n_q x d_memory), as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_memory)
 * @param[in,out] grad_x       (n_q x d_x); the gradient is added to it
 * @param[in,out] grad_keys    (n_k x d_x); the gradient is added to it. With "dot" it is
 *                             grad_memory: two gradients meet there
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient through the values is added to it
 * @param[in]     gradients    to the matrix of W_p and the vector of v_p is added
 * @param[out]    grad_cache   scratch that the caller lends
 *
 * States that a query does not see get nothing from it: exactly 0.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equation (5.19) of the course.
 */
int ref_local_attention_backward(const gsl_matrix *x, const gsl_matrix *keys,
                                 const gsl_matrix *memory, double scale, size_t window,
                                 const size_t *length, const ref_local_attention *parameters,
                                 const ref_local_cache *cache, const gsl_matrix *output,
                                 const gsl_matrix *grad_output, gsl_matrix *grad_x,
                                 gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                                 const ref_local_attention *gradients,
                                 const ref_local_cache *grad_cache);

/** @} */

#endif
