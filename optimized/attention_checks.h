/**
 * @file attention_checks.h
 * What attention asks of its arguments, before any thread starts: shapes first, then values. Not
 * for callers of the library.
 */
#ifndef OPTIMIZED_ATTENTION_CHECKS_H
#define OPTIMIZED_ATTENTION_CHECKS_H

#include "optimized/attention_blocks.h"

/** @addtogroup optimized_core @{ */

/**
 * The checks of a mask alone: its shapes, then its values.
 *
 * @param[in] mask     which keys are seen
 * @param[in] q        queries: how many sequences, heads and rows there are
 * @param[in] k        keys: how many rows there are
 * @param[in] kernels  for a look at the bias
 * @return             GSL_SUCCESS, or what was reported
 */
int fast_check_mask(const fast_mask *mask, const fast_view *q, const fast_view *k,
                    const fast_kernels *kernels);

/**
 * The checks of both passes.
 *
 * @param[in] a            the problem
 * @param[in] log_sum_exp  (1 x n_q)
 * @param[in] output       (n_q x d_v)
 * @return                 GSL_SUCCESS, or what was reported
 */
int fast_check_attention(const attention_problem *a, const fast_view *log_sum_exp,
                         const fast_view *output);

/**
 * The checks of shapes that come first in the backward pass.
 *
 * @param[in] a            the problem
 * @param[in] output       (n_q x d_v)
 * @param[in] grad_output  the same shape
 * @param[in] grad_q       the shape of the queries
 * @param[in] grad_k       the shape of the keys
 * @param[in] grad_v       the shape of the values
 * @return                 GSL_SUCCESS, or what was reported
 */
int fast_check_attention_gradients(const attention_problem *a, const fast_view *output,
                                   const fast_view *grad_output, const fast_view *grad_q,
                                   const fast_view *grad_k, const fast_view *grad_v);

/** @} */

#endif
