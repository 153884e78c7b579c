/* Chapter 1's points again: kernels by hand, a bandwidth that is learned, and a similarity that is
 * learned whole. */
#include "chapters/03_query_key_value/curve.h"

#include "chapters/common/program/program.h"
#include "reference/reweighting.h"
#include <math.h>

enum { N_METHODS = 7, N_DESCENT = 60 };

/* ---- By hand --------------------------------------------------------------------------------- */

/* The curve of a kernel at the queries, (n_q x 1). */
static void fit_kernel(const points *data, const gsl_vector *queries, ref_proximity proximity,
                       double width, gsl_matrix *output)
{
    gsl_matrix *weights = program_matrix(queries->size, data->x->size);
    program_check(ref_kernel_regression_forward(queries, data->x, data->y, proximity, width,
                                                weights, output));
    gsl_matrix_free(weights);
}

static double kernel_error(const points *data, ref_proximity proximity, double width)
{
    gsl_vector *queries = curve_queries();
    gsl_matrix *output = program_matrix(queries->size, 1);
    fit_kernel(data, queries, proximity, width, output);
    double error = curve_error(queries, output);
    gsl_vector_free(queries);
    gsl_matrix_free(output);
    return error;
}

/* Always the mean of all y. */
static double mean_error(const points *data)
{
    gsl_vector *queries = curve_queries();
    gsl_matrix *output = program_matrix(queries->size, 1);
    double sum = 0.0;
    for (size_t i = 0; i < data->x->size; i++) {
        sum += gsl_matrix_get(data->y, i, 0);
    }
    gsl_matrix_set_all(output, sum / (double)data->x->size);
    double error = curve_error(queries, output);
    gsl_vector_free(queries);
    gsl_matrix_free(output);
    return error;
}

/* ---- One number learned ---------------------------------------------------------------------- */

/* Slope of the left-out error  E = sum_i (output_i - y_i)^2  with respect to ln h, by (1.5). */
static double slope(const points *data, double h)
{
    size_t n = data->x->size;
    gsl_matrix *weights = program_matrix(n, n), *output = program_matrix(n, 1);
    gsl_matrix *grad_output = program_matrix(n, 1);
    double grad_h = 0.0;
    program_check(ref_proximity_weights(data->x, data->x, REF_GAUSSIAN, h, weights));
    for (size_t i = 0; i < n; i++) {
        gsl_matrix_set(weights, i, i, 0.0); /* each point from the others */
    }
    program_check(ref_divide_by_sum(weights, weights));
    program_check(ref_reweight(weights, data->y, output));
    for (size_t i = 0; i < n; i++) {
        double error = gsl_matrix_get(output, i, 0) - gsl_matrix_get(data->y, i, 0);
        gsl_matrix_set(grad_output, i, 0, 2.0 * error / (double)n);
    }
    program_check(ref_kernel_regression_backward(data->x, data->x, data->y, REF_GAUSSIAN, h,
                                                 weights, output, grad_output, &grad_h));
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
    gsl_matrix_free(grad_output);
    return h * grad_h;
}

static double learn_width(const points *data)
{
    double h = 2.0;
    for (size_t step = 0; step < N_DESCENT; step++) {
        // [descend]
        double change = -0.5 * slope(data, h); /* of ln h, which keeps h positive */
        h *= exp(fmax(-0.4, fmin(0.4, change)));
        // [descend]
    }
    return h;
}

/* ---- The table ------------------------------------------------------------------------------- */

/* The methods, from what knows nothing to what learns all. */
static void measure(const points *data, double *errors, double *width, learned_curve *learned)
{
    static const ref_proximity kernels[] = {REF_BOXCAR, REF_TRIANGULAR, REF_EPANECHNIKOV,
                                            REF_GAUSSIAN};
    errors[0] = mean_error(data);
    for (size_t k = 0; k < 4; k++) {
        errors[k + 1] = kernel_error(data, kernels[k], 1.0);
    }
    *width = learn_width(data);
    errors[5] = kernel_error(data, REF_GAUSSIAN, *width);
    *learned = learn_curve(data);
    errors[6] = learned->error;
}

