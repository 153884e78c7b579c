#include "tests/support/random_input.h"

#include "tests/support/matrices.h"
#include <gsl/gsl_randist.h>

double random_gaussian(gsl_rng *rng, double sigma)
{
    return (float)gsl_ran_gaussian(rng, sigma);
}

double random_integer(gsl_rng *rng, int low, int high)
{
    return low + (int)gsl_rng_uniform_int(rng, (unsigned long)(high - low + 1));
}

void random_fill(gsl_rng *rng, double sigma, gsl_matrix *a)
{
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < a->size2; j++) {
            gsl_matrix_set(a, i, j, random_gaussian(rng, sigma));
        }
    }
}

gsl_matrix *random_matrix(gsl_rng *rng, size_t n_rows, size_t n_cols, double sigma)
{
    gsl_matrix *a = new_matrix(n_rows, n_cols);
    random_fill(rng, sigma, a);
    return a;
}

gsl_vector *random_vector(gsl_rng *rng, size_t n, double sigma)
{
    gsl_vector *x = new_vector(n);
    for (size_t i = 0; i < n; i++) {
        gsl_vector_set(x, i, random_gaussian(rng, sigma));
    }
    return x;
}

void random_order(gsl_rng *rng, size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    gsl_ran_shuffle(rng, order, n, sizeof *order);
}
