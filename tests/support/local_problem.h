/**
 * @file local_problem.h
 * One local attention: random inputs at chosen places in memory, what the reference makes of them,
 * source by source, and the calls of the optimized twin, as a pair_case.
 */
#ifndef TESTS_SUPPORT_LOCAL_PROBLEM_H
#define TESTS_SUPPORT_LOCAL_PROBLEM_H

#include "tests/support/pair_case.h"

typedef struct {
    const char *catches;
    size_t n_batch, n_q, n_k, d_x, d_memory, d_p, window;
    twin_layout layout;
    bool is_dot; /**< the memory is its own keys, d_memory = d_x */
    bool has_lengths;
} local_shape;

/** Inputs and outputs in this order. Of what is not needed there is one number. */
enum { IN_X, IN_KEYS, IN_MEMORY, IN_GRAD_OUTPUT, IN_WEIGHT, IN_V };
enum {
    OUT_HIDDEN,
    OUT_POSITIONS,
    OUT_LOG_SUM_EXP,
    OUT_OUTPUT,
    OUT_GRAD_X,
    OUT_GRAD_KEYS,
    OUT_GRAD_MEMORY,
    OUT_GRAD_WEIGHT,
    OUT_GRAD_V,
};

/** A new problem with what is expected of it; end it with pair_free(). No window of it begins or
 *  ends so near to a state that rounding decides. */
pair_case local_problem(const local_shape *shape);

/** For the parts of this topic only: fill in what is expected; false, and nothing is filled in, if
 *  rounding decides where a window begins or ends. */
bool local_expect(pair_case *c);

/** 1 / sqrt(d_x). */
float local_scale(const local_shape *shape);

#endif
