/**
 * @file terminal_heat_map.c
 * Heat maps as shaded blocks with numbers.
 */
#include "chapters/common/figures/figure_scale.h"
#include "chapters/common/figures/terminal.h"
#include "chapters/common/figures/terminal_internal.h"
#include "chapters/common/program/utf8.h"
#include <math.h>
#include <string.h>

enum { MAX_LABEL = 16, BLOCK_COLUMNS = 2, N_SHADES = 5 };

/* How a map is laid out on the width that there is. */
typedef struct {
    const figure_heat_map *map;
    double min, max;       /* values of the palest and the fullest cell */
    size_t label_columns;  /* width of the row labels */
    size_t number_columns; /* width of the numbers, 0 for blocks alone */
    size_t cell_columns;   /* width of a cell with the blank before it */
} layout;

static size_t widest_label(const char *const *labels, size_t n)
{
    size_t widest = 1;
    char number[FIGURE_LABEL_SIZE];
    for (size_t i = 0; i < n; i++) {
        size_t columns = utf8_columns(figure_label(labels, i, number));
        widest = columns > widest ? columns : widest;
    }
    return widest < MAX_LABEL ? widest : MAX_LABEL;
}

static size_t decimals_of(const figure_heat_map *map)
{
    return map->decimals > 0 ? map->decimals : 2;
}

static size_t widest_number(const figure_heat_map *map)
{
    size_t widest = 1;
    char number[FIGURE_LABEL_SIZE];
    for (size_t i = 0; i < map->cells->size1; i++) {
        for (size_t j = 0; j < map->cells->size2; j++) {
            figure_format(gsl_matrix_get(map->cells, i, j), decimals_of(map), number);
            size_t columns = isfinite(gsl_matrix_get(map->cells, i, j)) ? strlen(number) : 1;
            widest = columns > widest ? columns : widest;
        }
    }
    return widest;
}

static layout lay_out(const terminal *out, const figure_heat_map *map)
{
    size_t n_cols = map->cells->size2;
    layout l = {.map = map, .label_columns = widest_label(map->row_labels, map->cells->size1)};
    figure_heat_range(map, &l.min, &l.max);
    l.number_columns = widest_number(map);
    l.cell_columns = 1 + BLOCK_COLUMNS + 1 + l.number_columns;
    /* One column for the mark of the row, and room for at least six columns of cells. */
    if (1 + l.label_columns + n_cols * (l.cell_columns + 1) <= out->width) {
        size_t wanted = widest_label(map->col_labels, n_cols) + 1;
        size_t there = (out->width - 1 - l.label_columns) / n_cols;
        l.cell_columns = wanted < l.cell_columns + 1 ? l.cell_columns + 1
                         : wanted < there            ? wanted
                                                     : there;
    } else if (1 + l.label_columns + n_cols * l.cell_columns > out->width) {
        l.number_columns = 0;
        l.cell_columns = 1 + BLOCK_COLUMNS;
    }
    return l;
}

/* Two characters, the fuller the larger the value; a minus tells a negative one without colour. */
static void print_block(const terminal *out, const layout *l, double cell)
{
    static const char *const utf8_shades[N_SHADES] = {" ", "░", "▒", "▓", "█"};
    static const char *const ascii_shades[N_SHADES] = {" ", ".", ":", "+", "#"};
    const char *const *shades = out->is_utf8 ? utf8_shades : ascii_shades;
    if (!isfinite(cell)) {
        terminal_print(out, FIGURE_FAINT, "%s", out->is_utf8 ? "· " : "x ");
        return;
    }
    double heat = figure_heat(cell, l->min, l->max);
    const char *shade = shades[lround(fabs(heat) * (N_SHADES - 1))];
    bool is_negative = heat < 0.0 && l->number_columns == 0 && shade != shades[0];
    terminal_print(out, heat < 0.0 ? FIGURE_KEY : FIGURE_WEIGHT, "%s%s", shade,
                   is_negative ? "-" : shade);
}

/* No blanks behind the last cell of a row. */
static void print_cell(const terminal *out, const layout *l, double cell, bool is_last)
{
    char number[FIGURE_LABEL_SIZE] = "";
    size_t used = 1 + BLOCK_COLUMNS;
    fputc(' ', out->stream);
    print_block(out, l, cell);
    if (l->number_columns > 0) {
        if (isfinite(cell)) {
            figure_format(cell, decimals_of(l->map), number);
        }
        fprintf(out->stream, " %*s", (int)l->number_columns, number);
        used += 1 + l->number_columns;
    }
    fprintf(out->stream, "%*s", is_last ? 0 : (int)(l->cell_columns - used), "");
}

