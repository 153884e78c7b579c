/* The same smoother on a real series: the water of the Nile, 1871 - 1970. */
#include "chapters/01_reweighting/data/nile.h"
#include "chapters/01_reweighting/parts.h"
#include "chapters/01_reweighting/regression.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>
#include <gsl/gsl_statistics_double.h>

enum { N_STEPS = 40, N_HIGH = NILE_LAST_HIGH - NILE_FIRST_YEAR + 1 };

static observations nile(void)
{
    observations data = observations_alloc(NILE_N_YEARS);
    for (size_t i = 0; i < NILE_N_YEARS; i++) {
        gsl_vector_set(data.x, i, (double)(NILE_FIRST_YEAR + i));
        gsl_matrix_set(data.y, i, 0, nile_volumes[i]);
    }
    return data;
}

/* The error of a model that knows the year of the drop: every year is predicted by the mean of the
 * other years on its side. Same unit as error_and_gradient. */
static double two_means_error(double mean_before, double mean_after)
{
    double sum = 0.0;
    for (size_t i = 0; i < NILE_N_YEARS; i++) {
        double mean = i < N_HIGH ? mean_before : mean_after;
        double n = i < N_HIGH ? N_HIGH : NILE_N_YEARS - N_HIGH;
        double mean_of_others = (n * mean - nile_volumes[i]) / (n - 1.0);
        sum += gsl_pow_2(nile_volumes[i] - mean_of_others);
    }
    return sum / gsl_stats_tss(nile_volumes, 1, NILE_N_YEARS);
}

static void draw_nile(const report *to, const observations *data, const gsl_vector *best,
                      const gsl_vector *wide, const gsl_vector *means)
{
    gsl_vector_const_view points = gsl_matrix_const_column(data->y, 0);
    figure_series series[] = {
        {.name = "volume of a year",
         .style = FIGURE_POINTS,
         .role = FIGURE_FAINT,
         .x = data->x,
         .y = &points.vector},
        {.name = "bandwidth of least error", .role = FIGURE_CONTEXT, .x = data->x, .y = best},
        {.name = "bandwidth 30 years", .x = data->x, .y = wide},
        {.name = "two means", .x = data->x, .y = means}};
    report_plot(to, "nile",
                &(figure_plot){.title = "The Nile at Aswan, smoothed",
                               .description = "One hundred points, lower after 1898, and three "
                                              "curves.",
                               .x_label = "year",
                               .y_label = "10^8 cubic metres",
                               .series = series,
                               .n_series = 4});
}

static double value_in(const fit *curve, int year)
{
    return gsl_matrix_get(curve->output, (size_t)(year - NILE_FIRST_YEAR), 0);
}

static void compare_with_drop(report *to, const fit *best, double bandwidth, double error,
                              double before, double after)
{
    double two_means = two_means_error(before, after);
    terminal_heading(&to->out, "What the smoother makes of the drop");
    report_say(to,
               "Least left-out error %.3f at a bandwidth of %.2f years. Two means, %.0f until %d "
               "and %.0f after, do better: %.3f.",
               error, bandwidth, before, NILE_LAST_HIGH, after, two_means);
    report_say(
        to,
        "The water dropped from %d to %d. The curve starts to fall before and ends after: %.0f "
        "in %d, %.0f in %d, %.0f in %d, %.0f in %d. A smoother smooths also what is not "
        "smooth.",
        NILE_LAST_HIGH, NILE_LAST_HIGH + 1, value_in(best, 1896), 1896,
        value_in(best, NILE_LAST_HIGH), NILE_LAST_HIGH, value_in(best, NILE_LAST_HIGH + 1),
        NILE_LAST_HIGH + 1, value_in(best, 1901), 1901);
    report_number(to, "nile_bandwidth", bandwidth);
    report_number(to, "nile_error", error);
    report_number(to, "nile_two_means", two_means);
    report_number(to, "nile_before", before);
    report_number(to, "nile_after", after);
    report_number(to, "nile_1896", value_in(best, 1896));
    report_number(to, "nile_1898", value_in(best, NILE_LAST_HIGH));
    report_number(to, "nile_1899", value_in(best, NILE_LAST_HIGH + 1));
    report_number(to, "nile_1901", value_in(best, 1901));
}

void show_nile(report *to, const settings *choices)
{
    (void)choices;
    observations data = nile();
    descent walk = descend(&data, REF_GAUSSIAN, 30.0, true, N_STEPS);
    double bandwidth = walk.bandwidth[N_STEPS];
    fit best = fit_at(&data, data.x, REF_GAUSSIAN, bandwidth);
    fit wide = fit_at(&data, data.x, REF_GAUSSIAN, 30.0);
    gsl_vector_view best_curve = gsl_matrix_column(best.output, 0);
    gsl_vector_view wide_curve = gsl_matrix_column(wide.output, 0);
    double before = gsl_stats_mean(nile_volumes, 1, N_HIGH);
    double after = gsl_stats_mean(nile_volumes + N_HIGH, 1, NILE_N_YEARS - N_HIGH);
    gsl_vector *means = program_vector(NILE_N_YEARS);
    for (size_t i = 0; i < NILE_N_YEARS; i++) {
        gsl_vector_set(means, i, i < N_HIGH ? before : after);
    }
    draw_nile(to, &data, &best_curve.vector, &wide_curve.vector, means);
    compare_with_drop(to, &best, bandwidth, walk.at[N_STEPS].error, before, after);
    gsl_vector_free(means);
    fit_free(&best);
    fit_free(&wide);
    observations_free(&data);
}
