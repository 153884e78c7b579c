#include "tests/support/bounded.h"

#include "tests/support/matrices.h"
#include <math.h>

const double rounding_unit = 0x1p-24;
#define U rounding_unit

bounded bounded_new(size_t n_rows, size_t n_cols)
{
    return (bounded){new_matrix(n_rows, n_cols), new_matrix(n_rows, n_cols)};
}

bounded bounded_exact(const gsl_matrix *value)
{
    bounded a = bounded_new(value->size1, value->size2);
    gsl_matrix_memcpy(a.value, value);
    return a;
}

void bounded_set(bounded a, size_t i, size_t j, double value, double bound)
{
    gsl_matrix_set(a.value, i, j, value);
    gsl_matrix_set(a.bound, i, j, bound);
}

bounded bounded_part(bounded all, size_t row, size_t n_rows, size_t col, size_t n_cols)
{
    bounded part = bounded_new(n_rows, n_cols);
    gsl_matrix_view value = gsl_matrix_submatrix(all.value, row, col, n_rows, n_cols);
    gsl_matrix_view bound = gsl_matrix_submatrix(all.bound, row, col, n_rows, n_cols);
    gsl_matrix_memcpy(part.value, &value.matrix);
    gsl_matrix_memcpy(part.bound, &bound.matrix);
    return part;
}

void bounded_put(bounded all, size_t row, size_t col, bounded part)
{
    size_t n_rows = part.value->size1, n_cols = part.value->size2;
    gsl_matrix_view value = gsl_matrix_submatrix(all.value, row, col, n_rows, n_cols);
    gsl_matrix_view bound = gsl_matrix_submatrix(all.bound, row, col, n_rows, n_cols);
    gsl_matrix_memcpy(&value.matrix, part.value);
    gsl_matrix_memcpy(&bound.matrix, part.bound);
}

/* ---- small pieces ---------------------------------------------------------------------------- */

double sum_growth(size_t n)
{
    return fmin((double)n, 4.0 * sqrt((double)n));
}

static double value_at(bounded a, size_t i, size_t j)
{
    return gsl_matrix_get(a.value, i, j);
}

static double bound_at(bounded a, size_t i, size_t j)
{
    return gsl_matrix_get(a.bound, i, j);
}

static gsl_matrix *absolute(const gsl_matrix *a)
{
    gsl_matrix *b = new_matrix(a->size1, a->size2);
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < a->size2; j++) {
            gsl_matrix_set(b, i, j, fabs(gsl_matrix_get(a, i, j)));
        }
    }
    return b;
}

/* ---- linear rules ---------------------------------------------------------------------------- */

/* C = s A B:  e_C = |s| (u (w(k) + 2) |A| |B| + e_A |B| + |A| e_B) */
bounded bounded_product(double s, CBLAS_TRANSPOSE_t transpose_a, bounded a,
                        CBLAS_TRANSPOSE_t transpose_b, bounded b)
{
    size_t n_inner = transpose_a == CblasNoTrans ? a.value->size2 : a.value->size1;
    bounded c = bounded_new(transpose_a == CblasNoTrans ? a.value->size1 : a.value->size2,
                            transpose_b == CblasNoTrans ? b.value->size2 : b.value->size1);
    gsl_matrix *abs_a = absolute(a.value), *abs_b = absolute(b.value);
    double growth = fabs(s) * U * (sum_growth(n_inner) + 2.0);
    gsl_blas_dgemm(transpose_a, transpose_b, s, a.value, b.value, 0.0, c.value);
    gsl_blas_dgemm(transpose_a, transpose_b, growth, abs_a, abs_b, 0.0, c.bound);
    gsl_blas_dgemm(transpose_a, transpose_b, fabs(s), a.bound, abs_b, 1.0, c.bound);
    gsl_blas_dgemm(transpose_a, transpose_b, fabs(s), abs_a, b.bound, 1.0, c.bound);
    return c;
}

