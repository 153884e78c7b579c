/**
 * @file dropout_kernels.h
 * Which numbers of a row are left out, and what becomes of the others.
 */
#ifndef OPTIMIZED_KERNELS_DROPOUT_KERNELS_H
#define OPTIMIZED_KERNELS_DROPOUT_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/** @addtogroup optimized_core @{ */

/** How much the argument of the hash grows from one number to the next: 2^64 divided by the golden
 *  ratio. */
#define FAST_DROPOUT_STEP 0x9e3779b97f4a7c15u

/** What all rows share. */
typedef struct {
    float scale;            /**< 1 / (1 - rate) */
    uint32_t smallest_kept; /**< numbers with a smaller hash are left out */
    int32_t may_keep;       /**< -1; or 0, if not even the largest hash is kept */
} fast_dropout_rule;

/** The kernels of this topic. Each takes the argument of the hash of the row's first number. */
struct fast_dropout_kernels {
    /** y_c = scale x_c  where it is kept, else 0,  for n floats; y may be x. */
    void (*forward)(const float *x, const fast_dropout_rule *rule, uint64_t first, float *y,
                    size_t n);

    /** dx_c += scale dy_c  where it was kept,  for n floats. */
    void (*backward)(const float *dy, const fast_dropout_rule *rule, uint64_t first, float *dx,
                     size_t n);
};

/** @} */

#endif
