/* Attention, and what can be put together from the matrix products of others. Counted are the
 * products: two of them forward, five backward; causal attention needs half of each. */
#include "optimized/attention.h"
#include "optimized/bench/clock.h"
#include "optimized/bench/data.h"
#include "optimized/bench/peer_attention.h"
#include "optimized/bench/work.h"
#include "reference/attention.h"
#include <math.h>
#include <stdlib.h>

enum { MOST_BLOCK_ROWS = 256, N_TUNINGS = 8 };

/** Which blocks a library likes best, with so many threads. */
typedef struct {
    const peer *by;
    int n_threads;
    size_t n_block_rows;
} tuning;

typedef struct {
    peer_attention views;
    fast_mask mask;
    tuning tunings[N_TUNINGS];
    size_t n_heads;
    gsl_matrix *q, *k, *v, *weights, *output; /* one head, as often as there are heads */
    gsl_matrix *grad_output, *grad_q, *grad_k, *grad_v, *grad_scores;
} attention_data;

static double n_flops(const bench_shape *s, double n_products)
{
    double n_pairs = (double)s->n_q * (double)s->n_k * (s->causal ? 0.5 : 1.0);
    return n_products * 2.0 * n_pairs * (double)s->d_k * (double)(s->n_heads * s->n_batch);
}

static double n_flops_forward(const bench_shape *s)
{
    return n_flops(s, 2.0);
}

static double n_flops_backward(const bench_shape *s)
{
    return n_flops(s, 5.0);
}

static fast_view inputs(const bench_shape *s, size_t n_rows, size_t n_cols)
{
    return random_tensor(s->n_batch, s->n_heads, n_rows, n_cols);
}

static fast_view results(const bench_shape *s, size_t n_rows, size_t n_cols)
{
    return zero_tensor(s->n_batch, s->n_heads, n_rows, n_cols);
}

static void alloc_views(peer_attention *a, const bench_shape *s)
{
    a->q = inputs(s, s->n_q, s->d_k);
    a->k = inputs(s, s->n_k, s->d_k);
    a->v = inputs(s, s->n_k, s->d_v);
    a->output = results(s, s->n_q, s->d_v);
    a->log_sum_exp = results(s, 1, s->n_q);
    a->grad_output = inputs(s, s->n_q, s->d_v);
    a->grad_q = results(s, s->n_q, s->d_k);
    a->grad_k = results(s, s->n_k, s->d_k);
    a->grad_v = results(s, s->n_k, s->d_v);
    a->causal = s->causal;
}

/** What the backward pass reads must be what the forward pass leaves. */
static void run_forward_once(attention_data *d)
{
    peer_attention *a = &d->views;
    fast_context context = {fast_kernels_best(), 1, NULL};
    size_t n_bytes = fast_attention_forward_size(&a->q, &a->k, &a->v, &context);
    context.workspace = fast_workspace_alloc(n_bytes);
    fast_attention_forward(&a->q, &a->k, &a->v, FAST_DOT, a->scale, &d->mask, &a->log_sum_exp,
                           &a->output, &context);
    fast_workspace_free(context.workspace);
}

static void *alloc(const bench_shape *s, bool for_reference, bool for_optimized)
{
    attention_data *d = zero_bytes(sizeof *d);
    d->mask.causal = s->causal;
    d->n_heads = s->n_batch * s->n_heads;
    d->views.scale = 1.0f / sqrtf((float)s->d_k);
    if (for_optimized) {
        alloc_views(&d->views, s);
    }
    if (for_reference) {
        d->q = random_matrix(s->n_q, s->d_k);
        d->k = random_matrix(s->n_k, s->d_k);
        d->v = random_matrix(s->n_k, s->d_v);
        d->weights = random_matrix(s->n_q, s->n_k);
        d->output = random_matrix(s->n_q, s->d_v);
        d->grad_output = random_matrix(s->n_q, s->d_v);
        d->grad_q = random_matrix(s->n_q, s->d_k);
        d->grad_k = random_matrix(s->n_k, s->d_k);
        d->grad_v = random_matrix(s->n_k, s->d_v);
        d->grad_scores = random_matrix(s->n_q, s->n_k);
    }
    return d;
}

static void *alloc_backward(const bench_shape *s, bool for_reference, bool for_optimized)
{
    attention_data *d = alloc(s, for_reference, for_optimized);
    if (for_optimized) {
        run_forward_once(d);
    }
    return d;
}

static void free_data(void *data)
{
    attention_data *d = data;
    peer_attention *a = &d->views;
    float *floats[] = {a->q.data,           a->k.data,           a->v.data,      a->output.data,
                       a->log_sum_exp.data, a->grad_output.data, a->grad_q.data, a->grad_k.data,
                       a->grad_v.data,      a->scores,           a->grad_scores};
    gsl_matrix *matrices[] = {d->q,           d->k,      d->v,      d->weights, d->output,
                              d->grad_output, d->grad_q, d->grad_k, d->grad_v,  d->grad_scores};
    for (size_t f = 0; f < sizeof floats / sizeof floats[0]; f++) {
        free(floats[f]);
    }
    for (size_t m = 0; m < sizeof matrices / sizeof matrices[0]; m++) {
        gsl_matrix_free(matrices[m]);
    }
    free(d);
}

