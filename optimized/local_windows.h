/**
 * @file local_windows.h
 * What one query of local attention looks at, and what both passes ask of their arguments. Not for
 * callers of the library.
 */
#ifndef OPTIMIZED_LOCAL_WINDOWS_H
#define OPTIMIZED_LOCAL_WINDOWS_H

#include "optimized/kernels/transpose_kernels.h"
#include "optimized/local_attention.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"

/** @addtogroup optimized_core @{ */

/** The arguments that every query reads. */
typedef struct {
    const fast_view *x;            /**< queries */
    const fast_view *keys;         /**< K */
    const fast_view *memory;       /**< M */
    float scale;                   /**< of the scores */
    size_t window;                 /**< D */
    const size_t *lengths;         /**< or NULL */
    const fast_local_cache *cache; /**< of the forward pass */
    const fast_kernels *kernels;   /**< innermost loops */
} local_problem;

/** The states that a query sees: they lie side by side in memory. */
typedef struct {
    size_t begin;     /**< number of the first one */
    size_t n;         /**< how many */
    size_t n_real;    /**< how many the source has */
    float position;   /**< p */
    fast_rows query;  /**< its row of X */
    fast_rows keys;   /**< their rows of K */
    fast_rows memory; /**< their rows of M */
} local_window;

/** What a thread makes for one window: a number for each of its states. */
typedef struct {
    float *shares; /**< scores, then P, then A */
    float *bell;   /**< G */
    float *grad;   /**< dA, then dP, then dS; of the backward pass */
    float *pulls;  /**< dP_j (j - p) / sigma^2; of the backward pass */
} local_scratch;

/**
 * The checks of both passes.
 *
 * @param[in] l           the problem
 * @param[in] parameters  W_p and v_p
 * @param[in] output      (n_q x d_memory) for every batch
 * @return                GSL_SUCCESS, or what was reported
 */
int fast_check_local(const local_problem *l, const fast_local_attention *parameters,
                     const fast_view *output);

/**
 * Take the parts of local_scratch, or count them.
 *
 * @param[in]     keys     K
 * @param[in]     window   D
 * @param[in]     kernels  their vectors
 * @param[in,out] from     where from, or NULL to count only
 * @param[out]    s        the parts
 * @return                 their bytes, or SIZE_MAX
 */
size_t fast_take_local_scratch(const fast_view *keys, size_t window, const fast_kernels *kernels,
                               fast_workspace *from, local_scratch *s);

/**
 * The window of a query whose position is known, with its scores and its bell curve.
 *
 * @param[in]     l      the problem
 * @param[in]     place  which query
 * @param[in,out] s      scores and bell curve come here
 * @return               the window
 */
local_window fast_local_window_at(const local_problem *l, row_place place, const local_scratch *s);

/** @} */

#endif
