/**
 * @file view.h
 * A strided window into float32 data: the twin of gsl_matrix_view, with two more axes. It owns
 * nothing. Splitting heads is a new view of the same floats, never a copy.
 */
#ifndef OPTIMIZED_VIEW_H
#define OPTIMIZED_VIEW_H

#include <stddef.h>
#include <string.h>

/** @addtogroup optimized_core @{ */

/**
 * batch x head x row x column. The columns of a row are contiguous; every other axis has a stride,
 * counted in floats. A stride of 0 repeats the same data along its axis, which is allowed for
 * inputs only.
 */
typedef struct {
    float *data;         /**< element (0, 0, 0, 0) */
    size_t n_batch;      /**< sequences */
    size_t n_heads;      /**< heads of each sequence */
    size_t n_rows;       /**< rows of each head, one a token */
    size_t n_cols;       /**< columns of each row */
    size_t batch_stride; /**< floats from one sequence to the next */
    size_t head_stride;  /**< floats from one head to the next */
    size_t row_stride;   /**< floats from one row to the next, as tda in the GSL */
} fast_view;

/**
 * One dense matrix as a view of one batch and one head.
 *
 * @param[in] data    n_rows * n_cols floats, which stay the caller's
 * @param[in] n_rows  rows
 * @param[in] n_cols  columns
 * @return            the view
 */
static inline fast_view fast_view_matrix(float *data, size_t n_rows, size_t n_cols)
{
    return (fast_view){data, 1, 1, n_rows, n_cols, n_rows * n_cols, n_rows * n_cols, n_cols};
}

/**
 * A dense tensor stored batch by batch, head by head.
 *
 * @param[in] data     n_batch * n_heads * n_rows * n_cols floats, which stay the caller's
 * @param[in] n_batch  sequences
 * @param[in] n_heads  heads of each sequence
 * @param[in] n_rows   rows of each head
 * @param[in] n_cols   columns of each row
 * @return             the view
 */
static inline fast_view fast_view_tensor(float *data, size_t n_batch, size_t n_heads, size_t n_rows,
                                         size_t n_cols)
{
    size_t head_stride = n_rows * n_cols;
    return (fast_view){data,        n_batch, n_heads, n_rows, n_cols, n_heads * head_stride,
                       head_stride, n_cols};
}

/**
 * The matrix of one batch and one head.
 *
 * @param[in] view   any view
 * @param[in] batch  which sequence
 * @param[in] head   which head of it
 * @return           its first element; rows are view->row_stride apart
 */
static inline float *fast_view_at(const fast_view *view, size_t batch, size_t head)
{
    return view->data + batch * view->batch_stride + head * view->head_stride;
}

/**
 * Some columns of every row, as a view of the same floats.
 *
 * @param[in] view    any view
 * @param[in] first   the first column
 * @param[in] n_cols  how many
 * @return            the columns; their rows stay as far apart
 */
static inline fast_view fast_view_columns(const fast_view *view, size_t first, size_t n_cols)
{
    fast_view columns = *view;
    columns.data = view->data ? view->data + first : NULL;
    columns.n_cols = n_cols;
    return columns;
}

/**
 * Some rows of every matrix, as a view of the same floats.
 *
 * @param[in] view    any view
 * @param[in] first   the first row
 * @param[in] n_rows  how many
 * @return            the rows; the matrices stay as far apart
 */
static inline fast_view fast_view_rows(const fast_view *view, size_t first, size_t n_rows)
{
    fast_view rows = *view;
    rows.data = view->data ? view->data + first * view->row_stride : NULL;
    rows.n_rows = n_rows;
    return rows;
}

/**
 * All floats become 0.
 *
 * @param[in] dense  a view without gaps, or without data
 */
static inline void fast_view_clear(const fast_view *dense)
{
    if (dense->data) {
        memset(dense->data, 0, dense->n_batch * dense->batch_stride * sizeof *dense->data);
    }
}

/** @} */

#endif
