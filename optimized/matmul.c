/* The packed, cache-blocked matrix product.
 *
 * What differs from gsl_blas_dgemm:
 *   1. a transpose only swaps two steps: op(A) and op(B) are read with a row and a column step;
 *   2. C is cut into rectangles that are independent of each other: one OpenMP task each. No sum is
 *      split between tasks, so the result is the same, bit for bit, for any number of threads;
 *   3. long sums are cut into blocks, so that a block of op(B) stays in the L2 cache;
 *   4. that block is packed into panels, as wide as the register tile and padded with zeros: the
 *      kernel reads it front to back and meets no ragged edge. Packing multiplies it by alpha. With
 *      few rows of op(A), whole panels are read where they lie;
 *   5. op(A) is read where it lies. Only what is ragged, or far apart and used often, is copied;
 *   6. a ragged edge of C is computed in a whole tile on the side;
 *   7. the product is added to any matrix, not only to the old C: a row of biases, repeated, costs
 *      no pass of its own over C. */
#include "optimized/matmul.h"
#include "optimized/checks.h"
#include "optimized/matmul_rectangle.h"
#include "optimized/scratch.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>

/* A block of op(B), INNER_BLOCK x COLUMN_BLOCK, takes 792 KiB of an L2 cache of 1 MiB. Measured:
   with 256 or 512 instead of 384 large products are up to 3 % slower. */
enum { INNER_BLOCK = 384, COLUMN_BLOCK = 528 };

/* If the columns of a transposed A are copied, then so many vectors of each at a time: columns lie
   on different pages of memory, and finding a page takes longer than copying some more of it. */
enum { VECTORS_PER_STRIP = 4 };

/* Products with fewer multiplications are left to one thread: to wake another takes longer. */
enum { FEW_MULTIPLICATIONS = 1 << 16 };

/* ---- How a product is cut -------------------------------------------------------------------- */

/* 1. Transposes are undone here, once for all. The data follow when a matrix is chosen. */
static matmul_product product_of(bool transpose_a, bool transpose_b, const fast_view *a,
                                 const fast_view *b, const fast_context *context)
{
    matmul_product x = {.kernels = context->kernels,
                        .n_rows = transpose_a ? a->n_cols : a->n_rows,
                        .n_inner = transpose_a ? a->n_rows : a->n_cols,
                        .n_cols = transpose_b ? b->n_rows : b->n_cols};
    x.a.row = transpose_a ? 1 : a->row_stride;
    x.a.column = transpose_a ? a->row_stride : 1;
    x.b.row = transpose_b ? 1 : b->row_stride;
    x.b.column = transpose_b ? b->row_stride : 1;
    return x;
}

/* 2. Halves the rectangles until there are two for each thread, in case that one is held up. They
      end where tiles end, so that no number depends on them. */
static void cut_for_threads(matmul_cut *cut, const matmul_product *x, size_t n_matrices,
                            size_t n_threads)
{
    size_t panel_width = x->kernels->tile_vectors * x->kernels->lanes;
    size_t two_tiles = 2 * x->kernels->tile_rows;
    for (;;) {
        cut->n_down = n_blocks_of(x->n_rows, cut->n_task_rows);
        cut->n_across = n_blocks_of(cut->n_panels, cut->n_task_panels);
        bool is_enough = n_matrices * cut->n_down * cut->n_across >= 2 * n_threads;
        bool is_flat = cut->n_task_rows <= two_tiles;
        bool is_narrow = cut->n_task_panels == 1;
        if (is_enough || n_threads == 1 || (is_flat && is_narrow)) {
            return;
        }
        if (is_narrow || (!is_flat && cut->n_task_rows >= cut->n_task_panels * panel_width)) {
            cut->n_task_rows = padded_to(cut->n_task_rows / 2, two_tiles);
        } else {
            cut->n_task_panels = n_blocks_of(cut->n_task_panels, 2);
        }
    }
}

/* 3. Blocks of sums are equally long, and so are those of columns. */
static matmul_cut cut_product(const matmul_product *x, size_t n_matrices, size_t n_threads)
{
    const fast_kernels *kernels = x->kernels;
    matmul_cut cut = {.n_strip_rows = VECTORS_PER_STRIP * kernels->lanes};
    cut.n_inner =
        padded_to(n_blocks_of(x->n_inner, n_blocks_of(x->n_inner, INNER_BLOCK)), kernels->lanes);
    cut.n_vectors = n_blocks_of(x->n_cols, kernels->lanes);
    cut.n_panels = n_blocks_of(cut.n_vectors, kernels->tile_vectors);
    cut.n_task_panels = n_blocks_of(cut.n_panels, n_blocks_of(x->n_cols, COLUMN_BLOCK));
    cut.n_task_rows = x->n_rows;
    cut_for_threads(&cut, x, n_matrices, n_threads);
    return cut;
}

/** How many of the context's threads a product is worth. */
static size_t n_useful_threads(const matmul_product *x, size_t n_matrices,
                               const fast_context *context)
{
    double n_multiplications = (double)x->n_rows * x->n_cols * x->n_inner * n_matrices;
    return n_multiplications < FEW_MULTIPLICATIONS ? 1 : (size_t)context->n_threads;
}

