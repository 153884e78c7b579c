/* Additive attention: the backward pass.
 *
 * What differs from reference/additive_attention.c, beside 1 to 7 at the head of
 * additive_attention.c:
 *   8. the weights come from log_sum_exp in one step, P = exp(S - L), and so does r, once more;
 *   9. with r, 1 - tanh^2 = 4 r (1 - r): the factor 4 v is left out of all sums over pairs, and
 *      multiplies what they come to. The other sum is dv = sum_ij dS_ij (1 - 2 r_ij), of which
 *      sum_ij dS_ij is 0, as each row of dS sums to 0;
 *  10. a task owns its rows of dQ, and, if it has its sequence for itself, those of dK and dM.
 *      What it shares it sums on its own first. These sums are added in a fixed order, and how many
 *      there are depends on the shape alone: any number of threads gives the same bits.
 * What a task does with one block of queries stands in additive_gradients.c. */
#include "optimized/additive_attention.h"
#include "optimized/additive_checks.h"
#include "optimized/additive_gradients.h"
#include "optimized/projection.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/** Everything that the tasks share. */
typedef struct {
    attention_problem a;
    const fast_view *v, *log_sum_exp, *output, *grad_output, *grad_keys, *grad_memory;
    const fast_additive_powers *powers;
    fast_additive_powers shared_powers;
    fast_view grad_q;
    size_t n_parts, n_tasks, n_bytes_thread, n_bytes_partial;
    unsigned char *threads, *partials;
    float *grad_v; /* sums for dv, one row a task */
} backward_work;

/* ---- Memory ---------------------------------------------------------------------------------- */

/** What a task sums on its own, where it may not go straight to the gradients. */
typedef struct {
    fast_rows keys, memory;
} partial_gradients;

/** Whether a task shares its sequence with others; and whether rows of M are no whole vectors. */
static bool is_shared(const backward_work *w)
{
    return w->n_parts > 1;
}

static bool is_ragged(const backward_work *w)
{
    return fast_n_copied_columns(&w->a) > 0;
}

static size_t take_rows(fast_workspace *from, size_t n_rows, size_t n_cols, fast_rows *rows)
{
    *rows = (fast_rows){NULL, n_rows, n_cols, n_cols};
    return take_part(from, n_rows, n_cols, &rows->data);
}

static size_t take_partial(const backward_work *w, fast_workspace *from, partial_gradients *p)
{
    size_t lanes = w->a.kernels->lanes, n_keys = w->a.k->n_rows;
    size_t n_keys_shared = is_shared(w) ? n_keys : 0;
    size_t n_keys_copied = is_shared(w) || is_ragged(w) ? n_keys : 0;
    size_t keys = take_rows(from, n_keys_shared, padded_to(w->a.k->n_cols, lanes), &p->keys);
    return fast_size_sum(
        keys, take_rows(from, n_keys_copied, padded_to(w->a.v->n_cols, lanes), &p->memory));
}

/** Takes all parts of the workspace, or counts their bytes. */
static size_t take_work(backward_work *w, size_t n_threads, fast_workspace *from)
{
    additive_backward_scratch scratch;
    w->n_parts = fast_n_additive_parts(&w->a);
    w->n_tasks = w->a.q->n_batch * w->n_parts;
    w->n_bytes_thread = fast_take_additive_backward_scratch(&w->a, NULL, &scratch);
    w->n_bytes_partial = take_partial(w, NULL, &(partial_gradients){.keys = {0}});
    size_t threads = fast_piece_size(n_threads, w->n_bytes_thread);
    size_t partials = fast_piece_size(is_shared(w) ? w->n_tasks : n_threads, w->n_bytes_partial);
    w->threads = from != NULL ? fast_workspace_take(from, threads) : NULL;
    w->partials = from != NULL ? fast_workspace_take(from, partials) : NULL;
    size_t powers = fast_take_shared_powers(&w->a, from, &w->shared_powers);
    return fast_size_sum(fast_size_sum(fast_size_sum(threads, partials), powers),
                         take_part(from, w->n_tasks, scratch.scores.width, &w->grad_v));
}

