/* One strip of a matrix product, register tile by register tile. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/matmul_kernels.h"
#include "optimized/kernels/tile.h"

/** Asks for the numbers of a tile of C, so that they have arrived when its sums are ready. */
INLINE void fetch_tile(const float *c, size_t stride, int n_vectors)
{
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < n_vectors; t++) {
            __builtin_prefetch(c + j * stride + t * LANES, 1);
        }
    }
}

/** C = sums + beta D  for the tile of C that begins in row i. */
INLINE void store_on_top(const fast_strip_product *x, size_t i, int n_vectors,
                         vec sums[TILE_ROWS][TILE_VECTORS])
{
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < n_vectors; t++) {
            vec d = vec_load(x->d + (i + j) * x->d_row + t * LANES);
            vec_store(x->c + (i + j) * x->c_row + t * LANES, x->beta * d + sums[j][t]);
        }
    }
}

INLINE void multiply_strip(const fast_strip_product *x, int n_vectors)
{
    tile_right b = {x->b, x->b_row};
    for (size_t i = 0; i < x->n_rows; i += TILE_ROWS) {
        float *c = x->c + i * x->c_row;
        vec sums[TILE_ROWS][TILE_VECTORS];
        fetch_tile(c, x->c_row, n_vectors);
        tile_clear(n_vectors, sums);
        tile_product(x->n_inner, (tile_left){x->a + i * x->a_row, x->a_row, x->a_inner}, b,
                     n_vectors, sums);
        if (x->beta == 0.0f) {
            tile_store(c, x->c_row, n_vectors, sums);
        } else {
            store_on_top(x, i, n_vectors, sums);
        }
    }
}

/** The number of vectors in a tile becomes a constant, so that the tile stays in registers. */
static void multiply(const fast_strip_product *product)
{
    if (product->n_vectors == 3) {
        multiply_strip(product, 3);
    } else if (product->n_vectors == 2) {
        multiply_strip(product, 2);
    } else {
        multiply_strip(product, 1);
    }
}

_Static_assert(TILE_VECTORS == 3, "multiply() has a case for each number of vectors");

extern const fast_matmul_kernels FOR_ISA(fast_matmul_kernels);
const fast_matmul_kernels FOR_ISA(fast_matmul_kernels) = {
    .multiply = multiply,
};
