/**
 * @file pair_case.h
 * One call of a pair in which all rows are treated alike: random inputs, what the reference makes of
 * them, how far off a float32 result may be, and every way to run the optimized twin. The reference
 * sees the rows of all batches and heads as one tall matrix.
 */
#ifndef TESTS_SUPPORT_PAIR_CASE_H
#define TESTS_SUPPORT_PAIR_CASE_H

#include "tests/support/agreement.h"
#include "tests/support/runs.h"
#include "tests/support/twin.h"

enum { MAX_TENSORS = 64, MAX_NUMBERS = 2 };

/** The shape of a tensor that has one row a token. */
typedef struct {
    size_t n_batch, n_heads, n_rows;
    twin_layout layout;
} row_layout;

/** A tensor that is computed, or added to. */
typedef struct {
    const char *name;
    twin t;         /**< float side: the optimized twin's; double side: the reference's */
    double *bounds; /**< as the double side */
    float *kept;    /**< floats of the run before */
} pair_output;

/** A number that is computed. */
typedef struct {
    const char *name;
    double actual, expected, bound, kept;
} pair_number;

typedef struct pair_case {
    const char *catches, *variant;
    twin inputs[MAX_TENSORS];
    pair_output outputs[MAX_TENSORS];
    pair_number numbers[MAX_NUMBERS];
    size_t n_inputs, n_outputs, n_numbers;
    const void *options; /**< for run() */

    /** Bytes of workspace that run() needs; NULL is none. */
    size_t (*size)(struct pair_case *, const fast_context *);

    /** Call the optimized twin, forward and backward; the first status that is not 0. */
    int (*run)(struct pair_case *, fast_context *);
} pair_case;

/** A new input with one row a token, and one without: a parameter. Normal deviates. */
twin *pair_input(pair_case *c, row_layout rows, size_t n_cols, double sigma);
twin *pair_parameter(pair_case *c, size_t n_rows, size_t n_cols, double sigma);

/** A new output: NaN all over if sigma is 0, else normal deviates to add to. One row a token; the
 *  gradient of a parameter; one number a token, stored as a row (1 x n) for each head. */
pair_output *pair_output_rows(pair_case *c, const char *name, row_layout rows, size_t n_cols,
                              double sigma);
pair_output *pair_output_parameter(pair_case *c, const char *name, size_t n_rows, size_t n_cols,
                                   double sigma);
pair_output *pair_output_numbers(pair_case *c, const char *name, row_layout rows);

/** The double side, all rows below each other; all numbers (1 x n) as one column (n x 1). */
gsl_matrix_view pair_tall(const twin *t);
gsl_matrix_view pair_column(const twin *t);

/** A new matrix of what an output held before anything was added to it, in the order of
 *  pair_tall(). */
gsl_matrix *pair_start(const pair_output *output);

/** Say what an output should be: values and bounds in the order of pair_tall(). */
void pair_expect(pair_output *output, bounded expected);

/** start + increment for an output that is added to, then as pair_expect(). */
void pair_expect_added(pair_output *output, bounded increment, size_t n_terms);

/** Run on every instruction set and 1, 2, 3 threads. Checks statuses, inputs, gaps, workspaces,
 *  bounds, and that the bits do not depend on the number of threads. */
void check_pair(pair_case *c);

/** Worst ratio to the bound over all outputs, with the first table of kernels on one thread: for
 *  controls that must fail. */
double pair_ratio(pair_case *c);

void pair_free(pair_case *c);

#endif
