/* Several attentions side by side.
 *
 * What differs from reference/multi_head.c:
 *   1. the heads are projected together: one product for all of Q, and where W_Q, W_K and W_V are
 *      neighbours in memory, one for all of Q, K and V: side_by_side.h;
 *   2. the loop over heads is an axis of the views: head h of Q begins d_k columns further right.
 *      The blocks of all batches and heads are independent of each other;
 *   3. weights are never stored, as in attention.c. */
#include "optimized/multi_head.h"
#include "optimized/multi_head_checks.h"
#include "optimized/projection.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include "optimized/side_by_side.h"
#include "optimized/tall_product.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- Heads ----------------------------------------------------------------------------------- */

// [split-heads]
/* 2. The same floats, with an axis for the heads: nothing is copied. */
static fast_view split_heads(const fast_view *all, size_t n_heads)
{
    fast_view heads = *all;
    heads.n_heads = n_heads;
    heads.n_cols = all->n_cols / n_heads;
    heads.head_stride = heads.n_cols; /* row_stride stays */
    return heads;
}
// [split-heads]

/** Q, K and V of all heads. */
static fast_projected split_all(const fast_view *q, const fast_view *k, const fast_view *v,
                                size_t n_heads)
{
    return (fast_projected){split_heads(q, n_heads), split_heads(k, n_heads),
                            split_heads(v, n_heads)};
}

/** The mask with the relative biases of the heads and, backward, their gradients. */
static fast_mask mask_of(const fast_mask *mask, const fast_view *relative_bias,
                         fast_view *grad_relative_bias)
{
    fast_mask own = mask ? *mask : (fast_mask){0};
    own.relative_bias = relative_bias->data ? relative_bias : NULL;
    own.grad_relative_bias =
        grad_relative_bias && grad_relative_bias->data ? grad_relative_bias : NULL;
    return own;
}

/** 1 / sqrt(d_k) */
static float scale_of(const fast_multi_head *p)
{
    return 1.0f / sqrtf((float)(p->heads.weight_q.n_cols / p->n_heads));
}

/* ---- Sizes ----------------------------------------------------------------------------------- */

/** Rows like those of x, for the size queries: their strides do not matter to them. */
static fast_view rows_like(const fast_view *x, size_t n_cols)
{
    return fast_view_tensor(NULL, x->n_batch, 1, x->n_rows, n_cols);
}

size_t fast_multi_head_forward_size(const fast_view *x, const fast_view *memory,
                                    const fast_multi_head *parameters, const fast_context *context)
{
    const fast_query_key_value *heads = &parameters->heads;
    fast_view q = rows_like(x, heads->weight_q.n_cols);
    fast_view k = rows_like(memory, heads->weight_k.n_cols);
    fast_view v = rows_like(memory, heads->weight_v.n_cols);
    fast_view concatenated = rows_like(x, heads->weight_v.n_cols);
    fast_projected split = split_all(&q, &k, &v, parameters->n_heads);
    size_t projections = fast_projections_forward_size(x, memory, heads, context);
    size_t attention = fast_attention_forward_size(&split.q, &split.k, &split.v, context);
    size_t output = fast_projection_forward_size(&concatenated, &parameters->weight_o, context);
    return larger_of(projections, larger_of(attention, output));
}

/** dC: taken, or only counted if from is NULL. */
static size_t take_concatenated(const fast_view *x, const fast_multi_head *p, fast_workspace *from,
                                fast_view *grad_concatenated)
{
    *grad_concatenated = rows_like(x, p->heads.weight_v.n_cols);
    return take_part(from, n_listed_rows(x), grad_concatenated->n_cols, &grad_concatenated->data);
}

size_t fast_multi_head_backward_size(const fast_view *x, const fast_view *memory,
                                     const fast_multi_head *parameters, const fast_context *context)
{
    fast_projected grad;
    fast_view grad_c;
    size_t concatenated = take_concatenated(x, parameters, NULL, &grad_c);
    size_t gradients =
        fast_projections_take_gradients(x, memory, &parameters->heads, NULL, &grad, context);
    fast_projected split = split_all(&grad.q, &grad.k, &grad.v, parameters->n_heads);
    size_t output = fast_projection_backward_size(&grad_c, &parameters->weight_o, context);
    size_t attention = fast_attention_backward_size(&split.q, &split.k, &split.v, context);
    size_t projections = fast_projections_backward_size(x, memory, &parameters->heads, context);
    return fast_size_sum(fast_size_sum(concatenated, gradients),
                         larger_of(output, larger_of(attention, projections)));
}

/* ---- Forward --------------------------------------------------------------------------------- */