static additive_backward_scratch scratch_of_thread(const backward_work *w)
{
    const attention_problem *a = &w->a;
    fast_workspace from = {w->threads + thread_number() * w->n_bytes_thread, w->n_bytes_thread, 0};
    additive_backward_scratch s;
    fast_take_additive_backward_scratch(a, &from, &s);
    s.scores.made = w->powers;
    fast_pack_additive_v(a, w->v, &s.scores);
    fast_rows v = {w->v->data, 1, w->v->n_cols, w->v->row_stride};
    a->kernels->transpose->copy_rows(v, 4.0f, s.slope, 1, s.scores.width);
    return s;
}

static partial_gradients partial_at(const backward_work *w, size_t index)
{
    fast_workspace from = {w->partials + index * w->n_bytes_partial, w->n_bytes_partial, 0};
    partial_gradients partial;
    take_partial(w, &from, &partial);
    return partial;
}

static size_t take_grad_q(const fast_view *x, const fast_view *keys, fast_workspace *from,
                          fast_view *grad_q)
{
    *grad_q = fast_additive_queries_like(x, keys);
    size_t n_rows;
    if (__builtin_mul_overflow(x->n_batch, x->n_rows, &n_rows)) {
        n_rows = SIZE_MAX;
    }
    return take_part(from, n_rows, keys->n_cols, &grad_q->data);
}

size_t fast_additive_attention_backward_size(const fast_view *x, const fast_view *keys,
                                             const fast_view *memory,
                                             const fast_additive_attention *parameters,
                                             const fast_context *context)
{
    fast_view q = fast_additive_queries_like(x, keys), grad_q;
    backward_work w = {.a = {.q = &q, .k = keys, .v = memory, .kernels = context->kernels}};
    size_t n_bytes = take_work(&w, (size_t)context->n_threads, NULL);
    size_t projection = fast_projection_backward_size(x, &parameters->weight_q, context);
    return fast_size_sum(take_grad_q(x, keys, NULL, &grad_q), larger_of(n_bytes, projection));
}

/* ---- All blocks ------------------------------------------------------------------------------ */

static void clear(fast_rows rows)
{
    if (rows.n_rows > 0) {
        memset(rows.data, 0, rows.n_rows * rows.stride * sizeof *rows.data);
    }
}

/** Every n_parts-th block of queries of a sequence. */
static void go_back_over_part(const backward_work *w, size_t task, additive_backward_scratch *s)
{
    const attention_problem *a = &w->a;
    size_t n_blocks = n_blocks_of(a->q->n_rows, fast_query_block_width(a->kernels));
    query_block sequence = {.batch = task / w->n_parts};
    fast_rows grad_keys = fast_rows_of(w->grad_keys, &sequence, 0, a->k->n_rows);
    fast_rows grad_memory = fast_rows_of(w->grad_memory, &sequence, 0, a->k->n_rows);
    partial_gradients partial = partial_at(w, is_shared(w) ? task : thread_number());
    additive_gradients gradients = {w->log_sum_exp,
                                    w->output,
                                    w->grad_output,
                                    &w->grad_q,
                                    is_shared(w) ? partial.keys : grad_keys,
                                    is_shared(w) || is_ragged(w) ? partial.memory : grad_memory,
                                    w->grad_v + task * s->scores.width};
    clear(partial.keys);
    clear(partial.memory);
    memset(gradients.grad_v, 0, s->scores.width * sizeof *gradients.grad_v);
    fast_pack_additive_keys(a, sequence.batch, &s->scores);
    for (size_t block = task % w->n_parts; block < n_blocks; block += w->n_parts) {
        query_block queries = fast_query_block_at(a, sequence.batch, block);
        fast_go_back_additively(a, &queries, s, &gradients);
    }
    if (!is_shared(w) && is_ragged(w)) {
        a->kernels->transpose->add_rows(partial.memory.data, partial.memory.stride, 1.0f,
                                        grad_memory);
    }
}

