/* 3.24  Which gradient is wrong?
 *
 * Somebody hands you a backward pass for
 *
 *   Q = X W_Q,  K = X W_K,  V = X W_V,  Y = softmax(Q K^T / sqrt(d_k)) V,
 *
 * that is, three gradients for one X and one dY. You are to say of each of them how wrong it is, so
 * that its author knows where to look first. Nothing is known of the code but its result.
 *
 * The loss whose gradients these are is  L = sum over i, c of dY_ic Y_ic.  Move each number of a
 * matrix up and down by the step h, run the forward pass both times, and
 *
 *   slope = (L(up) - L(down)) / (2 h),      error = |slope - claim| / (|slope| + |claim|),
 *
 * where |.| is the root of the sum of squares over all numbers of that matrix.
 *
 *   x                              (n x d_x)
 *   weight_q, weight_k, weight_v   (d_x x d_k), (d_x x d_k), (d_x x d_v); they must not change
 *   grad_output                    dY, (n x d_v)
 *   claim_q, claim_k, claim_v      what is claimed to be dW_Q, dW_K and dW_V
 *   step                           h; compute with this one, although there are better ones
 *   error                          (3): of W_Q, of W_K, of W_V
 *
 * The forward pass is there already; it is right. */

#include "reference/attention.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

/* x W, in memory that the caller frees */
static gsl_matrix *project(const gsl_matrix *x, const gsl_matrix *weight)
{
    gsl_matrix *output = gsl_matrix_alloc(x->size1, weight->size2);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, x, weight, 0.0, output);
    return output;
}

static double loss_of(const gsl_matrix *x, const gsl_matrix *const weight[3],
                      const gsl_matrix *grad_output)
{
    gsl_matrix *q = project(x, weight[0]), *k = project(x, weight[1]), *v = project(x, weight[2]);
    gsl_matrix *weights = gsl_matrix_alloc(x->size1, x->size1);
    gsl_matrix *output = gsl_matrix_alloc(x->size1, v->size2);
    ref_attention_forward(q, k, v, REF_DOT, 1.0 / sqrt((double)q->size2), NULL, weights, output);
    double loss = 0.0;
    for (size_t i = 0; i < output->size1; i++) {
        gsl_vector_const_view dy = gsl_matrix_const_row(grad_output, i);
        gsl_vector_view y = gsl_matrix_row(output, i);
        double product;
        gsl_blas_ddot(&dy.vector, &y.vector, &product);
        loss += product;
    }
    gsl_matrix *const all[] = {q, k, v, weights, output};
    for (size_t i = 0; i < 5; i++) {
        gsl_matrix_free(all[i]);
    }
    return loss;
}

#ifdef SOLUTION
/* The error of one claim. moved is one of the three matrices, a copy that may be changed. */
static double error_of(const gsl_matrix *x, const gsl_matrix *const weight[3],
                       const gsl_matrix *grad_output, gsl_matrix *moved, const gsl_matrix *claim,
                       double step)
{
    double wrong = 0.0, slopes = 0.0, claims = 0.0;
    for (size_t i = 0; i < moved->size1; i++) {
        for (size_t j = 0; j < moved->size2; j++) {
            double before = gsl_matrix_get(moved, i, j), claimed = gsl_matrix_get(claim, i, j);
            gsl_matrix_set(moved, i, j, before + step);
            double slope = loss_of(x, weight, grad_output);
            gsl_matrix_set(moved, i, j, before - step);
            slope = (slope - loss_of(x, weight, grad_output)) / (2.0 * step);
            gsl_matrix_set(moved, i, j, before);
            wrong += (slope - claimed) * (slope - claimed);
            slopes += slope * slope;
            claims += claimed * claimed;
        }
    }
    return sqrt(wrong) / (sqrt(slopes) + sqrt(claims));
}
#endif

int gradient_errors(const gsl_matrix *x, const gsl_matrix *weight_q, const gsl_matrix *weight_k,
                    const gsl_matrix *weight_v, const gsl_matrix *grad_output,
                    const gsl_matrix *claim_q, const gsl_matrix *claim_k, const gsl_matrix *claim_v,
                    double step, gsl_vector *error)
{
    const gsl_matrix *weight[3] = {weight_q, weight_k, weight_v};
#ifdef SOLUTION
    const gsl_matrix *const claim[3] = {claim_q, claim_k, claim_v};
    for (size_t m = 0; m < 3; m++) {
        const gsl_matrix *given = weight[m];
        gsl_matrix *copy = gsl_matrix_alloc(given->size1, given->size2);
        gsl_matrix_memcpy(copy, given);
        weight[m] = copy;
        gsl_vector_set(error, m, error_of(x, weight, grad_output, copy, claim[m], step));
        weight[m] = given;
        gsl_matrix_free(copy);
    }
    return GSL_SUCCESS;
#else
    /* TODO(3.24) */
    (void)claim_q, (void)claim_k, (void)claim_v, (void)step, (void)error;
    return isfinite(loss_of(x, weight, grad_output)) ? GSL_SUCCESS : GSL_EDOM;
#endif
}
