#include "reference/additive_attention.h"
#include "reference/attention_checks.h"
#include "reference/attention_mask.h"
#include "reference/checks.h"
#include "reference/projection.h"
#include "reference/softmax.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* ---- Keys ------------------------------------------------------------------------------------ */

int ref_additive_keys_forward(const gsl_matrix *memory, const ref_additive_attention *parameters,
                              gsl_matrix *keys)
{
    // [additive-keys]
    /* K = M U + b */
    return ref_projection_forward(memory, parameters->weight_k, parameters->bias, keys);
    // [additive-keys]
}

int ref_additive_keys_backward(const gsl_matrix *memory, const ref_additive_attention *parameters,
                               const gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                               const ref_additive_attention *gradients)
{
    if (!parameters->bias != !gradients->bias) {
        GSL_ERROR("a bias must have a gradient, and a gradient its bias", GSL_EBADLEN);
    }
    /* K = M U + b:  dM += dK U^T,  dU += M^T dK,  db += sum_j dK_j */
    return ref_projection_backward(memory, parameters->weight_k, grad_keys, grad_memory,
                                   gradients->weight_k, gradients->bias);
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static int check_forward(const gsl_matrix *x, const gsl_matrix *keys, const gsl_matrix *memory,
                         const ref_additive_attention *p, const ref_mask *mask,
                         const ref_additive_cache *cache, const gsl_matrix *output)
{
    if (!has_shape(p->weight_q, x->size2, keys->size2) ||
        !has_shape(cache->q, x->size1, keys->size2)) {
        GSL_ERROR("W must lead from the columns of x to those of the keys", GSL_EBADLEN);
    }
    if (p->v->size != keys->size2) {
        GSL_ERROR("there must be one number in v per column of the keys", GSL_EBADLEN);
    }
    int status =
        ref_check_attention(cache->q, keys, memory, REF_DOT, 1.0, mask, cache->weights, output);
    if (status == GSL_SUCCESS && is_empty(x)) {
        GSL_ERROR("there must be at least one column of x", GSL_EINVAL);
    }
    if (status == GSL_SUCCESS && mask && mask->relative_bias) {
        GSL_ERROR("additive attention takes no relative bias", GSL_EINVAL);
    }
    return status;
}

static int check_gradients(const gsl_matrix *x, const gsl_matrix *keys, const gsl_matrix *memory,
                           const ref_additive_attention *p, const gsl_matrix *grad_x,
                           const gsl_matrix *grad_keys, const gsl_matrix *grad_memory,
                           const ref_additive_attention *grad)
{
    if (!same_shape(grad_x, x) || !same_shape(grad_keys, keys) ||
        !same_shape(grad_memory, memory)) {
        GSL_ERROR("x, the keys and the memory must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!same_shape(grad->weight_q, p->weight_q) || grad->v->size != p->v->size) {
        GSL_ERROR("W and v must have the shape of their gradients", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

static int check_results(const ref_additive_cache *cache, const gsl_matrix *output,
                         const gsl_matrix *grad_output, const ref_additive_cache *grad_cache)
{
    if (!same_shape(grad_output, output)) {
        GSL_ERROR("the output and its gradient must have the same shape", GSL_EBADLEN);
    }
    if (!same_shape(grad_cache->q, cache->q) || !same_shape(grad_cache->weights, cache->weights)) {
        GSL_ERROR("the scratch must have the shape of the cache", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

/* ---- Forward --------------------------------------------------------------------------------- */

// [additive-scores]
/* S_ij = v . tanh(q_i + k_j) */
static void additive_scores(const gsl_matrix *q, const gsl_matrix *keys, const gsl_vector *v,
                            gsl_matrix *scores)
{
    for (size_t i = 0; i < q->size1; i++) {
        for (size_t j = 0; j < keys->size1; j++) {
            double s = 0.0;
            for (size_t a = 0; a < v->size; a++) {
                double t = tanh(gsl_matrix_get(q, i, a) + gsl_matrix_get(keys, j, a));
                s += gsl_vector_get(v, a) * t;
            }
            gsl_matrix_set(scores, i, j, s);
        }
    }
}
// [additive-scores]

int ref_additive_attention_forward(const gsl_matrix *x, const gsl_matrix *keys,
                                   const gsl_matrix *memory,
                                   const ref_additive_attention *parameters, const ref_mask *mask,
                                   const ref_additive_cache *cache, gsl_matrix *output)
{
    int status = check_forward(x, keys, memory, parameters, mask, cache, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    gsl_matrix *weights = cache->weights;
    // [additive-attention]
    /* Q = X W,  S_ij = v . tanh(q_i + k_j) + bias_ij */
    ref_projection_forward(x, parameters->weight_q, NULL, cache->q);
    additive_scores(cache->q, keys, parameters->v, weights);
    if (mask) {
        apply_mask(mask, weights);
    }
    /* P = softmax(S),  Y = P M */
    ref_softmax_forward(weights, weights);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, weights, memory, 0.0, output);
    // [additive-attention]
    return GSL_SUCCESS;
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

/* Y = P M:  dM += P^T dY,  dP = dY M^T;   P = softmax(S):  dS = P o (dP - D),  D_i = dY_i . Y_i */
static void weights_backward(const gsl_matrix *memory, const gsl_matrix *weights,
                             const gsl_matrix *output, const gsl_matrix *grad_output,
                             gsl_matrix *grad_memory, gsl_matrix *grad_scores)
{
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, weights, grad_output, 1.0, grad_memory);
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, grad_output, memory, 0.0, grad_scores);
    for (size_t i = 0; i < output->size1; i++) {
        gsl_vector_const_view y_i = gsl_matrix_const_row(output, i);
        gsl_vector_const_view grad_y_i = gsl_matrix_const_row(grad_output, i);
        gsl_vector_view grad_s_i = gsl_matrix_row(grad_scores, i);
        double d_i = 0.0;
        gsl_blas_ddot(&grad_y_i.vector, &y_i.vector, &d_i);
        gsl_vector_add_constant(&grad_s_i.vector, -d_i);
    }
    gsl_matrix_mul_elements(grad_scores, weights);
}

// [additive-scores-backward]
/* S_ij = v . t,  t = tanh(q_i + k_j):  dv += dS_ij t,  and  dz = dS_ij v o (1 - t^2)  goes to both
 * dq_i and dk_j */
static void additive_scores_backward(const gsl_matrix *q, const gsl_matrix *keys,
                                     const gsl_vector *v, const gsl_matrix *grad_scores,
                                     gsl_matrix *grad_q, gsl_matrix *grad_keys, gsl_vector *grad_v)
{
    for (size_t i = 0; i < q->size1; i++) {
        for (size_t j = 0; j < keys->size1; j++) {
            double grad_s = gsl_matrix_get(grad_scores, i, j);
            for (size_t a = 0; a < v->size && grad_s != 0.0; a++) { /* hidden keys get nothing */
                double t = tanh(gsl_matrix_get(q, i, a) + gsl_matrix_get(keys, j, a));
                double dz = grad_s * gsl_vector_get(v, a) * (1.0 - t * t);
                *gsl_vector_ptr(grad_v, a) += grad_s * t;
                *gsl_matrix_ptr(grad_q, i, a) += dz;
                *gsl_matrix_ptr(grad_keys, j, a) += dz;
            }
        }
    }
}
// [additive-scores-backward]

int ref_additive_attention_backward(const gsl_matrix *x, const gsl_matrix *keys,
                                    const gsl_matrix *memory,
                                    const ref_additive_attention *parameters, const ref_mask *mask,
                                    const ref_additive_cache *cache, const gsl_matrix *output,
                                    const gsl_matrix *grad_output, gsl_matrix *grad_x,
                                    gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                                    const ref_additive_attention *gradients,
                                    const ref_additive_cache *grad_cache)
{
    const ref_additive_attention *p = parameters, *grad = gradients;
    int status = check_gradients(x, keys, memory, p, grad_x, grad_keys, grad_memory, grad);
    if (status == GSL_SUCCESS) {
        status = check_results(cache, output, grad_output, grad_cache);
    }
    if (status == GSL_SUCCESS) {
        status = check_forward(x, keys, memory, p, mask, cache, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    gsl_matrix *grad_q = grad_cache->q, *grad_scores = grad_cache->weights;
    // [additive-backward]
    /* In the forward pass this was Y = softmax(S) M, so now dM and dS. */
    weights_backward(memory, cache->weights, output, grad_output, grad_memory, grad_scores);

    /* This was S_ij = v . tanh(q_i + k_j), so now dv, dQ and dK. */
    gsl_matrix_set_zero(grad_q);
    additive_scores_backward(cache->q, keys, p->v, grad_scores, grad_q, grad_keys, grad->v);

    /* This was Q = X W, so now  dX += dQ W^T,  dW += X^T dQ. */
    ref_projection_backward(x, p->weight_q, grad_q, grad_x, grad->weight_q, NULL);
    // [additive-backward]
    return GSL_SUCCESS;
}
