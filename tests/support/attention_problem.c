#include "tests/support/attention_problem.h"

#include "reference/softmax.h"
#include "tests/support/bounded.h"
#include "tests/support/matrices.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const masking_names[N_MASKINGS] = {"no mask", "causal",        "key lengths",
                                               "bias",    "relative bias", "all masks"};
const char *const similarity_names[3] = {"dot", "cosine", "-|q - k|^2"};
const char *const output_names[N_OUTPUTS] = {"log_sum_exp", "output", "grad_q",
                                             "grad_k",      "grad_v", "grad_relative_bias"};

/* ---- inputs ---------------------------------------------------------------------------------- */

static bool is_causal(const attention_problem *p)
{
    return p->masks == CAUSAL || p->masks == ALL_MASKS;
}

bool attention_problem_is_relative(const attention_problem *p)
{
    return p->masks == RELATIVE || p->masks == ALL_MASKS;
}

static void draw_key_lengths(attention_problem *p)
{
    size_t n_k = p->shape.n_k;
    p->key_lengths = malloc(p->shape.n_batch * sizeof *p->key_lengths);
    for (size_t b = 0; b < p->shape.n_batch; b++) {
        p->key_lengths[b] = b == 0 ? n_k - n_k / 3 : b == 1 ? 0 : n_k;
    }
}

/* One bias of its own for each batch and head, or one for all, by strides of 0. */
static void draw_bias(attention_problem *p, gsl_rng *rng)
{
    const attention_shape *s = &p->shape;
    bool is_shared = p->masks == ALL_MASKS;
    p->bias = twin_alloc(s->n_batch, s->n_heads, s->n_q, s->n_k, s->layout);
    twin_fill(&p->bias, rng, 1.0);
    for (size_t i = 0; i < p->bias.n_doubles; i++) {
        if (gsl_rng_uniform_int(rng, 10) == 0) {
            p->bias.wide[i] = -INFINITY;
        }
    }
    for (size_t i = 0; is_shared && i < p->bias.n_doubles; i++) {
        p->bias.wide[i] = p->bias.wide[i % (s->n_q * s->n_k)];
    }
    twin_round(&p->bias);
    if (is_shared) {
        p->bias.view.batch_stride = p->bias.view.head_stride = 0;
    }
}

static size_t n_relative_entries(const attention_problem *p)
{
    size_t clip = p->masks == ALL_MASKS ? p->shape.n_q + p->shape.n_k : 3;
    return attention_problem_is_relative(p) ? 2 * clip + 1 : 1;
}

static void draw_inputs(attention_problem *p, gsl_rng *rng)
{
    const attention_shape *s = &p->shape;
    /* scores of about the same size for all: a squared distance is twice as wide as a product */
    const float factors[] = {1.0f, 3.0f * sqrtf((float)s->d_k), 0.5f};
    p->scale = factors[p->similarity] / sqrtf((float)s->d_k);
    p->q = twin_alloc(s->n_batch, s->n_heads, s->n_q, s->d_k, s->layout);
    p->k = twin_alloc(s->n_batch, s->n_heads, s->n_k, s->d_k, s->layout);
    p->v = twin_alloc(s->n_batch, s->n_heads, s->n_k, s->d_v, s->layout);
    p->grad_output = twin_alloc(s->n_batch, s->n_heads, s->n_q, s->d_v, s->layout);
    twin_fill(&p->q, rng, s->sigma);
    twin_fill(&p->k, rng, s->sigma);
    twin_fill(&p->v, rng, 1.0);
    twin_fill(&p->grad_output, rng, 1.0);
    if (p->masks == KEY_LENGTHS || p->masks == ALL_MASKS) {
        draw_key_lengths(p);
    }
    if (p->masks == BIASED || p->masks == ALL_MASKS) {
        draw_bias(p, rng);
    }
    if (attention_problem_is_relative(p)) {
        p->relative_bias = twin_alloc(1, 1, s->n_heads, n_relative_entries(p), TWIN_SPLIT);
        twin_fill(&p->relative_bias, rng, 1.0);
    }
}

/* The gradients start with numbers in them, because the backward pass adds; the other outputs with
 * NaN, because nothing may be read from them. */
