/**
 * @file layer_norm_kernels.h
 * The innermost loops of layer normalisation of one row, which lies side by side on the lanes.
 */
#ifndef OPTIMIZED_KERNELS_LAYER_NORM_KERNELS_H
#define OPTIMIZED_KERNELS_LAYER_NORM_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** One row and what belongs to it, forward or backward. Every array has d floats. */
typedef struct {
    size_t d;                 /**< columns, at least 1 */
    const float *x;           /**< the row */
    const float *gain;        /**< gain of each column */
    const float *bias;        /**< forward: bias of each column */
    float *output;            /**< forward: Y */
    const float *grad_output; /**< backward: dY */
    float *grad_x;            /**< backward: dX */
    float *grad_gain;         /**< backward: a sum over rows */
    float *grad_bias;         /**< backward: a sum over rows */
} fast_norm_row;

/** The kernels of this topic. */
struct fast_layer_norm_kernels {
    /** mean and rate of x, and  output = gain o (x - mean) rate + bias. */
    void (*forward)(const fast_norm_row *row, float epsilon, float *mean, float *rate);

    /** With  z = (x - mean) rate  and  g = gain o dY:
        grad_x += rate (g - mean(g) - z mean(g o z)),  grad_gain += dY o z,  grad_bias += dY. */
    void (*backward)(const fast_norm_row *row, float mean, float rate);
};

/** @} */

#endif
