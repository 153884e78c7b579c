/**
 * @file multi_head.h
 * Several attentions side by side, each on its own slice of the columns. Its twin is
 * optimized/multi_head.h.
 */
#ifndef REFERENCE_MULTI_HEAD_H
#define REFERENCE_MULTI_HEAD_H

#include "reference/query_key_value.h"
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stddef.h>

/** @addtogroup ch04 @{ */

/** The parameters, or, in the same shapes, their gradients. The matrices stay the caller's. What may
 *  be NULL is left out; then its gradient is NULL too. */
typedef struct {
    size_t n_heads;            /**< h = 1 .. n_heads; each has d_k and d_v columns of its own */
    ref_query_key_value heads; /**< of all heads side by side: W_Q is (d_x x n_heads d_k), b_Q is
                                      (n_heads d_k), and so on */
    gsl_matrix *weight_o;      /**< W_O, (n_heads d_v x d_model) */
    gsl_vector *bias_o;        /**< b_O, (d_model), or NULL */
    gsl_matrix *relative_bias; /**< (n_heads x (2 clip + 1)), a row a head, or NULL: ref_mask */
} ref_multi_head;

/** What the forward pass keeps for the backward pass, or, in the same shapes, its gradients. */
typedef struct {
    ref_query_key_value_cache heads; /**< of all heads: Q is (n_q x n_heads d_k), and so on, side by
                                          side; the weights are (n_heads n_q x n_k), one head above
                                          the other */
    gsl_matrix *concatenated;        /**< the outputs of the heads, (n_q x n_heads d_v) */
} ref_multi_head_cache;

/**
 * Multi-head attention:
 *
 *     head_h = attention(X W_Q^h + b_Q^h,  M W_K^h + b_K^h,  M W_V^h + b_V^h),  scale 1/sqrt(d_k),
 *     Y = [head_1 ... head_H] W_O + b_O.
 *
 * W_Q^h are the columns of W_Q that belong to head h: views, no copies. Self-attention is X = M.
 *
 * @param[in]  x           X, what asks, (n_q x d_x)
 * @param[in]  memory      M, what is looked at, (n_k x d_memory)
 * @param[in]  parameters  of the heads, W_O and b_O
 * @param[in]  mask        which keys are seen by every head, or NULL for all; its relative_bias is
 *                         NULL: that of the parameters serves
 * @param[out] cache       Q, K, V, P and the outputs of all heads. The backward pass reads them.
 * @param[out] output      Y, (n_q x d_model); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or columns cannot be shared out among heads
 * @retval GSL_EINVAL  a size is 0, the mask has a relative bias, or as for ref_attention_forward()
 *
 * Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.2; the relative bias as in
 * Raffel et al. 2020, "Exploring the Limits of Transfer Learning", section 2.1, without its buckets.
 *
 * Equations (4.1) to (4.3) of the course.
 */
int ref_multi_head_forward(const gsl_matrix *x, const gsl_matrix *memory,
                           const ref_multi_head *parameters, const ref_mask *mask,
                           const ref_multi_head_cache *cache, gsl_matrix *output);

/**
 * Gradients of multi-head attention, added to grad_x, grad_memory and all of gradients:
 *
 *     dW_O += C^T dY,   db_O += sum_i dY_i,   dC = dY W_O^T,  C = [head_1 ... head_H],
 *     and for each head, with its columns of dC, as of ref_query_key_value_backward().
 *
 * @param[in]     x            X, (n_q x d_x)
 * @param[in]     memory       M, (n_k x d_memory)
 * @param[in]     parameters   of the heads, W_O and b_O
 * @param[in]     mask         as in the forward pass
 * @param[in]     cache        as the forward pass left it
 * @param[in]     grad_output  dY, (n_q x d_model)
 * @param[in,out] grad_x       (n_q x d_x); the gradient is added to it
 * @param[in,out] grad_memory  (n_k x d_memory); the gradient is added to it. In self-attention it
 *                             is grad_x
 * @param[in]     gradients    of the parameters; to the matrices and vectors in it is added
 * @param[out]    grad_cache   dQ, dK, dV, dS and dC; scratch that the caller lends
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or a parameter has no gradient
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equations (4.10) and (4.11) of the course.
 */
int ref_multi_head_backward(const gsl_matrix *x, const gsl_matrix *memory,
                            const ref_multi_head *parameters, const ref_mask *mask,
                            const ref_multi_head_cache *cache, const gsl_matrix *grad_output,
                            gsl_matrix *grad_x, gsl_matrix *grad_memory,
                            const ref_multi_head *gradients,
                            const ref_multi_head_cache *grad_cache);

/** @} */

#endif
