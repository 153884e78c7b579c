/* Attention without stored weights: the backward pass.
 *
 * What differs from reference/attention.c, beside 1 to 6 at the head of attention.c:
 *   7. the weights come from log_sum_exp in one step, P = exp(S - L): no maximum is looked for;
 *   8. a block of queries owns its rows of grad_q, but all blocks of a head add to the same grad_k
 *      and grad_v. So a task takes several blocks, and sums the gradients of the keys and values on
 *      its own. These partial gradients are added in a fixed order, and how many there are depends
 *      on the shape alone: any number of threads gives the same bits. */
#include "optimized/attention.h"
#include "optimized/attention_blocks.h"
#include "optimized/attention_checks.h"
#include "optimized/attention_partial.h"
#include "optimized/checks.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* P and dS of 128 keys and 48 queries take 48 KiB: they stay in the L2 cache for the products. */
enum { KEYS_PER_BLOCK = 128 };

/** What a thread needs for a block of queries. */
typedef struct {
    block_scratch blocks;
    float *query_rows;       /* Q, (width x d_k), padded; of length 1 for the cosine */
    float *grad_output;      /* dY^T, (d_v x width) */
    float *grad_output_rows; /* dY, (width x d_v), padded */
    float *grad_queries;     /* dQ^T, (d_k x width), without factors */
    float *factors;          /* of dQ, (width) */
    float *log_sum_exp;      /* L, (width), in units of ln(2) */
    float *products;         /* D_i = dY_i . Y_i, (width) */
    float *weights;          /* P^T, (n_keys x width) */
    float *grad_scores;      /* dS^T, (n_keys x width) */
} backward_scratch;

/** The forward pass's results and the gradients. */
typedef struct {
    const fast_view *log_sum_exp, *output, *grad_output;
    const fast_view *grad_q, *grad_k, *grad_v;
} gradient_views;

/** The scratch memory of all threads, and all partial gradients. */
typedef struct {
    unsigned char *threads, *partials;
    size_t n_bytes_thread;
} shared_memory;

