/**
 * @file softmax.h
 * The softmax of every row of a matrix: from scores, which can be any number, to weights, which
 * are positive and sum to 1. Its twin is optimized/softmax.h.
 */
#ifndef REFERENCE_SOFTMAX_H
#define REFERENCE_SOFTMAX_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

/** @addtogroup ch02 @{ */

/**
 * Softmax of each row:  weights_ij = exp(scores_ij - m_i) / sum_l exp(scores_il - m_i),  where
 * m_i is the largest score of row i.
 *
 * @param[in]  scores   (n_q x n_k); -INFINITY hides a key
 * @param[out] weights  (n_q x n_k); each row sums to 1. It may be the same matrix as scores.
 *
 * A row in which every score is -INFINITY sees no key: its weights are all 0, never NaN. A score
 * that is NaN or +INFINITY makes its whole row NaN.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN scores and weights differ in shape
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (2.2) of the course.
 */
int ref_softmax_forward(const gsl_matrix *scores, gsl_matrix *weights);

/**
 * Gradient of the softmax:  grad_scores_ij += p_ij (dp_ij - sum_l p_il dp_il),  with p the weights
 * and dp the gradient that comes from above.
 *
 * @param[in]     weights       p, (n_q x n_k), as the forward pass left them
 * @param[in]     grad_weights  dp, (n_q x n_k)
 * @param[in,out] grad_scores   (n_q x n_k); the gradient is added to it. It overlaps neither input.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the three matrices differ in shape
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (2.4) of the course.
 */
int ref_softmax_backward(const gsl_matrix *weights, const gsl_matrix *grad_weights,
                         gsl_matrix *grad_scores);

/**
 * Natural logarithm of the softmax's denominator:  L_i = m_i + ln sum_j exp(scores_ij - m_i).
 *
 * @param[in]  scores       (n_q x n_k); -INFINITY hides a key
 * @param[out] log_sum_exp  (n_q); -INFINITY for a row that sees no key, NaN for
 *                          a row with a score that is NaN or +INFINITY
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN log_sum_exp does not have one entry per row
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (2.3) of the course.
 */
int ref_log_sum_exp(const gsl_matrix *scores, gsl_vector *log_sum_exp);

/** @} */

#endif
