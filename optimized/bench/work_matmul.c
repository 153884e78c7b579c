/* The matrix product, and its peers. */
#include "optimized/bench/data.h"
#include "optimized/bench/work.h"
#include "optimized/matmul.h"
#include <gsl/gsl_blas.h>
#include <stdlib.h>

typedef struct {
    bench_shape shape;
    bool transpose_a, transpose_b;
    fast_view a, b, c;
    gsl_matrix *ref_a, *ref_b, *ref_c;
} matmul_data;

static double n_flops(const bench_shape *s)
{
    return 2.0 * (double)s->n_q * (double)s->n_k * (double)s->d_k;
}

static void *alloc(const bench_shape *s, bool transpose_a, bool transpose_b, bool for_reference,
                   bool for_optimized)
{
    matmul_data *data = zero_bytes(sizeof *data);
    data->shape = *s;
    data->transpose_a = transpose_a;
    data->transpose_b = transpose_b;
    size_t a_rows = transpose_a ? s->d_k : s->n_q, a_cols = transpose_a ? s->n_q : s->d_k;
    size_t b_rows = transpose_b ? s->n_k : s->d_k, b_cols = transpose_b ? s->d_k : s->n_k;
    if (for_optimized) {
        data->a = random_tensor(1, 1, a_rows, a_cols);
        data->b = random_tensor(1, 1, b_rows, b_cols);
        data->c = zero_tensor(1, 1, s->n_q, s->n_k);
    }
    if (for_reference) {
        data->ref_a = random_matrix(a_rows, a_cols);
        data->ref_b = random_matrix(b_rows, b_cols);
        data->ref_c = gsl_matrix_calloc(s->n_q, s->n_k);
    }
    return data;
}

static void *alloc_plain(const bench_shape *s, bool for_reference, bool for_optimized)
{
    return alloc(s, false, false, for_reference, for_optimized);
}

static void *alloc_transposed_a(const bench_shape *s, bool for_reference, bool for_optimized)
{
    return alloc(s, true, false, for_reference, for_optimized);
}

static void *alloc_transposed_b(const bench_shape *s, bool for_reference, bool for_optimized)
{
    return alloc(s, false, true, for_reference, for_optimized);
}

static void free_data(void *data)
{
    matmul_data *d = data;
    free(d->a.data);
    free(d->b.data);
    free(d->c.data);
    gsl_matrix_free(d->ref_a);
    gsl_matrix_free(d->ref_b);
    gsl_matrix_free(d->ref_c);
    free(d);
}

static size_t workspace_size(void *data, const fast_context *context)
{
    matmul_data *d = data;
    return fast_matmul_size(d->transpose_a, d->transpose_b, &d->a, &d->b, context);
}

static void optimized(void *data, fast_context *context)
{
    matmul_data *d = data;
    fast_matmul(d->transpose_a, d->transpose_b, 1.0f, &d->a, &d->b, 0.0f, &d->c, context);
}

static void reference(void *data)
{
    matmul_data *d = data;
    gsl_blas_dgemm(d->transpose_a ? CblasTrans : CblasNoTrans,
                   d->transpose_b ? CblasTrans : CblasNoTrans, 1.0, d->ref_a, d->ref_b, 0.0,
                   d->ref_c);
}

static void by_peer(void *data, const peer *by, fast_context *context)
{
    (void)context;
    matmul_data *d = data;
    multiply_by_peer(by, d->shape.n_q, d->shape.n_k, d->shape.d_k, 1.0f,
                     (peer_matrix){d->a.data, d->a.row_stride, d->transpose_a},
                     (peer_matrix){d->b.data, d->b.row_stride, d->transpose_b}, 0.0f,
                     (peer_matrix){d->c.data, d->c.row_stride, false});
}

#define MATMUL_WORK(name_, alloc_)                                                                 \
    {                                                                                              \
        .name = name_, .n_flops = n_flops, .alloc = alloc_, .free = free_data,                     \
        .workspace_size = workspace_size, .optimized = optimized, .reference = reference,          \
        .peer = by_peer                                                                            \
    }

const bench_work matmul_work = MATMUL_WORK("matmul", alloc_plain);
const bench_work matmul_transposed_a_work = MATMUL_WORK("matmul_tn", alloc_transposed_a);
const bench_work matmul_transposed_b_work = MATMUL_WORK("matmul_nt", alloc_transposed_b);
