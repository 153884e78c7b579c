/* What multi-head attention asks of its arguments. */
#include "optimized/multi_head_checks.h"
#include "optimized/attention_checks.h"
#include "optimized/checks.h"
#include "optimized/rows.h"
#include "optimized/side_by_side.h"
#include <gsl/gsl_errno.h>

/** The mask, which all heads share, and the relative bias of each. */
static int check_masks(const fast_view *x, const fast_view *memory, const fast_multi_head *p,
                       const fast_mask *mask, const fast_context *context)
{
    fast_mask own = mask ? *mask : (fast_mask){0};
    if (own.relative_bias || own.grad_relative_bias) {
        GSL_ERROR("the relative bias must be that of the parameters, not of the mask", GSL_EINVAL);
    }
    own.relative_bias = p->relative_bias.data ? &p->relative_bias : NULL;
    fast_view q = *x;
    q.n_heads = p->n_heads;
    return fast_check_mask(&own, &q, memory, context->kernels);
}

int fast_check_multi_head(const fast_view *x, const fast_view *memory,
                          const fast_multi_head *parameters, const fast_mask *mask,
                          const fast_multi_head_cache *cache, const fast_view *output,
                          const fast_context *context)
{
    const fast_multi_head *p = parameters;
    const fast_view *concatenated = &cache->concatenated, *logarithms = &cache->heads.log_sum_exp;
    size_t all_k = p->heads.weight_q.n_cols, all_v = p->heads.weight_v.n_cols;
    fast_projected projected = {cache->heads.q, cache->heads.k, cache->heads.v};
    if (p->n_heads == 0) {
        GSL_ERROR("there must be at least one head", GSL_EINVAL);
    }
    if (all_k % p->n_heads != 0 || all_v % p->n_heads != 0) {
        GSL_ERROR("the heads must share the columns of W_Q, and of W_V, equally", GSL_EBADLEN);
    }
    if (p->heads.weight_k.n_cols != all_k || !is_one_matrix(&p->weight_o, all_v, output->n_cols) ||
        (p->bias_o.data && !is_one_matrix(&p->bias_o, 1, output->n_cols)) ||
        (p->relative_bias.data &&
         !is_one_matrix(&p->relative_bias, p->n_heads, p->relative_bias.n_cols))) {
        GSL_ERROR("the parameters must fit one another and the columns of the output", GSL_EBADLEN);
    }
    if (!have_same_heads(concatenated, x) || !has_shape(concatenated, x->n_rows, all_v) ||
        !has_shape(logarithms, 1, x->n_rows) || logarithms->n_batch != x->n_batch ||
        logarithms->n_heads != p->n_heads || !have_same_heads(output, x) ||
        output->n_rows != x->n_rows) {
        GSL_ERROR("the cache and the output must fit the rows of x", GSL_EBADLEN);
    }
    int status = fast_projections_check(x, memory, &p->heads, &projected);
    if (status == GSL_SUCCESS && output->n_cols == 0) {
        GSL_ERROR("the output must have at least one column", GSL_EINVAL);
    }
    return status == GSL_SUCCESS ? check_masks(x, memory, p, mask, context) : status;
}

/** A parameter that may be left out and its gradient: both of one shape, or neither. */
static bool is_gradient(const fast_view *grad, const fast_view *value)
{
    return value->data ? grad->data && is_one_matrix(grad, value->n_rows, value->n_cols)
                       : !grad->data;
}

int fast_check_multi_head_gradients(const fast_view *x, const fast_view *memory,
                                    const fast_multi_head *parameters,
                                    const fast_multi_head_cache *cache, const fast_view *grad_x,
                                    const fast_view *grad_memory, const fast_multi_head *gradients)
{
    const fast_multi_head *p = parameters, *grad = gradients;
    fast_projected projected = {cache->heads.q, cache->heads.k, cache->heads.v};
    if (grad->n_heads != p->n_heads || !grad->weight_o.data ||
        !is_gradient(&grad->weight_o, &p->weight_o) || !is_gradient(&grad->bias_o, &p->bias_o) ||
        !is_gradient(&grad->relative_bias, &p->relative_bias)) {
        GSL_ERROR("every parameter must have a gradient of its shape", GSL_EBADLEN);
    }
    int status = fast_projections_check_gradients(x, memory, &p->heads, &projected, grad_x,
                                                  grad_memory, &grad->heads);
    if (status == GSL_SUCCESS &&
        (overlaps_itself(&grad->weight_o) ||
         (grad->relative_bias.data && overlaps_itself(&grad->relative_bias)))) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    return status;
}
