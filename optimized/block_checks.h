/**
 * @file block_checks.h
 * What a block asks of its arguments, before any thread starts. Not for callers of the library.
 */
#ifndef OPTIMIZED_BLOCK_CHECKS_H
#define OPTIMIZED_BLOCK_CHECKS_H

#include "optimized/block.h"

/** @addtogroup ch04 @{ */

/**
 * Look at what both passes read, also at what the attention asks: no layer begins if a later one
 * would refuse.
 *
 * @param[in] x           X
 * @param[in] parameters  of both layers and both normalisations
 * @param[in] shape       its choices are looked at
 * @param[in] mask        which tokens are seen, or NULL for all
 * @param[in] dropout     or NULL
 * @param[in] cache       what the forward pass writes
 * @param[in] output      Y, or its gradient
 * @param[in] context     its kernels are used
 * @return                a status, with a sentence if it is not GSL_SUCCESS
 */
int fast_check_block(const fast_view *x, const fast_block *parameters,
                     const fast_block_shape *shape, const fast_mask *mask,
                     const fast_dropout *dropout, const fast_block_cache *cache,
                     const fast_view *output, const fast_context *context);

/**
 * Look at what the backward pass adds to.
 *
 * @param[in] x           X
 * @param[in] parameters  of both layers and both normalisations
 * @param[in] cache       what the forward pass wrote
 * @param[in] grad_x      as x
 * @param[in] gradients   of the parameters
 * @return                a status, with a sentence if it is not GSL_SUCCESS
 */
int fast_check_block_gradients(const fast_view *x, const fast_block *parameters,
                               const fast_block_cache *cache, const fast_view *grad_x,
                               const fast_block *gradients);

/** @} */

#endif
