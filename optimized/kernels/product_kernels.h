/**
 * @file product_kernels.h
 * Products of two padded blocks, both of which are small enough for the cache.
 */
#ifndef OPTIMIZED_KERNELS_PRODUCT_KERNELS_H
#define OPTIMIZED_KERNELS_PRODUCT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** The factors and the result of a product C += A B or C = A B. The rows of C are a multiple of
    tile_rows, unless the product is finished at once. */
typedef struct {
    size_t n_rows;        /**< of C */
    size_t n_inner;       /**< terms of each sum */
    size_t n_vectors;     /**< vectors in each row of B and C */
    const float *a;       /**< A, or its transpose */
    size_t a_stride;      /**< floats from one of its rows to the next */
    const float *b;       /**< B, (n_inner x n_vectors) */
    size_t b_stride;      /**< floats from one row to the next */
    float *c;             /**< C, (n_rows x n_vectors) */
    size_t c_stride;      /**< floats from one row to the next */
    bool is_new;          /**< C is not read: C = A B */
    const float *factors; /**< of a product that is finished at once: a number for each row of C */
    size_t factor_stride; /**< 1, or 0 if the first one is that of all rows */
} fast_product;

/** The kernels of this topic. */
struct fast_product_kernels {
    /** columns_ci *= factors_i for n_rows rows c and n_vectors vectors of queries. */
    void (*scale_columns)(float *columns, size_t n_rows, size_t n_vectors, size_t width,
                          const float *factors);

    /** C += A B. */
    void (*add_product)(const fast_product *product);

    /** C += A^T B, with a the rows of A. */
    void (*add_transposed_product)(const fast_product *product);

    /** C_jt += factor_j sum_p A_jp B_pt, finished at once, straight into rows of the caller, of
        which there may be any number. A factor of 0 makes the product 0. */
    void (*finish_product)(const fast_product *product);

    /** C_jt += factor_j sum_p A_pj B_pt, in the same way. */
    void (*finish_transposed_product)(const fast_product *product);

    /** C_jt += sum_p A_jp (B_pt - self_jt), self being laid out as C. */
    void (*add_differences)(const fast_product *product, const float *self, size_t self_stride);

    /** C_jt += sum_p (A_pj - self_jt) B_pt, self being laid out as C. */
    void (*add_transposed_differences)(const fast_product *product, const float *self,
                                       size_t self_stride);
};

/** @} */

#endif
