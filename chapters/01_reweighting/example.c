#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>

gsl_vector *positions(size_t n)
{
    gsl_vector *at = program_vector(n);
    for (size_t i = 0; i < n; i++) {
        gsl_vector_set(at, i, (double)i);
    }
    return at;
}

gsl_matrix *position_weights(size_t n, ref_proximity proximity, double bandwidth)
{
    gsl_matrix *weights = program_matrix(n, n);
    gsl_vector *at = positions(n);
    // [position-weights]
    program_check(ref_proximity_weights(at, at, proximity, bandwidth, weights));
    program_check(ref_divide_by_sum(weights, weights));
    // [position-weights]
    gsl_vector_free(at);
    return weights;
}

gsl_matrix *dot_weights(const gsl_matrix *x)
{
    gsl_matrix *weights = program_matrix(x->size1, x->size1);
    program_check(ref_dot_weights(x, weights));
    return weights;
}

gsl_matrix *reweighted(const gsl_matrix *weights, const gsl_matrix *values)
{
    gsl_matrix *output = program_matrix(weights->size1, values->size2);
    program_check(ref_reweight(weights, values, output));
    return output;
}

double must_agree(const gsl_matrix *a, const gsl_matrix *b, double tolerance, const char *what)
{
    double difference = largest_difference(a, b);
    if (!(difference <= tolerance)) {
        program_fail("%s differ by %g, which is more than %g", what, difference, tolerance);
    }
    return difference;
}
