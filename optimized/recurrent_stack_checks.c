/* What a stack asks of its arguments: the shape, then every walk. */
#include "optimized/recurrent_stack_checks.h"
#include "optimized/recurrent_checks.h"
#include <gsl/gsl_errno.h>
#include <stdint.h>

fast_dropout fast_dropout_of_layer(const fast_dropout *dropout, size_t layer)
{
    fast_dropout own = *dropout;
    own.seed += layer;
    return own;
}

int fast_recurrent_stack_check_shape(const fast_recurrent_stack_shape *shape)
{
    if (fast_recurrent_gates(shape->cell) == 0) {
        GSL_ERROR("the cell must be Elman's, a GRU or an LSTM", GSL_EINVAL);
    }
    if (shape->n_in == 0 || shape->n_hidden == 0) {
        GSL_ERROR("there must be at least one input and one hidden unit", GSL_EINVAL);
    }
    if (shape->n_layers == 0 || shape->n_layers > FAST_MAX_LAYERS) {
        GSL_ERROR("a stack must have 1 to 8 layers", GSL_EINVAL);
    }
    if (shape->n_hidden > SIZE_MAX / 8) {
        GSL_ERROR("there are more numbers than a memory can hold", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/** Whether a layer has its output, and its input behind a dropout, in one view each. */
static bool layer_fits(const fast_view *x, const fast_recurrent_stack_shape *shape, size_t layer,
                       const fast_dropout *dropout, const fast_recurrent_stack_cache *cache)
{
    fast_view expected = *x;
    expected.n_cols = fast_recurrent_stack_width(shape);
    return same_shape(&cache->outputs[layer], &expected) && cache->outputs[layer].data != NULL &&
           (layer == 0 || !dropout || same_shape(&cache->inputs[layer], &expected));
}

int fast_recurrent_stack_check(const fast_view *x, const fast_recurrent_stack_state *initial,
                               const fast_recurrent_stack *parameters,
                               const fast_recurrent_stack_shape *shape, const size_t *lengths,
                               const fast_dropout *dropout, const fast_recurrent_stack_cache *cache,
                               const fast_recurrent_stack_state *final)
{
    int status = fast_recurrent_stack_check_shape(shape);
    for (size_t l = 0; status == GSL_SUCCESS && l < shape->n_layers; l++) {
        if (!layer_fits(x, shape, l, dropout, cache)) {
            GSL_ERROR("the cache must have one row of every layer per row of x", GSL_EBADLEN);
        }
        for (size_t d = 0; status == GSL_SUCCESS && d < n_directions_of(shape); d++) {
            fast_recurrent_walk walk = {shape->cell, d > 0, lengths};
            fast_view output = output_of_walk(&cache->outputs[l], shape, d);
            status =
                fast_recurrent_check(input_of_layer(x, cache, l, dropout),
                                     state_of_walk(initial, l, d), &parameters->cells[l][d], &walk,
                                     &cache->cells[l][d], state_of_walk(final, l, d), &output);
        }
    }
    return status;
}

int fast_recurrent_stack_check_backward(
    const fast_view *x, const fast_recurrent_stack_state *initial,
    const fast_recurrent_stack *parameters, const fast_recurrent_stack_shape *shape,
    const size_t *lengths, const fast_dropout *dropout, const fast_recurrent_stack_cache *cache,
    const fast_view *grad_output, const fast_recurrent_stack_state *grad_final,
    const fast_view *grad_x, const fast_recurrent_stack_state *grad_initial,
    const fast_recurrent_stack *gradients)
{
    int status =
        fast_recurrent_stack_check(x, initial, parameters, shape, lengths, dropout, cache, NULL);
    if (status == GSL_SUCCESS && !same_shape(grad_output, &cache->outputs[shape->n_layers - 1])) {
        GSL_ERROR("the output must have the shape of its gradient", GSL_EBADLEN);
    }
    for (size_t l = 0; status == GSL_SUCCESS && l < shape->n_layers; l++) {
        for (size_t d = 0; status == GSL_SUCCESS && d < n_directions_of(shape); d++) {
            fast_recurrent_walk walk = {shape->cell, d > 0, lengths};
            fast_view output = output_of_walk(&cache->outputs[l], shape, d);
            status = fast_recurrent_check_backward(
                input_of_layer(x, cache, l, dropout), state_of_walk(initial, l, d),
                &parameters->cells[l][d], &walk, &cache->cells[l][d], &output, &output,
                state_of_walk(grad_final, l, d), l == 0 ? grad_x : NULL,
                state_of_walk(grad_initial, l, d), &gradients->cells[l][d]);
        }
    }
    return status;
}