int fast_multi_head_forward(const fast_view *x, const fast_view *memory,
                            const fast_multi_head *parameters, const fast_mask *mask,
                            const fast_multi_head_cache *cache, fast_view *output,
                            fast_context *context)
{
    int status = fast_check_multi_head(x, memory, parameters, mask, cache, output, context);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace;
    size_t n_bytes = fast_multi_head_forward_size(x, memory, parameters, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_multi_head_forward_size()", GSL_ENOMEM);
    }
    size_t n_heads = parameters->n_heads;
    fast_mask own = mask_of(mask, &parameters->relative_bias, NULL);
    fast_view log_sum_exp = cache->heads.log_sum_exp, concatenated = cache->concatenated;
    fast_view bias_o = parameters->bias_o;
    // [multi-head-forward]
    /* 1. Q = X W_Q + b_Q,  K = M W_K + b_K,  V = M W_V + b_V  of all heads */
    fast_projected projected = {cache->heads.q, cache->heads.k, cache->heads.v};
    status = fast_projections_forward(x, memory, &parameters->heads, &projected, context);
    if (status != GSL_SUCCESS) {
        return status;
    }
    /* 2, 3. head_h = softmax(Q^h K^h^T / sqrt(d_k) + bias) V^h,  into its columns of C */
    fast_projected split = split_all(&projected.q, &projected.k, &projected.v, n_heads);
    fast_view heads = split_heads(&concatenated, n_heads);
    status = fast_attention_forward(&split.q, &split.k, &split.v, FAST_DOT, scale_of(parameters),
                                    &own, &log_sum_exp, &heads, context);
    if (status != GSL_SUCCESS) {
        return status;
    }
    /* Y = C W_O + b_O,  C = [head_1 ... head_H] */
    return fast_projection_forward(&concatenated, &parameters->weight_o,
                                   bias_o.data ? &bias_o : NULL, output, context);
    // [multi-head-forward]
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

int fast_multi_head_backward(const fast_view *x, const fast_view *memory,
                             const fast_multi_head *parameters, const fast_mask *mask,
                             const fast_multi_head_cache *cache, const fast_view *grad_output,
                             fast_view *grad_x, fast_view *grad_memory,
                             const fast_multi_head *gradients, fast_context *context)
{
    int status = fast_check_multi_head(x, memory, parameters, mask, cache, grad_output, context);
    if (status == GSL_SUCCESS) {
        status = fast_check_multi_head_gradients(x, memory, parameters, cache, grad_x, grad_memory,
                                                 gradients);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    size_t n_bytes = fast_multi_head_backward_size(x, memory, parameters, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_multi_head_backward_size()", GSL_ENOMEM);
    }
    fast_context behind = {context->kernels, context->n_threads, &rest};
    size_t n_heads = parameters->n_heads;
    fast_multi_head grads = *gradients;
    fast_mask own = mask_of(mask, &parameters->relative_bias, &grads.relative_bias);
    fast_view grad_c;
    fast_projected grad;
    take_concatenated(x, parameters, &rest, &grad_c);
    fast_projections_take_gradients(x, memory, &parameters->heads, &rest, &grad, context);
    // [multi-head-backward]
    /* Y = C W_O + b_O:  dC = dY W_O^T,  dW_O += C^T dY,  db_O += sum_i dY_i */
    status = fast_multiply_rows(grad_output, true, &parameters->weight_o, 0.0f, &grad_c, &grad_c,
                                &behind);
    status = status ? status
                    : fast_projection_backward(&cache->concatenated, &parameters->weight_o,
                                               grad_output, NULL, &grads.weight_o,
                                               grads.bias_o.data ? &grads.bias_o : NULL, &behind);
    if (status != GSL_SUCCESS) {
        return status;
    }
    /* 2, 3. head_h = softmax(Q^h K^h^T / sqrt(d_k) + bias) V^h:  dQ^h, dK^h, dV^h */
    fast_projected split = split_all(&cache->heads.q, &cache->heads.k, &cache->heads.v, n_heads);
    fast_projected grad_split = split_all(&grad.q, &grad.k, &grad.v, n_heads);
    fast_view heads = split_heads(&cache->concatenated, n_heads);
    fast_view grad_heads = split_heads(&grad_c, n_heads);
    status = fast_attention_backward(&split.q, &split.k, &split.v, FAST_DOT, scale_of(parameters),
                                     &own, &cache->heads.log_sum_exp, &heads, &grad_heads,
                                     &grad_split.q, &grad_split.k, &grad_split.v, &behind);
    if (status != GSL_SUCCESS) {
        return status;
    }
    /* 1. Q = X W_Q + b_Q:  dX += dQ W_Q^T,  dW_Q += X^T dQ,  db_Q += sum_i dQ_i;  so with K and V */
    return fast_projections_backward(x, memory, &parameters->heads, &grad, grad_x, grad_memory,
                                     &grads.heads, &behind);
    // [multi-head-backward]
}
