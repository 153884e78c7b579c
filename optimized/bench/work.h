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

/** The sizes of a case. A matrix product is (n_q x d_k) times (d_k x n_k). */
typedef struct {
    size_t n_batch, n_heads, n_q, n_k, d_k, d_v;
    bool causal;
} bench_shape;

/** One pair of functions, and how everybody who can do the same does it. */
typedef struct bench_work {
    const char *name;

    /** Additions and multiplications of one run. */
    double (*n_flops)(const bench_shape *shape);

    /** The data of one run, drawn at random; those of the reference only where it will run. */
    void *(*alloc)(const bench_shape *shape, bool for_reference, bool for_optimized);
    void (*free)(void *data);

    size_t (*workspace_size)(void *data, const fast_context *context);
    void (*optimized)(void *data, fast_context *context);
    void (*reference)(void *data);

    /** NULL where no library outside has anything to offer. */
    void (*peer)(void *data, const peer *by, fast_context *context);

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

/** Every case, in the order of the report. */
extern const bench_case bench_cases[];
extern const size_t n_bench_cases;

#endif
