/* Additive attention: the keys, and the forward pass.
 *
 * What differs from reference/additive_attention.c:
 *   1. tanh(q + k) = 1 - 2 r with r = 1 / (1 + e^(2 q) e^(2 k)). The exponentials are made once for
 *      each query and each key, and a pair of them is left with a product, a sum and a quotient;
 *   2. quotients of eight hidden units share one division: kernels/shares.h. For that the product of
 *      eight 1 / r must not overflow. Which way a block goes depends on its largest numbers: where
 *      max |q| + max |k| is beyond 5.4, four share one; beyond 10.8, 1 / r is cut off for that; and
 *      where one of them is beyond 43, so that e^(2 q) itself would overflow, r is the sigmoid of
 *      -2 (q + k). Where numbers are small and no v is much smaller than the others, v stands in the
 *      denominators, v r = 1 / (w + w e^(2 q) e^(2 k)) with w = 1 / v: kernels/inverses.h;
 *   3. weights are never stored: those of one block of queries live in the cache at a time;
 *   4. a task takes one sequence, or every n-th block of its queries if there are few sequences. The
 *      exponentials of the keys are made once for all of them, before the tasks where these share a
 *      sequence. Each query has its rows of the results for itself: any number of threads gives the
 *      same bits;
 *   5. the rows of all batches make one tall matrix for Q = X W and K = M U + b: projection.h;
 *   6. keys that no query of a block sees are left out;
 *   7. a decoder that asks word by word has the exponentials of the keys made once for all words.
 * The backward pass, in additive_backward.c, goes on with 8. */
#include "optimized/additive_attention.h"
#include "optimized/additive_blocks.h"
#include "optimized/additive_checks.h"
#include "optimized/checks.h"
#include "optimized/projection.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/* ---- Keys ------------------------------------------------------------------------------------ */

size_t fast_additive_keys_forward_size(const fast_view *memory,
                                       const fast_additive_attention *parameters,
                                       const fast_context *context)
{
    return fast_projection_forward_size(memory, &parameters->weight_k, context);
}

int fast_additive_keys_forward(const fast_view *memory, const fast_additive_attention *parameters,
                               fast_view *keys, fast_context *context)
{
    /* K = M U + b */
    const fast_view *bias = parameters->bias.data ? &parameters->bias : NULL;
    return fast_projection_forward(memory, &parameters->weight_k, bias, keys, context); /* 5 */
}

size_t fast_additive_keys_backward_size(const fast_view *memory,
                                        const fast_additive_attention *parameters,
                                        const fast_context *context)
{
    return fast_projection_backward_size(memory, &parameters->weight_k, context);
}

int fast_additive_keys_backward(const fast_view *memory, const fast_additive_attention *parameters,
                                const fast_view *grad_keys, fast_view *grad_memory,
                                const fast_additive_attention *gradients, fast_context *context)
{
    if (!parameters->bias.data != !gradients->bias.data) {
        GSL_ERROR("a bias must have a gradient, and a gradient its bias", GSL_EBADLEN);
    }
    /* K = M U + b:  dM += dK U^T,  dU += M^T dK,  db += sum_j dK_j */
    fast_view grad_weight = gradients->weight_k, grad_bias = gradients->bias;
    return fast_projection_backward(memory, &parameters->weight_k, grad_keys, grad_memory,
                                    &grad_weight, grad_bias.data ? &grad_bias : NULL, context);
}

/* ---- Forward --------------------------------------------------------------------------------- */

/** What a thread needs. */
typedef struct {
    additive_scratch scores;
    float *memory; /* M, padded, or nothing where it is read in place */
    float *output; /* Y of a block, padded, or nothing likewise */
} forward_scratch;

static size_t take_forward_scratch(const attention_problem *a, fast_workspace *from,
                                   forward_scratch *s)
{
    size_t n_q = fast_query_block_width(a->kernels), n_cols = fast_n_copied_columns(a);
    size_t size = fast_take_additive_scratch(a, from, &s->scores);
    size = fast_size_sum(size, take_part(from, a->k->n_rows, n_cols, &s->memory));
    return fast_size_sum(size, take_part(from, n_q, n_cols, &s->output));
}

/** Y = P M  for a block of queries. */
static void attend(const attention_problem *a, const query_block *queries, size_t n_keys,
                   const forward_scratch *s, fast_rows output)
{
    const float one = 1.0f;
    fast_rows memory = fast_rows_of(a->v, queries, 0, n_keys), y = output;
    size_t n_cols = fast_n_copied_columns(a);
    if (n_cols > 0) {
        memory = (fast_rows){s->memory, n_keys, n_cols, n_cols};
        y = (fast_rows){s->output, queries->n_rows, n_cols, n_cols};
    }
    fast_product product = fast_finished_product(a->kernels, queries, s->scores.scores, memory, y);
    product.a_stride = s->scores.stride;
    product.is_new = true;
    product.factors = &one;
    a->kernels->product->finish_product(&product);
    if (n_cols > 0) {
        for (size_t i = 0; i < output.n_rows; i++) {
            memcpy(output.data + i * output.stride, y.data + i * n_cols,
                   output.n_cols * sizeof *y.data);
        }
    }
}

