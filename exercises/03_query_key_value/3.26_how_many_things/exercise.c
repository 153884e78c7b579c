/* 3.26  How many things at a time
 *
 * Between two words stands one matrix, M = W_Q W_K^T. Its singular values say how strongly it looks
 * for each of the things that it can look for, and how many of them are not 0 is its rank. It is
 * d_k at most; training may make it less, and so may whoever copies a column. Compute both:
 *
 *   sigma_1 >= sigma_2 >= ... : the singular values of M
 *   rank: how many of them are larger than 1e-10 sigma_1
 *
 *   weight_q  W_Q, (d_x x d_k)
 *   weight_k  W_K, (d_m x d_k), d_m at most d_x
 *   sigma     (d_m): fill all of it
 *   rank      (1)
 *
 * gsl_linalg_SV_decomp() computes them, and overwrites the matrix that it is given. W_Q is not 0,
 * but it may be small: all numbers of a matrix may be 1e-8 times what is usual. */

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

int score_spectrum(const gsl_matrix *weight_q, const gsl_matrix *weight_k, gsl_vector *sigma,
                   gsl_vector *rank)
{
#ifdef SOLUTION
    size_t d_x = weight_q->size1, d_m = weight_k->size1, found = 0;
    gsl_matrix *product = gsl_matrix_alloc(d_x, d_m), *right = gsl_matrix_alloc(d_m, d_m);
    gsl_vector *work = gsl_vector_alloc(d_m);
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, weight_q, weight_k, 0.0, product);
    gsl_linalg_SV_decomp(product, right, sigma, work);
    for (size_t i = 0; i < d_m; i++) {
        found += gsl_vector_get(sigma, i) > 1e-10 * gsl_vector_get(sigma, 0);
    }
    gsl_vector_set(rank, 0, (double)found);
    gsl_matrix_free(product);
    gsl_matrix_free(right);
    gsl_vector_free(work);
    return GSL_SUCCESS;
#else
    /* TODO(3.26) */
    return GSL_SUCCESS;
#endif
}
