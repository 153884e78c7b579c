/**
 * @file kernels.h
 * The table of innermost loops. Every function of optimized/ reaches its arithmetic through such a
 * table; there is one for each instruction set, all compiled from the same sources.
 */
#ifndef OPTIMIZED_KERNELS_KERNELS_H
#define OPTIMIZED_KERNELS_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/** The innermost loops for one instruction set. */
typedef struct {
    const char *name; /**< "portable", "avx2", "avx512" */
    size_t lanes;     /**< floats in a vector */
} fast_kernels;

/**
 * The best table that this machine can run, or the one that the environment variable
 * FAST_KERNELS names. A name that is unknown, or that this machine cannot run, is reported once to
 * the GSL error handler and then ignored.
 *
 * @return the table, never NULL
 */
const fast_kernels *fast_kernels_best(void);

/**
 * The table of a given name.
 *
 * @param[in] name  "portable", "avx2" or "avx512"
 * @return          the table, or NULL if it was not compiled or this machine cannot run it
 */
const fast_kernels *fast_kernels_named(const char *name);

/**
 * Every table that this machine can run, one by one, slowest first.
 *
 * @param[in] index  0, 1, ...
 * @return           the table, or NULL past the last one
 */
const fast_kernels *fast_kernels_at(size_t index);

/** @} */

#endif
