#include "reference/local_attention.h"
#include "reference/attention_checks.h"
#include "reference/checks.h"
#include "reference/projection.h"
#include "reference/softmax.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- Checks ---------------------------------------------------------------------------------- */

static bool cache_fits(const ref_local_cache *cache, const gsl_matrix *x, const gsl_matrix *keys,
                       const ref_local_attention *p)
{
    return has_shape(cache->hidden, x->size1, p->weight->size2) &&
           cache->positions->size == x->size1 && has_shape(cache->shares, x->size1, keys->size1) &&
           has_shape(cache->weights, x->size1, keys->size1);
}

static int check_forward(const gsl_matrix *x, const gsl_matrix *keys, const gsl_matrix *memory,
                         double scale, size_t window, const size_t *length,
                         const ref_local_attention *p, const ref_local_cache *cache,
                         const gsl_matrix *output)
{
    if (!has_shape(p->weight, x->size2, p->v->size)) {
        GSL_ERROR("W_p must lead from the columns of x to the numbers of v_p", GSL_EBADLEN);
    }
    if (!cache_fits(cache, x, keys, p)) {
        GSL_ERROR("the cache must fit x, the keys and W_p", GSL_EBADLEN);
    }
    ref_mask mask = {.key_length = length};
    int status =
        ref_check_attention(x, keys, memory, REF_DOT, scale, &mask, cache->weights, output);
    if (status == GSL_SUCCESS && p->v->size == 0) {
        GSL_ERROR("there must be at least one number in v_p", GSL_EINVAL);
    }
    if (status == GSL_SUCCESS && window == 0) {
        GSL_ERROR("the window must reach at least one state to either side", GSL_EINVAL);
    }
    return status;
}

