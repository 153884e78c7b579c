/* Gradients of attention without stored weights.
 *
 * What differs from reference/attention.c, beside the points at the head of attention.c:
 *   7. the weights come from log_sum_exp in one step, P = exp(S - L): no maximum is needed again;
 *   8. a task owns the rows of grad_q of its queries, but all tasks of a head add to the same grad_k
 *      and grad_v. So each task sums into a partial gradient of its own, and partial gradients are
 *      added in a fixed order. How many there are depends on the shape alone, so the result is the
 *      same, bit for bit, for any number of threads. */
#include "optimized/attention.h"
#include "optimized/attention_blocks.h"
#include "optimized/attention_checks.h"
#include "optimized/checks.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

enum { KEYS_PER_BLOCK = 64 };

/* Heads are cut into parts until there are so many tasks, but no part gets fewer queries. */
enum { ENOUGH_TASKS = 16, FEWEST_QUERIES = 512 };

/** What a thread needs for a block of queries. */
typedef struct {
    attention_scratch blocks;
    float *query_rows;       /* Q, (width x d_k), padded; normalised for the cosine */
    float *grad_output;      /* dY^T, (d_v x width) */
    float *grad_output_rows; /* dY, (width x d_v), padded */
    float *grad_queries;     /* dQ^T, (d_k x width), without factors */
    float *factors;          /* of dQ, (width) */
    float *log_sum_exp;      /* L, (width), in units of ln(2) */
    float *products;         /* D_i = dY_i . Y_i, (width) */
    float *weights;          /* P^T, (n_keys x width) */
    float *grad_scores;      /* dS^T, (n_keys x width) */
} backward_scratch;

/** Partial gradients of the keys and values of one head, without factors. */
typedef struct {
    float *grad_k; /* (n_k x d_k), padded */
    float *grad_v; /* (n_k x d_v), padded */
} partial_gradient;

/** The gradients that the caller wants. */
typedef struct {
    const fast_view *log_sum_exp, *output, *grad_output;
    fast_view *grad_q, *grad_k, *grad_v;
} gradient_views;

/* ---------------------------------------------------------------------------------------------
 * Scratch memory
 * ------------------------------------------------------------------------------------------ */

static size_t backward_scratch_parts(const fast_kernels *kernels, size_t d_k, size_t d_v,
                                     fast_workspace *from, backward_scratch *s)
{
    size_t width = kernels->tile_vectors * kernels->lanes;
    size_t d_k_padded = padded_columns(kernels, d_k), d_v_padded = padded_columns(kernels, d_v);
    size_t size = attention_scratch_parts(kernels, d_k, d_v, KEYS_PER_BLOCK, from, &s->blocks);
    size = fast_size_sum(size, scratch_part(from, width, d_k_padded, &s->query_rows));
    size = fast_size_sum(size, scratch_part(from, d_v_padded, width, &s->grad_output));
    size = fast_size_sum(size, scratch_part(from, width, d_v_padded, &s->grad_output_rows));
    size = fast_size_sum(size, scratch_part(from, d_k_padded, width, &s->grad_queries));
    size = fast_size_sum(size, scratch_part(from, 1, width, &s->factors));
    size = fast_size_sum(size, scratch_part(from, 1, width, &s->log_sum_exp));
    size = fast_size_sum(size, scratch_part(from, 1, width, &s->products));
    size = fast_size_sum(size, scratch_part(from, KEYS_PER_BLOCK, width, &s->weights));
    return fast_size_sum(size, scratch_part(from, KEYS_PER_BLOCK, width, &s->grad_scores));
}

static size_t partial_gradient_parts(const fast_kernels *kernels, size_t n_k, size_t d_k,
                                     size_t d_v, fast_workspace *from, partial_gradient *partial)
{
    size_t n_rows = round_up(n_k, kernels->tile_rows);
    return fast_size_sum(
        scratch_part(from, n_rows, padded_columns(kernels, d_k), &partial->grad_k),
        scratch_part(from, n_rows, padded_columns(kernels, d_v), &partial->grad_v));
}

