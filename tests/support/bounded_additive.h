/**
 * @file bounded_additive.h
 * The rules of bounded.h for additive scores and their gradients. With r = 1 / (1 + e^(2 (q + k)))
 * and tanh(q + k) = 1 - 2 r, what is off by
 *
 *     4 u |e| each    the exponentials e^(2 q) and e^(2 k), and u their product,
 *     u d             d = 1 + e^(2 (q + k)), so that all in all it is off by (9 (1 - r) + 1) u d,
 *     11 u |v| r      a quotient v / d that shares a division with seven others,
 *     2^-30           where d is cut off,
 *     2 r (1 - r) e   errors e of q + k,
 *
 * gives |v| (r u (9 (1 - r) + 12) + 2^-30 + 2 r (1 - r) e) for each hidden unit. Where v stands in d,
 * the first part is smaller: the page "numerics" of the docs has the count. Instead of the first
 * part, a sigmoid of -2 (q + k) is off by u (5.2 r + 2 r (1 - r) |q + k|). A sum over d_a units is
 * 4 sums or more, one a lane, in which up to three units come alone and then four at a time: it is
 * off by u (w(d_a / 16 + 3) + 4) times the sum of its terms' sizes; of sigmoids, which come one by
 * one, by u (w(d_a / 4 + 1) + 4).
 */
#ifndef TESTS_SUPPORT_BOUNDED_ADDITIVE_H
#define TESTS_SUPPORT_BOUNDED_ADDITIVE_H

#include "tests/support/bounded.h"

/** scores_ij = sum_a v_a tanh(q_ia + k_ja) + bias_ij, hidden keys -INFINITY. */
bounded bounded_additive_scores(bounded q, bounded keys, const gsl_vector *v, const ref_mask *mask);

/** dQ, dK and dv (1 x d_a) from dS. */
typedef struct {
    bounded q, keys, v;
} bounded_additive_gradients;

/** The gradients; dv is a part of a sum that has n_terms terms in all. */
bounded_additive_gradients bounded_additive_backward(bounded q, bounded keys, const gsl_vector *v,
                                                     bounded grad_scores, size_t n_terms);

/** How far off tanh(q + k), and its slope 1 - tanh(q + k)^2, may be, if q and k are exact. */
double factored_tanh_bound(double q, double k);
double factored_slope_bound(double q, double k);

#endif
