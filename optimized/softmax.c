/* The softmax of every row.
 *
 * What differs from reference/softmax.c:
 *   1. the scores of a row lie on the vector lanes, and exp is computed for a vector at a time;
 *   2. rows are independent of each other: the threads share them. */
#include "optimized/softmax.h"
#include "optimized/checks.h"
#include "optimized/kernels/softmax_kernels.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/** How many rows all matrices of a view have together. */
static size_t n_all_rows(const fast_view *view)
{
    return view->n_batch * view->n_heads * view->n_rows;
}

/** Row i of all of them: those of the first head of the first sequence come first. */
static float *row_of_all(const fast_view *view, size_t i)
{
    size_t matrix = i / view->n_rows;
    return fast_view_at(view, matrix / view->n_heads, matrix % view->n_heads) +
           i % view->n_rows * view->row_stride;
}

/** Whether no score is NaN or +INFINITY. */
static bool are_scores(const fast_view *scores, const fast_context *context)
{
    const fast_softmax_kernels *softmax = context->kernels->softmax;
    size_t n_wrong = 0;
#pragma omp parallel for num_threads(context->n_threads) reduction(+ : n_wrong)
    for (size_t i = 0; i < n_all_rows(scores); i++) {
        const float *row = row_of_all(scores, i);
        n_wrong += softmax->are_scores(row, scores->n_cols) ? 0 : 1;
    }
    return n_wrong == 0;
}

int fast_softmax_forward(const fast_view *scores, fast_view *weights, fast_context *context)
{
    if (!same_shape(weights, scores)) {
        GSL_ERROR("there must be one weight per score", GSL_EBADLEN);
    }
    if (is_empty(scores)) {
        GSL_ERROR("there must be at least one score", GSL_EINVAL);
    }
    if (overlaps_itself(weights)) {
        GSL_ERROR("the weights must not overlap themselves", GSL_EINVAL);
    }
    if (!are_scores(scores, context)) {
        GSL_ERROR("a score must be finite or -infinity", GSL_EINVAL);
    }
#pragma omp parallel for num_threads(context->n_threads) /* 2 */
    for (size_t i = 0; i < n_all_rows(scores); i++) {
        context->kernels->softmax->forward(row_of_all(scores, i), row_of_all(weights, i),
                                           scores->n_cols); /* 1 */
    }
    return GSL_SUCCESS;
}

int fast_softmax_backward(const fast_view *weights, const fast_view *grad_weights,
                          fast_view *grad_scores, fast_context *context)
{
    if (!have_same_heads(weights, grad_weights) || !have_same_heads(weights, grad_scores) ||
        !has_shape(grad_weights, weights->n_rows, weights->n_cols) ||
        !has_shape(grad_scores, weights->n_rows, weights->n_cols)) {
        GSL_ERROR("weights and both gradients must have the same shape", GSL_EBADLEN);
    }
    if (is_empty(weights)) {
        GSL_ERROR("there must be at least one weight", GSL_EINVAL);
    }
    if (overlaps_itself(grad_scores)) {
        GSL_ERROR("the gradient must not overlap itself", GSL_EINVAL);
    }
    /* p = softmax(s):  ds_j += p_j (dp_j - sum_l p_l dp_l) */
#pragma omp parallel for num_threads(context->n_threads) /* 2 */
    for (size_t i = 0; i < n_all_rows(weights); i++) {
        context->kernels->softmax->backward(row_of_all(weights, i), row_of_all(grad_weights, i),
                                            row_of_all(grad_scores, i), weights->n_cols);
    }
    return GSL_SUCCESS;
}

int fast_log_sum_exp(const fast_view *scores, fast_view *log_sum_exp, fast_context *context)
{
    if (!have_same_heads(scores, log_sum_exp) || !has_shape(log_sum_exp, 1, scores->n_rows)) {
        GSL_ERROR("there must be one logarithm per row of scores", GSL_EBADLEN);
    }
    if (is_empty(scores)) {
        GSL_ERROR("there must be at least one score", GSL_EINVAL);
    }
    if (overlaps_itself(log_sum_exp)) {
        GSL_ERROR("the logarithms must not overlap themselves", GSL_EINVAL);
    }
    if (!are_scores(scores, context)) {
        GSL_ERROR("a score must be finite or -infinity", GSL_EINVAL);
    }
    /* L = m + ln sum_j exp(s_j - m) */
#pragma omp parallel for num_threads(context->n_threads) /* 2 */
    for (size_t i = 0; i < n_all_rows(scores); i++) {
        const float *row = row_of_all(scores, i);
        float sum, maximum = context->kernels->softmax->maximum_and_sum(row, scores->n_cols, &sum);
        row_of_all(log_sum_exp, i / scores->n_rows)[i % scores->n_rows] =
            sum > 0 ? maximum + logf(sum) : -INFINITY;
    }
    return GSL_SUCCESS;
}
