/* The learnable linear map of every row.
 *
 * What differs from reference/projection.c:
 *   1. rows are rows: where they are evenly spaced, those of all batches and heads make one tall
 *      matrix, so that W is packed once and the register tiles are full: tall_product.h;
 *   2. the product is added to the bias, not the bias to the product: the register tile picks up b
 *      when it is written, and the output is passed once;
 *   3. the rows of dY are summed in blocks of fixed size, each by one thread, and the blocks in
 *      order, so that db is the same, bit for bit, for any number of threads. */
#include "optimized/projection.h"
#include "optimized/checks.h"
#include "optimized/kernels/row_kernels.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include "optimized/tall_product.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/* Rows that are summed at a time: with more of them, short texts would keep one thread busy; with
   fewer, adding the blocks up takes longer. */
enum { ROWS_PER_SUM = 64 };

/* ---- Checks and sizes ------------------------------------------------------------------------ */

static int check_projection(const fast_view *x, const fast_view *weight, const fast_view *bias,
                            const fast_view *output)
{
    if (!is_one_matrix(weight, x->n_cols, weight->n_cols)) {
        GSL_ERROR("the weight must be one matrix with one row per column of x", GSL_EBADLEN);
    }
    if (bias && !is_one_matrix(bias, 1, weight->n_cols)) {
        GSL_ERROR("there must be one row of biases, one per column of the weight", GSL_EBADLEN);
    }
    if (!have_same_heads(x, output) || !has_shape(output, x->n_rows, weight->n_cols)) {
        GSL_ERROR("there must be one output per row of x and column of the weight", GSL_EBADLEN);
    }
    if (is_empty(x) || is_empty(weight)) {
        GSL_ERROR("there must be at least one row, one input and one output", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/** What dY looks like, for the size queries: its strides do not matter to them. */
static fast_view output_like(const fast_view *x, const fast_view *weight)
{
    return fast_view_tensor(NULL, x->n_batch, x->n_heads, x->n_rows, weight->n_cols);
}

size_t fast_projection_forward_size(const fast_view *x, const fast_view *weight,
                                    const fast_context *context)
{
    return fast_multiply_rows_size(x, false, weight, context);
}

static size_t n_sums(const fast_view *grad_output)
{
    return n_blocks_of(n_listed_rows(grad_output), ROWS_PER_SUM);
}

size_t fast_projection_backward_size(const fast_view *x, const fast_view *weight,
                                     const fast_context *context)
{
    fast_view grad_output = output_like(x, weight);
    float *unused;
    size_t grad_x = fast_multiply_rows_size(&grad_output, true, weight, context);
    size_t grad_weight = fast_add_row_products_size(x, &grad_output, context);
    size_t grad_bias = take_part(NULL, n_sums(&grad_output), weight->n_cols, &unused);
    return larger_of(grad_x, larger_of(grad_weight, grad_bias));
}

/* ---- Forward --------------------------------------------------------------------------------- */

/* 2. The bias, once for every row of the output. */
static fast_view repeated_bias(const fast_view *bias, const fast_view *output)
{
    fast_view rows = repeated_for(bias, output);
    rows.n_rows = output->n_rows;
    rows.row_stride = 0;
    return rows;
}

int fast_projection_forward(const fast_view *x, const fast_view *weight, const fast_view *bias,
                            fast_view *output, fast_context *context)
{
    int status = check_projection(x, weight, bias, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(output)) {
        GSL_ERROR("the output must not overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace;
    if (!fast_workspace_take(&all, fast_projection_forward_size(x, weight, context))) {
        GSL_ERROR("the workspace is smaller than fast_projection_forward_size()", GSL_ENOMEM);
    }
    /* Y = b + X W */
    fast_view start = bias ? repeated_bias(bias, output) : *output;
    return fast_multiply_rows(x, false, weight, bias ? 1.0f : 0.0f, &start, output, context);
}

/* ---- Backward -------------------------------------------------------------------------------- */

/* 3. db += sum_i dY_i */
static void add_grad_bias(const fast_view *grad_output, fast_view *grad_bias, fast_context *context)
{
    const fast_row_kernels *kernels = context->kernels->row;
    size_t d = grad_output->n_cols, n_rows = n_listed_rows(grad_output);
    fast_workspace all = *context->workspace;
    float *sums;
    take_part(&all, n_sums(grad_output), d, &sums);
#pragma omp parallel for schedule(static) num_threads(n_threads_for(grad_output, context))
    for (size_t block = 0; block < n_sums(grad_output); block++) {
        size_t begin = block * ROWS_PER_SUM, end = min_of(begin + ROWS_PER_SUM, n_rows);
        memset(sums + block * d, 0, d * sizeof *sums);
        for (size_t row = begin; row < end;) { /* those of one matrix are evenly spaced */
            row_place place = place_of(grad_output, row);
            size_t n = min_of(end - row, grad_output->n_rows - place.row);
            kernels->add_all(row_at(grad_output, place), n, grad_output->row_stride,
                             sums + block * d, d);
            row += n;
        }
    }
    kernels->add_all(sums, n_sums(grad_output), d, grad_bias->data, d);
}

int fast_projection_backward(const fast_view *x, const fast_view *weight,
                             const fast_view *grad_output, fast_view *grad_x,
                             fast_view *grad_weight, fast_view *grad_bias, fast_context *context)
{
    if ((grad_x && !same_shape(grad_x, x)) ||
        !is_one_matrix(grad_weight, weight->n_rows, weight->n_cols)) {
        GSL_ERROR("x and the weight must have the shape of their gradients", GSL_EBADLEN);
    }
    int status = check_projection(x, weight, grad_bias, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if ((grad_x && overlaps_itself(grad_x)) || overlaps_itself(grad_weight)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace;
    if (!fast_workspace_take(&all, fast_projection_backward_size(x, weight, context))) {
        GSL_ERROR("the workspace is smaller than fast_projection_backward_size()", GSL_ENOMEM);
    }
    /* Y = X W + b:  dX += dY W^T,  dW += X^T dY,  db += sum_i dY_i */
    if (grad_x) {
        status = fast_multiply_rows(grad_output, true, weight, 1.0f, grad_x, grad_x, context);
    }
    if (status == GSL_SUCCESS) {
        status = fast_add_row_products(x, grad_output, grad_weight, context);
    }
    if (status == GSL_SUCCESS && grad_bias) {
        add_grad_bias(grad_output, grad_bias, context);
    }
    return status;
}
