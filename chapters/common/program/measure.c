#include "chapters/common/program/measure.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_randist.h>
#include <math.h>

gsl_rng *new_generator(size_t seed)
{
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    if (!generator) {
        program_fail("there is no memory for a generator of random numbers");
    }
    gsl_rng_set(generator, seed);
    return generator;
}

void fill_normal(gsl_matrix *x, gsl_rng *generator)
{
    for (size_t i = 0; i < x->size1; i++) {
        for (size_t j = 0; j < x->size2; j++) {
            gsl_matrix_set(x, i, j, gsl_ran_gaussian_ziggurat(generator, 1.0));
        }
    }
}

double entropy(const gsl_vector *weights)
{
    double sum = 0.0;
    for (size_t j = 0; j < weights->size; j++) {
        double p = gsl_vector_get(weights, j);
        sum -= p > 0.0 ? p * log(p) : 0.0;
    }
    return sum;
}

double largest_difference(const gsl_matrix *a, const gsl_matrix *b)
{
    double largest = 0.0;
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < a->size2; j++) {
            double difference = fabs(gsl_matrix_get(a, i, j) - gsl_matrix_get(b, i, j));
            if (isnan(difference)) {
                return difference;
            }
            largest = fmax(largest, difference);
        }
    }
    return largest;
}

void must_be_small(double difference, double tolerance, const char *what)
{
    if (!(difference <= tolerance)) {
        program_fail("%s differ by %g, which is more than %g", what, difference, tolerance);
    }
}
