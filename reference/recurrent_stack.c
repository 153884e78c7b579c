#include "reference/recurrent_stack.h"
#include "reference/recurrent_stack_checks.h"

#include <gsl/gsl_errno.h>

/* ---- Layers ---------------------------------------------------------------------------------- */

/* Direction 0 walks to the right, direction 1 to the left. */
static ref_recurrent_walk walk_of(const ref_recurrent_stack_shape *shape, size_t d,
                                  const size_t *length)
{
    return (ref_recurrent_walk){shape->cell, d == 1, length};
}

/* What a direction puts out: its columns of its layer's output. */
static gsl_matrix_view part_of(const gsl_matrix *output, const ref_recurrent_stack_shape *shape,
                               size_t d)
{
    return gsl_matrix_submatrix((gsl_matrix *)output, 0, d * shape->n_hidden, output->size1,
                                shape->n_hidden);
}

/* Of one layer and direction; NULL if there is none. */
static const ref_recurrent_state *state_at(const ref_recurrent_stack_state *state, size_t l,
                                           size_t d)
{
    return state && state->states[l][d].h ? &state->states[l][d] : NULL;
}

/* What is left out on the way into layer l. No dropout is a rate of 0, which copies exactly. */
static ref_dropout dropout_into(const ref_dropout *dropout, size_t l)
{
    ref_dropout own = dropout ? *dropout : (ref_dropout){.rate = 0.0};
    own.seed += l;
    return own;
}

/* ---- Forward --------------------------------------------------------------------------------- */

int ref_recurrent_stack_forward(const gsl_matrix *x, const ref_recurrent_stack_state *initial,
                                const ref_recurrent_stack *parameters,
                                const ref_recurrent_stack_shape *shape, const size_t *length,
                                const ref_dropout *dropout, const ref_recurrent_stack_cache *cache,
                                const ref_recurrent_stack_state *final)
{
    int status = check_stack(x, initial, parameters, shape, length, dropout, cache, final);
    // [recurrent-stack-forward]
    for (size_t l = 0; l < shape->n_layers && status == GSL_SUCCESS; l++) {
        /* layer 0 reads x, layer l reads dropout(outputs_{l-1}) */
        const gsl_matrix *input = l == 0 ? x : cache->inputs[l];
        if (l > 0) {
            ref_dropout own = dropout_into(dropout, l);
            status = ref_dropout_forward(cache->outputs[l - 1], &own, cache->inputs[l]);
        }
        /* outputs_l = [to the right; to the left], side by side */
        for (size_t d = 0; d < directions_of(shape) && status == GSL_SUCCESS; d++) {
            ref_recurrent_walk walk = walk_of(shape, d, length);
            gsl_matrix_view output = part_of(cache->outputs[l], shape, d);
            status = ref_recurrent_forward(input, state_at(initial, l, d), &parameters->cells[l][d],
                                           &walk, &cache->cells[l][d], state_at(final, l, d),
                                           &output.matrix);
        }
    }
    // [recurrent-stack-forward]
    return status;
}

/* ---- Backward: the layers in reverse --------------------------------------------------------- */

/* One walk. If the gradients of initial and final state stand in one place, it is carried there. */
static int walk_backward(const gsl_matrix *input, const ref_recurrent_state *initial,
                         const ref_recurrent_cell *parameters, const ref_recurrent_walk *walk,
                         const ref_recurrent_cache *cache, const gsl_matrix *output,
                         const gsl_matrix *grad_output, const ref_recurrent_state *grad_final,
                         gsl_matrix *grad_input, const ref_recurrent_state *grad_initial,
                         const ref_recurrent_cell *gradients, const ref_recurrent_cache *grad_cache,
                         const ref_recurrent_state *grad_state)
{
    bool is_one_place = grad_final && grad_initial && grad_final->h == grad_initial->h;
    return ref_recurrent_backward(input, initial, parameters, walk, cache, output, grad_output,
                                  grad_final, grad_input, is_one_place ? NULL : grad_initial,
                                  gradients, grad_cache, is_one_place ? grad_final : grad_state);
}

/* This was inputs_l = dropout(outputs_{l-1}), so now  d outputs_{l-1} = dropout'(d inputs_l). */
static void between_layers_backward(const ref_dropout *dropout, size_t l,
                                    const ref_recurrent_stack_cache *grad_cache)
{
    ref_dropout own = dropout_into(dropout, l);
    gsl_matrix_set_zero(grad_cache->outputs[l - 1]);
    ref_dropout_backward(&own, grad_cache->inputs[l], grad_cache->outputs[l - 1]);
}

int ref_recurrent_stack_backward(
    const gsl_matrix *x, const ref_recurrent_stack_state *initial,
    const ref_recurrent_stack *parameters, const ref_recurrent_stack_shape *shape,
    const size_t *length, const ref_dropout *dropout, const ref_recurrent_stack_cache *cache,
    const gsl_matrix *grad_output, const ref_recurrent_stack_state *grad_final, gsl_matrix *grad_x,
    const ref_recurrent_stack_state *grad_initial, const ref_recurrent_stack *gradients,
    const ref_recurrent_stack_cache *grad_cache, const ref_recurrent_state *grad_state)
{
    int status = check_stack(x, initial, parameters, shape, length, dropout, cache, NULL);
    if (status == GSL_SUCCESS) {
        status = check_stack_gradients(x, shape, grad_output, grad_final, grad_x, grad_initial,
                                       gradients, grad_cache, grad_state);
    }
    // [recurrent-stack-backward]
    for (size_t l = shape->n_layers; l-- > 0 && status == GSL_SUCCESS;) {
        const gsl_matrix *input = l == 0 ? x : cache->inputs[l];
        gsl_matrix *grad_input = l == 0 ? grad_x : grad_cache->inputs[l];
        if (l > 0) {
            gsl_matrix_set_zero(grad_input);
        }
        /* In the forward pass both directions read the same input, so now they add to one gradient. */
        for (size_t d = 0; d < directions_of(shape) && status == GSL_SUCCESS; d++) {
            ref_recurrent_walk walk = walk_of(shape, d, length);
            gsl_matrix_view output = part_of(cache->outputs[l], shape, d);
            gsl_matrix_view grad_part = part_of(grad_output, shape, d);
            status =
                walk_backward(input, state_at(initial, l, d), &parameters->cells[l][d], &walk,
                              &cache->cells[l][d], &output.matrix, &grad_part.matrix,
                              state_at(grad_final, l, d), grad_input, state_at(grad_initial, l, d),
                              &gradients->cells[l][d], &grad_cache->cells[l][d], grad_state);
        }
        if (l > 0) {
            between_layers_backward(dropout, l, grad_cache);
            grad_output = grad_cache->outputs[l - 1];
        }
    }
    // [recurrent-stack-backward]
    return status;
}
