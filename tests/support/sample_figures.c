#include "tests/support/sample_figures.h"

#include <math.h>

const char *const sample_words[4] = {"the", "<b>&\"bänk\"", "日本語", "incomprehensibilities"};

double sample_numbers[12] = {0.25, 0.5,  -0.125, 1e-9, 0.0,   -INFINITY,
                             3.0,  0.75, 0.5,    0.1,  -1e-9, NAN};

static gsl_matrix_view cells;
static gsl_vector_view points_x, points_y, lengths;
static figure_series two_series[2];

figure_heat_map sample_heat_map(void)
{
    cells = gsl_matrix_view_array(sample_numbers, 3, 4);
    return (figure_heat_map){.title = "Weights & <scores>",
                             .row_labels = sample_words,
                             .col_labels = sample_words,
                             .cells = &cells.matrix,
                             .has_marked_row = true,
                             .marked_row = 2};
}

figure_plot sample_plot(figure_series **series)
{
    points_x = gsl_vector_view_array(sample_numbers, 6);
    points_y = gsl_vector_view_array(sample_numbers + 6, 6);
    const gsl_vector *x = &points_x.vector, *y = &points_y.vector;
    two_series[0] = (figure_series){"a curve", FIGURE_CURVE, FIGURE_AUTO, x, y};
    two_series[1] = (figure_series){"points", FIGURE_POINTS, FIGURE_KEY, x, y};
    if (series != NULL) {
        *series = two_series;
    }
    return (figure_plot){
        .title = "A plot", .x_label = "x", .y_label = "y", .series = two_series, .n_series = 2};
}

figure_bars sample_bars(void)
{
    lengths = gsl_vector_view_array(sample_numbers, 4);
    return (figure_bars){.title = "Bars",
                         .labels = sample_words,
                         .values = &lengths.vector,
                         .value_label = "length",
                         .limit_label = "a limit",
                         .limit = 0.4};
}
