/* Additive attention: the backward pass.
 *
 * What differs from reference/additive_attention.c, beside 1 to 5 at the head of
 * additive_attention.c:
 *   6. the weights come from log_sum_exp in one step, P = exp(S - L), and so does r, once more;
 *   7. with r, 1 - tanh^2 = 4 r (1 - r): the factor 4 v is left out of all sums over pairs, and
 *      multiplies what they come to. The other sum is dv = sum_ij dS_ij (1 - 2 r_ij), of which
 *      sum_ij dS_ij is 0, as each row of dS sums to 0;
 *   8. a task owns its rows of dQ, and, if it has its sequence for itself, those of dK and dM.
 *      What it shares it sums on its own first. These sums are added in a fixed order, and how many
 *      there are depends on the shape alone: any number of threads gives the same bits. */
#include "optimized/additive_attention.h"
#include "optimized/additive_blocks.h"
#include "optimized/additive_checks.h"
#include "optimized/checks.h"
#include "optimized/projection.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/** What a thread needs. */
typedef struct {
    additive_scratch scores;
    float *slope;       /* 4 v, (width) */
    float *grad_scores; /* dP, then dS, (n_q x stride) */
    float *queries;     /* sums for dQ, (n_q x width) */
    float *grad_output; /* dY, padded, (n_q x width of M) */
    float *products;    /* D_i = dY_i . Y_i */
} backward_scratch;

/** What a task sums on its own. */
typedef struct {
    float *keys;   /* for dK, (n_k x width) */
    float *memory; /* dM, padded, (n_k x width of M) */
} additive_partial;

/** Everything that the tasks share. */
typedef struct {
    attention_problem a;
    const fast_view *v, *log_sum_exp, *output, *grad_output, *grad_keys, *grad_memory;
    fast_view grad_q;
    size_t n_parts, n_tasks, width, memory_width, n_bytes_thread, n_bytes_partial;
    unsigned char *threads, *partials;
    float *grad_v; /* sums for dv, one row a task */
} backward_work;

/* ---- Memory ---------------------------------------------------------------------------------- */

static size_t take_backward_scratch(const attention_problem *a, fast_workspace *from,
                                    backward_scratch *s)
{
    size_t lanes = a->kernels->lanes;
    size_t n_q = padded_to(fast_query_block_width(a->kernels), a->kernels->tile_rows);
    size_t size = fast_take_additive_scratch(a, from, &s->scores);
    size = fast_size_sum(size, take_part(from, 1, s->scores.width, &s->slope));
    size = fast_size_sum(size, take_part(from, n_q, s->scores.stride, &s->grad_scores));
    size = fast_size_sum(size, take_part(from, n_q, s->scores.width, &s->queries));
    size =
        fast_size_sum(size, take_part(from, n_q, padded_to(a->v->n_cols, lanes), &s->grad_output));
    return fast_size_sum(size, take_part(from, 1, padded_to(n_q, lanes), &s->products));
}

static size_t take_partial(const attention_problem *a, fast_workspace *from, additive_partial *p)
{
    size_t lanes = a->kernels->lanes;
    size_t size = take_part(from, a->k->n_rows, padded_to(a->k->n_cols, lanes), &p->keys);
    return fast_size_sum(size,
                         take_part(from, a->k->n_rows, padded_to(a->v->n_cols, lanes), &p->memory));
}

/** Takes all parts of the workspace, or counts their bytes. */
static size_t take_work(backward_work *w, size_t n_threads, fast_workspace *from)
{
    const attention_problem *a = &w->a;
    w->n_parts = fast_n_additive_parts(a);
    w->n_tasks = a->q->n_batch * w->n_parts;
    w->width = padded_to(a->k->n_cols, a->kernels->lanes);
    w->memory_width = padded_to(a->v->n_cols, a->kernels->lanes);
    w->n_bytes_thread = take_backward_scratch(a, NULL, &(backward_scratch){0});
    w->n_bytes_partial = take_partial(a, NULL, &(additive_partial){0});
    size_t threads = fast_piece_size(n_threads, w->n_bytes_thread);
    size_t partials = fast_piece_size(w->n_parts > 1 ? w->n_tasks : n_threads, w->n_bytes_partial);
    w->threads = from != NULL ? fast_workspace_take(from, threads) : NULL;
    w->partials = from != NULL ? fast_workspace_take(from, partials) : NULL;
    return fast_size_sum(fast_size_sum(threads, partials),
                         take_part(from, w->n_tasks, w->width, &w->grad_v));
}

