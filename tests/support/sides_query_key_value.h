/**
 * @file sides_query_key_value.h
 * Attention between projections on one side: see sides.h. The parameters are the reference's on
 * both sides.
 */
#ifndef TESTS_SUPPORT_SIDES_QUERY_KEY_VALUE_H
#define TESTS_SUPPORT_SIDES_QUERY_KEY_VALUE_H

#include "reference/query_key_value.h"
#include "tests/support/sides.h"
#include <gsl/gsl_rng.h>

/** What an attention between projections is asked for. Self-attention is the same matrix twice. */
typedef struct {
    const gsl_matrix *x, *memory;
    const ref_query_key_value *parameters;
    double scale;
    const ref_mask *mask;
} query_key_value_call;

/** New parameters, or gradients: all 0, or normal deviates; keys are as wide as queries. */
ref_query_key_value new_query_key_value(size_t d_x, size_t d_memory, size_t d_k, size_t d_v);
ref_query_key_value random_query_key_value(gsl_rng *rng, size_t d_x, size_t d_memory, size_t d_k,
                                           size_t d_v);

/** New gradients, all 0, of these parameters; NULL where a bias is NULL. */
ref_query_key_value new_gradients_of(const ref_query_key_value *parameters);

int side_query_key_value(const side *s, const query_key_value_call *call, gsl_matrix *output);

/** Forward, then backward; the gradients are added. In self-attention grad_memory is grad_x. */
int side_query_key_value_backward(const side *s, const query_key_value_call *call,
                                  const gsl_matrix *grad_output, gsl_matrix *grad_x,
                                  gsl_matrix *grad_memory, const ref_query_key_value *gradients);

#endif
