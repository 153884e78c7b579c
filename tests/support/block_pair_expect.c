/* What to expect of block_pair.h: by the rules, and by the reference. */

#include "tests/support/block_pair.h"

#include "tests/support/bounded_block.h"
#include "tests/support/matrices.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- a block as the reference takes it --------------------------------------------------------- */

typedef struct {
    gsl_matrix_view matrices[3];
    gsl_vector_view vectors[12];
    ref_block value;
} wide_block;

/* Made of thirteen matrices, which stand from GAIN_1 on. */
static void widen(const block_shape *s, gsl_matrix *const p[], wide_block *w)
{
    size_t d = s->block.d_model;
    gsl_matrix_view *m = w->matrices;
    gsl_vector_view *v = w->vectors;
    for (size_t n = 0; n < 3; n++) {
        m[n] = gsl_matrix_submatrix(p[QKV_WEIGHT], 0, n * d, d, d);
        v[n] = gsl_matrix_subrow(p[QKV_BIAS], 0, n * d, d);
    }
    const int rows[] = {OUTPUT_BIAS, GAIN_1, BIAS_1, GAIN_2, BIAS_2, HIDDEN_BIAS, FED_BIAS};
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        v[3 + n] = gsl_matrix_row(p[rows[n]], 0);
    }
    w->value =
        (ref_block){.gain_1 = &v[4].vector,
                    .bias_1 = &v[5].vector,
                    .attention = {.n_heads = s->block.n_heads,
                                  .heads = {&m[0].matrix, &v[0].vector, &m[1].matrix, &v[1].vector,
                                            &m[2].matrix, &v[2].vector},
                                  .weight_o = p[OUTPUT_WEIGHT],
                                  .bias_o = &v[3].vector,
                                  .relative_bias = s->block.clip > 0 ? p[RELATIVE_BIAS] : NULL},
                    .gain_2 = &v[6].vector,
                    .bias_2 = &v[7].vector,
                    .feed_forward = {p[WEIGHT_1], &v[8].vector, p[WEIGHT_2], &v[9].vector}};
}

static void widen_inputs(const pair_case *c, wide_block *w)
{
    static gsl_matrix_view views[FED_BIAS + 1];
    gsl_matrix *all[FED_BIAS + 1];
    for (int n = GAIN_1; n <= FED_BIAS; n++) {
        views[n] = pair_tall(&c->inputs[n]);
        all[n] = &views[n].matrix;
    }
    widen(c->options, all, w);
}

/* ---- the rules --------------------------------------------------------------------------------- */

static bounded exact_tall(const twin *t)
{
    gsl_matrix_view tall = pair_tall(t);
    return bounded_exact(&tall.matrix);
}

/* Whether the sign of every hidden unit is certain. */
static bool is_off_kinks(bounded hidden)
{
    for (size_t i = 0; i < hidden.value->size1; i++) {
        for (size_t c = 0; c < hidden.value->size2; c++) {
            if (fabs(gsl_matrix_get(hidden.value, i, c)) <= gsl_matrix_get(hidden.bound, i, c)) {
                return false;
            }
        }
    }
    return true;
}

static void expect_gradients(pair_case *c, bounded_transformer_gradients g)
{
    const block_shape *s = c->options;
    const bounded_heads_gradients *a = &g.attention;
    const bounded grads[] = {g.gain_1,
                             g.bias_1,
                             bounded_beside(bounded_beside(a->weight_q, a->weight_k), a->weight_v),
                             bounded_beside(bounded_beside(a->bias_q, a->bias_k), a->bias_v),
                             a->weight_o,
                             a->bias_o,
                             a->relative,
                             g.gain_2,
                             g.bias_2,
                             g.weight_1,
                             g.hidden_bias,
                             g.weight_2,
                             g.output_bias};
    size_t n_rows = s->n_batch * s->n;
    /* the residual path, and three gradients of the attention's input */
    pair_expect_added(&c->outputs[BLOCK_GRAD_X], g.x, 1 + 3 * s->block.d_model);
    for (int n = GAIN_1; n <= FED_BIAS; n++) {
        if (n != RELATIVE_BIAS || s->block.clip > 0) {
            pair_expect_added(&c->outputs[n + BLOCK_GRADIENTS], grads[n - GAIN_1],
                              n == RELATIVE_BIAS ? n_rows * s->n : n_rows);
        }
    }
}

