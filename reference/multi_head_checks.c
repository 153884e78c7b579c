/* What multi-head attention asks of its arguments. */
#include "reference/multi_head_checks.h"
#include "reference/attention_checks.h"
#include "reference/checks.h"

#include <gsl/gsl_errno.h>
#include <stdbool.h>

static bool fits(const gsl_vector *bias, size_t n)
{
    return bias == NULL || bias->size == n;
}

/* Whether parameters, or their gradients, belong to an attention from x to memory. */
static bool parameters_fit(const ref_multi_head *p, const gsl_matrix *x, const gsl_matrix *memory,
                           const gsl_matrix *output)
{
    const ref_query_key_value *heads = &p->heads;
    size_t all_k = heads->weight_q->size2, all_v = heads->weight_v->size2;
    return has_shape(heads->weight_q, x->size2, all_k) && fits(heads->bias_q, all_k) &&
           has_shape(heads->weight_k, memory->size2, all_k) && fits(heads->bias_k, all_k) &&
           has_shape(heads->weight_v, memory->size2, all_v) && fits(heads->bias_v, all_v) &&
           has_shape(p->weight_o, all_v, output->size2) && fits(p->bias_o, output->size2) &&
           (p->relative_bias == NULL || p->relative_bias->size1 == p->n_heads);
}

/* Whether a cache, or its gradients, belongs to these parameters. */
static bool cache_fits(const ref_multi_head_cache *cache, const ref_multi_head *p, size_t n_q,
                       size_t n_k)
{
    size_t all_k = p->heads.weight_q->size2, all_v = p->heads.weight_v->size2;
    return has_shape(cache->heads.q, n_q, all_k) && has_shape(cache->heads.k, n_k, all_k) &&
           has_shape(cache->heads.v, n_k, all_v) &&
           has_shape(cache->heads.weights, p->n_heads * n_q, n_k) &&
           has_shape(cache->concatenated, n_q, all_v);
}

/* The mask, which all heads share, and the relative bias of each. */
static int check_masks(const ref_multi_head *p, const ref_mask *mask, size_t n_q, size_t n_k)
{
    if (mask && (mask->relative_bias || mask->grad_relative_bias)) {
        GSL_ERROR("the relative bias must be that of the parameters, not of the mask", GSL_EINVAL);
    }
    int status = ref_check_mask(mask, n_q, n_k);
    for (size_t h = 0; p->relative_bias && h < p->n_heads && status == GSL_SUCCESS; h++) {
        gsl_vector_view own = gsl_matrix_row(p->relative_bias, h);
        status = ref_check_mask(&(ref_mask){.relative_bias = &own.vector}, n_q, n_k);
    }
    return status;
}

int ref_check_multi_head(const gsl_matrix *x, const gsl_matrix *memory,
                         const ref_multi_head *parameters, const ref_mask *mask,
                         const ref_multi_head_cache *cache, const gsl_matrix *output)
{
    const ref_multi_head *p = parameters;
    if (p->n_heads == 0) {
        GSL_ERROR("there must be at least one head", GSL_EINVAL);
    }
    if (p->heads.weight_q->size2 % p->n_heads != 0 || p->heads.weight_v->size2 % p->n_heads != 0) {
        GSL_ERROR("the heads must share the columns of W_Q, and of W_V, equally", GSL_EBADLEN);
    }
    if (!parameters_fit(p, x, memory, output)) {
        GSL_ERROR("the parameters must fit the columns of x, memory and output", GSL_EBADLEN);
    }
    if (output->size1 != x->size1 || !cache_fits(cache, p, x->size1, memory->size1)) {
        GSL_ERROR("the cache and the output must fit the rows of x and memory", GSL_EBADLEN);
    }
    if (is_empty(x) || is_empty(memory) || is_empty(p->heads.weight_q) || is_empty(p->weight_o)) {
        GSL_ERROR("there must be at least one row and one column everywhere", GSL_EINVAL);
    }
    return check_masks(p, mask, x->size1, memory->size1);
}

/* What is left out of the parameters must be left out of their gradients, and nothing else. */
static bool is_vector_gradient(const gsl_vector *grad, const gsl_vector *value)
{
    return value ? grad && grad->size == value->size : grad == NULL;
}

static bool gradients_fit(const ref_multi_head *p, const ref_multi_head *gradients)
{
    const ref_query_key_value *heads = &p->heads, *grad = &gradients->heads;
    const gsl_matrix *bias = p->relative_bias, *grad_bias = gradients->relative_bias;
    return gradients->n_heads == p->n_heads && same_shape(grad->weight_q, heads->weight_q) &&
           same_shape(grad->weight_k, heads->weight_k) &&
           same_shape(grad->weight_v, heads->weight_v) &&
           same_shape(gradients->weight_o, p->weight_o) &&
           is_vector_gradient(grad->bias_q, heads->bias_q) &&
           is_vector_gradient(grad->bias_k, heads->bias_k) &&
           is_vector_gradient(grad->bias_v, heads->bias_v) &&
           is_vector_gradient(gradients->bias_o, p->bias_o) &&
           (bias ? grad_bias && same_shape(grad_bias, bias) : grad_bias == NULL);
}

int ref_check_multi_head_gradients(const gsl_matrix *x, const gsl_matrix *memory,
                                   const ref_multi_head *parameters, const gsl_matrix *grad_x,
                                   const gsl_matrix *grad_memory, const ref_multi_head *gradients,
                                   const ref_multi_head_cache *grad_cache)
{
    if (!same_shape(grad_x, x) || !same_shape(grad_memory, memory) ||
        !gradients_fit(parameters, gradients) ||
        !cache_fits(grad_cache, parameters, x->size1, memory->size1)) {
        GSL_ERROR("x, memory, parameters and cache must have the shape of their gradients",
                  GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}
