#include "tests/support/multiplicative_problem.h"

#include "optimized/multiplicative_attention.h"
#include "tests/support/alignment_mask.h"
#include <gsl/gsl_math.h>
#include <math.h>

float multiplicative_scale(const multiplicative_shape *s)
{
    return s->is_dot ? 1.0f / sqrtf((float)s->d_x) : 1.0f;
}

/* ---- the optimized side ------------------------------------------------------------------------ */

/* The memory, or its keys, for every sequence of x. */
static fast_view for_all(const multiplicative_shape *s, const twin *t)
{
    fast_view view = t->view;
    view.n_batch = s->n_batch;
    view.batch_stride = s->is_shared ? 0 : view.batch_stride;
    return view;
}

static fast_view keys_of(pair_case *c)
{
    const multiplicative_shape *s = c->options;
    return for_all(s, s->is_dot ? &c->inputs[IN_MEMORY] : &c->outputs[OUT_KEYS].t);
}

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    const multiplicative_shape *s = c->options;
    const fast_view *x = &c->inputs[IN_X].view, *weight = &c->inputs[IN_WEIGHT].view;
    fast_view memory = for_all(s, &c->inputs[IN_MEMORY]), keys = keys_of(c);
    size_t attention = GSL_MAX(fast_attention_forward_size(x, &keys, &memory, context),
                               fast_attention_backward_size(x, &keys, &memory, context));
    size_t making = GSL_MAX(fast_multiplicative_keys_forward_size(&memory, weight, context),
                            fast_multiplicative_keys_backward_size(&memory, weight, context));
    return s->is_dot ? attention : GSL_MAX(attention, making);
}

static int run(pair_case *c, fast_context *context)
{
    const multiplicative_shape *s = c->options;
    twin *in = c->inputs;
    pair_output *out = c->outputs;
    float scale = multiplicative_scale(s);
    fast_view memory = for_all(s, &in[IN_MEMORY]), keys = keys_of(c);
    fast_view *x = &in[IN_X].view, *y = &out[OUT_OUTPUT].t.view;
    fast_view *lse = &out[OUT_LOG_SUM_EXP].t.view, *grad_memory = &out[OUT_GRAD_MEMORY].t.view;
    fast_view *grad_keys = s->is_dot ? grad_memory : &out[OUT_GRAD_KEYS].t.view;
    fast_mask mask = {.causal = s->is_causal,
                      .key_lengths = s->has_lengths ? alignment_lengths(s->n_k) : NULL,
                      .bias = s->has_window ? &in[IN_WINDOW].view : NULL};
    int status = 0;
    if (!s->is_dot) {
        status = fast_multiplicative_keys_forward(&in[IN_MEMORY].view, &in[IN_WEIGHT].view,
                                                  &out[OUT_KEYS].t.view, context);
    }
    if (status == 0) {
        status =
            fast_multiplicative_attention_forward(x, &keys, &memory, scale, &mask, lse, y, context);
    }
    if (status == 0) {
        status = fast_multiplicative_attention_backward(
            x, &keys, &memory, scale, &mask, lse, y, &in[IN_GRAD_OUTPUT].view,
            &out[OUT_GRAD_X].t.view, grad_keys, grad_memory, context);
    }
    if (status == 0 && !s->is_dot) {
        status =
            fast_multiplicative_keys_backward(&memory, &in[IN_WEIGHT].view, grad_keys, grad_memory,
                                              &out[OUT_GRAD_WEIGHT].t.view, context);
    }
    return status;
}

/* ---- tensors ----------------------------------------------------------------------------------- */

static void make_inputs(pair_case *c, const multiplicative_shape *s)
{
    row_layout asking = {s->n_batch, 1, s->n_q, s->layout}, nothing = {1, 1, 1, TWIN_DENSE};
    row_layout sources = {s->is_shared ? 1 : s->n_batch, 1, s->n_k, s->layout};
    double sigma = 1.0 / sqrt((double)s->d_x * (double)s->d_memory);
    pair_input(c, asking, s->d_x, 1.0);
    pair_input(c, sources, s->d_memory, 1.0);
    pair_input(c, asking, s->d_memory, 1.0);
    twin *window = pair_input(c, s->has_window ? asking : nothing, s->has_window ? s->n_k : 1, 1.0);
    if (s->has_window) {
        alignment_window(window);
    }
    pair_parameter(c, s->is_dot ? 1 : s->d_x, s->is_dot ? 1 : s->d_memory, sigma);
}

static void make_outputs(pair_case *c, const multiplicative_shape *s)
{
    row_layout asking = {s->n_batch, 1, s->n_q, s->layout}, nothing = {1, 1, 1, TWIN_DENSE};
    row_layout sources = {s->is_shared ? 1 : s->n_batch, 1, s->n_k, s->layout};
    row_layout looked_at = {s->n_batch, 1, s->n_k, s->layout};
    pair_output_rows(c, "K", s->is_dot ? nothing : sources, s->is_dot ? 1 : s->d_x,
                     s->is_dot ? 1.0 : 0.0); /* what is not needed is left as it was */
    pair_output_numbers(c, "log_sum_exp", asking);
    pair_output_rows(c, "output", asking, s->d_memory, 0.0);
    pair_output_rows(c, "grad_x", asking, s->d_x, 1.0);
    pair_output_rows(c, "grad_keys", s->is_dot ? nothing : looked_at, s->is_dot ? 1 : s->d_x, 1.0);
    pair_output_rows(c, "grad_memory", looked_at, s->d_memory, 1.0);
    pair_output_parameter(c, "grad_weight", s->is_dot ? 1 : s->d_x, s->is_dot ? 1 : s->d_memory,
                          1.0);
}

pair_case multiplicative_problem(const multiplicative_shape *s)
{
    pair_case c = {.catches = s->catches,
                   .variant = s->is_dot ? "dot" : "general",
                   .options = s,
                   .size = workspace_size,
                   .run = run};
    make_inputs(&c, s);
    make_outputs(&c, s);
    multiplicative_expect(&c);
    return c;
}
