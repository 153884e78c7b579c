/**
 * @file work.h
 * What is measured: a work is a pair of functions, a case is a work with a shape.
 */
#ifndef OPTIMIZED_BENCH_WORK_H
#define OPTIMIZED_BENCH_WORK_H

#include "optimized/bench/peers.h"
#include "optimized/context.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** The sizes of a case. A matrix product is (n_q x d_k) times (d_k x n_k). Training takes
    n_batch batches of sentences with n_q tokens each, and n_heads heads of d_k columns. */
typedef struct {
    size_t n_batch, n_heads, n_q, n_k, d_k, d_v;
    bool causal;
} bench_shape;

/** One pair of functions, and how everybody who can do the same does it. */
typedef struct bench_work {
    const char *name;

    /** Additions and multiplications of one run. */
    double (*n_flops)(const bench_shape *shape);

    /** Bytes that one run has to read and to write, where memory limits it; otherwise NULL. */
    double (*n_bytes)(const bench_shape *shape);

    /** What the report says instead of the sizes, or NULL. */
    void (*describe)(const bench_shape *shape, char *text, size_t size);

    /** The data of one run, drawn at random; those of the reference only where it will run. */
    void *(*alloc)(const bench_shape *shape, bool for_reference, bool for_optimized);
    void (*free)(void *data);

    size_t (*workspace_size)(void *data, const fast_context *context);
    void (*optimized)(void *data, fast_context *context);
    void (*reference)(void *data); /* or NULL */
    double most_reference_flops;   /* with more it does not take part; 0 for the usual limit */

    /** NULL where no library outside has anything to offer. */
    void (*peer)(void *data, const peer *by, fast_context *context);

    /** Whether a library has it, and computes the same: compared before it is timed, anew for each
        number of threads. NULL where it lends its matrix product only. */
    bool (*meet_peer)(void *data, const peer *by, fast_context *context);

    /** The numbers of the data, for PyTorch, and what the first run gave, which must be the same
        there. NULL where it has nothing to do. */
    void (*send)(void *data, FILE *to);
    const double *(*checked)(void *data, size_t *n_checked);

    /** A work that gives the same result from the same data in another way, or NULL. */
    const struct bench_work *other_way;
} bench_work;

/** A work with a shape. */
typedef struct {
    const bench_work *work;
    bench_shape shape;
    bool is_quick;  /* part of a quick run */
    bool runs_once; /* too long to be repeated, or to be done by others */
} bench_case;

extern const bench_work softmax_forward_work, softmax_backward_work;
extern const bench_work matmul_work, matmul_transposed_b_work, matmul_transposed_a_work;
extern const bench_work dot_reweighting_work, reassociated_work;
extern const bench_work regression_forward_work, regression_backward_work;
extern const bench_work attention_forward_work, attention_backward_work;
extern const bench_work gru_work, lstm_work;
extern const bench_work additive_forward_work, additive_backward_work, multiplicative_work;
extern const bench_work additive_scores_forward_work, additive_scores_backward_work;
extern const bench_work training_step_work;
extern const bench_work translation_general_work, translation_additive_work,
    translation_feeding_work;

/** What every token passes by itself. */
typedef enum {
    PROJECTION_FORWARD,
    PROJECTION_BACKWARD,
    FEED_FORWARD_FORWARD,
    FEED_FORWARD_BACKWARD,
    LAYER_NORM_FORWARD,
    LAYER_NORM_BACKWARD,
    EMBEDDING_FORWARD,
    EMBEDDING_BACKWARD,
    CROSS_ENTROPY_FORWARD,
    CROSS_ENTROPY_BACKWARD,
    N_DENSE_WORKS
} dense_work;
extern const bench_work dense_works[N_DENSE_WORKS];

/** Every case, in the order of the report. */
extern const bench_case bench_cases[];
extern const size_t n_bench_cases;

#endif
