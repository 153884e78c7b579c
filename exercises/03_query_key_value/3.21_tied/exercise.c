/* 3.21  One matrix, used twice
 *
 * Some models save parameters by tying: queries and keys are made by the same matrix,
 *
 *   Q = X W,   S = scale * Q Q^T.
 *
 * The backward pass starts from dS, the gradient of the scores. Derive what it gives to X and to W,
 * and add it to what is in their gradients already. dS is not symmetric, although S is.
 *
 *   x            (n x d_x)
 *   weight       W, (d_x x d_k)
 *   scale        a number, not always 1 / sqrt(d_k)
 *   grad_scores  dS, (n x n)
 *   grad_x       (n x d_x): the gradient is added to it
 *   grad_weight  (d_x x d_k): the gradient is added to it
 *
 * gsl_blas_dgemm() may be used, and matrices of your own, as long as you free them. */

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>

int tied_backward(const gsl_matrix *x, const gsl_matrix *weight, double scale,
                  const gsl_matrix *grad_scores, gsl_matrix *grad_x, gsl_matrix *grad_weight)
{
#ifdef SOLUTION
    gsl_matrix *q = gsl_matrix_alloc(x->size1, weight->size2);
    gsl_matrix *grad_q = gsl_matrix_alloc(x->size1, weight->size2);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, x, weight, 0.0, q);

    /* S = scale Q Q^T, and Q stands there twice:  dQ = scale (dS Q + dS^T Q) */
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, scale, grad_scores, q, 0.0, grad_q);
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, scale, grad_scores, q, 1.0, grad_q);

    /* Q = X W:  dX += dQ W^T,  dW += X^T dQ */
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, grad_q, weight, 1.0, grad_x);
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, x, grad_q, 1.0, grad_weight);
    gsl_matrix_free(q);
    gsl_matrix_free(grad_q);
    return GSL_SUCCESS;
#else
    /* TODO(3.21) */
    return GSL_SUCCESS;
#endif
}
