/* Kernel regression without stored weights. The numbers are those of reweighting.c. */
#include "optimized/checks.h"
#include "optimized/kernels/reweighting_kernels.h"
#include "optimized/reweighting.h"
#include "optimized/reweighting_blocks.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/** The arguments that every task reads. */
typedef struct {
    const fast_view *queries, *keys, *values;
    fast_proximity proximity;
    float bandwidth;
    const fast_kernels *kernels;
} regression;

/** What a thread needs for the queries of one task. */
typedef struct {
    float *queries;   /* (width) */
    float *sums;      /* (width), over all keys */
    float *values;    /* V of some keys, if they must be padded */
    float *weights;   /* W^T, or its gradient, of these keys and the queries, (n_keys x width) */
    float *output;    /* output^T, or its gradient, (d_v x width) */
    float *per_query; /* (width): what each query's sum is multiplied with or compared to */
} regression_scratch;

static size_t scratch_parts(const fast_view *values, const fast_kernels *kernels,
                            fast_workspace *from, regression_scratch *s)
{
    size_t width = tile_width(kernels), d_v = padded_width(values->n_cols, kernels);
    size_t size = take_part(from, 1, width, &s->queries);
    size = fast_size_sum(size, take_part(from, 1, width, &s->sums));
    size = fast_size_sum(size, take_part(from, KEYS_AT_A_TIME, d_v, &s->values));
    size = fast_size_sum(size, take_part(from, KEYS_AT_A_TIME, width, &s->weights));
    size = fast_size_sum(size, take_part(from, d_v, width, &s->output));
    return fast_size_sum(size, take_part(from, 1, width, &s->per_query));
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static int check_regression(const regression *r, const fast_view *row_sums, const fast_view *output)
{
    const fast_view *queries = r->queries, *keys = r->keys, *values = r->values;
    if (!have_same_heads(keys, queries) || !have_same_heads(values, queries)) {
        GSL_ERROR("queries, keys and values must have as many sequences and heads", GSL_EBADLEN);
    }
    if (queries->n_rows != 1 || keys->n_rows != 1) {
        GSL_ERROR("queries and keys must be one row each", GSL_EBADLEN);
    }
    if (values->n_rows != keys->n_cols) {
        GSL_ERROR("there must be one value per key", GSL_EBADLEN);
    }
    if (!have_same_heads(row_sums, queries) || !has_shape(row_sums, 1, queries->n_cols)) {
        GSL_ERROR("there must be one row with one sum per query", GSL_EBADLEN);
    }
    if (!have_same_heads(output, queries) || !has_shape(output, queries->n_cols, values->n_cols)) {
        GSL_ERROR("there must be one output per query, as wide as a value", GSL_EBADLEN);
    }
    if (is_empty(queries) || is_empty(values)) {
        GSL_ERROR("there must be at least one query, one key and one column", GSL_EINVAL);
    }
    return check_proximity(r->proximity, r->bandwidth);
}

/* ---- Forward --------------------------------------------------------------------------------- */

/** The queries of a task and some keys, for the kernels. */
static fast_proximity_block block_of(const regression *r, const query_tile *tile, size_t begin,
                                     const regression_scratch *s)
{
    return (fast_proximity_block){.proximity = r->proximity,
                                  .bandwidth = r->bandwidth,
                                  .queries = s->queries,
                                  .n_vectors = tile->n_vectors,
                                  .keys = fast_view_at(r->keys, tile->batch, tile->head) + begin,
                                  .n_keys = min_of(KEYS_AT_A_TIME, r->keys->n_cols - begin)};
}

/* output_i = sum_j K(u_ij) v_j / s_i,  s_i = sum_l K(u_il) */
static void regress(const regression *r, const query_tile *tile, const regression_scratch *s,
                    fast_view *row_sums, fast_view *output)
{
    const fast_kernels *kernels = r->kernels;
    fast_rows queries = numbers_at(r->queries, tile, tile->begin, tile->n_rows);
    kernels->transpose->copy_rows(queries, 1.0f, s->queries, 1, tile->width); /* 3 */
    memset(s->sums, 0, tile->width * sizeof *s->sums);
    for (size_t begin = 0; begin < r->keys->n_cols; begin += KEYS_AT_A_TIME) { /* 2 */
        fast_proximity_block block = block_of(r, tile, begin, s);
        kernels->reweighting->weigh(&block, s->weights, s->sums);
        fast_rows rows = rows_at(r->values, tile, begin, block.n_keys);
        padded_rows values = whole_tiles(rows, kernels, s->values);
        multiply_columns(kernels, values, rows.n_rows, rows.n_cols, s->weights, tile, begin > 0,
                         s->output);
    }
    for (size_t i = 0; i < tile->width; i++) {
        s->per_query[i] = s->sums[i] == 0.0f ? 0.0f : 1.0f / s->sums[i];
    }
    kernels->transpose->to_rows(s->output, tile->width, s->per_query, false,
                                rows_at(output, tile, tile->begin, tile->n_rows));
    memcpy(numbers_at(row_sums, tile, tile->begin, tile->n_rows).data, s->sums,
           tile->n_rows * sizeof *s->sums);
}

int fast_kernel_regression_forward(const fast_view *queries, const fast_view *keys,
                                   const fast_view *values, fast_proximity proximity,
                                   float bandwidth, fast_view *row_sums, fast_view *output,
                                   fast_context *context)
{
    regression r = {queries, keys, values, proximity, bandwidth, context->kernels};
    int status = check_regression(&r, row_sums, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(row_sums) || overlaps_itself(output)) {
        GSL_ERROR("no output may overlap itself", GSL_EINVAL);
    }
    regression_scratch unused;
    size_t n_bytes = scratch_parts(values, r.kernels, NULL, &unused);
    fast_workspace all = *context->workspace;
    unsigned char *scratch =
        fast_workspace_take(&all, fast_kernel_regression_forward_size(queries, values, context));
    if (scratch == NULL) {
        GSL_ERROR("the workspace is smaller than fast_kernel_regression_forward_size()",
                  GSL_ENOMEM);
    }
#pragma omp parallel for schedule(dynamic) num_threads(context->n_threads) /* 4 */
    for (size_t task = 0; task < n_query_tiles(queries, queries->n_cols, r.kernels); task++) {
        query_tile tile = query_tile_at(queries, queries->n_cols, task, r.kernels);
        fast_workspace mine = {scratch + thread_number() * n_bytes, n_bytes, 0};
        regression_scratch s;
        scratch_parts(values, r.kernels, &mine, &s);
        regress(&r, &tile, &s, row_sums, output);
    }
    return GSL_SUCCESS;
}

size_t fast_kernel_regression_forward_size(const fast_view *queries, const fast_view *values,
                                           const fast_context *context)
{
    (void)queries;
    regression_scratch scratch;
    return fast_piece_size((size_t)context->n_threads,
                           scratch_parts(values, context->kernels, NULL, &scratch));
}

/* ---- Backward -------------------------------------------------------------------------------- */

/* Y_i = sum_j K(u_ij) v_j / s_i:  the share of these queries in
   h dh = sum_ij -u_ij K'(u_ij) / s_i (dY_i . v_j - dY_i . Y_i) */
static float bandwidth_gradient(const regression *r, const query_tile *tile,
                                const regression_scratch *s, const fast_view *row_sums,
                                const fast_view *output, const fast_view *grad_output)
{
    const fast_kernels *kernels = r->kernels;
    fast_rows queries = numbers_at(r->queries, tile, tile->begin, tile->n_rows);
    fast_rows grad_rows = rows_at(grad_output, tile, tile->begin, tile->n_rows);
    kernels->transpose->copy_rows(queries, 1.0f, s->queries, 1, tile->width); /* 3 */
    kernels->transpose->to_columns(grad_rows, 1.0f, s->output, tile->width);
    kernels->transpose->row_products(grad_rows,
                                     rows_at(output, tile, tile->begin, tile->n_rows).data,
                                     output->row_stride, s->per_query); /* dY_i . Y_i */
    memset(s->sums, 0, tile->width * sizeof *s->sums);
    for (size_t begin = 0; begin < r->keys->n_cols; begin += KEYS_AT_A_TIME) { /* 2 */
        fast_proximity_block block = block_of(r, tile, begin, s);
        fast_rows rows = rows_at(r->values, tile, begin, block.n_keys);
        padded_rows values = whole_tiles(rows, kernels, s->values);
        multiply_rows(kernels, values, rows.n_cols, s->output, tile, s->weights); /* dY_i . v_j */
        kernels->reweighting->add_growth(&block, s->weights, s->per_query, s->sums);
    }
    const float *row_sum = numbers_at(row_sums, tile, tile->begin, tile->n_rows).data;
    float gradient = 0.0f;
    for (size_t i = 0; i < tile->n_rows; i++) {
        gradient += row_sum[i] == 0.0f ? 0.0f : s->sums[i] / row_sum[i];
    }
    return gradient;
}

/** The sum of n numbers, in their order. */
static float sum_of(const float *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    return (float)sum;
}

int fast_kernel_regression_backward(const fast_view *queries, const fast_view *keys,
                                    const fast_view *values, fast_proximity proximity,
                                    float bandwidth, const fast_view *row_sums,
                                    const fast_view *output, const fast_view *grad_output,
                                    float *grad_bandwidth, fast_context *context)
{
    regression r = {queries, keys, values, proximity, bandwidth, context->kernels};
    if (!have_same_heads(output, grad_output) ||
        !has_shape(grad_output, output->n_rows, output->n_cols)) {
        GSL_ERROR("the output and its gradient must have the same shape", GSL_EBADLEN);
    }
    int status = check_regression(&r, row_sums, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    size_t n_tasks = n_query_tiles(queries, queries->n_cols, r.kernels);
    regression_scratch unused;
    size_t n_bytes = scratch_parts(values, r.kernels, NULL, &unused);
    fast_workspace all = *context->workspace;
    float *shares = NULL;
    take_part(&all, 1, n_tasks, &shares);
    unsigned char *scratch =
        fast_workspace_take(&all, fast_piece_size((size_t)context->n_threads, n_bytes));
    if (shares == NULL || scratch == NULL) {
        GSL_ERROR("the workspace is smaller than fast_kernel_regression_backward_size()",
                  GSL_ENOMEM);
    }
#pragma omp parallel for schedule(dynamic) num_threads(context->n_threads) /* 4 */
    for (size_t task = 0; task < n_tasks; task++) {
        query_tile tile = query_tile_at(queries, queries->n_cols, task, r.kernels);
        fast_workspace mine = {scratch + thread_number() * n_bytes, n_bytes, 0};
        regression_scratch s;
        scratch_parts(values, r.kernels, &mine, &s);
        shares[task] = bandwidth_gradient(&r, &tile, &s, row_sums, output, grad_output);
    }
    *grad_bandwidth += sum_of(shares, n_tasks) / bandwidth; /* 4 */
    return GSL_SUCCESS;
}

size_t fast_kernel_regression_backward_size(const fast_view *queries, const fast_view *values,
                                            const fast_context *context)
{
    float *shares = NULL;
    size_t n_tasks = n_query_tiles(queries, queries->n_cols, context->kernels);
    return fast_size_sum(take_part(NULL, 1, n_tasks, &shares),
                         fast_kernel_regression_forward_size(queries, values, context));
}
