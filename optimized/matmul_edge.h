/**
 * @file matmul_edge.h
 * A strip of a product that hangs over the edge of C. Not for callers of the library.
 */
#ifndef OPTIMIZED_MATMUL_EDGE_H
#define OPTIMIZED_MATMUL_EDGE_H

#include "optimized/kernels/kernels.h"
#include "optimized/kernels/matmul_kernels.h"
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/**
 * The same as the kernel, but of C and D there are only n_rows rows and n_cols columns.
 *
 * @param[in]     kernels  the innermost loops
 * @param[in]     x        the product, of whole tiles
 * @param[in]     n_rows   rows of C and D
 * @param[in]     n_cols   columns of C and D
 * @param[in,out] tile     scratch, as large as C would be
 */
void fast_multiply_at_edge(const fast_kernels *kernels, fast_strip_product x, size_t n_rows,
                           size_t n_cols, float *tile);

/** @} */

#endif
