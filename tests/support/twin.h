/**
 * @file twin.h
 * The same tensor for both sides: floats behind a fast_view, and the same values as doubles behind
 * gsl_matrix views, one a batch and head. Floats that belong to no row are NaN: reading them
 * poisons a result, and writing them is seen.
 */
#ifndef TESTS_SUPPORT_TWIN_H
#define TESTS_SUPPORT_TWIN_H

#include "optimized/view.h"
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_rng.h>
#include <stdbool.h>

/** How the floats lie in memory. */
typedef enum {
    TWIN_DENSE, /**< row after row, no gap */
    TWIN_SPLIT, /**< heads side by side in one wide row, and a gap after each row */
} twin_layout;

typedef struct {
    fast_view view;   /**< the float side */
    double *wide;     /**< the double side, dense */
    float *floats;    /**< all floats, gaps included */
    float *pristine;  /**< a copy of them, made by twin_seal() */
    size_t n_floats;  /**< how many */
    size_t n_doubles; /**< how many */
} twin;

/** A new twin; every entry is NaN on both sides. */
twin twin_alloc(size_t n_batch, size_t n_heads, size_t n_rows, size_t n_cols, twin_layout layout);

/** A new twin of one batch and head with the values of a matrix, rounded to float. */
twin twin_of_matrix(const gsl_matrix *a);

void twin_free(twin *t);

/** The double side of one batch and head. */
gsl_matrix_view twin_matrix(const twin *t, size_t batch, size_t head);

/** Make both sides equal to the double side, rounded to float. */
void twin_round(twin *t);

/** Copy the float side to a matrix of doubles (one batch and head). */
void twin_widen(const twin *t, size_t batch, size_t head, gsl_matrix *a);

/** Fill both sides with normal deviates. */
void twin_fill(twin *t, gsl_rng *rng, double sigma);

/** Set every float of the view, and every double, to one value. */
void twin_set_all(twin *t, double value);

/** Remember all floats as they are now. */
void twin_seal(twin *t);

/** Put the floats back as they were sealed. */
void twin_restore(twin *t);

/** Whether every float, gaps included, is as it was when sealed. */
bool twin_is_unchanged(const twin *t);

/** Whether the floats between the rows are as they were when sealed. */
bool twin_gaps_are_intact(const twin *t);

#endif
