/* Rows to columns and back, once for every block: the products themselves never transpose. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/square.h"
#include "optimized/kernels/transpose_kernels.h"
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

/** A square at the edge of the rows, padded with zeros. */
OUT_OF_LINE void pad_square(fast_rows rows, size_t i, size_t c, float *padded)
{
    for (int l = 0; l < LANES; l++) {
        vec_store(padded + l * LANES, load_piece(rows, i + l, c));
    }
}

static void to_columns(fast_rows rows, float factor, float *columns, size_t width)
{
    float padded[LANES * LANES];
    for (size_t i = 0; i < width; i += LANES) {
        for (size_t c = 0; c < rows.n_cols; c += LANES) {
            const float *from = rows.data + i * rows.stride + c;
            size_t stride = rows.stride, n_left = i < rows.n_rows ? rows.n_rows - i : 0;
            if (c + LANES > rows.n_cols) {
                pad_square(rows, i, c, padded);
                from = padded;
                stride = LANES;
                n_left = LANES;
            }
            vec square[LANES];
            UNROLLED
            for (size_t l = 0; l < LANES; l++) {
                square[l] = l < n_left ? vec_load(from + l * stride) : (vec){0};
            }
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

/** A square at the edge of the rows, of which a part is stored. */
OUT_OF_LINE void store_ragged_square(fast_rows rows, size_t i, size_t c, const float *square,
                                     bool is_added)
{
    for (size_t l = 0; l < LANES && i + l < rows.n_rows; l++) {
        store_piece(rows, i + l, c, vec_load(square + l * LANES), is_added);
    }
}

/** LANES columns, transposed. */
INLINE void transpose_columns(const float *columns, size_t width, vec factor, vec square[LANES])
{
    UNROLLED
    for (int l = 0; l < LANES; l++) {
        square[l] = vec_keep(factor != 0, vec_load(columns + l * width) * factor);
    }
    vec_transpose(square);
}

INLINE void columns_to_rows(const float *columns, size_t width, const float *factors, bool is_added,
                            fast_rows rows)
{
    float padded[LANES * LANES];
    for (size_t i = 0; i < rows.n_rows; i += LANES) {
        vec factor = vec_load(factors + i);
        for (size_t c = 0; c < rows.n_cols; c += LANES) {
            bool is_ragged = i + LANES > rows.n_rows || c + LANES > rows.n_cols;
            float *to = is_ragged ? padded : rows.data + i * rows.stride + c;
            size_t stride = is_ragged ? LANES : rows.stride;
            vec square[LANES];
            transpose_columns(columns + c * width + i, width, factor, square);
            UNROLLED
            for (int l = 0; l < LANES; l++) {
                float *x = to + l * stride;
                if (is_added && !is_ragged) {
                    square[l] += vec_load(x);
                }
                vec_store(x, square[l]);
            }
            if (is_ragged) {
                store_ragged_square(rows, i, c, padded, is_added);
            }
        }
    }
}

static void to_rows(const float *columns, size_t width, const float *factors, bool is_added,
                    fast_rows rows)
{
    if (is_added) {
        columns_to_rows(columns, width, factors, true, rows);
    } else {
        columns_to_rows(columns, width, factors, false, rows);
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
            shrink[l] = largest != 0 ? 1 / largest : 0; /* NaN stays NaN */
            terms[l] = (vec){0};
            for (size_t c = 0; c < rows.n_cols; c += LANES) {
                vec x = load_piece(rows, i + l, c) * shrink[l];
                terms[l] += x * x;
            }
        }
        vec squares = sum_each(terms);
        UNROLLED
        for (int l = 0; l < LANES; l++) {
            norms[i + l] = shrink[l] != 0 ? shrink[l] / sqrtf(squares[l]) : 0;
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
