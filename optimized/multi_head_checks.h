/**
 * @file multi_head_checks.h
 * What multi-head attention asks of its arguments, before anything is written. A block asks it, too,
 * before its other layers begin. Not for callers of the library.
 */
#ifndef OPTIMIZED_MULTI_HEAD_CHECKS_H
#define OPTIMIZED_MULTI_HEAD_CHECKS_H

#include "optimized/multi_head.h"

/** @addtogroup optimized_core @{ */

/**
 * The checks of both passes: shapes first, then values.
 *
 * @param[in] x           X, (n_q x d_x) for every batch, one head
 * @param[in] memory      M, (n_k x d_memory) for every batch, one head
 * @param[in] parameters  of the heads, W_O and b_O
 * @param[in] mask        which keys are seen by every head, or NULL for all
 * @param[in] cache       Q, K, V, the logarithms and the outputs of all heads
 * @param[in] output      (n_q x d_model) for every batch, one head
 * @param[in] context     its kernels are used
 * @return                GSL_SUCCESS, or what was reported
 */
int fast_check_multi_head(const fast_view *x, const fast_view *memory,
                          const fast_multi_head *parameters, const fast_mask *mask,
                          const fast_multi_head_cache *cache, const fast_view *output,
                          const fast_context *context);

/**
 * The checks of the backward pass that follow these.
 *
 * @param[in] x            X
 * @param[in] memory       M
 * @param[in] parameters   of the heads, W_O and b_O
 * @param[in] cache        Q, K and V of all heads
 * @param[in] grad_x       the shape of x
 * @param[in] grad_memory  the shape of the memory
 * @param[in] gradients    the shapes of the parameters; what is left out there is left out here
 * @return                 GSL_SUCCESS, or what was reported
 */
int fast_check_multi_head_gradients(const fast_view *x, const fast_view *memory,
                                    const fast_multi_head *parameters,
                                    const fast_multi_head_cache *cache, const fast_view *grad_x,
                                    const fast_view *grad_memory, const fast_multi_head *gradients);

/** @} */

#endif
