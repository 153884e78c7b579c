/**
 * @file reweighting_kernels.h
 * The innermost loops of kernel regression and of dividing by the sum.
 */
#ifndef OPTIMIZED_KERNELS_REWEIGHTING_KERNELS_H
#define OPTIMIZED_KERNELS_REWEIGHTING_KERNELS_H

#include "optimized/reweighting.h"
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** Queries on the lanes, and the keys that each is compared with: u_ji = (query_i - key_j) / h. */
typedef struct {
    fast_proximity proximity; /**< the kernel K */
    float bandwidth;          /**< h */
    const float *queries;     /**< n_vectors vectors */
    size_t n_vectors;         /**< vectors of queries, which is also the width of all results */
    const float *keys;        /**< n_keys numbers */
    size_t n_keys;            /**< any number */
} fast_proximity_block;

/** The kernels of this topic. */
struct fast_reweighting_kernels {
    /** weights_ji = K(u_ji), a row for each key, added to sums_i. */
    void (*weigh)(const fast_proximity_block *block, float *weights, float *sums);

    /** sums_i += sum_j -u_ji K'(u_ji) (grad_weights_ji - products_i). */
    void (*add_growth)(const fast_proximity_block *block, const float *grad_weights,
                       const float *products, float *sums);

    /** weights_j = K((query - keys_j) / bandwidth) for n keys, n being any number. */
    void (*weigh_row)(fast_proximity proximity, float bandwidth, float query, const float *keys,
                      float *weights, size_t n);

    /** weights_j = scores_j / sum_l scores_l, or all 0, for n scores, n being any number; may be
        done in place. */
    void (*divide_by_sum)(const float *scores, float *weights, size_t n);
};

/** @} */

#endif
