/**
 * @file loss.h
 * How wrong an output is, as one number, float32. Its twin is reference/loss.h.
 */
#ifndef OPTIMIZED_LOSS_H
#define OPTIMIZED_LOSS_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch03 @{ */

/**
 * Squared error:  loss = 1/2 mean_ic (output_ic - target_ic)^2,  over all batches and heads. The
 * squares are summed in double.
 *
 * @param[in]  output   (n x d) for every batch and head
 * @param[in]  target   the same shape, what the output should be
 * @param[out] loss     one number
 * @param[in]  context  with a workspace of fast_squared_error_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN output and target differ in shape
 * @retval GSL_EINVAL  a size is 0
 * @retval GSL_ENOMEM  the workspace is too small
 * @retval GSL_EDOM    the loss is not finite; it is handed out all the same
 *
 * Equation (3.17) of the course.
 */
int fast_squared_error_forward(const fast_view *output, const fast_view *target, double *loss,
                               fast_context *context);

/**
 * Bytes of workspace that fast_squared_error_forward() needs.
 *
 * @param[in] output   as for the loss
 * @param[in] context  not read: the size is the same for any number of threads
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_squared_error_forward_size(const fast_view *output, const fast_context *context);

/**
 * Gradient of the squared error:  d output_ic += grad_loss (output_ic - target_ic) / n  with n, the
 * number of all entries.
 *
 * @param[in]     output       (n x d) for every batch and head
 * @param[in]     target       the same shape
 * @param[in]     grad_loss    gradient that comes from above; 1 where the loss is the end of it
 * @param[in,out] grad_output  the same shape; the gradient is added to it
 * @param[in]     context      its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or grad_output overlaps itself
 *
 * Equation (3.17) of the course.
 */
int fast_squared_error_backward(const fast_view *output, const fast_view *target, float grad_loss,
                                fast_view *grad_output, fast_context *context);

/** The target of a row that does not count: padding, or a word nobody labelled. */
enum { FAST_IGNORED = -1 };

/**
 * Cross-entropy between each row's target and the softmax of its logits, averaged over the rows
 * that count:
 *
 *     loss = 1 / n_counted  sum_i -sum_c q_ic ln p_ic,   p_i = softmax(logits_i),
 *     q_ic = (1 - smoothing) [c is target i] + smoothing / n_classes.
 *
 * @param[in]  logits       one row a token, (n x n_classes) for every batch and head
 * @param[in]  targets      one for each row, batch by batch, head by head: 0 .. n_classes - 1, or
 *                          FAST_IGNORED
 * @param[in]  smoothing    how much of each target is spread over all classes, 0 .. 1
 * @param[out] log_sum_exp  of each row, one row (1 x n) a batch and head; 0 where the row does not
 *                          count. The backward pass reads it: the probabilities are never stored.
 * @param[out] loss         one number; 0 if no row counts
 * @param[out] n_counted    how many rows count
 * @param[in]  context      with a workspace of fast_cross_entropy_forward_size() bytes
 *
 * What a row that does not count holds has no effect, even if it is NaN.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN log_sum_exp does not have one entry per row
 * @retval GSL_EINVAL  a size is 0, a target is not a class, the smoothing is not 0 .. 1, or
 *                     log_sum_exp overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 * @retval GSL_EDOM    the loss is not finite; it is handed out all the same
 *
 * Source of the smoothing: Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer
 * Vision", section 7.
 * Equations (3.18) and (3.19) of the course.
 */
int fast_cross_entropy_forward(const fast_view *logits, const int *targets, float smoothing,
                               fast_view *log_sum_exp, double *loss, size_t *n_counted,
                               fast_context *context);

/**
 * Bytes of workspace that fast_cross_entropy_forward() needs.
 *
 * @param[in] logits   as for the loss
 * @param[in] context  not read: the size is the same for any number of threads
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_cross_entropy_forward_size(const fast_view *logits, const fast_context *context);

/**
 * Gradient of the cross-entropy:  d logits_ic += grad_loss (p_ic - q_ic) / n_counted  in every row
 * that counts.
 *
 * @param[in]     logits       (n x n_classes) for every batch and head
 * @param[in]     targets      as in the forward pass
 * @param[in]     smoothing    as in the forward pass
 * @param[in]     log_sum_exp  one row (1 x n) a batch and head, as the forward pass left it
 * @param[in]     n_counted    from the forward pass; 0 adds nothing
 * @param[in]     grad_loss    gradient that comes from above; 1 where the loss is the end of it
 * @param[in,out] grad_logits  as logits; the gradient is added to it
 * @param[in]     context      its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass, or grad_logits overlaps itself
 *
 * Equation (3.20) of the course.
 */
int fast_cross_entropy_backward(const fast_view *logits, const int *targets, float smoothing,
                                const fast_view *log_sum_exp, size_t n_counted, float grad_loss,
                                fast_view *grad_logits, fast_context *context);

/** @} */

#endif
