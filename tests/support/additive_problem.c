#include "tests/support/additive_problem.h"

#include "optimized/additive_attention.h"
#include "tests/support/alignment_mask.h"
#include <gsl/gsl_math.h>
#include <math.h>

/* ---- the optimized side ------------------------------------------------------------------------ */

static fast_view rows_of(const twin *t, size_t first_row, size_t n_rows)
{
    fast_view view = t->view;
    view.data += first_row * view.row_stride;
    view.n_rows = n_rows;
    return view;
}

/* U and b, or their gradients, in one tensor. */
static fast_additive_attention parameters_of(const additive_shape *s, const twin *weight_q,
                                             const twin *weight_k, const twin *v)
{
    return (fast_additive_attention){
        weight_q->view, rows_of(weight_k, 0, s->d_memory),
        s->without_bias ? (fast_view){0} : rows_of(weight_k, s->d_memory, 1), v->view};
}

/* The memory, or its keys, for every sequence of x. */
static fast_view for_all(const additive_shape *s, const twin *t)
{
    fast_view view = t->view;
    view.n_batch = s->n_batch;
    view.batch_stride = s->is_shared ? 0 : view.batch_stride;
    return view;
}

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    const additive_shape *s = c->options;
    const fast_view *x = &c->inputs[IN_X].view;
    fast_view memory = for_all(s, &c->inputs[IN_MEMORY]);
    fast_view keys = for_all(s, &c->outputs[OUT_KEYS].t);
    fast_additive_attention p =
        parameters_of(s, &c->inputs[IN_WEIGHT_Q], &c->inputs[IN_WEIGHT_K], &c->inputs[IN_V]);
    size_t forward = fast_additive_attention_forward_size(x, &keys, &memory, &p, context);
    size_t backward = fast_additive_attention_backward_size(x, &keys, &memory, &p, context);
    return GSL_MAX(GSL_MAX(fast_additive_keys_forward_size(&memory, &p, context),
                           fast_additive_keys_backward_size(&memory, &p, context)),
                   GSL_MAX(forward, backward));
}

/* e^(2 K) of all sources, in memory that the caller frees. */
static fast_workspace *make_powers(const additive_shape *s, const fast_view *keys,
                                   const size_t *lengths, fast_additive_powers *powers,
                                   const fast_context *context)
{
    fast_view of_source = *keys;
    of_source.n_batch = s->is_shared ? 1 : s->n_batch;
    size_t n_batch = of_source.n_batch,
           n_bytes = fast_additive_powers_layout(n_batch, s->n_k, s->d_a, NULL, powers);
    fast_workspace *memory = fast_workspace_alloc(n_bytes);
    fast_additive_powers_layout(n_batch, s->n_k, s->d_a, memory, powers);
    fast_additive_make_powers(&of_source, s->is_shared ? NULL : lengths, powers, context);
    powers->e.n_batch = powers->largest.n_batch = s->n_batch;
    if (s->is_shared) {
        powers->e.batch_stride = powers->largest.batch_stride = 0;
    }
    return memory;
}

