/* Recurrent networks on top of each other.
 *
 * What differs from reference/recurrent_stack.c:
 *   1. all sequences of a batch walk together;
 *   2. the two directions of a layer write side by side into one matrix, which the next layer reads
 *      as it is: nothing is copied;
 *   3. backward, two buffers change places from layer to layer, and a dropout is undone in place:
 *      a gradient goes through the same holes as the numbers went. */
#include "optimized/recurrent_stack.h"
#include "optimized/recurrent_checks.h"
#include "optimized/recurrent_stack_checks.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>

/* ---- Workspace ------------------------------------------------------------------------------- */

/** Rows like those that go into a layer, for the size queries. */
static fast_view rows_into(size_t n_batch, size_t n, const fast_recurrent_stack_shape *shape,
                           size_t layer)
{
    size_t n_cols = layer == 0 ? shape->n_in : fast_recurrent_stack_width(shape);
    return fast_view_tensor(NULL, n_batch, 1, n, n_cols);
}

size_t fast_recurrent_stack_forward_size(size_t n_batch, size_t n,
                                         const fast_recurrent_stack *parameters,
                                         const fast_recurrent_stack_shape *shape,
                                         const fast_context *context)
{
    size_t most = 0;
    fast_recurrent_walk walk = {shape->cell, false, NULL};
    for (size_t l = 0; l < shape->n_layers && l < FAST_MAX_LAYERS; l++) {
        fast_view x = rows_into(n_batch, n, shape, l);
        most = larger_of(most,
                         fast_recurrent_forward_size(&x, &parameters->cells[l][0], &walk, context));
    }
    return most;
}

/** The two buffers: taken, or only counted if from is NULL. */
static size_t take_buffers(size_t n_batch, size_t n, const fast_recurrent_stack_shape *shape,
                           fast_workspace *from, fast_view buffers[2])
{
    size_t width = fast_recurrent_stack_width(shape);
    size_t first = take_view(from, n_batch, 1, n, width, &buffers[0]);
    return fast_size_sum(first, take_view(from, n_batch, 1, n, width, &buffers[1]));
}

size_t fast_recurrent_stack_backward_size(size_t n_batch, size_t n,
                                          const fast_recurrent_stack *parameters,
                                          const fast_recurrent_stack_shape *shape,
                                          const fast_context *context)
{
    size_t most = 0, some_lengths = 0; /* with lengths, a walk needs more */
    fast_view buffers[2];
    fast_recurrent_walk walk = {shape->cell, false, &some_lengths};
    for (size_t l = 0; l < shape->n_layers && l < FAST_MAX_LAYERS; l++) {
        fast_view x = rows_into(n_batch, n, shape, l);
        most = larger_of(
            most, fast_recurrent_backward_size(&x, &parameters->cells[l][0], &walk, context));
    }
    return fast_size_sum(most, take_buffers(n_batch, n, shape, NULL, buffers));
}

/* ---- Forward --------------------------------------------------------------------------------- */

int fast_recurrent_stack_forward(const fast_view *x, const fast_recurrent_stack_state *initial,
                                 const fast_recurrent_stack *parameters,
                                 const fast_recurrent_stack_shape *shape, const size_t *lengths,
                                 const fast_dropout *dropout,
                                 const fast_recurrent_stack_cache *cache,
                                 const fast_recurrent_stack_state *final, fast_context *context)
{
    int status =
        fast_recurrent_stack_check(x, initial, parameters, shape, lengths, dropout, cache, final);
    // [recurrent-stack-forward]
    for (size_t l = 0; l < shape->n_layers && status == GSL_SUCCESS; l++) {
        if (l > 0 && dropout) {
            fast_dropout own = fast_dropout_of_layer(dropout, l);
            fast_view dropped = cache->inputs[l];
            status = fast_dropout_forward(&cache->outputs[l - 1], &own, &dropped, context);
        }
        const fast_view *input = input_of_layer(x, cache, l, dropout);
        for (size_t d = 0; d < n_directions_of(shape) && status == GSL_SUCCESS; d++) {
            fast_recurrent_walk walk = {shape->cell, d > 0, lengths};
            fast_view output = output_of_walk(&cache->outputs[l], shape, d); /* 2 */
            status = fast_recurrent_forward(input, state_of_walk(initial, l, d),
                                            &parameters->cells[l][d], &walk, &cache->cells[l][d],
                                            state_of_walk(final, l, d), &output, context);
        }
    }
    // [recurrent-stack-forward]
    return status;
}

/* ---- Backward: from the top down ------------------------------------------------------------- */

int fast_recurrent_stack_backward(const fast_view *x, const fast_recurrent_stack_state *initial,
                                  const fast_recurrent_stack *parameters,
                                  const fast_recurrent_stack_shape *shape, const size_t *lengths,
                                  const fast_dropout *dropout,
                                  const fast_recurrent_stack_cache *cache,
                                  const fast_view *grad_output,
                                  const fast_recurrent_stack_state *grad_final, fast_view *grad_x,
                                  const fast_recurrent_stack_state *grad_initial,
                                  const fast_recurrent_stack *gradients, fast_context *context)
{
    int status = fast_recurrent_stack_check_backward(x, initial, parameters, shape, lengths,
                                                     dropout, cache, grad_output, grad_final,
                                                     grad_x, grad_initial, gradients);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    size_t n_bytes =
        fast_recurrent_stack_backward_size(x->n_batch, x->n_rows, parameters, shape, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_recurrent_stack_backward_size()", GSL_ENOMEM);
    }
    fast_view buffers[2], above = *grad_output;
    take_buffers(x->n_batch, x->n_rows, shape, &rest, buffers);
    fast_context behind = {context->kernels, context->n_threads, &rest};
    // [recurrent-stack-backward]
    for (size_t l = shape->n_layers; l-- > 0 && status == GSL_SUCCESS;) {
        fast_view *grad_input = l > 0 ? &buffers[l % 2] : grad_x; /* 3 */
        if (l > 0) {
            fast_view_clear(grad_input);
        }
        for (size_t d = 0; d < n_directions_of(shape) && status == GSL_SUCCESS; d++) {
            fast_recurrent_walk walk = {shape->cell, d > 0, lengths};
            fast_view output = output_of_walk(&cache->outputs[l], shape, d);
            fast_view grad = output_of_walk(&above, shape, d);
            status = fast_recurrent_backward(
                input_of_layer(x, cache, l, dropout), state_of_walk(initial, l, d),
                &parameters->cells[l][d], &walk, &cache->cells[l][d], &output, &grad,
                state_of_walk(grad_final, l, d), grad_input, state_of_walk(grad_initial, l, d),
                &gradients->cells[l][d], &behind);
        }
        if (l > 0 && dropout && status == GSL_SUCCESS) {
            fast_dropout own = fast_dropout_of_layer(dropout, l);
            status = fast_dropout_forward(grad_input, &own, grad_input, &behind);
        }
        above = l > 0 ? *grad_input : above;
    }
    // [recurrent-stack-backward]
    return status;
}
