/**
 * @file row_kernels.h
 * What is done to whole rows wherever parameters are shared by all of them.
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
};

/** @} */

#endif
