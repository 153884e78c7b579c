#include "reference/loss.h"
#include "reference/checks.h"
#include "reference/softmax.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <stdbool.h>

static int report(double loss)
{
    if (!isfinite(loss)) {
        GSL_ERROR("the loss must be finite: the learning rate may be too high", GSL_EDOM);
    }
    return GSL_SUCCESS;
}

/* ---- Squared error --------------------------------------------------------------------------- */

int ref_squared_error_forward(const gsl_matrix *output, const gsl_matrix *target, double *loss)
{
    if (!same_shape(output, target)) {
        GSL_ERROR("there must be one target per output", GSL_EBADLEN);
    }
    if (is_empty(output)) {
        GSL_ERROR("there must be at least one output", GSL_EINVAL);
    }
    // [squared-error-forward]
    /* L = 1/2 mean (y - t)^2 */
    double sum = 0.0;
    for (size_t i = 0; i < output->size1; i++) {
        for (size_t c = 0; c < output->size2; c++) {
            sum += gsl_pow_2(gsl_matrix_get(output, i, c) - gsl_matrix_get(target, i, c));
        }
    }
    *loss = 0.5 * sum / ((double)output->size1 * (double)output->size2);
    // [squared-error-forward]
    return report(*loss);
}

int ref_squared_error_backward(const gsl_matrix *output, const gsl_matrix *target, double grad_loss,
                               gsl_matrix *grad_output)
{
    if (!same_shape(output, target) || !same_shape(output, grad_output)) {
        GSL_ERROR("there must be one target and one gradient per output", GSL_EBADLEN);
    }
    if (is_empty(output)) {
        GSL_ERROR("there must be at least one output", GSL_EINVAL);
    }
    // [squared-error-backward]
    /* L = 1/2 mean (y - t)^2:  dy += dL (y - t) / (n d) */
    double factor = grad_loss / ((double)output->size1 * (double)output->size2);
    for (size_t i = 0; i < output->size1; i++) {
        for (size_t c = 0; c < output->size2; c++) {
            double y = gsl_matrix_get(output, i, c), t = gsl_matrix_get(target, i, c);
            *gsl_matrix_ptr(grad_output, i, c) += factor * (y - t);
        }
    }
    // [squared-error-backward]
    return GSL_SUCCESS;
}

/* ---- Cross-entropy --------------------------------------------------------------------------- */

static int check_targets(const gsl_matrix *logits, const int *targets, double smoothing)
{
    if (is_empty(logits)) {
        GSL_ERROR("there must be at least one row and one class", GSL_EINVAL);
    }
    if (!(smoothing >= 0.0 && smoothing <= 1.0)) {
        GSL_ERROR("the smoothing must be 0 .. 1", GSL_EINVAL);
    }
    for (size_t i = 0; i < logits->size1; i++) {
        bool is_class = targets[i] >= 0 && (size_t)targets[i] < logits->size2;
        if (!is_class && targets[i] != REF_IGNORED) {
            GSL_ERROR("a target must be 0 .. n_classes - 1, or -1 to be ignored", GSL_EINVAL);
        }
    }
    return GSL_SUCCESS;
}

// [cross-entropy-row]
/* -sum_c q_c ln p_c = L - sum_c q_c z_c:  the logarithm of the softmax of z is z - L with L, the
 * log-sum-exp of z, and the q_c sum to 1. No probability is so small that its logarithm is lost. */
static double row_loss(const gsl_matrix *z, size_t target, double smoothing)
{
    double log_sum_exp, along_z = (1.0 - smoothing) * gsl_matrix_get(z, 0, target);
    gsl_vector_view l = gsl_vector_view_array(&log_sum_exp, 1);
    ref_log_sum_exp(z, &l.vector);
    for (size_t c = 0; c < z->size2 && smoothing > 0.0; c++) {
        along_z += smoothing / (double)z->size2 * gsl_matrix_get(z, 0, c);
    }
    return log_sum_exp - along_z;
}
// [cross-entropy-row]

int ref_cross_entropy_forward(const gsl_matrix *logits, const int *targets, double smoothing,
                              gsl_matrix *probabilities, double *loss, size_t *n_counted)
{
    if (!same_shape(logits, probabilities)) {
        GSL_ERROR("there must be one probability per logit", GSL_EBADLEN);
    }
    int status = check_targets(logits, targets, smoothing);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [cross-entropy-forward]
    /* L = 1 / n_counted  sum_i -sum_c q_ic ln p_ic */
    ref_softmax_forward(logits, probabilities);
    double sum = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < logits->size1; i++) {
        if (targets[i] != REF_IGNORED) {
            gsl_matrix_const_view z = gsl_matrix_const_submatrix(logits, i, 0, 1, logits->size2);
            sum += row_loss(&z.matrix, (size_t)targets[i], smoothing);
            n++;
        }
    }
    *n_counted = n;
    *loss = n > 0 ? sum / (double)n : 0.0;
    // [cross-entropy-forward]
    return report(*loss);
}

int ref_cross_entropy_backward(const gsl_matrix *logits, const int *targets, double smoothing,
                               const gsl_matrix *probabilities, size_t n_counted, double grad_loss,
                               gsl_matrix *grad_logits)
{
    if (!same_shape(logits, probabilities) || !same_shape(logits, grad_logits)) {
        GSL_ERROR("there must be one probability and one gradient per logit", GSL_EBADLEN);
    }
    int status = check_targets(logits, targets, smoothing);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [cross-entropy-backward]
    /* L = 1 / n  sum_i -sum_c q_ic ln p_ic,  p = softmax(z):  dz_ic += dL / n (p_ic - q_ic) */
    for (size_t i = 0; i < logits->size1 && n_counted > 0; i++) {
        for (size_t c = 0; c < logits->size2 && targets[i] != REF_IGNORED; c++) {
            double q = smoothing / (double)logits->size2;
            q += (size_t)targets[i] == c ? 1.0 - smoothing : 0.0;
            double p = gsl_matrix_get(probabilities, i, c);
            *gsl_matrix_ptr(grad_logits, i, c) += grad_loss / (double)n_counted * (p - q);
        }
    }
    // [cross-entropy-backward]
    return GSL_SUCCESS;
}
