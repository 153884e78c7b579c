/**
 * @file loss_kernels.h
 * The innermost loops of the losses, of one row each. Every array has n floats, n being any number.
 */
#ifndef OPTIMIZED_KERNELS_LOSS_KERNELS_H
#define OPTIMIZED_KERNELS_LOSS_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** What the cross-entropy needs to know of a row of logits z. */
typedef struct {
    float maximum; /**< m, the largest */
    float sum;     /**< sum_c exp(z_c - m) */
    float depth;   /**< sum_c (m - z_c) */
} fast_logit_sums;

/** The kernels of this topic. */
struct fast_loss_kernels {
    /** sum_c (a_c - b_c)^2, where the differences are floats and their squares are summed in
        double. */
    double (*squared_distance)(const float *a, const float *b, size_t n);

    /** grad_c += factor (a_c - b_c). */
    void (*add_difference)(const float *a, const float *b, float factor, float *grad, size_t n);

    /** Maximum and sums of a row of logits. If one is NaN or +INFINITY, or all are -INFINITY, then
        sum or maximum are not finite. */
    fast_logit_sums (*sums_of_logits)(const float *logits, size_t n);

    /** grad_c += factor (exp(logits_c - log_sum_exp) - uniform). */
    void (*add_probabilities)(const float *logits, float log_sum_exp, float uniform, float factor,
                              float *grad, size_t n);
};

/** @} */

#endif
