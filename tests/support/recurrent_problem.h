/**
 * @file recurrent_problem.h
 * A recurrent network as a pair_case: random inputs at chosen places in memory, what is expected of
 * them, and the calls of the optimized twin. The padding of x and of grad_output holds NaN.
 */
#ifndef TESTS_SUPPORT_RECURRENT_PROBLEM_H
#define TESTS_SUPPORT_RECURRENT_PROBLEM_H

#include "reference/recurrent_cell.h"
#include "tests/support/pair_case.h"

typedef struct {
    const char *catches;
    size_t n_batch, n, n_in, n_hidden;
    twin_layout layout;
    bool is_reversed, is_by_token, has_initial; /**< by token: all sequences' rows of a token are
                                                     neighbours */
    size_t lengths[8];                          /**< if the first is 0, there are none */
} recurrent_shape;

typedef struct {
    const recurrent_shape *shape;
    ref_cell cell;
} recurrent_options;

/** A new problem with what is expected of it; end it with pair_free(). The options must last as
 *  long. */
pair_case recurrent_problem_case(const recurrent_options *options);

/** What is expected, were the cell another of as many gates, or the walk another one. */
void recurrent_expect(pair_case *c, const recurrent_options *options);

#endif
