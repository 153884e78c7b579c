/**
 * @file stack_model.h
 * A stack of recurrent networks over one sequence, on one side: see sides.h. Its parameters are a
 * list of the reference, so that a test can walk them all; the optimized side gets a copy.
 */
#ifndef TESTS_SUPPORT_STACK_MODEL_H
#define TESTS_SUPPORT_STACK_MODEL_H

#include "reference/recurrent_stack.h"
#include "tests/support/sides.h"

/** A stack. */
typedef struct {
    ref_recurrent_stack_shape shape;
    ref_parameters *list;
    ref_recurrent_stack_parameters found;
} stack_model;

/** A new stack, all parameters random. */
stack_model *stack_alloc(const ref_recurrent_stack_shape *shape);
void stack_free(stack_model *m);

/** What a stack is asked for. All its states stand in one row: of each layer and direction h, then,
 *  of an LSTM, c. */
typedef struct {
    const stack_model *model;
    gsl_matrix *x;        /**< (n x n_in) */
    const size_t *length; /**< or NULL */
    const ref_dropout *dropout;
    gsl_matrix *initial;     /**< or NULL for zeros */
    gsl_matrix *grad_output; /**< or NULL */
    gsl_matrix *grad_final;  /**< or NULL */
} stack_call;

/** What comes of it; without a grad_output the gradients are 0, else they are added to the list, too.
 */
typedef struct {
    gsl_matrix *output, *final, *grad_x, *grad_initial;
} stack_result;

/** How many numbers the states of a stack have. */
size_t stack_state_size(const ref_recurrent_stack_shape *shape);

/** Normal deviates all over: n tokens, states and gradients. */
stack_call random_stack_call(const stack_model *m, size_t n);

/** The states of a row as the reference takes them. They live as all matrices of a test do. */
ref_recurrent_stack_state *stack_states_in(gsl_matrix *row, const ref_recurrent_stack_shape *shape,
                                           ref_recurrent_stack_state *state);

/** Forward, and backward if there is a grad_output; checks the statuses. */
stack_result side_stack(const side *s, const stack_call *call);

#endif
