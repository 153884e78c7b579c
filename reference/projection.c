#include "reference/projection.h"
#include "reference/checks.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>

static int check_projection(const gsl_matrix *x, const gsl_matrix *weight, const gsl_vector *bias,
                            const gsl_matrix *output)
{
    if (weight->size1 != x->size2) {
        GSL_ERROR("the weight must have one row per column of x", GSL_EBADLEN);
    }
    if (bias && bias->size != weight->size2) {
        GSL_ERROR("there must be one bias per column of the weight", GSL_EBADLEN);
    }
    if (!has_shape(output, x->size1, weight->size2)) {
        GSL_ERROR("there must be one output per row of x and column of the weight", GSL_EBADLEN);
    }
    if (is_empty(x) || is_empty(weight)) {
        GSL_ERROR("there must be at least one row, one input and one output", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

int ref_projection_forward(const gsl_matrix *x, const gsl_matrix *weight, const gsl_vector *bias,
                           gsl_matrix *output)
{
    int status = check_projection(x, weight, bias, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [projection-forward]
    /* Y = X W + b */
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, x, weight, 0.0, output);
    for (size_t i = 0; bias && i < output->size1; i++) {
        gsl_vector_view y_i = gsl_matrix_row(output, i);
        gsl_vector_add(&y_i.vector, bias);
    }
    // [projection-forward]
    return GSL_SUCCESS;
}

int ref_projection_backward(const gsl_matrix *x, const gsl_matrix *weight,
                            const gsl_matrix *grad_output, gsl_matrix *grad_x,
                            gsl_matrix *grad_weight, gsl_vector *grad_bias)
{
    if ((grad_x && !same_shape(grad_x, x)) || !same_shape(grad_weight, weight)) {
        GSL_ERROR("x and the weight must have the shape of their gradients", GSL_EBADLEN);
    }
    int status = check_projection(x, weight, grad_bias, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [projection-backward]
    /* Y = X W + b:  dX += dY W^T,  dW += X^T dY,  db += sum_i dY_i */
    if (grad_x) {
        gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, grad_output, weight, 1.0, grad_x);
    }
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, x, grad_output, 1.0, grad_weight);
    for (size_t i = 0; grad_bias && i < grad_output->size1; i++) {
        gsl_vector_const_view dy_i = gsl_matrix_const_row(grad_output, i);
        gsl_vector_add(grad_bias, &dy_i.vector);
    }
    // [projection-backward]
    return GSL_SUCCESS;
}