/** How many tasks share the queries of a head. */
static size_t n_parts_of_head(const fast_view *q)
{
    size_t n_heads = q->n_batch * q->n_heads;
    size_t wanted = n_heads == 0 ? 1 : (ENOUGH_TASKS + n_heads - 1) / n_heads;
    return larger_of(1, smaller_of(wanted, q->n_rows / FEWEST_QUERIES));
}

/** With one part a head, a thread needs one partial gradient; else each part has its own. */
static size_t n_partial_gradients(const fast_view *q, const fast_context *context)
{
    size_t n_parts = n_parts_of_head(q);
    return n_parts == 1 ? (size_t)context->n_threads : q->n_batch * q->n_heads * n_parts;
}

/* ---------------------------------------------------------------------------------------------
 * One block of queries
 * ------------------------------------------------------------------------------------------ */

/** Similarities are scaled after their derivative is taken; d(x^2) = 2 x dx. */
static float gradient_factor(const attention_problem *a)
{
    return a->similarity == FAST_NEG_SQ_EUCLIDEAN ? 2 * a->scale : a->scale;
}

static void pack(const attention_problem *a, const query_block *queries,
                 const gradient_views *views, const backward_scratch *s)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    size_t batch = queries->batch, head = queries->head, width = queries->width;
    size_t d_k_padded = padded_columns(a->kernels, a->q->n_cols);
    size_t d_v_padded = padded_columns(a->kernels, a->v->n_cols);
    fast_rows q = rows_of(a->q, batch, head, queries->begin, queries->n_rows);
    fast_rows y = rows_of(views->output, batch, head, queries->begin, queries->n_rows);
    fast_rows grad_y = rows_of(views->grad_output, batch, head, queries->begin, queries->n_rows);

    pack_queries(a, queries, &s->blocks);
    transpose->copy_rows(q, 1.0f, s->query_rows, width, d_k_padded);
    transpose->to_columns(grad_y, 1.0f, s->grad_output, width);
    transpose->copy_rows(grad_y, 1.0f, s->grad_output_rows, width, d_v_padded);
    transpose->row_products(grad_y, y.data, y.stride, s->products);
    memset(s->grad_queries, 0, d_k_padded * width * sizeof *s->grad_queries);

    const float *log_sum_exp = fast_view_at(views->log_sum_exp, batch, head) + queries->begin;
    bool is_cosine = a->similarity == FAST_COSINE;
    for (size_t i = 0; i < width; i++) { /* a query that sees no key, or none at all: weights 0 */
        bool sees_a_key = i < queries->n_rows && log_sum_exp[i] > -INFINITY;
        s->log_sum_exp[i] = sees_a_key ? log_sum_exp[i] * LOG2_E : INFINITY;
        s->factors[i] = gradient_factor(a) * (is_cosine ? s->blocks.norms[i] : 1.0f);
    }
    for (size_t i = 0; i < queries->n_rows && is_cosine; i++) {
        for (size_t c = 0; c < d_k_padded; c++) {
            s->query_rows[i * d_k_padded + c] *= s->blocks.norms[i];
        }
    }
}

/** S = scale q . k:  dQ += scale dS K,  dK += scale dS^T Q;  for distances, with differences. */
static void add_query_and_key_gradients(const attention_problem *a, const fast_product *grad_q,
                                        const fast_product *grad_k, const float *queries)
{
    const fast_product_kernels *product = a->kernels->product;
    if (a->similarity == FAST_NEG_SQ_EUCLIDEAN) {
        product->add_transposed_differences(grad_q, queries, grad_q->c_stride);
        product->add_differences(grad_k, grad_q->a, grad_q->a_stride);
    } else {
        product->add_transposed_product(grad_q);
        product->add_product(grad_k);
    }
}

