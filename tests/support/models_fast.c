#include "tests/support/models_fast.h"

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/twin.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

/* The same mask; its bias, if it has one, serves all heads. */
static fast_mask narrow_mask(const ref_mask *mask, size_t n_heads, twin *bias)
{
    *bias = (twin){0};
    if (!mask) {
        return (fast_mask){0};
    }
    fast_mask narrow = {.causal = mask->causal, .key_lengths = mask->key_length};
    if (mask->bias) {
        *bias = twin_of_matrix(mask->bias);
        bias->view.n_heads = n_heads;
        bias->view.head_stride = 0;
        narrow.bias = &bias->view;
    }
    return narrow;
}

/* ---- multi-head attention ---------------------------------------------------------------------- */

static fast_view part(const fast_parameters *list, const char *name, bool is_gradient)
{
    const fast_parameter *p = fast_parameters_find(list, name);
    return !p ? (fast_view){0} : is_gradient ? p->gradient : p->value;
}

static fast_multi_head parameters_in(const fast_parameters *list, size_t n_heads, bool is_gradient)
{
    return (fast_multi_head){.n_heads = n_heads,
                             .heads = {part(list, "q", is_gradient), part(list, "b_q", is_gradient),
                                       part(list, "k", is_gradient), part(list, "b_k", is_gradient),
                                       part(list, "v", is_gradient),
                                       part(list, "b_v", is_gradient)},
                             .weight_o = part(list, "o", is_gradient),
                             .bias_o = part(list, "b_o", is_gradient),
                             .relative_bias = part(list, "relative", is_gradient)};
}

static guarded_context *room_for_heads(const side *s, const fast_view *x, const fast_view *memory,
                                       const fast_multi_head *p)
{
    fast_context ask = {s->kernels, N_THREADS, NULL};
    return guarded_alloc(s->kernels, N_THREADS,
                         GSL_MAX(fast_multi_head_forward_size(x, memory, p, &ask),
                                 fast_multi_head_backward_size(x, memory, p, &ask)));
}

int fast_multi_head_once(const side *s, const gsl_matrix *x, const gsl_matrix *memory,
                         const heads_model *m, const ref_mask *mask, gsl_matrix *output,
                         const gsl_matrix *grad_output, gsl_matrix *grad_x, gsl_matrix *grad_memory)
{
    const heads_sizes *z = &m->sizes;
    size_t n_q = x->size1, n_k = memory->size1, all_k = z->n_heads * z->d_k;
    bool is_self = x == memory;
    twin t_x = twin_of_matrix(x), t_m = twin_of_matrix(memory), y = twin_of_matrix(output), bias;
    twin q = twin_alloc(1, 1, n_q, all_k, TWIN_SPLIT), k = twin_alloc(1, 1, n_k, all_k, TWIN_DENSE);
    twin v = twin_alloc(1, 1, n_k, z->n_heads * z->d_v, TWIN_SPLIT);
    twin l = twin_alloc(1, z->n_heads, 1, n_q, TWIN_DENSE);
    twin c = twin_alloc(1, 1, n_q, z->n_heads * z->d_v, TWIN_SPLIT);
    fast_multi_head_cache cache = {{q.view, k.view, v.view, l.view}, c.view};
    fast_parameters *list = parameters_twin(m->list);
    fast_multi_head p = parameters_in(list, z->n_heads, false);
    fast_multi_head grad = parameters_in(list, z->n_heads, true);
    fast_mask narrow = narrow_mask(mask, z->n_heads, &bias);
    const fast_view *from = is_self ? &t_x.view : &t_m.view;
    guarded_context *guarded = room_for_heads(s, &t_x.view, from, &p);
    int status =
        fast_multi_head_forward(&t_x.view, from, &p, &narrow, &cache, &y.view, &guarded->context);
    twin_widen(&y, 0, 0, output);
    if (status == GSL_SUCCESS && grad_output) {
        twin dy = twin_of_matrix(grad_output), dx = twin_of_matrix(grad_x);
        twin dm = twin_of_matrix(grad_memory);
        status = fast_multi_head_backward(&t_x.view, from, &p, &narrow, &cache, &dy.view, &dx.view,
                                          is_self ? &dx.view : &dm.view, &grad, &guarded->context);
        twin_widen(&dx, 0, 0, grad_x);
        twin_widen(is_self ? &dx : &dm, 0, 0, grad_memory);
        parameters_widen(list, m->list);
        twin_free(&dy), twin_free(&dx), twin_free(&dm);
    }
    CHECK(guarded_is_intact(guarded), "the workspace was overrun, or not given back");
    guarded_free(guarded);
    fast_parameters_free(list);
    twin_free(&t_x), twin_free(&t_m), twin_free(&y), twin_free(&q), twin_free(&k), twin_free(&v);
    twin_free(&l), twin_free(&c), twin_free(&bias);
    return status;
}

/* ---- blocks ------------------------------------------------------------------------------------ */

int fast_block_once(const side *s, const gsl_matrix *x, const block_model *m, const ref_mask *mask,
                    const ref_dropout *dropout, gsl_matrix *output, const gsl_matrix *grad_output,
                    gsl_matrix *grad_x)
{
    fast_block_shape shape = narrow_shape(&m->shape);
    twin t_x = twin_of_matrix(x), y = twin_of_matrix(output), bias;
    fast_parameters *list = parameters_twin(m->list);
    fast_block_parameters found;
    CHECK_STATUS(fast_block_find(list, "block", &shape, &found), GSL_SUCCESS, "fast_block_find");
    fast_mask narrow = narrow_mask(mask, shape.n_heads, &bias);
    fast_dropout drop = dropout ? (fast_dropout){dropout->rate, dropout->seed, dropout->first_row}
                                : (fast_dropout){0};
    fast_block_cache cache;
    fast_workspace *memory =
        fast_workspace_alloc(fast_block_cache_layout(1, x->size1, &shape, NULL, &cache));
    fast_block_cache_layout(1, x->size1, &shape, memory, &cache);
    fast_context ask = {s->kernels, N_THREADS, NULL};
    guarded_context *guarded =
        guarded_alloc(s->kernels, N_THREADS,
                      GSL_MAX(fast_block_forward_size(&t_x.view, &found.value, &shape, &ask),
                              fast_block_backward_size(&t_x.view, &found.value, &shape, &ask)));
    int status = fast_block_forward(&t_x.view, &found.value, &shape, &narrow,
                                    dropout ? &drop : NULL, &cache, &y.view, &guarded->context);
    twin_widen(&y, 0, 0, output);
    if (grad_output) {
        twin dy = twin_of_matrix(grad_output), dx = twin_of_matrix(grad_x);
        status =
            fast_block_backward(&t_x.view, &found.value, &shape, &narrow, dropout ? &drop : NULL,
                                &cache, &dy.view, &dx.view, &found.gradient, &guarded->context);
        twin_widen(&dx, 0, 0, grad_x);
        parameters_widen(list, m->list);
        twin_free(&dy), twin_free(&dx);
    }
    CHECK(guarded_is_intact(guarded), "the workspace was overrun, or not given back");
    guarded_free(guarded);
    fast_workspace_free(memory);
    fast_parameters_free(list);
    twin_free(&t_x), twin_free(&y), twin_free(&bias);
    return status;
}
