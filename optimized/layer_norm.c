/* Layer normalisation of every row.
 *
 * What differs from reference/layer_norm.c:
 *   1. the columns of a row lie on the vector lanes;
 *   2. rows are independent of each other: the threads share them;
 *   3. the gradients of gain and bias are summed in blocks of rows, each by one thread, and the
 *      blocks in order, so that they are the same, bit for bit, for any number of threads. */
#include "optimized/layer_norm.h"
#include "optimized/checks.h"
#include "optimized/kernels/layer_norm_kernels.h"
#include "optimized/kernels/row_kernels.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

/* Rows that are summed at a time: with more of them, short texts would keep one thread busy; with
   fewer, adding the blocks up takes longer. */
enum { ROWS_PER_SUM = 32 };

static int check_rows(const fast_view *x, const fast_view *gain, const fast_view *bias,
                      const fast_view *mean, const fast_view *rate, const fast_view *output)
{
    if (!is_one_matrix(gain, 1, x->n_cols) || !is_one_matrix(bias, 1, x->n_cols)) {
        GSL_ERROR("there must be one gain and one bias per column", GSL_EBADLEN);
    }
    if (!have_same_heads(mean, x) || !has_shape(mean, 1, x->n_rows) || !have_same_heads(rate, x) ||
        !has_shape(rate, 1, x->n_rows)) {
        GSL_ERROR("there must be one mean and one rate per row", GSL_EBADLEN);
    }
    if (!same_shape(output, x)) {
        GSL_ERROR("input and output must have the same shape", GSL_EBADLEN);
    }
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one row and one column", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

int fast_layer_norm_forward(const fast_view *x, const fast_view *gain, const fast_view *bias,
                            float epsilon, fast_view *mean, fast_view *rate, fast_view *output,
                            fast_context *context)
{
    int status = check_rows(x, gain, bias, mean, rate, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (!(epsilon > 0.0f && isfinite(epsilon))) {
        GSL_ERROR("epsilon must be positive and finite", GSL_EINVAL);
    }
    if (overlaps_itself(output) || overlaps_itself(mean) || overlaps_itself(rate)) {
        GSL_ERROR("no output may overlap itself", GSL_EINVAL);
    }
    /* Y = gain o (X - mu) r + bias */
#pragma omp parallel for schedule(static) num_threads(n_threads_for(x, context)) /* 2 */
    for (size_t i = 0; i < n_listed_rows(x); i++) {
        row_place place = place_of(x, i);
        fast_norm_row row = {.d = x->n_cols,
                             .x = row_at(x, place),
                             .gain = gain->data,
                             .bias = bias->data,
                             .output = row_at(output, place)};
        context->kernels->layer_norm->forward(&row, epsilon, number_at(mean, place), /* 1 */
                                              number_at(rate, place));
    }
    return GSL_SUCCESS;
}

static size_t n_sums(const fast_view *x)
{
    return n_blocks_of(n_listed_rows(x), ROWS_PER_SUM);
}

/** The sums of each block: taken, or only counted if from is NULL. */
static size_t scratch_parts(const fast_view *x, fast_workspace *from, float **gains, float **biases)
{
    size_t size = take_part(from, n_sums(x), x->n_cols, gains);
    return fast_size_sum(size, take_part(from, n_sums(x), x->n_cols, biases));
}

size_t fast_layer_norm_backward_size(const fast_view *x, const fast_context *context)
{
    (void)context;
    float *gains, *biases;
    return scratch_parts(x, NULL, &gains, &biases);
}

static int check_backward(const fast_view *x, const fast_view *gain, const fast_view *mean,
                          const fast_view *rate, const fast_view *grad_output,
                          const fast_view *grad_x, const fast_view *grad_gain,
                          const fast_view *grad_bias)
{
    if (!same_shape(grad_x, x) || !is_one_matrix(grad_gain, 1, gain->n_cols)) {
        GSL_ERROR("x and the gain must have the shape of their gradients", GSL_EBADLEN);
    }
    int status = check_rows(x, gain, grad_bias, mean, rate, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(grad_x)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

int fast_layer_norm_backward(const fast_view *x, const fast_view *gain, const fast_view *mean,
                             const fast_view *rate, const fast_view *grad_output, fast_view *grad_x,
                             fast_view *grad_gain, fast_view *grad_bias, fast_context *context)
{
    int status = check_backward(x, gain, mean, rate, grad_output, grad_x, grad_gain, grad_bias);
    if (status != GSL_SUCCESS) {
        return status;
    }
    size_t d = x->n_cols;
    float *gains, *biases;
    fast_workspace all = *context->workspace;
    scratch_parts(x, &all, &gains, &biases);
    if (!gains || !biases) {
        GSL_ERROR("the workspace is smaller than fast_layer_norm_backward_size()", GSL_ENOMEM);
    }
    memset(gains, 0, n_sums(x) * d * sizeof *gains);
    memset(biases, 0, n_sums(x) * d * sizeof *biases);
    /* dX += r (g - mean(g) - z mean(g o z)),  d gain += dY o z,  d bias += dY */
#pragma omp parallel for schedule(static) num_threads(n_threads_for(x, context)) /* 2 */
    for (size_t block = 0; block < n_sums(x); block++) {
        size_t end = min_of((block + 1) * ROWS_PER_SUM, n_listed_rows(x));
        for (size_t i = block * ROWS_PER_SUM; i < end; i++) {
            row_place place = place_of(x, i);
            fast_norm_row row = {.d = d,
                                 .x = row_at(x, place),
                                 .gain = gain->data,
                                 .grad_output = row_at(grad_output, place),
                                 .grad_x = row_at(grad_x, place),
                                 .grad_gain = gains + block * d,
                                 .grad_bias = biases + block * d};
            context->kernels->layer_norm->backward(&row, *number_at(mean, place), /* 1 */
                                                   *number_at(rate, place));
        }
    }
    context->kernels->row->add_all(gains, n_sums(x), d, grad_gain->data, d); /* 3 */
    context->kernels->row->add_all(biases, n_sums(x), d, grad_bias->data, d);
    return GSL_SUCCESS;
}
