#include "chapters/02_dot_product/parts.h"

#include "chapters/common/program.h"
#include "chapters/common/running_example.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdarg.h>

gsl_matrix *example_matrix(void)
{
    gsl_matrix_const_view x =
        gsl_matrix_const_view_array(&example_x[0][0], EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    gsl_matrix *copy = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    gsl_matrix_memcpy(copy, &x.matrix);
    return copy;
}

gsl_rng *new_generator(const settings *choices)
{
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    if (!generator) {
        program_fail("there is no memory for a generator of random numbers");
    }
    gsl_rng_set(generator, choices->seed);
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

void hide_cells(const gsl_matrix *scores, gsl_matrix *cells)
{
    for (size_t i = 0; i < cells->size1; i++) {
        for (size_t j = 0; j < cells->size2; j++) {
            if (gsl_matrix_get(scores, i, j) == -INFINITY) {
                gsl_matrix_set(cells, i, j, NAN);
            }
        }
    }
}

void must_be_small(double difference, double tolerance, const char *what)
{
    if (!(difference <= tolerance)) {
        program_fail("%s differ by %g, which is more than %g", what, difference, tolerance);
    }
}

const char *const similarity_names[] = {"dot", "scaled-dot", "cosine", "euclidean", NULL};

double scale_of(const settings *choices, size_t d)
{
    double divisor = choices->similarity == CHOICE_SCALED_DOT ? sqrt((double)d) : 1.0;
    return 1.0 / (divisor * choices->temperature);
}

ref_similarity similarity_of(int choice)
{
    switch (choice) {
    case CHOICE_COSINE:
        return REF_COSINE;
    case CHOICE_EUCLIDEAN:
        return REF_NEG_SQ_EUCLIDEAN;
    default:
        return REF_DOT;
    }
}

void say(const report *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(to->out.stream, format, arguments);
    va_end(arguments);
}