/** Y = softmax(v . tanh(Q + K) + bias) M  for every n_parts-th block of queries of a sequence. */
static void attend_to_part(const attention_problem *a, size_t task, size_t n_parts,
                           forward_scratch *s, const fast_view *log_sum_exp,
                           const fast_view *output)
{
    size_t batch = task / n_parts;
    size_t n_blocks = n_blocks_of(a->q->n_rows, fast_query_block_width(a->kernels));
    fast_pack_additive_keys(a, batch, &s->scores);
    if (fast_n_copied_columns(a) > 0) {
        fast_rows memory = fast_rows_of(a->v, &(query_block){.batch = batch}, 0, s->scores.n_keys);
        a->kernels->transpose->copy_rows(memory, 1.0f, s->memory, memory.n_rows,
                                         fast_n_copied_columns(a));
    }
    for (size_t block = task % n_parts; block < n_blocks; block += n_parts) {
        query_block queries = fast_query_block_at(a, batch, block);
        float *lse = fast_view_at(log_sum_exp, batch, 0) + queries.begin;
        fast_additive_block scores = fast_score_additively(a, &queries, &s->scores);
        for (size_t i = 0; i < queries.n_rows; i++) { /* 3 */
            lse[i] = a->kernels->additive->weigh(s->scores.scores + i * scores.stride,
                                                 padded_to(scores.n_k, a->kernels->lanes));
        }
        fast_rows y = fast_rows_of(output, &queries, queries.begin, queries.n_rows);
        attend(a, &queries, scores.n_k, s, y);
    }
}

/** What n_parts tasks make of each sequence, in scratch memory. */
static void attend_to_all(const attention_problem *a, const fast_view *v,
                          const fast_additive_cache *cache, const fast_view *output,
                          fast_workspace scratch, const fast_context *context)
{
    fast_additive_powers shared;
    fast_take_shared_powers(a, &scratch, &shared);
    const fast_additive_powers *powers =
        fast_make_shared_powers(a, cache->powers, &shared, context);
    size_t n_mine = take_forward_scratch(a, NULL, &(forward_scratch){0});
    size_t n_all = fast_piece_size((size_t)context->n_threads, n_mine);
    unsigned char *of_threads = fast_workspace_take(&scratch, n_all);
    size_t n_parts = fast_n_additive_parts(a), n_tasks = a->q->n_batch * n_parts;
#pragma omp parallel num_threads(context->n_threads) if (n_tasks > 1)
    {
        fast_workspace mine = {of_threads + thread_number() * n_mine, n_mine, 0};
        forward_scratch s;
        take_forward_scratch(a, &mine, &s);
        s.scores.made = powers;
        fast_pack_additive_v(a, v, &s.scores);
#pragma omp for schedule(dynamic)
        for (size_t task = 0; task < n_tasks; task++) { /* 4 */
            attend_to_part(a, task, n_parts, &s, &cache->log_sum_exp, output);
        }
    }
}

int fast_additive_attention_forward(const fast_view *x, const fast_view *keys,
                                    const fast_view *memory,
                                    const fast_additive_attention *parameters,
                                    const fast_mask *mask, const fast_additive_cache *cache,
                                    fast_view *output, fast_context *context)
{
    attention_problem a = {&cache->q,       keys, memory,
                           FAST_DOT,        1.0f, mask != NULL ? *mask : (fast_mask){0},
                           context->kernels};
    int status = fast_check_additive(x, &a, parameters, cache, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(&cache->log_sum_exp) || overlaps_itself(output)) {
        GSL_ERROR("no output may overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace, rest = all;
    size_t n_bytes = fast_additive_attention_forward_size(x, keys, memory, parameters, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_additive_attention_forward_size()",
                  GSL_ENOMEM);
    }
    fast_view q = cache->q;
    status = fast_projection_forward(x, &parameters->weight_q, NULL, &q, context); /* 5 */
    if (status != GSL_SUCCESS) {
        return status;
    }
    attend_to_all(&a, &parameters->v, cache, output, rest, context);
    return GSL_SUCCESS;
}

size_t fast_additive_attention_forward_size(const fast_view *x, const fast_view *keys,
                                            const fast_view *memory,
                                            const fast_additive_attention *parameters,
                                            const fast_context *context)
{
    fast_view q = fast_additive_queries_like(x, keys);
    attention_problem a = {.q = &q, .k = keys, .v = memory, .kernels = context->kernels};
    size_t n_mine = take_forward_scratch(&a, NULL, &(forward_scratch){0});
    size_t n_powers = fast_take_shared_powers(&a, NULL, &(fast_additive_powers){0});
    size_t n_bytes = fast_size_sum(n_powers, fast_piece_size((size_t)context->n_threads, n_mine));
    return larger_of(n_bytes, fast_projection_forward_size(x, &parameters->weight_q, context));
}
