/* Dot-product reweighting both ways, and kernel regression. A weight of the regression counts as
 * six operations (difference, division, square, product, exp, sum), each of its products as two. */
#include "optimized/bench/data.h"
#include "optimized/bench/work.h"
#include "optimized/reweighting.h"
#include "reference/reweighting.h"
#include <stdlib.h>

static const fast_proximity PROXIMITY = FAST_GAUSSIAN;
static const float BANDWIDTH = 0.5f;

typedef struct {
    fast_view queries, keys, x, gram, row_sums, output, grad_output;
    float grad_bandwidth;
    gsl_matrix *ref_points, *ref_x, *ref_weights, *ref_gram, *ref_output, *ref_grad_output;
    double ref_grad_bandwidth;
} reweighting_data;

static double n_flops_dot(const bench_shape *s)
{
    return 4.0 * (double)s->n_q * (double)s->n_k * (double)s->d_v;
}

static double n_flops_reassociated(const bench_shape *s)
{
    return 4.0 * (double)s->n_q * (double)s->d_v * (double)s->d_v;
}

static double n_flops_regression(const bench_shape *s)
{
    return (6.0 + 2.0 * (double)s->d_v) * (double)s->n_q * (double)s->n_k;
}

static void *alloc(const bench_shape *s, bool for_reference, bool for_optimized)
{
    reweighting_data *d = zero_bytes(sizeof *d);
    if (for_optimized) {
        d->queries = random_tensor(1, 1, 1, s->n_q);
        d->keys = random_tensor(1, 1, 1, s->n_k);
        d->x = random_tensor(1, 1, s->n_k, s->d_v);
        d->gram = zero_tensor(1, 1, s->d_v, s->d_v);
        d->row_sums = zero_tensor(1, 1, 1, s->n_q);
        d->output = zero_tensor(1, 1, s->n_q, s->d_v);
        d->grad_output = random_tensor(1, 1, s->n_q, s->d_v);
    }
    if (for_reference) {
        d->ref_points = random_matrix(1, s->n_k);
        d->ref_x = random_matrix(s->n_k, s->d_v);
        d->ref_weights = random_matrix(s->n_q, s->n_k);
        d->ref_gram = random_matrix(s->d_v, s->d_v);
        d->ref_output = random_matrix(s->n_q, s->d_v);
        d->ref_grad_output = random_matrix(s->n_q, s->d_v);
    }
    return d;
}

static void free_data(void *data)
{
    reweighting_data *d = data;
    free(d->queries.data);
    free(d->keys.data);
    free(d->x.data);
    free(d->gram.data);
    free(d->row_sums.data);
    free(d->output.data);
    free(d->grad_output.data);
    gsl_matrix_free(d->ref_points);
    gsl_matrix_free(d->ref_x);
    gsl_matrix_free(d->ref_weights);
    gsl_matrix_free(d->ref_gram);
    gsl_matrix_free(d->ref_output);
    gsl_matrix_free(d->ref_grad_output);
    free(d);
}

/* ---- (X X^T) X  and  X (X^T X) --------------------------------------------------------------- */

static size_t dot_size(void *data, const fast_context *context)
{
    reweighting_data *d = data;
    return fast_dot_reweighting_size(&d->x, context);
}

static void optimized_dot(void *data, fast_context *context)
{
    reweighting_data *d = data;
    fast_dot_reweighting(&d->x, &d->output, context);
}

static void reference_dot(void *data)
{
    reweighting_data *d = data;
    ref_dot_reweighting(d->ref_x, d->ref_weights, d->ref_output);
}

const bench_work dot_reweighting_work = {.name = "dot_reweighting",
                                         .n_flops = n_flops_dot,
                                         .alloc = alloc,
                                         .free = free_data,
                                         .workspace_size = dot_size,
                                         .optimized = optimized_dot,
                                         .reference = reference_dot};

static size_t reassociated_size(void *data, const fast_context *context)
{
    reweighting_data *d = data;
    return fast_dot_reweighting_reassociated_size(&d->x, context);
}