static backward_scratch scratch_of_thread(const backward_work *w)
{
    fast_workspace from = {w->threads + thread_number() * w->n_bytes_thread, w->n_bytes_thread, 0};
    backward_scratch s;
    take_backward_scratch(&w->a, &from, &s);
    return s;
}

static additive_partial partial_at(const backward_work *w, size_t index)
{
    fast_workspace from = {w->partials + index * w->n_bytes_partial, w->n_bytes_partial, 0};
    additive_partial partial;
    take_partial(&w->a, &from, &partial);
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

/* ---- One block ------------------------------------------------------------------------------- */

/** P = exp(S - L),  dS = P o (dY M^T - D)  for a block of queries. */
static fast_additive_block weigh_again(const backward_work *w, const query_block *queries,
                                       backward_scratch *s)
{
    const attention_problem *a = &w->a;
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    fast_additive_block block = fast_score_additively(a, queries, &s->scores);
    fast_rows grad_y = fast_rows_of(w->grad_output, queries, queries->begin, queries->n_rows);
    fast_rows y = fast_rows_of(w->output, queries, queries->begin, queries->n_rows);
    fast_rows memory = fast_rows_of(a->v, queries, 0, block.n_k);
    const float *log_sum_exp = fast_view_at(w->log_sum_exp, queries->batch, 0) + queries->begin;

    transpose->row_products(grad_y, y.data, y.stride, s->products);
    for (size_t i = 0; i < queries->n_rows; i++) {
        float *grad = s->grad_scores + i * block.stride;
        transpose->row_products(memory, grad_y.data + i * grad_y.stride, 0, grad);
        a->kernels->additive->weigh_again(s->scores.scores + i * block.stride, log_sum_exp[i], grad,
                                          s->products[i], block.n_k);
    }
    return block;
}

/** The gradients of a block of queries, and what it adds to those of the keys and the memory. */
static void go_back(const backward_work *w, const query_block *queries, backward_scratch *s,
                    const additive_partial *partial, float *grad_v)
{
    const fast_kernels *kernels = w->a.kernels;
    const float one = 1.0f;
    fast_additive_block block = weigh_again(w, queries, s);

    /* Y = P M:  dM += P^T dY */
    fast_rows grad_y = fast_rows_of(w->grad_output, queries, queries->begin, queries->n_rows);
    kernels->transpose->copy_rows(grad_y, 1.0f, s->grad_output, grad_y.n_rows, w->memory_width);
    fast_rows rows = {s->grad_output, grad_y.n_rows, w->memory_width, w->memory_width};
    fast_rows grad_memory = {partial->memory, block.n_k, w->memory_width, w->memory_width};
    fast_product product =
        fast_finished_product(kernels, queries, s->scores.scores, rows, grad_memory);
    product.a_stride = block.stride;
    product.factors = &one;
    kernels->product->finish_transposed_product(&product);

    /* S = v . (1 - 2 r):  dQ, dK and dv */
    memset(s->queries, 0, queries->n_rows * w->width * sizeof *s->queries);
    fast_additive_gradient gradient = {s->grad_scores, s->queries, partial->keys, grad_v};
    kernels->additive->go_back(&block, &gradient);
    kernels->product->scale_columns(s->queries, queries->n_rows, w->width / kernels->lanes,
                                    w->width, s->slope); /* 7 */
    fast_rows grad_q = fast_rows_of(&w->grad_q, queries, queries->begin, queries->n_rows);
    for (size_t i = 0; i < grad_q.n_rows; i++) {
        memcpy(grad_q.data + i * grad_q.stride, s->queries + i * w->width,
               grad_q.n_cols * sizeof *grad_q.data);
    }
}

/* ---- All blocks ------------------------------------------------------------------------------ */

/** Adds what some tasks of a sequence have summed to its gradients, from the first to the last. */
static void add_partials(const backward_work *w, size_t batch, size_t first, size_t n,
                         const backward_scratch *s)
{
    const fast_kernels *kernels = w->a.kernels;
    size_t n_keys = w->a.k->n_rows;
    query_block sequence = {.batch = batch};
    for (size_t index = first; index < first + n; index++) {
        additive_partial partial = partial_at(w, index);
        kernels->product->scale_columns(partial.keys, n_keys, w->width / kernels->lanes, w->width,
                                        s->slope); /* 7 */
        kernels->transpose->add_rows(partial.keys, w->width, 1.0f,
                                     fast_rows_of(w->grad_keys, &sequence, 0, n_keys));
        kernels->transpose->add_rows(partial.memory, w->memory_width, 1.0f,
                                     fast_rows_of(w->grad_memory, &sequence, 0, n_keys));
    }
}

static void pack_slope(const backward_work *w, const backward_scratch *s)
{
    fast_rows v = {w->v->data, 1, w->v->n_cols, w->v->row_stride};
    w->a.kernels->transpose->copy_rows(v, 4.0f, s->slope, 1, w->width);
}

/** Every n_parts-th block of queries of a sequence. */
static void go_back_over_part(const backward_work *w, size_t task, backward_scratch *s)
{
    const attention_problem *a = &w->a;
    size_t batch = task / w->n_parts, index = w->n_parts > 1 ? task : thread_number();
    size_t n_blocks = n_blocks_of(a->q->n_rows, fast_query_block_width(a->kernels));
    additive_partial partial = partial_at(w, index);
    float *grad_v = w->grad_v + task * w->width;
    memset(partial.keys, 0, a->k->n_rows * w->width * sizeof *partial.keys);
    memset(partial.memory, 0, a->k->n_rows * w->memory_width * sizeof *partial.memory);
    memset(grad_v, 0, w->width * sizeof *grad_v);
    fast_pack_additive_keys(a, w->v, batch, &s->scores);
    for (size_t block = task % w->n_parts; block < n_blocks; block += w->n_parts) {
        query_block queries = fast_query_block_at(a, batch, block);
        go_back(w, &queries, s, &partial, grad_v);
    }
    if (w->n_parts == 1) {
        add_partials(w, batch, index, 1, s);
    }
}

static void go_back_over_all(const backward_work *w, int n_threads, const fast_view *grad_v)
{
#pragma omp parallel num_threads(n_threads) if (w->n_tasks > 1)
    {
        backward_scratch s = scratch_of_thread(w);
        pack_slope(w, &s);
#pragma omp for schedule(dynamic)
        for (size_t task = 0; task < w->n_tasks; task++) { /* 3, 8 */
            go_back_over_part(w, task, &s);
        }
#pragma omp for schedule(static)
        for (size_t batch = 0; batch < w->a.q->n_batch; batch++) { /* 8 */
            if (w->n_parts > 1) {
                add_partials(w, batch, batch * w->n_parts, w->n_parts, &s);
            }
        }
    }
    fast_rows row = {grad_v->data, 1, grad_v->n_cols, grad_v->row_stride};
    for (size_t task = 0; task < w->n_tasks; task++) { /* 7, 8 */
        w->a.kernels->transpose->add_rows(w->grad_v + task * w->width, w->width, -2.0f, row);
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
    int status = fast_check_additive_gradients(x, &w.a, parameters, output, grad_output, grad_x,
                                               grad_keys, grad_memory, gradients);
    if (status == GSL_SUCCESS) {
        status = fast_check_additive(x, &w.a, parameters, cache, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(grad_x) || overlaps_itself(grad_keys) || overlaps_itself(grad_memory) ||
        overlaps_itself(&gradients->weight_q)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace, rest = all;
    size_t n_bytes = fast_additive_attention_backward_size(x, keys, memory, parameters, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_additive_attention_backward_size()",
                  GSL_ENOMEM);
    }
    take_grad_q(x, keys, &rest, &w.grad_q);
    fast_workspace work = rest;
    take_work(&w, (size_t)context->n_threads, &work);
    go_back_over_all(&w, context->n_threads, &gradients->v);

    /* Q = X W:  dX += dQ W^T,  dW += X^T dQ */
    fast_context behind = {context->kernels, context->n_threads, &rest};
    fast_view grad_weight = gradients->weight_q;
    return fast_projection_backward(x, &parameters->weight_q, &w.grad_q, grad_x, &grad_weight, NULL,
                                    &behind); /* 4 */
}
