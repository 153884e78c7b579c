#include "reference/multi_head.h"
#include "reference/checks.h"
#include "reference/projection.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdbool.h>

/* ---- Checks ---------------------------------------------------------------------------------- */

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

static int check_multi_head(const gsl_matrix *x, const gsl_matrix *memory, const ref_multi_head *p,
                            const ref_mask *mask, const ref_multi_head_cache *cache,
                            const gsl_matrix *output)
{
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
    if (mask && (mask->relative_bias || mask->grad_relative_bias)) {
        GSL_ERROR("the relative bias must be that of the parameters, not of the mask", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* What is left out of the parameters must be left out of their gradients, and nothing else. */
static bool gradients_fit(const ref_multi_head *p, const ref_multi_head *gradients)
{
    const gsl_matrix *bias = p->relative_bias, *grad_bias = gradients->relative_bias;
    return same_shape(gradients->heads.weight_q, p->heads.weight_q) &&
           same_shape(gradients->heads.weight_v, p->heads.weight_v) &&
           gradients->n_heads == p->n_heads &&
           (gradients->heads.bias_q == NULL) == (p->heads.bias_q == NULL) &&
           (gradients->heads.bias_k == NULL) == (p->heads.bias_k == NULL) &&
           (gradients->heads.bias_v == NULL) == (p->heads.bias_v == NULL) &&
           (gradients->bias_o == NULL) == (p->bias_o == NULL) &&
           (bias ? grad_bias && same_shape(grad_bias, bias) : grad_bias == NULL);
}

/* ---- One head -------------------------------------------------------------------------------- */

// [one-head]
/* What belongs to one head: windows into what all heads share, no copies. It points into itself. */
typedef struct {
    gsl_matrix_view matrices[8];
    gsl_vector_view vectors[4];
    ref_query_key_value parameters;  /* W_Q^h, b_Q^h, ... */
    ref_query_key_value_cache cache; /* Q^h, K^h, V^h, P^h */
    gsl_matrix *output;              /* its columns of C */
    gsl_vector *relative_bias;       /* its row */
} one_head;

// [columns]
static gsl_matrix *columns(gsl_matrix *all, size_t h, size_t n_heads, gsl_matrix_view *window)
{
    size_t width = all->size2 / n_heads;
    *window = gsl_matrix_submatrix(all, 0, h * width, all->size1, width);
    return &window->matrix;
}

static gsl_matrix *rows(gsl_matrix *all, size_t h, size_t n_heads, gsl_matrix_view *window)
{
    size_t height = all->size1 / n_heads;
    *window = gsl_matrix_submatrix(all, h * height, 0, height, all->size2);
    return &window->matrix;
}
// [columns]

static gsl_vector *entries(gsl_vector *all, size_t h, size_t n_heads, gsl_vector_view *window)
{
    if (all == NULL) {
        return NULL;
    }
    *window = gsl_vector_subvector(all, h * (all->size / n_heads), all->size / n_heads);
    return &window->vector;
}

static void take_head(const ref_multi_head *all, const ref_multi_head_cache *cache, size_t h,
                      one_head *head)
{
    size_t n = all->n_heads;
    gsl_matrix_view *m = head->matrices;
    gsl_vector_view *v = head->vectors;
    head->parameters = (ref_query_key_value){
        columns(all->heads.weight_q, h, n, &m[0]), entries(all->heads.bias_q, h, n, &v[0]),
        columns(all->heads.weight_k, h, n, &m[1]), entries(all->heads.bias_k, h, n, &v[1]),
        columns(all->heads.weight_v, h, n, &m[2]), entries(all->heads.bias_v, h, n, &v[2])};
    head->cache = (ref_query_key_value_cache){
        columns(cache->heads.q, h, n, &m[3]), columns(cache->heads.k, h, n, &m[4]),
        columns(cache->heads.v, h, n, &m[5]), rows(cache->heads.weights, h, n, &m[6])};
    head->output = columns(cache->concatenated, h, n, &m[7]);
    head->relative_bias = NULL;
    if (all->relative_bias) {
        v[3] = gsl_matrix_row(all->relative_bias, h);
        head->relative_bias = &v[3].vector;
    }
}
// [one-head]

/* The mask, which all heads share, with the relative bias of one of them. */
static ref_mask mask_of(const ref_mask *mask, gsl_vector *relative_bias,
                        gsl_vector *grad_relative_bias)
{
    ref_mask own = mask ? *mask : (ref_mask){0};
    own.relative_bias = relative_bias;
    own.grad_relative_bias = grad_relative_bias;
    return own;
}

/* 1 / sqrt(d_k) */
static double scale_of(const ref_multi_head *p)
{
    return 1.0 / sqrt((double)(p->heads.weight_q->size2 / p->n_heads));
}

/* ---- Forward --------------------------------------------------------------------------------- */

int ref_multi_head_forward(const gsl_matrix *x, const gsl_matrix *memory,
                           const ref_multi_head *parameters, const ref_mask *mask,
                           const ref_multi_head_cache *cache, gsl_matrix *output)
{
    int status = check_multi_head(x, memory, parameters, mask, cache, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    double scale = scale_of(parameters);
    // [multi-head-forward]
    /* head_h = attention(X W_Q^h + b_Q^h,  M W_K^h + b_K^h,  M W_V^h + b_V^h) */
    for (size_t h = 0; h < parameters->n_heads && status == GSL_SUCCESS; h++) {
        one_head head;
        take_head(parameters, cache, h, &head);
        ref_mask own = mask_of(mask, head.relative_bias, NULL);
        status = ref_query_key_value_forward(x, memory, &head.parameters, scale, &own, &head.cache,
                                             head.output);
    }
    /* Y = C W_O + b_O,  C = [head_1 ... head_H] */
    if (status == GSL_SUCCESS) {
        ref_projection_forward(cache->concatenated, parameters->weight_o, parameters->bias_o,
                               output);
    }
    // [multi-head-forward]
    return status;
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

int ref_multi_head_backward(const gsl_matrix *x, const gsl_matrix *memory,
                            const ref_multi_head *parameters, const ref_mask *mask,
                            const ref_multi_head_cache *cache, const gsl_matrix *grad_output,
                            gsl_matrix *grad_x, gsl_matrix *grad_memory,
                            const ref_multi_head *gradients, const ref_multi_head_cache *grad_cache)
{
    int status = check_multi_head(x, memory, parameters, mask, cache, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (!same_shape(grad_x, x) || !same_shape(grad_memory, memory) ||
        !parameters_fit(gradients, x, memory, grad_output) ||
        !gradients_fit(parameters, gradients) ||
        !cache_fits(grad_cache, parameters, x->size1, memory->size1)) {
        GSL_ERROR("x, memory, parameters and cache must have the shape of their gradients",
                  GSL_EBADLEN);
    }
    double scale = scale_of(parameters);
    // [multi-head-backward]
    /* Y = C W_O + b_O:  dC = dY W_O^T,  dW_O += C^T dY,  db_O += sum_i dY_i */
    gsl_matrix_set_zero(grad_cache->concatenated);
    ref_projection_backward(cache->concatenated, parameters->weight_o, grad_output,
                            grad_cache->concatenated, gradients->weight_o, gradients->bias_o);
    /* C = [head_1 ... head_H]:  d head_h are the columns of dC that belong to head h */
    for (size_t h = 0; h < parameters->n_heads && status == GSL_SUCCESS; h++) {
        one_head head, grad;
        take_head(parameters, cache, h, &head);
        take_head(gradients, grad_cache, h, &grad);
        ref_mask own = mask_of(mask, head.relative_bias, grad.relative_bias);
        status = ref_query_key_value_backward(x, memory, &head.parameters, scale, &own, &head.cache,
                                              head.output, grad.output, grad_x, grad_memory,
                                              &grad.parameters, &grad.cache);
    }
    // [multi-head-backward]
    return status;
}
