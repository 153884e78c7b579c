/**
 * @file matrices.h
 * Matrices of a test: they live until the test ends, when the harness frees them all, so that a
 * test reads like its formulas.
 */
#ifndef TESTS_SUPPORT_MATRICES_H
#define TESTS_SUPPORT_MATRICES_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stdbool.h>

/** A new matrix of zeros. */
gsl_matrix *new_matrix(size_t n_rows, size_t n_cols);

/** A new vector of zeros. */
gsl_vector *new_vector(size_t n);

/** A new matrix with these values, row by row. */
gsl_matrix *matrix_of(size_t n_rows, size_t n_cols, const double *values);

/** A new copy. */
gsl_matrix *copy_of(const gsl_matrix *a);

/** A new copy whose row i is row order[i] of a. */
gsl_matrix *rows_in_order(const gsl_matrix *a, const size_t *order);

/** A new copy whose column j is column order[j] of a. */
gsl_matrix *columns_in_order(const gsl_matrix *a, const size_t *order);

/** A new copy of the first n_rows rows. */
gsl_matrix *first_rows(const gsl_matrix *a, size_t n_rows);

/** Free all matrices and vectors; the harness does so after each test. */
void free_matrices(void);

/** Largest |a_ij|. */
double largest_entry(const gsl_matrix *a);

/** <a, b>, the sum of a_ij b_ij. */
double inner_product(const gsl_matrix *a, const gsl_matrix *b);

/** Count a check: |actual - expected| <= tolerance everywhere; the message, which begins with what
 *  printf makes of the rest, shows the worst entry. */
#define check_close(actual, expected, tolerance, ...)                                              \
    check_entries(__FILE__, __LINE__, (actual), (expected), (tolerance), __VA_ARGS__)

/** Count a check: every entry is the same, bit for bit but for the sign of 0. */
#define check_equal(actual, expected, ...)                                                         \
    check_entries(__FILE__, __LINE__, (actual), (expected), 0.0, __VA_ARGS__)

/** Count a check: every entry is exactly 0. */
#define check_zero(actual, ...)                                                                    \
    check_entries(__FILE__, __LINE__, (actual), new_matrix((actual)->size1, (actual)->size2), 0.0, \
                  __VA_ARGS__)

bool check_entries(const char *file, int line, const gsl_matrix *actual, const gsl_matrix *expected,
                   double tolerance, const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
