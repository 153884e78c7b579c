/**
 * @file checks.h
 * What the checks at the head of every reference function ask of a matrix. Private to reference/;
 * its twin is optimized/checks.h.
 */
#ifndef REFERENCE_CHECKS_H
#define REFERENCE_CHECKS_H

#include <gsl/gsl_matrix.h>
#include <stdbool.h>

static inline bool has_shape(const gsl_matrix *a, size_t n_rows, size_t n_cols)
{
    return a->size1 == n_rows && a->size2 == n_cols;
}

static inline bool same_shape(const gsl_matrix *a, const gsl_matrix *b)
{
    return has_shape(a, b->size1, b->size2);
}

static inline bool is_empty(const gsl_matrix *a)
{
    return a->size1 == 0 || a->size2 == 0;
}

#endif
