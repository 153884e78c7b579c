/* A figure of its own: one column a panel, the fitted curve above, the map of weights below. */
#include "chapters/01_reweighting/regression.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>

enum { N_CURVE = 61, N_MAP_ROWS = 20 };

/* In pixels. */
static const double side = 160.0;
static const double gap = 18.0;
static const double left = 34.0;
static const double top_of_plots = 44.0;
static const double top_of_maps = 236.0;

/* Where x stands in a panel that starts at `from`: 0 .. 5 with a margin for the marks. */
static double place_x(double from, double x)
{
    return from + side * (x + 0.2) / 5.4;
}

/* Where y stands: the curve runs from 0 to 4.6, the noise takes the points further. */
static double place_y(double y)
{
    return top_of_plots + side * (5.8 - y) / 6.6;
}

static gsl_vector *even_queries(size_t n)
{
    gsl_vector *queries = program_vector(n);
    for (size_t i = 0; i < n; i++) {
        gsl_vector_set(queries, i, 5.0 * (double)i / (double)(n - 1));
    }
    return queries;
}

static void draw_plot(svg_canvas *canvas, double from, const observations *data, const panel *what)
{
    svg_rectangle(canvas, "edge grid", from, top_of_plots, side, side, 1.0, NULL);
    for (size_t j = 0; j < data->x->size; j++) {
        double x = gsl_vector_get(data->x, j), y = gsl_matrix_get(data->y, j, 0);
        char hover[64];
        snprintf(hover, sizeof hover, "x = %.2f, y = %.2f", x, y);
        svg_mark(canvas, "faint", FIGURE_FAINT, place_x(from, x), place_y(y), hover);
    }
    gsl_vector *queries = even_queries(N_CURVE);
    fit curve = fit_at(data, queries, what->proximity, what->bandwidth);
    double xs[N_CURVE], truth[N_CURVE], ys[N_CURVE];
    for (size_t i = 0; i < N_CURVE; i++) {
        double x = gsl_vector_get(queries, i);
        xs[i] = place_x(from, x);
        truth[i] = place_y(sine_truth(x));
        ys[i] = place_y(gsl_matrix_get(curve.output, i, 0));
    }
    svg_curve(canvas, "faint dash-4", xs, truth, N_CURVE);
    svg_curve(canvas, "role-context thick", xs, ys, N_CURVE);
    fit_free(&curve);
    gsl_vector_free(queries);
}

/* Rows are queries 0 .. 5 from top to bottom, columns the points in their order. The fullest cell of
 * a panel is its largest weight. */
static void draw_map(svg_canvas *canvas, double from, const observations *data, const panel *what)
{
    gsl_vector *queries = even_queries(N_MAP_ROWS);
    fit curve = fit_at(data, queries, what->proximity, what->bandwidth);
    double largest = gsl_matrix_max(curve.weights);
    double width = side / (double)data->x->size, height = side / N_MAP_ROWS;
    svg_rectangle(canvas, "edge grid", from, top_of_maps, side, side, 1.0, NULL);
    for (size_t i = 0; i < N_MAP_ROWS; i++) {
        for (size_t j = 0; j < data->x->size; j++) {
            double weight = gsl_matrix_get(curve.weights, i, j);
            if (weight < 0.02 * largest) {
                continue;
            }
            char hover[64];
            snprintf(hover, sizeof hover, "x = %.2f, point %zu: %.3f", gsl_vector_get(queries, i),
                     j, weight);
            svg_rectangle(canvas, "cell", from + width * (double)j,
                          top_of_maps + height * (double)i, width, height, weight / largest, hover);
        }
    }
    fit_free(&curve);
    gsl_vector_free(queries);
}

void draw_panels(const report *to, const char *name, const char *title, const observations *data,
                 const panel *panels, size_t n_panels)
{
    char path[REPORT_PATH_SIZE];
    if (!report_figure_path(to, name, path)) {
        return;
    }
    double width = left + (double)n_panels * (side + gap);
    svg_canvas *canvas = svg_open(path, width, top_of_maps + side + 24.0, title,
                                  "Above, points and fitted curves; below, maps of the weights.");
    if (canvas == NULL) {
        program_fail("%s", program_last_error());
    }
    for (size_t i = 0; i < n_panels; i++) {
        double from = left + (double)i * (side + gap);
        svg_text(canvas, "label", SVG_MIDDLE, from + side / 2.0, top_of_plots - 14.0, "%s",
                 panels[i].title);
        draw_plot(canvas, from, data, &panels[i]);
        draw_map(canvas, from, data, &panels[i]);
        svg_text(canvas, "number faint", SVG_MIDDLE, from + side / 2.0, top_of_plots + side + 16.0,
                 "x from 0 to 5");
        svg_text(canvas, "number faint", SVG_MIDDLE, from + side / 2.0, top_of_maps + side + 16.0,
                 "the 40 points");
    }
    svg_text(canvas, "number faint", SVG_END, left - 6.0, top_of_plots + 10.0, "y");
    svg_text(canvas, "number faint", SVG_END, left - 6.0, top_of_maps + 10.0, "0");
    svg_text(canvas, "number faint", SVG_END, left - 6.0, top_of_maps + side, "5");
    program_check(svg_close(canvas));
}
