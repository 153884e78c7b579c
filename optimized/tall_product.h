/**
 * @file tall_product.h
 * Products in which all rows of all batches and heads are treated alike, as in a projection. Where
 * the rows are evenly spaced in memory, they make one tall matrix: then the other factor is packed
 * once, and the register tiles are full. Not for callers of the library.
 */
#ifndef OPTIMIZED_TALL_PRODUCT_H
#define OPTIMIZED_TALL_PRODUCT_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/**
 * Y = X op(W) + beta D,  for every row of X.
 *
 * @param[in]  x          (n x n_in) for every batch and head
 * @param[in]  transpose  whether op(W) is the transpose of W
 * @param[in]  weight     op(W) is (n_in x n_out), one matrix
 * @param[in]  beta       factor of D; with 0 it is never read
 * @param[in]  d          (n x n_out) for every batch and head; it may be Y
 * @param[out] output     Y, (n x n_out) for every batch and head
 * @param[in]  context    with a workspace of fast_multiply_rows_size() bytes
 * @return                GSL_SUCCESS, or what fast_matmul_onto() reported
 */
int fast_multiply_rows(const fast_view *x, bool transpose, const fast_view *weight, float beta,
                       const fast_view *d, fast_view *output, fast_context *context);

/**
 * Bytes of workspace that fast_multiply_rows() needs, however its rows are spaced.
 *
 * @param[in] x          as for the product
 * @param[in] transpose  as for the product
 * @param[in] weight     as for the product
 * @param[in] context    its kernels and number of threads are read
 * @return               the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_multiply_rows_size(const fast_view *x, bool transpose, const fast_view *weight,
                               const fast_context *context);

/**
 * W += X^T Y,  over all batches and heads.
 *
 * @param[in]     x        (n x n_in) for every batch and head
 * @param[in]     y        (n x n_out) for every batch and head
 * @param[in,out] weight   (n_in x n_out), one matrix
 * @param[in]     context  with a workspace of fast_add_row_products_size() bytes
 * @return                 GSL_SUCCESS, or what fast_matmul() reported
 */
int fast_add_row_products(const fast_view *x, const fast_view *y, fast_view *weight,
                          fast_context *context);

/**
 * Bytes of workspace that fast_add_row_products() needs, however its rows are spaced.
 *
 * @param[in] x        as for the product
 * @param[in] y        as for the product
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_add_row_products_size(const fast_view *x, const fast_view *y,
                                  const fast_context *context);

/** @} */

#endif
