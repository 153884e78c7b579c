/**
 * @file svg_plot.c
 * Curves and points over axes.
 */
#include "chapters/common/figures/figure_scale.h"
#include "chapters/common/figures/svg_internal.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/utf8.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 16, WIDTH = 680, PICTURE_HEIGHT = 320, LEGEND_LINE = 22, MAX_HOVER = 256 };
enum { MAX_HOVERING = 80 }; /* a curve with more points than this gets no title on each */

typedef struct {
    const figure_plot *plot;
    figure_axis x, y;
    double left, top, right, bottom; /* of the picture, in pixels */
    double height;                   /* of the figure */
} layout;

static double legend_width(const figure_series *series)
{
    return 34.0 + svg_text_width(series->name != NULL ? series->name : "", 13.0) + 18.0;
}

/* Lines that the legend takes, and where its entry k stands. */
static size_t place_legend(const figure_plot *plot, size_t k, double *x)
{
    size_t line = 0;
    *x = MARGIN;
    for (size_t i = 0; i <= k && i < plot->n_series; i++) {
        double width = legend_width(&plot->series[i]);
        if (*x > MARGIN && *x + width > WIDTH - MARGIN) {
            line++;
            *x = MARGIN;
        }
        *x += i < k ? width : 0.0;
    }
    return line;
}

static layout lay_out(const figure_plot *plot, figure_axis x, figure_axis y)
{
    double unused, widest = 0.0;
    char label[FIGURE_LABEL_SIZE];
    for (size_t t = 0; t < y.n_ticks; t++) {
        figure_format_tick(&y, y.ticks[t], label);
        widest = fmax(widest, svg_text_width(label, 12.0));
    }
    layout l = {.plot = plot, .x = x, .y = y};
    size_t legend_lines = 1 + place_legend(plot, plot->n_series - 1, &unused);
    l.left = MARGIN + (plot->y_label != NULL ? 22.0 : 0.0) + widest + 10.0;
    l.right = WIDTH - MARGIN - 8.0;
    l.top = MARGIN + 30.0 + LEGEND_LINE * (double)legend_lines + 8.0;
    l.bottom = l.top + PICTURE_HEIGHT;
    l.height = l.bottom + 24.0 + (plot->x_label != NULL ? 22.0 : 0.0) + MARGIN;
    return l;
}

static double across(const layout *l, double x)
{
    return l->left + (l->right - l->left) * figure_position(&l->x, x);
}

static double down(const layout *l, double y)
{
    return l->bottom - (l->bottom - l->top) * figure_position(&l->y, y);
}

static void draw_axes(svg_canvas *canvas, const layout *l)
{
    char label[FIGURE_LABEL_SIZE];
    for (size_t t = 0; t < l->y.n_ticks; t++) {
        double y = down(l, l->y.ticks[t]);
        figure_format_tick(&l->y, l->y.ticks[t], label);
        svg_line(canvas, "grid", l->left, y, l->right, y);
        svg_text(canvas, "number faint", SVG_END, l->left - 8.0, y + 4.2, "%s", label);
    }
    svg_line(canvas, "faint", l->left, l->bottom, l->right, l->bottom);
    for (size_t t = 0; t < l->x.n_ticks; t++) {
        double x = across(l, l->x.ticks[t]);
        figure_format_tick(&l->x, l->x.ticks[t], label);
        svg_line(canvas, "faint", x, l->bottom, x, l->bottom + 5.0);
        svg_text(canvas, "number faint", SVG_MIDDLE, x, l->bottom + 20.0, "%s", label);
    }
    if (l->plot->x_label != NULL) {
        svg_text(canvas, "label", SVG_MIDDLE, 0.5 * (l->left + l->right), l->bottom + 44.0, "%s",
                 l->plot->x_label);
    }
    if (l->plot->y_label != NULL) {
        svg_turned_text(canvas, "label", SVG_MIDDLE, MARGIN + 12.0, 0.5 * (l->top + l->bottom),
                        -90.0, "%s", l->plot->y_label);
    }
}

/* The mark of a series: of its part, or of its number among those of the same style. */
static figure_role mark_of(const figure_plot *plot, size_t k)
{
    static const figure_role in_order[] = {FIGURE_QUERY,  FIGURE_KEY,     FIGURE_VALUE,
                                           FIGURE_WEIGHT, FIGURE_CONTEXT, FIGURE_FAINT};
    const figure_series *series = &plot->series[k];
    size_t n_before = 0;
    for (size_t i = 0; i < k; i++) {
        n_before += plot->series[i].style == series->style && plot->series[i].role == FIGURE_AUTO;
    }
    return series->role != FIGURE_AUTO ? series->role : in_order[n_before % FIGURE_N_SERIES];
}

