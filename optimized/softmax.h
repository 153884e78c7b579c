/**
 * @file softmax.h
 * The softmax of every row, float32. Its twin is reference/softmax.h.
 */
#ifndef OPTIMIZED_SOFTMAX_H
#define OPTIMIZED_SOFTMAX_H

#include "optimized/context.h"
#include "optimized/view.h"

/** @addtogroup ch02 @{ */

/**
 * Softmax of each row:  weights_ij = exp(scores_ij - m_i) / sum_l exp(scores_il - m_i),  where
 * m_i is the largest score of row i.
 *
 * @param[in]  scores   (n_q x n_k) for every batch and head; -INFINITY hides a key
 * @param[out] weights  the same shape; each row sums to 1. It may be the same view as scores.
 * @param[in]  context  its workspace is not used
 *
 * A row in which every score is -INFINITY sees no key: its weights are all 0, never NaN. A score
 * that is NaN or +INFINITY makes its whole row NaN.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN scores and weights differ in shape
 * @retval GSL_EINVAL  a size is 0, or weights overlaps itself
 *
 * Equation (2.2) of the course.
 */
int fast_softmax_forward(const fast_view *scores, fast_view *weights, fast_context *context);

/**
 * Gradient of the softmax:  grad_scores_ij += p_ij (dp_ij - sum_l p_il dp_il),  with p the weights
 * and dp the gradient that comes from above.
 *
 * @param[in]     weights       p, (n_q x n_k) for every batch and head, from the forward pass
 * @param[in]     grad_weights  dp, the same shape
 * @param[in,out] grad_scores   the same shape; the gradient is added to it. It overlaps no input.
 * @param[in]     context       its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the three views differ in shape
 * @retval GSL_EINVAL  a size is 0, or grad_scores overlaps itself
 *
 * Equation (2.4) of the course.
 */
int fast_softmax_backward(const fast_view *weights, const fast_view *grad_weights,
                          fast_view *grad_scores, fast_context *context);

/**
 * Natural logarithm of the softmax's denominator:  L_i = m_i + ln sum_j exp(scores_ij - m_i).
 *
 * @param[in]  scores       (n_q x n_k) for every batch and head; -INFINITY hides a key
 * @param[out] log_sum_exp  one row (1 x n_q) a batch and head; -INFINITY where no key is seen,
 *                          NaN for a row with a score that is NaN or +INFINITY
 * @param[in]  context      its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN log_sum_exp does not have one entry per row
 * @retval GSL_EINVAL  a size is 0, or log_sum_exp overlaps itself
 *
 * Equation (2.3) of the course.
 */
int fast_log_sum_exp(const fast_view *scores, fast_view *log_sum_exp, fast_context *context);

/** @} */

#endif
