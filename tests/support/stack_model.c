/* Stacks on the reference's side; the optimized half is in stack_model_fast.c. */

#include "tests/support/stack_model.h"

#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/stack_model_fast.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <stdlib.h>

stack_model *stack_alloc(const ref_recurrent_stack_shape *shape)
{
    stack_model *m = calloc(1, sizeof *m);
    m->shape = *shape;
    m->list = ref_parameters_alloc();
    ref_recurrent_stack_declare(m->list, "stack", shape);
    CHECK_STATUS(ref_parameters_allocate(m->list), GSL_SUCCESS, "ref_parameters_allocate");
    CHECK_STATUS(ref_recurrent_stack_find(m->list, "stack", shape, &m->found), GSL_SUCCESS,
                 "ref_recurrent_stack_find");
    randomize_values(m->list);
    return m;
}

void stack_free(stack_model *m)
{
    ref_parameters_free(m->list);
    free(m);
}

static size_t n_directions(const ref_recurrent_stack_shape *shape)
{
    return shape->is_bidirectional ? 2 : 1;
}

size_t stack_state_size(const ref_recurrent_stack_shape *shape)
{
    size_t n_states = shape->cell == REF_LSTM ? 2 : 1;
    return shape->n_layers * n_directions(shape) * n_states * shape->n_hidden;
}

stack_call random_stack_call(const stack_model *m, size_t n)
{
    gsl_rng *rng = suite_rng();
    const ref_recurrent_stack_shape *shape = &m->shape;
    size_t n_states = stack_state_size(shape), n_out = n_directions(shape) * shape->n_hidden;
    return (stack_call){.model = m,
                        .x = random_matrix(rng, n, shape->n_in, 1.0),
                        .initial = random_matrix(rng, 1, n_states, 0.5),
                        .grad_output = random_matrix(rng, n, n_out, 1.0),
                        .grad_final = random_matrix(rng, 1, n_states, 1.0)};
}

/* A window into a row, which lives as long as the row does. */
static gsl_vector *window(gsl_matrix *row, size_t first, size_t n)
{
    gsl_matrix_view part = gsl_matrix_submatrix(row, 0, first, 1, n);
    gsl_vector *v = new_vector(n);
    v->data = part.matrix.data; /* the block stays the vector's own, and is freed with it */
    return v;
}

ref_recurrent_stack_state *stack_states_in(gsl_matrix *row, const ref_recurrent_stack_shape *shape,
                                           ref_recurrent_stack_state *state)
{
    if (!row) {
        return NULL;
    }
    size_t next = 0, n = shape->n_hidden;
    *state = (ref_recurrent_stack_state){0};
    for (size_t l = 0; l < shape->n_layers; l++) {
        for (size_t d = 0; d < n_directions(shape); d++) {
            state->states[l][d].h = window(row, next, n);
            next += n;
            if (shape->cell == REF_LSTM) {
                state->states[l][d].c = window(row, next, n);
                next += n;
            }
        }
    }
    return state;
}

static void by_reference(const stack_call *call, stack_result *y)
{
    const stack_model *m = call->model;
    const ref_recurrent_stack_shape *shape = &m->shape;
    size_t n = call->x->size1;
    ref_recurrent_stack_state first, last, grad_last, grad_first;
    const ref_recurrent_stack_state *initial = stack_states_in(call->initial, shape, &first);
    ref_recurrent_stack_cache *cache = ref_recurrent_stack_cache_alloc(n, shape);
    int status =
        ref_recurrent_stack_forward(call->x, initial, &m->found.value, shape, call->length,
                                    call->dropout, cache, stack_states_in(y->final, shape, &last));
    CHECK_STATUS(status, GSL_SUCCESS, "forward");
    gsl_matrix_memcpy(y->output, cache->outputs[shape->n_layers - 1]);
    if (call->grad_output) {
        ref_recurrent_stack_cache *scratch = ref_recurrent_stack_cache_alloc(n, shape);
        ref_recurrent_state carried = {new_vector(shape->n_hidden), new_vector(shape->n_hidden)};
        status = ref_recurrent_stack_backward(
            call->x, initial, &m->found.value, shape, call->length, call->dropout, cache,
            call->grad_output, stack_states_in(call->grad_final, shape, &grad_last), y->grad_x,
            stack_states_in(y->grad_initial, shape, &grad_first), &m->found.gradient, scratch,
            &carried);
        CHECK_STATUS(status, GSL_SUCCESS, "backward");
        ref_recurrent_stack_cache_free(scratch);
    }
    ref_recurrent_stack_cache_free(cache);
}

stack_result side_stack(const side *s, const stack_call *call)
{
    const ref_recurrent_stack_shape *shape = &call->model->shape;
    size_t n = call->x->size1, n_states = stack_state_size(shape);
    stack_result y = {new_matrix(n, n_directions(shape) * shape->n_hidden), new_matrix(1, n_states),
                      new_matrix(n, shape->n_in), new_matrix(1, n_states)};
    if (s->kernels) {
        fast_stack_once(s, call, &y);
    } else {
        by_reference(call, &y);
    }
    return y;
}
