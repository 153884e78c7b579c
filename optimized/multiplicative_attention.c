/* Attention by products.
 *
 * What differs from reference/multiplicative_attention.c:
 *   1. the rows of the memory of all batches make one tall matrix where they are evenly spaced, so
 *      that W is packed once for all sources: tall_product.h;
 *   2. the rest is the attention of chapter 2, with all that is different there: attention.c. */
#include "optimized/multiplicative_attention.h"
#include "optimized/checks.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include "optimized/tall_product.h"
#include <gsl/gsl_errno.h>

/* ---- Keys ------------------------------------------------------------------------------------ */

static int check_keys(const fast_view *memory, const fast_view *weight, const fast_view *keys)
{
    if (!is_one_matrix(weight, weight->n_rows, memory->n_cols)) {
        GSL_ERROR("the weight must be one matrix with one column per column of the memory",
                  GSL_EBADLEN);
    }
    if (!have_same_heads(keys, memory) || !has_shape(keys, memory->n_rows, weight->n_rows)) {
        GSL_ERROR("there must be one key per row of the memory, as wide as the weight is high",
                  GSL_EBADLEN);
    }
    if (is_empty(memory) || is_empty(weight)) {
        GSL_ERROR("there must be at least one row and one column of the memory and of the weight",
                  GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/** What K looks like, for the size queries: its strides do not matter to them. */
static fast_view keys_like(const fast_view *memory, const fast_view *weight)
{
    return fast_view_tensor(NULL, memory->n_batch, memory->n_heads, memory->n_rows, weight->n_rows);
}

size_t fast_multiplicative_keys_forward_size(const fast_view *memory, const fast_view *weight,
                                             const fast_context *context)
{
    return fast_multiply_rows_size(memory, true, weight, context);
}

int fast_multiplicative_keys_forward(const fast_view *memory, const fast_view *weight,
                                     fast_view *keys, fast_context *context)
{
    int status = check_keys(memory, weight, keys);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(keys)) {
        GSL_ERROR("the keys must not overlap themselves", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace;
    if (!fast_workspace_take(&all,
                             fast_multiplicative_keys_forward_size(memory, weight, context))) {
        GSL_ERROR("the workspace is smaller than fast_multiplicative_keys_forward_size()",
                  GSL_ENOMEM);
    }
    /* K = M W^T */
    return fast_multiply_rows(memory, true, weight, 0.0f, keys, keys, context); /* 1 */
}

size_t fast_multiplicative_keys_backward_size(const fast_view *memory, const fast_view *weight,
                                              const fast_context *context)
{
    fast_view grad_keys = keys_like(memory, weight);
    return larger_of(fast_multiply_rows_size(&grad_keys, false, weight, context),
                     fast_add_row_products_size(&grad_keys, memory, context));
}

int fast_multiplicative_keys_backward(const fast_view *memory, const fast_view *weight,
                                      const fast_view *grad_keys, fast_view *grad_memory,
                                      fast_view *grad_weight, fast_context *context)
{
    if (!same_shape(grad_memory, memory) ||
        !is_one_matrix(grad_weight, weight->n_rows, weight->n_cols)) {
        GSL_ERROR("the memory and the weight must have the shape of their gradients", GSL_EBADLEN);
    }
    int status = check_keys(memory, weight, grad_keys);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(grad_memory) || overlaps_itself(grad_weight)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace;
    if (!fast_workspace_take(&all,
                             fast_multiplicative_keys_backward_size(memory, weight, context))) {
        GSL_ERROR("the workspace is smaller than fast_multiplicative_keys_backward_size()",
                  GSL_ENOMEM);
    }
    /* K = M W^T:  dM += dK W,  dW += dK^T M */
    status = fast_multiply_rows(grad_keys, false, weight, 1.0f, grad_memory, grad_memory,
                                context); /* 1 */
    return status ? status : fast_add_row_products(grad_keys, memory, grad_weight, context);
}

/* ---- Attention ------------------------------------------------------------------------------- */

int fast_multiplicative_attention_forward(const fast_view *x, const fast_view *keys,
                                          const fast_view *memory, float scale,
                                          const fast_mask *mask, fast_view *log_sum_exp,
                                          fast_view *output, fast_context *context)
{
    /* P = softmax(scale X K^T + bias),  Y = P M */
    return fast_attention_forward(x, keys, memory, FAST_DOT, scale, mask, log_sum_exp, output,
                                  context); /* 2 */
}

int fast_multiplicative_attention_backward(const fast_view *x, const fast_view *keys,
                                           const fast_view *memory, float scale,
                                           const fast_mask *mask, const fast_view *log_sum_exp,
                                           const fast_view *output, const fast_view *grad_output,
                                           fast_view *grad_x, fast_view *grad_keys,
                                           fast_view *grad_memory, fast_context *context)
{
    return fast_attention_backward(x, keys, memory, FAST_DOT, scale, mask, log_sum_exp, output,
                                   grad_output, grad_x, grad_keys, grad_memory, context); /* 2 */
}
