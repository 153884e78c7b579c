/* One rectangle of a matrix product: packed, block by block. The numbers are those of matmul.c. */
#include "optimized/matmul_rectangle.h"
#include "optimized/kernels/transpose_kernels.h"
#include "optimized/matmul_edge.h"
#include "optimized/scratch.h"
#include <stdbool.h>
#include <string.h>

/* The columns of a transposed A are copied before use if their distance, in floats, times how often
   each is used is at least this. Measured: with 4096 instead, columns that are 256 apart and used 11
   times make a product 12 % slower. */
enum { FAR_AND_OFTEN = 2048 };

/* B is packed if more rows of A than this are multiplied with it: fewer do not make up for it. Where
   each row of B has pages of memory of its own, finding them takes longer than packing, and fewer
   rows make up for it. Measured: rows of 1024 floats or more are multiplied up to 1.4 times as fast
   if they are packed for 128 rows of A; shorter ones up to 1.06 times slower, as fast for 256. */
enum { FEW_ROWS = 256, FEW_ROWS_OF_PAGES = 64, FLOATS_OF_PAGE = 1024 };

/** What is done at a time: some terms of every sum, in some panels. */
typedef struct {
    size_t n_rows;                 /* of A that are multiplied with it */
    size_t begin, n_inner;         /* terms begin .. begin + n_inner - 1 */
    size_t first_panel, end_panel; /* panels first_panel .. end_panel - 1 */
    matmul_matrix d;               /* what is added: the caller's D, but to later blocks C */
    float beta;                    /* its factor: the caller's, then 1 */
} sum_block;

/** One panel: where it lies in a row of C. */
typedef struct {
    size_t column, n_cols, n_vectors;
} column_panel;

/** All panels are equally wide, give or take one vector; only the last is not filled. */
static column_panel panel_at(const matmul_product *x, const matmul_cut *cut, size_t t)
{
    size_t begin = t * cut->n_vectors / cut->n_panels;
    size_t end = (t + 1) * cut->n_vectors / cut->n_panels;
    size_t column = begin * x->kernels->lanes;
    return (column_panel){column, min_of(end * x->kernels->lanes, x->n_cols) - column, end - begin};
}

/* ---- Packing --------------------------------------------------------------------------------- */

/** Whether a panel of B is as good as packed where it lies. */
static bool is_read_in_place(const matmul_product *x, const sum_block *block, column_panel panel)
{
    size_t few_rows = x->b.row < FLOATS_OF_PAGE ? FEW_ROWS : FEW_ROWS_OF_PAGES;
    return block->n_rows <= few_rows && x->b.column == 1 && x->alpha == 1.0f &&
           panel.n_cols == panel.n_vectors * x->kernels->lanes;
}

/* 4. One panel of a block of alpha op(B). */
static void pack_panel(const matmul_product *x, const sum_block *block, column_panel panel,
                       float *packed)
{
    const fast_transpose_kernels *pack = x->kernels->transpose;
    size_t width = panel.n_vectors * x->kernels->lanes;
    float *b = x->b.data + block->begin * x->b.row + panel.column * x->b.column;
    if (x->b.column == 1) {
        fast_rows rows = {b, block->n_inner, panel.n_cols, x->b.row};
        pack->copy_rows(rows, x->alpha, packed, block->n_inner, width);
    } else {
        fast_rows columns = {b, panel.n_cols, block->n_inner, x->b.column};
        pack->to_columns(columns, x->alpha, packed, width);
    }
}

/* 4. All panels of a block, each at its place. */
static void pack_panels(const matmul_product *x, const matmul_cut *cut, const sum_block *block,
                        float *packed)
{
    for (size_t t = block->first_panel; t < block->end_panel; t++) {
        column_panel panel = panel_at(x, cut, t);
        if (!is_read_in_place(x, block, panel)) {
            pack_panel(x, block, panel, packed);
        }
        packed += cut->n_inner * panel.n_vectors * x->kernels->lanes;
    }
}

