/**
 * @file memory.h
 * Memory for caches: new matrices and vectors, all 0, and whether there was room. Private to
 * reference/.
 */
#ifndef REFERENCE_MEMORY_H
#define REFERENCE_MEMORY_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stdbool.h>
#include <stdint.h>

static inline bool add_matrix(gsl_matrix **m, size_t n_rows, size_t n_cols)
{
    size_t n;
    bool is_possible =
        !__builtin_mul_overflow(n_rows, n_cols, &n) && n <= SIZE_MAX / sizeof(double);
    *m = is_possible ? gsl_matrix_calloc(n_rows, n_cols) : NULL;
    return *m != NULL;
}

static inline bool add_vector(gsl_vector **v, size_t n)
{
    *v = n <= SIZE_MAX / sizeof(double) ? gsl_vector_calloc(n) : NULL;
    return *v != NULL;
}

#endif
