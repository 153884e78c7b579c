/**
 * @file context.h
 * What every optimized function takes last: which innermost loops to run, on how many threads, and
 * in which scratch memory.
 */
#ifndef OPTIMIZED_CONTEXT_H
#define OPTIMIZED_CONTEXT_H

#include "optimized/kernels/kernels.h"
#include "optimized/workspace.h"

/** @addtogroup optimized_core @{ */

/** The last argument of every optimized function. */
typedef struct {
    const fast_kernels *kernels; /**< from fast_kernels_best() or fast_kernels_named() */
    int n_threads;               /**< at least 1; the result is the same for any number */
    fast_workspace *workspace;   /**< at least as large as the function's size query says */
} fast_context;

/** @} */

#endif
