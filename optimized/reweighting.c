/* Naive reweighting.
 *
 * What differs from reference/reweighting.c:
 *   1. products are those of fast_matmul();
 *   2. kernel regression and dot-product reweighting never store their weights: a block of them,
 *      at most KEYS_AT_A_TIME keys by the queries of one task, lives in the cache at a time;
 *   3. in such a block queries lie on the vector lanes, and ragged edges are padded;
 *   4. rows of weights, and blocks of queries, are independent of each other: the threads share
 *      them. What must be summed over blocks is summed in their order.
 * Kernel regression stands in reweighting_regression.c. */
#include "optimized/reweighting.h"
#include "optimized/checks.h"
#include "optimized/kernels/reweighting_kernels.h"
#include "optimized/matmul.h"
#include "optimized/reweighting_blocks.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>

/** How many rows all matrices of a view have together. */
static size_t n_all_rows(const fast_view *view)
{
    return view->n_batch * view->n_heads * view->n_rows;
}

/* ---- Weights --------------------------------------------------------------------------------- */

int fast_proximity_weights(const fast_view *queries, const fast_view *keys,
                           fast_proximity proximity, float bandwidth, fast_view *weights,
                           fast_context *context)
{
    if (!have_same_heads(queries, weights) || !have_same_heads(keys, weights)) {
        GSL_ERROR("queries, keys and weights must have as many sequences and heads", GSL_EBADLEN);
    }
    if (queries->n_rows != 1 || keys->n_rows != 1) {
        GSL_ERROR("queries and keys must be one row each", GSL_EBADLEN);
    }
    if (!has_shape(weights, queries->n_cols, keys->n_cols)) {
        GSL_ERROR("there must be one weight per query and key", GSL_EBADLEN);
    }
    if (is_empty(weights)) {
        GSL_ERROR("there must be at least one query and one key", GSL_EINVAL);
    }
    int status = check_proximity(proximity, bandwidth);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(weights)) {
        GSL_ERROR("the weights must not overlap themselves", GSL_EINVAL);
    }
#pragma omp parallel for schedule(static) num_threads(context->n_threads) /* 4 */
    for (size_t row = 0; row < n_all_rows(weights); row++) {
        size_t matrix = row / weights->n_rows, i = row % weights->n_rows;
        size_t batch = matrix / weights->n_heads, head = matrix % weights->n_heads;
        context->kernels->reweighting->weigh_row(
            proximity, bandwidth, fast_view_at(queries, batch, head)[i],
            fast_view_at(keys, batch, head),
            fast_view_at(weights, batch, head) + i * weights->row_stride, weights->n_cols);
    }
    return GSL_SUCCESS;
}

int fast_dot_weights(const fast_view *x, fast_view *weights, fast_context *context)
{
    if (!have_same_heads(x, weights) || !has_shape(weights, x->n_rows, x->n_rows)) {
        GSL_ERROR("there must be one weight per pair of rows", GSL_EBADLEN);
    }
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one row and one column", GSL_EINVAL);
    }
    return fast_matmul(false, true, 1.0f, x, x, 0.0f, weights, context); /* 1 */
}

size_t fast_dot_weights_size(const fast_view *x, const fast_context *context)
{
    return fast_matmul_size(false, true, x, x, context);
}

int fast_divide_by_sum(const fast_view *scores, fast_view *weights, fast_context *context)
{
    if (!same_shape(weights, scores)) {
        GSL_ERROR("there must be one weight per score", GSL_EBADLEN);
    }
    if (is_empty(scores)) {
        GSL_ERROR("there must be at least one score", GSL_EINVAL);
    }
    if (overlaps_itself(weights)) {
        GSL_ERROR("the weights must not overlap themselves", GSL_EINVAL);
    }
#pragma omp parallel for schedule(static) num_threads(context->n_threads) /* 4 */
    for (size_t row = 0; row < n_all_rows(scores); row++) {
        size_t matrix = row / scores->n_rows, i = row % scores->n_rows;
        size_t batch = matrix / scores->n_heads, head = matrix % scores->n_heads;
        context->kernels->reweighting->divide_by_sum(
            fast_view_at(scores, batch, head) + i * scores->row_stride,
            fast_view_at(weights, batch, head) + i * weights->row_stride, scores->n_cols);
    }
    return GSL_SUCCESS;
}

/* ---- Weighted sums --------------------------------------------------------------------------- */

int fast_reweight(const fast_view *weights, const fast_view *values, fast_view *output,
                  fast_context *context)
{
    if (!have_same_heads(weights, values) || weights->n_cols != values->n_rows) {
        GSL_ERROR("there must be one value per column of weights", GSL_EBADLEN);
    }
    if (!have_same_heads(weights, output) || !has_shape(output, weights->n_rows, values->n_cols)) {
        GSL_ERROR("there must be one output per row of weights, as wide as a value", GSL_EBADLEN);
    }
    if (is_empty(weights) || is_empty(values)) {
        GSL_ERROR("there must be at least one weight and one value", GSL_EINVAL);
    }
    return fast_matmul(false, false, 1.0f, weights, values, 0.0f, output, context); /* 1 */
}

size_t fast_reweight_size(const fast_view *weights, const fast_view *values,
                          const fast_context *context)
{
    return fast_matmul_size(false, false, weights, values, context);
}