static int check_gradients(const gsl_matrix *x, const gsl_matrix *keys, const gsl_matrix *memory,
                           const ref_local_attention *p, const gsl_matrix *output,
                           const gsl_matrix *grad_output, const gsl_matrix *grad_x,
                           const gsl_matrix *grad_keys, const gsl_matrix *grad_memory,
                           const ref_local_attention *grad, const ref_local_cache *grad_cache)
{
    if (!same_shape(grad_x, x) || !same_shape(grad_keys, keys) ||
        !same_shape(grad_memory, memory)) {
        GSL_ERROR("x, the keys and the memory must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!same_shape(grad->weight, p->weight) || grad->v->size != p->v->size) {
        GSL_ERROR("W_p and v_p must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!same_shape(grad_output, output)) {
        GSL_ERROR("the output and its gradient must have the same shape", GSL_EBADLEN);
    }
    if (!cache_fits(grad_cache, x, keys, p)) {
        GSL_ERROR("the scratch must have the shape of the cache", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

static double real_states(const gsl_matrix *keys, const size_t *length)
{
    return (double)(length ? *length : keys->size1);
}

/* ---- Forward --------------------------------------------------------------------------------- */

// [local-positions]
/* Z = tanh(X W_p),  p_i = n sigmoid(z_i . v_p) */
static void predict_positions(const gsl_matrix *x, const ref_local_attention *p, double n,
                              gsl_matrix *hidden, gsl_vector *positions)
{
    ref_projection_forward(x, p->weight, NULL, hidden);
    for (size_t i = 0; i < hidden->size1; i++) {
        for (size_t c = 0; c < hidden->size2; c++) {
            gsl_matrix_set(hidden, i, c, tanh(gsl_matrix_get(hidden, i, c)));
        }
    }
    gsl_blas_dgemv(CblasNoTrans, 1.0, hidden, p->v, 0.0, positions);
    for (size_t i = 0; i < positions->size; i++) {
        gsl_vector_set(positions, i, n / (1.0 + exp(-gsl_vector_get(positions, i))));
    }
}
// [local-positions]

/* S_ij stays where |j - p_i| <= D and state j is real; no other state is seen. */
static void open_windows(const gsl_vector *positions, double window, double n, gsl_matrix *scores)
{
    // [local-window]
    for (size_t i = 0; i < scores->size1; i++) {
        double p = gsl_vector_get(positions, i);
        for (size_t j = 0; j < scores->size2; j++) {
            bool is_near = fabs((double)j - p) <= window;
            if (!is_near || (double)j >= n) {
                gsl_matrix_set(scores, i, j, -INFINITY);
            }
        }
    }
    // [local-window]
}

// [local-bell]
/* A_ij = P_ij exp(-(j - p_i)^2 / (2 sigma^2)) */
static void lower_rims(const gsl_vector *positions, double sigma, const gsl_matrix *shares,
                       gsl_matrix *weights)
{
    for (size_t i = 0; i < shares->size1; i++) {
        double p = gsl_vector_get(positions, i);
        for (size_t j = 0; j < shares->size2; j++) {
            double u = ((double)j - p) / sigma;
            gsl_matrix_set(weights, i, j, gsl_matrix_get(shares, i, j) * exp(-0.5 * u * u));
        }
    }
}
// [local-bell]

int ref_local_attention_forward(const gsl_matrix *x, const gsl_matrix *keys,
                                const gsl_matrix *memory, double scale, size_t window,
                                const size_t *length, const ref_local_attention *parameters,
                                const ref_local_cache *cache, gsl_matrix *output)
{
    int status = check_forward(x, keys, memory, scale, window, length, parameters, cache, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    double n = real_states(keys, length), reach = (double)window;
    gsl_matrix *scores = cache->shares, *shares = scores, *weights = cache->weights;
    // [local-attention]
    /* p_i = n sigmoid(tanh(x_i W_p) . v_p) */
    predict_positions(x, parameters, n, cache->hidden, cache->positions);

    /* S = scale X K^T within the window,  P = softmax(S) */
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, scale, x, keys, 0.0, scores);
    open_windows(cache->positions, reach, n, scores);
    ref_softmax_forward(scores, shares);

    /* A = P under the bell curve,  Y = A M */
    lower_rims(cache->positions, reach / 2.0, shares, weights);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, weights, memory, 0.0, output);
    // [local-attention]
    return GSL_SUCCESS;
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

// [local-window-backward]
/* A = P o G,  P = softmax(S),  G_ij = exp(-(j - p_i)^2 / (2 sigma^2)):
 * dS_ij = A_ij dA_ij - D_i P_ij,  D_i = sum_j A_ij dA_ij = dY_i . Y_i,  and
 * dp_i = sum_j A_ij dA_ij (j - p_i) / sigma^2 */
static void window_backward(const ref_local_cache *cache, double sigma, const gsl_matrix *output,
                            const gsl_matrix *grad_output, const gsl_matrix *grad_weights,
                            gsl_matrix *grad_scores, gsl_vector *grad_positions)
{
    for (size_t i = 0; i < grad_weights->size1; i++) {
        gsl_vector_const_view y_i = gsl_matrix_const_row(output, i);
        gsl_vector_const_view grad_y_i = gsl_matrix_const_row(grad_output, i);
        double p_i = gsl_vector_get(cache->positions, i), d_i = 0.0, pull = 0.0;
        gsl_blas_ddot(&grad_y_i.vector, &y_i.vector, &d_i);
        for (size_t j = 0; j < grad_weights->size2; j++) {
            double da = gsl_matrix_get(cache->weights, i, j) * gsl_matrix_get(grad_weights, i, j);
            gsl_matrix_set(grad_scores, i, j, da - d_i * gsl_matrix_get(cache->shares, i, j));
            pull += da * ((double)j - p_i);
        }
        gsl_vector_set(grad_positions, i, pull / (sigma * sigma));
    }
}
// [local-window-backward]

// [local-positions-backward]
/* p_i = n sigmoid(a_i),  a_i = z_i . v_p,  Z = tanh(U):
 * da_i = dp_i p_i (1 - p_i / n),  dv_p += Z^T da,  dU_i = da_i v_p o (1 - z_i^2) */
static void positions_backward(const ref_local_cache *cache, const gsl_vector *v, double n,
                               const ref_local_cache *grad_cache, gsl_vector *grad_v)
{
    gsl_vector *grad_a = grad_cache->positions;
    for (size_t i = 0; i < grad_a->size; i++) {
        double p_i = gsl_vector_get(cache->positions, i),
               slope = n > 0.0 ? p_i * (1.0 - p_i / n) : 0.0;
        double da = gsl_vector_get(grad_a, i) * slope;
        gsl_vector_set(grad_a, i, da);
        for (size_t c = 0; c < v->size; c++) {
            double z = gsl_matrix_get(cache->hidden, i, c);
            gsl_matrix_set(grad_cache->hidden, i, c, da * gsl_vector_get(v, c) * (1.0 - z * z));
        }
    }
    gsl_blas_dgemv(CblasTrans, 1.0, cache->hidden, grad_a, 1.0, grad_v);
}
// [local-positions-backward]

int ref_local_attention_backward(const gsl_matrix *x, const gsl_matrix *keys,
                                 const gsl_matrix *memory, double scale, size_t window,
                                 const size_t *length, const ref_local_attention *parameters,
                                 const ref_local_cache *cache, const gsl_matrix *output,
                                 const gsl_matrix *grad_output, gsl_matrix *grad_x,
                                 gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                                 const ref_local_attention *gradients,
                                 const ref_local_cache *grad_cache)
{
    int status = check_gradients(x, keys, memory, parameters, output, grad_output, grad_x,
                                 grad_keys, grad_memory, gradients, grad_cache);
    if (status == GSL_SUCCESS) {
        status = check_forward(x, keys, memory, scale, window, length, parameters, cache, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    double n = real_states(keys, length), sigma = (double)window / 2.0;
    gsl_matrix *grad_weights = grad_cache->weights, *grad_scores = grad_cache->shares;
    // [local-backward]
    /* In the forward pass this was Y = A M, so now  dM += A^T dY,  dA = dY M^T. */
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, cache->weights, grad_output, 1.0, grad_memory);
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, grad_output, memory, 0.0, grad_weights);

    /* This was A = softmax(S) under a bell curve around p, so now dS and dp. */
    window_backward(cache, sigma, output, grad_output, grad_weights, grad_scores,
                    grad_cache->positions);

    /* This was S = scale X K^T, so now  dX += scale dS K,  dK += scale dS^T X. */
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, scale, grad_scores, keys, 1.0, grad_x);
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, scale, grad_scores, x, 1.0, grad_keys);

    /* This was p_i = n sigmoid(tanh(x_i W_p) . v_p), so now dv_p, dW_p, and more for dX. */
    positions_backward(cache, parameters->v, n, grad_cache, gradients->v);
    ref_projection_backward(x, parameters->weight, grad_cache->hidden, grad_x, gradients->weight,
                            NULL);
    // [local-backward]
    return GSL_SUCCESS;
}
