/**
 * @file rows.h
 * All rows of all matrices of a view as one list. Where every row is treated alike, batches and
 * heads do not matter. Not for callers of the library.
 */
#ifndef OPTIMIZED_ROWS_H
#define OPTIMIZED_ROWS_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/**
 * How many rows all matrices of a view have together.
 *
 * @param[in] view  any view
 * @return          the number
 */
static inline size_t n_listed_rows(const fast_view *view)
{
    return view->n_batch * view->n_heads * view->n_rows;
}

/** Where a row of the list stands. It costs two divisions to find out, so it is done once a row. */
typedef struct {
    size_t batch; /**< its sequence */
    size_t head;  /**< its head */
    size_t row;   /**< its number within the head */
} row_place;

/**
 * Where one row of the list stands.
 *
 * @param[in] view   any view
 * @param[in] index  0 .. n_listed_rows() - 1; those of the first head of the first sequence come
 *                   first
 * @return           its place, in this view and in all others of as many rows
 */
static inline row_place place_of(const fast_view *view, size_t index)
{
    size_t matrix = index / view->n_rows;
    size_t batch = matrix / view->n_heads;
    return (row_place){batch, matrix - batch * view->n_heads, index - matrix * view->n_rows};
}

/**
 * One row.
 *
 * @param[in] view   any view
 * @param[in] place  where it stands
 * @return           its first element
 */
static inline float *row_at(const fast_view *view, row_place place)
{
    return fast_view_at(view, place.batch, place.head) + place.row * view->row_stride;
}

/**
 * The number that belongs to a row.
 *
 * @param[in] view   a view with one row (1 x n) for each matrix: a number for each of its n rows
 * @param[in] place  where the row stands
 * @return           where its number is
 */
static inline float *number_at(const fast_view *view, row_place place)
{
    return fast_view_at(view, place.batch, place.head) + place.row;
}

/**
 * One row of the list.
 *
 * @param[in] view   any view
 * @param[in] index  0 .. n_listed_rows() - 1
 * @return           its first element
 */
static inline float *listed_row(const fast_view *view, size_t index)
{
    return row_at(view, place_of(view, index));
}

/**
 * The number that belongs to a row of the list.
 *
 * @param[in] view   a view with one row (1 x n) for each matrix: a number for each of its n rows
 * @param[in] index  0 .. n_listed_rows() - 1 of the view whose rows they belong to
 * @return           where its number is
 */
static inline float *listed_number(const fast_view *view, size_t index)
{
    size_t matrix = index / view->n_cols;
    return fast_view_at(view, matrix / view->n_heads, matrix % view->n_heads) +
           index % view->n_cols;
}

/**
 * Floats from one row of the list to the next, if all are equally far apart. Matrices of one row are
 * as far apart as their heads or batches.
 *
 * @param[in] view  any view
 * @return          the distance of the first two
 */
static inline size_t distance_of_rows(const fast_view *view)
{
    bool has_others = view->n_heads > 1 || view->n_batch > 1;
    if (view->n_rows > 1 || !has_others) {
        return view->row_stride;
    }
    return view->n_heads > 1 ? view->head_stride : view->batch_stride;
}

/**
 * Whether all rows of the list are equally far apart in memory.
 *
 * @param[in] view  any view
 * @return          whether as_one_matrix() can be made of it
 */
static inline bool is_evenly_spaced(const fast_view *view)
{
    size_t head = view->n_rows * distance_of_rows(view), batch = view->n_heads * head;
    return (view->n_heads == 1 || view->head_stride == head) &&
           (view->n_batch == 1 || view->batch_stride == batch);
}

/**
 * The list of rows as a matrix.
 *
 * @param[in] view  whose rows are evenly spaced
 * @return          one batch and one head with all rows
 */
static inline fast_view as_one_matrix(const fast_view *view)
{
    fast_view matrix = *view;
    matrix.row_stride = distance_of_rows(view);
    matrix.n_batch = matrix.n_heads = 1;
    matrix.n_rows = n_listed_rows(view);
    return matrix;
}

/**
 * The same matrix for every batch and head of another view.
 *
 * @param[in] matrix  one batch and one head
 * @param[in] like    the view that says how many batches and heads
 * @return            a view with strides of 0
 */
static inline fast_view repeated_for(const fast_view *matrix, const fast_view *like)
{
    fast_view repeated = *matrix;
    repeated.n_batch = like->n_batch;
    repeated.n_heads = like->n_heads;
    repeated.batch_stride = repeated.head_stride = 0;
    return repeated;
}

/**
 * Whether a view is a single matrix of this shape: parameters are, as they serve all rows.
 *
 * @param[in] view    any view
 * @param[in] n_rows  rows
 * @param[in] n_cols  columns
 * @return            whether it is so
 */
static inline bool is_one_matrix(const fast_view *view, size_t n_rows, size_t n_cols)
{
    return view->n_batch == 1 && view->n_heads == 1 && view->n_rows == n_rows &&
           view->n_cols == n_cols;
}

/** Work on fewer floats is left to one thread: to wake another takes longer. */
enum { FEW_FLOATS = 1 << 13 };

/**
 * How many of the context's threads are worth waking.
 *
 * @param[in] view     whose rows are to be worked on
 * @param[in] context  its number of threads is read
 * @return             1, or all of them
 */
static inline int n_threads_for(const fast_view *view, const fast_context *context)
{
    bool is_little = n_listed_rows(view) < FEW_FLOATS / view->n_cols;
    return is_little ? 1 : context->n_threads;
}

/** @} */

#endif
