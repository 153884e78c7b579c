#include "tests/support/block_pair.h"

#include "optimized/block.h"
#include "tests/support/models.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>

/* ---- the optimized side ------------------------------------------------------------------------ */

static fast_view columns(fast_view all, size_t begin, size_t n_cols)
{
    all.data += begin;
    all.n_cols = n_cols;
    return all;
}

/* A block of thirteen tensors, which stand from GAIN_1 on. */
static fast_block block_of(const block_shape *s, const fast_view p[])
{
    size_t d = s->block.d_model;
    return (fast_block){
        .gain_1 = p[GAIN_1],
        .bias_1 = p[BIAS_1],
        .attention = {.n_heads = s->block.n_heads,
                      .heads = {columns(p[QKV_WEIGHT], 0, d), columns(p[QKV_BIAS], 0, d),
                                columns(p[QKV_WEIGHT], d, d), columns(p[QKV_BIAS], d, d),
                                columns(p[QKV_WEIGHT], 2 * d, d), columns(p[QKV_BIAS], 2 * d, d)},
                      .weight_o = p[OUTPUT_WEIGHT],
                      .bias_o = p[OUTPUT_BIAS],
                      .relative_bias = s->block.clip > 0 ? p[RELATIVE_BIAS] : (fast_view){0}},
        .gain_2 = p[GAIN_2],
        .bias_2 = p[BIAS_2],
        .feed_forward = {p[WEIGHT_1], p[HIDDEN_BIAS], p[WEIGHT_2], p[FED_BIAS]}};
}

static fast_block parameters_of(const pair_case *c)
{
    fast_view views[FED_BIAS + 1];
    for (int n = GAIN_1; n <= FED_BIAS; n++) {
        views[n] = c->inputs[n].view;
    }
    return block_of(c->options, views);
}

static fast_block gradients_of(const pair_case *c)
{
    fast_view views[FED_BIAS + 1];
    for (int n = GAIN_1; n <= FED_BIAS; n++) {
        views[n] = c->outputs[n + BLOCK_GRADIENTS].t.view;
    }
    return block_of(c->options, views);
}

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    const block_shape *s = c->options;
    fast_block_shape shape = narrow_shape(&s->block);
    fast_block p = parameters_of(c);
    return GSL_MAX(fast_block_forward_size(&c->inputs[BLOCK_X].view, &p, &shape, context),
                   fast_block_backward_size(&c->inputs[BLOCK_X].view, &p, &shape, context));
}

const size_t *block_pair_lengths(const block_shape *s)
{
    static size_t lengths[3];
    lengths[0] = s->n - s->n / 3, lengths[1] = 0, lengths[2] = s->n;
    return s->has_lengths ? lengths : NULL;
}

/* The cache stands in memory of its own, but for what is compared. */
static int run(pair_case *c, fast_context *context)
{
    const block_shape *s = c->options;
    fast_block_shape shape = narrow_shape(&s->block);
    fast_block p = parameters_of(c), grad = gradients_of(c);
    fast_mask mask = {.causal = s->causal, .key_lengths = block_pair_lengths(s)};
    fast_dropout dropout = {s->dropout_rate, BLOCK_SEED, 0};
    const fast_dropout *drop = s->dropout_rate > 0.0 ? &dropout : NULL;
    const fast_view *x = &c->inputs[BLOCK_X].view;
    fast_block_cache cache;
    size_t n_bytes = fast_block_cache_layout(s->n_batch, s->n, &shape, NULL, &cache);
    fast_workspace *memory = fast_workspace_alloc(n_bytes);
    fast_block_cache_layout(s->n_batch, s->n, &shape, memory, &cache);
    cache.middle = c->outputs[MIDDLE].t.view;
    cache.hidden = c->outputs[HIDDEN].t.view;
    cache.attention.heads.log_sum_exp = c->outputs[BLOCK_LOG_SUM_EXP].t.view;
    int status = fast_block_forward(x, &p, &shape, &mask, drop, &cache,
                                    &c->outputs[BLOCK_OUTPUT].t.view, context);
    status = status ? status
                    : fast_block_backward(x, &p, &shape, &mask, drop, &cache,
                                          &c->inputs[BLOCK_GRAD_OUTPUT].view,
                                          &c->outputs[BLOCK_GRAD_X].t.view, &grad, context);
    fast_workspace_free(memory);
    return status;
}

/* ---- inputs and outputs ------------------------------------------------------------------------ */

static void move_to_one(twin *gain)
{
    for (size_t i = 0; i < gain->n_doubles; i++) {
        gain->wide[i] += 1.0;
    }
    twin_round(gain);
}

/* In the worst case errors grow with the norm of every matrix on their way, and a block has a dozen
 * of them, forward and backward. With a fifth of the usual weights the bounds stay below 1 % of
 * the values; test_multi_head_agreement.c has larger weights. */
static void declare_parameters(pair_case *c, const ref_block_shape *s)
{
    size_t d = s->d_model;
    const struct {
        const char *name;
        size_t n_rows, n_cols;
    } all[] = {{"grad gain_1", 1, d},
               {"grad bias_1", 1, d},
               {"grad [W_Q W_K W_V]", d, 3 * d},
               {"grad [b_Q b_K b_V]", 1, 3 * d},
               {"grad W_O", d, d},
               {"grad b_O", 1, d},
               {"grad relative_bias", s->clip > 0 ? s->n_heads : 1, 2 * s->clip + 1},
               {"grad gain_2", 1, d},
               {"grad bias_2", 1, d},
               {"grad W_1", d, s->n_hidden},
               {"grad b_1", 1, s->n_hidden},
               {"grad W_2", s->n_hidden, d},
               {"grad b_2", 1, d}};
    for (int n = GAIN_1; n <= FED_BIAS; n++) {
        size_t n_rows = all[n - GAIN_1].n_rows, n_cols = all[n - GAIN_1].n_cols;
        bool is_gain = n == GAIN_1 || n == GAIN_2, is_weight = n_rows > 1 && n != RELATIVE_BIAS;
        pair_parameter(c, n_rows, n_cols, is_weight ? 0.2 / sqrt((double)n_rows) : 0.3);
        if (is_gain) {
            move_to_one(&c->inputs[n]);
        }
        pair_output_parameter(c, all[n - GAIN_1].name, n_rows, n_cols, 1.0);
    }
}

pair_case block_pair(const block_shape *s)
{
    pair_case c = {.catches = s->catches,
                   .variant = s->block.norm == REF_PRE_NORM ? "pre-norm" : "post-norm",
                   .options = s};
    row_layout rows = {s->n_batch, 1, s->n, s->layout};
    row_layout heads = {s->n_batch, s->block.n_heads, s->n, s->layout};
    size_t d = s->block.d_model;
    c.size = workspace_size;
    c.run = run;
    pair_input(&c, rows, d, 1.0);
    pair_input(&c, rows, d, 1.0);
    pair_output_rows(&c, "output", rows, d, 0.0);
    pair_output_rows(&c, "middle", rows, d, 0.0);
    pair_output_rows(&c, "hidden", rows, s->block.n_hidden, 0.0);
    pair_output_numbers(&c, "log_sum_exp", heads);
    pair_output_rows(&c, "grad_x", rows, d, 1.0);
    declare_parameters(&c, &s->block);
    return c;
}