/* Colour, and for curves the dashes: the first is solid, the others are told apart by them. What is
 * only there to compare with is solid and grey. */
static void classes_of(const figure_plot *plot, size_t k, char *classes, size_t size)
{
    size_t n_before = 0;
    for (size_t i = 0; i < k; i++) {
        n_before += plot->series[i].style == FIGURE_CURVE && plot->series[i].role != FIGURE_FAINT;
    }
    const figure_series *series = &plot->series[k];
    const char *colour = svg_colour_class(series->role, figure_series_number(plot, k));
    if (series->style == FIGURE_CURVE && n_before > 0 && series->role != FIGURE_FAINT) {
        snprintf(classes, size, "%s dash-%zu", colour, (n_before - 1) % 5 + 1);
    } else {
        snprintf(classes, size, "%s", colour);
    }
}

static void draw_legend(svg_canvas *canvas, const figure_plot *plot)
{
    for (size_t k = 0; k < plot->n_series; k++) {
        const figure_series *series = &plot->series[k];
        char classes[64];
        double x;
        double y = MARGIN + 40.0 + LEGEND_LINE * (double)place_legend(plot, k, &x);
        classes_of(plot, k, classes, sizeof classes);
        if (series->style == FIGURE_CURVE) {
            const double ends_x[] = {x + 1.0, x + 26.0}, ends_y[] = {y, y};
            svg_curve(canvas, classes, ends_x, ends_y, 2);
        } else {
            svg_mark(canvas, classes, mark_of(plot, k), x + 22.0, y, NULL);
        }
        svg_text(canvas, "label", SVG_START, x + 34.0, y + 4.5, "%s",
                 series->name != NULL ? series->name : "");
    }
}

static void draw_marks(svg_canvas *canvas, const layout *l, size_t k, const char *extra)
{
    const figure_series *series = &l->plot->series[k];
    char classes[96], hover[MAX_HOVER];
    snprintf(classes, sizeof classes, "%s%s",
             svg_colour_class(series->role, figure_series_number(l->plot, k)), extra);
    for (size_t i = 0; i < series->x->size; i++) {
        double x = gsl_vector_get(series->x, i), y = gsl_vector_get(series->y, i);
        if (isfinite(across(l, x)) && isfinite(down(l, y))) {
            snprintf(hover, sizeof hover, "%.120s: %.6g, %.6g",
                     series->name != NULL ? series->name : "", x, y);
            svg_mark(canvas, classes, mark_of(l->plot, k), across(l, x), down(l, y), hover);
        }
    }
}

static void draw_curve(svg_canvas *canvas, const layout *l, size_t k)
{
    const figure_series *series = &l->plot->series[k];
    size_t n = series->x->size;
    double *x = program_allocate(n, sizeof *x), *y = program_allocate(n, sizeof *y);
    char classes[64];
    for (size_t i = 0; i < n; i++) {
        x[i] = across(l, gsl_vector_get(series->x, i));
        y[i] = down(l, gsl_vector_get(series->y, i));
    }
    classes_of(l->plot, k, classes, sizeof classes);
    svg_curve(canvas, classes, x, y, n);
    if (n <= MAX_HOVERING) {
        draw_marks(canvas, l, k, " hot");
    }
    free(x);
    free(y);
}

static int check(const figure_plot *plot)
{
    if (plot->title == NULL || plot->series == NULL || plot->n_series == 0) {
        GSL_ERROR("a plot needs a title and at least one series", GSL_EINVAL);
    }
    for (size_t k = 0; k < plot->n_series; k++) {
        if (plot->series[k].x->size != plot->series[k].y->size) {
            GSL_ERROR("there must be one y per x", GSL_EBADLEN);
        }
    }
    return GSL_SUCCESS;
}

int svg_write_plot(const char *path, const figure_plot *plot)
{
    figure_axis x, y;
    int status = check(plot);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (!figure_plot_axes(plot, 5, &x, &y)) {
        GSL_ERROR("a plot needs at least one finite point", GSL_EINVAL);
    }
    layout l = lay_out(plot, x, y);
    svg_canvas *canvas = svg_open(path, WIDTH, l.height, plot->title, plot->description);
    if (canvas == NULL) {
        return GSL_EFAILED;
    }
    svg_text(canvas, "title", SVG_START, MARGIN, MARGIN + 16.0, "%s", plot->title);
    draw_legend(canvas, plot);
    draw_axes(canvas, &l);
    for (size_t k = 0; k < plot->n_series; k++) {
        if (plot->series[k].style == FIGURE_CURVE) {
            draw_curve(canvas, &l, k);
        }
    }
    for (size_t k = 0; k < plot->n_series; k++) {
        if (plot->series[k].style == FIGURE_POINTS) {
            draw_marks(canvas, &l, k, " point");
        }
    }
    return svg_close(canvas);
}
