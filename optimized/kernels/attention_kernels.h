/**
 * @file attention_kernels.h
 * The innermost loops of attention. They work on a block of queries and a block of keys, padded
 * and laid out so that no kernel meets a ragged edge:
 *
 *   * queries lie on the lanes: everything that belongs to a query is a column, and a row of such
 *     columns is width floats long, of which n_vectors vectors are worked on;
 *   * keys are rows, in the caller's memory or in a padded copy, a multiple of tile_rows of them;
 *   * scores are in units of ln(2), so that exp2 serves; whoever packs the queries sees to it.
 */
#ifndef OPTIMIZED_KERNELS_ATTENTION_KERNELS_H
#define OPTIMIZED_KERNELS_ATTENTION_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @addtogroup optimized_core @{ */

/** What the scores of a block of keys and a block of queries are made of. */
typedef struct {
    size_t n_keys;            /**< a multiple of tile_rows */
    size_t n_vectors;         /**< vectors of queries, 1 .. tile_vectors */
    size_t width;             /**< floats from one row of columns to the next */
    size_t d_k;               /**< terms of each score */
    const float *keys;        /**< K, (n_keys x d_k) */
    size_t key_stride;        /**< floats from one key to the next */
    const float *queries;     /**< Q^T, (d_k x width) */
    bool is_distance;         /**< -|q - k|^2 instead of q . k */
    const float *key_factors; /**< NULL, or a factor for each key; then is_masked holds, too */
    bool is_masked;           /**< whether the next three are looked at */
    const float *bias;        /**< NULL, or (n_keys x width), added to the scores */
    const float *diagonals;   /**< NULL, or what is added to the score of the first key and query;
                                     that of key j and query i stands i - j floats after it */
    const int32_t *n_visible; /**< for each query, how many keys of this block it sees */
} fast_score_block;

/** The softmax of a block of queries while keys stream by (Milakov and Gimelshein 2018). */
typedef struct {
    float *origin;  /**< (width), what is subtracted from the scores of each query */
    float *limit;   /**< (width), how far beyond it a score may be before the origin rises */
    float *sum;     /**< (width), of the weights so far */
    float *rescale; /**< (width), by what earlier weights shrink if the origin rises */
    float *weights; /**< P^T, (n_keys x width), not yet divided by their sum */
} fast_online_softmax;

/** What the gradient of the scores is made of, beside the scores. */
typedef struct {
    size_t d_v;               /**< terms of each product dY_i . V_j */
    const float *values;      /**< V, (n_keys x d_v) */
    size_t value_stride;      /**< floats from one value to the next */
    const float *grad_output; /**< dY^T, (d_v x width) */
    const float *log_sum_exp; /**< L, (width), in units of ln(2); +INFINITY gives weights 0 */
    const float *products;    /**< D_i = dY_i . Y_i, (width) */
    const float *key_factors; /**< NULL, or what dS is multiplied by, key by key */
    float *weights;           /**< P^T, (n_keys x width) */
    float *grad_scores;       /**< dS^T, (n_keys x width) */
    float *diagonals;         /**< NULL, or where dS is summed along its diagonals before it is
                                   multiplied: that of key j and query i is added to the float that
                                   stands i - j after this one, and 0 to a vector more before */
} fast_score_gradient;

/** The kernels of this topic. */
struct fast_attention_kernels {
    /** No key has been seen. */
    void (*begin)(const fast_online_softmax *softmax, size_t width);

    /** weights_ji = exp2(score_ji - origin_i), added to the sums. The first score that a query
        sees, or one that exceeds its origin by more than 8, makes the origin of that query rise,
        and of no other. It rises by whole numbers, so that earlier weights shrink by powers of two,
        without rounding: where keys are cut into blocks changes no bit of the result. Returns
        whether an origin rose: then what was summed with earlier weights is to be multiplied by
        rescale. */
    bool (*weigh)(const fast_score_block *scores, const fast_online_softmax *softmax);

    /** sum becomes 1 / sum, or 0 where no key was seen; origin becomes the natural logarithm of the
        softmax's denominator. */
    void (*end)(const fast_online_softmax *softmax, size_t width);

    /** weights_ji = exp2(score_ji - L_i) and grad_scores_ji = weights_ji (dY_i . V_j - D_i). */
    void (*weigh_again)(const fast_score_block *scores, const fast_score_gradient *gradient);
};

/** @} */

#endif