static void report_errors(report *to, const double *errors)
{
    static const char *const labels[N_METHODS] = {
        "mean",       "boxcar 1",          "triangular 1",    "Epanechnikov 1",
        "Gaussian 1", "Gaussian, learned", "W_Q, W_K learned"};
    static const char *const keys[N_METHODS] = {"mean",     "boxcar",  "triangular", "epanechnikov",
                                                "gaussian", "learned", "projections"};
    gsl_vector_const_view values = gsl_vector_const_view_array(errors, N_METHODS);
    for (size_t m = 0; m < N_METHODS; m++) {
        char name[64];
        snprintf(name, sizeof name, "curve_error_%s", keys[m]);
        report_measured(to, name, errors[m], 1e-6);
    }
    report_bars(to, "curve_errors",
                &(figure_bars){.title = "Distance from the true curve, between the points",
                               .description = "Seven bars; the last two are the shortest.",
                               .value_label = "root of the mean squared error",
                               .labels = labels,
                               .values = &values.vector,
                               .role = FIGURE_CONTEXT,
                               .decimals = 3});
}

static void draw_curves(report *to, const points *data, double width, const learned_curve *learned)
{
    gsl_vector *queries = curve_queries(), *truth = program_vector(queries->size);
    gsl_matrix *by_hand = program_matrix(queries->size, 1);
    gsl_matrix *gaussian = program_matrix(queries->size, 1);
    fit_kernel(data, queries, REF_GAUSSIAN, 1.0, by_hand);
    fit_kernel(data, queries, REF_GAUSSIAN, width, gaussian);
    for (size_t i = 0; i < queries->size; i++) {
        gsl_vector_set(truth, i, curve_truth(gsl_vector_get(queries, i)));
    }
    gsl_vector_view y = gsl_matrix_column(data->y, 0), a = gsl_matrix_column(by_hand, 0);
    gsl_vector_view b = gsl_matrix_column(gaussian, 0), c = gsl_matrix_column(learned->output, 0);
    figure_series series[] = {
        {.name = "points", .style = FIGURE_POINTS, .x = data->x, .y = &y.vector},
        {.name = "truth", .x = queries, .y = truth, .role = FIGURE_FAINT},
        {.name = "Gaussian 1", .x = queries, .y = &a.vector, .role = FIGURE_KEY},
        {.name = "Gaussian, learned", .x = queries, .y = &b.vector, .role = FIGURE_WEIGHT},
        {.name = "W_Q, W_K learned", .x = queries, .y = &c.vector, .role = FIGURE_CONTEXT}};
    report_plot(to, "curve_fits",
                &(figure_plot){.title = "One curve by hand, two that are learned",
                               .description = "Points around a wave and three curves through them.",
                               .x_label = "x",
                               .y_label = "y",
                               .series = series,
                               .n_series = 5});
    gsl_vector_free(queries);
    gsl_vector_free(truth);
    gsl_matrix_free(by_hand);
    gsl_matrix_free(gaussian);
}

void show_bandwidth(report *to, const settings *choices)
{
    double errors[N_METHODS], width;
    learned_curve learned;
    points data = draw_points(choices->seed);
    terminal_heading(&to->out, "8. A kernel that is learned");
    check_kernel_as_projections(&data);
    measure(&data, errors, &width, &learned);
    report_say(to,
               "The 40 points of chapter 1, y = 2 sin x + x + noise. Every method learns from the "
               "points, each predicted from the others, and is measured on the curve between them. "
               "The bandwidth that is learned is %.3f.",
               width);
    report_gap(to);
    report_errors(to, errors);
    report_gap(to);
    draw_curves(to, &data, width, &learned);
    report_measured(to, "learned_bandwidth", width, 1e-6);
    gsl_matrix_free(learned.output);
    points_free(&data);
}
