/* Attention that learns what to look for.
 *
 * What differs from reference/query_key_value.c:
 *   1. projections that are neighbours in memory are one product: side_by_side.h;
 *   2. dQ, dK and dV stand in the workspace, side by side, so that the backward pass of the
 *      neighbours is one product for dW and one for dX as well. */
#include "optimized/query_key_value.h"
#include "optimized/scratch.h"
#include "optimized/side_by_side.h"
#include <gsl/gsl_errno.h>

/* ---- Sizes ----------------------------------------------------------------------------------- */

/** Q, K or V for the size queries: their strides do not matter to them. */
static fast_view projected_like(const fast_view *x, const fast_view *weight)
{
    return fast_view_tensor(NULL, x->n_batch, 1, x->n_rows, weight->n_cols);
}

size_t fast_query_key_value_forward_size(const fast_view *x, const fast_view *memory,
                                         const fast_query_key_value *parameters,
                                         const fast_context *context)
{
    fast_view q = projected_like(x, &parameters->weight_q);
    fast_view k = projected_like(memory, &parameters->weight_k);
    fast_view v = projected_like(memory, &parameters->weight_v);
    return larger_of(fast_projections_forward_size(x, memory, parameters, context),
                     fast_attention_forward_size(&q, &k, &v, context));
}

size_t fast_query_key_value_backward_size(const fast_view *x, const fast_view *memory,
                                          const fast_query_key_value *parameters,
                                          const fast_context *context)
{
    fast_projected grad;
    size_t gradients = fast_projections_take_gradients(x, memory, parameters, NULL, &grad, context);
    size_t attention = fast_attention_backward_size(&grad.q, &grad.k, &grad.v, context);
    size_t projections = fast_projections_backward_size(x, memory, parameters, context);
    return fast_size_sum(gradients, larger_of(attention, projections));
}

/* ---- Forward --------------------------------------------------------------------------------- */

int fast_query_key_value_forward(const fast_view *x, const fast_view *memory,
                                 const fast_query_key_value *parameters, float scale,
                                 const fast_mask *mask, const fast_query_key_value_cache *cache,
                                 fast_view *output, fast_context *context)
{
    fast_projected projected = {cache->q, cache->k, cache->v};
    int status = fast_projections_check(x, memory, parameters, &projected);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace;
    size_t n_bytes = fast_query_key_value_forward_size(x, memory, parameters, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_query_key_value_forward_size()", GSL_ENOMEM);
    }
    // [query-key-value-forward]
    /* Q = X W_Q + b_Q,  K = M W_K + b_K,  V = M W_V + b_V */
    status = fast_projections_forward(x, memory, parameters, &projected, context); /* 1 */
    if (status != GSL_SUCCESS) {
        return status;
    }
    /* P = softmax(scale Q K^T + bias),  Y = P V */
    fast_view log_sum_exp = cache->log_sum_exp;
    return fast_attention_forward(&cache->q, &cache->k, &cache->v, FAST_DOT, scale, mask,
                                  &log_sum_exp, output, context);
    // [query-key-value-forward]
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

int fast_query_key_value_backward(const fast_view *x, const fast_view *memory,
                                  const fast_query_key_value *parameters, float scale,
                                  const fast_mask *mask, const fast_query_key_value_cache *cache,
                                  const fast_view *output, const fast_view *grad_output,
                                  fast_view *grad_x, fast_view *grad_memory,
                                  const fast_query_key_value *gradients, fast_context *context)
{
    fast_projected projected = {cache->q, cache->k, cache->v}, grad;
    int status = fast_projections_check_gradients(x, memory, parameters, &projected, grad_x,
                                                  grad_memory, gradients);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    size_t n_bytes = fast_query_key_value_backward_size(x, memory, parameters, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_query_key_value_backward_size()", GSL_ENOMEM);
    }
    fast_context behind = {context->kernels, context->n_threads, &rest};
    fast_projections_take_gradients(x, memory, parameters, &rest, &grad, context); /* 2 */
    /* Y = softmax(scale Q K^T + bias) V:  dQ, dK, dV */
    status = fast_attention_backward(&cache->q, &cache->k, &cache->v, FAST_DOT, scale, mask,
                                     &cache->log_sum_exp, output, grad_output, &grad.q, &grad.k,
                                     &grad.v, &behind);
    if (status != GSL_SUCCESS) {
        return status;
    }
    /* Q = X W_Q + b_Q:  dX += dQ W_Q^T,  dW_Q += X^T dQ,  db_Q += sum_i dQ_i;  so with K and V */
    return fast_projections_backward(x, memory, parameters, &grad, grad_x, grad_memory, gradients,
                                     &behind); /* 1 */
}
