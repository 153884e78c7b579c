/* How attention is cut into blocks, and how a block is laid out for the kernels. */
#include "optimized/attention_blocks.h"
#include "optimized/attention_relative.h"

size_t fast_padded_columns(const fast_kernels *kernels, size_t n_cols)
{
    bool is_tile_higher = kernels->tile_rows > kernels->lanes;
    return padded_to(n_cols, is_tile_higher ? kernels->tile_rows : kernels->lanes);
}

/* ---- Cutting --------------------------------------------------------------------------------- */

size_t fast_query_block_width(const fast_kernels *kernels)
{
    return kernels->tile_vectors * kernels->lanes;
}

query_block fast_query_block_at(const attention_problem *a, size_t matrix, size_t index)
{
    size_t begin = index * fast_query_block_width(a->kernels);
    size_t n_rows = min_of(fast_query_block_width(a->kernels), a->q->n_rows - begin);
    size_t n_vectors = n_blocks_of(n_rows, a->kernels->lanes);
    return (query_block){.batch = matrix / a->q->n_heads,
                         .head = matrix % a->q->n_heads,
                         .begin = begin,
                         .n_rows = n_rows,
                         .n_vectors = n_vectors,
                         .width = n_vectors * a->kernels->lanes};
}

bool fast_is_short(const attention_problem *a)
{
    size_t width = fast_query_block_width(a->kernels);
    return a->q->n_rows <= width && a->k->n_rows <= width && !a->mask.causal;
}

int fast_n_tasks_at_a_time(const attention_problem *a, int n_threads)
{
    bool are_many = a->q->n_batch >= 4 * (size_t)n_threads;
    return fast_is_short(a) && are_many ? (int)a->q->n_heads : 1;
}

/** How many keys of a sequence are real. */
static size_t n_real_keys(const attention_problem *a, size_t batch)
{
    return a->mask.key_lengths != NULL ? a->mask.key_lengths[batch] : a->k->n_rows;
}

size_t fast_n_visible_keys(const attention_problem *a, const query_block *queries, size_t i)
{
    size_t n_visible = n_real_keys(a, queries->batch);
    if (a->mask.causal) {
        size_t n_q = a->q->n_rows, n_past = queries->begin + i + 1 + a->k->n_rows;
        n_visible = n_past > n_q ? min_of(n_visible, n_past - n_q) : 0;
    }
    return n_visible;
}

/** How many keys the last query of a vector sees, which sees the most. */
static size_t n_visible_to_vector(const attention_problem *a, const query_block *queries,
                                  size_t vector)
{
    size_t n_before_next = min_of((vector + 1) * a->kernels->lanes, queries->n_rows);
    return fast_n_visible_keys(a, queries, n_before_next - 1);
}

/* First come keys that all queries see, in whole tiles; only those of a short head are one block,
   whether they fill their tiles or not. Where some queries see no further, a block ends with the
   first vector of queries of which none does, and the next goes on without it. Every block begins
   with a whole tile, so which keys share a tile depends on no mask. */
bool fast_next_key_block(const attention_problem *a, const query_block *queries, size_t max_keys,
                         key_block *keys)
{
    size_t tile = a->kernels->tile_rows, begin = keys->begin + keys->n_padded;
    size_t first = keys->first_vector;
    while (first < queries->n_vectors && n_visible_to_vector(a, queries, first) <= begin) {
        first++;
    }
    if (first == queries->n_vectors) {
        return false;
    }
    size_t n_seen_by_all = fast_n_visible_keys(a, queries, first * a->kernels->lanes);
    size_t n_seen = n_visible_to_vector(a, queries, queries->n_vectors - 1);
    size_t end = n_seen_by_all / tile * tile;
    bool are_seen_by_all = begin < end && (end == n_seen || !fast_is_short(a));
    if (!are_seen_by_all) {
        end = min_of(padded_to(n_visible_to_vector(a, queries, first), tile),
                     n_real_keys(a, queries->batch));
    }
    size_t n_rows = min_of(end - begin, max_keys);
    bool are_shifted = a->mask.bias != NULL || a->mask.relative_bias != NULL;
    bool are_plain = are_seen_by_all && !are_shifted && a->similarity == FAST_DOT;
    *keys = (key_block){.begin = begin,
                        .n_rows = n_rows,
                        .n_padded = padded_to(n_rows, tile),
                        .first_vector = first,
                        .is_masked = !are_plain,
                        .is_only = begin == 0 && first == 0 && n_rows >= n_seen};
    return true;
}

/* ---- Laying out ------------------------------------------------------------------------------ */

fast_rows fast_rows_of(const fast_view *view, const query_block *block, size_t begin, size_t n_rows)
{
    return (fast_rows){.data =
                           fast_view_at(view, block->batch, block->head) + begin * view->row_stride,
                       .n_rows = n_rows,
                       .n_cols = view->n_cols,
                       .stride = view->row_stride};
}

whole_rows fast_whole_rows_of(const attention_problem *a, fast_rows rows, size_t unit, float *copy)
{
    size_t n_padded = padded_to(rows.n_rows, a->kernels->tile_rows);
    if (n_padded == rows.n_rows && rows.n_cols % unit == 0) {
        return (whole_rows){rows.data, rows.stride};
    }
    size_t width = fast_padded_columns(a->kernels, rows.n_cols);
    a->kernels->transpose->copy_rows(rows, 1.0f, copy, n_padded, width);
    return (whole_rows){copy, width};
}

