/**
 * @file runs.h
 * Every way to run an optimized function on this machine: each table of kernels on 1, 2 and 3
 * threads, in a workspace that is exactly as large as the size query says.
 */
#ifndef TESTS_SUPPORT_RUNS_H
#define TESTS_SUPPORT_RUNS_H

#include "optimized/context.h"
#include <stdbool.h>
#include <stddef.h>

/** The n-th table of kernels that this machine has and --isa lets through, or NULL. */
const fast_kernels *kernels_at(size_t index);

/** Tests run with 1, 2 and 3 threads; three are more than some machines have cores. */
enum { MAX_THREADS = 3 };

/**
 * A context with a workspace of exactly n_bytes. The workspace is full of NaN, so that scratch that
 * is read before it is written shows; so is the tail behind it, which must stay as it is.
 */
typedef struct {
    fast_context context;
    fast_workspace workspace;
    void *block;
} guarded_context;

/** A new guarded context; end it with guarded_free(). */
guarded_context *guarded_alloc(const fast_kernels *kernels, int n_threads, size_t n_bytes);

/** Whether nothing was written behind the workspace, and all of it is free again. */
bool guarded_is_intact(const guarded_context *guarded);

void guarded_free(guarded_context *guarded);

#endif