static void go_back_to_keys(const attention_problem *a, const query_block *queries,
                            const key_block *keys, const backward_scratch *s,
                            const partial_gradient *partial)
{
    const fast_kernels *kernels = a->kernels;
    size_t unit = larger_of(kernels->lanes, kernels->tile_rows), width = queries->width;
    size_t skipped = keys->first_vector * kernels->lanes;
    size_t d_k_padded = padded_columns(kernels, a->k->n_cols);
    size_t d_v_padded = padded_columns(kernels, a->v->n_cols);
    whole_rows k = pad_rows(
        a, rows_of(a->k, queries->batch, queries->head, keys->begin, keys->n_rows), unit,
        s->blocks.keys);
    whole_rows v = pad_rows(
        a, rows_of(a->v, queries->batch, queries->head, keys->begin, keys->n_rows), 1,
        s->blocks.values);

    /* P = exp(S - L),  dS = P o (dY V^T - D) */
    fast_score_block scores = lay_out_scores(a, queries, keys, k, &s->blocks);
    fast_score_gradient gradient = {.d_v = a->v->n_cols,
                                    .values = v.data,
                                    .value_stride = v.stride,
                                    .grad_output = s->grad_output + skipped,
                                    .log_sum_exp = s->log_sum_exp + skipped,
                                    .products = s->products + skipped,
                                    .key_factors = a->similarity == FAST_COSINE
                                                       ? s->blocks.key_factors
                                                       : NULL,
                                    .weights = s->weights + skipped,
                                    .grad_scores = s->grad_scores + skipped};
    kernels->attention->weigh_again(&scores, &gradient); /* 7 */

    /* output = P V:  dV += P^T dY */
    fast_product grad_v = {.n_rows = keys->n_padded,
                           .n_inner = queries->n_rows - skipped,
                           .n_vectors = d_v_padded / kernels->lanes,
                           .a = gradient.weights,
                           .a_stride = width,
                           .b = s->grad_output_rows + skipped * d_v_padded,
                           .b_stride = d_v_padded,
                           .c = partial->grad_v + keys->begin * d_v_padded,
                           .c_stride = d_v_padded};
    kernels->product->add_product(&grad_v);

    fast_product grad_k = {.n_rows = keys->n_padded,
                           .n_inner = queries->n_rows - skipped,
                           .n_vectors = d_k_padded / kernels->lanes,
                           .a = gradient.grad_scores,
                           .a_stride = width,
                           .b = s->query_rows + skipped * d_k_padded,
                           .b_stride = d_k_padded,
                           .c = partial->grad_k + keys->begin * d_k_padded,
                           .c_stride = d_k_padded};
    fast_product grad_q = {.n_rows = round_up(a->k->n_cols, kernels->tile_rows),
                           .n_inner = keys->n_rows,
                           .n_vectors = scores.n_vectors,
                           .a = k.data,
                           .a_stride = k.stride,
                           .b = gradient.grad_scores,
                           .b_stride = width,
                           .c = s->grad_queries + skipped,
                           .c_stride = width};
    add_query_and_key_gradients(a, &grad_q, &grad_k, scores.queries);
}

