/**
 * @file svg_heat_map.c
 * Heat maps: one rectangle a cell, its weight as opacity.
 */
#include "chapters/common/figures/figure_scale.h"
#include "chapters/common/figures/svg_internal.h"
#include "chapters/common/program/utf8.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>

enum { MARGIN = 16, LABEL_FONT = 13, SCALE_WIDTH = 12, MAX_HOVER = 512 };

/* Where everything stands, in pixels. */
typedef struct {
    const figure_heat_map *map;
    size_t n_rows, n_cols, decimals;
    double min, max;             /* values of the palest and the fullest cell */
    double cell;                 /* side of a cell with its gap */
    double left, top;            /* upper left corner of the cells */
    double width, height;        /* of the figure */
    bool has_numbers, is_turned; /* numbers fit; column labels do not */
} layout;

static double widest_label(const char *const *labels, size_t n)
{
    double widest = 0.0;
    char number[FIGURE_LABEL_SIZE];
    for (size_t i = 0; i < n; i++) {
        widest = fmax(widest, svg_text_width(figure_label(labels, i, number), LABEL_FONT));
    }
    return widest;
}

/* Large cells for a few tokens; many share the width of a page. */
static double cell_size(size_t n)
{
    return n <= 8 ? 52.0 : n <= 12 ? 44.0 : n <= 18 ? 36.0 : fmax(4.0, floor(640.0 / (double)n));
}

/* Where cells are smaller than a line of text, only every second, third, ... has a label. */
static double label_stride(const layout *l)
{
    return ceil(LABEL_FONT / l->cell);
}

static layout lay_out(const figure_heat_map *map)
{
    layout l = {.map = map,
                .n_rows = map->cells->size1,
                .n_cols = map->cells->size2,
                .decimals = map->decimals > 0 ? map->decimals : 2};
    figure_heat_range(map, &l.min, &l.max);
    l.cell = cell_size(l.n_rows > l.n_cols ? l.n_rows : l.n_cols);
    l.has_numbers = l.cell >= 36.0;
    double row_labels = widest_label(map->row_labels, l.n_rows);
    double row_title = svg_text_width(figure_or_else(map->row_title, "query"), LABEL_FONT) + 16.0;
    double col_labels = widest_label(map->col_labels, l.n_cols);
    l.is_turned = col_labels > l.cell * label_stride(&l) - 6.0;
    double slant = 0.71; /* turned labels stand at 45 degrees */
    l.left = MARGIN + fmax(row_labels, row_title) + 10.0;
    l.top = MARGIN + 52.0 + (l.is_turned ? slant * col_labels : LABEL_FONT) + 10.0;
    double cells = l.cell * (double)l.n_cols;
    double scale = 24.0 + SCALE_WIDTH + 48.0;
    double overhang = l.is_turned ? fmax(0.0, slant * col_labels - scale) : 0.0;
    double title = svg_text_width(figure_or_else(map->title, ""), 17.0);
    l.width = fmax(l.left + cells + scale + overhang, title + 2 * MARGIN);
    l.height = l.top + fmax(l.cell * (double)l.n_rows, 60.0) + MARGIN;
    return l;
}

static void draw_labels(svg_canvas *canvas, const layout *l)
{
    const figure_heat_map *map = l->map;
    char number[FIGURE_LABEL_SIZE];
    size_t stride = (size_t)label_stride(l);
    svg_text(canvas, "title", SVG_START, MARGIN, MARGIN + 16.0, "%s", map->title);
    svg_text(canvas, "role-key", SVG_START, l->left + 2.0, MARGIN + 44.0, "%s →",
             figure_or_else(map->col_title, "key"));
    svg_text(canvas, "role-query", SVG_END, l->left - 10.0, l->top - 10.0, "%s ↓",
             figure_or_else(map->row_title, "query"));
    for (size_t i = 0; i < l->n_rows; i += stride) {
        bool is_marked = map->has_marked_row && map->marked_row == i;
        svg_text(canvas, is_marked ? "strong role-query" : "label", SVG_END, l->left - 10.0,
                 l->top + l->cell * ((double)i + 0.5) + 4.5, "%s",
                 figure_label(map->row_labels, i, number));
    }
    for (size_t j = 0; j < l->n_cols; j += stride) {
        const char *name = figure_label(map->col_labels, j, number);
        double x = l->left + l->cell * ((double)j + 0.5);
        if (l->is_turned) {
            svg_turned_text(canvas, "label", SVG_START, x + 2.0, l->top - 9.0, -45.0, "%s", name);
        } else {
            svg_text(canvas, "label", SVG_MIDDLE, x, l->top - 10.0, "%s", name);
        }
    }
}

