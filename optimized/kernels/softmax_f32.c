/* The softmax of one row, its scores side by side on the lanes. */
#include "optimized/kernels/softmax_kernels.h"
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/vector.h"
#include <math.h>

/** LANES of the n floats of x from j on; beyond the last one, rest. */
INLINE vec load_at(const float *x, size_t j, size_t n, float rest)
{
    return j + LANES <= n ? vec_load(x + j) : vec_load_part(x + j, n - j, vec_all(rest));
}

/** LANES of the n floats of x from j on, none beyond the last one. */
INLINE void store_at(float *x, size_t j, size_t n, vec a)
{
    if (j + LANES <= n) {
        vec_store(x + j, a);
    } else {
        vec_store_part(x + j, a, n - j);
    }
}

static bool are_scores(const float *x, size_t n)
{
    ivec is_wrong = {0};
    for (size_t j = 0; j < n; j += LANES) {
        is_wrong |= ~(load_at(x, j, n, 0) < INFINITY); /* also true for NaN */
    }
    return !ivec_any(is_wrong);
}

static void exp_each(const float *x, float *y, size_t n)
{
    for (size_t j = 0; j < n; j += LANES) {
        store_at(y, j, n, vec_exp(load_at(x, j, n, 0)));
    }
}

static float maximum_and_sum(const float *scores, size_t n, float *sum)
{
    vec largest = vec_all(-INFINITY);
    for (size_t j = 0; j < n; j += LANES) {
        largest = vec_max(largest, load_at(scores, j, n, -INFINITY));
    }
    float maximum = vec_largest(largest);
    vec sums = {0};
    for (size_t j = 0; j < n && maximum > -INFINITY; j += LANES) {
        sums += vec_exp(load_at(scores, j, n, -INFINITY) - maximum);
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
            weight = vec_exp(load_at(scores, j, n, -INFINITY) - maximum) / sum;
        }
        store_at(weights, j, n, weight);
    }
}

static void backward(const float *weights, const float *grad_weights, float *grad_scores, size_t n)
{
    vec products = {0};
    for (size_t j = 0; j < n; j += LANES) {
        products += load_at(weights, j, n, 0) * load_at(grad_weights, j, n, 0);
    }
    float product = vec_sum(products);
    for (size_t j = 0; j < n; j += LANES) {
        vec p = load_at(weights, j, n, 0), dp = load_at(grad_weights, j, n, 0);
        store_at(grad_scores, j, n, load_at(grad_scores, j, n, 0) + p * (dp - product));
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
