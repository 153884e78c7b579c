/* Attention without stored weights: the forward pass.
 *
 * What differs from reference/attention.c:
 *   1. weights are never stored: a block of them, the queries of one task by at most KEYS_PER_BLOCK
 *      keys, lives in the cache at a time;
 *   2. the softmax is computed while keys stream by: weights are relative to a score that was the
 *      largest so far, and the division by their sum comes last;
 *   3. queries are packed transposed, so that they lie on the vector lanes and the softmax needs no
 *      step across lanes. On the way they are multiplied by scale / ln(2), so that exp2 serves;
 *   4. ragged edges are copied and padded with zeros: the kernels see whole tiles only;
 *   5. keys that no query of a block sees are left out, and keys that all see need no mask;
 *   6. blocks of queries are independent of each other: one OpenMP task each;
 *   7. where all keys that the queries see make one block, as in a sentence, the sums of the weights
 *      are known before the values are read: each output is divided in a register and goes straight
 *      to its row. Otherwise it grows transposed, block of keys by block of keys.
 * The backward pass, in attention_backward.c, goes on with 8. */
#include "optimized/attention.h"
#include "optimized/attention_blocks.h"
#include "optimized/attention_checks.h"
#include "optimized/checks.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/* Measured at d = 64: with 64 keys 1 % slower, with 512 no faster. */
enum { KEYS_PER_BLOCK = 256 };

/** What a thread needs for a block of queries. */
typedef struct {
    block_scratch blocks;
    fast_online_softmax softmax;
    float *output; /* Y^T, (d_v x width), not yet divided by the sums of the weights */
} forward_scratch;

static size_t take_forward_scratch(const attention_problem *a, fast_workspace *from,
                                   forward_scratch *s)
{
    size_t width = fast_query_block_width(a->kernels);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    size_t size = fast_take_block_scratch(a, KEYS_PER_BLOCK, from, &s->blocks);
    size = fast_size_sum(size, take_part(from, 1, width, &s->softmax.origin));
    size = fast_size_sum(size, take_part(from, 1, width, &s->softmax.limit));
    size = fast_size_sum(size, take_part(from, 1, width, &s->softmax.sum));
    size = fast_size_sum(size, take_part(from, 1, width, &s->softmax.rescale));
    size = fast_size_sum(size, take_part(from, KEYS_PER_BLOCK, width, &s->softmax.weights));
    return fast_size_sum(size, take_part(from, d_v, width, &s->output));
}

/** The state of the softmax without the first n_skipped queries. */
static fast_online_softmax softmax_from(const fast_online_softmax *softmax, size_t n_skipped)
{
    return (fast_online_softmax){.origin = softmax->origin + n_skipped,
                                 .limit = softmax->limit + n_skipped,
                                 .sum = softmax->sum + n_skipped,
                                 .rescale = softmax->rescale + n_skipped,
                                 .weights = softmax->weights + n_skipped};
}

/** P^T = exp(scale similarity(K, Q) + mask)  for a block of queries and keys. Returns whether an
    origin rose. */
static bool weigh_keys(const attention_problem *a, const query_block *queries,
                       const key_block *keys, const fast_online_softmax *softmax,
                       const block_scratch *s)
{
    fast_rows k = fast_rows_of(a->k, queries, keys->begin, keys->n_rows);
    whole_rows k_rows = fast_whole_rows_of(a, k, 1, s->keys); /* 4 */
    fast_score_block scores = fast_lay_out_scores(a, queries, keys, k_rows, s);
    return a->kernels->attention->weigh(&scores, softmax); /* 2 */
}

/** Y^T += V^T P^T  for a block of queries and keys. */
static void attend_to_keys(const attention_problem *a, const query_block *queries,
                           const key_block *keys, const forward_scratch *s)
{
    const fast_kernels *kernels = a->kernels;
    size_t n_skipped = keys->first_vector * kernels->lanes;
    fast_online_softmax softmax = softmax_from(&s->softmax, n_skipped);
    bool has_risen = weigh_keys(a, queries, keys, &softmax, &s->blocks);
    fast_rows v = fast_rows_of(a->v, queries, keys->begin, keys->n_rows);
    whole_rows v_rows = fast_whole_rows_of(a, v, kernels->tile_rows, s->blocks.values); /* 4 */
    fast_product output = {.n_rows = padded_to(v.n_cols, kernels->tile_rows),
                           .n_inner = keys->n_rows,
                           .n_vectors = queries->n_vectors - keys->first_vector,
                           .a = v_rows.data,
                           .a_stride = v_rows.stride,
                           .b = softmax.weights,
                           .b_stride = queries->width,
                           .c = s->output + n_skipped,
                           .c_stride = queries->width,
                           .is_new = keys->begin == 0};
    if (has_risen && !output.is_new) {
        kernels->product->scale_columns(output.c, output.n_rows, output.n_vectors, output.c_stride,
                                        softmax.rescale);
    }
    kernels->product->add_transposed_product(&output);
}

