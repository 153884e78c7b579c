/**
 * @file matmul_kernels.h
 * The innermost loop of the matrix product: one strip of C, as wide as the register tile.
 */
#ifndef OPTIMIZED_KERNELS_MATMUL_KERNELS_H
#define OPTIMIZED_KERNELS_MATMUL_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** The factors, the summand and the result of  C = A B + beta D,  C being one tile wide. */
typedef struct {
    size_t n_rows;    /**< of A and C, a multiple of tile_rows */
    size_t n_inner;   /**< terms of each sum */
    size_t n_vectors; /**< vectors in each row of B and C, 1 .. tile_vectors */
    const float *a;   /**< A; element (i, p) is at i * a_row + p * a_inner */
    size_t a_row;     /**< floats from one row of A to the next */
    size_t a_inner;   /**< floats from one term of a sum to the next */
    const float *b;   /**< B, n_vectors vectors a row */
    size_t b_row;     /**< floats from one row of B to the next */
    float beta;       /**< with 0 D is not read */
    const float *d;   /**< D, as large as C; it may be C */
    size_t d_row;     /**< floats from one row of D to the next: 0 if all rows are the same */
    float *c;         /**< C */
    size_t c_row;     /**< floats from one row of C to the next */
} fast_strip_product;

/** The kernels of this topic. */
struct fast_matmul_kernels {
    /** C = A B + beta D. */
    void (*multiply)(const fast_strip_product *product);
};

/** @} */

#endif
