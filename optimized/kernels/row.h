/**
 * @file row.h
 * One row in the memory of the caller: n floats side by side, n being any number. All but its end
 * is read and written in whole vectors.
 */
#ifndef OPTIMIZED_KERNELS_ROW_H
#define OPTIMIZED_KERNELS_ROW_H

#include "optimized/kernels/vector.h"

/** LANES of the n floats of x from j on; beyond the last one, rest. */
INLINE vec row_load(const float *x, size_t j, size_t n, float rest)
{
    return j + LANES <= n ? vec_load(x + j) : vec_load_part(x + j, n - j, vec_all(rest));
}

/** LANES of the n floats of x from j on, none beyond the last one. */
INLINE void row_store(float *x, size_t j, size_t n, vec a)
{
    if (j + LANES <= n) {
        vec_store(x + j, a);
    } else {
        vec_store_part(x + j, a, n - j);
    }
}

#endif
