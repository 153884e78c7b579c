#include "tests/support/matrices.h"

#include "tests/support/suite.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- memory: one list of everything ---------------------------------------------------------- */

typedef struct owned {
    gsl_matrix *matrix;
    gsl_vector *vector;
    struct owned *next;
} owned;

static owned *all_owned;

static void own(gsl_matrix *matrix, gsl_vector *vector)
{
    owned *one = malloc(sizeof *one);
    if (!one || (!matrix && !vector)) {
        fprintf(stderr, "no memory for a matrix\n");
        exit(3);
    }
    *one = (owned){matrix, vector, all_owned};
    all_owned = one;
}

void free_matrices(void)
{
    while (all_owned) {
        owned *next = all_owned->next;
        gsl_matrix_free(all_owned->matrix);
        gsl_vector_free(all_owned->vector);
        free(all_owned);
        all_owned = next;
    }
}

gsl_matrix *new_matrix(size_t n_rows, size_t n_cols)
{
    gsl_matrix *a = gsl_matrix_calloc(n_rows, n_cols);
    own(a, NULL);
    return a;
}

gsl_vector *new_vector(size_t n)
{
    gsl_vector *x = gsl_vector_calloc(n);
    own(NULL, x);
    return x;
}

gsl_matrix *matrix_of(size_t n_rows, size_t n_cols, const double *values)
{
    gsl_matrix_const_view a = gsl_matrix_const_view_array(values, n_rows, n_cols);
    return copy_of(&a.matrix);
}

gsl_matrix *copy_of(const gsl_matrix *a)
{
    return first_rows(a, a->size1);
}

gsl_matrix *first_rows(const gsl_matrix *a, size_t n_rows)
{
    gsl_matrix_const_view rows = gsl_matrix_const_submatrix(a, 0, 0, n_rows, a->size2);
    gsl_matrix *copy = new_matrix(n_rows, a->size2);
    gsl_matrix_memcpy(copy, &rows.matrix);
    return copy;
}

gsl_matrix *rows_in_order(const gsl_matrix *a, const size_t *order)
{
    gsl_matrix *b = new_matrix(a->size1, a->size2);
    for (size_t i = 0; i < a->size1; i++) {
        gsl_vector_const_view row = gsl_matrix_const_row(a, order[i]);
        gsl_matrix_set_row(b, i, &row.vector);
    }
    return b;
}

gsl_matrix *columns_in_order(const gsl_matrix *a, const size_t *order)
{
    gsl_matrix *b = new_matrix(a->size1, a->size2);
    for (size_t j = 0; j < a->size2; j++) {
        gsl_vector_const_view column = gsl_matrix_const_column(a, order[j]);
        gsl_matrix_set_col(b, j, &column.vector);
    }
    return b;
}

/* ---- measures and checks --------------------------------------------------------------------- */

double largest_entry(const gsl_matrix *a)
{
    double largest = 0.0;
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < a->size2; j++) {
            largest = fmax(largest, fabs(gsl_matrix_get(a, i, j)));
        }
    }
    return largest;
}

double inner_product(const gsl_matrix *a, const gsl_matrix *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < a->size2; j++) {
            sum += gsl_matrix_get(a, i, j) * gsl_matrix_get(b, i, j);
        }
    }
    return sum;
}

bool check_entries(const char *file, int line, const gsl_matrix *actual, const gsl_matrix *expected,
                   double tolerance, const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);

    size_t row = 0, col = 0;
    double worst = -1.0;
    for (size_t i = 0; i < expected->size1; i++) {
        for (size_t j = 0; j < expected->size2; j++) {
            double x = gsl_matrix_get(actual, i, j), y = gsl_matrix_get(expected, i, j);
            double difference = x == y ? 0.0 : fabs(x - y);
            if (!(difference <= worst)) {
                worst = isnan(difference) ? INFINITY : difference;
                row = i, col = j;
            }
        }
    }
    return suite_check(
        worst <= tolerance, file, line, "%s: [%zu, %zu] is %.17g, expected %.17g within %.3g", what,
        row, col, gsl_matrix_get(actual, row, col), gsl_matrix_get(expected, row, col), tolerance);
}
