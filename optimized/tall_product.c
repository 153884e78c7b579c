/* Products in which all rows are treated alike: one tall matrix, or matrix by matrix. */
#include "optimized/tall_product.h"
#include "optimized/matmul.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>

size_t fast_multiply_rows_size(const fast_view *x, bool transpose, const fast_view *weight,
                               const fast_context *context)
{
    fast_view tall = as_one_matrix(x), weights = repeated_for(weight, x);
    return larger_of(fast_matmul_size(false, transpose, &tall, weight, context),
                     fast_matmul_size(false, transpose, x, &weights, context));
}

int fast_multiply_rows(const fast_view *x, bool transpose, const fast_view *weight, float beta,
                       const fast_view *d, fast_view *output, fast_context *context)
{
    if (is_evenly_spaced(x) && is_evenly_spaced(d) && is_evenly_spaced(output)) {
        fast_view tall_x = as_one_matrix(x), tall_y = as_one_matrix(output);
        fast_view tall_d = as_one_matrix(d);
        return fast_matmul_onto(false, transpose, 1.0f, &tall_x, weight, beta, &tall_d, &tall_y,
                                context);
    }
    fast_view weights = repeated_for(weight, x);
    return fast_matmul_onto(false, transpose, 1.0f, x, &weights, beta, d, output, context);
}

size_t fast_add_row_products_size(const fast_view *x, const fast_view *y,
                                  const fast_context *context)
{
    fast_view tall_x = as_one_matrix(x), tall_y = as_one_matrix(y), one_x = *x, one_y = *y;
    one_x.n_batch = one_x.n_heads = one_y.n_batch = one_y.n_heads = 1;
    return larger_of(fast_matmul_size(true, false, &tall_x, &tall_y, context),
                     fast_matmul_size(true, false, &one_x, &one_y, context));
}

int fast_add_row_products(const fast_view *x, const fast_view *y, fast_view *weight,
                          fast_context *context)
{
    if (is_evenly_spaced(x) && is_evenly_spaced(y)) {
        fast_view tall_x = as_one_matrix(x), tall_y = as_one_matrix(y);
        return fast_matmul(true, false, 1.0f, &tall_x, &tall_y, 1.0f, weight, context);
    }
    int status = GSL_SUCCESS;
    for (size_t m = 0; m < x->n_batch * x->n_heads && status == GSL_SUCCESS; m++) {
        size_t batch = m / x->n_heads, head = m % x->n_heads;
        fast_view one_x = *x, one_y = *y;
        one_x.n_batch = one_x.n_heads = one_y.n_batch = one_y.n_heads = 1;
        one_x.data = fast_view_at(x, batch, head);
        one_y.data = fast_view_at(y, batch, head);
        status = fast_matmul(true, false, 1.0f, &one_x, &one_y, 1.0f, weight, context);
    }
    return status;
}
