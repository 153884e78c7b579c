/**
 * @file recurrent_checks.h
 * What recurrent networks ask of their arguments, before any thread starts. Not for callers of the
 * library.
 */
#ifndef OPTIMIZED_RECURRENT_CHECKS_H
#define OPTIMIZED_RECURRENT_CHECKS_H

#include "optimized/recurrent_cell.h"

/** @addtogroup optimized_core @{ */

/**
 * How many gates a cell has.
 *
 * @param[in] cell  which
 * @return          1, 3 or 4; 0 for an unknown cell
 */
size_t fast_recurrent_gates(fast_cell cell);

/**
 * The checks of shapes and sizes of both passes.
 *
 * @param[in] x           (n x n_in) for every batch
 * @param[in] initial     states or NULL
 * @param[in] parameters  W, b, U, b'
 * @param[in] walk        which cell, and how far
 * @param[in] cache       (n x n_gates n_hidden) and (n x n_hidden)
 * @param[in] final       states or NULL
 * @param[in] output      (n x n_hidden) for every batch
 * @return                GSL_SUCCESS, or what was reported
 */
int fast_recurrent_check(const fast_view *x, const fast_recurrent_state *initial,
                         const fast_recurrent_cell *parameters, const fast_recurrent_walk *walk,
                         const fast_recurrent_cache *cache, const fast_recurrent_state *final,
                         const fast_view *output);

/**
 * Whether what the forward pass writes overlaps itself.
 *
 * @param[in] walk    which cell
 * @param[in] cache   as checked
 * @param[in] final   as checked
 * @param[in] output  as checked
 * @return            GSL_SUCCESS, or what was reported
 */
int fast_recurrent_check_overlap(const fast_recurrent_walk *walk, const fast_recurrent_cache *cache,
                                 const fast_recurrent_state *final, const fast_view *output);

/**
 * All checks of the backward pass: the shapes of the gradients, then as in the forward pass, then
 * whether a gradient overlaps itself.
 *
 * @param[in] x             (n x n_in) for every batch
 * @param[in] initial       states or NULL
 * @param[in] parameters    W, b, U, b'
 * @param[in] walk          which cell, and how far
 * @param[in] cache         as in the forward pass
 * @param[in] output        (n x n_hidden) for every batch
 * @param[in] grad_output   the shape of the output
 * @param[in] grad_final    the shape of states, or NULL
 * @param[in] grad_x        the shape of x, or NULL
 * @param[in] grad_initial  the shape of states, or NULL
 * @param[in] gradients     the shapes of the parameters
 * @return                  GSL_SUCCESS, or what was reported
 */
int fast_recurrent_check_backward(
    const fast_view *x, const fast_recurrent_state *initial, const fast_recurrent_cell *parameters,
    const fast_recurrent_walk *walk, const fast_recurrent_cache *cache, const fast_view *output,
    const fast_view *grad_output, const fast_recurrent_state *grad_final, const fast_view *grad_x,
    const fast_recurrent_state *grad_initial, const fast_recurrent_cell *gradients);

/** @} */

#endif
