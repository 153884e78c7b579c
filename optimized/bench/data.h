/**
 * @file data.h
 * The numbers that are computed with: the same in every run. Memory that is missing ends the
 * program.
 */
#ifndef OPTIMIZED_BENCH_DATA_H
#define OPTIMIZED_BENCH_DATA_H

#include "optimized/view.h"
#include <gsl/gsl_matrix.h>

/** The next number between -1 and 1. */
float next_number(unsigned *state);

/** n_bytes zeros, to be freed with free(). */
void *zero_bytes(size_t n_bytes);

/** A view of numbers between -1 and 1; its data are to be freed with free(). */
fast_view random_tensor(size_t n_batch, size_t n_heads, size_t n_rows, size_t n_cols);

/** A view of zeros; its data are to be freed with free(). */
fast_view zero_tensor(size_t n_batch, size_t n_heads, size_t n_rows, size_t n_cols);

/** One number that stands for n numbers, so that two programs can compare theirs: the length of the
    vector, behind another one, of about the same length, has been added. Whatever of it changes,
    be it signs or places, changes the length. */
double digest(const float *x, size_t n);

/** A matrix of numbers between -1 and 1. */
gsl_matrix *random_matrix(size_t n_rows, size_t n_cols);

#endif
