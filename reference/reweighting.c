#include "reference/reweighting.h"
#include "reference/checks.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* ---- Weights --------------------------------------------------------------------------------- */

// [proximity]
/* K(u), with K(0) = 1 */
static double proximity_of(double u, ref_proximity proximity)
{
    double distance = fabs(u);
    switch (proximity) {
    case REF_GAUSSIAN:
        return exp(-0.5 * u * u);
    case REF_BOXCAR:
        return distance <= 1.0 ? 1.0 : 0.0;
    case REF_TRIANGULAR:
        return GSL_MAX(0.0, 1.0 - distance);
    case REF_EPANECHNIKOV:
        return GSL_MAX(0.0, 1.0 - u * u);
    case REF_EXPONENTIAL:
        return exp(-distance);
    case REF_INVERSE:
        return 1.0 / (1.0 + distance);
    }
    return GSL_NAN;
}
// [proximity]

// [log-growth]
/* g(u) = d ln K / d ln h = -u K'(u) / K(u): by how many percent a weight grows when the bandwidth
 * grows by one percent. Where K is 0 the weight stays 0. */
static double log_growth(double u, ref_proximity proximity)
{
    double distance = fabs(u);
    switch (proximity) {
    case REF_GAUSSIAN:
        return u * u;
    case REF_BOXCAR: /* a step: flat wherever it has a slope at all */
        return 0.0;
    case REF_TRIANGULAR:
        return distance < 1.0 ? distance / (1.0 - distance) : 0.0;
    case REF_EPANECHNIKOV:
        return distance < 1.0 ? 2.0 * u * u / (1.0 - u * u) : 0.0;
    case REF_EXPONENTIAL:
        return distance;
    case REF_INVERSE:
        return distance / (1.0 + distance);
    }
    return GSL_NAN;
}
// [log-growth]

static int check_proximity(ref_proximity proximity, double bandwidth)
{
    if (isnan(proximity_of(0.0, proximity))) {
        GSL_ERROR("the proximity must be one of the kernels of ref_proximity", GSL_EINVAL);
    }
    if (!(bandwidth > 0.0 && isfinite(bandwidth))) {
        GSL_ERROR("the bandwidth must be positive and finite", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

int ref_proximity_weights(const gsl_vector *queries, const gsl_vector *keys,
                          ref_proximity proximity, double bandwidth, gsl_matrix *weights)
{
    if (!has_shape(weights, queries->size, keys->size)) {
        GSL_ERROR("there must be one weight per query and key", GSL_EBADLEN);
    }
    if (is_empty(weights)) {
        GSL_ERROR("there must be at least one query and one key", GSL_EINVAL);
    }
    int status = check_proximity(proximity, bandwidth);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [proximity-weights]
    for (size_t i = 0; i < queries->size; i++) {
        for (size_t j = 0; j < keys->size; j++) {
            double u = (gsl_vector_get(queries, i) - gsl_vector_get(keys, j)) / bandwidth;
            gsl_matrix_set(weights, i, j, proximity_of(u, proximity));
        }
    }
    // [proximity-weights]
    return GSL_SUCCESS;
}

int ref_dot_weights(const gsl_matrix *x, gsl_matrix *weights)
{
    if (!has_shape(weights, x->size1, x->size1)) {
        GSL_ERROR("there must be one weight per pair of rows", GSL_EBADLEN);
    }
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one row and one column", GSL_EINVAL);
    }
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, x, x, 0.0, weights);
    return GSL_SUCCESS;
}

// [divide-by-sum]
static void divide_row_by_sum(gsl_vector *row)
{
    double sum = gsl_vector_sum(row);
    for (size_t j = 0; j < row->size; j++) { /* 1 / sum could overflow where the quotients do not */
        gsl_vector_set(row, j, sum == 0.0 ? 0.0 : gsl_vector_get(row, j) / sum);
    }
}
// [divide-by-sum]

int ref_divide_by_sum(const gsl_matrix *scores, gsl_matrix *weights)
{
    if (!same_shape(weights, scores)) {
        GSL_ERROR("there must be one weight per score", GSL_EBADLEN);
    }
    if (is_empty(scores)) {
        GSL_ERROR("there must be at least one score", GSL_EINVAL);
    }
    if (weights != scores) {
        gsl_matrix_memcpy(weights, scores);
    }
    for (size_t i = 0; i < weights->size1; i++) {
        gsl_vector_view row = gsl_matrix_row(weights, i);
        divide_row_by_sum(&row.vector);
    }
    return GSL_SUCCESS;
}

/* ---- Weighted sums --------------------------------------------------------------------------- */

int ref_reweight(const gsl_matrix *weights, const gsl_matrix *values, gsl_matrix *output)
{
    if (weights->size2 != values->size1) {
        GSL_ERROR("there must be one value per column of weights", GSL_EBADLEN);
    }
    if (!has_shape(output, weights->size1, values->size2)) {
        GSL_ERROR("there must be one output per row of weights, as wide as a value", GSL_EBADLEN);
    }
    if (is_empty(weights) || is_empty(values)) {
        GSL_ERROR("there must be at least one weight and one value", GSL_EINVAL);
    }
    // [reweight]
    /* output_i = sum_j weights_ij values_j */
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, weights, values, 0.0, output);
    // [reweight]
    return GSL_SUCCESS;
}