/* Column labels; above blocks alone their numbers, because no word fits. */
static void print_column_labels(const terminal *out, const layout *l, size_t first, size_t last)
{
    char number[FIGURE_LABEL_SIZE];
    fprintf(out->stream, "%*s", (int)(1 + l->label_columns), "");
    for (size_t j = first; j < last; j++) {
        const char *name = figure_label(l->number_columns > 0 ? l->map->col_labels : NULL,
                                        l->number_columns > 0 ? j : j % 100, number);
        fputc(' ', out->stream);
        size_t columns = utf8_columns(name), there = l->cell_columns - 1;
        terminal_print_field(out, FIGURE_KEY, name,
                             j + 1 == last && columns < there ? columns : there, false);
    }
    fputc('\n', out->stream);
}

static void print_row(const terminal *out, const layout *l, size_t i, size_t first, size_t last)
{
    char number[FIGURE_LABEL_SIZE];
    bool is_marked = l->map->has_marked_row && l->map->marked_row == i;
    fputs(!is_marked ? " " : out->is_utf8 ? "▶" : ">", out->stream);
    terminal_print_field(out, FIGURE_QUERY, figure_label(l->map->row_labels, i, number),
                         l->label_columns, false);
    for (size_t j = first; j < last; j++) {
        print_cell(out, l, gsl_matrix_get(l->map->cells, i, j), j + 1 == last);
    }
    fputc('\n', out->stream);
}

/* "0 the  1 river  2 bank": what the numbers over the columns stand for. */
static void print_column_names(const terminal *out, const layout *l)
{
    size_t column = 0;
    for (size_t j = 0; l->map->col_labels != NULL && j < l->map->cells->size2; j++) {
        char name[FIGURE_LABEL_SIZE];
        snprintf(name, sizeof name, " %zu %.40s", j, l->map->col_labels[j]);
        size_t columns = utf8_columns(name) + 1;
        if (column > 0 && column + columns > out->width) {
            fputc('\n', out->stream);
            column = 0;
        }
        terminal_print(out, FIGURE_KEY, "%s", name);
        fputc(' ', out->stream);
        column += columns;
    }
    if (column > 0) {
        fputc('\n', out->stream);
    }
}

static void print_scale(const terminal *out, const layout *l)
{
    const figure_heat_map *map = l->map;
    char low[FIGURE_LABEL_SIZE], high[FIGURE_LABEL_SIZE];
    figure_format(l->min, decimals_of(map), low);
    figure_format(l->max, decimals_of(map), high);
    const char *row = figure_or_else(map->row_title, "query"),
               *col = figure_or_else(map->col_title, "key");
    const char *cell = figure_or_else(map->cell_title, "weight");
    size_t columns = utf8_columns(row) + utf8_columns(col) + utf8_columns(cell) + strlen(low) +
                     strlen(high) + sizeof " row:   column:       ....";
    terminal_print(out, FIGURE_QUERY, " row: %s", row);
    terminal_print(out, FIGURE_KEY, "  column: %s", col);
    fputs(columns > out->width ? "\n " : "  ", out->stream);
    terminal_print(out, FIGURE_WEIGHT, "%s", cell);
    fprintf(out->stream, " %s %s %s\n", low, out->is_utf8 ? "░▒▓█" : ".:+#", high);
}

void terminal_draw_heat_map(const terminal *out, const figure_heat_map *map)
{
    layout l = lay_out(out, map);
    size_t n_cols = map->cells->size2;
    size_t n_fitting = (out->width - 1 - l.label_columns) / l.cell_columns;
    terminal_print_title(out, map->title);
    for (size_t first = 0; first < n_cols; first += n_fitting) {
        size_t last = first + n_fitting < n_cols ? first + n_fitting : n_cols;
        print_column_labels(out, &l, first, last);
        for (size_t i = 0; i < map->cells->size1; i++) {
            print_row(out, &l, i, first, last);
        }
    }
    if (l.number_columns == 0) {
        print_column_names(out, &l);
    }
    print_scale(out, &l);
}
