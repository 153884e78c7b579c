/**
 * @file recurrent_stack_checks.h
 * What stacks of recurrent networks ask of their arguments, and the sizes that follow from a shape.
 * Private to reference/.
 */
#ifndef REFERENCE_RECURRENT_STACK_CHECKS_H
#define REFERENCE_RECURRENT_STACK_CHECKS_H

#include "reference/checks.h"
#include "reference/recurrent_arguments.h"
#include "reference/recurrent_stack.h"

#include <gsl/gsl_errno.h>
#include <stdint.h>

static inline size_t directions_of(const ref_recurrent_stack_shape *shape)
{
    return shape->is_bidirectional ? 2 : 1;
}

/* What layer l reads, and what each layer puts out. */
static inline size_t width_into(const ref_recurrent_stack_shape *shape, size_t l)
{
    return l == 0 ? shape->n_in : directions_of(shape) * shape->n_hidden;
}

static inline size_t width_out_of(const ref_recurrent_stack_shape *shape)
{
    return directions_of(shape) * shape->n_hidden;
}

static inline int check_stack_shape(const ref_recurrent_stack_shape *shape)
{
    if (!is_known_cell(shape->cell)) {
        GSL_ERROR("the cell must be Elman's, a GRU or an LSTM", GSL_EINVAL);
    }
    if (shape->n_in == 0 || shape->n_hidden == 0) {
        GSL_ERROR("a stack must have at least one input and one hidden unit", GSL_EINVAL);
    }
    if (shape->n_layers == 0 || shape->n_layers > REF_MAX_LAYERS) {
        GSL_ERROR("a stack must have 1 to 8 layers", GSL_EINVAL);
    }
    if (shape->n_hidden > SIZE_MAX / gates_of(REF_LSTM)) {
        GSL_ERROR("there are more numbers than a memory can hold", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* Whether all parameters, or their gradients, belong to a stack of this shape. */
static inline bool stack_fits(const ref_recurrent_stack *p, const ref_recurrent_stack_shape *shape)
{
    bool fits = true;
    for (size_t l = 0; l < shape->n_layers; l++) {
        for (size_t d = 0; d < directions_of(shape); d++) {
            const ref_recurrent_cell *cell = &p->cells[l][d];
            fits = fits && cell->weight_x && cell->bias_x && cell->weight_h && cell->bias_h &&
                   cell_fits(cell, width_into(shape, l), shape->n_hidden, gates_of(shape->cell));
        }
    }
    return fits;
}

static inline bool is_row_matrix(const gsl_matrix *a, size_t n_rows, size_t n_cols)
{
    return a && has_shape(a, n_rows, n_cols);
}

/* Whether a cache, or its gradient, belongs to n tokens. */
static inline bool stack_cache_fits(const ref_recurrent_stack_cache *cache,
                                    const ref_recurrent_stack_shape *shape, size_t n)
{
    bool fits = true;
    for (size_t l = 0; l < shape->n_layers; l++) {
        fits = fits && is_row_matrix(cache->outputs[l], n, width_out_of(shape)) &&
               (l == 0 || is_row_matrix(cache->inputs[l], n, width_into(shape, l)));
        for (size_t d = 0; d < directions_of(shape); d++) {
            fits = fits && cache->cells[l][d].gates &&
                   cache_fits(&cache->cells[l][d], shape->cell, n, shape->n_hidden);
        }
    }
    return fits;
}

/* Whether states, or their gradients, do; NULL is none at all. Where some may be missing, their h
 * is NULL. */
static inline bool stack_state_fits(const ref_recurrent_stack_state *state,
                                    const ref_recurrent_stack_shape *shape, bool may_miss)
{
    bool fits = true;
    for (size_t l = 0; state && l < shape->n_layers; l++) {
        for (size_t d = 0; d < directions_of(shape); d++) {
            const ref_recurrent_state *one = &state->states[l][d];
            fits = fits && ((may_miss && !one->h) || state_fits(one, shape->cell, shape->n_hidden));
        }
    }
    return fits;
}

/* The checks of both passes; final is NULL in the second. */
static inline int check_stack(const gsl_matrix *x, const ref_recurrent_stack_state *initial,
                              const ref_recurrent_stack *parameters,
                              const ref_recurrent_stack_shape *shape, const size_t *length,
                              const ref_dropout *dropout, const ref_recurrent_stack_cache *cache,
                              const ref_recurrent_stack_state *final)
{
    int status = check_stack_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (x->size2 != shape->n_in || !stack_fits(parameters, shape)) {
        GSL_ERROR("x and the parameters must fit the shape of the stack", GSL_EBADLEN);
    }
    if (!stack_state_fits(initial, shape, false) || !stack_state_fits(final, shape, true)) {
        GSL_ERROR("a state must be as wide as its layer, and an LSTM's must have a memory",
                  GSL_EBADLEN);
    }
    if (!stack_cache_fits(cache, shape, x->size1)) {
        GSL_ERROR("the cache must have one row per row of x, for each layer", GSL_EBADLEN);
    }
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one token", GSL_EINVAL);
    }
    if (length && *length > x->size1) {
        GSL_ERROR("a length must not exceed the number of tokens", GSL_EINVAL);
    }
    if (dropout && !(dropout->rate >= 0.0 && dropout->rate < 1.0)) {
        GSL_ERROR("the rate of dropout must be in [0, 1)", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* What the backward pass asks beyond that. */
static inline int check_stack_gradients(
    const gsl_matrix *x, const ref_recurrent_stack_shape *shape, const gsl_matrix *grad_output,
    const ref_recurrent_stack_state *grad_final, const gsl_matrix *grad_x,
    const ref_recurrent_stack_state *grad_initial, const ref_recurrent_stack *gradients,
    const ref_recurrent_stack_cache *grad_cache, const ref_recurrent_state *grad_state)
{
    if (!has_shape(grad_output, x->size1, width_out_of(shape)) ||
        (grad_x && !same_shape(grad_x, x)) || !stack_fits(gradients, shape)) {
        GSL_ERROR("x, the output and the parameters must have the shape of their gradients",
                  GSL_EBADLEN);
    }
    if (!stack_state_fits(grad_final, shape, true) ||
        !stack_state_fits(grad_initial, shape, false)) {
        GSL_ERROR("a state must have the shape of its gradient", GSL_EBADLEN);
    }
    if (!stack_cache_fits(grad_cache, shape, x->size1) || !grad_state ||
        !state_fits(grad_state, shape->cell, shape->n_hidden)) {
        GSL_ERROR("the scratch must have the shapes of the cache and of a state", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

#endif
