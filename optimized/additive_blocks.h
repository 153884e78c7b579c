/**
 * @file additive_blocks.h
 * How additive attention is shared among tasks, and the scores of one block of queries. Not for
 * callers of the library.
 */
#ifndef OPTIMIZED_ADDITIVE_BLOCKS_H
#define OPTIMIZED_ADDITIVE_BLOCKS_H

#include "optimized/additive_attention.h"
#include "optimized/attention_blocks.h"
#include "optimized/kernels/additive_kernels.h"

/** @addtogroup optimized_core @{ */

/** What a thread packs v, the keys of a sequence and a block of queries into; and their scores. */
typedef struct {
    const fast_additive_powers *made; /**< e^(2 K) of all sequences, or NULL */
    const float *powers;              /**< e^(2 K) of this one: among them, or in keys */
    float *keys;         /**< e^(2 K), unless it is made already, or K, (n_k x width) */
    float *queries;      /**< e^(2 Q) or Q, (n_q x width) */
    float *queries_by_v; /**< scratch of the kernel, (n_q x width) */
    fast_additive_v v;   /**< v, packed */
    float *scores;       /**< S, then the weights P, (n_q x stride), padded to whole tiles */
    size_t width;        /**< d_a, up to a whole vector */
    size_t stride;       /**< n_k, up to whole vectors and tiles */
    size_t n_keys;       /**< how many keys of the sequence are real */
    float largest;       /**< the largest |K_ja| */
    bool are_bare;       /**< whether keys holds K */
} additive_scratch;

/**
 * What Q looks like, for the size queries: its strides do not matter to them.
 *
 * @param[in] x     what asks
 * @param[in] keys  the keys
 * @return          a view without data
 */
static inline fast_view fast_additive_queries_like(const fast_view *x, const fast_view *keys)
{
    return fast_view_tensor(NULL, x->n_batch, 1, x->n_rows, keys->n_cols);
}

/**
 * How many tasks share the queries of a sequence. It follows from the shape alone.
 *
 * @param[in] a  the problem
 * @return       at least 1
 */
size_t fast_n_additive_parts(const attention_problem *a);

/**
 * Columns of padded copies of what is as wide as the memory.
 *
 * @param[in] a  the problem
 * @return       0 where its rows are whole vectors: they are read and written in place
 */
size_t fast_n_copied_columns(const attention_problem *a);

/**
 * Take the parts of additive_scratch, or count them.
 *
 * @param[in]     a     the problem; its sizes are read
 * @param[in,out] from  where from, or NULL to count only
 * @param[out]    s     the parts
 * @return              their bytes, or SIZE_MAX
 */
size_t fast_take_additive_scratch(const attention_problem *a, fast_workspace *from,
                                  additive_scratch *s);

/**
 * Take room for e^(2 K) of all sequences, where several tasks share each, or count it.
 *
 * @param[in]     a       the problem; its sizes are read
 * @param[in,out] from    where from, or NULL to count only
 * @param[out]    powers  the views, of no sequence where each task has its own
 * @return                their bytes, or SIZE_MAX
 */
size_t fast_take_shared_powers(const attention_problem *a, fast_workspace *from,
                               fast_additive_powers *powers);

/**
 * Make e^(2 K) of all sequences, where several tasks share each and the caller has not made it.
 *
 * @param[in]  a        the problem
 * @param[in]  given    what the caller has made, or NULL
 * @param[out] shared   where to
 * @param[in]  context  its kernels and number of threads are read
 * @return              what tasks shall read; NULL if each makes its own
 */
const fast_additive_powers *fast_make_shared_powers(const attention_problem *a,
                                                    const fast_additive_powers *given,
                                                    const fast_additive_powers *shared,
                                                    const fast_context *context);

/**
 * Pack v.
 *
 * @param[in]     a  the problem
 * @param[in]     v  one row
 * @param[in,out] s  where to
 */
void fast_pack_additive_v(const attention_problem *a, const fast_view *v, additive_scratch *s);

/**
 * Pack the keys of a sequence, unless that is done already.
 *
 * @param[in]     a      the problem
 * @param[in]     batch  which sequence
 * @param[in,out] s      where to
 */
void fast_pack_additive_keys(const attention_problem *a, size_t batch, additive_scratch *s);

/**
 * The scores of a block of queries, with their mask.
 *
 * @param[in]     a        the problem
 * @param[in]     queries  the block
 * @param[in,out] s        packed keys; the scores come here
 * @return                 the block as it is packed, with as many keys as any query sees
 */
fast_additive_block fast_score_additively(const attention_problem *a, const query_block *queries,
                                          additive_scratch *s);

/** @} */

#endif
