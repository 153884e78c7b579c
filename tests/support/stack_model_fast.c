#include "tests/support/stack_model_fast.h"

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/matrices.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

fast_recurrent_stack_shape narrow_stack(const ref_recurrent_stack_shape *shape)
{
    return (fast_recurrent_stack_shape){(fast_cell)shape->cell, shape->n_in, shape->n_hidden,
                                        shape->n_layers, shape->is_bidirectional};
}

fast_recurrent_stack_state narrow_states(const fast_view *rows,
                                         const ref_recurrent_stack_shape *shape)
{
    fast_recurrent_stack_state state = {0};
    size_t next = 0, n = shape->n_hidden;
    for (size_t l = 0; l < shape->n_layers; l++) {
        for (size_t d = 0; d < (shape->is_bidirectional ? 2 : 1); d++) {
            state.states[l][d].h = fast_view_columns(rows, next, n);
            next += n;
            if (shape->cell == REF_LSTM) {
                state.states[l][d].c = fast_view_columns(rows, next, n);
                next += n;
            }
        }
    }
    return state;
}

static guarded_context *room_for_stack(const side *s, size_t n, const fast_recurrent_stack *p,
                                       const fast_recurrent_stack_shape *shape)
{
    fast_context ask = {s->kernels, N_THREADS, NULL};
    return guarded_alloc(s->kernels, N_THREADS,
                         GSL_MAX(fast_recurrent_stack_forward_size(1, n, p, shape, &ask),
                                 fast_recurrent_stack_backward_size(1, n, p, shape, &ask)));
}

/* The gradients of a call, which holds matrices of every shape. */
static void backward(const stack_call *call, const fast_recurrent_stack_shape *shape,
                     const fast_recurrent_stack_parameters *found, const fast_view *x,
                     const fast_recurrent_stack_state *initial, const fast_dropout *dropout,
                     const fast_recurrent_stack_cache *cache, fast_context *context,
                     stack_result *y)
{
    const ref_recurrent_stack_shape *wide = &call->model->shape;
    twin dy = twin_of_matrix(call->grad_output), dx = twin_of_matrix(y->grad_x);
    twin d_last = twin_of_matrix(call->grad_final ? call->grad_final : y->grad_initial);
    twin d_first = twin_of_matrix(y->grad_initial);
    fast_recurrent_stack_state grad_final = narrow_states(&d_last.view, wide);
    fast_recurrent_stack_state grad_initial = narrow_states(&d_first.view, wide);
    CHECK_STATUS(fast_recurrent_stack_backward(x, initial, &found->value, shape, call->length,
                                               dropout, cache, &dy.view,
                                               call->grad_final ? &grad_final : NULL, &dx.view,
                                               &grad_initial, &found->gradient, context),
                 GSL_SUCCESS, "backward");
    twin_widen(&dx, 0, 0, y->grad_x);
    twin_widen(&d_first, 0, 0, y->grad_initial);
    twin_free(&dy), twin_free(&dx), twin_free(&d_last), twin_free(&d_first);
}

void fast_stack_once(const side *s, const stack_call *call, stack_result *y)
{
    const ref_recurrent_stack_shape *wide = &call->model->shape;
    fast_recurrent_stack_shape shape = narrow_stack(wide);
    size_t n = call->x->size1;
    fast_parameters *list = parameters_twin(call->model->list);
    fast_recurrent_stack_parameters found;
    CHECK_STATUS(fast_recurrent_stack_find(list, "stack", &shape, &found), GSL_SUCCESS, "find");
    twin x = twin_of_matrix(call->x), last = twin_of_matrix(y->final), output;
    twin first = twin_of_matrix(call->initial ? call->initial : y->final);
    fast_recurrent_stack_state begin = narrow_states(&first.view, wide);
    fast_recurrent_stack_state end = narrow_states(&last.view, wide);
    const fast_recurrent_stack_state *initial = call->initial ? &begin : NULL;
    const ref_dropout *d = call->dropout;
    fast_dropout drop = d ? (fast_dropout){d->rate, d->seed, d->first_row} : (fast_dropout){0};
    fast_recurrent_stack_cache cache;
    fast_workspace *memory =
        fast_workspace_alloc(fast_recurrent_stack_cache_layout(1, n, &shape, NULL, &cache));
    fast_recurrent_stack_cache_layout(1, n, &shape, memory, &cache);
    guarded_context *guarded = room_for_stack(s, n, &found.value, &shape);
    CHECK_STATUS(fast_recurrent_stack_forward(&x.view, initial, &found.value, &shape, call->length,
                                              d ? &drop : NULL, &cache, &end, &guarded->context),
                 GSL_SUCCESS, "forward");
    output = (twin){.view = cache.outputs[shape.n_layers - 1]};
    twin_widen(&output, 0, 0, y->output);
    twin_widen(&last, 0, 0, y->final);
    if (call->grad_output) {
        backward(call, &shape, &found, &x.view, initial, d ? &drop : NULL, &cache,
                 &guarded->context, y);
        parameters_widen(list, call->model->list);
    }
    CHECK(guarded_is_intact(guarded), "the workspace was overrun, or not given back");
    guarded_free(guarded);
    fast_workspace_free(memory);
    fast_parameters_free(list);
    twin_free(&x), twin_free(&last), twin_free(&first);
}
