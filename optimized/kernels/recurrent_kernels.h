/**
 * @file recurrent_kernels.h
 * The innermost loops of recurrent networks: all that happens to a row of hidden units between two
 * products.
 */
#ifndef OPTIMIZED_KERNELS_RECURRENT_KERNELS_H
#define OPTIMIZED_KERNELS_RECURRENT_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** Some units of a row: what one step reads and writes. Gate k of unit j is at k * gate_stride + j,
    and its bias likewise. Behind u, h, c and new_h there is room up to a whole vector. */
typedef struct {
    size_t n;           /**< units, any number */
    float *gates;       /**< a without bias, then the gates */
    size_t gate_stride; /**< floats from one gate to the next */
    const float *u;     /**< U^T h_{t-1}, gate beside gate */
    size_t u_stride;    /**< floats from one gate to the next */
    const float *bias;  /**< b + b' of each gate; of a GRU b_n alone, and b'_n as a fourth */
    float *inner;       /**< u_n + b'_n of a GRU, c_t of an LSTM */
    const float *h;     /**< h_{t-1} */
    float *c;           /**< c_{t-1}, then c_t */
    float *new_h;       /**< h_t, for the next step */
    float *output;      /**< h_t */
} fast_recurrent_step;

/** The same in reverse. Gate k of unit j is at k * gate_stride + j in gates, grad_a and grad_u.
    Behind grad_h and grad_c there is room up to a whole vector. */
typedef struct {
    size_t n;                 /**< units, any number */
    size_t gate_stride;       /**< floats from one gate to the next */
    const float *gates;       /**< as the forward pass left them */
    const float *inner;       /**< as the forward pass left it */
    const float *h;           /**< h_{t-1} */
    const float *c;           /**< c_{t-1} */
    const float *output;      /**< h_t */
    const float *grad_output; /**< dY */
    float *grad_h;            /**< dh_t but for dY, then what of dh_{t-1} does not go through U */
    float *grad_c;            /**< dc_t, then dc_{t-1} */
    float *grad_a;            /**< da */
    float *grad_u;            /**< du: the same, but for u_n of a GRU */
} fast_recurrent_step_backward;

/** One cell, forward and backward. */
typedef struct {
    /** From a and u to the gates and the new state. */
    void (*forward)(const fast_recurrent_step *step);

    /** From dY and the gradient of the new state to da, du and the gradient of the old one. */
    void (*backward)(const fast_recurrent_step_backward *step);
} fast_cell_kernels;

/** The kernels of this topic. */
struct fast_recurrent_kernels {
    fast_cell_kernels elman; /**< h = tanh(a + u) */
    fast_cell_kernels gru;   /**< r, z, n */
    fast_cell_kernels lstm;  /**< i, f, g, o */
};

/** @} */

#endif
