/**
 * @file problem.h
 * One call of the learner's function: its named arguments, each in memory that notices what is
 * written beside it. The judge makes a problem and sends it to the child; the child sends back the
 * raw memory of every array.
 *
 * A matrix is a window into wider rows (tda = n_cols + 3) with one row before it. All that is not
 * the window is a guard. In the child, the page behind the last row cannot be touched.
 */
#ifndef EXERCISES_CHECKER_PROBLEM_H
#define EXERCISES_CHECKER_PROBLEM_H

#include "exercises/checker/counted.h"

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROBLEM_ARRAYS = 16,     /**< at most this many arrays */
    PROBLEM_NUMBERS = 16,    /**< and this many numbers */
    PROBLEM_NAME = 24,       /**< bytes of a name, with its end */
    PROBLEM_GUARD = 3,       /**< guard cells to the right of each row */
    PROBLEM_CELLS = 1 << 24, /**< cells of one array, guards included */
};

/** What the function does with an array. */
typedef enum {
    ARRAY_GIVEN,   /**< reads it; it must not change */
    ARRAY_WANTED,  /**< writes every cell of it */
    ARRAY_UPDATED, /**< reads and writes it, as a gradient that is added to */
} array_role;

/** As what it is handed over. */
typedef enum {
    ARRAY_MATRIX,  /**< gsl_matrix, tda larger than size2 */
    ARRAY_VECTOR,  /**< gsl_vector, stride larger than 1 */
    ARRAY_INDICES, /**< size_t [n_rows] */
    ARRAY_COUNTED, /**< counted_matrix: every access is counted */
} array_kind;

/** How the cells of a wanted array are filled before the call. */
typedef enum {
    FILL_NAN,    /**< a NaN that no arithmetic makes, to find cells that were never written */
    FILL_FINITE, /**< ordinary numbers, to find cells that were added to instead of written */
} fill_kind;

/** One array of a problem. */
typedef struct {
    char name[PROBLEM_NAME];
    array_role role;
    array_kind kind;
    size_t n_rows, n_cols, tda;
    double *block;     /**< (n_rows + 1) rows of tda cells; the first row is a guard */
    gsl_matrix matrix; /**< the window */
    gsl_vector vector; /**< its first column */
} problem_array;

/** A named number: a size, a scale, a flag. */
typedef struct {
    char name[PROBLEM_NAME];
    double value;
} problem_number;

/** All arguments of one call. */
typedef struct {
    uint64_t id;     /**< drawn anew for each problem; the answer must carry it */
    uint64_t random; /**< state of the generator */
    size_t repeat;   /**< 0, 1, ...: which of the problems of its case it is */
    fill_kind fill;
    int status; /**< what the function returned */
    size_t n_arrays, n_numbers;
    problem_array arrays[PROBLEM_ARRAYS];
    problem_number numbers[PROBLEM_NUMBERS];
} problem;

/* ---- making one: used by check.c ------------------------------------------------------------- */

/** Add a matrix that the function reads, (n_rows x n_cols), of normal random numbers; returns it. */
gsl_matrix *give_matrix(problem *p, const char *name, size_t n_rows, size_t n_cols);
/** Add a vector that the function reads, of normal random numbers; returns it. */
gsl_vector *give_vector(problem *p, const char *name, size_t n);
/** Add an array of indices that the function reads, drawn from 0 .. below - 1; returns it. */
size_t *give_indices(problem *p, const char *name, size_t n, size_t below);
/** Add a matrix that the function fills. */
void want_matrix(problem *p, const char *name, size_t n_rows, size_t n_cols);
/** Add a vector that the function fills. */
void want_vector(problem *p, const char *name, size_t n);
/** Add a matrix that the function reads and writes, of normal random numbers; returns it. */
gsl_matrix *update_matrix(problem *p, const char *name, size_t n_rows, size_t n_cols);
/** Add a vector that the function reads and writes, of normal random numbers; returns it. */
gsl_vector *update_vector(problem *p, const char *name, size_t n);
/** Add a matrix that is read through counted_get(), of normal random numbers. */
void give_counted(problem *p, const char *name, size_t n_rows, size_t n_cols);
/** Add a matrix that is filled through counted_set(). */
void want_counted(problem *p, const char *name, size_t n_rows, size_t n_cols);
/** Add a number: a size, a scale, a flag. */
void give_number(problem *p, const char *name, double value);

/** A random number: uniform in [0, 1). */
double draw_uniform(problem *p);
/** A random number: normal, mean 0, variance 1. */
double draw_normal(problem *p);
/** A random index below n. */
size_t draw_index(problem *p, size_t n);

/* ---- reading one: used by exercise_call() and by the models ---------------------------------- */

/** The matrix of this name; a name that does not exist ends the program with a sentence. */
gsl_matrix *matrix_of(problem *p, const char *name);
gsl_vector *vector_of(problem *p, const char *name);
size_t *indices_of(problem *p, const char *name);
counted_matrix counted_of(problem *p, const char *name);
double number_of(const problem *p, const char *name);
size_t size_of(const problem *p, const char *name);

/* ---- for the checker itself ------------------------------------------------------------------ */

/** Start a problem whose random numbers follow from seed. */
void problem_begin(problem *p, uint64_t seed, size_t repeat);
/** Place an array's window into its block. */
void array_bind(problem_array *array);
/** Cells of the block, guards included. */
size_t array_cells(const problem_array *array);
/** The cell (i, j) of the window. */
double array_get(const problem_array *array, size_t i, size_t j);
/** Put the numbers back that a wanted array held before the call, in this way of filling. */
void problem_fill(problem *p, fill_kind fill);
/** A copy with memory of its own. */
void problem_copy(problem *to, const problem *from);
void problem_free(problem *p);

/** Whether x is the NaN that FILL_NAN leaves. */
bool is_untouched(double x);

/** Random bits; moves the state on. */
uint64_t random_bits(uint64_t *state);

#endif
