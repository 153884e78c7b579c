/**
 * @file bad_arguments.h
 * One table of arguments for both twins, which must return the same status and say a sentence.
 */
#ifndef TESTS_SUPPORT_BAD_ARGUMENTS_H
#define TESTS_SUPPORT_BAD_ARGUMENTS_H

#include "tests/support/refusal.h"

enum { MAX_MATRICES = 8 };

/** The shapes of some matrices, and the rest. */
typedef struct {
    size_t shapes[MAX_MATRICES][2];
    double number; /**< epsilon, smoothing, ... */
    int choice;    /**< activation, token, target, ... */
} bad_arguments;

/** A row of the table. */
typedef struct {
    const char *name;
    int (*ref)(const bad_arguments *);
    int (*fast)(const bad_arguments *, fast_context *);
    bad_arguments arguments;
    int expected;
} bad_call;

/** Matrix m for the reference, or, of its second size, a vector; and for the optimized twin. */
gsl_matrix bad_wide(const bad_arguments *a, int m);
gsl_vector bad_line(const bad_arguments *a, int m);
fast_view bad_narrow(const bad_arguments *a, int m);

/** A list of numbers, one for each row of matrix m. The last is the choice, all others are 0. */
const int *bad_list(const bad_arguments *a, int m);

/** Call both twins of every row, the optimized one with every table of kernels. */
void check_bad_calls(const bad_call *calls, size_t n_calls);

#endif