/* ---- Dot-product reweighting ----------------------------------------------------------------- */

/** What a thread needs for the queries of one task. */
typedef struct {
    float *queries; /* X^T of the queries, (d x width) */
    float *keys;    /* X of some keys, if they must be padded */
    float *weights; /* W^T of these keys and queries, (n_keys x width) */
    float *output;  /* output^T, (d x width) */
    float *ones;    /* (width) */
} dot_scratch;

static size_t dot_scratch_parts(const fast_view *x, const fast_kernels *kernels,
                                fast_workspace *from, dot_scratch *s)
{
    size_t width = tile_width(kernels), d = padded_width(x->n_cols, kernels);
    size_t size = take_part(from, d, width, &s->queries);
    size = fast_size_sum(size, take_part(from, KEYS_AT_A_TIME, d, &s->keys));
    size = fast_size_sum(size, take_part(from, KEYS_AT_A_TIME, width, &s->weights));
    size = fast_size_sum(size, take_part(from, d, width, &s->output));
    return fast_size_sum(size, take_part(from, 1, width, &s->ones));
}

size_t fast_dot_reweighting_size(const fast_view *x, const fast_context *context)
{
    dot_scratch scratch;
    return fast_piece_size((size_t)context->n_threads,
                           dot_scratch_parts(x, context->kernels, NULL, &scratch));
}

/* output_i = sum_j (x_i . x_j) x_j  for the queries i of one task */
static void reweight_tile(const fast_view *x, const query_tile *tile, const fast_kernels *kernels,
                          const dot_scratch *s, fast_view *output)
{
    fast_rows queries = rows_at(x, tile, tile->begin, tile->n_rows);
    kernels->transpose->to_columns(queries, 1.0f, s->queries, tile->width); /* 3 */
    for (size_t begin = 0; begin < x->n_rows; begin += KEYS_AT_A_TIME) {    /* 2 */
        size_t n_keys = min_of(KEYS_AT_A_TIME, x->n_rows - begin);
        padded_rows keys = whole_tiles(rows_at(x, tile, begin, n_keys), kernels, s->keys);
        multiply_rows(kernels, keys, x->n_cols, s->queries, tile, s->weights);
        multiply_columns(kernels, keys, n_keys, x->n_cols, s->weights, tile, begin > 0, s->output);
    }
    for (size_t i = 0; i < tile->width; i++) {
        s->ones[i] = 1.0f;
    }
    kernels->transpose->to_rows(s->output, tile->width, s->ones, false,
                                rows_at(output, tile, tile->begin, tile->n_rows));
}

int fast_dot_reweighting(const fast_view *x, fast_view *output, fast_context *context)
{
    if (!same_shape(output, x)) {
        GSL_ERROR("input and output must have the same shape", GSL_EBADLEN);
    }
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one row and one column", GSL_EINVAL);
    }
    if (overlaps_itself(output)) {
        GSL_ERROR("the output must not overlap itself", GSL_EINVAL);
    }
    const fast_kernels *kernels = context->kernels;
    dot_scratch unused;
    size_t n_bytes = dot_scratch_parts(x, kernels, NULL, &unused);
    fast_workspace all = *context->workspace;
    unsigned char *scratch = fast_workspace_take(&all, fast_dot_reweighting_size(x, context));
    if (scratch == NULL) {
        GSL_ERROR("the workspace is smaller than fast_dot_reweighting_size()", GSL_ENOMEM);
    }
#pragma omp parallel for schedule(dynamic) num_threads(context->n_threads) /* 4 */
    for (size_t task = 0; task < n_query_tiles(x, x->n_rows, kernels); task++) {
        query_tile tile = query_tile_at(x, x->n_rows, task, kernels);
        fast_workspace mine = {scratch + thread_number() * n_bytes, n_bytes, 0};
        dot_scratch s;
        dot_scratch_parts(x, kernels, &mine, &s);
        reweight_tile(x, &tile, kernels, &s, output);
    }
    return GSL_SUCCESS;
}

int fast_dot_reweighting_reassociated(const fast_view *x, fast_view *gram, fast_view *output,
                                      fast_context *context)
{
    if (!have_same_heads(x, gram) || !has_shape(gram, x->n_cols, x->n_cols)) {
        GSL_ERROR("there must be one product per pair of columns", GSL_EBADLEN);
    }
    if (!same_shape(output, x)) {
        GSL_ERROR("input and output must have the same shape", GSL_EBADLEN);
    }
    if (is_empty(x)) {
        GSL_ERROR("there must be at least one row and one column", GSL_EINVAL);
    }
    if (overlaps_itself(gram) || overlaps_itself(output)) {
        GSL_ERROR("no output may overlap itself", GSL_EINVAL);
    }
    int status = fast_matmul(true, false, 1.0f, x, x, 0.0f, gram, context); /* 1 */
    return status != GSL_SUCCESS ? status
                                 : fast_matmul(false, false, 1.0f, x, gram, 0.0f, output, context);
}

size_t fast_dot_reweighting_reassociated_size(const fast_view *x, const fast_context *context)
{
    fast_view gram = *x;
    gram.n_rows = gram.n_cols;
    size_t first = fast_matmul_size(true, false, x, x, context);
    size_t second = fast_matmul_size(false, false, x, &gram, context);
    return first > second ? first : second;
}
