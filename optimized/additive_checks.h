/**
 * @file additive_checks.h
 * What additive attention asks of its arguments, before any thread starts: shapes first, then
 * values. Not for callers of the library.
 */
#ifndef OPTIMIZED_ADDITIVE_CHECKS_H
#define OPTIMIZED_ADDITIVE_CHECKS_H

#include "optimized/additive_attention.h"
#include "optimized/attention_blocks.h"

/** @addtogroup optimized_core @{ */

/**
 * The checks of both passes.
 *
 * @param[in] x           (n_q x d_x) for every batch
 * @param[in] a           Q, K, M and the mask
 * @param[in] parameters  W and v are looked at
 * @param[in] cache       Q and log_sum_exp
 * @param[in] output      (n_q x d_memory) for every batch
 * @return                GSL_SUCCESS, or what was reported
 */
int fast_check_additive(const fast_view *x, const attention_problem *a,
                        const fast_additive_attention *parameters, const fast_additive_cache *cache,
                        const fast_view *output);

/**
 * The checks of the backward pass: shapes of the gradients, then as in the forward pass, then that
 * no gradient overlaps itself.
 *
 * @param[in] x            (n_q x d_x) for every batch
 * @param[in] a            Q, K, M and the mask
 * @param[in] parameters   W and v are looked at
 * @param[in] cache        Q and log_sum_exp
 * @param[in] output       (n_q x d_memory) for every batch
 * @param[in] grad_output  the shape of the output
 * @param[in] grad_x       the shape of x
 * @param[in] grad_keys    the shape of the keys
 * @param[in] grad_memory  the shape of the memory
 * @param[in] gradients    the shapes of W and v
 * @return                 GSL_SUCCESS, or what was reported
 */
int fast_check_additive_gradients(const fast_view *x, const attention_problem *a,
                                  const fast_additive_attention *parameters,
                                  const fast_additive_cache *cache, const fast_view *output,
                                  const fast_view *grad_output, const fast_view *grad_x,
                                  const fast_view *grad_keys, const fast_view *grad_memory,
                                  const fast_additive_attention *gradients);

/** @} */

#endif
