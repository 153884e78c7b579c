#include "tests/support/query_key_value_problem.h"

#include "optimized/query_key_value.h"
#include <gsl/gsl_math.h>
#include <math.h>

/* ---- where things stand ------------------------------------------------------------------------ */

static size_t n_tensors(sharing s)
{
    return s == APART ? 3 : s == KEYS_VALUES ? 2 : 1;
}

size_t part_width(const query_key_value_shape *s, int part)
{
    return part == PART_V ? s->d_v : s->d_k;
}

static size_t tensor_of(sharing is, int part)
{
    return is == APART ? (size_t)part : is == KEYS_VALUES ? part != PART_Q : 0;
}

size_t part_first(const query_key_value_shape *s, sharing is, int part)
{
    size_t n_before = is == APART ? 0 : is == TOGETHER ? (size_t)part : part == PART_V;
    return n_before * s->d_k;
}

twin *part_weights(pair_case *c, int part)
{
    const query_key_value_shape *s = c->options;
    return &c->inputs[IN_WEIGHTS + tensor_of(s->weights, part)];
}

pair_output *part_projected(pair_case *c, int part)
{
    const query_key_value_shape *s = c->options;
    return &c->outputs[OUT_PROJECTED + tensor_of(s->projected, part)];
}

pair_output *part_gradients(pair_case *c, int part)
{
    const query_key_value_shape *s = c->options;
    return &c->outputs[OUT_PROJECTED + n_tensors(s->projected) + tensor_of(s->gradients, part)];
}

/* ---- the optimized side ------------------------------------------------------------------------ */

static fast_view rows_of(const twin *t, size_t first_row, size_t n_rows, size_t col, size_t n_cols)
{
    fast_view view = t->view;
    view.data += first_row * view.row_stride + col;
    view.n_rows = n_rows;
    view.n_cols = n_cols;
    return view;
}

static fast_view weight_view(const query_key_value_shape *s, sharing is, const twin *t, int part)
{
    return rows_of(t, 0, t->view.n_rows - 1, part_first(s, is, part), part_width(s, part));
}

static fast_view bias_view(const query_key_value_shape *s, sharing is, const twin *t, int part)
{
    if (part == PART_K && s->without_b_k) {
        return (fast_view){0};
    }
    return rows_of(t, t->view.n_rows - 1, 1, part_first(s, is, part), part_width(s, part));
}

static fast_query_key_value parameters_of(pair_case *c)
{
    const query_key_value_shape *s = c->options;
    twin *q = part_weights(c, PART_Q), *k = part_weights(c, PART_K), *v = part_weights(c, PART_V);
    return (fast_query_key_value){
        weight_view(s, s->weights, q, PART_Q), bias_view(s, s->weights, q, PART_Q),
        weight_view(s, s->weights, k, PART_K), bias_view(s, s->weights, k, PART_K),
        weight_view(s, s->weights, v, PART_V), bias_view(s, s->weights, v, PART_V)};
}

static fast_query_key_value gradient_views(pair_case *c)
{
    const query_key_value_shape *s = c->options;
    const twin *q = &part_gradients(c, PART_Q)->t, *k = &part_gradients(c, PART_K)->t,
               *v = &part_gradients(c, PART_V)->t;
    return (fast_query_key_value){
        weight_view(s, s->gradients, q, PART_Q), bias_view(s, s->gradients, q, PART_Q),
        weight_view(s, s->gradients, k, PART_K), bias_view(s, s->gradients, k, PART_K),
        weight_view(s, s->gradients, v, PART_V), bias_view(s, s->gradients, v, PART_V)};
}

static fast_view projected_view(pair_case *c, int part)
{
    const query_key_value_shape *s = c->options;
    const twin *t = &part_projected(c, part)->t;
    return rows_of(t, 0, t->view.n_rows, part_first(s, s->projected, part), part_width(s, part));
}

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    const query_key_value_shape *s = c->options;
    const fast_view *x = &c->inputs[IN_X].view,
                    *memory = s->is_self ? x : &c->inputs[IN_MEMORY].view;
    fast_query_key_value p = parameters_of(c);
    return GSL_MAX(fast_query_key_value_forward_size(x, memory, &p, context),
                   fast_query_key_value_backward_size(x, memory, &p, context));
}

const size_t *problem_lengths(const query_key_value_shape *s)
{
    static size_t lengths[3];
    lengths[0] = s->n_k - s->n_k / 3, lengths[1] = 0, lengths[2] = s->n_k;
    return s->has_lengths ? lengths : NULL;
}

float problem_scale(const query_key_value_shape *s)
{
    return 1.0f / sqrtf((float)s->d_k);
}

