/**
 * @file block_pair.h
 * A case of pair_case.h: a block, forward and backward, with what lies between its layers and all of
 * its gradients.
 */
#ifndef TESTS_SUPPORT_BLOCK_PAIR_H
#define TESTS_SUPPORT_BLOCK_PAIR_H

#include "reference/block.h"
#include "tests/support/pair_case.h"

/** A row of a table of cases. */
typedef struct {
    const char *catches; /**< which mistakes this shape shows */
    size_t n_batch, n;
    ref_block_shape block;
    twin_layout layout;
    bool causal, has_lengths;
    double dropout_rate;
} block_shape;

/** The inputs, the outputs and, in the order of the parameters, their gradients. */
enum {
    BLOCK_X,
    BLOCK_GRAD_OUTPUT,
    GAIN_1,
    BIAS_1,
    QKV_WEIGHT,
    QKV_BIAS,
    OUTPUT_WEIGHT,
    OUTPUT_BIAS,
    RELATIVE_BIAS,
    GAIN_2,
    BIAS_2,
    WEIGHT_1,
    HIDDEN_BIAS,
    WEIGHT_2,
    FED_BIAS
};
enum { BLOCK_OUTPUT, MIDDLE, HIDDEN, BLOCK_LOG_SUM_EXP, BLOCK_GRAD_X, GRAD_GAIN_1 };
enum { BLOCK_GRADIENTS = GRAD_GAIN_1 - GAIN_1 };

/** A new case with random inputs. Its options are the shape, which must outlive it. */
pair_case block_pair(const block_shape *s);

/** What the rules say about all outputs. Where a ReLU is so near its kink that its slope is not
 *  certain, other biases are drawn. */
void block_pair_expect(pair_case *c);

/** The rules must give the values of the reference, sequence by sequence. */
void block_pair_check_rules(const pair_case *c);

/** Two thirds of the first sequence, none of the second, all of the third; or NULL. */
const size_t *block_pair_lengths(const block_shape *s);

/** A seed of its own for a case with dropout. */
enum { BLOCK_SEED = 4242 };

#endif
