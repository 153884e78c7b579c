/**
 * @file workspace.h
 * One aligned block of memory, handed out front to back. The caller allocates it once, as large as
 * the size queries say; nothing is allocated inside a forward or a backward pass.
 */
#ifndef OPTIMIZED_WORKSPACE_H
#define OPTIMIZED_WORKSPACE_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** What every piece of a workspace is aligned to, in bytes: a cache line and the widest vector. */
enum { FAST_ALIGNMENT = 64 };

/** A block of scratch memory. */
typedef struct {
    unsigned char *begin; /**< aligned to FAST_ALIGNMENT */
    size_t n_bytes;       /**< size of the block */
    size_t n_used;        /**< how much of it is handed out */
} fast_workspace;

/**
 * Allocate a workspace.
 *
 * @param[in] n_bytes  its size, as a size query returned it; 0 is allowed
 * @return             the workspace, to be freed with fast_workspace_free(), or NULL after
 *                     reporting GSL_ENOMEM
 */
fast_workspace *fast_workspace_alloc(size_t n_bytes);

/**
 * Free a workspace.
 *
 * @param[in] workspace  what fast_workspace_alloc() returned, or NULL
 */
void fast_workspace_free(fast_workspace *workspace);

/**
 * Hand out the next piece of a workspace.
 *
 * @param[in,out] workspace  where from
 * @param[in]     n_bytes    size of the piece
 * @return                   the piece, aligned to FAST_ALIGNMENT, or NULL if it does not fit
 */
void *fast_workspace_take(fast_workspace *workspace, size_t n_bytes);

/**
 * Bytes that one piece of n_items things takes in a workspace, its alignment included.
 *
 * @param[in] n_items    how many
 * @param[in] item_size  bytes each
 * @return               the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_piece_size(size_t n_items, size_t item_size);

/**
 * The sum of two sizes, for size queries that are a sum of named parts.
 *
 * @param[in] a  one size
 * @param[in] b  the other
 * @return       a + b, or SIZE_MAX if either is SIZE_MAX or the sum cannot be represented
 */
size_t fast_size_sum(size_t a, size_t b);

/** @} */

#endif
