/**
 * @file reweighting.h
 * Naive reweighting: every output is a weighted sum of all values, and the weights come from a
 * formula that nobody trains. Its twin is optimized/reweighting.h.
 */
#ifndef REFERENCE_REWEIGHTING_H
#define REFERENCE_REWEIGHTING_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

/** @addtogroup ch01 @{ */

/**
 * Proximity kernels K(u) of the distance u = (query - key) / bandwidth. All have K(0) = 1: a
 * constant factor would cancel as soon as the weights are divided by their sum.
 */
typedef enum {
    REF_GAUSSIAN,     /**< exp(-u^2 / 2) */
    REF_BOXCAR,       /**< 1 if |u| <= 1, else 0: a window */
    REF_TRIANGULAR,   /**< max(0, 1 - |u|) */
    REF_EPANECHNIKOV, /**< max(0, 1 - u^2) */
    REF_EXPONENTIAL,  /**< exp(-|u|) */
    REF_INVERSE,      /**< 1 / (1 + |u|) */
} ref_proximity;

/**
 * The equation of the course:  output_i = sum_j weights_ij values_j.
 *
 * @param[in]  weights  (n_q x n_k)
 * @param[in]  values   (n_k x d_v)
 * @param[out] output   (n_q x d_v); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (1.1) of the course.
 */
int ref_reweight(const gsl_matrix *weights, const gsl_matrix *values, gsl_matrix *output);

/**
 * Proximity weights:  weights_ij = K((queries_i - keys_j) / bandwidth).
 *
 * @param[in]  queries    (n_q): positions in a sentence, or any points on a line
 * @param[in]  keys       (n_k)
 * @param[in]  proximity  the kernel K
 * @param[in]  bandwidth  h > 0, in the unit of queries and keys
 * @param[out] weights    (n_q x n_k), not normalised
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN weights is not (n_q x n_k)
 * @retval GSL_EINVAL  a size is 0, an unknown kernel, or a bandwidth that is not positive and finite
 *
 * Equation (1.2) of the course.
 */
int ref_proximity_weights(const gsl_vector *queries, const gsl_vector *keys,
                          ref_proximity proximity, double bandwidth, gsl_matrix *weights);

/**
 * Raw dot-product weights:  weights_ij = x_i . x_j,  that is  W = X X^T.
 *
 * @param[in]  x        one row a token, (n x d)
 * @param[out] weights  (n x n), symmetric, not normalised
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN weights is not (n x n)
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (1.6) of the course.
 */
int ref_dot_weights(const gsl_matrix *x, gsl_matrix *weights);

/**
 * Divide each row by its sum:  weights_ij = scores_ij / sum_l scores_il.
 *
 * @param[in]  scores   (n_q x n_k)
 * @param[out] weights  (n_q x n_k); may be the same matrix as scores
 *
 * A row whose sum is exactly 0 becomes all zeros. With scores of both signs a sum can come close to
 * 0 and the weights explode: chapter 1 shows it, chapter 2 cures it.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN scores and weights differ in shape
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (1.3) of the course.
 */
int ref_divide_by_sum(const gsl_matrix *scores, gsl_matrix *weights);

/**
 * Kernel regression:  output_i = sum_j K(u_ij) values_j / sum_l K(u_il),
 * u_ij = (queries_i - keys_j) / bandwidth.
 *
 * @param[in]  queries    (n_q), where the curve is wanted
 * @param[in]  keys       (n_k), where it was observed
 * @param[in]  values     (n_k x d_v), what was observed
 * @param[in]  proximity  the kernel K
 * @param[in]  bandwidth  h > 0, in the unit of queries and keys
 * @param[out] weights    (n_q x n_k); each row sums to 1. The backward pass reads it.
 * @param[out] output     (n_q x d_v)
 *
 * A query with no key inside the kernel's reach gets zero weights and a zero output row.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, an unknown kernel, or a bandwidth that is not positive and finite
 *
 * Source: Nadaraya 1964; Watson 1964. Equation (1.4) of the course.
 */
int ref_kernel_regression_forward(const gsl_vector *queries, const gsl_vector *keys,
                                  const gsl_matrix *values, ref_proximity proximity,
                                  double bandwidth, gsl_matrix *weights, gsl_matrix *output);

/**
 * Gradient with respect to the bandwidth, added to grad_bandwidth:
 *
 *     dh += sum_ij p_ij g(u_ij) / h * (dY_i . v_j - dY_i . Y_i),
 *     g(u) = d ln K / d ln h = -u K'(u) / K(u).
 *
 * @param[in]     queries         (n_q)
 * @param[in]     keys            (n_k)
 * @param[in]     values          (n_k x d_v)
 * @param[in]     proximity       as in the forward pass; the boxcar's gradient is 0
 * @param[in]     bandwidth       as in the forward pass
 * @param[in]     weights         (n_q x n_k), as the forward pass left them
 * @param[in]     output          Y, (n_q x d_v), as the forward pass left it
 * @param[in]     grad_output     dY, (n_q x d_v)
 * @param[in,out] grad_bandwidth  the gradient is added to it
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, an unknown kernel, or a bandwidth that is not positive and finite
 *
 * Equation (1.5) of the course.
 */
int ref_kernel_regression_backward(const gsl_vector *queries, const gsl_vector *keys,
                                   const gsl_matrix *values, ref_proximity proximity,
                                   double bandwidth, const gsl_matrix *weights,
                                   const gsl_matrix *output, const gsl_matrix *grad_output,
                                   double *grad_bandwidth);

/**
 * Dot-product reweighting without normalisation:  output = (X X^T) X.
 *
 * @param[in]  x        (n x d)
 * @param[out] weights  X X^T, (n x n)
 * @param[out] output   (n x d)
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Equations (1.6) and (1.1) of the course.
 */
int ref_dot_reweighting(const gsl_matrix *x, gsl_matrix *weights, gsl_matrix *output);

/**
 * The same output with the brackets moved:  output = X (X^T X).  No weights, and n d^2 instead of
 * n^2 d multiplications.
 *
 * @param[in]  x       (n x d)
 * @param[out] gram    X^T X, (d x d)
 * @param[out] output  (n x d)
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (1.7) of the course.
 */
int ref_dot_reweighting_reassociated(const gsl_matrix *x, gsl_matrix *gram, gsl_matrix *output);

/** @} */

#endif
