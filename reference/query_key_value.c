#include "reference/query_key_value.h"
#include "reference/checks.h"
#include "reference/projection.h"

#include <gsl/gsl_errno.h>
#include <stdbool.h>

/* ---- Checks ---------------------------------------------------------------------------------- */

/* Whether  output = x weight + bias  has shapes that fit. */
static bool projects(const gsl_matrix *x, const gsl_matrix *weight, const gsl_vector *bias,
                     const gsl_matrix *output)
{
    return has_shape(weight, x->size2, output->size2) && output->size1 == x->size1 &&
           (!bias || bias->size == output->size2);
}

static int check_projections(const gsl_matrix *x, const gsl_matrix *memory,
                             const ref_query_key_value *p, const ref_query_key_value_cache *cache)
{
    if (!projects(x, p->weight_q, p->bias_q, cache->q)) {
        GSL_ERROR("W_Q and b_Q must lead from the columns of x to those of the queries",
                  GSL_EBADLEN);
    }
    if (!projects(memory, p->weight_k, p->bias_k, cache->k)) {
        GSL_ERROR("W_K and b_K must lead from the columns of the memory to those of the keys",
                  GSL_EBADLEN);
    }
    if (!projects(memory, p->weight_v, p->bias_v, cache->v)) {
        GSL_ERROR("W_V and b_V must lead from the columns of the memory to those of the values",
                  GSL_EBADLEN);
    }
    if (is_empty(x) || is_empty(memory) || is_empty(cache->q) || is_empty(cache->k) ||
        is_empty(cache->v)) {
        GSL_ERROR("there must be at least one row and one column before and after each projection",
                  GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* A bias and its gradient: both of one size, or neither. */
static bool is_bias_gradient(const gsl_vector *grad_bias, const gsl_vector *bias)
{
    return bias && grad_bias ? grad_bias->size == bias->size : !bias && !grad_bias;
}

static int check_gradients(const gsl_matrix *x, const gsl_matrix *memory,
                           const ref_query_key_value *p, const ref_query_key_value_cache *cache,
                           const gsl_matrix *grad_x, const gsl_matrix *grad_memory,
                           const ref_query_key_value *grad)
{
    if (!same_shape(grad_x, x) || !same_shape(grad_memory, memory)) {
        GSL_ERROR("x and the memory must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!same_shape(grad->weight_q, p->weight_q) || !same_shape(grad->weight_k, p->weight_k) ||
        !same_shape(grad->weight_v, p->weight_v) || !is_bias_gradient(grad->bias_q, p->bias_q) ||
        !is_bias_gradient(grad->bias_k, p->bias_k) || !is_bias_gradient(grad->bias_v, p->bias_v)) {
        GSL_ERROR("every weight and every bias must have a gradient of its shape", GSL_EBADLEN);
    }
    return check_projections(x, memory, p, cache);
}

/* ---- Forward --------------------------------------------------------------------------------- */

int ref_query_key_value_forward(const gsl_matrix *x, const gsl_matrix *memory,
                                const ref_query_key_value *parameters, double scale,
                                const ref_mask *mask, const ref_query_key_value_cache *cache,
                                gsl_matrix *output)
{
    int status = check_projections(x, memory, parameters, cache);
    if (status != GSL_SUCCESS) {
        return status;
    }
    const ref_query_key_value *p = parameters;
    gsl_matrix *q = cache->q, *k = cache->k, *v = cache->v;
    // [query-key-value-forward]
    /* Q = X W_Q + b_Q,  K = M W_K + b_K,  V = M W_V + b_V */
    ref_projection_forward(x, p->weight_q, p->bias_q, q);
    ref_projection_forward(memory, p->weight_k, p->bias_k, k);
    ref_projection_forward(memory, p->weight_v, p->bias_v, v);

    /* P = softmax(scale Q K^T + bias),  Y = P V */
    return ref_attention_forward(q, k, v, REF_DOT, scale, mask, cache->weights, output);
    // [query-key-value-forward]
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

int ref_query_key_value_backward(const gsl_matrix *x, const gsl_matrix *memory,
                                 const ref_query_key_value *parameters, double scale,
                                 const ref_mask *mask, const ref_query_key_value_cache *cache,
                                 const gsl_matrix *output, const gsl_matrix *grad_output,
                                 gsl_matrix *grad_x, gsl_matrix *grad_memory,
                                 const ref_query_key_value *gradients,
                                 const ref_query_key_value_cache *grad_cache)
{
    int status = check_gradients(x, memory, parameters, cache, grad_x, grad_memory, gradients);
    if (status != GSL_SUCCESS) {
        return status;
    }
    const ref_query_key_value *p = parameters, *grad = gradients;
    gsl_matrix *grad_q = grad_cache->q, *grad_k = grad_cache->k, *grad_v = grad_cache->v;
    // [query-key-value-backward]
    /* In the forward pass this was Y = softmax(scale Q K^T + bias) V, so now dQ, dK and dV. */
    gsl_matrix_set_zero(grad_q);
    gsl_matrix_set_zero(grad_k);
    gsl_matrix_set_zero(grad_v);
    status =
        ref_attention_backward(cache->q, cache->k, cache->v, REF_DOT, scale, mask, cache->weights,
                               output, grad_output, grad_q, grad_k, grad_v, grad_cache->weights);
    if (status != GSL_SUCCESS) {
        return status;
    }
    /* This was V = M W_V + b_V, so now  dM += dV W_V^T,  dW_V += M^T dV,  db_V += sum_j dV_j. */
    ref_projection_backward(memory, p->weight_v, grad_v, grad_memory, grad->weight_v, grad->bias_v);

    /* This was K = M W_K + b_K, so now  dM += dK W_K^T,  dW_K += M^T dK,  db_K += sum_j dK_j. */
    ref_projection_backward(memory, p->weight_k, grad_k, grad_memory, grad->weight_k, grad->bias_k);

    /* This was Q = X W_Q + b_Q, so now  dX += dQ W_Q^T,  dW_Q += X^T dQ,  db_Q += sum_i dQ_i. */
    ref_projection_backward(x, p->weight_q, grad_q, grad_x, grad->weight_q, grad->bias_q);
    // [query-key-value-backward]
    return GSL_SUCCESS;
}
