/* The softmax of rows. A score counts as five operations forward (maximum, difference, exp, sum,
 * division) and four backward. Memory limits it, not the peak. */
#include "optimized/bench/data.h"
#include "optimized/bench/work.h"
#include "optimized/softmax.h"
#include "reference/softmax.h"
#include <stdlib.h>

typedef struct {
    fast_view scores, weights, grad_weights, grad_scores;
    gsl_matrix *ref_scores, *ref_weights, *ref_grad_weights, *ref_grad_scores;
} softmax_data;

static double n_flops_forward(const bench_shape *s)
{
    return 5.0 * (double)s->n_q * (double)s->n_k;
}

static double n_flops_backward(const bench_shape *s)
{
    return 4.0 * (double)s->n_q * (double)s->n_k;
}

static void *alloc(const bench_shape *s, bool for_reference, bool for_optimized)
{
    softmax_data *d = zero_bytes(sizeof *d);
    if (for_optimized) {
        d->scores = random_tensor(1, 1, s->n_q, s->n_k);
        d->weights = random_tensor(1, 1, s->n_q, s->n_k);
        d->grad_weights = random_tensor(1, 1, s->n_q, s->n_k);
        d->grad_scores = zero_tensor(1, 1, s->n_q, s->n_k);
    }
    if (for_reference) {
        d->ref_scores = random_matrix(s->n_q, s->n_k);
        d->ref_weights = random_matrix(s->n_q, s->n_k);
        d->ref_grad_weights = random_matrix(s->n_q, s->n_k);
        d->ref_grad_scores = gsl_matrix_calloc(s->n_q, s->n_k);
    }
    return d;
}

static void free_data(void *data)
{
    softmax_data *d = data;
    free(d->scores.data);
    free(d->weights.data);
    free(d->grad_weights.data);
    free(d->grad_scores.data);
    gsl_matrix_free(d->ref_scores);
    gsl_matrix_free(d->ref_weights);
    gsl_matrix_free(d->ref_grad_weights);
    gsl_matrix_free(d->ref_grad_scores);
    free(d);
}

static size_t workspace_size(void *data, const fast_context *context)
{
    (void)data;
    (void)context;
    return 0;
}

static void optimized_forward(void *data, fast_context *context)
{
    softmax_data *d = data;
    fast_softmax_forward(&d->scores, &d->weights, context);
}

static void optimized_backward(void *data, fast_context *context)
{
    softmax_data *d = data;
    fast_softmax_backward(&d->weights, &d->grad_weights, &d->grad_scores, context);
}

static void reference_forward(void *data)
{
    softmax_data *d = data;
    ref_softmax_forward(d->ref_scores, d->ref_weights);
}

static void reference_backward(void *data)
{
    softmax_data *d = data;
    ref_softmax_backward(d->ref_weights, d->ref_grad_weights, d->ref_grad_scores);
}

const bench_work softmax_forward_work = {.name = "softmax_forward",
                                         .n_flops = n_flops_forward,
                                         .alloc = alloc,
                                         .free = free_data,
                                         .workspace_size = workspace_size,
                                         .optimized = optimized_forward,
                                         .reference = reference_forward};

const bench_work softmax_backward_work = {.name = "softmax_backward",
                                          .n_flops = n_flops_backward,
                                          .alloc = alloc,
                                          .free = free_data,
                                          .workspace_size = workspace_size,
                                          .optimized = optimized_backward,
                                          .reference = reference_backward};
