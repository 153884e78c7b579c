/* One strip of a matrix product, register tile by register tile. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/matmul_kernels.h"
#include "optimized/kernels/tile.h"

/* The rows of a tile of C are asked for one by one, each so many terms after the one before: all at
   once they would hold up what the first terms need (1.03 times slower at 128 terms). */
enum { TERMS_PER_FETCH = 8 };

/** Asks for one row of a tile of C, so that it has arrived when its sums are ready. */
INLINE void fetch_row(const float *c, int n_vectors)
{
    UNROLLED
    for (int t = 0; t < n_vectors; t++) {
        __builtin_prefetch(c + t * LANES, 1);
    }
}

/** Terms p .. p + n - 1 of the sums of the tile that begins in row i. */
INLINE void add_terms(fast_strip_product x, size_t i, size_t p, size_t n, int n_vectors,
                      vec sums[TILE_ROWS][TILE_VECTORS])
{
    tile_left a = {x.a + i * x.a_row + p * x.a_inner, x.a_row, x.a_inner};
    tile_product(n, a, (tile_right){x.b + p * x.b_row, x.b_row}, n_vectors, sums);
}

/** C = sums + beta D  for the tile of C that begins in row i. */
INLINE void store_on_top(fast_strip_product x, size_t i, int n_vectors,
                         vec sums[TILE_ROWS][TILE_VECTORS])
{
    UNROLLED
    for (int j = 0; j < TILE_ROWS; j++) {
        UNROLLED
        for (int t = 0; t < n_vectors; t++) {
            vec d = vec_load(x.d + (i + j) * x.d_row + t * LANES);
            vec_store(x.c + (i + j) * x.c_row + t * LANES, x.beta * d + sums[j][t]);
        }
    }
}

INLINE void multiply_strip(fast_strip_product x, int n_vectors)
{
    for (size_t i = 0; i < x.n_rows; i += TILE_ROWS) {
        float *c = x.c + i * x.c_row;
        size_t p = 0;
        vec sums[TILE_ROWS][TILE_VECTORS];
        tile_clear(n_vectors, sums);
        for (size_t j = 0; j < TILE_ROWS && p + TERMS_PER_FETCH <= x.n_inner; j++) {
            fetch_row(c + j * x.c_row, n_vectors);
            add_terms(x, i, p, TERMS_PER_FETCH, n_vectors, sums);
            p += TERMS_PER_FETCH;
        }
        add_terms(x, i, p, x.n_inner - p, n_vectors, sums);
        if (x.beta == 0.0f) {
            tile_store(c, x.c_row, n_vectors, sums);
        } else {
            store_on_top(x, i, n_vectors, sums);
        }
    }
}

/** The number of vectors in a tile becomes a constant, so that the tile stays in registers. */
static void multiply(const fast_strip_product *product)
{
    if (product->n_vectors == 3) {
        multiply_strip(*product, 3);
    } else if (product->n_vectors == 2) {
        multiply_strip(*product, 2);
    } else {
        multiply_strip(*product, 1);
    }
}

_Static_assert(TILE_VECTORS == 3, "multiply() has a case for each number of vectors");

extern const fast_matmul_kernels FOR_ISA(fast_matmul_kernels);
const fast_matmul_kernels FOR_ISA(fast_matmul_kernels) = {
    .multiply = multiply,
};
