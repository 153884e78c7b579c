/* How attention is cut into blocks, and how a block is laid out for the kernels. */
#include "optimized/attention_blocks.h"
#include <math.h>
#include <string.h>

/* ---------------------------------------------------------------------------------------------
 * Cutting
 * ------------------------------------------------------------------------------------------ */

size_t n_query_blocks(const attention_problem *a)
{
    size_t width = a->kernels->tile_vectors * a->kernels->lanes;
    return (a->q->n_rows - 1) / width + 1;
}

query_block query_block_at(const attention_problem *a, size_t batch, size_t head, size_t index)
{
    size_t width = a->kernels->tile_vectors * a->kernels->lanes;
    size_t begin = index * width;
    size_t n_rows = smaller_of(width, a->q->n_rows - begin);
    size_t padded = round_up(n_rows, a->kernels->lanes);
    return (query_block){.batch = batch,
                         .head = head,
                         .begin = begin,
                         .n_rows = n_rows,
                         .n_vectors = padded / a->kernels->lanes,
                         .width = padded};
}

/** How many keys of a sequence are real. */
static size_t n_real_keys(const attention_problem *a, size_t batch)
{
    return a->mask.key_lengths != NULL ? a->mask.key_lengths[batch] : a->k->n_rows;
}

/** How many keys query i sees: 0 .. i + n_k - n_q if causal. */
static size_t n_visible_keys(const attention_problem *a, size_t batch, size_t i)
{
    size_t n_real = n_real_keys(a, batch), n_past = i + 1 + a->k->n_rows, n_q = a->q->n_rows;
    return !a->mask.causal ? n_real : n_past <= n_q ? 0 : smaller_of(n_real, n_past - n_q);
}

/** How many keys the last query of a vector sees, which sees the most. */
static size_t n_visible_to_vector(const attention_problem *a, const query_block *queries,
                                  size_t vector)
{
    size_t last = smaller_of((vector + 1) * a->kernels->lanes, queries->n_rows) - 1;
    return n_visible_keys(a, queries->batch, queries->begin + last);
}

/* First come keys that all queries see, in whole tiles. Where some queries see no further, a block
   ends with the first vector of queries of which none does, and the next goes on without it. Blocks
   begin with whole tiles, so which keys share a tile depends on no mask. */
bool next_key_block(const attention_problem *a, const query_block *queries, size_t max_keys,
                    key_block *keys)
{
    size_t lanes = a->kernels->lanes, unit = a->kernels->tile_rows;
    size_t begin = keys->begin + keys->n_padded, first = keys->first_vector;
    while (first < queries->n_vectors && n_visible_to_vector(a, queries, first) <= begin) {
        first++;
    }
    if (first == queries->n_vectors) {
        return false;
    }
    size_t n_seen_by_all = n_visible_keys(a, queries->batch, queries->begin + first * lanes);
    size_t end = n_seen_by_all / unit * unit;
    bool is_whole = begin < end;
    if (!is_whole) {
        end = smaller_of(round_up(n_visible_to_vector(a, queries, first), unit),
                         n_real_keys(a, queries->batch));
    }
    size_t n_rows = smaller_of(end - begin, max_keys);
    *keys = (key_block){.begin = begin,
                        .n_rows = n_rows,
                        .n_padded = round_up(n_rows, unit),
                        .first_vector = first,
                        .is_masked = !is_whole || a->mask.bias != NULL ||
                                     a->similarity != FAST_DOT};
    return true;
}

/* ---------------------------------------------------------------------------------------------
 * Laying out
 * ------------------------------------------------------------------------------------------ */

fast_rows rows_of(const fast_view *view, size_t batch, size_t head, size_t begin, size_t n_rows)
{
    return (fast_rows){.data = fast_view_at(view, batch, head) + begin * view->row_stride,
                       .n_rows = n_rows,
                       .n_cols = view->n_cols,
                       .stride = view->row_stride};
}

void pack_queries(const attention_problem *a, const query_block *queries,
                  const attention_scratch *scratch)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    fast_rows rows = rows_of(a->q, queries->batch, queries->head, queries->begin, queries->n_rows);
    bool is_distance = a->similarity == FAST_NEG_SQ_EUCLIDEAN;
    transpose->to_columns(rows, is_distance ? 1.0f : a->scale * LOG2_E, scratch->queries,
                          queries->width);
    if (a->similarity == FAST_COSINE) {
        transpose->inverse_norms(rows, scratch->norms);
        a->kernels->product->scale_columns(scratch->queries, a->q->n_cols, queries->n_vectors,
                                           queries->width, scratch->norms);
    }
}

size_t padded_columns(const fast_kernels *kernels, size_t n_cols)
{
    return round_up(n_cols, larger_of(kernels->lanes, kernels->tile_rows));
}

