/* A right factor that is packed once for many products. */
#include "optimized/packed_matrix.h"
#include "optimized/kernels/transpose_kernels.h"
#include "optimized/matmul_edge.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include "optimized/threads.h"

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
static float *floats_of(const fast_packed_matrix *packed, fast_packed_panel panel)
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
        pack->to_columns(columns, 1.0f, floats_of(packed, panel), width);
    } else {
        fast_rows rows = {packed->b.data + panel.column, packed->n_inner, panel.n_cols, row};
        pack->copy_rows(rows, 1.0f, floats_of(packed, panel), packed->n_inner, width);
    }
}

void fast_packed_fill_all(const fast_packed_matrix *packed, const fast_context *context)
{
#pragma omp parallel for schedule(static) num_threads(n_threads_for(&packed->b, context))
    for (size_t index = 0; index < packed->n_panels; index++) {
        fast_packed_fill(packed, index);
    }
}

/* ---- Products -------------------------------------------------------------------------------- */

/** The part of a product that a panel decides. */
static fast_strip_product strip_of(const fast_packed_matrix *packed, fast_packed_panel panel)
{
    bool is_in_place = is_read_in_place(packed, panel);
    return (fast_strip_product){
        .n_inner = packed->n_inner,
        .n_vectors = panel.n_vectors,
        .a_inner = 1,
        .b = is_in_place ? packed->b.data + panel.column : floats_of(packed, panel),
        .b_row = is_in_place ? packed->b.row_stride : panel.n_vectors * packed->kernels->lanes};
}

void fast_packed_multiply(const fast_packed_matrix *packed, size_t index, size_t n_rows,
                          const float *a, size_t a_row, float beta, float *c, size_t c_row)
{
    fast_strip_product strip = strip_of(packed, fast_packed_panel_at(packed, index));
    strip.n_rows = n_rows;
    strip.a = a;
    strip.a_row = a_row;
    strip.beta = beta;
    strip.c = c;
    strip.c_row = c_row;
    strip.d = c;
    strip.d_row = c_row;
    packed->kernels->matmul->multiply(&strip);
}

/** Scratch of one thread: taken, or only counted if from is NULL. */
typedef struct {
    float *rows; /* of A, a tile of them */
    float *tile; /* of C */
} edge_scratch;

static size_t take_scratch(const fast_packed_matrix *packed, fast_workspace *from,
                           edge_scratch *scratch)
{
    const fast_kernels *kernels = packed->kernels;
    size_t inner = padded_to(packed->n_inner, kernels->lanes);
    size_t width = kernels->tile_vectors * kernels->lanes;
    size_t rows = take_part(from, kernels->tile_rows, inner, &scratch->rows);
    return fast_size_sum(rows, take_part(from, kernels->tile_rows, width, &scratch->tile));
}

size_t fast_packed_multiply_rows_size(const fast_packed_matrix *packed, const fast_context *context)
{
    edge_scratch scratch;
    return fast_piece_size((size_t)context->n_threads, take_scratch(packed, NULL, &scratch));
}

/** What of a panel's product hangs over the edge of A or C, a tile of rows at a time. */
static void multiply_edge(const fast_packed_matrix *packed, fast_strip_product strip, size_t n_rows,
                          size_t n_cols, const edge_scratch *scratch)
{
    const fast_kernels *kernels = packed->kernels;
    size_t tile = kernels->tile_rows, inner = padded_to(packed->n_inner, kernels->lanes);
    strip.n_rows = tile;
    for (size_t i = 0; i < n_rows; i += tile) {
        fast_strip_product x = strip;
        size_t n = min_of(tile, n_rows - i);
        x.a += i * strip.a_row;
        x.c += i * strip.c_row;
        x.d += i * strip.d_row;
        if (n < tile) {
            fast_rows rows = {(float *)x.a, n, packed->n_inner, x.a_row};
            kernels->transpose->copy_rows(rows, 1.0f, scratch->rows, tile, inner);
            x.a = scratch->rows;
            x.a_row = inner;
        }
        fast_multiply_at_edge(kernels, x, n, n_cols, scratch->tile);
    }
}

/** All rows of one panel. */
static void multiply_rows(const fast_packed_matrix *packed, size_t index, const fast_view *a,
                          float beta, const fast_view *d, const fast_view *c,
                          const edge_scratch *scratch)
{
    const fast_kernels *kernels = packed->kernels;
    fast_packed_panel panel = fast_packed_panel_at(packed, index);
    bool is_whole = panel.n_cols == panel.n_vectors * kernels->lanes;
    size_t n_whole = is_whole ? c->n_rows / kernels->tile_rows * kernels->tile_rows : 0;
    fast_strip_product strip = strip_of(packed, panel);
    strip.n_rows = n_whole;
    strip.a = a->data;
    strip.a_row = a->row_stride;
    strip.beta = beta;
    strip.d = d->data + panel.column;
    strip.d_row = d->row_stride;
    strip.c = c->data + panel.column;
    strip.c_row = c->row_stride;
    if (n_whole > 0) {
        kernels->matmul->multiply(&strip);
    }
    strip.a += n_whole * strip.a_row;
    strip.d += n_whole * strip.d_row;
    strip.c += n_whole * strip.c_row;
    multiply_edge(packed, strip, c->n_rows - n_whole, panel.n_cols, scratch);
}

void fast_packed_multiply_rows(const fast_packed_matrix *packed, const fast_view *a, float beta,
                               const fast_view *d, const fast_view *c, fast_context *context)
{
    fast_view all_a = as_one_matrix(a), all_d = as_one_matrix(d), all_c = as_one_matrix(c);
    edge_scratch scratch;
    size_t n_bytes = take_scratch(packed, NULL, &scratch);
    unsigned char *begin = context->workspace->begin + context->workspace->n_used;
#pragma omp parallel for schedule(static)                                                          \
    num_threads(n_threads_for(&packed->b, context)) private(scratch)
    for (size_t index = 0; index < packed->n_panels; index++) {
        fast_workspace mine = {begin + thread_number() * n_bytes, n_bytes, 0};
        take_scratch(packed, &mine, &scratch);
        multiply_rows(packed, index, &all_a, beta, &all_d, &all_c, &scratch);
    }
}