/* Y = A + B:  e_Y = e_A + e_B + u |Y| */
bounded bounded_sum(bounded a, bounded b)
{
    bounded y = bounded_accumulate(a.value, b, 1);
    gsl_matrix_add(y.bound, a.bound);
    return y;
}

/* The running sum holds the start as one more term. */
bounded bounded_accumulate(const gsl_matrix *start, bounded increment, size_t n_terms)
{
    bounded y = bounded_new(start->size1, start->size2);
    for (size_t i = 0; i < start->size1; i++) {
        for (size_t j = 0; j < start->size2; j++) {
            double s = gsl_matrix_get(start, i, j), sum = s + value_at(increment, i, j);
            double held = n_terms > 1 ? sum_growth(n_terms) * fabs(s) : 0.0;
            bounded_set(y, i, j, sum, bound_at(increment, i, j) + U * (fabs(sum) + held));
        }
    }
    return y;
}

/* Y = A o B:  e_Y = e_A |B| + |A| e_B + u |Y| */
bounded bounded_times(bounded a, bounded b)
{
    bounded y = bounded_new(a.value->size1, a.value->size2);
    for (size_t i = 0; i < a.value->size1; i++) {
        for (size_t j = 0; j < a.value->size2; j++) {
            double x = value_at(a, i, j), z = value_at(b, i, j);
            double bound = bound_at(a, i, j) * fabs(z) + fabs(x) * bound_at(b, i, j);
            bounded_set(y, i, j, x * z, bound + U * fabs(x * z));
        }
    }
    return y;
}

/* D_i = sum_c a_ic b_ic:  the products' bounds, and u (w(m) + 1) sum |a_ic b_ic| */
bounded bounded_row_dot(bounded a, bounded b)
{
    size_t n = a.value->size1, m = a.value->size2;
    bounded d = bounded_new(n, 1);
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0, bound = 0.0;
        for (size_t c = 0; c < m; c++) {
            double x = value_at(a, i, c), y = value_at(b, i, c);
            sum += x * y;
            bound += bound_at(a, i, c) * fabs(y) + fabs(x) * bound_at(b, i, c);
            bound += U * (sum_growth(m) + 1.0) * fabs(x * y);
        }
        bounded_set(d, i, 0, sum, bound);
    }
    return d;
}

bounded bounded_row_sums(bounded a)
{
    bounded ones = bounded_new(a.value->size1, a.value->size2);
    gsl_matrix_set_all(ones.value, 1.0);
    return bounded_row_dot(a, ones);
}

/* Y = A / s:  e_Y = (e_A + |Y| e_s) / |s| + 2 u |Y| */
bounded bounded_divide_rows(bounded a, bounded divisors)
{
    bounded y = bounded_new(a.value->size1, a.value->size2);
    for (size_t i = 0; i < a.value->size1; i++) {
        double s = value_at(divisors, i, 0);
        for (size_t j = 0; j < a.value->size2 && s != 0.0; j++) {
            double quotient = value_at(a, i, j) / s;
            double bound = bound_at(a, i, j) + fabs(quotient) * bound_at(divisors, i, 0);
            bounded_set(y, i, j, quotient, bound / fabs(s) + 2.0 * U * fabs(quotient));
        }
    }
    return y;
}

bounded bounded_total(bounded a)
{
    bounded total = bounded_new(1, 1);
    double sum = 0.0, bound = 0.0, size = 0.0;
    for (size_t i = 0; i < a.value->size1; i++) {
        for (size_t j = 0; j < a.value->size2; j++) {
            sum += value_at(a, i, j);
            size += fabs(value_at(a, i, j));
            bound += bound_at(a, i, j);
        }
    }
    double growth = U * sum_growth(a.value->size1 * a.value->size2);
    bounded_set(total, 0, 0, sum, bound + growth * size);
    return total;
}
