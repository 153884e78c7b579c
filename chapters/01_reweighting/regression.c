/* Kernel regression put to use: points, fits, errors, and a descent to the best bandwidth. */
#include "chapters/01_reweighting/regression.h"
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort_vector.h>
#include <gsl/gsl_statistics_double.h>

/* ---- Points ---------------------------------------------------------------------------------- */

observations observations_alloc(size_t n)
{
    return (observations){.x = program_vector(n), .y = program_matrix(n, 1)};
}

void observations_free(observations *data)
{
    gsl_vector_free(data->x);
    gsl_matrix_free(data->y);
}

double sine_truth(double x)
{
    return 2.0 * sin(x) + x;
}

observations draw_sine(size_t n, size_t seed)
{
    observations data = observations_alloc(n);
    gsl_rng *rng = new_generator(seed);
    for (size_t i = 0; i < n; i++) {
        gsl_vector_set(data.x, i, 5.0 * gsl_rng_uniform(rng));
    }
    gsl_sort_vector(data.x);
    for (size_t i = 0; i < n; i++) {
        double noise = gsl_ran_gaussian(rng, 0.5);
        gsl_matrix_set(data.y, i, 0, sine_truth(gsl_vector_get(data.x, i)) + noise);
    }
    gsl_rng_free(rng);
    return data;
}

/* ---- Fits ------------------------------------------------------------------------------------ */

static fit fit_alloc(size_t n_q, size_t n_k)
{
    return (fit){.weights = program_matrix(n_q, n_k), .output = program_matrix(n_q, 1)};
}

void fit_free(fit *curve)
{
    gsl_matrix_free(curve->weights);
    gsl_matrix_free(curve->output);
}

fit fit_at(const observations *data, const gsl_vector *queries, ref_proximity proximity,
           double bandwidth)
{
    fit curve = fit_alloc(queries->size, data->x->size);
    program_check(ref_kernel_regression_forward(queries, data->x, data->y, proximity, bandwidth,
                                                curve.weights, curve.output));
    return curve;
}

fit fit_left_out(const observations *data, ref_proximity proximity, double bandwidth)
{
    fit curve = fit_alloc(data->x->size, data->x->size);
    gsl_matrix *weights = curve.weights, *output = curve.output;
    const gsl_vector *x = data->x;
    // [left-out]
    program_check(ref_proximity_weights(x, x, proximity, bandwidth, weights));
    gsl_vector_view own = gsl_matrix_diagonal(weights);
    gsl_vector_set_zero(&own.vector);
    program_check(ref_divide_by_sum(weights, weights));
    program_check(ref_reweight(weights, data->y, output));
    // [left-out]
    return curve;
}

double points_listened_to(const gsl_matrix *weights)
{
    double sum = 0.0;
    for (size_t i = 0; i < weights->size1; i++) {
        gsl_vector_const_view row = gsl_matrix_const_row(weights, i);
        double squares = 0.0;
        gsl_blas_ddot(&row.vector, &row.vector, &squares);
        sum += squares > 0.0 ? 1.0 / squares : 0.0;
    }
    return sum / (double)weights->size1;
}

/* ---- Errors ---------------------------------------------------------------------------------- */

error_and_gradient fit_error(const observations *data, ref_proximity proximity, double bandwidth,
                             bool is_left_out)
{
    size_t n = data->x->size;
    fit curve = is_left_out ? fit_left_out(data, proximity, bandwidth)
                            : fit_at(data, data->x, proximity, bandwidth);
    double spread = gsl_stats_tss(data->y->data, data->y->tda, n);

    // [fit-error]
    /* E = sum_i (output_i - y_i)^2 / spread:  dE/doutput_i = 2 (output_i - y_i) / spread */
    error_and_gradient result = {0.0, 0.0};
    gsl_matrix *grad_output = program_matrix(n, 1);
    for (size_t i = 0; i < n; i++) {
        double error = gsl_matrix_get(curve.output, i, 0) - gsl_matrix_get(data->y, i, 0);
        result.error += error * error / spread;
        gsl_matrix_set(grad_output, i, 0, 2.0 * error / spread);
    }
    program_check(ref_kernel_regression_backward(data->x, data->x, data->y, proximity, bandwidth,
                                                 curve.weights, curve.output, grad_output,
                                                 &result.gradient));
    // [fit-error]

    gsl_matrix_free(grad_output);
    fit_free(&curve);
    return result;
}

descent descend(const observations *data, ref_proximity proximity, double bandwidth,
                bool is_left_out, size_t n_steps)
{
    static const double rate = 4.0;
    const double longest = log(1.5);
    descent walk = {.n_steps = n_steps};
    for (size_t step = 0; step <= n_steps; step++) {
        error_and_gradient here = fit_error(data, proximity, bandwidth, is_left_out);
        walk.bandwidth[step] = bandwidth;
        walk.at[step] = here;
        // [descent-step]
        /* h = exp(a):  dE/da = h dE/dh */
        double change = -rate * bandwidth * here.gradient;
        bandwidth *= exp(GSL_MAX(-longest, GSL_MIN(longest, change)));
        // [descent-step]
    }
    return walk;
}
