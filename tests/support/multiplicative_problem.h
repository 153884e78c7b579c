/**
 * @file multiplicative_problem.h
 * One multiplicative attention, its keys included: random inputs at chosen places in memory, what
 * the reference makes of them, source by source, and the calls of the optimized twin, as a
 * pair_case.
 */
#ifndef TESTS_SUPPORT_MULTIPLICATIVE_PROBLEM_H
#define TESTS_SUPPORT_MULTIPLICATIVE_PROBLEM_H

#include "tests/support/pair_case.h"

typedef struct {
    const char *catches;
    size_t n_batch, n_q, n_k, d_x, d_memory;
    twin_layout layout;
    bool is_dot;    /**< the memory is its own keys, d_memory = d_x */
    bool is_shared; /**< all sequences of x look at one memory */
    bool is_causal, has_lengths, has_window;
} multiplicative_shape;

/** Inputs and outputs in this order. Of what is not needed there is one number. */
enum { IN_X, IN_MEMORY, IN_GRAD_OUTPUT, IN_WINDOW, IN_WEIGHT };
enum {
    OUT_KEYS,
    OUT_LOG_SUM_EXP,
    OUT_OUTPUT,
    OUT_GRAD_X,
    OUT_GRAD_KEYS,
    OUT_GRAD_MEMORY,
    OUT_GRAD_WEIGHT,
};

/** A new problem with what is expected of it; end it with pair_free(). */
pair_case multiplicative_problem(const multiplicative_shape *shape);

/** For the parts of this topic only: fill in what is expected. */
void multiplicative_expect(pair_case *c);

/** 1 / sqrt(d_x), or 1 where the keys are made. */
float multiplicative_scale(const multiplicative_shape *shape);

#endif
