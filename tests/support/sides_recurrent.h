/**
 * @file sides_recurrent.h
 * A recurrent network over one sequence, on one side: see sides.h. Vectors are rows here.
 */
#ifndef TESTS_SUPPORT_SIDES_RECURRENT_H
#define TESTS_SUPPORT_SIDES_RECURRENT_H

#include "reference/recurrent_cell.h"
#include "tests/support/sides.h"

/** What a network is asked for. */
typedef struct {
    ref_cell cell;
    bool is_reversed;
    const size_t *length; /**< or NULL */
    size_t n_hidden;
    gsl_matrix *x;                                     /**< (n x n_in) */
    gsl_matrix *h_0, *c_0;                             /**< (1 x n_hidden), NULL for zeros */
    gsl_matrix *weight_x, *bias_x, *weight_h, *bias_h; /**< biases (1 x n_gates n_hidden) */
    gsl_matrix *grad_output;                           /**< (n x n_hidden), or NULL */
    gsl_matrix *grad_h, *grad_c;                       /**< (1 x n_hidden), NULL for zeros */
} recurrent_call;

/** What comes of it; without a grad_output all gradients are 0. */
typedef struct {
    gsl_matrix *output, *gates, *h, *c;
    gsl_matrix *grad_x, *grad_h_0, *grad_c_0;
    gsl_matrix *grad_weight_x, *grad_bias_x, *grad_weight_h, *grad_bias_h;
} recurrent_result;

/** All zeros, but for no states and no gradients. */
recurrent_call new_recurrent_call(ref_cell cell, size_t n, size_t n_in, size_t n_hidden);

/** Normal deviates all over, states and gradients too. */
recurrent_call random_recurrent_call(ref_cell cell, size_t n, size_t n_in, size_t n_hidden);

/** Forward, and backward if there is a grad_output; checks the statuses. */
recurrent_result side_recurrent(const side *s, const recurrent_call *call);

#endif
