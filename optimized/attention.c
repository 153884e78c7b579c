/* Attention without stored weights.
 *
 * What differs from reference/attention.c:
 *   1. weights are never stored: a block of them, at most KEYS_PER_BLOCK keys by the queries of one
 *      task, lives in the cache at a time. The backward pass computes it again;
 *   2. softmax is computed while keys stream by (running maximum, running sum); the division by the
 *      sum comes last;
 *   3. queries are packed transposed, so that they lie on the vector lanes and softmax needs no
 *      step across lanes; they are multiplied by scale * log2(e) on the way, so that exp2 serves;
 *   4. ragged edges are padded in scratch memory: the kernels see whole tiles only;
 *   5. keys that no query of a block sees are left out, and keys that all see need no mask;
 *   6. blocks of queries are independent of each other: one OpenMP task each. */
#include "optimized/attention.h"
#include "optimized/attention_blocks.h"
#include "optimized/attention_checks.h"
#include "optimized/checks.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <string.h>

enum { KEYS_PER_BLOCK = 128 };

/** What a thread needs for a block of queries. */
typedef struct {
    attention_scratch blocks;
    fast_online_softmax softmax;
    float *output; /* Y^T, (d_v x width), not yet divided by the sums */
} forward_scratch;

static size_t forward_scratch_parts(const fast_kernels *kernels, size_t d_k, size_t d_v,
                                    fast_workspace *from, forward_scratch *s)
{
    size_t width = kernels->tile_vectors * kernels->lanes;
    size_t size = attention_scratch_parts(kernels, d_k, d_v, KEYS_PER_BLOCK, from, &s->blocks);
    size = fast_size_sum(size, scratch_part(from, 1, width, &s->softmax.origin));
    size = fast_size_sum(size, scratch_part(from, 1, width, &s->softmax.limit));
    size = fast_size_sum(size, scratch_part(from, 1, width, &s->softmax.sum));
    size = fast_size_sum(size, scratch_part(from, 1, width, &s->softmax.rescale));
    size = fast_size_sum(size, scratch_part(from, KEYS_PER_BLOCK, width, &s->softmax.weights));
    return fast_size_sum(size, scratch_part(from, padded_columns(kernels, d_v), width, &s->output));
}

/** Y^T += V^T P^T  for a block of keys, P being made on the way. */
static void attend_to_keys(const attention_problem *a, const query_block *queries,
                           const key_block *keys, const forward_scratch *s)
{
    const fast_kernels *kernels = a->kernels;
    size_t skipped = keys->first_vector * kernels->lanes;
    fast_online_softmax softmax = {s->softmax.origin + skipped, s->softmax.limit + skipped,
                                   s->softmax.sum + skipped, s->softmax.rescale + skipped,
                                   s->softmax.weights + skipped};
    fast_rows k = rows_of(a->k, queries->batch, queries->head, keys->begin, keys->n_rows);
    fast_rows v = rows_of(a->v, queries->batch, queries->head, keys->begin, keys->n_rows);

    /* P = exp(S - m), S = scale Q K^T + mask */
    whole_rows padded_k = pad_rows(a, k, 1, s->blocks.keys); /* 4 */
    fast_score_block scores = lay_out_scores(a, queries, keys, padded_k, &s->blocks);
    bool has_risen = kernels->attention->weigh(&scores, &softmax); /* 2 */

    whole_rows padded_v = pad_rows(a, v, kernels->tile_rows, s->blocks.values);
    fast_product output = {.n_rows = round_up(a->v->n_cols, kernels->tile_rows),
                           .n_inner = keys->n_rows,
                           .n_vectors = scores.n_vectors,
                           .a = padded_v.data,
                           .a_stride = padded_v.stride,
                           .b = softmax.weights,
                           .b_stride = queries->width,
                           .c = s->output + skipped,
                           .c_stride = queries->width};
    if (has_risen) {
        kernels->product->scale_columns(output.c, output.n_rows, output.n_vectors, output.c_stride,
                                        softmax.rescale);
    }
    kernels->product->add_transposed_product(&output);
}

/** output = softmax(scale similarity(Q, K) + mask) V  for a block of queries. */
static void attend(const attention_problem *a, const query_block *queries, const forward_scratch *s,
                   fast_view *log_sum_exp, fast_view *output)
{
    const fast_kernels *kernels = a->kernels;
    size_t batch = queries->batch, head = queries->head;
    // [attention-forward]
    pack_queries(a, queries, &s->blocks); /* 3 */
    kernels->attention->begin(&s->softmax, queries->width);
    memset(s->output, 0,
           padded_columns(kernels, a->v->n_cols) * queries->width * sizeof *s->output);

    for (key_block keys = {0}; next_key_block(a, queries, KEYS_PER_BLOCK, &keys);) { /* 1, 5 */
        attend_to_keys(a, queries, &keys, s);
    }

    kernels->attention->end(&s->softmax, queries->width);
    kernels->transpose->to_rows(s->output, queries->width, s->softmax.sum, false,
                                rows_of(output, batch, head, queries->begin, queries->n_rows));
    memcpy(fast_view_at(log_sum_exp, batch, head) + queries->begin, s->softmax.origin,
           queries->n_rows * sizeof(float));
    // [attention-forward]
}

int fast_attention_forward(const fast_view *q, const fast_view *k, const fast_view *v,
                           fast_similarity similarity, float scale, const fast_mask *mask,
                           fast_view *log_sum_exp, fast_view *output, fast_context *context)
{
    attention_problem a = {q, k, v, similarity, scale, mask != NULL ? *mask : (fast_mask){0},
                           context->kernels};
    int status = check_attention(&a, log_sum_exp, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(log_sum_exp) || overlaps_itself(output)) {
        GSL_ERROR("no output may overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace;
    size_t n_bytes = forward_scratch_parts(a.kernels, q->n_cols, v->n_cols, NULL,
                                           &(forward_scratch){0});
    unsigned char *scratch =
        fast_workspace_take(&all, fast_attention_forward_size(q, k, v, context));
    if (scratch == NULL) {
        GSL_ERROR("the workspace is smaller than fast_attention_forward_size()", GSL_ENOMEM);
    }

    size_t n_blocks = n_query_blocks(&a), n_tasks = q->n_batch * q->n_heads * n_blocks;
#pragma omp parallel for schedule(dynamic) num_threads(context->n_threads) if (n_tasks > 1)
    for (size_t task = 0; task < n_tasks; task++) { /* 6 */
        size_t matrix = task / n_blocks, index = n_blocks - 1 - task % n_blocks;
        query_block queries = query_block_at(&a, matrix / q->n_heads, matrix % q->n_heads, index);
        fast_workspace mine = {scratch + thread_number() * n_bytes, n_bytes, 0};
        forward_scratch s;
        forward_scratch_parts(a.kernels, q->n_cols, v->n_cols, &mine, &s);
        attend(&a, &queries, &s, log_sum_exp, output);
    }
    return GSL_SUCCESS;
}

size_t fast_attention_forward_size(const fast_view *q, const fast_view *k, const fast_view *v,
                                   const fast_context *context)
{
    (void)k;
    forward_scratch s;
    size_t one = forward_scratch_parts(context->kernels, q->n_cols, v->n_cols, NULL, &s);
    return one == SIZE_MAX ? one : fast_piece_size((size_t)context->n_threads, one);
}
