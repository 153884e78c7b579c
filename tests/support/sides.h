/**
 * @file sides.h
 * Properties hold on both sides. A side is the reference, or the optimized twin with one table of
 * kernels; its functions take and return matrices of doubles, so that one test serves all.
 */
#ifndef TESTS_SUPPORT_SIDES_H
#define TESTS_SUPPORT_SIDES_H

#include "optimized/context.h"
#include "reference/attention.h"
#include "reference/reweighting.h"
#include <gsl/gsl_matrix.h>

/** Who computes, and how exactly. */
typedef struct {
    const char *name;            /**< "reference", or that of a table of kernels */
    const fast_kernels *kernels; /**< NULL for the reference */
    double epsilon;              /**< 2^-52 or 2^-23 */
    double tolerance;            /**< of a property that holds up to rounding: 1e-13 or 1e-5 */
} side;

/** The n-th side; its name is NULL past the last one:
 *  for (size_t n = 0; side_at(n).name; n++) */
side side_at(size_t n);

/** Try a property on every side, with a generator that is freshly seeded for each. */
void on_each_side(void (*property)(const side *));

/** Make a test of a property:  ON_EACH_SIDE(rows_sum_to_one)  calls  rows_sum_to_one_on(&side). */
#define ON_EACH_SIDE(property)                                                                     \
    static void property(void)                                                                     \
    {                                                                                              \
        on_each_side(property##_on);                                                               \
    }

/** tolerance * max(1, size): size is the largest value involved. */
double close_on(const side *s, double size);

int side_softmax(const side *s, const gsl_matrix *scores, gsl_matrix *weights);

int side_softmax_backward(const side *s, const gsl_matrix *weights, const gsl_matrix *grad_weights,
                          gsl_matrix *grad_scores);

int side_log_sum_exp(const side *s, const gsl_matrix *scores, gsl_vector *log_sum_exp);

/** What an attention is asked for. */
typedef struct {
    const gsl_matrix *q, *k, *v;
    ref_similarity similarity;
    double scale;
    const ref_mask *mask;
} attention_call;

int side_attention(const side *s, const attention_call *call, gsl_matrix *output);

/** The weights themselves. The optimized side never stores them: it shows them as the output of
 *  values that are the identity. */
int side_attention_weights(const side *s, const attention_call *call, gsl_matrix *weights);

/** Log-sum-exp of the scores: the cache of the optimized side. */
int side_attention_log_sum_exp(const side *s, const attention_call *call, gsl_vector *log_sum_exp);

/** Forward, then backward; the gradients are added to grad_q, grad_k and grad_v, and that of the
 *  relative bias to where the mask says. */
int side_attention_backward(const side *s, const attention_call *call,
                            const gsl_matrix *grad_output, gsl_matrix *grad_q, gsl_matrix *grad_k,
                            gsl_matrix *grad_v);

int side_proximity_weights(const side *s, const gsl_vector *queries, const gsl_vector *keys,
                           ref_proximity proximity, double bandwidth, gsl_matrix *weights);

int side_divide_by_sum(const side *s, const gsl_matrix *scores, gsl_matrix *weights);

int side_reweight(const side *s, const gsl_matrix *weights, const gsl_matrix *values,
                  gsl_matrix *output);

int side_kernel_regression(const side *s, const gsl_vector *queries, const gsl_vector *keys,
                           const gsl_matrix *values, ref_proximity proximity, double bandwidth,
                           gsl_matrix *output);

int side_dot_weights(const side *s, const gsl_matrix *x, gsl_matrix *weights);

int side_dot_reweighting(const side *s, const gsl_matrix *x, gsl_matrix *output);

int side_dot_reweighting_reassociated(const side *s, const gsl_matrix *x, gsl_matrix *output);

#endif
