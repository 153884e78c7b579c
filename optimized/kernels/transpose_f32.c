/* Rows to columns and back, once for every block: the products themselves never transpose. */
#include "optimized/kernels/transpose_kernels.h"
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/vector.h"
#include <math.h>

/** Up to LANES floats from column c of row i; 0 beyond the last row and the last column. */
INLINE vec load_piece(fast_rows rows, size_t i, size_t c)
{
    if (i >= rows.n_rows) {
        return (vec){0};
    }
    const float *x = rows.data + i * rows.stride + c;
    return c + LANES <= rows.n_cols ? vec_load(x) : vec_load_part(x, rows.n_cols - c, (vec){0});
}

/** LANES rows from row i on, LANES columns from column c on. */
INLINE void load_square(fast_rows rows, size_t i, size_t c, vec square[LANES])
{
    if (i + LANES <= rows.n_rows && c + LANES <= rows.n_cols) {
        UNROLLED
        for (int l = 0; l < LANES; l++) {
            square[l] = vec_load(rows.data + (i + l) * rows.stride + c);
        }
    } else {
        UNROLLED
        for (int l = 0; l < LANES; l++) {
            square[l] = load_piece(rows, i + l, c);
        }
    }
}

static void to_columns(fast_rows rows, float factor, float *columns, size_t width)
{
    for (size_t i = 0; i < width; i += LANES) {
        for (size_t c = 0; c < rows.n_cols; c += LANES) {
            vec square[LANES];
            load_square(rows, i, c, square);
            vec_transpose(square);
            UNROLLED
            for (int l = 0; l < LANES; l++) {
                vec_store(columns + (c + l) * width + i, square[l] * factor);
            }
        }
    }
}

/** Up to LANES floats to column c of row i, or added to what is there. */
INLINE void store_piece(fast_rows rows, size_t i, size_t c, vec piece, bool is_added)
{
    float *x = rows.data + i * rows.stride + c;
    if (is_added) {
        piece += load_piece(rows, i, c);
    }
    if (c + LANES <= rows.n_cols) {
        vec_store(x, piece);
    } else {
        vec_store_part(x, piece, rows.n_cols - c);
    }
}

static void to_rows(const float *columns, size_t width, const float *factors, bool is_added,
                    fast_rows rows)
{
    for (size_t i = 0; i < rows.n_rows; i += LANES) {
        vec factor = vec_load(factors + i);
        for (size_t c = 0; c < rows.n_cols; c += LANES) {
            vec square[LANES];
            UNROLLED
            for (int l = 0; l < LANES; l++) {
                square[l] = vec_load(columns + (c + l) * width + i) * factor;
            }
            vec_transpose(square);
            for (int l = 0; l < LANES && i + l < rows.n_rows; l++) {
                store_piece(rows, i + l, c, square[l], is_added);
            }
        }
    }
}

static void copy_rows(fast_rows rows, float factor, float *copy, size_t n_copied_rows, size_t width)
{
    for (size_t i = 0; i < n_copied_rows; i++) {
        for (size_t c = 0; c < width; c += LANES) {
            vec piece = c < rows.n_cols ? load_piece(rows, i, c) : (vec){0};
            vec_store(copy + i * width + c, piece * factor);
        }
    }
}

/** The sum of the lanes of each of LANES vectors, as the lanes of one: transpose, then add. */
INLINE vec sum_each(vec terms[LANES])
{
    vec_transpose(terms);
    vec sum = terms[0];
    UNROLLED
    for (int l = 1; l < LANES; l++) {
        sum += terms[l];
    }
    return sum;
}

static void row_products(fast_rows a, const float *b, size_t b_stride, float *products)
{
    fast_rows rows_b = {(float *)b, a.n_rows, a.n_cols, b_stride};
    for (size_t i = 0; i < a.n_rows; i += LANES) {
        vec terms[LANES];
        UNROLLED
        for (int l = 0; l < LANES; l++) {
            terms[l] = (vec){0};
            for (size_t c = 0; c < a.n_cols; c += LANES) {
                terms[l] += load_piece(a, i + l, c) * load_piece(rows_b, i + l, c);
            }
        }
        vec_store(products + i, sum_each(terms));
    }
}

static void add_rows(const float *copy, size_t width, float factor, fast_rows rows)
{
    for (size_t i = 0; i < rows.n_rows; i++) {
        for (size_t c = 0; c < rows.n_cols; c += LANES) {
            store_piece(rows, i, c, vec_load(copy + i * width + c) * factor, true);
        }
    }
}

static void remove_along(fast_rows rows, const float *norms, float *grad, size_t width)
{
    for (size_t i = 0; i < rows.n_rows; i++) {
        vec products = {0};
        for (size_t c = 0; c < rows.n_cols; c += LANES) {
            products += load_piece(rows, i, c) * norms[i] * vec_load(grad + i * width + c);
        }
        float along = vec_sum(products) * norms[i];
        for (size_t c = 0; c < rows.n_cols; c += LANES) {
            float *x = grad + i * width + c;
            vec_store(x, vec_load(x) - along * load_piece(rows, i, c));
        }
    }
}

/** The largest |x| of a row. */
INLINE float largest_magnitude(fast_rows rows, size_t i)
{
    vec largest = {0};
    for (size_t c = 0; c < rows.n_cols; c += LANES) {
        vec x = load_piece(rows, i, c);
        largest = vec_max(largest, vec_max(x, -x));
    }
    return vec_largest(largest);
}

static void inverse_norms(fast_rows rows, float *norms)
{
    for (size_t i = 0; i < rows.n_rows; i += LANES) {
        vec terms[LANES], shrink;
        UNROLLED
        for (int l = 0; l < LANES; l++) {
            float largest = largest_magnitude(rows, i + l);
            shrink[l] = largest > 0 ? 1 / largest : 0;
            terms[l] = (vec){0};
            for (size_t c = 0; c < rows.n_cols; c += LANES) {
                vec x = load_piece(rows, i + l, c) * shrink[l];
                terms[l] += x * x;
            }
        }
        vec squares = sum_each(terms);
        UNROLLED
        for (int l = 0; l < LANES; l++) {
            norms[i + l] = shrink[l] > 0 ? shrink[l] / sqrtf(squares[l]) : 0;
        }
    }
}

extern const fast_transpose_kernels FOR_ISA(fast_transpose_kernels);
const fast_transpose_kernels FOR_ISA(fast_transpose_kernels) = {
    .to_columns = to_columns,
    .to_rows = to_rows,
    .copy_rows = copy_rows,
    .add_rows = add_rows,
    .remove_along = remove_along,
    .row_products = row_products,
    .inverse_norms = inverse_norms,
};
