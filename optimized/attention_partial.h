/**
 * @file attention_partial.h
 * Gradients of keys and values that a task sums on its own, before they are added up. Not for
 * callers of the library.
 */
#ifndef OPTIMIZED_ATTENTION_PARTIAL_H
#define OPTIMIZED_ATTENTION_PARTIAL_H

#include "optimized/attention_blocks.h"

/** @addtogroup optimized_core @{ */

/** Partial gradients of one head, padded and without factors. */
typedef struct {
    float *grad_k; /**< (n_k x d_k) */
    float *grad_v; /**< (n_k x d_v) */
} partial_gradient;

/**
 * How many tasks share the queries of a head. It follows from the shape alone.
 *
 * @param[in] q  the queries
 * @return       at least 1
 */
size_t fast_n_parts_of_head(const fast_view *q);

/**
 * How much memory all partial gradients take. Where a head is not shared, a thread needs only one:
 * it adds it to the gradients before it goes on to the next head.
 *
 * @param[in] a          the problem; its sizes are read
 * @param[in] n_threads  threads
 * @return               bytes, or SIZE_MAX
 */
size_t fast_partial_gradients_size(const attention_problem *a, size_t n_threads);

/**
 * One of the partial gradients.
 *
 * @param[in] a      the problem; its sizes are read
 * @param[in] begin  where the first one is
 * @param[in] index  which one
 * @return           where its parts are
 */
partial_gradient fast_partial_gradient_at(const attention_problem *a, unsigned char *begin,
                                          size_t index);

/**
 * Set a partial gradient to 0.
 *
 * @param[in]     a        the problem
 * @param[in,out] partial  its numbers
 */
void fast_clear_partial_gradient(const attention_problem *a, const partial_gradient *partial);

/**
 * What the derivative of a similarity is multiplied by: the scale, or 2 * scale for a square.
 *
 * @param[in] a  the problem
 * @return       the factor
 */
float fast_gradient_factor(const attention_problem *a);

/**
 * Add a block of keys of a partial gradient to the gradients.
 *
 * @param[in]     a        the problem
 * @param[in]     matrix   which matrix: those of the first sequence come first
 * @param[in]     begin    number of the first key
 * @param[in]     n_rows   keys
 * @param[in,out] partial  the partial gradient; of the cosine it is changed
 * @param[in,out] norms    scratch, a number a key and up to a vector more
 * @param[in,out] grad_k   gradient of the keys
 * @param[in,out] grad_v   gradient of the values
 */
void fast_add_partial_gradient(const attention_problem *a, size_t matrix, size_t begin,
                               size_t n_rows, const partial_gradient *partial, float *norms,
                               const fast_view *grad_k, const fast_view *grad_v);

/** @} */

#endif
