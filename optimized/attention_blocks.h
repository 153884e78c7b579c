/**
 * @file attention_blocks.h
 * How attention is cut into blocks of queries and of keys, and how a block is laid out for the
 * kernels. Only attention.c and attention_backward.c include it.
 */
#ifndef OPTIMIZED_ATTENTION_BLOCKS_H
#define OPTIMIZED_ATTENTION_BLOCKS_H

#include "optimized/attention.h"
#include "optimized/kernels/attention_kernels.h"
#include "optimized/kernels/product_kernels.h"
#include "optimized/kernels/transpose_kernels.h"

/** 1 / ln(2): with it the kernels raise 2 to a power instead of e. */
static const float LOG2_E = 0x1.715476p+0f;

/** The arguments that every task reads. */
typedef struct {
    const fast_view *q, *k, *v;
    fast_similarity similarity;
    float scale;
    fast_mask mask;
    const fast_kernels *kernels;
} attention_problem;

/** The queries of one task: as many as the register tile is wide, or the last ones of a head. */
typedef struct {
    size_t batch, head;
    size_t begin;     /**< number of the first query */
    size_t n_rows;    /**< queries */
    size_t n_vectors; /**< vectors that hold them, the last one padded */
    size_t width;     /**< floats in these vectors */
} query_block;

/** Keys that are looked at together. */
typedef struct {
    size_t begin;        /**< number of the first key */
    size_t n_rows;       /**< keys */
    size_t n_padded;     /**< the same, up to a whole tile */
    size_t first_vector; /**< vectors of queries before this one see none of these keys */
    bool is_masked;      /**< whether not all scores are plain dot products of visible keys */
} key_block;

/** What a thread packs a block of queries and a block of keys into. */
typedef struct {
    float *queries;     /**< Q^T, (d_k x width), with factors that make exp2 serve */
    float *norms;       /**< 1 / |q_i|, (width); for the cosine only */
    float *keys;        /**< K, padded copy */
    float *key_factors; /**< 1 / |k_j|; for the cosine only */
    float *values;      /**< V, padded copy */
    float *bias;        /**< bias^T, (n_keys x width), in units of ln(2) */
    int32_t *n_visible; /**< for each query, how many keys of the block it sees */
} attention_scratch;

/** Rows that are read as whole tiles: the caller's, or a padded copy of them. */
typedef struct {
    const float *data;
    size_t stride;
} whole_rows;

static inline size_t smaller_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t larger_of(size_t a, size_t b)
{
    return a > b ? a : b;
}

/** The next multiple of unit, or SIZE_MAX if there is none. */
static inline size_t round_up(size_t n, size_t unit)
{
    return n > SIZE_MAX - unit ? SIZE_MAX : (n + unit - 1) / unit * unit;
}

/** Columns of a padded copy that serves as rows of vectors and as rows of tiles. */
size_t padded_columns(const fast_kernels *kernels, size_t n_cols);

/** How many blocks the queries of one head are cut into. */
size_t n_query_blocks(const attention_problem *a);

/** Block number `index` of the queries of a head. */
query_block query_block_at(const attention_problem *a, size_t batch, size_t head, size_t index);

/** Goes on to the next block of at most max_keys keys; false if no query sees any further. */
bool next_key_block(const attention_problem *a, const query_block *queries, size_t max_keys,
                    key_block *keys);

/** Packs the queries: transposed, padded, multiplied by what makes scores units of ln(2). */
void pack_queries(const attention_problem *a, const query_block *queries,
                  const attention_scratch *scratch);

/** Rows begin .. begin + n_rows of one matrix of a view. */
fast_rows rows_of(const fast_view *view, size_t batch, size_t head, size_t begin, size_t n_rows);

/** The rows, padded to a whole tile of rows and to unit columns. */
whole_rows pad_rows(const attention_problem *a, fast_rows rows, size_t unit, float *copy);

/** Lays the scores of a block of queries and a block of keys out for the kernels. */
fast_score_block lay_out_scores(const attention_problem *a, const query_block *queries,
                                const key_block *keys, whole_rows padded_keys,
                                const attention_scratch *scratch);

/** One part of a scratch memory: n_rows x n_cols floats. If from is NULL it is only counted. */
size_t scratch_part(fast_workspace *from, size_t n_rows, size_t n_cols, float **part);

/** The parts of attention_scratch, for blocks of at most max_keys keys. */
size_t attention_scratch_parts(const fast_kernels *kernels, size_t d_k, size_t d_v, size_t max_keys,
                               fast_workspace *from, attention_scratch *scratch);

#endif