fast_product fast_finished_product(const fast_kernels *kernels, const query_block *queries,
                                   const float *weights, fast_rows b, fast_rows c)
{
    return (fast_product){.n_rows = c.n_rows,
                          .n_inner = b.n_rows,
                          .n_vectors = c.n_cols / kernels->lanes,
                          .a = weights,
                          .a_stride = queries->width,
                          .b = b.data,
                          .b_stride = b.stride,
                          .c = c.data,
                          .c_stride = c.stride};
}

void fast_pack_queries(const attention_problem *a, const query_block *queries,
                       const block_scratch *scratch)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    fast_rows rows = fast_rows_of(a->q, queries, queries->begin, queries->n_rows);
    bool is_distance = a->similarity == FAST_NEG_SQ_EUCLIDEAN;
    transpose->to_columns(rows, is_distance ? 1.0f : a->scale * LOG2_E, scratch->queries,
                          queries->width);
    if (a->similarity == FAST_COSINE) {
        transpose->inverse_norms(rows, scratch->norms);
        a->kernels->product->scale_columns(scratch->queries, a->q->n_cols, queries->n_vectors,
                                           queries->width, scratch->norms);
    }
}

/** How many keys of the block each query sees. Padding sees what the last query does. */
static void count_visible_keys(const attention_problem *a, const query_block *queries,
                               const key_block *keys, int32_t *n_visible)
{
    for (size_t i = 0; i < queries->width; i++) {
        size_t n = fast_n_visible_keys(a, queries, min_of(i, queries->n_rows - 1));
        n_visible[i] = n > keys->begin ? (int32_t)min_of(n - keys->begin, keys->n_rows) : 0;
    }
}

/** bias^T of a block, in units of ln(2). */
static void pack_bias(const attention_problem *a, const query_block *queries, const key_block *keys,
                      float *bias)
{
    fast_rows rows = fast_rows_of(a->mask.bias, queries, queries->begin, queries->n_rows);
    rows.data += keys->begin;
    rows.n_cols = keys->n_rows;
    a->kernels->transpose->to_columns(rows, LOG2_E, bias, queries->width);
}

/** 1 / |k_j| for the cosine, whose scale is in the queries; the scale for a distance. */
static void find_key_factors(const attention_problem *a, const query_block *queries,
                             const key_block *keys, float *factors)
{
    if (a->similarity == FAST_COSINE) {
        fast_rows rows = fast_rows_of(a->k, queries, keys->begin, keys->n_rows);
        a->kernels->transpose->inverse_norms(rows, factors);
    } else {
        for (size_t j = 0; j < keys->n_padded; j++) {
            factors[j] = a->scale * LOG2_E;
        }
    }
}

fast_score_block fast_lay_out_scores(const attention_problem *a, const query_block *queries,
                                     const key_block *keys, whole_rows key_rows,
                                     const block_scratch *scratch)
{
    size_t n_skipped = keys->first_vector * a->kernels->lanes;
    int32_t *n_visible = (int32_t *)(void *)scratch->n_visible;
    fast_score_block scores = {.n_keys = keys->n_padded,
                               .n_vectors = queries->n_vectors - keys->first_vector,
                               .width = queries->width,
                               .d_k = a->q->n_cols,
                               .keys = key_rows.data,
                               .key_stride = key_rows.stride,
                               .queries = scratch->queries + n_skipped,
                               .is_distance = a->similarity == FAST_NEG_SQ_EUCLIDEAN,
                               .is_masked = keys->is_masked};
    if (keys->is_masked) {
        count_visible_keys(a, queries, keys, n_visible);
        scores.n_visible = n_visible + n_skipped;
    }
    if (a->mask.bias != NULL) {
        pack_bias(a, queries, keys, scratch->bias);
        scores.bias = scratch->bias + n_skipped;
    }
    if (a->mask.relative_bias != NULL) {
        scores.diagonals =
            fast_lay_out_relative_bias(a, queries, keys, scratch->diagonals) + n_skipped;
    }
    if (a->similarity != FAST_DOT) {
        find_key_factors(a, queries, keys, scratch->key_factors);
        scores.key_factors = scratch->key_factors;
    }
    return scores;
}

size_t fast_take_block_scratch(const attention_problem *a, size_t max_keys, fast_workspace *from,
                               block_scratch *scratch)
{
    size_t width = fast_query_block_width(a->kernels);
    size_t d_k = fast_padded_columns(a->kernels, a->q->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    size_t size = take_part(from, d_k, width, &scratch->queries);
    size = fast_size_sum(size, take_part(from, 1, width, &scratch->norms));
    size = fast_size_sum(size, take_part(from, max_keys, d_k, &scratch->keys));
    size = fast_size_sum(size, take_part(from, 1, max_keys, &scratch->key_factors));
    size = fast_size_sum(size, take_part(from, max_keys, d_v, &scratch->values));
    size = fast_size_sum(size, take_part(from, max_keys, width, &scratch->bias));
    size = fast_size_sum(size, take_part(from, 1, max_keys + width, &scratch->diagonals));
    return fast_size_sum(size, take_part(from, 1, width, &scratch->n_visible));
}
