/* Kernel regression: the weighted sum draws a curve through points. Four kernels, four maps. */
#include "chapters/01_reweighting/parts.h"
#include "chapters/01_reweighting/regression.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_statistics_double.h>

enum { N_POINTS = 40, N_QUERIES = 51, N_KERNELS = 4 };

static const panel kernels[N_KERNELS] = {{"gaussian", REF_GAUSSIAN, 1.0},
                                         {"boxcar", REF_BOXCAR, 1.0},
                                         {"triangular", REF_TRIANGULAR, 1.0},
                                         {"epanechnikov", REF_EPANECHNIKOV, 1.0}};

/* 0, 0.1, .. 5, and the curve without noise there */
static void set_queries(gsl_vector *queries, gsl_vector *truth)
{
    for (size_t i = 0; i < N_QUERIES; i++) {
        double x = 5.0 * (double)i / (N_QUERIES - 1);
        gsl_vector_set(queries, i, x);
        gsl_vector_set(truth, i, sine_truth(x));
    }
}

/* The root of the mean squared difference. */
static double distance_to(const gsl_vector *truth, const gsl_vector *curve)
{
    double sum = 0.0;
    for (size_t i = 0; i < truth->size; i++) {
        sum += gsl_pow_2(gsl_vector_get(curve, i) - gsl_vector_get(truth, i));
    }
    return sqrt(sum / (double)truth->size);
}

/* A row of the table, and the number for the page. */
static void print_row(report *to, terminal_table *table, const char *name, double distance,
                      double listened, double largest)
{
    terminal_table_cell(table, FIGURE_AUTO, "%s", name);
    terminal_table_cell(table, FIGURE_AUTO, "%.3f", distance);
    terminal_table_cell(table, FIGURE_AUTO, "%.1f", listened);
    terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", largest);
    char result[64];
    snprintf(result, sizeof result, "fit_%s", name);
    report_number(to, result, distance);
}

static void print_fits(report *to, const observations *data, const fit fits[N_KERNELS],
                       const gsl_vector *truth)
{
    static const char *const headings[] = {"kernel", "off truth", "listens to", "top weight"};
    terminal_table *table = terminal_table_start(4, headings);
    gsl_vector *flat = program_vector(N_QUERIES);
    gsl_vector_set_all(flat, gsl_stats_mean(data->y->data, data->y->tda, N_POINTS));
    print_row(to, table, "mean", distance_to(truth, flat), N_POINTS, 1.0 / N_POINTS);
    for (size_t k = 0; k < N_KERNELS; k++) {
        gsl_vector_const_view curve = gsl_matrix_const_column(fits[k].output, 0);
        print_row(to, table, kernels[k].title, distance_to(truth, &curve.vector),
                  points_listened_to(fits[k].weights), gsl_matrix_max(fits[k].weights));
    }
    terminal_print_table(&to->out, table);
    gsl_vector_free(flat);
}

static void draw_fits(const report *to, const observations *data, const fit fits[N_KERNELS],
                      const gsl_vector *queries, const gsl_vector *truth)
{
    gsl_vector_const_view points = gsl_matrix_const_column(data->y, 0);
    gsl_vector_view curves[N_KERNELS];
    figure_series series[N_KERNELS + 2] = {
        {.name = "points",
         .style = FIGURE_POINTS,
         .role = FIGURE_VALUE,
         .x = data->x,
         .y = &points.vector},
        {.name = "truth", .role = FIGURE_FAINT, .x = queries, .y = truth}};
    for (size_t k = 0; k < N_KERNELS; k++) {
        curves[k] = gsl_matrix_column(fits[k].output, 0);
        series[k + 2] =
            (figure_series){.name = kernels[k].title, .x = queries, .y = &curves[k].vector};
    }
    report_plot(to, "kernel_fits",
                &(figure_plot){.title = "Four kernels, bandwidth 1",
                               .description = "40 points around a rising wave, and four curves.",
                               .x_label = "x",
                               .y_label = "y",
                               .series = series,
                               .n_series = N_KERNELS + 2});
}

void show_kernels(report *to, const settings *choices)
{
    observations data = draw_sine(N_POINTS, choices->seed);
    gsl_vector *queries = program_vector(N_QUERIES);
    gsl_vector *truth = program_vector(N_QUERIES);
    set_queries(queries, truth);
    fit fits[N_KERNELS];
    for (size_t k = 0; k < N_KERNELS; k++) {
        fits[k] = fit_at(&data, queries, kernels[k].proximity, kernels[k].bandwidth);
    }
    draw_fits(to, &data, fits, queries, truth);
    draw_panels(to, "kernel_panels", "Four kernels and their weights, bandwidth 1", &data, kernels,
                N_KERNELS);

    terminal_heading(&to->out, "How far off the truth");
    print_fits(to, &data, fits, truth);
    report_gap(to);
    report_say(to,
               "Off truth: root mean squared distance to 2 sin x + x at %d places. Listens to: "
               "1 / sum of squared weights.",
               N_QUERIES);
    for (size_t k = 0; k < N_KERNELS; k++) {
        fit_free(&fits[k]);
    }
    gsl_vector_free(truth);
    gsl_vector_free(queries);
    observations_free(&data);
}
