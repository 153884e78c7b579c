/**
 * @file attention_blocks.h
 * How attention is cut into blocks of queries and of keys, and how a block is laid out for the
 * kernels. Not for callers of the library.
 */
#ifndef OPTIMIZED_ATTENTION_BLOCKS_H
#define OPTIMIZED_ATTENTION_BLOCKS_H

#include "optimized/attention.h"
#include "optimized/kernels/attention_kernels.h"
#include "optimized/kernels/product_kernels.h"
#include "optimized/kernels/transpose_kernels.h"
#include "optimized/scratch.h"

/** @addtogroup optimized_core @{ */

/** 1 / ln(2): multiplied by it, scores count powers of 2 instead of powers of e. */
static const float LOG2_E = 0x1.715476p+0f;

/** The arguments that every task reads. */
typedef struct {
    const fast_view *q;          /**< queries */
    const fast_view *k;          /**< keys */
    const fast_view *v;          /**< values */
    fast_similarity similarity;  /**< between a query and a key */
    float scale;                 /**< of the similarity */
    fast_mask mask;              /**< empty if the caller gave none */
    const fast_kernels *kernels; /**< innermost loops */
} attention_problem;

/** The queries of one task: as many as the register tile is wide, or the last ones of a head. */
typedef struct {
    size_t batch;     /**< which sequence */
    size_t head;      /**< which head of it */
    size_t begin;     /**< number of the first query */
    size_t n_rows;    /**< queries */
    size_t n_vectors; /**< vectors that hold them, the last one padded */
    size_t width;     /**< floats in these vectors */
} query_block;

/** Keys that are looked at together. It begins as {0}, before the first key. */
typedef struct {
    size_t begin;        /**< number of the first key */
    size_t n_rows;       /**< keys */
    size_t n_padded;     /**< the same, up to a whole tile */
    size_t first_vector; /**< vectors of queries before this one see none of these keys */
    bool is_masked;      /**< whether scores are more than products that all queries see */
    bool is_only;        /**< whether these are all keys that the queries see */
} key_block;

/** What a thread packs a block of queries and a block of keys into. */
typedef struct {
    float *queries;     /**< Q^T, (d_k x width), multiplied by what lets exp2 serve */
    float *norms;       /**< 1 / |q_i|, (width); of the cosine only */
    float *keys;        /**< K, padded copy */
    float *key_factors; /**< what similarities are multiplied by, key by key; not of products */
    float *values;      /**< V, padded copy */
    float *bias;        /**< bias^T, (n_keys x width), in units of ln(2) */
    float *diagonals;   /**< relative bias, a number for each diagonal of the block */
    float *n_visible;   /**< room for an int32_t a query: how many keys of the block it sees */
} block_scratch;

/** Rows that may be read as whole tiles: those of the caller, or a padded copy of them. */
typedef struct {
    const float *data; /**< the first row */
    size_t stride;     /**< floats from one row to the next */
} whole_rows;

/**
 * How wide a padded copy is, so that its rows may be read as vectors and as tiles.
 *
 * @param[in] kernels  their vectors and tiles
 * @param[in] n_cols   columns
 * @return             columns of the copy, or SIZE_MAX
 */
size_t fast_padded_columns(const fast_kernels *kernels, size_t n_cols);

/**
 * How wide a block of queries is.
 *
 * @param[in] kernels  their register tile
 * @return             floats in its vectors
 */
size_t fast_query_block_width(const fast_kernels *kernels);

/**
 * One of the blocks that the queries of a head are cut into.
 *
 * @param[in] a       the problem
 * @param[in] matrix  which matrix: those of the first sequence come first
 * @param[in] index   which block of it, 0 .. n_blocks_of(n_q, fast_query_block_width()) - 1
 * @return            the block
 */
query_block fast_query_block_at(const attention_problem *a, size_t matrix, size_t index);

/**
 * Whether each head is one block of queries that sees one block of keys, of no more rows.
 *
 * @param[in] a  the problem
 * @return       whether it is
 */
