/**
 * @file reweighting_problem.h
 * Reweighting for both sides, all batches and heads: random inputs, and the pairs of functions that
 * are to be compared on them.
 */
#ifndef TESTS_SUPPORT_REWEIGHTING_PROBLEM_H
#define TESTS_SUPPORT_REWEIGHTING_PROBLEM_H

#include "optimized/context.h"
#include "reference/reweighting.h"
#include "tests/support/agreement.h"
#include "tests/support/twin.h"

/** A row of a table of cases. */
typedef struct {
    const char *catches;
    size_t n_batch, n_heads, n_q, n_k, d_v;
    twin_layout layout;
} reweighting_shape;

enum { MAX_OUTPUTS = 2, N_PROXIMITIES = REF_INVERSE + 1, N_REWEIGHTING_PAIRS = 7 };

extern const char *const proximity_names[N_PROXIMITIES];

/** Inputs that all functions choose from, and the outputs of one of them. */
typedef struct {
    reweighting_shape is;
    twin scores;   /**< (n_q x n_k) */
    twin values;   /**< (n_k x d_v) */
    twin upstream; /**< (n_q x d_v): the gradient from above, or the tokens X */
    twin queries;  /**< (1 x n_q) */
    twin keys;     /**< (1 x n_k) */
    ref_proximity proximity;
    float bandwidth;
    int n_outputs;
    twin outputs[MAX_OUTPUTS];         /**< only the float side is used */
    agreement agreements[MAX_OUTPUTS]; /**< of the last comparison */
} reweighting_problem;

/** A new problem with random inputs. */
reweighting_problem reweighting_problem_draw(const reweighting_shape *is, ref_proximity proximity);

void reweighting_problem_end(reweighting_problem *p);

/** The vector of one batch and head of queries or keys. */
gsl_vector_view reweighting_line(const twin *t, size_t batch, size_t head);

/** One pair of functions. */
typedef struct {
    const char *name;
    void (*make_outputs)(reweighting_problem *);
    size_t (*size)(const reweighting_problem *, const fast_context *);
    int (*run)(reweighting_problem *, fast_context *); /**< the optimized twin */
    void (*compare)(reweighting_problem *, size_t batch, size_t head);
} reweighting_pair;

extern const reweighting_pair reweighting_pairs[N_REWEIGHTING_PAIRS];

#endif
