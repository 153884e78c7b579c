/**
 * @file additive_kernels.h
 * The innermost loops of additive attention. All rest on the share
 *
 *     r_ija = 1 / (1 + e^(2 q_ia) e^(2 k_ja)),   so that   tanh(q_ia + k_ja) = 1 - 2 r_ija
 *
 * and tanh' = 4 r (1 - r). The exponentials are made once for a query and once for a key. What is
 * left for each pair of them is a product, a sum and a quotient; and quotients share divisions, as
 * a / b + c / d = (a d + c b) / (b d). Where v allows it, it goes into the denominator beforehand,
 * v r = 1 / (w + w e^(2 q) e^(2 k)) with w = 1 / v, so that a d + c b is a plain sum. Hidden units
 * lie on the lanes, in rows that are padded to whole vectors.
 */
#ifndef OPTIMIZED_KERNELS_ADDITIVE_KERNELS_H
#define OPTIMIZED_KERNELS_ADDITIVE_KERNELS_H

#include "optimized/kernels/transpose_kernels.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** How large the numbers of a block are, which decides how the share is computed. */
typedef enum {
    FAST_ADDITIVE_SMALL,  /**< max |q| + max |k| <= 5.4: products of eight 1 / r do not overflow */
    FAST_ADDITIVE_MEDIUM, /**< max |q| + max |k| <= 10.8: products of four do not */
    FAST_ADDITIVE_LARGE, /**< max |q| and max |k| <= 43: 1 / r is cut off beyond 2^30, so that they do
                              not, either; r is off by no more than 2^-30 */
    FAST_ADDITIVE_HUGE, /**< anything: r is the sigmoid of -2 (q + k) */
} fast_additive_size;

/** v, as the scores need it, in a unit that is a power of two. */
typedef struct {
    float *numerators; /**< -2 v / unit, (width), padded with 0 */
    float *inverses;   /**< w = unit / (-2 v), (width) */
    bool is_inverted;  /**< whether small blocks are scored with w: see inverses.h */
    float unit;        /**< of the sums */
    float sum;         /**< the sum of v */
} fast_additive_v;

/** Some queries and some keys. */
typedef struct {
    size_t n_q;               /**< queries */
    size_t n_k;               /**< keys */
    size_t width;             /**< floats in a row: hidden units, up to a whole vector */
    const float *queries;     /**< e^(2 Q), or Q where it is huge, (n_q x width) */
    const float *keys;        /**< e^(2 K), or K likewise, (n_k x width) */
    fast_additive_size size;  /**< how large Q and K are */
    const fast_additive_v *v; /**< v */
    float *queries_by_v;      /**< scratch: e^(2 Q) / v, (n_q x width) */
    size_t stride;            /**< floats from the scores of one query to those of the next */
} fast_additive_block;

/** The gradients of a block. With s_ija = dS_ij r_ija (1 - r_ija): */
typedef struct {
    const float *grad_scores; /**< dS, (n_q x n_k), stride floats a row */
    const float *slope;       /**< 4 v, (width) */
    fast_rows queries;        /**< dQ:  becomes  4 v o sum_j s_ij */
    fast_rows keys;           /**< dK:  to it is added  4 v o sum_i s_ij */
    float *v;                 /**< to it is added  sum_ij dS_ij r_ij,  (width) */
    float *sums;              /**< scratch, a vector for each query */
} fast_additive_gradient;

/** The kernels of this topic. */
struct fast_additive_kernels {
    /** e_ic = e^(2 x_ic), each row padded with ones to width floats. Returns the largest |x_ic|,
        or NaN if one of them is not finite. */
    float (*exponentials)(fast_rows x, float *e, size_t width);

    /** Packs one row v into rows of width floats. */
    void (*pack_v)(fast_rows row, size_t width, fast_additive_v *v);

    /** How large a block is, from what exponentials() returned for its queries and its keys. */
    fast_additive_size (*size)(float largest_query, float largest_key);

    /** scores_ij = sum_a v_a tanh(q_ia + k_ja). */
    void (*score)(const fast_additive_block *block, float *scores);

    /** products_ij = a_i . b_j  for rows of the caller; stride floats from one i to the next. */
    void (*multiply)(fast_rows a, fast_rows b, float *products, size_t stride);

    /** The softmax of n scores, in place. Returns the natural logarithm of its denominator, or
        -INFINITY, with weights of 0, where every score is -INFINITY. */
    float (*weigh)(float *scores, size_t n);

    /** Scores become weights  p_j = exp(s_j - L),  and what was dp becomes  p_j (dp_j - D).  A
        weight of 0 makes that 0, whatever dp is. */
    void (*weigh_again)(float *scores, float log_sum_exp, float *grad, float product, size_t n);

    /** The gradients of fast_additive_gradient. */
    void (*go_back)(const fast_additive_block *block, const fast_additive_gradient *gradient);
};

/** @} */

#endif
