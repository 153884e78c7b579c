#include "reference/multi_head.h"
#include "reference/multi_head_checks.h"
#include "reference/projection.h"

#include <gsl/gsl_errno.h>
#include <math.h>

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
    int status = ref_check_multi_head(x, memory, parameters, mask, cache, output);
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
    int status = ref_check_multi_head(x, memory, parameters, mask, cache, grad_output);
    if (status == GSL_SUCCESS) {
        status = ref_check_multi_head_gradients(x, memory, parameters, grad_x, grad_memory,
                                                gradients, grad_cache);
    }
    if (status != GSL_SUCCESS) {
        return status;
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
