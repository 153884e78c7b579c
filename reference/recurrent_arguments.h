/**
 * @file recurrent_arguments.h
 * What recurrent networks ask of their arguments: shapes first, then values. Private to reference/.
 */
#ifndef REFERENCE_RECURRENT_ARGUMENTS_H
#define REFERENCE_RECURRENT_ARGUMENTS_H

#include "reference/checks.h"
#include "reference/recurrent_cell.h"

#include <gsl/gsl_errno.h>

static inline bool is_known_cell(ref_cell cell)
{
    return cell == REF_ELMAN || cell == REF_GRU || cell == REF_LSTM;
}

static inline size_t gates_of(ref_cell cell)
{
    return cell == REF_ELMAN ? 1 : cell == REF_GRU ? 3 : 4;
}

/* Whether parameters, or their gradients, belong to a cell of these sizes. */
static inline bool cell_fits(const ref_recurrent_cell *p, size_t n_in, size_t n_hidden,
                             size_t n_gates)
{
    return has_shape(p->weight_x, n_in, n_gates * n_hidden) &&
           p->bias_x->size == n_gates * n_hidden &&
           has_shape(p->weight_h, n_hidden, n_gates * n_hidden) &&
           p->bias_h->size == n_gates * n_hidden;
}

/* Whether a state, or its gradient, does; NULL is none at all. */
static inline bool state_fits(const ref_recurrent_state *state, ref_cell cell, size_t n_hidden)
{
    return !state || (state->h && state->h->size == n_hidden &&
                      (cell != REF_LSTM || (state->c && state->c->size == n_hidden)));
}

/* Whether a cache, or its gradient, belongs to n tokens. */
static inline bool cache_fits(const ref_recurrent_cache *cache, ref_cell cell, size_t n,
                              size_t n_hidden)
{
    return has_shape(cache->gates, n, gates_of(cell) * n_hidden) &&
           (cell == REF_ELMAN || (cache->inner && has_shape(cache->inner, n, n_hidden)));
}

/* The checks of both passes; final is NULL in the second. */
static inline int check_recurrent(const gsl_matrix *x, const ref_recurrent_state *initial,
                                  const ref_recurrent_cell *parameters,
                                  const ref_recurrent_walk *walk, const ref_recurrent_cache *cache,
                                  const ref_recurrent_state *final, const gsl_matrix *output)
{
    size_t n = x->size1, n_hidden = output->size2;
    if (!is_known_cell(walk->cell)) {
        GSL_ERROR("the cell must be Elman's, a GRU or an LSTM", GSL_EINVAL);
    }
    if (!cell_fits(parameters, x->size2, n_hidden, gates_of(walk->cell))) {
        GSL_ERROR("the parameters must fit the columns of x, of the output and the cell's gates",
                  GSL_EBADLEN);
    }
    if (!state_fits(initial, walk->cell, n_hidden) || !state_fits(final, walk->cell, n_hidden)) {
        GSL_ERROR("a state must be as wide as the output, and an LSTM's must have a memory",
                  GSL_EBADLEN);
    }
    if (output->size1 != n || !cache_fits(cache, walk->cell, n, n_hidden)) {
        GSL_ERROR("there must be one output row and one row of the cache per row of x",
                  GSL_EBADLEN);
    }
    if (is_empty(x) || is_empty(output)) {
        GSL_ERROR("there must be at least one token, one input and one hidden unit", GSL_EINVAL);
    }
    if (walk->length && *walk->length > n) {
        GSL_ERROR("a length must not exceed the number of tokens", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* What the backward pass asks beyond that; it comes first. */
static inline int check_recurrent_gradients(
    const gsl_matrix *x, const ref_recurrent_walk *walk, const gsl_matrix *output,
    const gsl_matrix *grad_output, const ref_recurrent_state *grad_final, const gsl_matrix *grad_x,
    const ref_recurrent_state *grad_initial, const ref_recurrent_cell *gradients,
    const ref_recurrent_cache *grad_cache, const ref_recurrent_state *grad_state)
{
    size_t n_hidden = output->size2;
    if (!is_known_cell(walk->cell)) {
        GSL_ERROR("the cell must be Elman's, a GRU or an LSTM", GSL_EINVAL);
    }
    if ((grad_x && !same_shape(grad_x, x)) || !same_shape(grad_output, output) ||
        !cell_fits(gradients, x->size2, n_hidden, gates_of(walk->cell))) {
        GSL_ERROR("x, the output and the parameters must have the shape of their gradients",
                  GSL_EBADLEN);
    }
    if (!state_fits(grad_final, walk->cell, n_hidden) ||
        !state_fits(grad_initial, walk->cell, n_hidden)) {
        GSL_ERROR("a state must have the shape of its gradient", GSL_EBADLEN);
    }
    if (!cache_fits(grad_cache, walk->cell, x->size1, n_hidden) || !grad_state ||
        !state_fits(grad_state, walk->cell, n_hidden)) {
        GSL_ERROR("the scratch must have the shapes of the cache and of a state", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

#endif
