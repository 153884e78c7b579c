/**
 * @file bounded_stack.h
 * The rules of bounded.h for stacks of recurrent networks: what one layer puts out, with its bound,
 * is what the next one reads. Row b n + t is token t of sequence b.
 */
#ifndef TESTS_SUPPORT_BOUNDED_STACK_H
#define TESTS_SUPPORT_BOUNDED_STACK_H

#include "reference/recurrent_stack.h"
#include "tests/support/bounded_recurrent.h"

/** Sequences of the same number of tokens. The states of each stand in a row: of each layer and
 *  direction h, then, of an LSTM, c. */
typedef struct {
    const ref_recurrent_stack_shape *shape;
    const ref_recurrent_stack *parameters;
    const size_t *lengths;      /**< or NULL */
    const ref_dropout *dropout; /**< or NULL */
    size_t n_batch, n;
    bounded x;       /**< (n_batch n x n_in) */
    bounded initial; /**< (n_batch x states), without values for zeros */
} stack_problem;

/** What comes of them. */
typedef struct {
    bounded inputs[REF_MAX_LAYERS];
    bounded_recurrent cells[REF_MAX_LAYERS][REF_MAX_DIRECTIONS];
    bounded output, final;
    bounded grad_x, grad_initial;
} bounded_stack;

/** Of one layer and direction. */
typedef struct {
    bounded weight_x, bias_x, weight_h, bias_h;
} bounded_cell_gradients;

bounded_stack bounded_stack_forward(const stack_problem *problem);

/** grad_final may be without values. */
void bounded_stack_backward(const stack_problem *problem, bounded grad_output, bounded grad_final,
                            bounded_stack *y);

/** The gradients of the parameters, added up over some problems: the words that a decoder takes one
 *  by one. */
bounded_cell_gradients bounded_stack_gradients(const bounded_stack y[], size_t n_problems, size_t l,
                                               size_t d);

/** Matrices on top of each other. */
bounded bounded_above(bounded top, bounded bottom);

#endif
