/**
 * @file scratch.h
 * Sizes of blocks, and the parts of a thread's scratch memory. Not for callers of the library.
 */
#ifndef OPTIMIZED_SCRATCH_H
#define OPTIMIZED_SCRATCH_H

#include "optimized/view.h"
#include "optimized/workspace.h"
#include <stddef.h>
#include <stdint.h>

/** @addtogroup optimized_core @{ */

/**
 * The smaller of two numbers.
 *
 * @param[in] a  one
 * @param[in] b  the other
 * @return       the smaller
 */
static inline size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/**
 * The larger of two numbers.
 *
 * @param[in] a  one
 * @param[in] b  the other
 * @return       the larger
 */
static inline size_t larger_of(size_t a, size_t b)
{
    return a > b ? a : b;
}

/**
 * How many blocks it takes to hold n things.
 *
 * @param[in] n      how many things
 * @param[in] block  how many go into a block, at least 1
 * @return           n / block, rounded up
 */
static inline size_t n_blocks_of(size_t n, size_t block)
{
    return n / block + (n % block != 0);
}

/**
 * The next multiple of a block.
 *
 * @param[in] n      how many things
 * @param[in] block  how many go into a block, at least 1
 * @return           the multiple, or SIZE_MAX if there is none
 */
static inline size_t padded_to(size_t n, size_t block)
{
    size_t padded;
    return __builtin_mul_overflow(n_blocks_of(n, block), block, &padded) ? SIZE_MAX : padded;
}

/**
 * One part of a scratch memory: n_rows x n_cols floats. One list of parts serves both the size
 * query, which only counts them, and the function, which takes them.
 *
 * @param[in,out] from    where the part is taken from, or NULL to count its bytes only
 * @param[in]     n_rows  rows
 * @param[in]     n_cols  columns
 * @param[out]    part    the part, or NULL
 * @return                its bytes, or SIZE_MAX if they cannot be represented
 */
static inline size_t take_part(fast_workspace *from, size_t n_rows, size_t n_cols, float **part)
{
    size_t n_floats;
    if (__builtin_mul_overflow(n_rows, n_cols, &n_floats)) {
        n_floats = SIZE_MAX;
    }
    size_t n_bytes = fast_piece_size(n_floats, sizeof **part);
    *part = from != NULL ? fast_workspace_take(from, n_bytes) : NULL;
    return n_bytes;
}

/**
 * The same for a dense view: as many matrices as it says, one behind the other.
 *
 * @param[in,out] from     where the floats are taken from, or NULL to count their bytes only
 * @param[in]     n_batch  sequences
 * @param[in]     n_heads  heads of each sequence
 * @param[in]     n_rows   rows of each head
 * @param[in]     n_cols   columns of each row
 * @param[out]    view     the view, or one without data
 * @return                 its bytes, or SIZE_MAX if they cannot be represented
 */
static inline size_t take_view(fast_workspace *from, size_t n_batch, size_t n_heads, size_t n_rows,
                               size_t n_cols, fast_view *view)
{
    size_t n;
    *view = fast_view_tensor(NULL, n_batch, n_heads, n_rows, n_cols);
    if (__builtin_mul_overflow(n_batch, n_heads, &n) || __builtin_mul_overflow(n, n_rows, &n)) {
        n = SIZE_MAX;
    }
    return take_part(from, n, n_cols, &view->data);
}

/** @} */

#endif
