/* Layer normalisation of one row. It is walked three times, in the L1 cache: the variance is summed
   from differences to the mean, so that a large mean takes no digits away from it. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/layer_norm_kernels.h"
#include "optimized/kernels/row.h"
#include <math.h>

static void forward(const fast_norm_row *row, float epsilon, float *mean, float *rate)
{
    size_t d = row->d;
    vec sums = {0}, squares = {0};
    for (size_t c = 0; c < d; c += LANES) {
        sums += row_load(row->x, c, d, 0);
    }
    float mu = vec_sum(sums) / (float)d;
    for (size_t c = 0; c < d; c += LANES) {
        vec difference = row_load(row->x, c, d, mu) - mu;
        squares += difference * difference;
    }
    float r = 1.0f / sqrtf(vec_sum(squares) / (float)d + epsilon);
    for (size_t c = 0; c < d; c += LANES) {
        vec z = (row_load(row->x, c, d, mu) - mu) * r;
        vec y = row_load(row->gain, c, d, 0) * z + row_load(row->bias, c, d, 0);
        row_store(row->output, c, d, y);
    }
    *mean = mu;
    *rate = r;
}

static void backward(const fast_norm_row *row, float mean, float rate)
{
    size_t d = row->d;
    vec sum_g = {0}, sum_gz = {0};
    for (size_t c = 0; c < d; c += LANES) {
        vec z = (row_load(row->x, c, d, mean) - mean) * rate;
        vec dy = row_load(row->grad_output, c, d, 0), g = row_load(row->gain, c, d, 0) * dy;
        sum_g += g;
        sum_gz += g * z;
        row_store(row->grad_gain, c, d, row_load(row->grad_gain, c, d, 0) + dy * z);
        row_store(row->grad_bias, c, d, row_load(row->grad_bias, c, d, 0) + dy);
    }
    float mean_g = vec_sum(sum_g) / (float)d, mean_gz = vec_sum(sum_gz) / (float)d;
    for (size_t c = 0; c < d; c += LANES) {
        vec z = (row_load(row->x, c, d, mean) - mean) * rate;
        vec g = row_load(row->gain, c, d, 0) * row_load(row->grad_output, c, d, 0);
        vec dx = rate * (g - mean_g - z * mean_gz);
        row_store(row->grad_x, c, d, row_load(row->grad_x, c, d, 0) + dx);
    }
}

extern const fast_layer_norm_kernels FOR_ISA(fast_layer_norm_kernels);
const fast_layer_norm_kernels FOR_ISA(fast_layer_norm_kernels) = {
    .forward = forward,
    .backward = backward,
};
