/**
 * @file stack_model_fast.h
 * The optimized half of stack_model.h: one call for matrices of doubles. Not for tests.
 */
#ifndef TESTS_SUPPORT_STACK_MODEL_FAST_H
#define TESTS_SUPPORT_STACK_MODEL_FAST_H

#include "optimized/recurrent_stack.h"
#include "tests/support/stack_model.h"
#include "tests/support/twin.h"

/** The same choices for the optimized side. */
fast_recurrent_stack_shape narrow_stack(const ref_recurrent_stack_shape *shape);

/** The states that stand in rows: of each layer and direction h, then, of an LSTM, c. */
fast_recurrent_stack_state narrow_states(const fast_view *rows,
                                         const ref_recurrent_stack_shape *shape);

/** Forward and, where there is a grad_output, backward. */
void fast_stack_once(const side *s, const stack_call *call, stack_result *y);

#endif
