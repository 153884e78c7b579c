/* How near is near: a sweep of the bandwidth, the error of each point from the others alone, and a
 * descent to the bandwidth that makes it least. */
#include "chapters/01_reweighting/parts.h"
#include "chapters/01_reweighting/regression.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>

enum { N_POINTS = 40, N_SWEEP = 4, N_CURVE = 61, N_STEPS = 40, N_GREEDY = 12 };

static const panel sweep[N_SWEEP] = {{"bandwidth 0.1", REF_GAUSSIAN, 0.1},
                                     {"bandwidth 0.2", REF_GAUSSIAN, 0.2},
                                     {"bandwidth 0.5", REF_GAUSSIAN, 0.5},
                                     {"bandwidth 1", REF_GAUSSIAN, 1.0}};

static void print_sweep(report *to, const observations *data)
{
    static const char *const headings[] = {"bandwidth", "listens to", "own error", "left out"};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t i = 0; i < N_SWEEP; i++) {
        double bandwidth = sweep[i].bandwidth;
        fit curve = fit_at(data, data->x, sweep[i].proximity, bandwidth);
        double own = fit_error(data, sweep[i].proximity, bandwidth, false).error;
        double left_out = fit_error(data, sweep[i].proximity, bandwidth, true).error;
        terminal_table_cell(table, FIGURE_AUTO, "%g", bandwidth);
        terminal_table_cell(table, FIGURE_AUTO, "%.1f", points_listened_to(curve.weights));
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", own);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", left_out);
        char name[64];
        snprintf(name, sizeof name, "own_error_%g", 10.0 * bandwidth);
        report_number(to, name, own);
        snprintf(name, sizeof name, "left_out_error_%g", 10.0 * bandwidth);
        report_number(to, name, left_out);
        snprintf(name, sizeof name, "listens_%g", 10.0 * bandwidth);
        report_number(to, name, points_listened_to(curve.weights));
        fit_free(&curve);
    }
    terminal_print_table(&to->out, table);
}

/* Both errors over the bandwidth. */
static void draw_errors(const report *to, const observations *data)
{
    gsl_vector *bandwidths = program_vector(N_CURVE);
    gsl_vector *own = program_vector(N_CURVE);
    gsl_vector *left_out = program_vector(N_CURVE);
    for (size_t i = 0; i < N_CURVE; i++) {
        double bandwidth = 0.03 * pow(100.0, (double)i / (N_CURVE - 1));
        gsl_vector_set(bandwidths, i, bandwidth);
        gsl_vector_set(own, i, fit_error(data, REF_GAUSSIAN, bandwidth, false).error);
        gsl_vector_set(left_out, i, fit_error(data, REF_GAUSSIAN, bandwidth, true).error);
    }
    figure_series series[] = {
        {.name = "each point from the others", .x = bandwidths, .y = left_out},
        {.name = "each point from all, itself too", .x = bandwidths, .y = own}};
    report_plot(to, "bandwidth_error",
                &(figure_plot){.title = "Only the error on points left out has a lowest place",
                               .description = "One curve falls to 0 at the left, the other has a "
                                              "minimum.",
                               .x_label = "bandwidth",
                               .y_label = "error; 1 is the mean",
                               .series = series,
                               .n_series = 2,
                               .is_log_x = true});
    gsl_vector_free(bandwidths);
    gsl_vector_free(own);
    gsl_vector_free(left_out);
}

/* The slope by central differences, to compare with equation (1.5). */
static double slope_by_differences(const observations *data, double bandwidth, bool is_left_out)
{
    double step = 1e-5 * bandwidth;
    double above = fit_error(data, REF_GAUSSIAN, bandwidth + step, is_left_out).error;
    double below = fit_error(data, REF_GAUSSIAN, bandwidth - step, is_left_out).error;
    return (above - below) / (2.0 * step);
}

static void print_descent(const report *to, const observations *data, const descent *walk)
{
    static const size_t shown[] = {0, 1, 2, 3, 4, 5, 6, 8};
    static const char *const headings[] = {"step", "bandwidth", "left out", "slope (1.5)",
                                           "by differences"};
    terminal_table *table = terminal_table_start(5, headings);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        size_t step = shown[i];
        double bandwidth = walk->bandwidth[step];
        terminal_table_cell(table, FIGURE_AUTO, "%zu", step);
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", bandwidth);
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", walk->at[step].error);
        terminal_table_cell(table, FIGURE_AUTO, "%.5f", walk->at[step].gradient);
        terminal_table_cell(table, FIGURE_AUTO, "%.5f",
                            slope_by_differences(data, bandwidth, true));
    }
    terminal_print_table(&to->out, table);
}

void show_bandwidth(report *to, const settings *choices)
{
    observations data = draw_sine(N_POINTS, choices->seed);
    print_sweep(to, &data);
    draw_panels(to, "bandwidth_panels", "Four bandwidths and their weights", &data, sweep, N_SWEEP);
    terminal_heading(&to->out, "The error over the bandwidth");
    draw_errors(to, &data);

    descent walk = descend(&data, REF_GAUSSIAN, 2.0, true, N_STEPS);
    terminal_heading(&to->out, "Descent on the left-out error");
    print_descent(to, &data, &walk);
    report_number(to, "best_bandwidth", walk.bandwidth[N_STEPS]);
    report_number(to, "best_left_out", walk.at[N_STEPS].error);

    descent greedy = descend(&data, REF_GAUSSIAN, 2.0, false, N_GREEDY);
    double collapsed = greedy.bandwidth[N_GREEDY];
    double left_out = fit_error(&data, REF_GAUSSIAN, collapsed, true).error;
    report_gap(to);
    report_say(to,
               "The same descent on the error with the point itself is at %.4f after %d steps, and "
               "falling: own error %.4f, left out %.3f. It learns to copy.",
               collapsed, N_GREEDY, greedy.at[N_GREEDY].error, left_out);
    report_number(to, "greedy_bandwidth", collapsed);
    report_number(to, "greedy_own", greedy.at[N_GREEDY].error);
    report_number(to, "greedy_left_out", left_out);
    observations_free(&data);
}
