/**
 * @file bounded.h
 * How far may a correct float32 result be from the exact one? A bounded matrix carries values and,
 * beside each, a bound of the rounding error. Every operation has one rule; composed in the order
 * of the formulas, they give the bound of any output.
 *
 *     bounded scores = bounded_product(scale, CblasNoTrans, q, CblasTrans, k);
 *     bounded output = bounded_attend(scores, v);
 *
 * With u = 2^-24, the rounding unit of a float, a sum of n terms is off by at most
 * u w(n) sum |x_i|,  w(n) = min(n, 4 sqrt(n)): the worst case up to 16 terms, four standard
 * deviations of the probabilistic bound beyond (Higham and Mary 2019; Ipsen and Zhou 2020). All
 * rules are to first order in u. The page "numerics" of the docs derives them.
 *
 * Every function returns new matrices, which live as all matrices of a test do.
 */
#ifndef TESTS_SUPPORT_BOUNDED_H
#define TESTS_SUPPORT_BOUNDED_H

#include "reference/attention.h"
#include "reference/reweighting.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

/** Values and how far off each may be. */
typedef struct {
    gsl_matrix *value;
    gsl_matrix *bound;
} bounded;

/** u = 2^-24. */
extern const double rounding_unit;

/** w(n): how many rounding units a sum of n terms may be off, relative to its terms. */
double sum_growth(size_t n);

/** A copy of values that both sides hold exactly. */
bounded bounded_exact(const gsl_matrix *value);

/** A copy of some rows and columns; and the reverse: such a copy put where it belongs. */
bounded bounded_part(bounded all, size_t row, size_t n_rows, size_t col, size_t n_cols);
void bounded_put(bounded all, size_t row, size_t col, bounded part);

/** s op(A) op(B). */
bounded bounded_product(double s, CBLAS_TRANSPOSE_t transpose_a, bounded a,
                        CBLAS_TRANSPOSE_t transpose_b, bounded b);

/** A + B. */
bounded bounded_sum(bounded a, bounded b);

/** A o B, entry by entry. */
bounded bounded_times(bounded a, bounded b);

/** start + increment, where the increment arrives in n_terms pieces that are added one by one. */
bounded bounded_accumulate(const gsl_matrix *start, bounded increment, size_t n_terms);

/** Row by row dot products: (n x m), (n x m) -> (n x 1). */
bounded bounded_row_dot(bounded a, bounded b);

/** Row sums: (n x m) -> (n x 1). */
bounded bounded_row_sums(bounded a);

/** Each row divided by its entry of divisors, (n x 1); a row whose divisor is 0 becomes 0. */
bounded bounded_divide_rows(bounded a, bounded divisors);

/** The sum of all entries: (n x m) -> (1 x 1). */
bounded bounded_total(bounded a);

/** Softmax of each row. */
bounded bounded_softmax(bounded scores);

/** softmax(S) V. Tighter than the product of the two: an error of a score that moves weight between
 *  equal values does no harm. */
bounded bounded_attend(bounded scores, bounded values);

/** Log-sum-exp of each row: (n x m) -> (n x 1). */
bounded bounded_log_sum_exp(bounded scores);

/** The weights computed again from the scores and their log-sum-exp: exp(S - L). */
bounded bounded_weights_again(bounded scores, bounded log_sum_exp);

/** P o (dP - D), with D (n x 1). */
bounded bounded_softmax_backward(bounded weights, bounded grad_weights, bounded mean);

/** scale * similarity(Q, K) + relative bias + bias, hidden keys -INFINITY. */
bounded bounded_scores(bounded q, bounded k, ref_similarity similarity, double scale,
                       const ref_mask *mask);

/** Shift scores by the biases of a mask, and set those of hidden keys to -INFINITY. */
void bounded_mask(bounded scores, const ref_mask *mask);

/** Which of n_entries numbers of a relative bias serves query i and key j. */
size_t relative_entry(size_t i, size_t j, size_t n_q, size_t n_k, size_t n_entries);

/** dQ from dS; with the transpose of dS and q and k swapped, dK. */
bounded bounded_similarity_backward(bounded q, bounded k, ref_similarity similarity, double scale,
                                    CBLAS_TRANSPOSE_t transpose, bounded grad_scores);

/** K((queries_i - keys_j) / bandwidth). */
bounded bounded_proximity(const gsl_vector *queries, const gsl_vector *keys,
                          ref_proximity proximity, double bandwidth);

/** dK((queries_i - keys_j) / bandwidth) / d bandwidth. */
bounded bounded_proximity_slope(const gsl_vector *queries, const gsl_vector *keys,
                                ref_proximity proximity, double bandwidth);

/** New bounded matrix of zeros: for the rules themselves. */
bounded bounded_new(size_t n_rows, size_t n_cols);

/** Set one entry: for the rules themselves. */
void bounded_set(bounded a, size_t i, size_t j, double value, double bound);

#endif