static void optimized_reassociated(void *data, fast_context *context)
{
    reweighting_data *d = data;
    fast_dot_reweighting_reassociated(&d->x, &d->gram, &d->output, context);
}

static void reference_reassociated(void *data)
{
    reweighting_data *d = data;
    ref_dot_reweighting_reassociated(d->ref_x, d->ref_gram, d->ref_output);
}

static void peer_reassociated(void *data, const peer *by, fast_context *context)
{
    (void)context;
    reweighting_data *d = data;
    size_t n = d->x.n_rows, width = d->x.n_cols;
    peer_matrix x = {d->x.data, d->x.row_stride, false}, x_transposed = x;
    peer_matrix gram = {d->gram.data, d->gram.row_stride, false};
    peer_matrix output = {d->output.data, d->output.row_stride, false};
    x_transposed.is_transposed = true;
    multiply_by_peer(by, width, width, n, 1.0f, x_transposed, x, 0.0f, gram);
    multiply_by_peer(by, n, width, width, 1.0f, x, gram, 0.0f, output);
}

const bench_work reassociated_work = {.name = "dot_reweighting_reassociated",
                                      .n_flops = n_flops_reassociated,
                                      .alloc = alloc,
                                      .free = free_data,
                                      .workspace_size = reassociated_size,
                                      .optimized = optimized_reassociated,
                                      .reference = reference_reassociated,
                                      .peer = peer_reassociated,
                                      .other_way = &dot_reweighting_work};

/* ---- Kernel regression ----------------------------------------------------------------------- */

static size_t forward_size(void *data, const fast_context *context)
{
    reweighting_data *d = data;
    return fast_kernel_regression_forward_size(&d->queries, &d->x, context);
}

static void optimized_forward(void *data, fast_context *context)
{
    reweighting_data *d = data;
    fast_kernel_regression_forward(&d->queries, &d->keys, &d->x, PROXIMITY, BANDWIDTH, &d->row_sums,
                                   &d->output, context);
}

static void reference_forward(void *data)
{
    reweighting_data *d = data;
    gsl_vector_view points = gsl_matrix_row(d->ref_points, 0);
    ref_kernel_regression_forward(&points.vector, &points.vector, d->ref_x, REF_GAUSSIAN, BANDWIDTH,
                                  d->ref_weights, d->ref_output);
}

const bench_work regression_forward_work = {.name = "kernel_regression_forward",
                                            .n_flops = n_flops_regression,
                                            .alloc = alloc,
                                            .free = free_data,
                                            .workspace_size = forward_size,
                                            .optimized = optimized_forward,
                                            .reference = reference_forward};

static size_t backward_size(void *data, const fast_context *context)
{
    reweighting_data *d = data;
    return fast_kernel_regression_backward_size(&d->queries, &d->x, context);
}

/* What the forward pass would have left: any sums do, the time is the same. */
static void optimized_backward(void *data, fast_context *context)
{
    reweighting_data *d = data;
    fast_kernel_regression_backward(&d->queries, &d->keys, &d->x, PROXIMITY, BANDWIDTH,
                                    &d->row_sums, &d->output, &d->grad_output, &d->grad_bandwidth,
                                    context);
}

static void reference_backward(void *data)
{
    reweighting_data *d = data;
    gsl_vector_view points = gsl_matrix_row(d->ref_points, 0);
    ref_kernel_regression_backward(&points.vector, &points.vector, d->ref_x, REF_GAUSSIAN,
                                   BANDWIDTH, d->ref_weights, d->ref_output, d->ref_grad_output,
                                   &d->ref_grad_bandwidth);
}

const bench_work regression_backward_work = {.name = "kernel_regression_backward",
                                             .n_flops = n_flops_regression,
                                             .alloc = alloc,
                                             .free = free_data,
                                             .workspace_size = backward_size,
                                             .optimized = optimized_backward,
                                             .reference = reference_backward};
