/* The losses, row by row. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/loss_kernels.h"
#include "optimized/kernels/row.h"
#include <math.h>

/** LANES doubles, in as many registers as it takes. */
typedef double double_vec __attribute__((vector_size(8 * LANES)));

static double squared_distance(const float *a, const float *b, size_t n)
{
    double_vec sums = {0};
    for (size_t c = 0; c < n; c += LANES) {
        vec difference = row_load(a, c, n, 0) - row_load(b, c, n, 0);
        double_vec wide = __builtin_convertvector(difference, double_vec);
        sums += wide * wide;
    }
    double sum = 0;
    for (int l = 0; l < LANES; l++) {
        sum += sums[l];
    }
    return sum;
}

static void add_difference(const float *a, const float *b, float factor, float *grad, size_t n)
{
    for (size_t c = 0; c < n; c += LANES) {
        vec difference = row_load(a, c, n, 0) - row_load(b, c, n, 0);
        row_store(grad, c, n, row_load(grad, c, n, 0) + factor * difference);
    }
}

static fast_logit_sums sums_of_logits(const float *logits, size_t n)
{
    vec largest = vec_all(-INFINITY), sums = {0}, depths = {0};
    for (size_t c = 0; c < n; c += LANES) {
        largest = vec_max(largest, row_load(logits, c, n, -INFINITY));
    }
    float maximum = vec_largest(largest);
    for (size_t c = 0; c < n; c += LANES) {
        sums += vec_exp(row_load(logits, c, n, -INFINITY) - maximum);
        depths += maximum - row_load(logits, c, n, maximum);
    }
    return (fast_logit_sums){maximum, vec_sum(sums), vec_sum(depths)};
}

static void add_probabilities(const float *logits, float log_sum_exp, float uniform, float factor,
                              float *grad, size_t n)
{
    for (size_t c = 0; c < n; c += LANES) {
        vec p = vec_exp(row_load(logits, c, n, log_sum_exp) - log_sum_exp);
        row_store(grad, c, n, row_load(grad, c, n, 0) + factor * (p - uniform));
    }
}

extern const fast_loss_kernels FOR_ISA(fast_loss_kernels);
const fast_loss_kernels FOR_ISA(fast_loss_kernels) = {
    .squared_distance = squared_distance,
    .add_difference = add_difference,
    .sums_of_logits = sums_of_logits,
    .add_probabilities = add_probabilities,
};
