/**
 * @file scores.h
 * A tile of scores, in registers: the part that the forward and the backward pass share.
 */
#ifndef OPTIMIZED_KERNELS_SCORES_H
#define OPTIMIZED_KERNELS_SCORES_H

#include "optimized/kernels/attention_kernels.h"
#include "optimized/kernels/tile.h"
#include <math.h>

/* Structures are passed by value here: a copy in registers cannot be changed by a store to memory,
   so it is not read again after each. */

/**
 * How a tile of scores is made. The loops are compiled once for each kind, so none tests it:
 * products of keys that all queries see; products that are shifted or hidden; and similarities that
 * are multiplied by a factor first.
 */
typedef enum { PLAIN, MASKED, FACTORED } score_kind;

INLINE score_kind kind_of_scores(fast_score_block b)
{
    return b.key_factors != NULL ? FACTORED : b.is_masked ? MASKED : PLAIN;
}

/** sums_jt -= sum_p (a_jp - b_pt)^2: nothing cancels, however far from 0 both are. */
INLINE void tile_distance(size_t n_inner, tile_left a, tile_right b, int n_vectors,
                          vec sums[TILE_ROWS][TILE_VECTORS])
{
    for (size_t p = 0; p < n_inner; p++) {
        UNROLLED
        for (int j = 0; j < TILE_ROWS; j++) {
            float a_jp = a.data[j * a.row + p * a.inner];
            UNROLLED
            for (int t = 0; t < n_vectors; t++) {
                vec difference = a_jp - vec_load(b.data + p * b.inner + t * LANES);
                sums[j][t] -= difference * difference;
            }
        }
    }
}

/** Adds to each score the number of its diagonal. */
INLINE void shift_tile(fast_score_block b, size_t j0, int n_vectors, vec s[TILE_ROWS][TILE_VECTORS])
{
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < n_vectors; t++) {
            s[j][t] += vec_load(b.diagonals + t * LANES - (j0 + j));
        }
    }
}

/** Adds the bias, and hides what is not seen. */
INLINE void mask_tile(fast_score_block b, size_t j0, int n_vectors, vec s[TILE_ROWS][TILE_VECTORS])
{
    const vec hidden = vec_all(-INFINITY);
    UNROLLED
    for (int t = 0; t < n_vectors; t++) {
        ivec n_visible = ivec_load(b.n_visible + t * LANES);
        UNROLLED
        for (int j = 0; j < TILE_ROWS; j++) {
            ivec is_seen = (int32_t)(j0 + j) < n_visible;
            if (b.bias != NULL) {
                vec bias = vec_load(b.bias + (j0 + j) * b.width + t * LANES);
                s[j][t] += bias;
                is_seen &= bias > hidden;
            }
            s[j][t] = vec_select(is_seen, s[j][t], hidden);
        }
    }
}

/** Similarities times the factor of their key, minus the origin. */
INLINE void factored_tile(fast_score_block b, size_t j0, const float *origin, int n_vectors,
                          vec s[TILE_ROWS][TILE_VECTORS])
{
    tile_left keys = {b.keys + j0 * b.key_stride, b.key_stride, 1};
    tile_right queries = {b.queries, b.width};
    tile_clear(n_vectors, s);
    if (b.is_distance) {
        tile_distance(b.d_k, keys, queries, n_vectors, s);
    } else {
        tile_product(b.d_k, keys, queries, n_vectors, s);
    }
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < n_vectors; t++) {
            s[j][t] = b.key_factors[j0 + j] * s[j][t] - vec_load(origin + t * LANES);
        }
    }
}

/**
 * The scores, counted from an origin of each query, of TILE_ROWS keys from key j0 of the block on
 * and n_vectors vectors of queries. A sum that begins with -origin subtracts it for nothing.
 */
INLINE void score_tile(fast_score_block b, size_t j0, score_kind kind, const float *origin,
                       int n_vectors, vec s[TILE_ROWS][TILE_VECTORS])
{
    if (kind == FACTORED) {
        factored_tile(b, j0, origin, n_vectors, s);
    } else {
        tile_left keys = {b.keys + j0 * b.key_stride, b.key_stride, 1};
        tile_begin(origin, n_vectors, s);
        tile_product(b.d_k, keys, (tile_right){b.queries, b.width}, n_vectors, s);
    }
    if (kind != PLAIN && b.diagonals != NULL) {
        shift_tile(b, j0, n_vectors, s);
    }
    if (kind != PLAIN) {
        mask_tile(b, j0, n_vectors, s);
    }
}

#endif
