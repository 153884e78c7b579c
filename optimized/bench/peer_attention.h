/**
 * @file peer_attention.h
 * Attention put together from a library's matrix product and a softmax: the best that can be had
 * from a BLAS. Scores are made for a block of queries at a time, so that they stay in the cache,
 * and where heads or blocks suffice, each thread has its own.
 */
#ifndef OPTIMIZED_BENCH_PEER_ATTENTION_H
#define OPTIMIZED_BENCH_PEER_ATTENTION_H

#include "optimized/bench/peers.h"
#include "optimized/context.h"
#include "optimized/view.h"

/** Views of the inputs, the outputs and the gradients; n_q = n_k. */
typedef struct {
    fast_view q, k, v, output, log_sum_exp, grad_output, grad_q, grad_k, grad_v;
    bool causal;
    float scale;
    float *scores;            /* for each thread, n_block_rows rows of n_k scores */
    float *grad_scores;       /* as many */
    size_t n_block_rows;      /* queries of a block; tried out before the first run */
    size_t n_most_block_rows; /* what there is room for */
} peer_attention;

/** output = softmax(scale Q K^T) V. */
void attend_with_peer(peer_attention *a, const peer *by, fast_context *context);

/** The gradients are added to grad_q, grad_k and grad_v. */
void attend_backward_with_peer(peer_attention *a, const peer *by, fast_context *context);

#endif
