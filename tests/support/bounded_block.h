/**
 * @file bounded_block.h
 * The rules of bounded.h for multi-head attention and blocks, forward and backward, for all
 * sequences of a batch. The rows of all sequences stand below each other, as the optimized side
 * multiplies them.
 */
#ifndef TESTS_SUPPORT_BOUNDED_BLOCK_H
#define TESTS_SUPPORT_BOUNDED_BLOCK_H

#include "reference/block.h"
#include "tests/support/bounded_dense.h"

/** What differs between the sequences of a batch, and what does not. */
typedef struct {
    size_t n_batch;
    bool causal;
    const size_t *key_lengths; /**< one for each sequence, or NULL */
} batch_masks;

/** What multi-head attention makes of all rows. */
typedef struct {
    bounded q, k, v;
    bounded log_sum_exp; /**< (n_batch n_heads x n_q) */
    bounded concatenated, output;
} bounded_heads;

/** The gradients, not yet added to anything. That of an input of self-attention is in x. */
typedef struct {
    bounded x, memory;
    bounded weight_q, bias_q, weight_k, bias_k, weight_v, bias_v, weight_o, bias_o, relative;
} bounded_heads_gradients;

bounded_heads bounded_multi_head(bounded x, bounded memory, const ref_multi_head *p,
                                 const batch_masks *masks);

bounded_heads_gradients bounded_multi_head_backward(bounded_heads f, bounded x, bounded memory,
                                                    bool is_self, const ref_multi_head *p,
                                                    const batch_masks *masks, bounded grad_output);

/** What a block makes of all rows. */
typedef struct {
    bounded_norm norm_1, norm_2;
    bounded_heads attention;
    bounded path_1, path_2; /**< the sums, X + attention and Z + feed-forward */
    bounded middle, hidden, activated, output;
} bounded_transformer;

typedef struct {
    bounded x, gain_1, bias_1, gain_2, bias_2, weight_1, hidden_bias, weight_2, output_bias;
    bounded_heads_gradients attention;
} bounded_transformer_gradients;

bounded_transformer bounded_block(bounded x, const ref_block *p, const ref_block_shape *shape,
                                  const batch_masks *masks, const ref_dropout *dropout);

bounded_transformer_gradients
bounded_block_backward(bounded_transformer f, bounded x, const ref_block *p,
                       const ref_block_shape *shape, const batch_masks *masks,
                       const ref_dropout *dropout, bounded grad_output);

/** Matrices side by side. */
bounded bounded_beside(bounded left, bounded right);

#endif
