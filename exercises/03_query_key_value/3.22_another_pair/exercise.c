/* 3.22  Another pair, the same attention
 *
 * Somebody prints the matrices W_Q and W_K of two models that were trained apart, and finds nothing
 * in common. That proves nothing: for any A that can be inverted there is another pair with the
 * same scores. Here W_Q and b_Q become
 *
 *   W'_Q = W_Q A,   b'_Q = b_Q A,
 *
 * and you find W'_K and b'_K, so that for all words x and m
 *
 *   (x W'_Q + b'_Q) . (m W'_K + b'_K)  =  (x W_Q + b_Q) . (m W_K + b_K).
 *
 *   weight_q, weight_k    (d_x x d_k) and (d_m x d_k)
 *   bias_q, bias_k        (d_k)
 *   a                     A, (d_k x d_k): invertible, neither symmetric nor orthogonal
 *   new_weight_q, new_weight_k, new_bias_q, new_bias_k
 *                         of the same shapes: fill all of them
 *
 * GSL can invert: gsl_linalg_LU_decomp() and gsl_linalg_LU_invert(). Products may be gsl_blas. */

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

#ifdef SOLUTION
static void invert(const gsl_matrix *a, gsl_matrix *inverse)
{
    size_t n = a->size1;
    gsl_matrix *lu = gsl_matrix_alloc(n, n);
    gsl_permutation *order = gsl_permutation_alloc(n);
    int sign;
    gsl_matrix_memcpy(lu, a);
    gsl_linalg_LU_decomp(lu, order, &sign);
    gsl_linalg_LU_invert(lu, order, inverse);
    gsl_permutation_free(order);
    gsl_matrix_free(lu);
}
#endif

int another_pair(const gsl_matrix *weight_q, const gsl_vector *bias_q, const gsl_matrix *weight_k,
                 const gsl_vector *bias_k, const gsl_matrix *a, gsl_matrix *new_weight_q,
                 gsl_vector *new_bias_q, gsl_matrix *new_weight_k, gsl_vector *new_bias_k)
{
#ifdef SOLUTION
    size_t n = a->size1;
    gsl_matrix *inverse = gsl_matrix_alloc(n, n);
    invert(a, inverse);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, weight_q, a, 0.0, new_weight_q);
    gsl_blas_dgemv(CblasTrans, 1.0, a, bias_q, 0.0, new_bias_q);

    /* (q A) . (k B) = q A B^T k^T, so A B^T is the identity: B is A^-1, transposed */
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, weight_k, inverse, 0.0, new_weight_k);
    gsl_blas_dgemv(CblasNoTrans, 1.0, inverse, bias_k, 0.0, new_bias_k);
    gsl_matrix_free(inverse);
    return GSL_SUCCESS;
#else
    /* TODO(3.22) */
    return GSL_SUCCESS;
#endif
}
