/**
 * @file tanh_rows.h
 * The bend of a dense layer with tanh, on all rows of a view. Not for callers of the library.
 */
#ifndef OPTIMIZED_TANH_ROWS_H
#define OPTIMIZED_TANH_ROWS_H

#include "optimized/kernels/row_kernels.h"
#include "optimized/rows.h"

/** @addtogroup optimized_core @{ */

/**
 * y = tanh(y).
 *
 * @param[in] y        its floats change
 * @param[in] context  its kernels and number of threads are read
 */
static inline void tanh_rows(const fast_view *y, const fast_context *context)
{
#pragma omp parallel for schedule(static) num_threads(n_threads_for(y, context))
    for (size_t row = 0; row < n_listed_rows(y); row++) {
        context->kernels->row->tanh(listed_row(y, row), y->n_cols);
    }
}

/**
 * y = tanh(x):  grad = grad o (1 - y^2).
 *
 * @param[in] y        what the forward pass left
 * @param[in] grad     the gradient of y becomes that of x
 * @param[in] context  its kernels and number of threads are read
 */
static inline void tanh_rows_backward(const fast_view *y, const fast_view *grad,
                                      const fast_context *context)
{
#pragma omp parallel for schedule(static) num_threads(n_threads_for(y, context))
    for (size_t row = 0; row < n_listed_rows(y); row++) {
        context->kernels->row->tanh_backward(listed_row(y, row), listed_row(grad, row), y->n_cols);
    }
}

/** @} */

#endif
