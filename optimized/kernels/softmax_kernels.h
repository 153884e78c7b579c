/**
 * @file softmax_kernels.h
 * The innermost loops of the softmax of one row, whose scores lie side by side on the lanes.
 */
#ifndef OPTIMIZED_KERNELS_SOFTMAX_KERNELS_H
#define OPTIMIZED_KERNELS_SOFTMAX_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** The kernels of this topic. Every array has n floats, n being any number. */
struct fast_softmax_kernels {
    /** Whether no x is NaN or +INFINITY. */
    bool (*are_scores)(const float *x, size_t n);

    /** y = e^x for x < 88: at most 2 ulp off, exactly 1 at 0, exactly 0 below -87. */
    void (*exp)(const float *x, float *y, size_t n);

    /** The largest score m, or -INFINITY; *sum = sum_j exp(scores_j - m), or 0. */
    float (*maximum_and_sum)(const float *scores, size_t n, float *sum);

    /** weights_j = exp(scores_j - m) / sum_l exp(scores_l - m), or all 0; may be done in place. */
    void (*forward)(const float *scores, float *weights, size_t n);

    /** grad_scores_j += p_j (dp_j - sum_l p_l dp_l). */
    void (*backward)(const float *weights, const float *grad_weights, float *grad_scores, size_t n);
};

/** @} */

#endif