/* 5. Some rows of a block of op(A): where they lie, or a copy of them that is whole tiles. */
static matmul_matrix rows_of_a(const matmul_product *x, const matmul_cut *cut,
                               const sum_block *block, size_t first_row, size_t n_rows,
                               float *strip)
{
    const fast_transpose_kernels *pack = x->kernels->transpose;
    matmul_matrix a = x->a;
    a.data += first_row * a.row + block->begin * a.column;
    size_t n_padded_rows = padded_to(n_rows, x->kernels->tile_rows);
    size_t n_uses = block->end_panel - block->first_panel;
    if (n_rows == n_padded_rows && (a.column == 1 || a.column * n_uses < FAR_AND_OFTEN)) {
        return a;
    }
    if (a.column == 1) {
        fast_rows rows = {a.data, n_rows, block->n_inner, a.row};
        pack->copy_rows(rows, 1.0f, strip, n_padded_rows, cut->n_inner);
        return (matmul_matrix){strip, cut->n_inner, 1};
    }
    fast_rows columns = {a.data, block->n_inner, n_rows, a.column};
    pack->copy_rows(columns, 1.0f, strip, block->n_inner, cut->n_strip_rows);
    return (matmul_matrix){strip, 1, cut->n_strip_rows};
}

/* ---- Multiplying ----------------------------------------------------------------------------- */

/** Some rows of C, every panel of them. */
static void multiply_strip(const matmul_product *x, const matmul_cut *cut, const sum_block *block,
                           size_t first_row, size_t n_rows, const matmul_scratch *scratch)
{
    matmul_matrix a = rows_of_a(x, cut, block, first_row, n_rows, scratch->strip);
    fast_strip_product strip = {.n_rows = padded_to(n_rows, x->kernels->tile_rows),
                                .n_inner = block->n_inner,
                                .a = a.data,
                                .a_row = a.row,
                                .a_inner = a.column,
                                .beta = block->beta,
                                .d_row = block->d.row,
                                .c_row = x->c.row};
    const float *packed = scratch->panels;
    for (size_t t = block->first_panel; t < block->end_panel; t++) {
        column_panel panel = panel_at(x, cut, t);
        size_t width = panel.n_vectors * x->kernels->lanes;
        bool is_in_place = is_read_in_place(x, block, panel);
        strip.n_vectors = panel.n_vectors;
        strip.b = is_in_place ? x->b.data + block->begin * x->b.row + panel.column : packed;
        strip.b_row = is_in_place ? x->b.row : width;
        strip.d = block->d.data + first_row * block->d.row + panel.column;
        strip.c = x->c.data + first_row * x->c.row + panel.column;
        if (n_rows == strip.n_rows && panel.n_cols == width) {
            x->kernels->matmul->multiply(&strip);
        } else {
            fast_multiply_at_edge(x->kernels, strip, n_rows, panel.n_cols, scratch->tile); /* 6 */
        }
        packed += cut->n_inner * width;
    }
}

void fast_matmul_rectangle(const matmul_product *x, const matmul_cut *cut, size_t down,
                           size_t across, const matmul_scratch *scratch)
{
    size_t first_row = down * cut->n_task_rows;
    size_t end_row = min_of(first_row + cut->n_task_rows, x->n_rows);
    sum_block block = {.n_rows = end_row - first_row,
                       .first_panel = across * cut->n_task_panels,
                       .d = x->d,
                       .beta = x->beta};
    block.end_panel = min_of(block.first_panel + cut->n_task_panels, cut->n_panels);
    do {
        block.n_inner = min_of(cut->n_inner, x->n_inner - block.begin);
        pack_panels(x, cut, &block, scratch->panels);
        for (size_t i = first_row; i < end_row; i += cut->n_strip_rows) {
            multiply_strip(x, cut, &block, i, min_of(cut->n_strip_rows, end_row - i), scratch);
        }
        block.begin += block.n_inner;
        block.d = x->c;
        block.beta = 1.0f;
    } while (block.begin < x->n_inner);
}