/** Y = P V, divided by the sums of the weights, for queries that see no other keys than these. */
static void attend_at_once(const attention_problem *a, const query_block *queries,
                           const key_block *keys, const forward_scratch *s, fast_rows output)
{
    const fast_kernels *kernels = a->kernels;
    weigh_keys(a, queries, keys, &s->softmax, &s->blocks);
    kernels->attention->end(&s->softmax, queries->width);
    fast_rows v = fast_rows_of(a->v, queries, 0, keys->n_rows);
    fast_product y = fast_finished_product(kernels, queries, s->softmax.weights, v, output);
    y.is_new = true;
    y.factors = s->softmax.sum;
    y.factor_stride = 1;
    kernels->product->finish_transposed_product(&y);
}

/** output = softmax(scale similarity(Q, K) + mask) V  for a block of queries. */
static void attend(const attention_problem *a, const query_block *queries, const forward_scratch *s,
                   fast_view *log_sum_exp, fast_view *output)
{
    const fast_kernels *kernels = a->kernels;
    fast_rows y = fast_rows_of(output, queries, queries->begin, queries->n_rows);
    // [attention-forward]
    fast_pack_queries(a, queries, &s->blocks); /* 3 */
    kernels->attention->begin(&s->softmax, queries->width);

    key_block keys = {0};
    bool sees_keys = fast_next_key_block(a, queries, KEYS_PER_BLOCK, &keys); /* 1, 5 */
    if (sees_keys && keys.is_only && y.n_cols % kernels->lanes == 0) {       /* 7 */
        attend_at_once(a, queries, &keys, s, y);
    } else {
        for (; sees_keys; sees_keys = fast_next_key_block(a, queries, KEYS_PER_BLOCK, &keys)) {
            attend_to_keys(a, queries, &keys, s);
        }
        kernels->attention->end(&s->softmax, queries->width);
        kernels->transpose->to_rows(s->output, queries->width, s->softmax.sum, false, y);
    }
    memcpy(fast_view_at(log_sum_exp, queries->batch, queries->head) + queries->begin,
           s->softmax.origin, queries->n_rows * sizeof *s->softmax.origin);
    // [attention-forward]
}

int fast_attention_forward(const fast_view *q, const fast_view *k, const fast_view *v,
                           fast_similarity similarity, float scale, const fast_mask *mask,
                           fast_view *log_sum_exp, fast_view *output, fast_context *context)
{
    attention_problem a = {
        q, k, v, similarity, scale, mask != NULL ? *mask : (fast_mask){0}, context->kernels};
    int status = fast_check_attention(&a, log_sum_exp, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(log_sum_exp) || overlaps_itself(output)) {
        GSL_ERROR("no output may overlap itself", GSL_EINVAL);
    }
    fast_workspace workspace = *context->workspace; /* a copy: what is taken is given back */
    size_t n_bytes = fast_attention_forward_size(q, k, v, context);
    unsigned char *scratch = fast_workspace_take(&workspace, n_bytes);
    if (scratch == NULL) {
        GSL_ERROR("the workspace is smaller than fast_attention_forward_size()", GSL_ENOMEM);
    }

    size_t n_mine = n_bytes / (size_t)context->n_threads;
    size_t n_blocks = n_blocks_of(q->n_rows, fast_query_block_width(a.kernels));
    size_t n_tasks = q->n_batch * q->n_heads * n_blocks;
    int n_at_a_time = fast_n_tasks_at_a_time(&a, context->n_threads);
#pragma omp parallel num_threads(context->n_threads) if (n_tasks > 1)
    {
        fast_workspace mine = {scratch + thread_number() * n_mine, n_mine, 0};
        forward_scratch s;
        take_forward_scratch(&a, &mine, &s);
#pragma omp for schedule(dynamic, n_at_a_time)
        for (size_t task = 0; task < n_tasks; task++) { /* 6; the last queries may see most keys */
            query_block queries =
                fast_query_block_at(&a, task / n_blocks, n_blocks - 1 - task % n_blocks);
            attend(&a, &queries, &s, log_sum_exp, output);
        }
    }
    return GSL_SUCCESS;
}

size_t fast_attention_forward_size(const fast_view *q, const fast_view *k, const fast_view *v,
                                   const fast_context *context)
{
    attention_problem a = {.q = q, .k = k, .v = v, .kernels = context->kernels};
    size_t n_bytes = take_forward_scratch(&a, NULL, &(forward_scratch){0});
    return fast_piece_size((size_t)context->n_threads, n_bytes);
}
