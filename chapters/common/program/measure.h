/**
 * @file measure.h
 * Small measurements that the programs of several chapters make, and the random numbers for them.
 */
#ifndef CHAPTERS_COMMON_PROGRAM_MEASURE_H
#define CHAPTERS_COMMON_PROGRAM_MEASURE_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_vector.h>
#include <stddef.h>

/** @addtogroup common @{ */

/**
 * @param[in] seed  start of the random numbers
 * @return a generator; the caller frees it with gsl_rng_free()
 */
gsl_rng *new_generator(size_t seed);

/**
 * Fill a matrix with independent normal numbers of mean 0 and variance 1.
 *
 * @param[out]    x          any shape
 * @param[in,out] generator  where they come from
 */
void fill_normal(gsl_matrix *x, gsl_rng *generator);

/**
 * Entropy of a row of weights, -sum_j p_j ln p_j: 0 if one has all, ln n if all have the same.
 *
 * @param[in] weights  (n)
 * @return the entropy in nats
 */
double entropy(const gsl_vector *weights);

/**
 * @param[in] a  a matrix
 * @param[in] b  of the same shape
 * @return the largest |a_ij - b_ij|, NaN if there is one
 */
double largest_difference(const gsl_matrix *a, const gsl_matrix *b);

/**
 * End the program with a sentence if a difference is larger than rounding explains.
 *
 * @param[in] difference  what was found; NaN fails
 * @param[in] tolerance   what is allowed
 * @param[in] what        what was compared
 */
void must_be_small(double difference, double tolerance, const char *what);

/** @} */

#endif