void block_pair_expect(pair_case *c)
{
    const block_shape *s = c->options;
    wide_block w;
    widen_inputs(c, &w);
    batch_masks masks = {s->n_batch, s->causal, block_pair_lengths(s)};
    ref_dropout dropout = {s->dropout_rate, BLOCK_SEED, 0};
    const ref_dropout *drop = s->dropout_rate > 0.0 ? &dropout : NULL;
    bounded x = exact_tall(&c->inputs[BLOCK_X]);
    bounded_transformer f = bounded_block(x, &w.value, &s->block, &masks, drop);
    while (s->block.activation == REF_RELU && !is_off_kinks(f.hidden)) {
        twin_fill(&c->inputs[HIDDEN_BIAS], suite_rng(), 0.5);
        f = bounded_block(x, &w.value, &s->block, &masks, drop);
    }
    pair_expect(&c->outputs[BLOCK_OUTPUT], f.output);
    pair_expect(&c->outputs[MIDDLE], f.middle);
    pair_expect(&c->outputs[HIDDEN], f.hidden);
    pair_expect(&c->outputs[BLOCK_LOG_SUM_EXP], f.attention.log_sum_exp);
    expect_gradients(c, bounded_block_backward(f, x, &w.value, &s->block, &masks, drop,
                                               exact_tall(&c->inputs[BLOCK_GRAD_OUTPUT])));
    free_matrices();
}

/* ---- the reference ----------------------------------------------------------------------------- */

static gsl_matrix_view sequence_of(gsl_matrix *tall, size_t batch, size_t n)
{
    return gsl_matrix_submatrix(tall, batch * n, 0, n, tall->size2);
}

static void run_reference(const pair_case *c, gsl_matrix *outputs[])
{
    const block_shape *s = c->options;
    wide_block w, grad;
    widen_inputs(c, &w);
    widen(s, outputs + BLOCK_GRADIENTS, &grad);
    for (size_t b = 0; b < s->n_batch; b++) {
        gsl_matrix_view x = twin_matrix(&c->inputs[BLOCK_X], b, 0);
        gsl_matrix_view dy = twin_matrix(&c->inputs[BLOCK_GRAD_OUTPUT], b, 0);
        gsl_matrix_view y = sequence_of(outputs[BLOCK_OUTPUT], b, s->n);
        gsl_matrix_view dx = sequence_of(outputs[BLOCK_GRAD_X], b, s->n);
        ref_mask mask = {.causal = s->causal,
                         .key_length = s->has_lengths ? &block_pair_lengths(s)[b] : NULL};
        ref_dropout dropout = {s->dropout_rate, BLOCK_SEED, b * s->n};
        const ref_dropout *drop = s->dropout_rate > 0.0 ? &dropout : NULL;
        ref_block_cache *cache = ref_block_cache_alloc(s->n, &s->block);
        ref_block_cache *scratch = ref_block_cache_alloc(s->n, &s->block);
        int status =
            ref_block_forward(&x.matrix, &w.value, &s->block, &mask, drop, cache, &y.matrix);
        status = status ? status
                        : ref_block_backward(&x.matrix, &w.value, &s->block, &mask, drop, cache,
                                             &dy.matrix, &dx.matrix, &grad.value, scratch);
        CHECK_STATUS(status, GSL_SUCCESS, "the reference");
        ref_block_cache_free(cache);
        ref_block_cache_free(scratch);
    }
}

/* Scale and epsilon of the rules are the floats of the optimized side, so that they may be apart by
 * their rounding. */
void block_pair_check_rules(const pair_case *c)
{
    gsl_matrix *outputs[MAX_TENSORS];
    for (size_t n = 0; n < c->n_outputs; n++) {
        outputs[n] = pair_start(&c->outputs[n]);
    }
    run_reference(c, outputs);
    for (size_t n = 0; n < c->n_outputs; n++) {
        gsl_matrix_view expected = pair_tall(&c->outputs[n].t);
        if (n == BLOCK_OUTPUT || n >= BLOCK_GRAD_X) {
            check_close(&expected.matrix, outputs[n], 1e-6 * largest_entry(outputs[n]),
                        "%s: the rules for %s", c->catches, c->outputs[n].name);
        }
    }
    free_matrices();
}
