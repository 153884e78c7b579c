/* The softmax of one row, its scores side by side on the lanes. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/row.h"
#include "optimized/kernels/softmax_kernels.h"
#include <math.h>

static bool are_scores(const float *x, size_t n)
{
    ivec is_wrong = {0};
    for (size_t j = 0; j < n; j += LANES) {
        is_wrong |= ~(row_load(x, j, n, 0) < INFINITY); /* also true for NaN */
    }
    return !ivec_any(is_wrong);
}

static void exp_each(const float *x, float *y, size_t n)
{
    for (size_t j = 0; j < n; j += LANES) {
        row_store(y, j, n, vec_exp(row_load(x, j, n, 0)));
    }
}

static float maximum_and_sum(const float *scores, size_t n, float *sum)
{
    vec largest = vec_all(-INFINITY);
    for (size_t j = 0; j < n; j += LANES) {
        largest = vec_max(largest, row_load(scores, j, n, -INFINITY));
    }
    float maximum = vec_largest(largest);
    vec sums = {0};
    for (size_t j = 0; j < n && maximum > -INFINITY; j += LANES) {
        sums += vec_exp(row_load(scores, j, n, -INFINITY) - maximum);
    }
    *sum = vec_sum(sums);
    return maximum;
}

static void forward(const float *scores, float *weights, size_t n)
{
    float sum, maximum = maximum_and_sum(scores, n, &sum);
    for (size_t j = 0; j < n; j += LANES) {
        vec weight = {0};
        if (sum > 0) {
            weight = vec_exp(row_load(scores, j, n, -INFINITY) - maximum) / sum;
        }
        row_store(weights, j, n, weight);
    }
}

static void backward(const float *weights, const float *grad_weights, float *grad_scores, size_t n)
{
    vec products = {0};
    for (size_t j = 0; j < n; j += LANES) {
        products += row_load(weights, j, n, 0) * row_load(grad_weights, j, n, 0);
    }
    float product = vec_sum(products);
    for (size_t j = 0; j < n; j += LANES) {
        vec p = row_load(weights, j, n, 0), dp = row_load(grad_weights, j, n, 0);
        row_store(grad_scores, j, n, row_load(grad_scores, j, n, 0) + p * (dp - product));
    }
}

extern const fast_softmax_kernels FOR_ISA(fast_softmax_kernels);
const fast_softmax_kernels FOR_ISA(fast_softmax_kernels) = {
    .are_scores = are_scores,
    .exp = exp_each,
    .maximum_and_sum = maximum_and_sum,
    .forward = forward,
    .backward = backward,
};