/** Adds dQ of a block of queries to grad_q, and its part of dK and dV to a partial gradient. */
static void go_back(const attention_problem *a, const query_block *queries,
                    const gradient_views *views, const backward_scratch *s,
                    const partial_gradient *partial)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    pack(a, queries, views, s); /* 3 */
    for (key_block keys = {0}; next_key_block(a, queries, KEYS_PER_BLOCK, &keys);) { /* 1, 5 */
        go_back_to_keys(a, queries, &keys, s, partial);
    }
    fast_rows grad_q =
        rows_of(views->grad_q, queries->batch, queries->head, queries->begin, queries->n_rows);
    if (a->similarity != FAST_COSINE) {
        transpose->to_rows(s->grad_queries, queries->width, s->factors, true, grad_q);
        return;
    }
    /* the cosine does not change with the length of a query */
    fast_rows q = rows_of(a->q, queries->batch, queries->head, queries->begin, queries->n_rows);
    size_t d_k_padded = padded_columns(a->kernels, q.n_cols);
    fast_rows rows = {s->query_rows, q.n_rows, q.n_cols, d_k_padded};
    transpose->to_rows(s->grad_queries, queries->width, s->factors, false, rows);
    transpose->remove_along(q, s->blocks.norms, s->query_rows, d_k_padded);
    transpose->add_rows(s->query_rows, d_k_padded, 1.0f, grad_q);
}

/* ---------------------------------------------------------------------------------------------
 * One part of a head
 * ------------------------------------------------------------------------------------------ */

/** Every n_parts-th block of queries, so that causal parts are alike. */
static void go_back_over_part(const attention_problem *a, size_t matrix, size_t part,
                              size_t n_parts, const gradient_views *views,
                              const backward_scratch *s, const partial_gradient *partial)
{
    size_t n_rows = round_up(a->k->n_rows, a->kernels->tile_rows);
    size_t d_k_padded = padded_columns(a->kernels, a->k->n_cols);
    size_t d_v_padded = padded_columns(a->kernels, a->v->n_cols);
    memset(partial->grad_k, 0, n_rows * d_k_padded * sizeof *partial->grad_k);
    memset(partial->grad_v, 0, n_rows * d_v_padded * sizeof *partial->grad_v);
    for (size_t index = part; index < n_query_blocks(a); index += n_parts) {
        query_block queries =
            query_block_at(a, matrix / a->q->n_heads, matrix % a->q->n_heads, index);
        go_back(a, &queries, views, s, partial);
    }
}

/** Adds a partial gradient to rows begin .. begin + n_rows of grad_k and grad_v. */
static void add_partial_gradient(const attention_problem *a, size_t matrix, size_t begin,
                                 size_t n_rows, const gradient_views *views,
                                 const partial_gradient *partial, float *norms)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    size_t batch = matrix / a->q->n_heads, head = matrix % a->q->n_heads;
    size_t d_k_padded = padded_columns(a->kernels, a->k->n_cols);
    size_t d_v_padded = padded_columns(a->kernels, a->v->n_cols);
    float *grad_k = partial->grad_k + begin * d_k_padded;
    if (a->similarity == FAST_COSINE) {
        fast_rows k = rows_of(a->k, batch, head, begin, n_rows);
        transpose->inverse_norms(k, norms);
        transpose->remove_along(k, norms, grad_k, d_k_padded);
    }
    transpose->add_rows(grad_k, d_k_padded, gradient_factor(a),
                        rows_of(views->grad_k, batch, head, begin, n_rows));
    transpose->add_rows(partial->grad_v + begin * d_v_padded, d_v_padded, 1.0f,
                        rows_of(views->grad_v, batch, head, begin, n_rows));
}

