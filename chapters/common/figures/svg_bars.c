/**
 * @file svg_bars.c
 * Horizontal bars.
 */
#include "chapters/common/figures/figure_scale.h"
#include "chapters/common/figures/svg_internal.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>

enum { MARGIN = 16, WIDTH = 680, BAR_HEIGHT = 22, BAR_STEP = 32, MAX_HOVER = 256 };

static int check(const figure_bars *bars)
{
    if (bars->title == NULL || bars->labels == NULL || bars->values == NULL) {
        GSL_ERROR("bars need a title, labels and values", GSL_EINVAL);
    }
    for (size_t i = 0; i < bars->values->size; i++) {
        if (!isfinite(gsl_vector_get(bars->values, i))) {
            GSL_ERROR("the length of a bar must be finite", GSL_EINVAL);
        }
    }
    return GSL_SUCCESS;
}

/* A bar from (left, y), its label before it and its number behind it. */
static void draw_bar(svg_canvas *canvas, const figure_bars *bars, size_t i, double left, double y,
                     double pixels_per_unit)
{
    double value = gsl_vector_get(bars->values, i);
    double length = fmax(0.0, value * pixels_per_unit);
    char number[FIGURE_LABEL_SIZE], hover[MAX_HOVER], classes[64];
    figure_format(value, bars->decimals > 0 ? bars->decimals : 2, number);
    snprintf(hover, sizeof hover, "%.120s: %s", bars->labels[i], number);
    snprintf(classes, sizeof classes, "bar %s",
             svg_colour_class(bars->role != FIGURE_AUTO ? bars->role : FIGURE_WEIGHT, 0));
    svg_text(canvas, "label", SVG_END, left - 10.0, y + 0.5 * BAR_HEIGHT + 4.5, "%s",
             bars->labels[i]);
    if (length > 0.0) {
        svg_rectangle(canvas, classes, left, y, length, BAR_HEIGHT, 0.85, hover);
    }
    svg_text(canvas, "number", SVG_START, left + length + 8.0, y + 0.5 * BAR_HEIGHT + 4.2, "%s",
             number);
}

int svg_write_bars(const char *path, const figure_bars *bars)
{
    int status = check(bars);
    if (status != GSL_SUCCESS) {
        return status;
    }
    size_t n = bars->values->size;
    double widest = 0.0, largest = bars->limit_label != NULL ? bars->limit : 0.0;
    for (size_t i = 0; i < n; i++) {
        widest = fmax(widest, svg_text_width(bars->labels[i], 13.0));
        largest = fmax(largest, gsl_vector_get(bars->values, i));
    }
    double left = MARGIN + widest + 10.0, right = WIDTH - MARGIN - 64.0;
    double scale = largest > 0.0 ? (right - left) / largest : 0.0;
    double top = MARGIN + 34.0 + (bars->limit_label != NULL ? 22.0 : 0.0);
    double bottom = top + BAR_STEP * (double)n;
    double height = bottom + (bars->value_label != NULL ? 22.0 : 0.0) + MARGIN;

    svg_canvas *canvas = svg_open(path, WIDTH, height, bars->title, bars->description);
    if (canvas == NULL) {
        return GSL_EFAILED;
    }
    svg_text(canvas, "title", SVG_START, MARGIN, MARGIN + 16.0, "%s", bars->title);
    for (size_t i = 0; i < n; i++) {
        draw_bar(canvas, bars, i, left, top + BAR_STEP * (double)i, scale);
    }
    svg_line(canvas, "faint", left, top - 4.0, left, bottom - 6.0);
    if (bars->limit_label != NULL) {
        double x = left + bars->limit * scale;
        svg_line(canvas, "faint dash-4", x, top - 6.0, x, bottom - 4.0);
        svg_text(canvas, "number faint", SVG_END, x + 4.0, top - 12.0, "%s", bars->limit_label);
    }
    if (bars->value_label != NULL) {
        svg_text(canvas, "faint", SVG_START, left, bottom + 14.0, "%s", bars->value_label);
    }
    return svg_close(canvas);
}
