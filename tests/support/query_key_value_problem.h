/**
 * @file query_key_value_problem.h
 * One attention between projections: random inputs at chosen places in memory, what the reference
 * makes of them, sequence by sequence, and the call of the optimized twin, as a pair_case.
 */
#ifndef TESTS_SUPPORT_QUERY_KEY_VALUE_PROBLEM_H
#define TESTS_SUPPORT_QUERY_KEY_VALUE_PROBLEM_H

#include "tests/support/pair_case.h"

/** Which of the parts Q, K and V stand side by side in one tensor: none, K and V, all three. */
typedef enum { APART, KEYS_VALUES, TOGETHER } sharing;
enum { PART_Q, PART_K, PART_V, N_PARTS };

typedef struct {
    const char *catches;
    size_t n_batch, n_q, n_k, d_x, d_memory, d_k, d_v;
    twin_layout layout;
    bool is_self;                          /**< X = M: n_k = n_q, d_memory = d_x */
    sharing weights, projected, gradients; /**< biases stand as the weights do */
    bool is_causal, has_lengths, has_bias, without_b_k;
} query_key_value_shape;

/** Inputs and outputs in this order. A weight has its bias as one more row. Of what is not needed
 *  there is one number. From the last name on there are 1, 2 or 3 tensors, then, of the outputs, as
 *  many as the gradients of the parameters need. */
enum { IN_X, IN_MEMORY, IN_GRAD_OUTPUT, IN_SCORE_BIAS, IN_WEIGHTS };
enum { OUT_OUTPUT, OUT_LOG_SUM_EXP, OUT_GRAD_X, OUT_GRAD_MEMORY, OUT_PROJECTED };

/** A new problem with what is expected of it; end it with pair_free(). */
pair_case query_key_value_problem(const query_key_value_shape *shape);

/* ---- for the parts of this topic only ---------------------------------------------------------- */

/** Columns of a part, and the first of them in its tensor. */
size_t part_width(const query_key_value_shape *s, int part);
size_t part_first(const query_key_value_shape *s, sharing is, int part);

/** The tensors that hold a part. */
twin *part_weights(pair_case *c, int part);
pair_output *part_projected(pair_case *c, int part);
pair_output *part_gradients(pair_case *c, int part);

/** How many leading keys of each sequence are real, or NULL. */
const size_t *problem_lengths(const query_key_value_shape *s);

float problem_scale(const query_key_value_shape *s);

/** Fill in what is expected. */
void query_key_value_expect(pair_case *c);

#endif
