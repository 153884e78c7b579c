/* How wrong an output is.
 *
 * What differs from reference/loss.c:
 *   1. the columns of a row lie on the vector lanes;
 *   2. the threads share the rows; each row leaves its loss, in double, and these are summed in
 *      order, so that the loss is the same, bit for bit, for any number of threads;
 *   3. the probabilities are never stored, only the logarithm of their denominator: the backward
 *      pass computes them again;
 *   4. the loss of a row is summed from numbers that are none below 0, so that no digits cancel:
 *      L - sum_c q_c z_c = ln sum_c exp(z_c - m) + sum_c q_c (m - z_c),  m the largest logit. */
#include "optimized/loss.h"
#include "optimized/checks.h"
#include "optimized/kernels/loss_kernels.h"
#include "optimized/rows.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/** One double for each row. */
static double *take_row_losses(const fast_view *view, const fast_context *context)
{
    fast_workspace all = *context->workspace;
    return fast_workspace_take(&all, fast_piece_size(n_listed_rows(view), sizeof(double)));
}

/* 2. */
static double sum_in_order(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    return sum;
}

static int report(double loss)
{
    if (!isfinite(loss)) {
        GSL_ERROR("the loss must be finite: the learning rate may be too high", GSL_EDOM);
    }
    return GSL_SUCCESS;
}

/* ---- Squared error --------------------------------------------------------------------------- */

size_t fast_squared_error_forward_size(const fast_view *output, const fast_context *context)
{
    (void)context;
    return fast_piece_size(n_listed_rows(output), sizeof(double));
}

int fast_squared_error_forward(const fast_view *output, const fast_view *target, double *loss,
                               fast_context *context)
{
    if (!same_shape(output, target)) {
        GSL_ERROR("there must be one target per output", GSL_EBADLEN);
    }
    if (is_empty(output)) {
        GSL_ERROR("there must be at least one output", GSL_EINVAL);
    }
    double *row_losses = take_row_losses(output, context);
    if (!row_losses) {
        GSL_ERROR("the workspace is smaller than fast_squared_error_forward_size()", GSL_ENOMEM);
    }
    /* L = 1/2 mean (y - t)^2 */
    size_t n_rows = n_listed_rows(output), d = output->n_cols;
#pragma omp parallel for schedule(static) num_threads(n_threads_for(output, context)) /* 2 */
    for (size_t i = 0; i < n_rows; i++) {
        row_place place = place_of(output, i);
        row_losses[i] = context->kernels->loss->squared_distance(row_at(output, place), /* 1 */
                                                                 row_at(target, place), d);
    }
    *loss = 0.5 * sum_in_order(row_losses, n_rows) / ((double)n_rows * (double)d);
    return report(*loss);
}

int fast_squared_error_backward(const fast_view *output, const fast_view *target, float grad_loss,
                                fast_view *grad_output, fast_context *context)
{
    if (!same_shape(output, target) || !same_shape(output, grad_output)) {
        GSL_ERROR("there must be one target and one gradient per output", GSL_EBADLEN);
    }
    if (is_empty(output)) {
        GSL_ERROR("there must be at least one output", GSL_EINVAL);
    }
    if (overlaps_itself(grad_output)) {
        GSL_ERROR("the gradient must not overlap itself", GSL_EINVAL);
    }
    /* L = 1/2 mean (y - t)^2:  dy += dL (y - t) / n */
    size_t n_rows = n_listed_rows(output), d = output->n_cols;
    float factor = (float)(grad_loss / ((double)n_rows * (double)d));
#pragma omp parallel for schedule(static) num_threads(n_threads_for(output, context)) /* 2 */
    for (size_t i = 0; i < n_rows; i++) {
        row_place place = place_of(output, i);
        context->kernels->loss->add_difference(row_at(output, place), row_at(target, place), factor,
                                               row_at(grad_output, place), d);
    }
    return GSL_SUCCESS;
}

/* ---- Cross-entropy --------------------------------------------------------------------------- */

static int check_targets(const fast_view *logits, const int *targets, float smoothing)
{
    if (is_empty(logits)) {
        GSL_ERROR("there must be at least one row and one class", GSL_EINVAL);
    }
    if (!(smoothing >= 0.0f && smoothing <= 1.0f)) {
        GSL_ERROR("the smoothing must be 0 .. 1", GSL_EINVAL);
    }
    for (size_t i = 0; i < n_listed_rows(logits); i++) {
        bool is_class = targets[i] >= 0 && (size_t)targets[i] < logits->n_cols;
        if (!is_class && targets[i] != FAST_IGNORED) {
            GSL_ERROR("a target must be 0 .. n_classes - 1, or -1 to be ignored", GSL_EINVAL);
        }
    }
    return GSL_SUCCESS;
}

