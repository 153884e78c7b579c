/* What recurrent networks ask of their arguments: shapes first, then values. */
#include "optimized/recurrent_checks.h"
#include "optimized/checks.h"
#include "optimized/rows.h"
#include <gsl/gsl_errno.h>

size_t fast_recurrent_gates(fast_cell cell)
{
    switch (cell) {
    case FAST_ELMAN:
        return 1;
    case FAST_GRU:
        return 3;
    case FAST_LSTM:
        return 4;
    }
    return 0;
}

/** Whether parameters, or their gradients, belong to a cell of these sizes. */
static bool cell_fits(const fast_recurrent_cell *p, size_t n_in, size_t n_hidden, size_t n_gates)
{
    return is_one_matrix(&p->weight_x, n_in, n_gates * n_hidden) &&
           is_one_matrix(&p->bias_x, 1, n_gates * n_hidden) &&
           is_one_matrix(&p->weight_h, n_hidden, n_gates * n_hidden) &&
           is_one_matrix(&p->bias_h, 1, n_gates * n_hidden);
}

/** Whether a view has these rows for every sequence. */
static bool is_batch_of(const fast_view *view, size_t n_batch, size_t n_rows, size_t n_cols)
{
    return view->data != NULL && view->n_batch == n_batch && view->n_heads == 1 &&
           has_shape(view, n_rows, n_cols);
}

/** Whether states, or their gradients, fit; NULL is none at all. */
static bool states_fit(const fast_recurrent_state *state, fast_cell cell, const fast_view *output)
{
    size_t n_batch = output->n_batch, n_hidden = output->n_cols;
    return !state || (is_batch_of(&state->h, n_batch, 1, n_hidden) &&
                      (cell != FAST_LSTM || is_batch_of(&state->c, n_batch, 1, n_hidden)));
}

static int check_values(const fast_view *x, const fast_view *output,
                        const fast_recurrent_walk *walk)
{
    if (is_empty(x) || is_empty(output)) {
        GSL_ERROR("there must be at least one token, one input and one hidden unit", GSL_EINVAL);
    }
    for (size_t b = 0; walk->lengths && b < x->n_batch; b++) {
        if (walk->lengths[b] > x->n_rows) {
            GSL_ERROR("a length must not exceed the number of tokens", GSL_EINVAL);
        }
    }
    return GSL_SUCCESS;
}

int fast_recurrent_check(const fast_view *x, const fast_recurrent_state *initial,
                         const fast_recurrent_cell *parameters, const fast_recurrent_walk *walk,
                         const fast_recurrent_cache *cache, const fast_recurrent_state *final,
                         const fast_view *output)
{
    size_t n_gates = fast_recurrent_gates(walk->cell), n_hidden = output->n_cols, n = x->n_rows;
    if (n_gates == 0) {
        GSL_ERROR("the cell must be Elman's, a GRU or an LSTM", GSL_EINVAL);
    }
    if (!cell_fits(parameters, x->n_cols, n_hidden, n_gates)) {
        GSL_ERROR("the parameters must fit the columns of x, of the output and the cell's gates",
                  GSL_EBADLEN);
    }
    if (!states_fit(initial, walk->cell, output) || !states_fit(final, walk->cell, output)) {
        GSL_ERROR("a state must be as wide as the output, and an LSTM's must have a memory",
                  GSL_EBADLEN);
    }
    bool has_inner = walk->cell != FAST_ELMAN;
    if (x->n_heads != 1 || !is_batch_of(output, x->n_batch, n, n_hidden) ||
        !is_batch_of(&cache->gates, x->n_batch, n, n_gates * n_hidden) ||
        (has_inner && !is_batch_of(&cache->inner, x->n_batch, n, n_hidden))) {
        GSL_ERROR("there must be one output row and one row of the cache per row of x",
                  GSL_EBADLEN);
    }
    return check_values(x, output, walk);
}

/** Whether states overlap themselves; NULL does not. */
static bool states_overlap(const fast_recurrent_state *state, fast_cell cell)
{
    return state &&
           (overlaps_itself(&state->h) || (cell == FAST_LSTM && overlaps_itself(&state->c)));
}

int fast_recurrent_check_overlap(const fast_recurrent_walk *walk, const fast_recurrent_cache *cache,
                                 const fast_recurrent_state *final, const fast_view *output)
{
    if (overlaps_itself(output) || overlaps_itself(&cache->gates) ||
        (walk->cell != FAST_ELMAN && overlaps_itself(&cache->inner)) ||
        states_overlap(final, walk->cell)) {
        GSL_ERROR("no output may overlap itself", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

static int check_gradients(const fast_view *x, const fast_recurrent_walk *walk,
                           const fast_view *output, const fast_view *grad_output,
                           const fast_recurrent_state *grad_final, const fast_view *grad_x,
                           const fast_recurrent_state *grad_initial,
                           const fast_recurrent_cell *gradients)
{
    size_t n_gates = fast_recurrent_gates(walk->cell);
    if (n_gates == 0) {
        GSL_ERROR("the cell must be Elman's, a GRU or an LSTM", GSL_EINVAL);
    }
    if ((grad_x && !is_batch_of(grad_x, x->n_batch, x->n_rows, x->n_cols)) ||
        !is_batch_of(grad_output, output->n_batch, output->n_rows, output->n_cols) ||
        !cell_fits(gradients, x->n_cols, output->n_cols, n_gates)) {
        GSL_ERROR("x, the output and the parameters must have the shape of their gradients",
                  GSL_EBADLEN);
    }
    if (!states_fit(grad_final, walk->cell, output) ||
        !states_fit(grad_initial, walk->cell, output)) {
        GSL_ERROR("a state must have the shape of its gradient", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

int fast_recurrent_check_backward(
    const fast_view *x, const fast_recurrent_state *initial, const fast_recurrent_cell *parameters,
    const fast_recurrent_walk *walk, const fast_recurrent_cache *cache, const fast_view *output,
    const fast_view *grad_output, const fast_recurrent_state *grad_final, const fast_view *grad_x,
    const fast_recurrent_state *grad_initial, const fast_recurrent_cell *gradients)
{
    int status =
        check_gradients(x, walk, output, grad_output, grad_final, grad_x, grad_initial, gradients);
    if (status == GSL_SUCCESS) {
        status = fast_recurrent_check(x, initial, parameters, walk, cache, NULL, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    if ((grad_x && overlaps_itself(grad_x)) || states_overlap(grad_initial, walk->cell) ||
        overlaps_itself(&gradients->weight_x) || overlaps_itself(&gradients->weight_h)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}
