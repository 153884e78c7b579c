/**
 * @file property.h
 * What the tests of properties share: an attention with random inputs, large enough that the
 * optimized side needs several blocks, and its results on one side.
 */
#ifndef TESTS_SUPPORT_PROPERTY_H
#define TESTS_SUPPORT_PROPERTY_H

#include "tests/support/sides.h"

/** Sizes of most properties: more than one block of queries and of keys, no multiples of lanes. */
enum { N_Q = 70, N_K = 150, WIDTH_K = 24, WIDTH_V = 13 };

/** Random inputs with deviations of about 1; scale 1 / sqrt(d_k), 4 for the cosine. */
attention_call random_call(ref_similarity similarity, size_t n_q, size_t n_k, size_t d_k,
                           size_t d_v);

/** The output, the weights and the log-sum-exp (n_q x 1) on one side; each checks its status. */
gsl_matrix *output_of(const side *s, const attention_call *call);
gsl_matrix *weights_of(const side *s, const attention_call *call);
gsl_matrix *log_sum_exp_of(const side *s, const attention_call *call);

/** The gradients of <grad_output, output> on one side. */
typedef struct {
    gsl_matrix *q, *k, *v;
} gradients;

gradients gradients_of(const side *s, const attention_call *call, const gsl_matrix *grad_output);

/** A copy of a with c_i added to all of row i. */
gsl_matrix *rows_shifted(const gsl_matrix *a, const gsl_vector *c);

/** The row (1 x m) of column sums, and of column means, of the first n_rows rows. */
gsl_matrix *column_sums(const gsl_matrix *a);
gsl_matrix *column_means(const gsl_matrix *a, size_t n_rows);

/** The same row n times. */
gsl_matrix *repeated_row(const gsl_matrix *row, size_t n);

#endif