static int run(pair_case *c, fast_context *context)
{
    const additive_shape *s = c->options;
    twin *in = c->inputs;
    pair_output *out = c->outputs;
    fast_additive_attention p = parameters_of(s, &in[IN_WEIGHT_Q], &in[IN_WEIGHT_K], &in[IN_V]);
    fast_additive_attention grad =
        parameters_of(s, &out[OUT_GRAD_WEIGHT_Q].t, &out[OUT_GRAD_WEIGHT_K].t, &out[OUT_GRAD_V].t);
    fast_view memory = for_all(s, &in[IN_MEMORY]), keys = for_all(s, &out[OUT_KEYS].t);
    fast_view *x = &in[IN_X].view, *y = &out[OUT_OUTPUT].t.view;
    fast_view *grad_keys = &out[OUT_GRAD_KEYS].t.view, *grad_memory = &out[OUT_GRAD_MEMORY].t.view;
    fast_mask mask = {.causal = s->is_causal,
                      .key_lengths = s->has_lengths ? alignment_lengths(s->n_k) : NULL,
                      .bias = s->has_window ? &in[IN_WINDOW].view : NULL};
    fast_additive_cache cache = {out[OUT_Q].t.view, out[OUT_LOG_SUM_EXP].t.view, NULL};
    fast_additive_powers powers;
    fast_workspace *of_powers = NULL;
    int status =
        fast_additive_keys_forward(&in[IN_MEMORY].view, &p, &out[OUT_KEYS].t.view, context);
    if (status == 0 && s->has_powers) {
        of_powers = make_powers(s, &keys, mask.key_lengths, &powers, context);
        cache.powers = &powers;
    }
    if (status == 0) {
        status = fast_additive_attention_forward(x, &keys, &memory, &p, &mask, &cache, y, context);
    }
    if (status == 0) {
        status = fast_additive_attention_backward(x, &keys, &memory, &p, &mask, &cache, y,
                                                  &in[IN_GRAD_OUTPUT].view, &out[OUT_GRAD_X].t.view,
                                                  grad_keys, grad_memory, &grad, context);
    }
    fast_workspace_free(of_powers);
    return status
               ? status
               : fast_additive_keys_backward(&memory, &p, grad_keys, grad_memory, &grad, context);
}

/* ---- tensors ----------------------------------------------------------------------------------- */

static void make_inputs(pair_case *c, const additive_shape *s)
{
    row_layout asking = {s->n_batch, 1, s->n_q, s->layout}, nothing = {1, 1, 1, TWIN_DENSE};
    row_layout sources = {s->is_shared ? 1 : s->n_batch, 1, s->n_k, s->layout};
    pair_input(c, asking, s->d_x, 1.0);
    pair_input(c, sources, s->d_memory, 1.0);
    pair_input(c, asking, s->d_memory, 1.0);
    twin *window = pair_input(c, s->has_window ? asking : nothing, s->has_window ? s->n_k : 1, 1.0);
    if (s->has_window) {
        alignment_window(window);
    }
    pair_parameter(c, s->d_x, s->d_a, s->sigma / sqrt((double)s->d_x));
    pair_parameter(c, s->d_memory + 1, s->d_a, s->sigma / sqrt((double)s->d_memory + 1.0));
    pair_parameter(c, 1, s->d_a, 1.0 / sqrt((double)s->d_a));
}

static void make_outputs(pair_case *c, const additive_shape *s)
{
    row_layout asking = {s->n_batch, 1, s->n_q, s->layout};
    row_layout sources = {s->is_shared ? 1 : s->n_batch, 1, s->n_k, s->layout};
    row_layout looked_at = {s->n_batch, 1, s->n_k, s->layout};
    pair_output_rows(c, "K", sources, s->d_a, 0.0);
    pair_output_rows(c, "Q", asking, s->d_a, 0.0);
    pair_output_numbers(c, "log_sum_exp", asking);
    pair_output_rows(c, "output", asking, s->d_memory, 0.0);
    pair_output_rows(c, "grad_x", asking, s->d_x, 1.0);
    pair_output_rows(c, "grad_keys", looked_at, s->d_a, 1.0);
    pair_output_rows(c, "grad_memory", looked_at, s->d_memory, 1.0);
    pair_output_parameter(c, "grad weight_q", s->d_x, s->d_a, 1.0);
    pair_output_parameter(c, "grad weight_k and bias", s->d_memory + 1, s->d_a, 1.0);
    pair_output_parameter(c, "grad v", 1, s->d_a, 1.0);
}

pair_case additive_problem(const additive_shape *s)
{
    pair_case c = {.catches = s->catches,
                   .variant = s->is_shared ? "one source" : "a source each",
                   .options = s,
                   .size = workspace_size,
                   .run = run};
    make_inputs(&c, s);
    make_outputs(&c, s);
    additive_expect(&c);
    return c;
}
