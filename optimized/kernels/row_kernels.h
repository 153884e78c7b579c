/**
 * @file row_kernels.h
 * What is done to whole rows: sums, wherever parameters are shared by all of them or few rows are
 * weighed, and the bend of a dense layer with tanh.
 */
#ifndef OPTIMIZED_KERNELS_ROW_KERNELS_H
#define OPTIMIZED_KERNELS_ROW_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** The kernels of this topic. */
struct fast_row_kernels {
    /** sum_c += x_c  for n floats. */
    void (*add)(const float *x, float *sum, size_t n);

    /** sum_c += x_ic  for n_rows rows of n floats, one after the other, stride floats apart. */
    void (*add_all)(const float *x, size_t n_rows, size_t stride, float *sum, size_t n);

    /** sum_c += sum_i weights_i x_ic  for n_rows rows of n floats, stride floats apart. */
    void (*add_weighted)(const float *x, size_t n_rows, size_t stride, const float *weights,
                         float *sum, size_t n);

    /** y_c = tanh(y_c)  for n floats. */
    void (*tanh)(float *y, size_t n);

    /** y = tanh(x):  grad_c = grad_c (1 - y_c^2),  the gradient of y becomes that of x. */
    void (*tanh_backward)(const float *y, float *grad, size_t n);
};

/** @} */

#endif
