/**
 * @file recurrent_stack_checks.h
 * Sizes that follow from the shape of a stack, and what a stack asks of its arguments. Not for
 * callers of the library.
 */
#ifndef OPTIMIZED_RECURRENT_STACK_CHECKS_H
#define OPTIMIZED_RECURRENT_STACK_CHECKS_H

#include "optimized/checks.h"
#include "optimized/recurrent_stack.h"

/** @addtogroup optimized_core @{ */

/**
 * How many directions each layer reads in.
 *
 * @param[in] shape  of the stack
 * @return           1 or 2
 */
static inline size_t n_directions_of(const fast_recurrent_stack_shape *shape)
{
    return shape->is_bidirectional ? 2 : 1;
}

/**
 * Columns of what each layer puts out.
 *
 * @param[in] shape  of the stack
 * @return           n_directions n_hidden
 */
static inline size_t fast_recurrent_stack_width(const fast_recurrent_stack_shape *shape)
{
    return n_directions_of(shape) * shape->n_hidden;
}

/**
 * What one direction of a layer puts out.
 *
 * @param[in] output     of the layer, or its gradient
 * @param[in] shape      of the stack
 * @param[in] direction  0 to the right, 1 to the left
 * @return               its columns
 */
static inline fast_view output_of_walk(const fast_view *output,
                                       const fast_recurrent_stack_shape *shape, size_t direction)
{
    return fast_view_columns(output, direction * shape->n_hidden, shape->n_hidden);
}

/**
 * What layer l reads.
 *
 * @param[in] x        what goes into the stack
 * @param[in] cache    of the stack
 * @param[in] layer    l
 * @param[in] dropout  or NULL
 * @return             x, or the output of the layer below, behind its dropout where there is one
 */
static inline const fast_view *input_of_layer(const fast_view *x,
                                              const fast_recurrent_stack_cache *cache, size_t layer,
                                              const fast_dropout *dropout)
{
    return layer == 0 ? x : dropout ? &cache->inputs[layer] : &cache->outputs[layer - 1];
}

/**
 * The dropout between two layers.
 *
 * @param[in] dropout  of the stack
 * @param[in] layer    the upper one
 * @return             with a seed of its own
 */
fast_dropout fast_dropout_of_layer(const fast_dropout *dropout, size_t layer);

/**
 * One of the states of a stack, if there are any and it is among them.
 *
 * @param[in] all        states or their gradients, or NULL
 * @param[in] layer      its layer
 * @param[in] direction  its direction
 * @return               the state, or NULL
 */
static inline const fast_recurrent_state *state_of_walk(const fast_recurrent_stack_state *all,
                                                        size_t layer, size_t direction)
{
    return all && all->states[layer][direction].h.data ? &all->states[layer][direction] : NULL;
}

/**
 * Look at the shape.
 *
 * @param[in] shape  of the stack
 * @return           a status, with a sentence if it is not GSL_SUCCESS
 */
int fast_recurrent_stack_check_shape(const fast_recurrent_stack_shape *shape);

/**
 * Look at what both passes read, layer by layer, before any of them does anything.
 *
 * @param[in] x           what goes in
 * @param[in] initial     states, or NULL
 * @param[in] parameters  of all layers
 * @param[in] shape       of the stack
 * @param[in] lengths     or NULL
 * @param[in] dropout     or NULL
 * @param[in] cache       what the forward pass writes
 * @param[in] final       states, or NULL
 * @return                a status, with a sentence if it is not GSL_SUCCESS
 */
int fast_recurrent_stack_check(const fast_view *x, const fast_recurrent_stack_state *initial,
                               const fast_recurrent_stack *parameters,
                               const fast_recurrent_stack_shape *shape, const size_t *lengths,
                               const fast_dropout *dropout, const fast_recurrent_stack_cache *cache,
                               const fast_recurrent_stack_state *final);

/**
 * Look at what the backward pass reads and writes.
 *
 * @param[in] x             what goes in
 * @param[in] initial       states, or NULL
 * @param[in] parameters    of all layers
 * @param[in] shape         of the stack
 * @param[in] lengths       or NULL
 * @param[in] dropout       or NULL
 * @param[in] cache         as the forward pass left it
 * @param[in] grad_output   of the top layer
 * @param[in] grad_final    of the final states, or NULL
 * @param[in] grad_x        as x, or NULL
 * @param[in] grad_initial  of the initial states, or NULL
 * @param[in] gradients     of the parameters
 * @return                  a status, with a sentence if it is not GSL_SUCCESS
 */
int fast_recurrent_stack_check_backward(
    const fast_view *x, const fast_recurrent_stack_state *initial,
    const fast_recurrent_stack *parameters, const fast_recurrent_stack_shape *shape,
    const size_t *lengths, const fast_dropout *dropout, const fast_recurrent_stack_cache *cache,
    const fast_view *grad_output, const fast_recurrent_stack_state *grad_final,
    const fast_view *grad_x, const fast_recurrent_stack_state *grad_initial,
    const fast_recurrent_stack *gradients);

/** @} */

#endif
