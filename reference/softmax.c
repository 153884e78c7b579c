#include "reference/softmax.h"
#include "reference/checks.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <math.h>

/* weights = exp(scores - m) / sum exp(scores - m). Subtracting the largest score m changes nothing
 * on paper, and no exponential overflows. */
// [softmax-row]
static void softmax_row(const gsl_vector *scores, gsl_vector *weights)
{
    double m = gsl_vector_max(scores);
    if (m == -INFINITY) { /* this row sees no key */
        gsl_vector_set_zero(weights);
        return;
    }
    double sum = 0.0;
    for (size_t j = 0; j < scores->size; j++) {
        double e = exp(gsl_vector_get(scores, j) - m);
        gsl_vector_set(weights, j, e);
        sum += e;
    }
    gsl_vector_scale(weights, 1.0 / sum);
}
// [softmax-row]

int ref_softmax_forward(const gsl_matrix *scores, gsl_matrix *weights)
{
    if (!same_shape(scores, weights)) {
        GSL_ERROR("there must be one weight per score", GSL_EBADLEN);
    }
    if (is_empty(scores)) {
        GSL_ERROR("there must be at least one score", GSL_EINVAL);
    }
    for (size_t i = 0; i < scores->size1; i++) {
        gsl_vector_const_view s = gsl_matrix_const_row(scores, i);
        gsl_vector_view p = gsl_matrix_row(weights, i);
        softmax_row(&s.vector, &p.vector);
    }
    return GSL_SUCCESS;
}

int ref_softmax_backward(const gsl_matrix *weights, const gsl_matrix *grad_weights,
                         gsl_matrix *grad_scores)
{
    if (!same_shape(weights, grad_weights) || !same_shape(weights, grad_scores)) {
        GSL_ERROR("weights and both gradients must have the same shape", GSL_EBADLEN);
    }
    if (is_empty(weights)) {
        GSL_ERROR("there must be at least one weight", GSL_EINVAL);
    }
    // [softmax-backward]
    /* p = softmax(s):  ds_j += p_j (dp_j - sum_l p_l dp_l) */
    for (size_t i = 0; i < weights->size1; i++) {
        gsl_vector_const_view p = gsl_matrix_const_row(weights, i);
        gsl_vector_const_view dp = gsl_matrix_const_row(grad_weights, i);
        double mean = 0.0;
        gsl_blas_ddot(&p.vector, &dp.vector, &mean);
        for (size_t j = 0; j < weights->size2; j++) {
            double p_j = gsl_vector_get(&p.vector, j);
            double dp_j = gsl_vector_get(&dp.vector, j);
            *gsl_matrix_ptr(grad_scores, i, j) += p_j * (dp_j - mean);
        }
    }
    // [softmax-backward]
    return GSL_SUCCESS;
}

// [log-sum-exp-row]
static double log_sum_exp_row(const gsl_vector *scores)
{
    double m = gsl_vector_max(scores);
    if (m == -INFINITY) {
        return -INFINITY;
    }
    double sum = 0.0;
    for (size_t j = 0; j < scores->size; j++) {
        sum += exp(gsl_vector_get(scores, j) - m);
    }
    return m + log(sum);
}
// [log-sum-exp-row]

int ref_log_sum_exp(const gsl_matrix *scores, gsl_vector *log_sum_exp)
{
    if (log_sum_exp->size != scores->size1) {
        GSL_ERROR("there must be one logarithm per row of scores", GSL_EBADLEN);
    }
    if (is_empty(scores)) {
        GSL_ERROR("there must be at least one score", GSL_EINVAL);
    }
    for (size_t i = 0; i < scores->size1; i++) {
        gsl_vector_const_view s = gsl_matrix_const_row(scores, i);
        gsl_vector_set(log_sum_exp, i, log_sum_exp_row(&s.vector));
    }
    return GSL_SUCCESS;
}
