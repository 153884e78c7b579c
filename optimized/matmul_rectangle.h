/**
 * @file matmul_rectangle.h
 * One task of fast_matmul(): a rectangle of C. For matmul.c only.
 */
#ifndef OPTIMIZED_MATMUL_RECTANGLE_H
#define OPTIMIZED_MATMUL_RECTANGLE_H

#include "optimized/kernels/kernels.h"
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** A matrix and its steps: element (i, j) is at i * row + j * column, and one of the two is 1. */
typedef struct {
    float *data;   /**< element (0, 0) */
    size_t row;    /**< floats from one row to the next */
    size_t column; /**< floats from one column to the next */
} matmul_matrix;

/** C = alpha A B + beta D.  A, (n_rows x n_inner), and B, (n_inner x n_cols), mean op(A), op(B). */
typedef struct {
    const fast_kernels *kernels; /**< the innermost loops */
    size_t n_rows;               /**< of A and C */
    size_t n_cols;               /**< of B and C */
    size_t n_inner;              /**< terms of each sum */
    float alpha;                 /**< factor of the product */
    float beta;                  /**< factor of D */
    matmul_matrix a;             /**< op(A) */
    matmul_matrix b;             /**< op(B) */
    matmul_matrix d;             /**< D, which may be C */
    matmul_matrix c;             /**< C */
} matmul_product;

/** How a product is cut. */
typedef struct {
    size_t n_inner;       /**< terms of a sum in a block */
    size_t n_vectors;     /**< in a row of C, padded */
    size_t n_panels;      /**< in a row of C; a panel is at most one register tile wide */
    size_t n_strip_rows;  /**< rows of C that are done at a time for every panel */
    size_t n_task_rows;   /**< rows of a rectangle */
    size_t n_task_panels; /**< panels of a rectangle */
    size_t n_down;        /**< rectangles below each other in C */
    size_t n_across;      /**< rectangles beside each other in C */
} matmul_cut;

/** The scratch memory of one thread. */
typedef struct {
    float *panels; /**< a block of alpha op(B), panel after panel */
    float *strip;  /**< a copied strip of op(A), row after row */
    float *tile;   /**< a strip of C that hangs over its edge */
} matmul_scratch;

/**
 * Computes one rectangle of C.
 *
 * @param[in]     x        the product
 * @param[in]     cut      how it is cut
 * @param[in]     down     which rectangle, from above
 * @param[in]     across   which rectangle, from the left
 * @param[in,out] scratch  memory that no other thread uses
 */
void fast_matmul_rectangle(const matmul_product *x, const matmul_cut *cut, size_t down,
                           size_t across, const matmul_scratch *scratch);

/** @} */

#endif
