/**
 * @file projection.h
 * The learnable linear map of every row. Its twin is optimized/projection.h.
 */
#ifndef REFERENCE_PROJECTION_H
#define REFERENCE_PROJECTION_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

/** @addtogroup ch03 @{ */

/**
 * Projection:  Y = X W + b,  with the same W and b for every row.
 *
 * @param[in]  x       one row a token, (n x n_in)
 * @param[in]  weight  W, (n_in x n_out)
 * @param[in]  bias    b, (n_out), or NULL for none
 * @param[out] output  Y, (n x n_out); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Equation (3.1) of the course.
 */
int ref_projection_forward(const gsl_matrix *x, const gsl_matrix *weight, const gsl_vector *bias,
                           gsl_matrix *output);

/**
 * Gradients of the projection:  dX += dY W^T,  dW += X^T dY,  db += sum_i dY_i.
 *
 * @param[in]     x            (n x n_in)
 * @param[in]     weight       W, (n_in x n_out)
 * @param[in]     grad_output  dY, (n x n_out)
 * @param[in,out] grad_x       (n x n_in), or NULL where it is not wanted; the gradient is added
 * @param[in,out] grad_weight  (n_in x n_out); the gradient is added to it
 * @param[in,out] grad_bias    (n_out), or NULL for a projection without bias; the gradient is added
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0
 *
 * Equations (3.12) and (3.13) of the course.
 */
int ref_projection_backward(const gsl_matrix *x, const gsl_matrix *weight,
                            const gsl_matrix *grad_output, gsl_matrix *grad_x,
                            gsl_matrix *grad_weight, gsl_vector *grad_bias);

/** @} */

#endif
