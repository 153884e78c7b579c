/**
 * @file stack_pair.h
 * A case of pair_case.h: a stack of recurrent networks, forward and backward.
 */
#ifndef TESTS_SUPPORT_STACK_PAIR_H
#define TESTS_SUPPORT_STACK_PAIR_H

#include "optimized/recurrent_stack.h"
#include "tests/support/pair_case.h"
#include "tests/support/stack_model.h"

/** A row of a table of cases. */
typedef struct {
    const char *catches; /**< which mistakes this shape shows */
    size_t n_batch, n;
    ref_recurrent_stack_shape stack;
    twin_layout layout;
    bool has_initial;
    double dropout_rate;
    size_t lengths[8]; /**< if the first is 0, there are none */
} stack_shape;

/** A case and what stands behind it. */
typedef struct {
    pair_case pair;
    const stack_shape *shape;
    stack_model *model;
    fast_parameters *narrow;
} stack_pair;

/** A new case with random inputs and what is expected of them; end it with stack_pair_free(). */
stack_pair *stack_pair_alloc(const stack_shape *shape);
void stack_pair_free(stack_pair *p);

/** The rules must give the values of the reference, sequence by sequence. */
void stack_pair_check_rules(stack_pair *p);

#endif
