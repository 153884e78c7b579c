/**
 * @file checks.h
 * What the public functions ask about their views, before any thread starts.
 */
#ifndef OPTIMIZED_CHECKS_H
#define OPTIMIZED_CHECKS_H

#include "optimized/view.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/**
 * Whether every matrix of a view has this shape.
 *
 * @param[in] view    any view
 * @param[in] n_rows  rows
 * @param[in] n_cols  columns
 * @return            whether it is so
 */
static inline bool has_shape(const fast_view *view, size_t n_rows, size_t n_cols)
{
    return view->n_rows == n_rows && view->n_cols == n_cols;
}

/**
 * Whether two views have as many sequences and as many heads.
 *
 * @param[in] a  one view
 * @param[in] b  the other
 * @return       whether it is so
 */
static inline bool have_same_heads(const fast_view *a, const fast_view *b)
{
    return a->n_batch == b->n_batch && a->n_heads == b->n_heads;
}

/**
 * Whether any of a view's sizes is 0.
 *
 * @param[in] view  any view
 * @return          whether it is so
 */
static inline bool is_empty(const fast_view *view)
{
    return view->n_batch == 0 || view->n_heads == 0 || view->n_rows == 0 || view->n_cols == 0;
}

/**
 * Whether two views agree in all of their sizes.
 *
 * @param[in] a  a view
 * @param[in] b  another view
 * @return       whether they do; strides may differ
 */
static inline bool same_shape(const fast_view *a, const fast_view *b)
{
    return have_same_heads(a, b) && has_shape(a, b->n_rows, b->n_cols);
}

/**
 * Whether two elements of an output may be the same float, as with a stride of 0.
 *
 * @param[in] view  an output, not empty
 * @return          false if its axes are nested: each steps over all that the shorter steps reach
 */
static inline bool overlaps_itself(const fast_view *view)
{
    struct {
        size_t size, stride;
    } axes[] = {{view->n_rows, view->row_stride},
                {view->n_heads, view->head_stride},
                {view->n_batch, view->batch_stride}};
    enum { N_AXES = sizeof axes / sizeof axes[0] };
    size_t n_reached = view->n_cols;
    for (bool is_done[N_AXES] = {false};;) {
        int next = -1; /* the axis with the shortest step of those that are left */
        for (int a = 0; a < N_AXES; a++) {
            bool is_left = !is_done[a] && axes[a].size > 1;
            next = is_left && (next < 0 || axes[a].stride < axes[next].stride) ? a : next;
        }
        if (next < 0) {
            return false;
        }
        if (axes[next].stride < n_reached) {
            return true;
        }
        n_reached += (axes[next].size - 1) * axes[next].stride;
        is_done[next] = true;
    }
}

/** @} */

#endif
