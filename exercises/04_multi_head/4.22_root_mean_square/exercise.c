/* 4.22  A norm without a mean
 *
 * Layer normalisation subtracts the mean of a row and divides by its deviation. Many newer models
 * leave the mean where it is, and divide by the root of the mean square (Zhang and Sennrich 2019):
 *
 *   r_i = 1 / sqrt(1/d sum_c x_ic^2 + epsilon),    y_ic = gain_c x_ic r_i.
 *
 * You are given dY, and write the backward pass: derive dX and the gradient of the gain. Mind that
 * r_i depends on every number of its row.
 *
 *   x            (n x d)
 *   gain         (d)
 *   epsilon      above 0; in one of the cases it is not small
 *   grad_output  dY, (n x d)
 *   grad_x       (n x d): the gradient is added to it
 *   grad_gain    (d): the gradient is added to it
 *
 * Write the loops yourself, without BLAS. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

int rms_norm_backward(const gsl_matrix *x, const gsl_vector *gain, double epsilon,
                      const gsl_matrix *grad_output, gsl_matrix *grad_x, gsl_vector *grad_gain)
{
#ifdef SOLUTION
    double d = (double)gain->size;
    for (size_t i = 0; i < x->size1; i++) {
        double squares = 0.0, mean_gx = 0.0;
        for (size_t c = 0; c < gain->size; c++) {
            double x_c = gsl_matrix_get(x, i, c);
            double g = gsl_vector_get(gain, c) * gsl_matrix_get(grad_output, i, c);
            squares += x_c * x_c / d;
            mean_gx += g * x_c / d;
        }
        double r = 1.0 / sqrt(squares + epsilon);

        /* y = gain x r, with dr / dx = -r^3 x / d:  dx = r g - r^3 x mean(g x) */
        for (size_t c = 0; c < gain->size; c++) {
            double x_c = gsl_matrix_get(x, i, c), dy = gsl_matrix_get(grad_output, i, c);
            double g = gsl_vector_get(gain, c) * dy;
            *gsl_matrix_ptr(grad_x, i, c) += r * g - r * r * r * x_c * mean_gx;
            *gsl_vector_ptr(grad_gain, c) += dy * x_c * r;
        }
    }
    return GSL_SUCCESS;
#else
    /* TODO(4.22) */
    return GSL_SUCCESS;
#endif
}
