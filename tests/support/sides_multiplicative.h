/**
 * @file sides_multiplicative.h
 * Multiplicative attention on one side, its keys included: see sides.h.
 */
#ifndef TESTS_SUPPORT_SIDES_MULTIPLICATIVE_H
#define TESTS_SUPPORT_SIDES_MULTIPLICATIVE_H

#include "tests/support/sides.h"

/** What a multiplicative attention is asked for. Without a weight it is "dot": M is its own keys. */
typedef struct {
    const gsl_matrix *x, *memory, *weight;
    double scale;
    const ref_mask *mask;
} multiplicative_call;

/** K = M W^T, then the attention. */
int side_multiplicative(const side *s, const multiplicative_call *call, gsl_matrix *output);

/** The weights themselves, shown as the output of a memory that is the identity, whose keys are
 *  those of the real one. */
int side_multiplicative_weights(const side *s, const multiplicative_call *call,
                                gsl_matrix *weights);

/** Forward, then backward, through the attention and then the keys; the gradients are added. For
 *  "dot" grad_weight is NULL, and the gradient of the keys is that of the memory. */
int side_multiplicative_backward(const side *s, const multiplicative_call *call,
                                 const gsl_matrix *grad_output, gsl_matrix *grad_x,
                                 gsl_matrix *grad_memory, gsl_matrix *grad_weight);

#endif
