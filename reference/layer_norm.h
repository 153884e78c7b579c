/**
 * @file layer_norm.h
 * Layer normalisation of every row. Its twin is optimized/layer_norm.h.
 */
#ifndef REFERENCE_LAYER_NORM_H
#define REFERENCE_LAYER_NORM_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

/** @addtogroup ch04 @{ */

/**
 * Layer normalisation:  Y_i = gain o (X_i - mu_i) r_i + bias,  r_i = 1 / sqrt(variance_i + epsilon),
 * with the mean mu_i and the variance (divided by d, not by d - 1) of row i.
 *
 * @param[in]  x        one row a token, (n x d)
 * @param[in]  gain     (d)
 * @param[in]  bias     (d)
 * @param[in]  epsilon  > 0; keeps a constant row from a division by 0
 * @param[out] mean     mu, (n). The backward pass reads it.
 * @param[out] rate     r, (n). The backward pass reads it.
 * @param[out] output   Y, (n x d); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, or epsilon is not positive and finite
 *
 * Source: Ba, Kiros and Hinton 2016, "Layer Normalization", eq. (3) and (4).
 *
 * Equation (4.4) of the course.
 */
int ref_layer_norm_forward(const gsl_matrix *x, const gsl_vector *gain, const gsl_vector *bias,
                           double epsilon, gsl_vector *mean, gsl_vector *rate, gsl_matrix *output);

/**
 * Gradients of layer normalisation. With  z = (X_i - mu_i) r_i  and  g = gain o dY_i:
 *
 *     dX_i += r_i (g - mean(g) - z mean(g o z)),  d gain += sum_i dY_i o z,  d bias += sum_i dY_i.
 *
 * @param[in]     x            (n x d)
 * @param[in]     gain         (d)
 * @param[in]     mean         mu, (n), as the forward pass left it
 * @param[in]     rate         r, (n), as the forward pass left it
 * @param[in]     grad_output  dY, (n x d)
 * @param[in,out] grad_x       (n x d); the gradient is added to it
 * @param[in,out] grad_gain    (d); the gradient is added to it
 * @param[in,out] grad_bias    (d); the gradient is added to it
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (4.12) of the course.
 */
int ref_layer_norm_backward(const gsl_matrix *x, const gsl_vector *gain, const gsl_vector *mean,
                            const gsl_vector *rate, const gsl_matrix *grad_output,
                            gsl_matrix *grad_x, gsl_vector *grad_gain, gsl_vector *grad_bias);

/** @} */

#endif
