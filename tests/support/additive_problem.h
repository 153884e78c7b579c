/**
 * @file additive_problem.h
 * One additive attention, its keys included: random inputs at chosen places in memory, what the
 * reference makes of them, source by source, and the calls of the optimized twin, as a pair_case.
 */
#ifndef TESTS_SUPPORT_ADDITIVE_PROBLEM_H
#define TESTS_SUPPORT_ADDITIVE_PROBLEM_H

#include "reference/additive_attention.h"
#include "tests/support/pair_case.h"

typedef struct {
    const char *catches;
    size_t n_batch, n_q, n_k, d_x, d_memory, d_a;
    twin_layout layout;
    double sigma;   /**< deviation of the numbers of Q and of K */
    bool is_shared; /**< all sequences of x look at one memory */
    bool is_causal, has_lengths, has_window, without_bias;
    bool has_powers; /**< e^(2 K) is made beforehand */
} additive_shape;

/** Inputs and outputs in this order. U has its bias as one more row, and so has its gradient. */
enum { IN_X, IN_MEMORY, IN_GRAD_OUTPUT, IN_WINDOW, IN_WEIGHT_Q, IN_WEIGHT_K, IN_V };
enum {
    OUT_KEYS,
    OUT_Q,
    OUT_LOG_SUM_EXP,
    OUT_OUTPUT,
    OUT_GRAD_X,
    OUT_GRAD_KEYS,
    OUT_GRAD_MEMORY,
    OUT_GRAD_WEIGHT_Q,
    OUT_GRAD_WEIGHT_K,
    OUT_GRAD_V,
};

/** A new problem with what is expected of it; end it with pair_free(). */
pair_case additive_problem(const additive_shape *shape);

/** For the parts of this topic only: fill in what is expected. */
void additive_expect(pair_case *c);

#endif
