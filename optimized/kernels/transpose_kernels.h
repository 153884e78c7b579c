/**
 * @file transpose_kernels.h
 * Rows to columns and back, and sums along rows: what happens once to a block of rows before and
 * after the products.
 */
#ifndef OPTIMIZED_KERNELS_TRANSPOSE_KERNELS_H
#define OPTIMIZED_KERNELS_TRANSPOSE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** Rows in the memory of the caller: strided, of any size. */
typedef struct {
    float *data;   /**< element (0, 0) */
    size_t n_rows; /**< rows */
    size_t n_cols; /**< columns, contiguous */
    size_t stride; /**< floats from one row to the next */
} fast_rows;

/** The kernels of this topic. */
struct fast_transpose_kernels {
    /** columns_ci = factor * rows_ic. Each of the n_cols rows of the result has width floats, a
        multiple of the lanes; what lies beyond n_rows is set to 0. Room for n_cols rounded up to
        the lanes is needed. */
    void (*to_columns)(fast_rows rows, float factor, float *columns, size_t width);

    /** rows_ic = factors_i * columns_ci,  or += where is_added. With a factor of 0 the column may
        hold anything. */
    void (*to_rows)(const float *columns, size_t width, const float *factors, bool is_added,
                    fast_rows rows);

    /** copy_ic = factor * rows_ic, of n_copied_rows rows of width floats; the rest is set to 0. */
    void (*copy_rows)(fast_rows rows, float factor, float *copy, size_t n_copied_rows,
                      size_t width);

    /** rows_ic += factor * copy_ic, where each row of the copy has width floats. */
    void (*add_rows)(const float *copy, size_t width, float factor, fast_rows rows);

    /** grad_i -= (grad_i . u_i) u_i  with u_i = norms_i * rows_i: what is left of a gradient when
        the length of the row does not matter. Each row of grad has width floats. */
    void (*remove_along)(fast_rows rows, const float *norms, float *grad, size_t width);

    /** products_i = a_i . b_i  for each row. Room for n_rows rounded up to the lanes is needed. */
    void (*row_products)(fast_rows a, const float *b, size_t b_stride, float *products);

    /** norms_i = 1 / |rows_i|, or 0 if the row is zero; no square overflows. Room as above. */
    void (*inverse_norms)(fast_rows rows, float *norms);
};

/** @} */

#endif
