/* What attention asks of its arguments. */
#include "optimized/attention_checks.h"
#include "optimized/checks.h"
#include "optimized/kernels/softmax_kernels.h"
#include "optimized/rows.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/** Whether no bias is NaN or +INFINITY; what a stride of 0 repeats is looked at once. */
static bool is_bias_valid(const fast_view *bias, const fast_kernels *kernels)
{
    size_t n_batch = bias->batch_stride == 0 ? 1 : bias->n_batch;
    size_t n_heads = bias->head_stride == 0 ? 1 : bias->n_heads;
    size_t n_rows = bias->row_stride == 0 ? 1 : bias->n_rows;
    for (size_t matrix = 0; matrix < n_batch * n_heads; matrix++) {
        const float *row = fast_view_at(bias, matrix / n_heads, matrix % n_heads);
        for (size_t i = 0; i < n_rows; i++, row += bias->row_stride) {
            if (!kernels->softmax->are_scores(row, bias->n_cols)) {
                return false;
            }
        }
    }
    return true;
}

/** Whether all numbers of a relative bias are finite: few, so that no kernel is needed. */
static bool is_finite_matrix(const fast_view *bias)
{
    for (size_t i = 0; i < bias->n_rows; i++) {
        for (size_t n = 0; n < bias->n_cols; n++) {
            if (!isfinite(bias->data[i * bias->row_stride + n])) {
                return false;
            }
        }
    }
    return true;
}

static bool are_key_lengths_valid(const size_t *key_lengths, const fast_view *k)
{
    for (size_t b = 0; key_lengths != NULL && b < k->n_batch; b++) {
        if (key_lengths[b] > k->n_rows) {
            return false;
        }
    }
    return true;
}

static int check_mask_shapes(const fast_mask *mask, const fast_view *q, const fast_view *k)
{
    const fast_view *added = mask->bias, *bias = mask->relative_bias;
    const fast_view *grad = mask->grad_relative_bias;
    if (added != NULL && (!have_same_heads(q, added) || !has_shape(added, q->n_rows, k->n_rows))) {
        GSL_ERROR("there must be one bias per query and key", GSL_EBADLEN);
    }
    if (bias != NULL && !is_one_matrix(bias, q->n_heads, bias->n_cols)) {
        GSL_ERROR("a relative bias must be one matrix with a row for each head", GSL_EBADLEN);
    }
    if (bias != NULL && bias->n_cols % 2 == 0) {
        GSL_ERROR("a relative bias must have an odd number of entries: 2 clip + 1", GSL_EBADLEN);
    }
    if (grad != NULL && !(bias != NULL && same_shape(grad, bias))) {
        GSL_ERROR("there must be a relative bias of the shape of its gradient", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

static int check_mask_values(const fast_mask *mask, const fast_view *k, const fast_kernels *kernels)
{
    if (!are_key_lengths_valid(mask->key_lengths, k)) {
        GSL_ERROR("a key length must not exceed the number of keys", GSL_EINVAL);
    }
    if (mask->bias != NULL && !is_bias_valid(mask->bias, kernels)) {
        GSL_ERROR("a bias must be finite or -infinity", GSL_EINVAL);
    }
    if (mask->relative_bias != NULL && !is_finite_matrix(mask->relative_bias)) {
        GSL_ERROR("a relative bias must be finite", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

int fast_check_mask(const fast_mask *mask, const fast_view *q, const fast_view *k,
                    const fast_kernels *kernels)
{
    int status = check_mask_shapes(mask, q, k);
    return status == GSL_SUCCESS ? check_mask_values(mask, k, kernels) : status;
}

static int check_shapes(const attention_problem *a, const fast_view *log_sum_exp,
                        const fast_view *output)
{
    const fast_view *q = a->q, *k = a->k, *v = a->v;
    if (!have_same_heads(q, k) || !have_same_heads(q, v)) {
        GSL_ERROR("queries, keys and values must have as many sequences and heads", GSL_EBADLEN);
    }
    if (v->n_rows != k->n_rows) {
        GSL_ERROR("there must be one value per key", GSL_EBADLEN);
    }
    if (!have_same_heads(q, log_sum_exp) || !has_shape(log_sum_exp, 1, q->n_rows)) {
        GSL_ERROR("there must be one row with one logarithm per query", GSL_EBADLEN);
    }
    if (!have_same_heads(q, output) || !has_shape(output, q->n_rows, v->n_cols)) {
        GSL_ERROR("there must be one output per query, as wide as a value", GSL_EBADLEN);
    }
    if (q->n_cols != k->n_cols) {
        GSL_ERROR("queries and keys must be equally wide", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

int fast_check_attention(const attention_problem *a, const fast_view *log_sum_exp,
                         const fast_view *output)
{
    int status = check_shapes(a, log_sum_exp, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (is_empty(a->q) || is_empty(a->k) || is_empty(a->v)) {
        GSL_ERROR("there must be at least one sequence, head, query, key and column", GSL_EINVAL);
    }
    if (a->similarity != FAST_DOT && a->similarity != FAST_COSINE &&
        a->similarity != FAST_NEG_SQ_EUCLIDEAN) {
        GSL_ERROR("the similarity must be dot, cosine or negative squared Euclidean", GSL_EINVAL);
    }
    if (!isfinite(a->scale)) {
        GSL_ERROR("the scale must be finite", GSL_EINVAL);
    }
    return fast_check_mask(&a->mask, a->q, a->k, a->kernels);
}

int fast_check_attention_gradients(const attention_problem *a, const fast_view *output,
                                   const fast_view *grad_output, const fast_view *grad_q,
                                   const fast_view *grad_k, const fast_view *grad_v)
{
    if (!same_shape(grad_output, output)) {
        GSL_ERROR("the output and its gradient must have the same shape", GSL_EBADLEN);
    }
    if (!same_shape(grad_q, a->q) || !same_shape(grad_k, a->k) || !same_shape(grad_v, a->v)) {
        GSL_ERROR("queries, keys and values must have the shape of their gradients", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}
