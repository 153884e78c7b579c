/**
 * @file square.h
 * LANES vectors of LANES floats, transposed in registers.
 */
#ifndef OPTIMIZED_KERNELS_SQUARE_H
#define OPTIMIZED_KERNELS_SQUARE_H

#include "optimized/kernels/vector.h"

/* A shuffle takes lanes from a, numbered from 0, and from b, numbered from LANES. */
#if defined(__clang__)
#    define VEC_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#    define VEC_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (ivec){__VA_ARGS__})
#endif

/* Four floats are a quarter of 16. Shuffles inside quarters, and shuffles of whole quarters, are
   cheaper than others. */
#if LANES == 16
#    define ZIP_LOW       0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#    define ZIP_HIGH      2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#    define EVEN_QUARTERS 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27
#    define ODD_QUARTERS  4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31
#elif LANES == 8
#    define ZIP_LOW       0, 8, 1, 9, 4, 12, 5, 13
#    define ZIP_HIGH      2, 10, 3, 11, 6, 14, 7, 15
#    define EVEN_QUARTERS 0, 1, 2, 3, 8, 9, 10, 11
#    define ODD_QUARTERS  4, 5, 6, 7, 12, 13, 14, 15
#else
#    define ZIP_LOW       0, 4, 1, 5
#    define ZIP_HIGH      2, 6, 3, 7
#    define EVEN_QUARTERS 0, 1, 2, 3
#    define ODD_QUARTERS  4, 5, 6, 7
#endif

/**
 * Transpose each square of four rows and one quarter. Zipping row i with row i + 2 moves the high
 * bit of the column number into the low bit of the row number, and the other way round; after two
 * steps rows are columns.
 */
INLINE void transpose_quarters(vec rows[4])
{
    UNROLLED
    for (int step = 0; step < 2; step++) {
        vec a = rows[0], b = rows[1], c = rows[2], d = rows[3];
        rows[0] = VEC_SHUFFLE(a, c, ZIP_LOW);
        rows[1] = VEC_SHUFFLE(a, c, ZIP_HIGH);
        rows[2] = VEC_SHUFFLE(b, d, ZIP_LOW);
        rows[3] = VEC_SHUFFLE(b, d, ZIP_HIGH);
    }
}

/** Transpose a square of LANES vectors: first inside quarters, then whole quarters. */
INLINE void vec_transpose(vec rows[LANES])
{
    UNROLLED
    for (int i = 0; i < LANES; i += 4) {
        transpose_quarters(rows + i);
    }
    UNROLLED
    for (int n_moved = 4; n_moved < LANES; n_moved *= 2) {
        vec moved[LANES];
        UNROLLED
        for (int i = 0; i < LANES / 2; i++) { /* row i of every pair of squares of four rows */
            vec a = rows[i / 4 * 8 + i % 4], b = rows[i / 4 * 8 + i % 4 + 4];
            moved[i] = VEC_SHUFFLE(a, b, EVEN_QUARTERS);
            moved[i + LANES / 2] = VEC_SHUFFLE(a, b, ODD_QUARTERS);
        }
        UNROLLED
        for (int i = 0; i < LANES; i++) {
            rows[i] = moved[i];
        }
    }
}

#endif
