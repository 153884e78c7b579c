/**
 * @file loss.h
 * How wrong an output is, as one number. Its twin is optimized/loss.h.
 */
#ifndef REFERENCE_LOSS_H
#define REFERENCE_LOSS_H

#include <gsl/gsl_matrix.h>
#include <stddef.h>

/** @addtogroup ch03 @{ */

/**
 * Squared error:  loss = 1/2 mean_ic (output_ic - target_ic)^2.
 *
 * @param[in]  output  (n x d)
 * @param[in]  target  (n x d), what the output should be
 * @param[out] loss    one number
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN output and target differ in shape
 * @retval GSL_EINVAL  a size is 0
 * @retval GSL_EDOM    the loss is not finite; it is handed out all the same
 *
 * Equation (3.17) of the course.
 */
int ref_squared_error_forward(const gsl_matrix *output, const gsl_matrix *target, double *loss);

/**
 * Gradient of the squared error:  d output_ic += grad_loss (output_ic - target_ic) / (n d).
 *
 * @param[in]     output       (n x d)
 * @param[in]     target       (n x d)
 * @param[in]     grad_loss    gradient that comes from above; 1 where the loss is the end of it
 * @param[in,out] grad_output  (n x d); the gradient is added to it
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (3.17) of the course.
 */
int ref_squared_error_backward(const gsl_matrix *output, const gsl_matrix *target, double grad_loss,
                               gsl_matrix *grad_output);

/** The target of a row that does not count: padding, or a word nobody labelled. */
enum { REF_IGNORED = -1 };

/**
 * Cross-entropy between each row's target and the softmax of its logits, averaged over the rows
 * that count:
 *
 *     loss = 1 / n_counted  sum_i -sum_c q_ic ln p_ic,   p_i = softmax(logits_i),
 *     q_ic = (1 - smoothing) [c is target i] + smoothing / n_classes.
 *
 * @param[in]  logits         one row a token, (n x n_classes)
 * @param[in]  targets        one for each row, (n): 0 .. n_classes - 1, or REF_IGNORED
 * @param[in]  smoothing      how much of each target is spread over all classes, 0 .. 1
 * @param[out] probabilities  p, (n x n_classes). The backward pass reads it.
 * @param[out] loss           one number; 0 if no row counts
 * @param[out] n_counted      how many rows count
 *
 * What a row that does not count holds has no effect, even if it is NaN.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN logits and probabilities differ in shape
 * @retval GSL_EINVAL  a size is 0, a target is not a class, or the smoothing is not 0 .. 1
 * @retval GSL_EDOM    the loss is not finite; it is handed out all the same
 *
 * Source of the smoothing: Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer
 * Vision", section 7.
 * Equations (3.18) and (3.19) of the course.
 */
int ref_cross_entropy_forward(const gsl_matrix *logits, const int *targets, double smoothing,
                              gsl_matrix *probabilities, double *loss, size_t *n_counted);

/**
 * Gradient of the cross-entropy:  d logits_ic += grad_loss (p_ic - q_ic) / n_counted  in every row
 * that counts.
 *
 * @param[in]     logits         (n x n_classes)
 * @param[in]     targets        (n), as in the forward pass
 * @param[in]     smoothing      as in the forward pass
 * @param[in]     probabilities  p, (n x n_classes), as the forward pass left them
 * @param[in]     n_counted      from the forward pass; 0 adds nothing
 * @param[in]     grad_loss      gradient that comes from above; 1 where the loss is the end of it
 * @param[in,out] grad_logits    (n x n_classes); the gradient is added to it
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equation (3.20) of the course.
 */
int ref_cross_entropy_backward(const gsl_matrix *logits, const int *targets, double smoothing,
                               const gsl_matrix *probabilities, size_t n_counted, double grad_loss,
                               gsl_matrix *grad_logits);

/** @} */

#endif
