/**
 * @file train_kernels.h
 * One step of an optimizer, on a part of the arrays of all parameters. Every array is aligned to
 * FAST_ALIGNMENT and n is a multiple of its floats, so that there are whole vectors only.
 */
#ifndef OPTIMIZED_KERNELS_TRAIN_KERNELS_H
#define OPTIMIZED_KERNELS_TRAIN_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** The numbers of one step, worked out in double precision. */
typedef struct {
    float clip;        /**< what every gradient is multiplied by */
    float pull;        /**< g += pull p: weight decay inside the gradient */
    float shrink;      /**< p -= shrink p: weight decay apart from it. Not p *= 1 - shrink: a float
                               beside 1 has few digits left for the shrink */
    float rate;        /**< learning rate; for Adam over 1 - beta1^t */
    float keep_first;  /**< momentum, or beta1 */
    float add_first;   /**< 1 - beta1; not for SGD */
    float keep_second; /**< beta2; not for SGD */
    float add_second;  /**< 1 - beta2; not for SGD */
    float correct_second; /**< 1 / (1 - beta2^t); not for SGD */
    float epsilon;        /**< not for SGD */
} fast_update;

/** The same part of each array. */
typedef struct {
    float *values;          /**< p */
    const float *gradients; /**< g */
    float *first;           /**< u of SGD, m of Adam */
    float *second;          /**< v of Adam; NULL for SGD */
    size_t n;               /**< floats */
} fast_update_part;

/** The kernels of this topic. */
struct fast_train_kernels {
    /** sum_i x_i^2 in double precision: no square overflows or is lost. It is finite if and only if
        all x are. */
    double (*sum_of_squares)(const float *x, size_t n);

    /** u = momentum u + g,  p -= rate u. */
    void (*sgd)(const fast_update *update, const fast_update_part *part);

    /** m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
        p -= rate m / (sqrt(correct_second v) + epsilon). */
    void (*adam)(const fast_update *update, const fast_update_part *part);
};

/** @} */

#endif
