/* A strip of a product that hangs over the edge of C: it is computed in a whole tile on the side. */
#include "optimized/matmul_edge.h"
#include <string.h>

static void copy_matrix(const float *from, size_t from_row, size_t n_rows, size_t n_cols, float *to,
                        size_t to_row)
{
    for (size_t i = 0; i < n_rows; i++) {
        memcpy(to + i * to_row, from + i * from_row, n_cols * sizeof *to);
    }
}

void fast_multiply_at_edge(const fast_kernels *kernels, fast_strip_product x, size_t n_rows,
                           size_t n_cols, float *tile)
{
    float *c = x.c;
    size_t c_row = x.c_row;
    x.c = tile;
    x.c_row = x.n_vectors * kernels->lanes;
    if (x.beta != 0.0f) {
        copy_matrix(x.d, x.d_row, n_rows, n_cols, x.c, x.c_row);
        x.d = x.c;
        x.d_row = x.c_row;
    }
    kernels->matmul->multiply(&x);
    copy_matrix(x.c, x.c_row, n_rows, n_cols, c, c_row);
}
