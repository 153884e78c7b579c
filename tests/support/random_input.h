/**
 * @file random_input.h
 * Random inputs that both sides can hold: drawn in double, rounded to float, widened back. So a
 * difference between the twins is never a difference between their inputs.
 */
#ifndef TESTS_SUPPORT_RANDOM_INPUT_H
#define TESTS_SUPPORT_RANDOM_INPUT_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_vector.h>

/** A normal deviate with standard deviation sigma that is a float. */
double random_gaussian(gsl_rng *rng, double sigma);

/** An integer in [low, high]. */
double random_integer(gsl_rng *rng, int low, int high);

/** Fill a matrix with random_gaussian. */
void random_fill(gsl_rng *rng, double sigma, gsl_matrix *a);

/** A new matrix of random_gaussian. */
gsl_matrix *random_matrix(gsl_rng *rng, size_t n_rows, size_t n_cols, double sigma);

/** A new vector of random_gaussian. */
gsl_vector *random_vector(gsl_rng *rng, size_t n, double sigma);

/** Put 0 .. n - 1 into order, shuffled. */
void random_order(gsl_rng *rng, size_t n, size_t *order);

#endif
