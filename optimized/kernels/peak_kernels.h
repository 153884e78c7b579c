/**
 * @file peak_kernels.h
 * What the machine can do at best: the yardstick of optimized/bench.
 */
#ifndef OPTIMIZED_KERNELS_PEAK_KERNELS_H
#define OPTIMIZED_KERNELS_PEAK_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** The kernels of this topic. */
struct fast_peak_kernels {
    /** x = x factor + term, n_steps times, for as many independent vectors x as the register tile
        has, so that no step waits for the one before. Two operations each. Returns their sum. */
    float (*multiply_add)(size_t n_steps, float factor, float term);
};

/** @} */

#endif