static size_t count(const int *targets, size_t n_rows)
{
    size_t n_counted = 0;
    for (size_t i = 0; i < n_rows; i++) {
        n_counted += targets[i] != FAST_IGNORED;
    }
    return n_counted;
}

size_t fast_cross_entropy_forward_size(const fast_view *logits, const fast_context *context)
{
    (void)context;
    return fast_piece_size(n_listed_rows(logits), sizeof(double));
}

/* 4. The loss of a row, in double, and L. */
static double row_loss(const fast_loss_kernels *kernels, const float *logits, size_t n_classes,
                       int target, double smoothing, float *log_sum_exp)
{
    fast_logit_sums z = kernels->sums_of_logits(logits, n_classes);
    double log_sum = log(z.sum), loss = log_sum;
    loss += (1.0 - smoothing) * ((double)z.maximum - logits[target]);
    if (smoothing > 0.0) { /* with logits of -INFINITY, 0 times the depth would be NaN */
        loss += smoothing * z.depth / (double)n_classes;
    }
    *log_sum_exp = (float)(z.maximum + log_sum);
    return loss;
}

int fast_cross_entropy_forward(const fast_view *logits, const int *targets, float smoothing,
                               fast_view *log_sum_exp, double *loss, size_t *n_counted,
                               fast_context *context)
{
    if (!have_same_heads(logits, log_sum_exp) || !has_shape(log_sum_exp, 1, logits->n_rows)) {
        GSL_ERROR("there must be one logarithm per row of logits", GSL_EBADLEN);
    }
    int status = check_targets(logits, targets, smoothing);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(log_sum_exp)) {
        GSL_ERROR("the logarithms must not overlap themselves", GSL_EINVAL);
    }
    double *row_losses = take_row_losses(logits, context);
    if (!row_losses) {
        GSL_ERROR("the workspace is smaller than fast_cross_entropy_forward_size()", GSL_ENOMEM);
    }
    /* L = 1 / n_counted  sum_i -sum_c q_ic ln p_ic */
    size_t n_rows = n_listed_rows(logits);
#pragma omp parallel for schedule(static) num_threads(n_threads_for(logits, context)) /* 2 */
    for (size_t i = 0; i < n_rows; i++) {
        row_place place = place_of(logits, i);
        float *log_sum_exp_i = number_at(log_sum_exp, place);
        row_losses[i] = *log_sum_exp_i = 0;
        if (targets[i] != FAST_IGNORED) {
            row_losses[i] = row_loss(context->kernels->loss, row_at(logits, place), logits->n_cols,
                                     targets[i], smoothing, log_sum_exp_i);
        }
    }
    *n_counted = count(targets, n_rows);
    *loss = *n_counted > 0 ? sum_in_order(row_losses, n_rows) / (double)*n_counted : 0.0;
    return report(*loss);
}

int fast_cross_entropy_backward(const fast_view *logits, const int *targets, float smoothing,
                                const fast_view *log_sum_exp, size_t n_counted, float grad_loss,
                                fast_view *grad_logits, fast_context *context)
{
    if (!have_same_heads(logits, log_sum_exp) || !has_shape(log_sum_exp, 1, logits->n_rows) ||
        !same_shape(logits, grad_logits)) {
        GSL_ERROR("there must be one logarithm per row and one gradient per logit", GSL_EBADLEN);
    }
    int status = check_targets(logits, targets, smoothing);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(grad_logits)) {
        GSL_ERROR("the gradient must not overlap itself", GSL_EINVAL);
    }
    if (n_counted == 0) {
        return GSL_SUCCESS;
    }
    /* L = 1 / n  sum_i -sum_c q_ic ln p_ic,  p = exp(z - L):  dz_ic += dL / n (p_ic - q_ic) */
    float factor = (float)(grad_loss / (double)n_counted);
    float uniform = smoothing / (float)logits->n_cols;
#pragma omp parallel for schedule(static) num_threads(n_threads_for(logits, context)) /* 2 */
    for (size_t i = 0; i < n_listed_rows(logits); i++) {
        row_place place = place_of(logits, i);
        float *dz = row_at(grad_logits, place);
        if (targets[i] != FAST_IGNORED) {
            context->kernels->loss->add_probabilities(row_at(logits, place), /* 1, 3 */
                                                      *number_at(log_sum_exp, place), uniform,
                                                      factor, dz, logits->n_cols);
            dz[targets[i]] -= factor * (1.0f - smoothing);
        }
    }
    return GSL_SUCCESS;
}
