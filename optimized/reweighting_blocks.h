/**
 * @file reweighting_blocks.h
 * Blocks of queries and of keys for the fused forms of reweighting: how they are cut, padded and
 * multiplied. Not for callers of the library.
 */
#ifndef OPTIMIZED_REWEIGHTING_BLOCKS_H
#define OPTIMIZED_REWEIGHTING_BLOCKS_H

#include "optimized/context.h"
#include "optimized/kernels/matmul_kernels.h"
#include "optimized/kernels/transpose_kernels.h"
#include "optimized/reweighting.h"
#include "optimized/scratch.h"
#include "optimized/view.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdbool.h>

/** @addtogroup optimized_core @{ */

/** Keys whose weights are in the cache at a time: a multiple of every tile. */
enum { KEYS_AT_A_TIME = 128 };

/** The queries of one task: they lie on the lanes, as wide as the register tile at most. */
typedef struct {
    size_t batch;     /**< which sequence */
    size_t head;      /**< which head of it */
    size_t begin;     /**< the first query */
    size_t n_rows;    /**< how many queries */
    size_t n_vectors; /**< vectors that hold them, the last one padded */
    size_t width;     /**< floats of these vectors */
} query_tile;

/** Rows that a kernel may read as whole tiles: the caller's, or a padded copy. */
typedef struct {
    const float *data; /**< element (0, 0) */
    size_t n_rows;     /**< whole tiles of rows */
    size_t stride;     /**< floats from one row to the next */
} padded_rows;

/**
 * Queries of a task at most.
 *
 * @param[in] kernels  the innermost loops
 * @return             how many
 */
static inline size_t tile_width(const fast_kernels *kernels)
{
    return kernels->tile_vectors * kernels->lanes;
}

/**
 * How many tasks there are.
 *
 * @param[in] view     its sequences and heads are read
 * @param[in] n_q      queries of each
 * @param[in] kernels  the innermost loops
 * @return             how many
 */
static inline size_t n_query_tiles(const fast_view *view, size_t n_q, const fast_kernels *kernels)
{
    return view->n_batch * view->n_heads * n_blocks_of(n_q, tile_width(kernels));
}

/**
 * The queries of one task.
 *
 * @param[in] view     its sequences and heads are read
 * @param[in] n_q      queries of each
 * @param[in] task     0 .. n_query_tiles() - 1
 * @param[in] kernels  the innermost loops
 * @return             the queries
 */
static inline query_tile query_tile_at(const fast_view *view, size_t n_q, size_t task,
                                       const fast_kernels *kernels)
{
    size_t n_tiles = n_blocks_of(n_q, tile_width(kernels)), matrix = task / n_tiles;
    query_tile tile = {.batch = matrix / view->n_heads,
                       .head = matrix % view->n_heads,
                       .begin = task % n_tiles * tile_width(kernels)};
    tile.n_rows = min_of(tile_width(kernels), n_q - tile.begin);
    tile.n_vectors = n_blocks_of(tile.n_rows, kernels->lanes);
    tile.width = tile.n_vectors * kernels->lanes;
    return tile;
}

/**
 * Some rows of one matrix of a view.
 *
 * @param[in] view    the view
 * @param[in] tile    which sequence and head
 * @param[in] begin   the first row
 * @param[in] n_rows  how many
 * @return            the rows
 */
static inline fast_rows rows_at(const fast_view *view, const query_tile *tile, size_t begin,
                                size_t n_rows)
{
    float *first = fast_view_at(view, tile->batch, tile->head) + begin * view->row_stride;
    return (fast_rows){first, n_rows, view->n_cols, view->row_stride};
}

/**
 * Some numbers of a view whose matrices are one row each.
 *
 * @param[in] view       the view
 * @param[in] tile       which sequence and head
 * @param[in] begin      the first number
 * @param[in] n_numbers  how many
 * @return               the row of them
 */
static inline fast_rows numbers_at(const fast_view *view, const query_tile *tile, size_t begin,
                                   size_t n_numbers)
{
    return (fast_rows){fast_view_at(view, tile->batch, tile->head) + begin, 1, n_numbers, 0};
}

/**
 * Columns of a padded copy, which serves as vectors and as tiles.
 *
 * @param[in] n_cols   columns of what is copied
 * @param[in] kernels  the innermost loops
 * @return             n_cols, rounded up
 */