/* ---- Optimized and reference ----------------------------------------------------------------- */

static size_t forward_size(void *data, const fast_context *context)
{
    peer_attention *a = &((attention_data *)data)->views;
    return fast_attention_forward_size(&a->q, &a->k, &a->v, context);
}

static size_t backward_size(void *data, const fast_context *context)
{
    peer_attention *a = &((attention_data *)data)->views;
    return fast_attention_backward_size(&a->q, &a->k, &a->v, context);
}

static void optimized_forward(void *data, fast_context *context)
{
    attention_data *d = data;
    peer_attention *a = &d->views;
    fast_attention_forward(&a->q, &a->k, &a->v, FAST_DOT, a->scale, &d->mask, &a->log_sum_exp,
                           &a->output, context);
}

static void optimized_backward(void *data, fast_context *context)
{
    attention_data *d = data;
    peer_attention *a = &d->views;
    fast_attention_backward(&a->q, &a->k, &a->v, FAST_DOT, a->scale, &d->mask, &a->log_sum_exp,
                            &a->output, &a->grad_output, &a->grad_q, &a->grad_k, &a->grad_v,
                            context);
}

static void reference_forward(void *data)
{
    attention_data *d = data;
    ref_mask mask = {.causal = d->mask.causal};
    for (size_t head = 0; head < d->n_heads; head++) {
        ref_attention_forward(d->q, d->k, d->v, REF_DOT, d->views.scale, &mask, d->weights,
                              d->output);
    }
}

static void reference_backward(void *data)
{
    attention_data *d = data;
    ref_mask mask = {.causal = d->mask.causal};
    for (size_t head = 0; head < d->n_heads; head++) {
        ref_attention_backward(d->q, d->k, d->v, REF_DOT, d->views.scale, &mask, d->weights,
                               d->output, d->grad_output, d->grad_q, d->grad_k, d->grad_v,
                               d->grad_scores);
    }
}

/* ---- Peers ----------------------------------------------------------------------------------- */

typedef void attend_function(peer_attention *a, const peer *by, fast_context *context);

/** Tries blocks of several sizes, and keeps the fastest. */
static tuning tune(peer_attention *a, attend_function *attend, const peer *by,
                   fast_context *context)
{
    tuning best = {by, context->n_threads, 0};
    double best_seconds = INFINITY;
    for (a->n_block_rows = 32; a->n_block_rows <= MOST_BLOCK_ROWS; a->n_block_rows *= 2) {
        attend(a, by, context);
        double begin = seconds_now();
        attend(a, by, context);
        double seconds = seconds_now() - begin;
        if (seconds < best_seconds) {
            best_seconds = seconds;
            best.n_block_rows = a->n_block_rows;
        }
    }
    return best;
}

static void attend_tuned(attention_data *d, attend_function *attend, const peer *by,
                         fast_context *context)
{
    peer_attention *a = &d->views;
    tuning *t = d->tunings;
    while (t->by != NULL && (t->by != by || t->n_threads != context->n_threads)) {
        t++;
    }
    if (t->by == NULL) {
        size_t n_floats = (size_t)context->n_threads * MOST_BLOCK_ROWS * a->k.n_rows;
        a->n_most_block_rows = MOST_BLOCK_ROWS;
        free(a->scores);
        free(a->grad_scores);
        a->scores = zero_bytes(n_floats * sizeof(float));
        a->grad_scores = zero_bytes(n_floats * sizeof(float));
        *t = tune(a, attend, by, context);
    }
    a->n_block_rows = t->n_block_rows;
    attend(a, by, context);
}

static void peer_forward(void *data, const peer *by, fast_context *context)
{
    attend_tuned(data, attend_with_peer, by, context);
}

static void peer_backward(void *data, const peer *by, fast_context *context)
{
    attend_tuned(data, attend_backward_with_peer, by, context);
}

const bench_work attention_forward_work = {.name = "attention_forward",
                                           .n_flops = n_flops_forward,
                                           .alloc = alloc,
                                           .free = free_data,
                                           .workspace_size = forward_size,
                                           .optimized = optimized_forward,
                                           .reference = reference_forward,
                                           .peer = peer_forward};

const bench_work attention_backward_work = {.name = "attention_backward",
                                            .n_flops = n_flops_backward,
                                            .alloc = alloc_backward,
                                            .free = free_data,
                                            .workspace_size = backward_size,
                                            .optimized = optimized_backward,
                                            .reference = reference_backward,
                                            .peer = peer_backward};
