/* Whole rows. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/row.h"
#include "optimized/kernels/row_kernels.h"

static void add(const float *x, float *sum, size_t n)
{
    for (size_t c = 0; c < n; c += LANES) {
        row_store(sum, c, n, row_load(sum, c, n, 0) + row_load(x, c, n, 0));
    }
}

/** The rows are walked in fours, so that the sum travels through memory a quarter as often. */
static void add_all(const float *x, size_t n_rows, size_t stride, float *sum, size_t n)
{
    size_t i = 0;
    for (; i + 4 <= n_rows; i += 4, x += 4 * stride) {
        for (size_t c = 0; c < n; c += LANES) {
            vec s = row_load(sum, c, n, 0) + row_load(x, c, n, 0);
            s += row_load(x + stride, c, n, 0);
            s += row_load(x + 2 * stride, c, n, 0);
            s += row_load(x + 3 * stride, c, n, 0);
            row_store(sum, c, n, s);
        }
    }
    for (; i < n_rows; i++, x += stride) {
        add(x, sum, n);
    }
}

/** Vectors of a sum that stay in registers while the rows go by. */
enum { N_SUMS = 4 };

INLINE void add_weighted_columns(const float *x, size_t n_rows, size_t stride, const float *weights,
                                 float *sum, size_t n, int n_sums)
{
    vec sums[N_SUMS];
    UNROLLED
    for (int v = 0; v < n_sums; v++) {
        sums[v] = row_load(sum, (size_t)v * LANES, n, 0);
    }
    for (size_t i = 0; i < n_rows; i++, x += stride) {
        UNROLLED
        for (int v = 0; v < n_sums; v++) {
            sums[v] += row_load(x, (size_t)v * LANES, n, 0) * weights[i];
        }
    }
    UNROLLED
    for (int v = 0; v < n_sums; v++) {
        row_store(sum, (size_t)v * LANES, n, sums[v]);
    }
}

static void add_weighted(const float *x, size_t n_rows, size_t stride, const float *weights,
                         float *sum, size_t n)
{
    size_t c = 0;
    for (; c + N_SUMS * LANES <= n; c += N_SUMS * LANES) {
        add_weighted_columns(x + c, n_rows, stride, weights, sum + c, N_SUMS * LANES, N_SUMS);
    }
    for (; c < n; c += LANES) {
        add_weighted_columns(x + c, n_rows, stride, weights, sum + c, n - c, 1);
    }
}

static void tanh_row(float *y, size_t n)
{
    for (size_t c = 0; c < n; c += LANES) {
        row_store(y, c, n, vec_tanh(row_load(y, c, n, 0)));
    }
}

static void tanh_row_backward(const float *y, float *grad, size_t n)
{
    for (size_t c = 0; c < n; c += LANES) {
        vec t = row_load(y, c, n, 0);
        row_store(grad, c, n, row_load(grad, c, n, 0) * (1.0f - t * t));
    }
}

extern const fast_row_kernels FOR_ISA(fast_row_kernels);
const fast_row_kernels FOR_ISA(fast_row_kernels) = {
    .add = add,
    .add_all = add_all,
    .add_weighted = add_weighted,
    .tanh = tanh_row,
    .tanh_backward = tanh_row_backward,
};
