/**
 * @file attention_gradients.h
 * The backward pass of one block of queries. Not for callers of the library.
 */
#ifndef OPTIMIZED_ATTENTION_GRADIENTS_H
#define OPTIMIZED_ATTENTION_GRADIENTS_H

#include "optimized/attention_blocks.h"
#include "optimized/attention_partial.h"

/** @addtogroup optimized_core @{ */

/** P and dS of 128 keys and 48 queries take 48 KiB: they stay in the L2 cache for the products. */
enum { FAST_KEYS_PER_GRADIENT = 128 };

/** What a thread needs for a block of queries. */
typedef struct {
    block_scratch blocks;    /**< for the scores, once more */
    float *query_rows;       /**< Q, (width x d_k), padded; of length 1 for the cosine */
    float *grad_output;      /**< dY^T, (d_v x width) */
    float *grad_output_rows; /**< dY, (width x d_v), padded */
    float *grad_queries;     /**< dQ^T, (d_k x width), without factors */
    float *factors;          /**< of dQ, (width) */
    float *log_sum_exp;      /**< L, (width), in units of ln(2) */
    float *products;         /**< D_i = dY_i . Y_i, (width) */
    float *weights;          /**< P^T, (n_keys x width) */
    float *grad_scores;      /**< dS^T, (n_keys x width) */
    float *diagonals; /**< NULL, or the sums of dS of the task, from the first key and query on */
} backward_scratch;

/** The forward pass's results and the gradients. */
typedef struct {
    const fast_view *log_sum_exp; /**< L */
    const fast_view *output;      /**< Y */
    const fast_view *grad_output; /**< dY */
    const fast_view *grad_q;      /**< dQ, added to */
    const fast_view *grad_k;      /**< dK, added to */
    const fast_view *grad_v;      /**< dV, added to */
} gradient_views;

/**
 * Take the parts of backward_scratch, or count them.
 *
 * @param[in]     a     the problem; its sizes are read
 * @param[in,out] from  where from, or NULL to count only
 * @param[out]    s     the parts
 * @return              their bytes, or SIZE_MAX
 */
size_t fast_take_backward_scratch(const attention_problem *a, fast_workspace *from,
                                  backward_scratch *s);

/**
 * Add to dQ of a block of queries, and to partial gradients of all keys and values that it sees.
 *
 * @param[in]     a        the problem
 * @param[in]     queries  the block
 * @param[in,out] views    the forward pass's results and the gradients; dQ is added to
 * @param[in,out] s        scratch
 * @param[in,out] partial  what the gradients of the keys and values are added to
 */
void fast_go_back(const attention_problem *a, const query_block *queries,
                  const gradient_views *views, const backward_scratch *s,
                  const partial_gradient *partial);

/**
 * Whether heads are short, their rows need no padding, and each gradient is one product.
 *
 * @param[in] a  the problem
 * @return       whether fast_go_back_at_once() does for all heads
 */
bool fast_goes_back_at_once(const attention_problem *a);

/**
 * Add to all gradients of a short head, without partial gradients.
 *
 * @param[in]     a       the problem
 * @param[in]     matrix  which matrix: those of the first sequence come first
 * @param[in,out] views   the forward pass's results and the gradients, which are added to
 * @param[in,out] s       scratch
 */
void fast_go_back_at_once(const attention_problem *a, size_t matrix, const gradient_views *views,
                          const backward_scratch *s);

/** @} */

#endif