/** Adds what the tasks of a sequence have summed to its gradients, from the first to the last. */
static void add_partials(const backward_work *w, size_t batch)
{
    const fast_transpose_kernels *transpose = w->a.kernels->transpose;
    query_block sequence = {.batch = batch};
    fast_rows grad_keys = fast_rows_of(w->grad_keys, &sequence, 0, w->a.k->n_rows);
    fast_rows grad_memory = fast_rows_of(w->grad_memory, &sequence, 0, w->a.k->n_rows);
    for (size_t task = batch * w->n_parts; task < (batch + 1) * w->n_parts; task++) {
        partial_gradients partial = partial_at(w, task);
        transpose->add_rows(partial.keys.data, partial.keys.stride, 1.0f, grad_keys);
        transpose->add_rows(partial.memory.data, partial.memory.stride, 1.0f, grad_memory);
    }
}

static void go_back_over_all(const backward_work *w, int n_threads, const fast_view *grad_v)
{
    size_t width = padded_to(grad_v->n_cols, w->a.kernels->lanes);
    fast_rows row = {grad_v->data, 1, grad_v->n_cols, grad_v->row_stride};
#pragma omp parallel num_threads(n_threads) if (w->n_tasks > 1)
    {
        additive_backward_scratch s = scratch_of_thread(w);
#pragma omp for schedule(dynamic)
        for (size_t task = 0; task < w->n_tasks; task++) { /* 4, 10 */
            go_back_over_part(w, task, &s);
        }
#pragma omp for schedule(static)
        for (size_t batch = 0; batch < w->a.q->n_batch; batch++) { /* 10 */
            if (is_shared(w)) {
                add_partials(w, batch);
            }
        }
    }
    for (size_t task = 0; task < w->n_tasks; task++) { /* 9, 10 */
        w->a.kernels->transpose->add_rows(w->grad_v + task * width, width, -2.0f, row);
    }
}

int fast_additive_attention_backward(
    const fast_view *x, const fast_view *keys, const fast_view *memory,
    const fast_additive_attention *parameters, const fast_mask *mask,
    const fast_additive_cache *cache, const fast_view *output, const fast_view *grad_output,
    fast_view *grad_x, fast_view *grad_keys, fast_view *grad_memory,
    const fast_additive_attention *gradients, fast_context *context)
{
    backward_work w = {.a = {&cache->q, keys, memory, FAST_DOT, 1.0f,
                             mask != NULL ? *mask : (fast_mask){0}, context->kernels},
                       .v = &parameters->v,
                       .log_sum_exp = &cache->log_sum_exp,
                       .output = output,
                       .grad_output = grad_output,
                       .grad_keys = grad_keys,
                       .grad_memory = grad_memory};
    fast_view grad_weight = gradients->weight_q;
    int status = fast_check_additive_gradients(x, &w.a, parameters, cache, output, grad_output,
                                               grad_x, grad_keys, grad_memory, gradients);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    size_t n_bytes = fast_additive_attention_backward_size(x, keys, memory, parameters, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_additive_attention_backward_size()",
                  GSL_ENOMEM);
    }
    take_grad_q(x, keys, &rest, &w.grad_q);
    fast_workspace behind = rest;
    take_work(&w, (size_t)context->n_threads, &behind);
    w.powers = fast_make_shared_powers(&w.a, cache->powers, &w.shared_powers, context);
    go_back_over_all(&w, context->n_threads, &gradients->v);

    /* Q = X W:  dX += dQ W^T,  dW += X^T dQ */
    fast_context after = {context->kernels, context->n_threads, &rest};
    return fast_projection_backward(x, &parameters->weight_q, &w.grad_q, grad_x, &grad_weight, NULL,
                                    &after); /* 5 */
}
