/**
 * @file feed_forward_kernels.h
 * The innermost loops of the feed-forward layers: what bends the hidden layer. Every array has n
 * floats, n being any number.
 */
#ifndef OPTIMIZED_KERNELS_FEED_FORWARD_KERNELS_H
#define OPTIMIZED_KERNELS_FEED_FORWARD_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** One activation f, forward and backward. */
typedef struct {
    /** y = f(h). */
    void (*forward)(const float *h, float *y, size_t n);

    /** y = f(h) once more, and  grad_h = f'(h) grad_y;  grad_h may be grad_y. */
    void (*backward)(const float *h, const float *grad_y, float *y, float *grad_h, size_t n);
} fast_activation_kernels;

/** The kernels of this topic. The GELU and its slope are off by at most

        u (2 |y| + (8 + h^2) |h| Phi(-|h|))   and   u (2 + (8 + h^2) (Phi(-|h|) + |h| phi(h))),

    u = 2^-24, phi the normal density and Phi its integral. */
struct fast_feed_forward_kernels {
    fast_activation_kernels relu; /**< max(0, h) */
    fast_activation_kernels gelu; /**< h Phi(h) */
};

/** @} */

#endif
