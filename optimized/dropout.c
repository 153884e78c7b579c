/* Numbers that are left out at random.
 *
 * What differs from reference/dropout.c:
 *   1. the hash is compared as an integer with the smallest one that is kept;
 *   2. 1 / (1 - rate) is computed once, in double, and rounded to float: a kept number is at most
 *      two rounding units off, and exact if the rate is 0;
 *   3. the kernel takes a vector of columns at a time, without a branch, and the argument of the
 *      hash grows by addition; rows are shared out among threads. */
#include "optimized/dropout.h"
#include "optimized/checks.h"
#include "optimized/kernels/dropout_kernels.h"
#include "optimized/rows.h"
#include <gsl/gsl_errno.h>
#include <math.h>

static fast_dropout_rule rule_of(const fast_dropout *dropout)
{
    double smallest_kept = ceil(ldexp(dropout->rate, 32)); /* 1 */
    bool may_keep = smallest_kept <= UINT32_MAX;
    return (fast_dropout_rule){.scale = (float)(1.0 / (1.0 - dropout->rate)), /* 2 */
                               .smallest_kept = may_keep ? (uint32_t)smallest_kept : 0,
                               .may_keep = may_keep ? -1 : 0};
}

static int check_dropout(const fast_view *x, const fast_dropout *dropout)
{
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one row and one column", GSL_EINVAL);
    }
    if (!(dropout->rate >= 0.0 && dropout->rate < 1.0)) {
        GSL_ERROR("the rate must be at least 0 and less than 1", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/** The argument of the hash of the first column of a row. */
static uint64_t first_argument(const fast_dropout *dropout, size_t row, size_t n_cols)
{
    uint64_t index = ((uint64_t)dropout->first_row + row) * n_cols;
    return dropout->seed + (index + 1) * FAST_DROPOUT_STEP;
}

int fast_dropout_forward(const fast_view *x, const fast_dropout *dropout, fast_view *output,
                         fast_context *context)
{
    if (!same_shape(output, x)) {
        GSL_ERROR("the output must have the shape of x", GSL_EBADLEN);
    }
    int status = check_dropout(x, dropout);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(output)) {
        GSL_ERROR("the output must not overlap itself", GSL_EINVAL);
    }
    fast_dropout_rule rule = rule_of(dropout);
#pragma omp parallel for schedule(static) num_threads(n_threads_for(x, context)) /* 3 */
    for (size_t row = 0; row < n_listed_rows(x); row++) {
        context->kernels->dropout->forward(listed_row(x, row), &rule,
                                           first_argument(dropout, row, x->n_cols),
                                           listed_row(output, row), x->n_cols);
    }
    return GSL_SUCCESS;
}

int fast_dropout_backward(const fast_dropout *dropout, const fast_view *grad_output,
                          fast_view *grad_x, fast_context *context)
{
    if (!same_shape(grad_x, grad_output)) {
        GSL_ERROR("the gradients of x and of the output must have the same shape", GSL_EBADLEN);
    }
    int status = check_dropout(grad_output, dropout);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(grad_x)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    fast_dropout_rule rule = rule_of(dropout);
#pragma omp parallel for schedule(static) num_threads(n_threads_for(grad_x, context)) /* 3 */
    for (size_t row = 0; row < n_listed_rows(grad_x); row++) {
        context->kernels->dropout->backward(listed_row(grad_output, row), &rule,
                                            first_argument(dropout, row, grad_x->n_cols),
                                            listed_row(grad_x, row), grad_x->n_cols);
    }
    return GSL_SUCCESS;
}
