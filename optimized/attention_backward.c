/* Attention without stored weights: the backward pass.
 *
 * What differs from reference/attention.c, beside 1 to 7 at the head of attention.c:
 *   8. the weights come from log_sum_exp in one step, P = exp(S - L): no maximum is looked for;
 *   9. a block of queries owns its rows of grad_q, but all blocks of a head add to the same grad_k
 *      and grad_v. So a task takes several blocks, and sums the gradients of the keys and values on
 *      its own. These partial gradients are added in a fixed order, and how many there are depends
 *      on the shape alone: any number of threads gives the same bits;
 *  10. scores of equal distance lie on a diagonal. So a block needs one number a diagonal of the
 *      relative bias; and each task sums dS along the diagonals of its head, and these sums are
 *      added to the gradient in a fixed order, too;
 *  11. a short head is one block of queries and one of keys. Then no sum has a second part, and the
 *      products go straight into the rows of the gradients, as in 7.
 * What a task does with one block of queries stands in attention_gradients.c. */
#include "optimized/attention.h"
#include "optimized/attention_blocks.h"
#include "optimized/attention_checks.h"
#include "optimized/attention_gradients.h"
#include "optimized/attention_partial.h"
#include "optimized/attention_relative.h"
#include "optimized/checks.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>

/** The scratch memory of all threads, all partial gradients, and the sums of dS of all tasks. */
typedef struct {
    unsigned char *threads, *partials, *diagonals;
    size_t n_bytes_thread;
} shared_memory;

static backward_scratch scratch_of_thread(const attention_problem *a, const shared_memory *memory)
{
    unsigned char *begin = memory->threads + thread_number() * memory->n_bytes_thread;
    fast_workspace from = {begin, memory->n_bytes_thread, 0};
    backward_scratch s = {.diagonals = NULL};
    fast_take_backward_scratch(a, &from, &s);
    return s;
}

/** Adds up the partial gradients of a block of keys, from the first to the last. */
static void add_partial_gradients(const attention_problem *a, size_t matrix, size_t begin,
                                  const gradient_views *views, const shared_memory *memory,
                                  const backward_scratch *s, size_t first_partial, size_t n_parts)
{
    size_t n_rows = min_of(FAST_KEYS_PER_GRADIENT, a->k->n_rows - begin);
    for (size_t part = first_partial; part < first_partial + n_parts; part++) {
        partial_gradient partial = fast_partial_gradient_at(a, memory->partials, part);
        fast_add_partial_gradient(a, matrix, begin, n_rows, &partial, s->blocks.key_factors,
                                  views->grad_k, views->grad_v);
    }
}

/** One part of a head: every n_parts-th block of queries, so that causal parts are alike. */
static void go_back_over_part(const attention_problem *a, size_t task, size_t n_parts,
                              const gradient_views *views, const shared_memory *memory,
                              const backward_scratch *s)
{
    size_t matrix = task / n_parts, index = n_parts > 1 ? task : thread_number();
    size_t n_blocks = n_blocks_of(a->q->n_rows, fast_query_block_width(a->kernels));
    partial_gradient partial = fast_partial_gradient_at(a, memory->partials, index);
    fast_clear_partial_gradient(a, &partial);
    for (size_t block = task % n_parts; block < n_blocks; block += n_parts) {
        query_block queries = fast_query_block_at(a, matrix, block);
        fast_go_back(a, &queries, views, s, &partial);
    }
    for (size_t j = 0; n_parts == 1 && j < a->k->n_rows; j += FAST_KEYS_PER_GRADIENT) {
        add_partial_gradients(a, matrix, j, views, memory, s, index, 1);
    }
}

/** How many tasks there are: parts of heads. It follows from the shape alone. */
static size_t n_tasks_of(const fast_view *q)
{
    return q->n_batch * q->n_heads * fast_n_parts_of_head(q);
}