static void make_outputs(attention_problem *p, gsl_rng *rng)
{
    const attention_shape *s = &p->shape;
    const size_t n_rows[N_OUTPUTS] = {1, s->n_q, s->n_q, s->n_k, s->n_k, s->n_heads};
    const size_t n_cols[N_OUTPUTS] = {s->n_q, s->d_v, s->d_k,
                                      s->d_k, s->d_v, n_relative_entries(p)};
    for (int o = 0; o < N_OUTPUTS; o++) {
        size_t n_batch = o == GRAD_RELATIVE ? 1 : s->n_batch;
        size_t n_heads = o == GRAD_RELATIVE ? 1 : s->n_heads;
        p->outputs[o] = twin_alloc(n_batch, n_heads, n_rows[o], n_cols[o], s->layout);
        if (o >= GRAD_Q) {
            twin_fill(&p->outputs[o], rng, 0.5);
        }
        p->bounds[o] = calloc(p->outputs[o].n_doubles, sizeof *p->bounds[o]);
        p->kept[o] = calloc(p->outputs[o].n_floats, sizeof *p->kept[o]);
    }
}

/* ---- what to expect -------------------------------------------------------------------------- */

/* One batch and head on the reference's side. */
typedef struct {
    gsl_matrix_view q, k, v, bias, grad_output, out[GRAD_RELATIVE], bound[GRAD_RELATIVE];
    gsl_vector_view relative_bias, grad_relative_bias;
    uncertain_sum *relative_sums; /* of the head, over all sequences */
    ref_mask mask;
} reference_head;

static void take_head(const attention_problem *p, size_t b, size_t h, reference_head *r)
{
    r->q = twin_matrix(&p->q, b, h);
    r->k = twin_matrix(&p->k, b, h);
    r->v = twin_matrix(&p->v, b, h);
    r->grad_output = twin_matrix(&p->grad_output, b, h);
    for (int o = 0; o < GRAD_RELATIVE; o++) {
        r->out[o] = twin_matrix(&p->outputs[o], b, h);
        size_t offset = (size_t)(r->out[o].matrix.data - p->outputs[o].wide);
        r->bound[o] = gsl_matrix_view_array(p->bounds[o] + offset, r->out[o].matrix.size1,
                                            r->out[o].matrix.size2);
    }
    r->mask = (ref_mask){.causal = is_causal(p)};
    r->mask.key_length = p->key_lengths ? &p->key_lengths[b] : NULL;
    if (p->bias.wide) {
        r->bias = twin_matrix(&p->bias, b, h);
        r->mask.bias = &r->bias.matrix;
    }
    if (attention_problem_is_relative(p)) {
        gsl_matrix_view heads = twin_matrix(&p->relative_bias, 0, 0);
        gsl_matrix_view grads = twin_matrix(&p->outputs[GRAD_RELATIVE], 0, 0);
        r->relative_bias = gsl_matrix_row(&heads.matrix, h);
        r->grad_relative_bias = gsl_matrix_row(&grads.matrix, h);
        r->mask.relative_bias = &r->relative_bias.vector;
        r->mask.grad_relative_bias = &r->grad_relative_bias.vector;
        r->relative_sums = p->relative_sums + h * n_relative_entries(p);
    }
}

/* A term for each key that is seen. */
static void sum_diagonals(bounded scores, bounded grad_scores, size_t n_entries,
                          uncertain_sum *sums)
{
    size_t n_q = scores.value->size1, n_k = scores.value->size2;
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k; j++) {
            if (gsl_matrix_get(scores.value, i, j) > -INFINITY) {
                size_t entry = relative_entry(i, j, n_q, n_k, n_entries);
                add_term(&sums[entry], entry_of(grad_scores, i, j));
            }
        }
    }
}

