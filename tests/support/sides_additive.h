/**
 * @file sides_additive.h
 * Additive attention on one side, its keys included: see sides.h. The parameters are the
 * reference's on both sides.
 */
#ifndef TESTS_SUPPORT_SIDES_ADDITIVE_H
#define TESTS_SUPPORT_SIDES_ADDITIVE_H

#include "reference/additive_attention.h"
#include "tests/support/sides.h"
#include <gsl/gsl_rng.h>

/** What an additive attention is asked for. */
typedef struct {
    const gsl_matrix *x, *memory;
    const ref_additive_attention *parameters;
    const ref_mask *mask;
} additive_call;

/** New parameters, or gradients: all 0, or normal deviates; with a bias. */
ref_additive_attention new_additive(size_t d_x, size_t d_memory, size_t d_a);
ref_additive_attention random_additive(gsl_rng *rng, size_t d_x, size_t d_memory, size_t d_a);

/** K = M U + b, then the attention. */
int side_additive(const side *s, const additive_call *call, gsl_matrix *output);

/** The weights themselves, shown as the output of a memory that is the identity, whose keys are
 *  those of the real one. */
int side_additive_weights(const side *s, const additive_call *call, gsl_matrix *weights);

/** Forward, then backward, through the attention and then the keys; the gradients are added. */
int side_additive_backward(const side *s, const additive_call *call, const gsl_matrix *grad_output,
                           gsl_matrix *grad_x, gsl_matrix *grad_memory,
                           const ref_additive_attention *gradients);

#endif
