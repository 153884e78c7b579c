#include "tests/support/multi_head_pair.h"

#include "optimized/multi_head.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>

/* ---- the optimized side ------------------------------------------------------------------------ */

static fast_multi_head parameters_of(const pair_case *c)
{
    const multi_head_shape *s = c->options;
    const twin *in = c->inputs;
    return (fast_multi_head){.n_heads = s->n_heads,
                             .heads = {in[W_Q].view, in[B_Q].view, in[W_K].view, in[B_K].view,
                                       in[W_V].view, in[B_V].view},
                             .weight_o = in[W_O].view,
                             .bias_o = in[B_O].view,
                             .relative_bias = s->clip > 0 ? in[RELATIVE].view : (fast_view){0}};
}

static fast_view gradient_view(const pair_case *c, int parameter)
{
    return c->outputs[parameter + OF_PARAMETERS].t.view;
}

static fast_multi_head gradients_of(const pair_case *c)
{
    const multi_head_shape *s = c->options;
    return (fast_multi_head){
        .n_heads = s->n_heads,
        .heads = {gradient_view(c, W_Q), gradient_view(c, B_Q), gradient_view(c, W_K),
                  gradient_view(c, B_K), gradient_view(c, W_V), gradient_view(c, B_V)},
        .weight_o = gradient_view(c, W_O),
        .bias_o = gradient_view(c, B_O),
        .relative_bias = s->clip > 0 ? gradient_view(c, RELATIVE) : (fast_view){0}};
}

static const fast_view *memory_of(const pair_case *c)
{
    const multi_head_shape *s = c->options;
    return &c->inputs[s->is_self ? X : MEMORY].view;
}

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    fast_multi_head p = parameters_of(c);
    const fast_view *x = &c->inputs[X].view, *memory = memory_of(c);
    return GSL_MAX(fast_multi_head_forward_size(x, memory, &p, context),
                   fast_multi_head_backward_size(x, memory, &p, context));
}

const size_t *multi_head_pair_lengths(const multi_head_shape *s)
{
    static size_t lengths[3];
    lengths[0] = s->n_k - s->n_k / 3, lengths[1] = 0, lengths[2] = s->n_k;
    return s->has_lengths ? lengths : NULL;
}

static int run(pair_case *c, fast_context *context)
{
    const multi_head_shape *s = c->options;
    fast_multi_head p = parameters_of(c), grad = gradients_of(c);
    const fast_view *x = &c->inputs[X].view, *memory = memory_of(c);
    fast_mask mask = {.causal = s->causal, .key_lengths = multi_head_pair_lengths(s)};
    fast_multi_head_cache cache = {{c->outputs[Q].t.view, c->outputs[K].t.view,
                                    c->outputs[V].t.view, c->outputs[LOG_SUM_EXP].t.view},
                                   c->outputs[CONCATENATED].t.view};
    int status =
        fast_multi_head_forward(x, memory, &p, &mask, &cache, &c->outputs[OUTPUT].t.view, context);
    return status
               ? status
               : fast_multi_head_backward(x, memory, &p, &mask, &cache,
                                          &c->inputs[GRAD_OUTPUT].view, &c->outputs[GRAD_X].t.view,
                                          &c->outputs[s->is_self ? GRAD_X : GRAD_MEMORY].t.view,
                                          &grad, context);
}

/* ---- the table --------------------------------------------------------------------------------- */

static void declare_parameters(pair_case *c, const multi_head_shape *s)
{
    size_t all_k = s->n_heads * s->d_k, all_v = s->n_heads * s->d_v;
    const struct {
        const char *name;
        size_t n_rows, n_cols;
    } all[] = {{"grad W_Q", s->d_x, all_k},
               {"grad b_Q", 1, all_k},
               {"grad W_K", s->d_memory, all_k},
               {"grad b_K", 1, all_k},
               {"grad W_V", s->d_memory, all_v},
               {"grad b_V", 1, all_v},
               {"grad W_O", all_v, s->d_model},
               {"grad b_O", 1, s->d_model},
               {"grad relative_bias", s->clip > 0 ? s->n_heads : 1, 2 * s->clip + 1}};
    for (int n = W_Q; n <= RELATIVE; n++) {
        size_t n_rows = all[n - W_Q].n_rows, n_cols = all[n - W_Q].n_cols;
        double sigma = n_rows > 1 && n != RELATIVE ? 0.6 / sqrt((double)n_rows) : 0.3;
        pair_parameter(c, n_rows, n_cols, sigma);
        pair_output_parameter(c, all[n - W_Q].name, n_rows, n_cols, 1.0);
    }
}

pair_case multi_head_pair(const multi_head_shape *s)
{
    pair_case c = {.catches = s->catches, .variant = "multi-head", .options = s};
    row_layout queries = {s->n_batch, 1, s->n_q, s->layout};
    row_layout keys = {s->n_batch, 1, s->n_k, s->layout};
    row_layout one = {1, 1, 1, TWIN_DENSE}, heads = {s->n_batch, s->n_heads, s->n_q, s->layout};
    size_t all_k = s->n_heads * s->d_k, all_v = s->n_heads * s->d_v;
    c.size = workspace_size;
    c.run = run;
    pair_input(&c, queries, s->d_x, 1.0);
    pair_input(&c, s->is_self ? one : keys, s->is_self ? 1 : s->d_memory, 1.0);
    pair_input(&c, queries, s->d_model, 1.0);
    pair_output_rows(&c, "output", queries, s->d_model, 0.0);
    pair_output_rows(&c, "Q", queries, all_k, 0.0);
    pair_output_rows(&c, "K", keys, all_k, 0.0);
    pair_output_rows(&c, "V", keys, all_v, 0.0);
    pair_output_rows(&c, "concatenated", queries, all_v, 0.0);
    pair_output_numbers(&c, "log_sum_exp", heads);
    pair_output_rows(&c, "grad_x", queries, s->d_x, 1.0);
    pair_output_rows(&c, "grad_memory", s->is_self ? one : keys, s->is_self ? 1 : s->d_memory, 1.0);
    declare_parameters(&c, s);
    return c;
}