static size_t take_backward_scratch(const attention_problem *a, fast_workspace *from,
                                    backward_scratch *s)
{
    size_t width = fast_query_block_width(a->kernels);
    size_t d_k = fast_padded_columns(a->kernels, a->q->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    size_t size = fast_take_block_scratch(a, KEYS_PER_BLOCK, from, &s->blocks);
    size = fast_size_sum(size, take_part(from, width, d_k, &s->query_rows));
    size = fast_size_sum(size, take_part(from, d_v, width, &s->grad_output));
    size = fast_size_sum(size, take_part(from, width, d_v, &s->grad_output_rows));
    size = fast_size_sum(size, take_part(from, d_k, width, &s->grad_queries));
    size = fast_size_sum(size, take_part(from, 1, width, &s->factors));
    size = fast_size_sum(size, take_part(from, 1, width, &s->log_sum_exp));
    size = fast_size_sum(size, take_part(from, 1, width, &s->products));
    size = fast_size_sum(size, take_part(from, KEYS_PER_BLOCK, width, &s->weights));
    return fast_size_sum(size, take_part(from, KEYS_PER_BLOCK, width, &s->grad_scores));
}

/** Packs everything that belongs to a block of queries. */
static void pack(const attention_problem *a, const query_block *queries,
                 const gradient_views *views, const backward_scratch *s)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    bool is_cosine = a->similarity == FAST_COSINE;
    float factor = fast_gradient_factor(a);
    size_t begin = queries->begin, n_rows = queries->n_rows, width = queries->width;
    size_t d_k = fast_padded_columns(a->kernels, a->q->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    fast_rows grad_y = fast_rows_of(views->grad_output, queries, begin, n_rows);
    fast_rows y = fast_rows_of(views->output, queries, begin, n_rows);
    const float *log_sum_exp = fast_rows_of(views->log_sum_exp, queries, 0, 1).data + begin;

    fast_pack_queries(a, queries, &s->blocks);
    transpose->copy_rows(fast_rows_of(a->q, queries, begin, n_rows), 1.0f, s->query_rows, width,
                         d_k);
    transpose->to_columns(grad_y, 1.0f, s->grad_output, width);
    transpose->copy_rows(grad_y, 1.0f, s->grad_output_rows, width, d_v);
    transpose->row_products(grad_y, y.data, y.stride, s->products);

    for (size_t i = 0; i < width; i++) { /* no query, or one that sees no key, has no weights */
        bool sees_a_key = i < n_rows && log_sum_exp[i] != -INFINITY; /* or it is NaN */
        s->log_sum_exp[i] = sees_a_key ? log_sum_exp[i] * LOG2_E : INFINITY;
        s->factors[i] = sees_a_key ? factor * (is_cosine ? s->blocks.norms[i] : 1.0f) : 0.0f;
    }
    for (size_t c = 0; c < width * d_k && is_cosine; c++) {
        s->query_rows[c] *= s->blocks.norms[c / d_k];
    }
}

/** P = exp(S - L),  dS = P o (dY V^T - D)  for a block of queries and keys. */
static fast_score_block weigh_again(const attention_problem *a, const query_block *queries,
                                    const key_block *keys, whole_rows k, const backward_scratch *s)
{
    size_t n_skipped = keys->first_vector * a->kernels->lanes;
    fast_rows v_rows = fast_rows_of(a->v, queries, keys->begin, keys->n_rows);
    whole_rows v = fast_whole_rows_of(a, v_rows, 1, s->blocks.values); /* 4 */
    fast_score_block scores = fast_lay_out_scores(a, queries, keys, k, &s->blocks);
    fast_score_gradient gradient = {.d_v = v_rows.n_cols,
                                    .values = v.data,
                                    .value_stride = v.stride,
                                    .grad_output = s->grad_output + n_skipped,
                                    .log_sum_exp = s->log_sum_exp + n_skipped,
                                    .products = s->products + n_skipped,
                                    .key_factors =
                                        a->similarity == FAST_COSINE ? scores.key_factors : NULL,
                                    .weights = s->weights + n_skipped,
                                    .grad_scores = s->grad_scores + n_skipped};
    a->kernels->attention->weigh_again(&scores, &gradient); /* 7 */
    return scores;
}

/** A product of dS^T or P^T with what the same queries have in rows, added to key gradients. */
static fast_product key_product(const query_block *queries, const key_block *keys,
                                const fast_kernels *kernels, const float *weights,
                                const float *query_rows, size_t width, float *grad)
{
    size_t n_skipped = keys->first_vector * kernels->lanes;
    return (fast_product){.n_rows = keys->n_padded,
                          .n_inner = queries->n_rows - n_skipped,
                          .n_vectors = width / kernels->lanes,
                          .a = weights + n_skipped,
                          .a_stride = queries->width,
                          .b = query_rows + n_skipped * width,
                          .b_stride = width,
                          .c = grad + keys->begin * width,
                          .c_stride = width};
}

static void go_back_to_keys(const attention_problem *a, const query_block *queries,
                            const key_block *keys, const backward_scratch *s,
                            const partial_gradient *partial)
{
    const fast_product_kernels *product = a->kernels->product;
    size_t d_k = fast_padded_columns(a->kernels, a->k->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    size_t n_skipped = keys->first_vector * a->kernels->lanes;
    size_t n_keys = fast_padded_columns(a->kernels, 1); /* 4 */
    fast_rows k_rows = fast_rows_of(a->k, queries, keys->begin, keys->n_rows);
    whole_rows k = fast_whole_rows_of(a, k_rows, n_keys, s->blocks.keys);
    fast_score_block scores = weigh_again(a, queries, keys, k, s);

    /* output = P V:  dV += P^T dY */
    fast_product grad_v = key_product(queries, keys, a->kernels, s->weights, s->grad_output_rows,
                                      d_v, partial->grad_v);
    product->add_product(&grad_v);

    /* S = scale Q K^T:  dK += scale dS^T Q,  dQ += scale dS K */
    fast_product grad_k =
        key_product(queries, keys, a->kernels, s->grad_scores, s->query_rows, d_k, partial->grad_k);
    fast_product grad_q = {.n_rows = padded_to(k_rows.n_cols, a->kernels->tile_rows),
                           .n_inner = keys->n_rows,
                           .n_vectors = scores.n_vectors,
                           .a = k.data,
                           .a_stride = k.stride,
                           .b = s->grad_scores + n_skipped,
                           .b_stride = queries->width,
                           .c = s->grad_queries + n_skipped,
                           .c_stride = queries->width,
                           .is_new = keys->begin == 0};
    if (a->similarity != FAST_NEG_SQ_EUCLIDEAN) {
        product->add_product(&grad_k);
        product->add_transposed_product(&grad_q);
    } else { /* S = -scale |q - k|^2:  dK += 2 scale dS (Q - K),  dQ += 2 scale dS (K - Q) */
        product->add_differences(&grad_k, k.data, k.stride);
        product->add_transposed_differences(&grad_q, scores.queries, queries->width);
    }
}

/** Adds to dQ of a block of queries, and to partial gradients of all keys and values it sees. */
static void go_back(const attention_problem *a, const query_block *queries,
                    const gradient_views *views, const backward_scratch *s,
                    const partial_gradient *partial)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    pack(a, queries, views, s);                                                           /* 3 */
    for (key_block keys = {0}; fast_next_key_block(a, queries, KEYS_PER_BLOCK, &keys);) { /* 1, 5 */
        go_back_to_keys(a, queries, &keys, s, partial);
    }
    fast_rows grad_q = fast_rows_of(views->grad_q, queries, queries->begin, queries->n_rows);
    if (a->similarity != FAST_COSINE) {
        transpose->to_rows(s->grad_queries, queries->width, s->factors, true, grad_q);
    } else { /* it does not change with the length of a query */
        fast_rows q = fast_rows_of(a->q, queries, queries->begin, queries->n_rows);
        size_t d_k = fast_padded_columns(a->kernels, q.n_cols);
        fast_rows rows = {s->query_rows, q.n_rows, q.n_cols, d_k};
        transpose->to_rows(s->grad_queries, queries->width, s->factors, false, rows);
        transpose->remove_along(q, s->blocks.norms, s->query_rows, d_k);
        transpose->add_rows(s->query_rows, d_k, 1.0f, grad_q);
    }
}

static backward_scratch scratch_of_thread(const attention_problem *a, const shared_memory *memory)
{
    unsigned char *begin = memory->threads + thread_number() * memory->n_bytes_thread;
    fast_workspace from = {begin, memory->n_bytes_thread, 0};
    backward_scratch s;
    take_backward_scratch(a, &from, &s);
    return s;
}

/** Adds up the partial gradients of a block of keys, from the first to the last. */
static void add_partial_gradients(const attention_problem *a, size_t matrix, size_t begin,
                                  const gradient_views *views, const shared_memory *memory,
                                  size_t first_partial, size_t n_parts)
{
    backward_scratch s = scratch_of_thread(a, memory);
    size_t n_rows = min_of(KEYS_PER_BLOCK, a->k->n_rows - begin);
    for (size_t part = first_partial; part < first_partial + n_parts; part++) {
        partial_gradient partial = fast_partial_gradient_at(a, memory->partials, part);
        fast_add_partial_gradient(a, matrix, begin, n_rows, &partial, s.blocks.key_factors,
                                  views->grad_k, views->grad_v);
    }
}

/** One part of a head: every n_parts-th block of queries, so that causal parts are alike. */
static void go_back_over_part(const attention_problem *a, size_t task, size_t n_parts,
                              const gradient_views *views, const shared_memory *memory)
{
    size_t matrix = task / n_parts, index = n_parts > 1 ? task : thread_number();
    size_t n_blocks = n_blocks_of(a->q->n_rows, fast_query_block_width(a->kernels));
    backward_scratch s = scratch_of_thread(a, memory);
    partial_gradient partial = fast_partial_gradient_at(a, memory->partials, index);
    fast_clear_partial_gradient(a, &partial);
    for (size_t block = task % n_parts; block < n_blocks; block += n_parts) {
        query_block queries = fast_query_block_at(a, matrix, block);
        go_back(a, &queries, views, &s, &partial);
    }
    for (size_t j = 0; n_parts == 1 && j < a->k->n_rows; j += KEYS_PER_BLOCK) {
        add_partial_gradients(a, matrix, j, views, memory, index, 1);
    }
}

/** All parts of all heads, then the sums of their partial gradients. */
static void go_back_over_all(const attention_problem *a, const gradient_views *views,
                             const shared_memory *memory, int n_threads)
{
    size_t n_parts = fast_n_parts_of_head(a->q), n_tasks = a->q->n_batch * a->q->n_heads * n_parts;
#pragma omp parallel for schedule(dynamic) num_threads(n_threads) if (n_tasks > 1)
    for (size_t task = 0; task < n_tasks; task++) { /* 6, 8 */
        go_back_over_part(a, task, n_parts, views, memory);
    }
    if (n_parts == 1) { /* then each task has added its own */
        return;
    }
    size_t n_blocks = n_blocks_of(a->k->n_rows, KEYS_PER_BLOCK);
    size_t n_sums = a->q->n_batch * a->q->n_heads * n_blocks;
#pragma omp parallel for schedule(static) num_threads(n_threads) if (n_sums > 1)
    for (size_t sum = 0; sum < n_sums; sum++) { /* 8 */
        size_t matrix = sum / n_blocks, begin = sum % n_blocks * KEYS_PER_BLOCK;
        add_partial_gradients(a, matrix, begin, views, memory, matrix * n_parts, n_parts);
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
    if (overlaps_itself(grad_q) || overlaps_itself(grad_k) || overlaps_itself(grad_v)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    fast_workspace workspace = *context->workspace; /* a copy: what is taken is given back */
    size_t n_bytes = fast_attention_backward_size(q, k, v, context);
    unsigned char *scratch = fast_workspace_take(&workspace, n_bytes);
    if (scratch == NULL) {
        GSL_ERROR("the workspace is smaller than fast_attention_backward_size()", GSL_ENOMEM);
    }
    size_t n_mine = take_backward_scratch(&a, NULL, &(backward_scratch){0});
    shared_memory memory = {scratch, scratch + (size_t)context->n_threads * n_mine, n_mine};
    gradient_views views = {log_sum_exp, output, grad_output, grad_q, grad_k, grad_v};
    go_back_over_all(&a, &views, &memory, context->n_threads);
    return GSL_SUCCESS;
}

size_t fast_attention_backward_size(const fast_view *q, const fast_view *k, const fast_view *v,
                                    const fast_context *context)
{
    attention_problem a = {.q = q, .k = k, .v = v, .kernels = context->kernels};
    size_t n_threads = (size_t)context->n_threads;
    size_t n_bytes = take_backward_scratch(&a, NULL, &(backward_scratch){0});
    return fast_size_sum(fast_piece_size(n_threads, n_bytes),
                         fast_partial_gradients_size(&a, n_threads));
}