/* The bounds of all outputs, in the order of the formulas. */
static void bound_head(const attention_problem *p, reference_head *r)
{
    bounded q = bounded_exact(&r->q.matrix), k = bounded_exact(&r->k.matrix);
    bounded v = bounded_exact(&r->v.matrix), grad_y = bounded_exact(&r->grad_output.matrix);

    bounded scores = bounded_scores(q, k, p->similarity, p->scale, &r->mask);
    bounded lse = bounded_log_sum_exp(scores);
    bounded y = bounded_attend(scores, v);

    bounded weights = bounded_weights_again(scores, lse);
    bounded grad_v = bounded_product(1.0, CblasTrans, weights, CblasNoTrans, grad_y);
    bounded grad_weights = bounded_product(1.0, CblasNoTrans, grad_y, CblasTrans, v);
    bounded mean = bounded_row_dot(grad_y, y);
    bounded grad_s = bounded_softmax_backward(weights, grad_weights, mean);
    bounded grad_q =
        bounded_similarity_backward(q, k, p->similarity, p->scale, CblasNoTrans, grad_s);
    bounded grad_k = bounded_similarity_backward(k, q, p->similarity, p->scale, CblasTrans, grad_s);

    gsl_matrix_transpose_memcpy(&r->bound[LOG_SUM_EXP].matrix, lse.bound);
    gsl_matrix_memcpy(&r->bound[OUTPUT].matrix, y.bound);
    const bounded grads[] = {grad_q, grad_k, grad_v};
    for (int o = GRAD_Q; o < GRAD_RELATIVE; o++) {
        size_t n_terms = o == GRAD_Q ? p->shape.n_k : p->shape.n_q;
        bounded sum = bounded_accumulate(&r->out[o].matrix, grads[o - GRAD_Q], n_terms);
        gsl_matrix_memcpy(&r->bound[o].matrix, sum.bound);
    }
    if (r->mask.relative_bias) {
        sum_diagonals(scores, grad_s, n_relative_entries(p), r->relative_sums);
    }
}

static void expect_head(const attention_problem *p, reference_head *r)
{
    const gsl_matrix *q = &r->q.matrix, *k = &r->k.matrix, *v = &r->v.matrix;
    gsl_matrix *output = &r->out[OUTPUT].matrix;
    gsl_matrix *weights = new_matrix(q->size1, k->size1), *scores = new_matrix(q->size1, k->size1);
    gsl_vector_view lse = gsl_matrix_row(&r->out[LOG_SUM_EXP].matrix, 0);

    int status = ref_attention_scores(q, k, p->similarity, p->scale, &r->mask, scores);
    status = status ? status : ref_log_sum_exp(scores, &lse.vector);
    status =
        status ? status
               : ref_attention_forward(q, k, v, p->similarity, p->scale, &r->mask, weights, output);
    status = status
                 ? status
                 : ref_attention_backward(q, k, v, p->similarity, p->scale, &r->mask, weights,
                                          output, &r->grad_output.matrix, &r->out[GRAD_Q].matrix,
                                          &r->out[GRAD_K].matrix, &r->out[GRAD_V].matrix, scores);
    CHECK_STATUS(status, GSL_SUCCESS, "the reference");
}

attention_problem *attention_problem_alloc(const attention_shape *shape, ref_similarity similarity,
                                           masking masks, gsl_rng *rng)
{
    attention_problem *p = calloc(1, sizeof *p);
    p->shape = *shape;
    p->similarity = similarity;
    p->masks = masks;
    draw_inputs(p, rng);
    make_outputs(p, rng);
    const twin *grad_relative = &p->outputs[GRAD_RELATIVE];
    p->relative_sums = calloc(grad_relative->n_doubles, sizeof *p->relative_sums);
    for (size_t n = 0; n < grad_relative->n_doubles; n++) {
        add_term(&p->relative_sums[n], exactly(grad_relative->wide[n]));
    }
    for (size_t b = 0; b < shape->n_batch; b++) {
        for (size_t h = 0; h < shape->n_heads; h++) {
            reference_head r;
            take_head(p, b, h, &r);
            bound_head(p, &r); /* before the gradients are added to */
            expect_head(p, &r);
            free_matrices();
        }
    }
    for (size_t n = 0; n < grad_relative->n_doubles; n++) {
        p->bounds[GRAD_RELATIVE][n] = total_of(p->relative_sums[n]).bound;
    }
    return p;
}

void attention_problem_free(attention_problem *p)
{
    twin_free(&p->q), twin_free(&p->k), twin_free(&p->v);
    twin_free(&p->bias), twin_free(&p->relative_bias), twin_free(&p->grad_output);
    free(p->relative_sums);
    for (int o = 0; o < N_OUTPUTS; o++) {
        twin_free(&p->outputs[o]);
        free(p->bounds[o]);
        free(p->kept[o]);
    }
    free(p->key_lengths);
    free(p);
}
