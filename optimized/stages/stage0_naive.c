/* Stage 0: the loops of a textbook.
 *
 * Idea  The formulas as they stand: matrices of doubles, three loops a product, one sum at a time.
 * Time  gcc 94.6 ms, clang 94.4 ms: 2.9 GFLOP/s, 2 % of what one core can do. Every sum waits for
 *       its last addition, and v[j * d + c] walks down a column: of 1000 multiply-adds, 575 miss
 *       the first cache. */
#include "optimized/stages/stages.h"

#include <math.h>

size_t stage0_size(size_t n_q, size_t n_k, size_t d)
{
    return (n_q * d + 2 * n_k * d + n_q * n_k) * sizeof(double);
}

/* Copy floats as doubles; the place after the last one. */
static double *widen(size_t size, const float *from, double *to)
{
    for (size_t i = 0; i < size; i++) {
        to[i] = from[i];
    }
    return to + size;
}

/* row = softmax(row) */
static void softmax(size_t n, double *row)
{
    double max = row[0], sum = 0.0;
    for (size_t j = 1; j < n; j++) {
        max = row[j] > max ? row[j] : max;
    }
    for (size_t j = 0; j < n; j++) {
        row[j] = exp(row[j] - max);
        sum += row[j];
    }
    for (size_t j = 0; j < n; j++) {
        row[j] /= sum;
    }
}

/* weights_ij = scale sum_p q_ip k_jp */
static void scores(size_t n_q, size_t n_k, size_t d, const double *q, const double *k,
                   double *weights)
{
    double scale = 1.0 / sqrt((double)d);
    // [product]
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k; j++) {
            double sum = 0.0;
            for (size_t p = 0; p < d; p++) {
                sum += q[i * d + p] * k[j * d + p];
            }
            weights[i * n_k + j] = scale * sum;
        }
    }
    // [product]
}

/* output_ic = sum_j weights_ij v_jc */
static void weighted_sums(size_t n_q, size_t n_k, size_t d, const double *weights, const double *v,
                          float *output)
{
    for (size_t i = 0; i < n_q; i++) {
        for (size_t c = 0; c < d; c++) {
            double sum = 0.0;
            for (size_t j = 0; j < n_k; j++) {
                sum += weights[i * n_k + j] * v[j * d + c];
            }
            output[i * d + c] = (float)sum;
        }
    }
}

void stage0_naive(size_t n_q, size_t n_k, size_t d, const float *q, const float *k, const float *v,
                  float *output, void *scratch)
{
    double *double_q = scratch;
    double *double_k = widen(n_q * d, q, double_q);
    double *double_v = widen(n_k * d, k, double_k);
    double *weights = widen(n_k * d, v, double_v); /* (n_q x n_k) */

    scores(n_q, n_k, d, double_q, double_k, weights);
    for (size_t i = 0; i < n_q; i++) {
        softmax(n_k, weights + i * n_k);
    }
    weighted_sums(n_q, n_k, d, weights, double_v, output);
}