static inline size_t padded_width(size_t n_cols, const fast_kernels *kernels)
{
    bool are_lanes_more = kernels->lanes > kernels->tile_rows;
    return padded_to(n_cols, are_lanes_more ? kernels->lanes : kernels->tile_rows);
}

/**
 * Rows as whole tiles, in both directions.
 *
 * @param[in]  rows     the rows
 * @param[in]  kernels  the innermost loops
 * @param[out] copy     room for a padded copy
 * @return              the rows themselves if nothing is ragged, else the copy
 */
static inline padded_rows whole_tiles(fast_rows rows, const fast_kernels *kernels, float *copy)
{
    size_t n_rows = padded_to(rows.n_rows, kernels->tile_rows);
    if (n_rows == rows.n_rows && rows.n_cols % kernels->tile_rows == 0) {
        return (padded_rows){rows.data, n_rows, rows.stride};
    }
    size_t width = padded_width(rows.n_cols, kernels);
    kernels->transpose->copy_rows(rows, 1.0f, copy, n_rows, width);
    return (padded_rows){copy, n_rows, width};
}

/**
 * c = rows b,  a row of c for each of the rows.
 *
 * @param[in]  kernels  the innermost loops
 * @param[in]  rows     whole tiles
 * @param[in]  n_cols   columns of the rows: terms of each sum
 * @param[in]  b        (n_cols x tile->width)
 * @param[in]  tile     the queries
 * @param[out] c        (rows.n_rows x tile->width)
 */
static inline void multiply_rows(const fast_kernels *kernels, padded_rows rows, size_t n_cols,
                                 const float *b, const query_tile *tile, float *c)
{
    kernels->matmul->multiply(&(fast_strip_product){.n_rows = rows.n_rows,
                                                    .n_inner = n_cols,
                                                    .n_vectors = tile->n_vectors,
                                                    .a = rows.data,
                                                    .a_row = rows.stride,
                                                    .a_inner = 1,
                                                    .b = b,
                                                    .b_row = tile->width,
                                                    .beta = 0.0f,
                                                    .c = c,
                                                    .c_row = tile->width});
}

/**
 * c = rows^T b,  or c += rows^T b: a row of c for each column of the rows.
 *
 * @param[in]     kernels   the innermost loops
 * @param[in]     rows      whole tiles
 * @param[in]     n_rows    how many of the rows count: terms of each sum
 * @param[in]     n_cols    columns of the rows
 * @param[in]     b         (n_rows x tile->width)
 * @param[in]     tile      the queries
 * @param[in]     is_added  whether to add to c
 * @param[in,out] c         (n_cols x tile->width), and room for a whole tile of rows
 */
static inline void multiply_columns(const fast_kernels *kernels, padded_rows rows, size_t n_rows,
                                    size_t n_cols, const float *b, const query_tile *tile,
                                    bool is_added, float *c)
{
    kernels->matmul->multiply(&(fast_strip_product){.n_rows = padded_to(n_cols, kernels->tile_rows),
                                                    .n_inner = n_rows,
                                                    .n_vectors = tile->n_vectors,
                                                    .a = rows.data,
                                                    .a_row = 1,
                                                    .a_inner = rows.stride,
                                                    .b = b,
                                                    .b_row = tile->width,
                                                    .beta = is_added ? 1.0f : 0.0f,
                                                    .d = c,
                                                    .d_row = tile->width,
                                                    .c = c,
                                                    .c_row = tile->width});
}

/**
 * Whether a proximity and a bandwidth can be used.
 *
 * @param[in] proximity  must be one of the kernels
 * @param[in] bandwidth  must be positive and finite
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  they cannot
 */
static inline int check_proximity(fast_proximity proximity, float bandwidth)
{
    bool is_known = false;
    switch (proximity) {
    case FAST_GAUSSIAN:
    case FAST_BOXCAR:
    case FAST_TRIANGULAR:
    case FAST_EPANECHNIKOV:
    case FAST_EXPONENTIAL:
    case FAST_INVERSE:
        is_known = true;
    }
    if (!is_known) {
        GSL_ERROR("the proximity must be one of the kernels of fast_proximity", GSL_EINVAL);
    }
    if (!(bandwidth > 0.0f && isfinite(bandwidth))) {
        GSL_ERROR("the bandwidth must be positive and finite", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/** @} */

#endif