/* "bank → river: weight 0.216, score 1.520" */
static void describe_cell(const layout *l, size_t i, size_t j, char *hover)
{
    const figure_heat_map *map = l->map;
    char row[FIGURE_LABEL_SIZE], col[FIGURE_LABEL_SIZE], value[FIGURE_LABEL_SIZE] = "masked";
    double cell = gsl_matrix_get(map->cells, i, j);
    if (isfinite(cell)) {
        figure_format(cell, l->decimals + 2, value);
    }
    int used = snprintf(
        hover, MAX_HOVER, "%.100s → %.100s: %.60s %s", figure_label(map->row_labels, i, row),
        figure_label(map->col_labels, j, col), figure_or_else(map->cell_title, "weight"), value);
    if (map->scores != NULL) {
        double score = gsl_matrix_get(map->scores, i, j);
        if (isfinite(score)) {
            figure_format(score, l->decimals + 2, value);
        }
        snprintf(hover + used, MAX_HOVER - (size_t)used, ", score %s", value);
    }
}

static void draw_cell(svg_canvas *canvas, const layout *l, size_t i, size_t j)
{
    double gap = l->cell >= 20.0 ? 2.0 : l->cell >= 8.0 ? 1.0 : 0.0;
    double x = l->left + l->cell * (double)j, y = l->top + l->cell * (double)i;
    double side = l->cell - gap, value = gsl_matrix_get(l->map->cells, i, j);
    char hover[MAX_HOVER], number[FIGURE_LABEL_SIZE];
    describe_cell(l, i, j, hover);
    if (!isfinite(value)) {
        svg_rectangle(canvas, "cell", x, y, side, side, 0.0, hover);
        svg_line(canvas, "faint pale", x + 0.3 * side, y + 0.7 * side, x + 0.7 * side,
                 y + 0.3 * side);
        return;
    }
    double heat = figure_heat(value, l->min, l->max);
    svg_rectangle(canvas, heat < 0.0 ? "cell negative" : "cell", x, y, side, side,
                  0.04 + 0.96 * fabs(heat), hover);
    if (l->has_numbers) {
        figure_format(value, l->decimals, number);
        bool is_long = svg_text_width(number, 12.0) > side - 4.0;
        const char *on_full = is_long ? "number small on-full" : "number on-full";
        const char *on_pale = is_long ? "number small" : "number";
        svg_text(canvas, fabs(heat) > 0.7 ? on_full : on_pale, SVG_MIDDLE, x + 0.5 * side,
                 y + 0.5 * side + 4.2, "%s", number);
    }
}

static void draw_scale(svg_canvas *canvas, const layout *l)
{
    double x = l->left + l->cell * (double)l->n_cols + 24.0;
    double height = fmin(fmax(l->cell * (double)l->n_rows - 2.0, 56.0), 220.0);
    double largest = l->min < 0.0 ? fmax(-l->min, l->max) : l->max;
    double smallest = l->min < 0.0 ? -largest : l->min;
    char low[FIGURE_LABEL_SIZE], high[FIGURE_LABEL_SIZE];
    figure_format(smallest, l->decimals, low);
    figure_format(largest, l->decimals, high);
    svg_colour_scale(canvas, x, l->top, SCALE_WIDTH, height, l->min < 0.0 ? 0.5 : 1.0);
    svg_text(canvas, "number faint", SVG_START, x + SCALE_WIDTH + 6.0, l->top + 9.0, "%s", high);
    svg_text(canvas, "number faint", SVG_START, x + SCALE_WIDTH + 6.0, l->top + height, "%s", low);
    svg_text(canvas, "number role-weight", SVG_START, x, l->top - 10.0, "%s",
             figure_or_else(l->map->cell_title, "weight"));
}

static int check(const figure_heat_map *map)
{
    if (map->title == NULL || map->cells == NULL) {
        GSL_ERROR("a heat map needs a title and cells", GSL_EINVAL);
    }
    if (map->has_marked_row && map->marked_row >= map->cells->size1) {
        GSL_ERROR("the marked row must be one of the rows", GSL_EINVAL);
    }
    if (map->scores != NULL &&
        (map->scores->size1 != map->cells->size1 || map->scores->size2 != map->cells->size2)) {
        GSL_ERROR("there must be one score per cell", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

int svg_write_heat_map(const char *path, const figure_heat_map *map)
{
    int status = check(map);
    if (status != GSL_SUCCESS) {
        return status;
    }
    layout l = lay_out(map);
    svg_canvas *canvas = svg_open(path, l.width, l.height, map->title, map->description);
    if (canvas == NULL) {
        return GSL_EFAILED;
    }
    draw_labels(canvas, &l);
    for (size_t i = 0; i < l.n_rows; i++) {
        for (size_t j = 0; j < l.n_cols; j++) {
            draw_cell(canvas, &l, i, j);
        }
    }
    if (map->has_marked_row) {
        svg_rectangle(canvas, "frame role-query", l.left - 3.0,
                      l.top + l.cell * (double)map->marked_row - 3.0,
                      l.cell * (double)l.n_cols + 4.0, l.cell + 4.0, 1.0, NULL);
    }
    draw_scale(canvas, &l);
    return svg_close(canvas);
}