static int run(pair_case *c, fast_context *context)
{
    const query_key_value_shape *s = c->options;
    const fast_view *x = &c->inputs[IN_X].view,
                    *memory = s->is_self ? x : &c->inputs[IN_MEMORY].view;
    fast_view *grad_x = &c->outputs[OUT_GRAD_X].t.view;
    fast_view *grad_memory = s->is_self ? grad_x : &c->outputs[OUT_GRAD_MEMORY].t.view;
    fast_view *output = &c->outputs[OUT_OUTPUT].t.view;
    fast_query_key_value p = parameters_of(c), grad = gradient_views(c);
    fast_mask mask = {.causal = s->is_causal,
                      .key_lengths = problem_lengths(s),
                      .bias = s->has_bias ? &c->inputs[IN_SCORE_BIAS].view : NULL};
    fast_query_key_value_cache cache = {projected_view(c, PART_Q), projected_view(c, PART_K),
                                        projected_view(c, PART_V),
                                        c->outputs[OUT_LOG_SUM_EXP].t.view};
    int status = fast_query_key_value_forward(x, memory, &p, problem_scale(s), &mask, &cache,
                                              output, context);
    return status ? status
                  : fast_query_key_value_backward(x, memory, &p, problem_scale(s), &mask, &cache,
                                                  output, &c->inputs[IN_GRAD_OUTPUT].view, grad_x,
                                                  grad_memory, &grad, context);
}

/* ---- tensors ----------------------------------------------------------------------------------- */

/* Rows of which some parts are columns, one tensor or several. */
static size_t tensor_width(const query_key_value_shape *s, sharing is, size_t tensor)
{
    size_t width = 0;
    for (int part = 0; part < N_PARTS; part++) {
        width += tensor_of(is, part) == tensor ? part_width(s, part) : 0;
    }
    return width;
}

/* How many rows the first tensor, or another, has: W_Q and its bias, or W_K, W_V and theirs. */
static size_t n_weight_rows(const query_key_value_shape *s, size_t tensor)
{
    return (tensor == 0 ? s->d_x : s->d_memory) + 1;
}

static void make_inputs(pair_case *c, const query_key_value_shape *s)
{
    row_layout asking = {s->n_batch, 1, s->n_q, s->layout}, nothing = {1, 1, 1, TWIN_DENSE};
    row_layout looked_at = {s->n_batch, 1, s->n_k, s->layout};
    pair_input(c, asking, s->d_x, 1.0);
    pair_input(c, s->is_self ? nothing : looked_at, s->is_self ? 1 : s->d_memory, 1.0);
    pair_input(c, asking, s->d_v, 1.0);
    pair_input(c, s->has_bias ? asking : nothing, s->has_bias ? s->n_k : 1, 1.0);
    for (size_t n = 0; n < n_tensors(s->weights); n++) {
        size_t n_rows = n_weight_rows(s, n);
        pair_parameter(c, n_rows, tensor_width(s, s->weights, n), 1.0 / sqrt((double)n_rows));
    }
}

static void make_outputs(pair_case *c, const query_key_value_shape *s)
{
    row_layout asking = {s->n_batch, 1, s->n_q, s->layout}, nothing = {1, 1, 1, TWIN_DENSE};
    row_layout looked_at = {s->n_batch, 1, s->n_k, s->layout};
    static const char *const names[][N_PARTS] = {{"Q", "K", "V"},   {"Q", "K V"},
                                                 {"Q K V"},         {"dW_Q", "dW_K", "dW_V"},
                                                 {"dW_Q", "dW_KV"}, {"dW"}};
    pair_output_rows(c, "output", asking, s->d_v, 0.0);
    pair_output_numbers(c, "log_sum_exp", asking);
    pair_output_rows(c, "grad_x", asking, s->d_x, 1.0);
    pair_output_rows(c, "grad_memory", s->is_self ? nothing : looked_at,
                     s->is_self ? 1 : s->d_memory, 1.0);
    for (size_t n = 0; n < n_tensors(s->projected); n++) {
        pair_output_rows(c, names[s->projected][n], n == 0 ? asking : looked_at,
                         tensor_width(s, s->projected, n), 0.0);
    }
    for (size_t n = 0; n < n_tensors(s->gradients); n++) {
        pair_output_parameter(c, names[N_PARTS + s->gradients][n], n_weight_rows(s, n),
                              tensor_width(s, s->gradients, n), 1.0);
    }
}

pair_case query_key_value_problem(const query_key_value_shape *s)
{
    pair_case c = {.catches = s->catches,
                   .variant = s->is_self ? "self-attention" : "cross-attention",
                   .options = s,
                   .size = workspace_size,
                   .run = run};
    make_inputs(&c, s);
    make_outputs(&c, s);
    query_key_value_expect(&c);
    return c;
}
