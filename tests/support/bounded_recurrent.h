/**
 * @file bounded_recurrent.h
 * The rules of bounded.h for recurrent networks. An error of h_{t-1} is part of the error of h_t,
 * so it is carried from token to token, as the state itself is. Row b n + t is token t of
 * sequence b.
 */
#ifndef TESTS_SUPPORT_BOUNDED_RECURRENT_H
#define TESTS_SUPPORT_BOUNDED_RECURRENT_H

#include "reference/recurrent_cell.h"
#include "tests/support/bounded.h"

/** Sequences of the same number of tokens. The states and their gradients are (n_batch x n_hidden);
 *  without values they are zeros. */
typedef struct {
    ref_cell cell;
    bool is_reversed;
    const size_t *lengths; /**< or NULL */
    size_t n_batch, n, n_hidden;
    bounded x, initial_h, initial_c;
    const gsl_matrix *weight_x, *bias_x, *weight_h, *bias_h; /**< biases (1 x n_gates n_hidden) */
    bounded grad_output, grad_final_h, grad_final_c;
} recurrent_problem;

/** What comes of them. */
typedef struct {
    bounded gates, inner, output, final_h, final_c;
    bounded states;         /**< h_{t-1} */
    bounded grad_a, grad_u; /**< da and du of all gates */
    bounded grad_initial_h, grad_initial_c;
} bounded_recurrent;

/** How many gates a cell has. */
size_t n_gates_of(ref_cell cell);

/** Everything but the gradients. */
bounded_recurrent bounded_recurrent_forward(const recurrent_problem *problem);

/** The gradients, but for those of x and of the parameters, which are products of these. */
void bounded_recurrent_backward(const recurrent_problem *problem, bounded_recurrent *y);

#endif
