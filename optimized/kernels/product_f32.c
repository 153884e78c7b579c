/* Products of two padded blocks: register tile by register tile. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/product_kernels.h"
#include "optimized/kernels/tile.h"

/** How many of the vectors that are left the next tile takes: 4 are better 2 + 2 than 3 + 1. */
INLINE size_t vectors_of_tile(size_t n_left)
{
    return n_left == 4 ? 2 : n_left < TILE_VECTORS ? n_left : TILE_VECTORS;
}

static void scale_columns(float *columns, size_t n_rows, size_t n_vectors, size_t width,
                          const float *factors)
{
    for (size_t c = 0; c < n_rows; c++) {
        for (size_t t = 0; t < n_vectors; t++) {
            float *x = columns + c * width + t * LANES;
            vec_store(x, vec_load(x) * vec_load(factors + t * LANES));
        }
    }
}

/* What a new sum begins with. */
static const float zeros[TILE_VECTORS * LANES];

/** Rows of A, or columns if it is transposed, from j on. */
INLINE tile_left left_of(fast_product x, size_t j, bool is_transposed)
{
    return is_transposed ? (tile_left){x.a + j, 1, x.a_stride}
                         : (tile_left){x.a + j * x.a_stride, x.a_stride, 1};
}

/** n_vectors columns of C += A B, or of C += A^T B, from vector t on. The sums go on from C, so
    each is one long sum, in whichever blocks its terms come. */
INLINE void add_columns(fast_product x, size_t t, int n_vectors, bool is_transposed)
{
    tile_right b = {x.b + t * LANES, x.b_stride};
    for (size_t j = 0; j < x.n_rows; j += TILE_ROWS) {
        float *c = x.c + j * x.c_stride + t * LANES;
        vec sums[TILE_ROWS][TILE_VECTORS];
        tile_load(x.is_new ? zeros : c, x.is_new ? 0 : x.c_stride, n_vectors, sums);
        tile_product(x.n_inner, left_of(x, j, is_transposed), b, n_vectors, sums);
        tile_store(c, x.c_stride, n_vectors, sums);
    }
}

/** One row of a finished tile, times its factor: to C or added to it. */
INLINE void finish_row(fast_product x, size_t j, size_t t, int n_vectors,
                       const vec sums[TILE_VECTORS])
{
    vec factor = vec_all(x.factors[j * x.factor_stride]);
    UNROLLED
    for (int i = 0; i < n_vectors; i++) {
        float *c = x.c + j * x.c_stride + (t + i) * LANES;
        vec row = vec_keep(factor != 0, sums[i] * factor);
        if (!x.is_new) {
            row += vec_load(c);
        }
        vec_store(c, row);
    }
}

/** The number of vectors in a tile becomes a constant, so that the tile stays in registers. */
INLINE void add_tiles(fast_product x, bool is_transposed)
{
    for (size_t t = 0, n; t < x.n_vectors; t += n) {
        n = vectors_of_tile(x.n_vectors - t);
        if (n == 3) {
            add_columns(x, t, 3, is_transposed);
        } else if (n == 2) {
            add_columns(x, t, 2, is_transposed);
        } else {
            add_columns(x, t, 1, is_transposed);
        }
    }
}

/** A tile of a product that is finished at once: n_vectors columns of rows j0, j0 + 1, ... */
INLINE void finish_tile(fast_product x, size_t j0, size_t t, int n_vectors, bool is_transposed)
{
    tile_right b = {x.b + t * LANES, x.b_stride};
    vec sums[TILE_ROWS][TILE_VECTORS];
    tile_clear(n_vectors, sums);
    tile_product(x.n_inner, left_of(x, j0, is_transposed), b, n_vectors, sums);
    UNROLLED_LONG
    for (int j = 0; j < TILE_ROWS; j++) {
        if (j0 + j < x.n_rows) {
            finish_row(x, j0 + j, t, n_vectors, sums[j]);
        }
    }
}

/** Whole rows first: they lie far from each other in the memory of the caller. */
INLINE void finish_tiles(fast_product x, bool is_transposed)
{
    for (size_t j = 0; j < x.n_rows; j += TILE_ROWS) {
        for (size_t t = 0, n; t < x.n_vectors; t += n) {
            n = vectors_of_tile(x.n_vectors - t);
            if (n == 3) {
                finish_tile(x, j, t, 3, is_transposed);
            } else if (n == 2) {
                finish_tile(x, j, t, 2, is_transposed);
            } else {
                finish_tile(x, j, t, 1, is_transposed);
            }
        }
    }
}

_Static_assert(TILE_VECTORS == 3, "there is a case for each number of vectors");

static void add_product(const fast_product *x)
{
    add_tiles(*x, false);
}

static void add_transposed_product(const fast_product *x)
{
    add_tiles(*x, true);
}

static void finish_product(const fast_product *x)
{
    finish_tiles(*x, false);
}

static void finish_transposed_product(const fast_product *x)
{
    finish_tiles(*x, true);
}

static void add_differences(const fast_product *x, const float *self, size_t self_stride)
{
    for (size_t j = 0; j < x->n_rows; j++) {
        for (size_t t = 0; t < x->n_vectors; t++) {
            float *c = x->c + j * x->c_stride + t * LANES;
            vec own = vec_load(self + j * self_stride + t * LANES), sum = {0};
            if (!x->is_new) {
                sum = vec_load(c);
            }
            for (size_t p = 0; p < x->n_inner; p++) {
                vec other = vec_load(x->b + p * x->b_stride + t * LANES);
                sum += x->a[j * x->a_stride + p] * (other - own);
            }
            vec_store(c, sum);
        }
    }
}

static void add_transposed_differences(const fast_product *x, const float *self, size_t self_stride)
{
    for (size_t j = 0; j < x->n_rows; j++) {
        for (size_t t = 0; t < x->n_vectors; t++) {
            float *c = x->c + j * x->c_stride + t * LANES;
            vec own = vec_load(self + j * self_stride + t * LANES), sum = {0};
            if (!x->is_new) {
                sum = vec_load(c);
            }
            for (size_t p = 0; p < x->n_inner; p++) {
                float other = x->a[p * x->a_stride + j];
                sum += (other - own) * vec_load(x->b + p * x->b_stride + t * LANES);
            }
            vec_store(c, sum);
        }
    }
}

extern const fast_product_kernels FOR_ISA(fast_product_kernels);
const fast_product_kernels FOR_ISA(fast_product_kernels) = {
    .scale_columns = scale_columns,
    .add_product = add_product,
    .add_transposed_product = add_transposed_product,
    .finish_product = finish_product,
    .finish_transposed_product = finish_transposed_product,
    .add_differences = add_differences,
    .add_transposed_differences = add_transposed_differences,
};