whole_rows pad_rows(const attention_problem *a, fast_rows rows, size_t unit, float *copy)
{
    size_t n_padded = round_up(rows.n_rows, a->kernels->tile_rows);
    if (n_padded == rows.n_rows && rows.n_cols % unit == 0) {
        return (whole_rows){rows.data, rows.stride};
    }
    size_t width = padded_columns(a->kernels, rows.n_cols);
    a->kernels->transpose->copy_rows(rows, 1.0f, copy, n_padded, width);
    return (whole_rows){copy, width};
}

/** How many keys of the block each query sees; those beyond the last query see what it sees. */
static void count_visible_keys(const attention_problem *a, const query_block *queries,
                               const key_block *keys, int32_t *n_visible)
{
    for (size_t i = 0; i < queries->width; i++) {
        size_t row = queries->begin + smaller_of(i, queries->n_rows - 1);
        size_t n = n_visible_keys(a, queries->batch, row);
        n_visible[i] = n > keys->begin ? (int32_t)smaller_of(n - keys->begin, keys->n_rows) : 0;
    }
}

/** bias^T of a block, in units of ln(2). */
static void pack_bias(const attention_problem *a, const query_block *queries, const key_block *keys,
                      float *bias)
{
    fast_rows rows = rows_of(a->mask.bias, queries->batch, queries->head, queries->begin,
                             queries->n_rows);
    rows.data += keys->begin;
    rows.n_cols = keys->n_rows;
    a->kernels->transpose->to_columns(rows, LOG2_E, bias, queries->width);
}

/** What similarities are multiplied by, key by key: the scale, or 1 / |k_j| if the queries have it. */
static void find_key_factors(const attention_problem *a, const query_block *queries,
                             const key_block *keys, float *factors)
{
    if (a->similarity == FAST_COSINE) {
        fast_rows rows = rows_of(a->k, queries->batch, queries->head, keys->begin, keys->n_rows);
        a->kernels->transpose->inverse_norms(rows, factors);
        return;
    }
    for (size_t j = 0; j < keys->n_padded; j++) {
        factors[j] = a->scale * LOG2_E;
    }
}

fast_score_block lay_out_scores(const attention_problem *a, const query_block *queries,
                                const key_block *keys, whole_rows padded_keys,
                                const attention_scratch *scratch)
{
    size_t skipped = keys->first_vector * a->kernels->lanes;
    if (keys->is_masked) {
        count_visible_keys(a, queries, keys, scratch->n_visible);
    }
    if (a->mask.bias != NULL) {
        pack_bias(a, queries, keys, scratch->bias);
    }
    if (a->similarity != FAST_DOT) {
        find_key_factors(a, queries, keys, scratch->key_factors);
    }
    return (fast_score_block){
        .n_keys = keys->n_padded,
        .n_vectors = queries->n_vectors - keys->first_vector,
        .width = queries->width,
        .d_k = a->q->n_cols,
        .keys = padded_keys.data,
        .key_stride = padded_keys.stride,
        .queries = scratch->queries + skipped,
        .is_distance = a->similarity == FAST_NEG_SQ_EUCLIDEAN,
        .key_factors = a->similarity != FAST_DOT ? scratch->key_factors : NULL,
        .is_masked = keys->is_masked,
        .bias = a->mask.bias != NULL ? scratch->bias + skipped : NULL,
        .n_visible = scratch->n_visible + skipped,
    };
}

/* ---------------------------------------------------------------------------------------------
 * Scratch memory: the same list of parts is counted and handed out
 * ------------------------------------------------------------------------------------------ */

size_t scratch_part(fast_workspace *from, size_t n_rows, size_t n_cols, float **part)
{
    size_t n_floats;
    if (__builtin_mul_overflow(n_rows, n_cols, &n_floats)) {
        return SIZE_MAX;
    }
    size_t n_bytes = fast_piece_size(n_floats, sizeof **part);
    if (from != NULL) {
        *part = fast_workspace_take(from, n_bytes);
    }
    return n_bytes;
}

size_t attention_scratch_parts(const fast_kernels *kernels, size_t d_k, size_t d_v, size_t max_keys,
                               fast_workspace *from, attention_scratch *scratch)
{
    size_t width = kernels->tile_vectors * kernels->lanes;
    size_t d_k_padded = padded_columns(kernels, d_k), d_v_padded = padded_columns(kernels, d_v);
    float *n_visible = NULL;
    size_t parts[] = {
        scratch_part(from, d_k_padded, width, &scratch->queries),
        scratch_part(from, 1, width, &scratch->norms),
        scratch_part(from, max_keys, d_k_padded, &scratch->keys),
        scratch_part(from, 1, max_keys, &scratch->key_factors),
        scratch_part(from, max_keys, d_v_padded, &scratch->values),
        scratch_part(from, max_keys, width, &scratch->bias),
        scratch_part(from, 1, width, &n_visible), /* an int32_t is as large as a float */
    };
    scratch->n_visible = (int32_t *)(void *)n_visible;
    size_t sum = 0;
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        sum = fast_size_sum(sum, parts[p]);
    }
    return sum;
}