bool fast_is_short(const attention_problem *a);

/**
 * How many tasks a thread takes at a time, if heads are tasks. Rows of the heads of a sequence are
 * neighbours in memory: where heads are short and sequences many, one thread takes all of them.
 *
 * @param[in] a          the problem
 * @param[in] n_threads  the threads that share the tasks
 * @return               1, or the number of heads
 */
int fast_n_tasks_at_a_time(const attention_problem *a, int n_threads);

/**
 * How many leading keys a query sees: the last query is aligned with the last key.
 *
 * @param[in] a        the problem
 * @param[in] queries  the block of queries
 * @param[in] i        which query of the block
 * @return             keys, 0 .. n_k
 */
size_t fast_n_visible_keys(const attention_problem *a, const query_block *queries, size_t i);

/**
 * Go on to the next keys that a block of queries sees.
 *
 * @param[in]     a         the problem
 * @param[in]     queries   the block of queries
 * @param[in]     max_keys  the most keys of a block, a multiple of the tile's rows
 * @param[in,out] keys      the block before, then the next one
 * @return                  false if no query sees any further
 */
bool fast_next_key_block(const attention_problem *a, const query_block *queries, size_t max_keys,
                         key_block *keys);

/**
 * Rows of one matrix of a view.
 *
 * @param[in] view    any view
 * @param[in] block   which batch and head
 * @param[in] begin   number of the first row
 * @param[in] n_rows  how many
 * @return            the rows
 */
fast_rows fast_rows_of(const fast_view *view, const query_block *block, size_t begin,
                       size_t n_rows);

/**
 * Rows as whole tiles: a ragged edge is copied and padded with zeros, anything else stays in place.
 *
 * @param[in]  a     the problem
 * @param[in]  rows  the rows
 * @param[in]  unit  what the columns have to be a multiple of
 * @param[out] copy  room for a padded copy
 * @return           where to read them
 */
whole_rows fast_whole_rows_of(const attention_problem *a, fast_rows rows, size_t unit, float *copy);

/**
 * A product of weights, or of what has their shape, with rows of whole vectors, that is finished at
 * once. Its factors are to be set.
 *
 * @param[in] kernels  their vectors
 * @param[in] queries  the block of queries
 * @param[in] weights  (n_keys x width), padded to whole tiles
 * @param[in] b        the rows they are multiplied by
 * @param[in] c        where the product goes to
 * @return             the product
 */
fast_product fast_finished_product(const fast_kernels *kernels, const query_block *queries,
                                   const float *weights, fast_rows b, fast_rows c);

/**
 * Pack the queries: transposed, padded, and multiplied by what makes ln(2) the unit of scores.
 *
 * @param[in]     a        the problem
 * @param[in]     queries  the block
 * @param[in,out] scratch  where to
 */
void fast_pack_queries(const attention_problem *a, const query_block *queries,
                       const block_scratch *scratch);

/**
 * Lay the scores of a block of queries and a block of keys out for the kernels.
 *
 * @param[in]     a         the problem
 * @param[in]     queries   packed queries
 * @param[in]     keys      the block of keys
 * @param[in]     key_rows  the keys
 * @param[in,out] scratch   where the queries are, and the masks go to
 * @return                  what the kernels ask for
 */
fast_score_block fast_lay_out_scores(const attention_problem *a, const query_block *queries,
                                     const key_block *keys, whole_rows key_rows,
                                     const block_scratch *scratch);

/**
 * Take the parts of block_scratch, or count them.
 *
 * @param[in]     a         the problem; its sizes are read
 * @param[in]     max_keys  the most keys of a block
 * @param[in,out] from      where from, or NULL to count only
 * @param[out]    scratch   the parts
 * @return                  their bytes, or SIZE_MAX
 */
size_t fast_take_block_scratch(const attention_problem *a, size_t max_keys, fast_workspace *from,
                               block_scratch *scratch);

/** @} */

#endif