/** All parts of all heads, then the sums of their partial gradients. */
static void go_back_over_all(const attention_problem *a, const gradient_views *views,
                             const shared_memory *memory, int n_threads)
{
    size_t n_parts = fast_n_parts_of_head(a->q), n_tasks = n_tasks_of(a->q);
    bool is_short = fast_goes_back_at_once(a);
    int n_at_a_time = fast_n_tasks_at_a_time(a, n_threads);
#pragma omp parallel num_threads(n_threads) if (n_tasks > 1)
    {
        backward_scratch s = scratch_of_thread(a, memory);
#pragma omp for schedule(dynamic, n_at_a_time)
        for (size_t task = 0; task < n_tasks; task++) { /* 6, 9 */
            s.diagonals = fast_clear_diagonals(a, memory->diagonals, task);
            if (is_short) { /* 11 */
                fast_go_back_at_once(a, task, views, &s);
            } else {
                go_back_over_part(a, task, n_parts, views, memory, &s);
            }
        }
    }
    fast_add_diagonals(a, memory->diagonals, n_parts); /* 9, 10 */
    if (n_parts == 1) {                                /* then each task has added its own */
        return;
    }
    size_t n_blocks = n_blocks_of(a->k->n_rows, FAST_KEYS_PER_GRADIENT);
    size_t n_sums = a->q->n_batch * a->q->n_heads * n_blocks;
#pragma omp parallel for schedule(static) num_threads(n_threads) if (n_sums > 1)
    for (size_t sum = 0; sum < n_sums; sum++) { /* 9 */
        size_t matrix = sum / n_blocks, begin = sum % n_blocks * FAST_KEYS_PER_GRADIENT;
        backward_scratch s = scratch_of_thread(a, memory);
        add_partial_gradients(a, matrix, begin, views, memory, &s, matrix * n_parts, n_parts);
    }
}

int fast_attention_backward(const fast_view *q, const fast_view *k, const fast_view *v,
                            fast_similarity similarity, float scale, const fast_mask *mask,
                            const fast_view *log_sum_exp, const fast_view *output,
                            const fast_view *grad_output, fast_view *grad_q, fast_view *grad_k,
                            fast_view *grad_v, fast_context *context)
{
    attention_problem a = {
        q, k, v, similarity, scale, mask != NULL ? *mask : (fast_mask){0}, context->kernels};
    int status = fast_check_attention_gradients(&a, output, grad_output, grad_q, grad_k, grad_v);
    if (status == GSL_SUCCESS) {
        status = fast_check_attention(&a, log_sum_exp, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(grad_q) || overlaps_itself(grad_k) || overlaps_itself(grad_v) ||
        (a.mask.grad_relative_bias != NULL && overlaps_itself(a.mask.grad_relative_bias))) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    fast_workspace workspace = *context->workspace; /* a copy: what is taken is given back */
    size_t n_bytes = fast_attention_backward_size(q, k, v, context);
    unsigned char *scratch = fast_workspace_take(&workspace, n_bytes);
    if (scratch == NULL) {
        GSL_ERROR("the workspace is smaller than fast_attention_backward_size()", GSL_ENOMEM);
    }
    size_t n_mine = fast_take_backward_scratch(&a, NULL, &(backward_scratch){0});
    shared_memory memory = {.threads = scratch, .n_bytes_thread = n_mine};
    memory.partials = memory.threads + (size_t)context->n_threads * n_mine;
    memory.diagonals = scratch + n_bytes - fast_diagonals_size(&a, n_tasks_of(q));
    gradient_views views = {log_sum_exp, output, grad_output, grad_q, grad_k, grad_v};
    go_back_over_all(&a, &views, &memory, context->n_threads);
    return GSL_SUCCESS;
}

size_t fast_attention_backward_size(const fast_view *q, const fast_view *k, const fast_view *v,
                                    const fast_context *context)
{
    attention_problem a = {.q = q, .k = k, .v = v, .kernels = context->kernels};
    size_t n_threads = (size_t)context->n_threads;
    size_t n_bytes = fast_take_backward_scratch(&a, NULL, &(backward_scratch){0});
    n_bytes = fast_piece_size(n_threads, n_bytes);
    n_bytes = fast_size_sum(n_bytes, fast_partial_gradients_size(&a, n_threads));
    return fast_size_sum(n_bytes, fast_diagonals_size(&a, n_tasks_of(q)));
}