/* ---- Kernel regression ----------------------------------------------------------------------- */

static int check_regression(const gsl_vector *queries, const gsl_vector *keys,
                            const gsl_matrix *values, ref_proximity proximity, double bandwidth,
                            const gsl_matrix *weights, const gsl_matrix *output)
{
    if (values->size1 != keys->size) {
        GSL_ERROR("there must be one value per key", GSL_EBADLEN);
    }
    if (!has_shape(weights, queries->size, keys->size)) {
        GSL_ERROR("there must be one weight per query and key", GSL_EBADLEN);
    }
    if (!has_shape(output, queries->size, values->size2)) {
        GSL_ERROR("there must be one output per query, as wide as a value", GSL_EBADLEN);
    }
    if (is_empty(weights) || is_empty(values)) {
        GSL_ERROR("there must be at least one query, one key and one column", GSL_EINVAL);
    }
    return check_proximity(proximity, bandwidth);
}

int ref_kernel_regression_forward(const gsl_vector *queries, const gsl_vector *keys,
                                  const gsl_matrix *values, ref_proximity proximity,
                                  double bandwidth, gsl_matrix *weights, gsl_matrix *output)
{
    int status = check_regression(queries, keys, values, proximity, bandwidth, weights, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [kernel-regression-forward]
    ref_proximity_weights(queries, keys, proximity, bandwidth, weights);
    ref_divide_by_sum(weights, weights);
    return ref_reweight(weights, values, output);
    // [kernel-regression-forward]
}

int ref_kernel_regression_backward(const gsl_vector *queries, const gsl_vector *keys,
                                   const gsl_matrix *values, ref_proximity proximity,
                                   double bandwidth, const gsl_matrix *weights,
                                   const gsl_matrix *output, const gsl_matrix *grad_output,
                                   double *grad_bandwidth)
{
    if (!same_shape(grad_output, output)) {
        GSL_ERROR("the output and its gradient must have the same shape", GSL_EBADLEN);
    }
    int status = check_regression(queries, keys, values, proximity, bandwidth, weights, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [kernel-regression-backward]
    /* Y_i = sum_j p_ij v_j:  dh += sum_j p_ij g(u_ij) / h (dY_i . v_j - dY_i . Y_i) */
    for (size_t i = 0; i < queries->size; i++) {
        gsl_vector_const_view y_i = gsl_matrix_const_row(output, i);
        gsl_vector_const_view grad_y_i = gsl_matrix_const_row(grad_output, i);
        double along_output = 0.0, along_value = 0.0;
        gsl_blas_ddot(&grad_y_i.vector, &y_i.vector, &along_output);
        for (size_t j = 0; j < keys->size; j++) {
            gsl_vector_const_view v_j = gsl_matrix_const_row(values, j);
            gsl_blas_ddot(&grad_y_i.vector, &v_j.vector, &along_value);
            double u = (gsl_vector_get(queries, i) - gsl_vector_get(keys, j)) / bandwidth;
            double p_ij = gsl_matrix_get(weights, i, j);
            *grad_bandwidth +=
                p_ij * log_growth(u, proximity) / bandwidth * (along_value - along_output);
        }
    }
    // [kernel-regression-backward]
    return GSL_SUCCESS;
}

/* ---- Dot-product reweighting ----------------------------------------------------------------- */

int ref_dot_reweighting(const gsl_matrix *x, gsl_matrix *weights, gsl_matrix *output)
{
    if (!same_shape(output, x)) {
        GSL_ERROR("input and output must have the same shape", GSL_EBADLEN);
    }
    // [dot-reweighting]
    int status = ref_dot_weights(x, weights);
    return status == GSL_SUCCESS ? ref_reweight(weights, x, output) : status;
    // [dot-reweighting]
}

int ref_dot_reweighting_reassociated(const gsl_matrix *x, gsl_matrix *gram, gsl_matrix *output)
{
    if (!has_shape(gram, x->size2, x->size2)) {
        GSL_ERROR("there must be one product per pair of columns", GSL_EBADLEN);
    }
    if (!same_shape(output, x)) {
        GSL_ERROR("input and output must have the same shape", GSL_EBADLEN);
    }
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one row and one column", GSL_EINVAL);
    }
    // [dot-reassociated]
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, x, x, 0.0, gram);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, x, gram, 0.0, output);
    // [dot-reassociated]
    return GSL_SUCCESS;
}
