/**
 * @file packed_matrix.h
 * A right factor that many products share: packed once, multiplied panel by panel. fast_matmul()
 * packs its right factor in every call, which a loop over time cannot afford. Not for callers of
 * the library.
 */
#ifndef OPTIMIZED_PACKED_MATRIX_H
#define OPTIMIZED_PACKED_MATRIX_H

#include "optimized/context.h"
#include "optimized/view.h"
#include "optimized/workspace.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** op(B), (n_inner x n_cols), in panels as wide as the register tile, padded with zeros. */
typedef struct {
    const fast_kernels *kernels; /**< the innermost loops */
    fast_view b;                 /**< B, one matrix */
    bool is_transposed;          /**< whether op(B) is the transpose of B */
    bool is_in_place;            /**< panels that need no padding are read where they lie */
    size_t n_inner;              /**< rows of op(B) */
    size_t n_cols;               /**< columns of op(B) */
    size_t n_vectors;            /**< in a row of op(B), padded */
    size_t n_panels;             /**< in a row of op(B) */
    float *panels;               /**< one after the other */
} fast_packed_matrix;

/** Where a panel lies in op(B). */
typedef struct {
    size_t column;    /**< its first column */
    size_t n_cols;    /**< its columns */
    size_t n_vectors; /**< in each of its rows, padded */
} fast_packed_panel;

/**
 * Room for the panels: taken, or only counted.
 *
 * @param[in]     transpose  whether op(B) is the transpose of B
 * @param[in]     b          B, one matrix
 * @param[in]     n_rows     rows that all products together will multiply with it: few do not make
 *                           up for packing, B is then read where it lies
 * @param[in]     kernels    the innermost loops
 * @param[in,out] from       where the room is taken from, or NULL to count its bytes only
 * @param[out]    packed     the matrix, whose panels are still to be filled
 * @return                   the bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_packed_take(bool transpose, const fast_view *b, size_t n_rows,
                        const fast_kernels *kernels, fast_workspace *from,
                        fast_packed_matrix *packed);

/**
 * One panel.
 *
 * @param[in] packed  the matrix
 * @param[in] index   0 .. n_panels - 1
 * @return            where it lies; all are equally wide, give or take one vector
 */
fast_packed_panel fast_packed_panel_at(const fast_packed_matrix *packed, size_t index);

/**
 * Fill one panel. Panels are independent of each other: any threads may fill them.
 *
 * @param[in] packed  the matrix
 * @param[in] index   0 .. n_panels - 1
 */
void fast_packed_fill(const fast_packed_matrix *packed, size_t index);

/**
 * Fill all panels, a share of them in each thread.
 *
 * @param[in] packed   the matrix
 * @param[in] context  its number of threads is read
 */
void fast_packed_fill_all(const fast_packed_matrix *packed, const fast_context *context);

/**
 * C = A B_i + beta C, where B_i is a panel of op(B), filled. Each sum is one long sum.
 *
 * @param[in]     packed  the matrix
 * @param[in]     index   which panel: i
 * @param[in]     n_rows  of A and C, a multiple of tile_rows
 * @param[in]     a       A, (n_rows x n_inner)
 * @param[in]     a_row   floats from one row of A to the next
 * @param[in]     beta    with 0 the old C is not read
 * @param[in,out] c       C, as wide as the padded panel
 * @param[in]     c_row   floats from one row of C to the next
 */
void fast_packed_multiply(const fast_packed_matrix *packed, size_t index, size_t n_rows,
                          const float *a, size_t a_row, float beta, float *c, size_t c_row);

/**
 * C = A op(B) + beta D, for any number of rows. Each sum is one long sum: neither the rows that are
 * multiplied in one call nor the threads change it.
 *
 * @param[in]     packed   the matrix, filled
 * @param[in]     a        A, whose rows are evenly spaced: (n_rows x n_inner) in all
 * @param[in]     beta     with 0 D is not read
 * @param[in]     d        D, as large as C; it may be C, and its rows may all be the same
 * @param[in,out] c        C, whose rows are evenly spaced: (n_rows x n_cols) in all
 * @param[in]     context  with a workspace of fast_packed_multiply_rows_size() bytes
 */
void fast_packed_multiply_rows(const fast_packed_matrix *packed, const fast_view *a, float beta,
                               const fast_view *d, const fast_view *c, fast_context *context);

/**
 * Bytes of workspace that fast_packed_multiply_rows() needs.
 *
 * @param[in] packed   taken or counted
 * @param[in] context  its number of threads is read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_packed_multiply_rows_size(const fast_packed_matrix *packed,
                                      const fast_context *context);

/** @} */

#endif
