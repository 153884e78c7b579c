/**
 * @file sides_local.h
 * Local attention on one side: see sides.h.
 */
#ifndef TESTS_SUPPORT_SIDES_LOCAL_H
#define TESTS_SUPPORT_SIDES_LOCAL_H

#include "reference/local_attention.h"
#include "tests/support/sides.h"
#include <gsl/gsl_rng.h>

/** What a local attention is asked for. */
typedef struct {
    const gsl_matrix *x, *keys, *memory;
    double scale;
    size_t window;
    const size_t *length;
    ref_local_attention parameters;
} local_call;

/** New parameters: zeros, or normal deviates that spread positions over the source. */
ref_local_attention new_local(size_t d_x, size_t d_p);
ref_local_attention random_local(gsl_rng *rng, size_t d_x, size_t d_p);

/** The output, and where each query looks. */
int side_local(const side *s, const local_call *call, gsl_vector *positions, gsl_matrix *output);

/** The weights themselves, shown as the output of a memory that is the identity. */
int side_local_weights(const side *s, const local_call *call, gsl_matrix *weights);

/** Forward, then backward; the gradients are added. */
int side_local_backward(const side *s, const local_call *call, const gsl_matrix *grad_output,
                        gsl_matrix *grad_x, gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                        const ref_local_attention *gradients);

#endif
