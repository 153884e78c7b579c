#include "tests/support/local_problem.h"

#include "optimized/local_attention.h"
#include "tests/support/alignment_mask.h"
#include <gsl/gsl_math.h>
#include <math.h>

float local_scale(const local_shape *s)
{
    return 1.0f / sqrtf((float)s->d_x);
}

/* ---- the optimized side ------------------------------------------------------------------------ */

static fast_local_attention parameters_of(const twin *weight, const twin *v)
{
    return (fast_local_attention){weight->view, v->view};
}

static const fast_view *keys_of(const pair_case *c)
{
    const local_shape *s = c->options;
    return &c->inputs[s->is_dot ? IN_MEMORY : IN_KEYS].view;
}

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    const local_shape *s = c->options;
    const fast_view *x = &c->inputs[IN_X].view;
    fast_local_attention p = parameters_of(&c->inputs[IN_WEIGHT], &c->inputs[IN_V]);
    return GSL_MAX(fast_local_attention_forward_size(x, keys_of(c), s->window, &p, context),
                   fast_local_attention_backward_size(x, keys_of(c), s->window, &p, context));
}

static int run(pair_case *c, fast_context *context)
{
    const local_shape *s = c->options;
    twin *in = c->inputs;
    pair_output *out = c->outputs;
    const size_t *lengths = s->has_lengths ? alignment_lengths(s->n_k) : NULL;
    const fast_view *x = &in[IN_X].view, *memory = &in[IN_MEMORY].view;
    fast_local_attention p = parameters_of(&in[IN_WEIGHT], &in[IN_V]);
    fast_local_attention grad = parameters_of(&out[OUT_GRAD_WEIGHT].t, &out[OUT_GRAD_V].t);
    fast_local_cache cache = {out[OUT_HIDDEN].t.view, out[OUT_POSITIONS].t.view,
                              out[OUT_LOG_SUM_EXP].t.view};
    fast_view *y = &out[OUT_OUTPUT].t.view, *grad_memory = &out[OUT_GRAD_MEMORY].t.view;
    fast_view *grad_keys = s->is_dot ? grad_memory : &out[OUT_GRAD_KEYS].t.view;
    int status = fast_local_attention_forward(x, keys_of(c), memory, local_scale(s), s->window,
                                              lengths, &p, &cache, y, context);
    return status ? status
                  : fast_local_attention_backward(x, keys_of(c), memory, local_scale(s), s->window,
                                                  lengths, &p, &cache, y, &in[IN_GRAD_OUTPUT].view,
                                                  &out[OUT_GRAD_X].t.view, grad_keys, grad_memory,
                                                  &grad, context);
}

/* ---- tensors ----------------------------------------------------------------------------------- */

static void make_inputs(pair_case *c, const local_shape *s)
{
    row_layout asking = {s->n_batch, 1, s->n_q, s->layout}, nothing = {1, 1, 1, TWIN_DENSE};
    row_layout sources = {s->n_batch, 1, s->n_k, s->layout};
    pair_input(c, asking, s->d_x, 1.0);
    pair_input(c, s->is_dot ? nothing : sources, s->is_dot ? 1 : s->d_x, 1.0);
    pair_input(c, sources, s->d_memory, 1.0);
    pair_input(c, asking, s->d_memory, 1.0);
    pair_parameter(c, s->d_x, s->d_p, 1.0 / sqrt((double)s->d_x));
    pair_parameter(c, 1, s->d_p, 2.0 / sqrt((double)s->d_p));
}

static void make_outputs(pair_case *c, const local_shape *s)
{
    row_layout asking = {s->n_batch, 1, s->n_q, s->layout}, nothing = {1, 1, 1, TWIN_DENSE};
    row_layout sources = {s->n_batch, 1, s->n_k, s->layout};
    pair_output_rows(c, "hidden", asking, s->d_p, 0.0);
    pair_output_numbers(c, "positions", asking);
    pair_output_numbers(c, "log_sum_exp", asking);
    pair_output_rows(c, "output", asking, s->d_memory, 0.0);
    pair_output_rows(c, "grad_x", asking, s->d_x, 1.0);
    pair_output_rows(c, "grad_keys", s->is_dot ? nothing : sources, s->is_dot ? 1 : s->d_x, 1.0);
    pair_output_rows(c, "grad_memory", sources, s->d_memory, 1.0);
    pair_output_parameter(c, "grad weight", s->d_x, s->d_p, 1.0);
    pair_output_parameter(c, "grad v", 1, s->d_p, 1.0);
}

pair_case local_problem(const local_shape *s)
{
    for (;;) {
        pair_case c = {.catches = s->catches,
                       .variant = s->is_dot ? "dot" : "keys",
                       .options = s,
                       .size = workspace_size,
                       .run = run};
        make_inputs(&c, s);
        make_outputs(&c, s);
        if (local_expect(&c)) {
            return c;
        }
        pair_free(&c);
    }
}
