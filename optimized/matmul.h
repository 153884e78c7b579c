/**
 * @file matmul.h
 * The packed, cache-blocked matrix product: the twin of gsl_blas_dgemm, for every batch and head.
 */
#ifndef OPTIMIZED_MATMUL_H
#define OPTIMIZED_MATMUL_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/**
 * C = alpha op(A) op(B) + beta C,  where op(X) is X or its transpose.
 *
 * @param[in]     transpose_a  whether op(A) is the transpose of A
 * @param[in]     transpose_b  whether op(B) is the transpose of B
 * @param[in]     alpha        factor of the product
 * @param[in]     a            op(A) is (m x p) for every batch and head
 * @param[in]     b            op(B) is (p x n) for every batch and head
 * @param[in]     beta         factor of what C held; with 0 the old C is never read, even if NaN
 * @param[in,out] c            (m x n) for every batch and head; overlaps no input
 * @param[in]     context      with a workspace of fast_matmul_size() bytes
 *
 * Inputs may have strides of 0: the same matrix then serves all batches or heads.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or c overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication".
 */
int fast_matmul(bool transpose_a, bool transpose_b, float alpha, const fast_view *a,
                const fast_view *b, float beta, fast_view *c, fast_context *context);

/**
 * C = alpha op(A) op(B) + beta D:  the same, added to another matrix than C.
 *
 * @param[in]     transpose_a  whether op(A) is the transpose of A
 * @param[in]     transpose_b  whether op(B) is the transpose of B
 * @param[in]     alpha        factor of the product
 * @param[in]     a            op(A) is (m x p) for every batch and head
 * @param[in]     b            op(B) is (p x n) for every batch and head
 * @param[in]     beta         factor of D; with 0 it is never read
 * @param[in]     d            (m x n) for every batch and head; it may be C, but not overlap it
 *                             otherwise
 * @param[out]    c            (m x n) for every batch and head; overlaps no other input
 * @param[in]     context      with a workspace of fast_matmul_size() bytes
 *
 * Inputs may have strides of 0: with a row stride of 0, D is one row that is added to all.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or c overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 */
int fast_matmul_onto(bool transpose_a, bool transpose_b, float alpha, const fast_view *a,
                     const fast_view *b, float beta, const fast_view *d, fast_view *c,
                     fast_context *context);

/**
 * Bytes of workspace that fast_matmul() and fast_matmul_onto() need.
 *
 * @param[in] transpose_a  as for the product
 * @param[in] transpose_b  as for the product
 * @param[in] a            as for the product
 * @param[in] b            as for the product
 * @param[in] context      its kernels and number of threads are read
 * @return                 the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_matmul_size(bool transpose_a, bool transpose_b, const fast_view *a, const fast_view *b,
                        const fast_context *context);

/** @} */

#endif
