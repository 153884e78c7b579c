/**
 * @file additive_gradients.h
 * The backward pass of additive attention for one block of queries. Not for callers of the library.
 */
#ifndef OPTIMIZED_ADDITIVE_GRADIENTS_H
#define OPTIMIZED_ADDITIVE_GRADIENTS_H

#include "optimized/additive_blocks.h"

/** @addtogroup optimized_core @{ */

/** What a thread needs for a block of queries. */
typedef struct {
    additive_scratch scores; /**< for the scores, once more */
    float *slope;            /**< 4 v, (width) */
    float *grad_scores;      /**< dP, then dS, (n_q x stride) */
    float *grad_output;      /**< dY, padded, or nothing where it is read in place */
    float *products;         /**< D_i = dY_i . Y_i */
    float *sums;             /**< of one vector of hidden units, for each query */
} additive_backward_scratch;

/** The forward pass's results, and where the gradients of a block go to. */
typedef struct {
    const fast_view *log_sum_exp; /**< L */
    const fast_view *output;      /**< Y */
    const fast_view *grad_output; /**< dY */
    const fast_view *grad_q;      /**< dQ, set */
    fast_rows grad_keys;          /**< dK of the sequence, added to */
    fast_rows grad_memory;        /**< dM of the sequence, added to: whole vectors */
    float *grad_v;                /**< sum_ij dS_ij r_ij is added to it, (width) */
} additive_gradients;

/**
 * Take the parts of additive_backward_scratch, or count them.
 *
 * @param[in]     a     the problem; its sizes are read
 * @param[in,out] from  where from, or NULL to count only
 * @param[out]    s     the parts
 * @return              their bytes, or SIZE_MAX
 */
size_t fast_take_additive_backward_scratch(const attention_problem *a, fast_workspace *from,
                                           additive_backward_scratch *s);

/**
 * The gradients of a block of queries, and what it adds to those of the keys, the memory and v.
 *
 * @param[in]     a          the problem
 * @param[in]     queries    the block
 * @param[in,out] s          scratch, with packed keys
 * @param[in,out] gradients  the forward pass's results, and where to
 */
void fast_go_back_additively(const attention_problem *a, const query_block *queries,
                             additive_backward_scratch *s, const additive_gradients *gradients);

/** @} */

#endif
