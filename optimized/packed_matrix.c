/* A right factor that is packed once for many products. */
#include "optimized/packed_matrix.h"
#include "optimized/kernels/matmul_kernels.h"
#include "optimized/kernels/transpose_kernels.h"
#include "optimized/scratch.h"

/* As in matmul_rectangle.c: fewer rows than this do not make up for packing. */
enum { FEW_ROWS = 64 };

size_t fast_packed_take(bool transpose, const fast_view *b, size_t n_rows,
                        const fast_kernels *kernels, fast_workspace *from,
                        fast_packed_matrix *packed)
{
    *packed = (fast_packed_matrix){.kernels = kernels,
                                   .b = *b,
                                   .is_transposed = transpose,
                                   .is_in_place = !transpose && n_rows <= FEW_ROWS,
                                   .n_inner = transpose ? b->n_cols : b->n_rows,
                                   .n_cols = transpose ? b->n_rows : b->n_cols};
    packed->n_vectors = n_blocks_of(packed->n_cols, kernels->lanes);
    packed->n_panels = n_blocks_of(packed->n_vectors, kernels->tile_vectors);
    return take_part(from, padded_to(packed->n_inner, kernels->lanes),
                     padded_to(packed->n_cols, kernels->lanes), &packed->panels);
}

/** The first vector of a panel. */
static size_t first_vector(const fast_packed_matrix *packed, size_t index)
{
    return index * packed->n_vectors / packed->n_panels;
}

fast_packed_panel fast_packed_panel_at(const fast_packed_matrix *packed, size_t index)
{
    size_t begin = first_vector(packed, index), end = first_vector(packed, index + 1);
    size_t lanes = packed->kernels->lanes, column = begin * lanes;
    return (fast_packed_panel){column, min_of(end * lanes, packed->n_cols) - column, end - begin};
}

/** Whether a panel of B is as good as packed where it lies. */
static bool is_read_in_place(const fast_packed_matrix *packed, fast_packed_panel panel)
{
    return packed->is_in_place && panel.n_cols == panel.n_vectors * packed->kernels->lanes;
}

/** Where a panel is packed: behind all columns to its left, each with room for whole vectors. */
static float *place_of(const fast_packed_matrix *packed, fast_packed_panel panel)
{
    return packed->panels + padded_to(packed->n_inner, packed->kernels->lanes) * panel.column;
}

void fast_packed_fill(const fast_packed_matrix *packed, size_t index)
{
    const fast_transpose_kernels *pack = packed->kernels->transpose;
    fast_packed_panel panel = fast_packed_panel_at(packed, index);
    size_t width = panel.n_vectors * packed->kernels->lanes, row = packed->b.row_stride;
    if (is_read_in_place(packed, panel)) {
        return;
    }
    if (packed->is_transposed) {
        fast_rows columns = {packed->b.data + panel.column * row, panel.n_cols, packed->n_inner,
                             row};
        pack->to_columns(columns, 1.0f, place_of(packed, panel), width);
    } else {
        fast_rows rows = {packed->b.data + panel.column, packed->n_inner, panel.n_cols, row};
        pack->copy_rows(rows, 1.0f, place_of(packed, panel), packed->n_inner, width);
    }
}

void fast_packed_multiply(const fast_packed_matrix *packed, size_t index, size_t n_rows,
                          const float *a, size_t a_row, float beta, float *c, size_t c_row)
{
    fast_packed_panel panel = fast_packed_panel_at(packed, index);
    bool is_in_place = is_read_in_place(packed, panel);
    fast_strip_product strip = {.n_rows = n_rows,
                                .n_inner = packed->n_inner,
                                .n_vectors = panel.n_vectors,
                                .a = a,
                                .a_row = a_row,
                                .a_inner = 1,
                                .beta = beta,
                                .d = c,
                                .d_row = c_row,
                                .c = c,
                                .c_row = c_row};
    strip.b = is_in_place ? packed->b.data + panel.column : place_of(packed, panel);
    strip.b_row = is_in_place ? packed->b.row_stride : panel.n_vectors * packed->kernels->lanes;
    packed->kernels->matmul->multiply(&strip);
}