int fast_attention_backward(const fast_view *q, const fast_view *k, const fast_view *v,
                            fast_similarity similarity, float scale, const fast_mask *mask,
                            const fast_view *log_sum_exp, const fast_view *output,
                            const fast_view *grad_output, fast_view *grad_q, fast_view *grad_k,
                            fast_view *grad_v, fast_context *context)
{
    attention_problem a = {q, k, v, similarity, scale, mask != NULL ? *mask : (fast_mask){0},
                           context->kernels};
    gradient_views views = {log_sum_exp, output, grad_output, grad_q, grad_k, grad_v};
    int status = check_attention_gradients(&a, output, grad_output, grad_q, grad_k, grad_v);
    if (status == GSL_SUCCESS) {
        status = check_attention(&a, log_sum_exp, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(grad_q) || overlaps_itself(grad_k) || overlaps_itself(grad_v)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace;
    unsigned char *scratch =
        fast_workspace_take(&all, fast_attention_backward_size(q, k, v, context));
    if (scratch == NULL) {
        GSL_ERROR("the workspace is smaller than fast_attention_backward_size()", GSL_ENOMEM);
    }
    size_t d_k = q->n_cols, d_v = v->n_cols, n_parts = n_parts_of_head(q);
    size_t n_bytes = backward_scratch_parts(a.kernels, d_k, d_v, NULL, &(backward_scratch){0});
    size_t n_partial =
        partial_gradient_parts(a.kernels, k->n_rows, d_k, d_v, NULL, &(partial_gradient){0});
    unsigned char *partials = scratch + (size_t)context->n_threads * n_bytes;
    size_t n_matrices = q->n_batch * q->n_heads, n_tasks = n_matrices * n_parts;
#pragma omp parallel for schedule(dynamic) num_threads(context->n_threads) if (n_tasks > 1)
    for (size_t task = 0; task < n_tasks; task++) {
        size_t mine = n_parts == 1 ? thread_number() : task;
        fast_workspace from = {scratch + thread_number() * n_bytes, n_bytes, 0};
        fast_workspace partial_from = {partials + mine * n_partial, n_partial, 0};
        backward_scratch s;
        partial_gradient partial;
        backward_scratch_parts(a.kernels, d_k, d_v, &from, &s);
        partial_gradient_parts(a.kernels, k->n_rows, d_k, d_v, &partial_from, &partial);
        go_back_over_part(&a, task / n_parts, task % n_parts, n_parts, &views, &s, &partial);
        for (size_t j = 0; n_parts == 1 && j < k->n_rows; j += KEYS_PER_BLOCK) {
            add_partial_gradient(&a, task, j, smaller_of(KEYS_PER_BLOCK, k->n_rows - j), &views,
                                 &partial, s.blocks.key_factors);
        }
    }
    if (n_parts == 1) {
        return GSL_SUCCESS;
    }
    size_t n_blocks = (k->n_rows - 1) / KEYS_PER_BLOCK + 1, n_sums = n_matrices * n_blocks;
#pragma omp parallel for schedule(static) num_threads(context->n_threads) if (n_sums > 1)
    for (size_t sum = 0; sum < n_sums; sum++) {
        size_t matrix = sum / n_blocks, j = sum % n_blocks * KEYS_PER_BLOCK;
        fast_workspace from = {scratch + thread_number() * n_bytes, n_bytes, 0};
        backward_scratch s;
        backward_scratch_parts(a.kernels, d_k, d_v, &from, &s);
        for (size_t part = 0; part < n_parts; part++) {
            fast_workspace partial_from = {partials + (matrix * n_parts + part) * n_partial,
                                           n_partial, 0};
            partial_gradient partial;
            partial_gradient_parts(a.kernels, k->n_rows, d_k, d_v, &partial_from, &partial);
            add_partial_gradient(&a, matrix, j, smaller_of(KEYS_PER_BLOCK, k->n_rows - j), &views,
                                 &partial, s.blocks.key_factors);
        }
    }
    return GSL_SUCCESS;
}

size_t fast_attention_backward_size(const fast_view *q, const fast_view *k, const fast_view *v,
                                    const fast_context *context)
{
    const fast_kernels *kernels = context->kernels;
    size_t one = backward_scratch_parts(kernels, q->n_cols, v->n_cols, NULL, &(backward_scratch){0});
    size_t partial = partial_gradient_parts(kernels, k->n_rows, q->n_cols, v->n_cols, NULL,
                                            &(partial_gradient){0});
    if (one == SIZE_MAX || partial == SIZE_MAX) {
        return SIZE_MAX;
    }
    return fast_size_sum(fast_piece_size((size_t)context->n_threads, one),
                         fast_piece_size(n_partial_gradients(q, context), partial));
}
