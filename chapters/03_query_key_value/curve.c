#include "chapters/03_query_key_value/curve.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort_vector.h>
#include <math.h>

enum { N_POINTS = 40, N_QUERIES = 101 };

static const double end_of_x = 5.0;

/* ---- Points ---------------------------------------------------------------------------------- */

double curve_truth(double x)
{
    return 2.0 * sin(x) + x;
}

points draw_points(size_t seed)
{
    points data = {program_vector(N_POINTS), program_matrix(N_POINTS, 1)};
    gsl_rng *generator = new_generator(seed);
    for (size_t i = 0; i < N_POINTS; i++) {
        gsl_vector_set(data.x, i, end_of_x * gsl_rng_uniform(generator));
    }
    gsl_sort_vector(data.x);
    for (size_t i = 0; i < N_POINTS; i++) {
        double noise = gsl_ran_gaussian(generator, 0.5);
        gsl_matrix_set(data.y, i, 0, curve_truth(gsl_vector_get(data.x, i)) + noise);
    }
    gsl_rng_free(generator);
    return data;
}

void points_free(points *data)
{
    gsl_vector_free(data->x);
    gsl_matrix_free(data->y);
}

gsl_vector *curve_queries(void)
{
    gsl_vector *queries = program_vector(N_QUERIES);
    for (size_t i = 0; i < N_QUERIES; i++) {
        gsl_vector_set(queries, i, end_of_x * (double)i / (N_QUERIES - 1));
    }
    return queries;
}

double curve_error(const gsl_vector *queries, const gsl_matrix *output)
{
    double sum = 0.0;
    for (size_t i = 0; i < queries->size; i++) {
        double error = gsl_matrix_get(output, i, 0) - curve_truth(gsl_vector_get(queries, i));
        sum += error * error;
    }
    return sqrt(sum / (double)queries->size);
}
