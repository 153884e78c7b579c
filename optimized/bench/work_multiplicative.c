/* Multiplicative attention with a weight, forward and backward in one run, its keys included. */
#include "optimized/bench/data.h"
#include "optimized/bench/work.h"
#include "optimized/multiplicative_attention.h"
#include "reference/multiplicative_attention.h"
#include <stdio.h>
#include <stdlib.h>

/** Of a shape d_k are the columns of x, d_v those of the memory. */
typedef struct {
    bench_shape shape;
    fast_view x, memory, weight, keys, log_sum_exp, output;
    fast_view grad_output, grad_x, grad_keys, grad_memory, grad_weight;
    /* The reference takes one sequence at a time, and all of them through the same memory. */
    gsl_matrix *ref_x, *ref_memory, *ref_weight, *ref_keys, *ref_weights, *ref_output;
    gsl_matrix *ref_grad_output, *ref_grad_x, *ref_grad_keys, *ref_grad_memory, *ref_grad_weight;
    gsl_matrix *ref_grad_scores;
} general_data;

/** Three products with W; of the attention two products forward and five backward. */
static double n_flops(const bench_shape *s)
{
    double d_x = (double)s->d_k, d_memory = (double)s->d_v;
    double keys = 3.0 * d_x * d_memory, query = 4.0 * d_x + 3.0 * d_memory;
    return 2.0 * (double)s->n_batch * (double)s->n_k * (keys + (double)s->n_q * query);
}

static void describe(const bench_shape *s, char *text, size_t size)
{
    snprintf(text, size, "%zu x %zu x %zu, %zu <- %zu", s->n_batch, s->n_q, s->n_k, s->d_k, s->d_v);
}

/* ---- Data ------------------------------------------------------------------------------------ */

static void alloc_optimized(general_data *d)
{
    const bench_shape *s = &d->shape;
    d->x = random_tensor(s->n_batch, 1, s->n_q, s->d_k);
    d->grad_x = random_tensor(s->n_batch, 1, s->n_q, s->d_k);
    d->memory = random_tensor(s->n_batch, 1, s->n_k, s->d_v);
    d->grad_memory = random_tensor(s->n_batch, 1, s->n_k, s->d_v);
    d->weight = random_tensor(1, 1, s->d_k, s->d_v);
    d->grad_weight = random_tensor(1, 1, s->d_k, s->d_v);
    d->keys = random_tensor(s->n_batch, 1, s->n_k, s->d_k);
    d->grad_keys = random_tensor(s->n_batch, 1, s->n_k, s->d_k);
    d->log_sum_exp = random_tensor(s->n_batch, 1, 1, s->n_q);
    d->output = random_tensor(s->n_batch, 1, s->n_q, s->d_v);
    d->grad_output = random_tensor(s->n_batch, 1, s->n_q, s->d_v);
}

static void alloc_reference(general_data *d)
{
    const bench_shape *s = &d->shape;
    d->ref_x = random_matrix(s->n_q, s->d_k);
    d->ref_grad_x = random_matrix(s->n_q, s->d_k);
    d->ref_memory = random_matrix(s->n_k, s->d_v);
    d->ref_grad_memory = random_matrix(s->n_k, s->d_v);
    d->ref_weight = random_matrix(s->d_k, s->d_v);
    d->ref_grad_weight = random_matrix(s->d_k, s->d_v);
    d->ref_keys = random_matrix(s->n_k, s->d_k);
    d->ref_grad_keys = random_matrix(s->n_k, s->d_k);
    d->ref_weights = random_matrix(s->n_q, s->n_k);
    d->ref_grad_scores = random_matrix(s->n_q, s->n_k);
    d->ref_output = random_matrix(s->n_q, s->d_v);
    d->ref_grad_output = random_matrix(s->n_q, s->d_v);
}

static void *alloc(const bench_shape *s, bool for_reference, bool for_optimized)
{
    general_data *d = zero_bytes(sizeof *d);
    d->shape = *s;
    if (for_optimized) {
        alloc_optimized(d);
    }
    if (for_reference) {
        alloc_reference(d);
    }
    return d;
}

static void free_data(void *data)
{
    general_data *d = data;
    fast_view views[] = {d->x,           d->memory,      d->weight,     d->keys,
                         d->log_sum_exp, d->output,      d->grad_x,     d->grad_keys,
                         d->grad_memory, d->grad_weight, d->grad_output};
    gsl_matrix *matrices[] = {d->ref_x,           d->ref_memory,      d->ref_weight,
                              d->ref_keys,        d->ref_weights,     d->ref_output,
                              d->ref_grad_output, d->ref_grad_x,      d->ref_grad_keys,
                              d->ref_grad_memory, d->ref_grad_weight, d->ref_grad_scores};
    for (size_t n = 0; n < sizeof views / sizeof views[0]; n++) {
        free(views[n].data);
    }
    for (size_t n = 0; n < sizeof matrices / sizeof matrices[0]; n++) {
        gsl_matrix_free(matrices[n]);
    }
    free(d);
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t workspace_size(void *data, const fast_context *context)
{
    general_data *d = data;
    size_t keys = fast_multiplicative_keys_forward_size(&d->memory, &d->weight, context);
    size_t keys_back = fast_multiplicative_keys_backward_size(&d->memory, &d->weight, context);
    size_t forward = fast_attention_forward_size(&d->x, &d->keys, &d->memory, context);
    size_t backward = fast_attention_backward_size(&d->x, &d->keys, &d->memory, context);
    return larger(larger(keys, keys_back), larger(forward, backward));
}

static void optimized(void *data, fast_context *context)
{
    general_data *d = data;
    float scale = 1.0f / (float)d->shape.d_k;
    fast_multiplicative_keys_forward(&d->memory, &d->weight, &d->keys, context);
    fast_multiplicative_attention_forward(&d->x, &d->keys, &d->memory, scale, NULL, &d->log_sum_exp,
                                          &d->output, context);
    fast_multiplicative_attention_backward(&d->x, &d->keys, &d->memory, scale, NULL,
                                           &d->log_sum_exp, &d->output, &d->grad_output, &d->grad_x,
                                           &d->grad_keys, &d->grad_memory, context);
    fast_multiplicative_keys_backward(&d->memory, &d->weight, &d->grad_keys, &d->grad_memory,
                                      &d->grad_weight, context);
}

static void reference(void *data)
{
    general_data *d = data;
    double scale = 1.0 / (double)d->shape.d_k;
    for (size_t b = 0; b < d->shape.n_batch; b++) {
        ref_multiplicative_keys_forward(d->ref_memory, d->ref_weight, d->ref_keys);
        ref_multiplicative_attention_forward(d->ref_x, d->ref_keys, d->ref_memory, scale, NULL,
                                             d->ref_weights, d->ref_output);
        ref_multiplicative_attention_backward(d->ref_x, d->ref_keys, d->ref_memory, scale, NULL,
                                              d->ref_weights, d->ref_output, d->ref_grad_output,
                                              d->ref_grad_x, d->ref_grad_keys, d->ref_grad_memory,
                                              d->ref_grad_scores);
        ref_multiplicative_keys_backward(d->ref_memory, d->ref_weight, d->ref_grad_keys,
                                         d->ref_grad_memory, d->ref_grad_weight);
    }
}

const bench_work multiplicative_work = {.name = "multiplicative_attention",
                                        .n_flops = n_flops,
                                        .describe = describe,
                                        .alloc = alloc,
                                        .free = free_data,
                                        .workspace_size = workspace_size,
                                        .optimized = optimized,
                                        .reference = reference};
