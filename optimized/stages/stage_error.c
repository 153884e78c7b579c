/* How far a correct float32 result may be off. With u = 2^-24, exact weights p_j and the exact
 * output y_c of a query,
 *
 *     |actual - y_c| <= u sum_j p_j [w(d + 2) scale |q|.|k_j| + ln(p_max / p_j) + 4] |v_jc - y_c|
 *                     + u [2 w(n_k) + 4] sum_j p_j |v_jc|.
 *
 * The first sum is what wrong weights do, the second what adding up does. w(n) = min(n, 4 sqrt(n))
 * roundings is the worst case up to 16 terms, and four standard deviations beyond (Higham and Mary
 * 2019). */
#include "optimized/stages/stages.h"

#include <float.h>
#include <math.h>

/* Rounding errors of a sum of n terms, in units of u times the sum of their sizes. */
static double growth(double n)
{
    return fmin(n, 4.0 * sqrt(n));
}

/* p = the exact weights of one query; roundings_j = the bracket of the first sum. */
static void exact_weights(size_t n_k, size_t d, const float *q, const float *k, double *p,
                          double *roundings)
{
    double scale = 1.0 / sqrt((double)d), max = -INFINITY, sum = 0.0;
    for (size_t j = 0; j < n_k; j++) {
        double score = 0.0, size = 0.0;
        for (size_t c = 0; c < d; c++) {
            double product = (double)q[c] * k[j * d + c];
            score += scale * product;
            size += scale * fabs(product);
        }
        p[j] = score;
        roundings[j] = growth((double)d + 2.0) * size + 4.0;
        max = fmax(max, score);
    }
    for (size_t j = 0; j < n_k; j++) {
        roundings[j] += max - p[j];
        p[j] = exp(p[j] - max);
        sum += p[j];
    }
    for (size_t j = 0; j < n_k; j++) {
        p[j] /= sum;
    }
}

/* The bound of one number of the output. v points at its column. */
static double bound_of(size_t n_k, size_t d, const double *p, const double *roundings,
                       const float *v)
{
    double y = 0.0, size = 0.0, wrong_weights = 0.0;
    for (size_t j = 0; j < n_k; j++) {
        y += p[j] * v[j * d];
        size += p[j] * fabs((double)v[j * d]);
    }
    for (size_t j = 0; j < n_k; j++) {
        wrong_weights += p[j] * roundings[j] * fabs(v[j * d] - y);
    }
    return FLT_EPSILON / 2.0 * (wrong_weights + (2.0 * growth((double)n_k) + 4.0) * size);
}

void stage_error_bounds(size_t n_q, size_t n_k, size_t d, const float *q, const float *k,
                        const float *v, double *bounds, double *scratch)
{
    double *p = scratch, *roundings = scratch + n_k;
    for (size_t i = 0; i < n_q; i++) {
        exact_weights(n_k, d, q + i * d, k, p, roundings);
        for (size_t c = 0; c < d; c++) {
            bounds[i * d + c] = bound_of(n_k, d, p, roundings, v + c);
        }
    }
}
