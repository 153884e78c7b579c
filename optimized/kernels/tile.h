/**
 * @file tile.h
 * The register tile: the one loop in which nearly all time is spent. Every product of the optimized
 * side is made of it: the scores K Q^T, the output V^T P^T, their gradients, and fast_matmul().
 */
#ifndef OPTIMIZED_KERNELS_TILE_H
#define OPTIMIZED_KERNELS_TILE_H

#include "optimized/kernels/vector.h"

/** A matrix whose numbers are spread over all lanes, one by one. */
typedef struct {
    const float *data; /**< element (0, 0) */
    size_t row;        /**< floats from one row to the next */
    size_t inner;      /**< floats from one step of the sum to the next */
} tile_left;

/** A matrix that is read as vectors: row p begins at p * inner. */
typedef struct {
    const float *data; /**< element (0, 0) */
    size_t inner;      /**< floats from one step of the sum to the next */
} tile_right;

/**
 * sums_jt += sum_p a_jp b_pt  for TILE_ROWS rows j and n_vectors <= TILE_VECTORS vectors t. Inlined
 * where n_vectors is a constant, the sums stay in registers for the whole loop.
 */
INLINE void tile_product(size_t n_inner, tile_left a, tile_right b, int n_vectors,
                         vec sums[TILE_ROWS][TILE_VECTORS])
{
    for (size_t p = 0; p < n_inner; p++) {
        UNROLLED
        for (int j = 0; j < TILE_ROWS; j++) {
            float a_jp = a.data[j * a.row + p * a.inner];
            UNROLLED
            for (int t = 0; t < n_vectors; t++) {
                sums[j][t] += a_jp * vec_load(b.data + p * b.inner + t * LANES);
            }
        }
    }
}

/** sums_jt = 0. */
INLINE void tile_clear(int n_vectors, vec sums[TILE_ROWS][TILE_VECTORS])
{
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < n_vectors; t++) {
            sums[j][t] = (vec){0};
        }
    }
}

/** sums_jt = -origin_t. */
INLINE void tile_begin(const float *origin, int n_vectors, vec sums[TILE_ROWS][TILE_VECTORS])
{
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < n_vectors; t++) {
            sums[j][t] = -vec_load(origin + t * LANES);
        }
    }
}

/** sums_jt from row j of c, whose rows are stride floats apart. */
INLINE void tile_load(const float *c, size_t stride, int n_vectors,
                      vec sums[TILE_ROWS][TILE_VECTORS])
{
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < n_vectors; t++) {
            sums[j][t] = vec_load(c + j * stride + t * LANES);
        }
    }
}

/** sums_jt to row j of c, whose rows are stride floats apart. */
INLINE void tile_store(float *c, size_t stride, int n_vectors, vec sums[TILE_ROWS][TILE_VECTORS])
{
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < n_vectors; t++) {
            vec_store(c + j * stride + t * LANES, sums[j][t]);
        }
    }
}

#endif
