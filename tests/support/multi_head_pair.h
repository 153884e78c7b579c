/**
 * @file multi_head_pair.h
 * A case of pair_case.h: multi-head attention, forward and backward, with all of its cache and all
 * of its gradients.
 */
#ifndef TESTS_SUPPORT_MULTI_HEAD_PAIR_H
#define TESTS_SUPPORT_MULTI_HEAD_PAIR_H

#include "tests/support/pair_case.h"

/** A row of a table of cases. */
typedef struct {
    const char *catches; /**< which mistakes this shape shows */
    size_t n_batch, n_q, n_k, d_x, d_memory, n_heads, d_k, d_v, d_model,
        clip; /**< 0 for no relative bias */
    twin_layout layout;
    bool is_self, causal, has_lengths;
} multi_head_shape;

/** The inputs, the outputs and, in the order of the parameters, their gradients. What a shape does not
 *  need is a single number. */
enum { X, MEMORY, GRAD_OUTPUT, W_Q, B_Q, W_K, B_K, W_V, B_V, W_O, B_O, RELATIVE };
enum { OUTPUT, Q, K, V, CONCATENATED, LOG_SUM_EXP, GRAD_X, GRAD_MEMORY, GRAD_W_Q };

enum { OF_PARAMETERS = GRAD_W_Q - W_Q };

/** A new case with random inputs. Its options are the shape, which must outlive it. */
pair_case multi_head_pair(const multi_head_shape *s);

/** What the rules say about all outputs. */
void multi_head_pair_expect(pair_case *c);

/** The rules must give the values of the reference, sequence by sequence. */
void multi_head_pair_check_rules(const pair_case *c);

/** Two thirds of the keys of the first sequence, none of the second, all of the third; or NULL. */
const size_t *multi_head_pair_lengths(const multi_head_shape *s);

#endif