/** The scratch memory of one thread: taken, or only counted if from is NULL. */
static size_t scratch_parts(const matmul_cut *cut, const fast_kernels *kernels,
                            fast_workspace *from, matmul_scratch *scratch)
{
    size_t width = kernels->tile_vectors * kernels->lanes;
    size_t panels = take_part(from, cut->n_task_panels * cut->n_inner, width, &scratch->panels);
    size_t strip = take_part(from, cut->n_strip_rows, cut->n_inner, &scratch->strip);
    size_t tile = take_part(from, cut->n_strip_rows, width, &scratch->tile);
    return fast_size_sum(panels, fast_size_sum(strip, tile));
}

/** Whether a row of so many floats has a size in bytes. */
static bool is_size_of_row(size_t n_cols)
{
    return fast_piece_size(n_cols, sizeof(float)) != SIZE_MAX;
}

size_t fast_matmul_size(bool transpose_a, bool transpose_b, const fast_view *a, const fast_view *b,
                        const fast_context *context)
{
    if (is_empty(a) || is_empty(b)) {
        return 0;
    }
    matmul_product x = product_of(transpose_a, transpose_b, a, b, context);
    if (!is_size_of_row(x.n_rows) || !is_size_of_row(x.n_cols) || !is_size_of_row(x.n_inner)) {
        return SIZE_MAX;
    }
    size_t n_threads = n_useful_threads(&x, a->n_batch * a->n_heads, context);
    matmul_cut cut = cut_product(&x, a->n_batch * a->n_heads, n_threads);
    matmul_scratch scratch;
    return fast_piece_size(n_threads, scratch_parts(&cut, context->kernels, NULL, &scratch));
}

/* ---- The product ----------------------------------------------------------------------------- */

static int check(const matmul_product *x, bool transpose_b, const fast_view *a, const fast_view *b,
                 const fast_view *d, const fast_view *c)
{
    if (!have_same_heads(a, c) || !have_same_heads(b, c) || !have_same_heads(d, c)) {
        GSL_ERROR("A, B, C and D must have as many sequences and heads", GSL_EBADLEN);
    }
    if ((transpose_b ? b->n_cols : b->n_rows) != x->n_inner) {
        GSL_ERROR("op(B) must have as many rows as op(A) has columns", GSL_EBADLEN);
    }
    if (!has_shape(c, x->n_rows, x->n_cols) || !has_shape(d, x->n_rows, x->n_cols)) {
        GSL_ERROR("C and D must have the rows of op(A) and the columns of op(B)", GSL_EBADLEN);
    }
    if (is_empty(a) || is_empty(b)) {
        GSL_ERROR("there must be at least one row, column and term", GSL_EINVAL);
    }
    if (overlaps_itself(c)) {
        GSL_ERROR("no two numbers of C may be in the same place", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* 2. One task: one rectangle of one of the matrices. */
static void do_task(const matmul_product *of_all, const matmul_cut *cut, size_t task,
                    const fast_view *a, const fast_view *b, const fast_view *d, const fast_view *c,
                    const matmul_scratch *scratch)
{
    size_t down = task % cut->n_down, across = task / cut->n_down % cut->n_across;
    size_t matrix = task / cut->n_down / cut->n_across;
    size_t batch = matrix / c->n_heads, head = matrix % c->n_heads;
    matmul_product x = *of_all;
    x.a.data = fast_view_at(a, batch, head);
    x.b.data = fast_view_at(b, batch, head);
    x.d.data = fast_view_at(d, batch, head);
    x.c.data = fast_view_at(c, batch, head);
    fast_matmul_rectangle(&x, cut, down, across, scratch);
}

int fast_matmul(bool transpose_a, bool transpose_b, float alpha, const fast_view *a,
                const fast_view *b, float beta, fast_view *c, fast_context *context)
{
    return fast_matmul_onto(transpose_a, transpose_b, alpha, a, b, beta, c, c, context);
}

int fast_matmul_onto(bool transpose_a, bool transpose_b, float alpha, const fast_view *a,
                     const fast_view *b, float beta, const fast_view *d, fast_view *c,
                     fast_context *context)
{
    matmul_product x = product_of(transpose_a, transpose_b, a, b, context);
    int status = check(&x, transpose_b, a, b, d, c);
    if (status != GSL_SUCCESS) {
        return status;
    }
    size_t n_matrices = c->n_batch * c->n_heads;
    size_t n_threads = n_useful_threads(&x, n_matrices, context);
    matmul_cut cut = cut_product(&x, n_matrices, n_threads);
    matmul_scratch scratch;
    size_t n_bytes = scratch_parts(&cut, x.kernels, NULL, &scratch);
    fast_workspace all = *context->workspace;
    unsigned char *begin =
        fast_workspace_take(&all, fast_matmul_size(transpose_a, transpose_b, a, b, context));
    if (begin == NULL) {
        GSL_ERROR("the workspace is smaller than fast_matmul_size()", GSL_ENOMEM);
    }
    x.n_inner = alpha == 0.0f ? 0 : x.n_inner; /* as in the BLAS: A and B are then not read */
    x.alpha = alpha;
    x.beta = beta;
    x.d = (matmul_matrix){NULL, d->row_stride, 1}; /* 7 */
    x.c = (matmul_matrix){NULL, c->row_stride, 1};

    size_t n_tasks = n_matrices * cut.n_down * cut.n_across;
#pragma omp parallel for schedule(dynamic) num_threads((int)n_threads)
    for (size_t task = 0; task < n_tasks; task++) {
        fast_workspace mine = {begin + thread_number() * n_bytes, n_bytes, 0};
        matmul_scratch own;
        scratch_parts(&cut, x.kernels, &mine, &own);
        do_task(&x, &cut, task, a, b, d, c, &own);
    }
    return GSL_SUCCESS;
}
