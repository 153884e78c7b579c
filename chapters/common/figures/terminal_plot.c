/**
 * @file terminal_plot.c
 * Curves and points as text. In UTF-8 a character has 2 x 4 dots (braille), in ASCII it is one.
 */
#include "chapters/common/figures/figure_scale.h"
#include "chapters/common/figures/terminal.h"
#include "chapters/common/figures/terminal_internal.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/utf8.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEIGHT = 16, MAX_PLOT_WIDTH = 76, MARK_EVERY = 12, N_MARKS = 6 };

static const char *const utf8_marks[N_MARKS] = {"o", "x", "□", "△", "◇", "+"};
static const char *const ascii_marks[N_MARKS] = {"o", "x", "*", "+", "#", "@"};

/* One character of the picture. */
typedef struct {
    unsigned char dots; /* braille: one bit a dot */
    bool has_mark;
    size_t series; /* whose colour and mark it has */
} character;

typedef struct {
    const terminal *out;
    const figure_plot *plot;
    figure_axis x, y;
    size_t width, dots_x, dots_y; /* characters; dots a character has */
    character *picture;           /* (HEIGHT x width) */
} canvas;

static figure_role role_of(const figure_plot *plot, size_t k)
{
    static const figure_role in_order[FIGURE_N_SERIES] = {
        FIGURE_QUERY, FIGURE_KEY, FIGURE_VALUE, FIGURE_WEIGHT, FIGURE_CONTEXT, FIGURE_FAINT};
    figure_role role = plot->series[k].role;
    return role != FIGURE_AUTO ? role : in_order[figure_series_number(plot, k)];
}

/* Where a point is, in dots from the upper left corner; false if it has no place. */
static bool place(const canvas *c, double x, double y, double *across, double *down)
{
    double from_left = figure_position(&c->x, x), from_below = figure_position(&c->y, y);
    if (!(from_left >= 0.0 && from_left <= 1.0 && from_below >= 0.0 && from_below <= 1.0)) {
        return false;
    }
    *across = from_left * (double)(c->width * c->dots_x - 1);
    *down = (1.0 - from_below) * (double)(HEIGHT * c->dots_y - 1);
    return true;
}

static character *character_at(const canvas *c, double across, double down)
{
    size_t column = (size_t)lround(across) / c->dots_x, row = (size_t)lround(down) / c->dots_y;
    return &c->picture[row * c->width + column];
}

static void set_dot(const canvas *c, size_t k, double across, double down)
{
    /* The bits of the dots of U+2800, [row][column]: Unicode numbers them down the columns, with
     * the fourth row added later. */
    static const unsigned char bits[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    character *at = character_at(c, across, down);
    if (at->has_mark) {
        return;
    }
    at->series = k;
    at->has_mark = c->dots_x == 1;
    at->dots |= bits[(size_t)lround(down) % c->dots_y][(size_t)lround(across) % c->dots_x];
}

static void set_mark(const canvas *c, size_t k, double across, double down)
{
    character *at = character_at(c, across, down);
    at->has_mark = true;
    at->series = k;
}

static void draw_curve(const canvas *c, size_t k)
{
    const figure_series *series = &c->plot->series[k];
    double across, down, from_across = 0.0, from_down = 0.0;
    bool has_start = false;
    for (size_t i = 0; i < series->x->size; i++) {
        bool has_end =
            place(c, gsl_vector_get(series->x, i), gsl_vector_get(series->y, i), &across, &down);
        double steps =
            has_start ? ceil(fmax(fabs(across - from_across), fabs(down - from_down))) : 0.0;
        for (double step = 0.0; has_end && step <= steps; step += 1.0) {
            double part = steps > 0.0 ? step / steps : 1.0;
            double start_across = has_start ? from_across : across;
            double start_down = has_start ? from_down : down;
            set_dot(c, k, start_across + part * (across - start_across),
                    start_down + part * (down - start_down));
        }
        has_start = has_end;
        from_across = across;
        from_down = down;
    }
}

/* Marks on a curve, in different columns for each: curves can be told apart without colour. */
static void mark_curve(const canvas *c, size_t k)
{
    size_t last_column = SIZE_MAX;
    for (size_t at = 0; at < HEIGHT * c->width; at++) {
        size_t column = at / HEIGHT, row = at % HEIGHT;
        character *there = &c->picture[row * c->width + column];
        bool is_turn = column % MARK_EVERY == (3 * k + 2) % MARK_EVERY;
        if (is_turn && there->dots != 0 && there->series == k && column != last_column) {
            there->has_mark = true;
            last_column = column;
        }
    }
}

static void draw_points(const canvas *c, size_t k)
{
    const figure_series *series = &c->plot->series[k];
    double across, down;
    for (size_t i = 0; i < series->x->size; i++) {
        if (place(c, gsl_vector_get(series->x, i), gsl_vector_get(series->y, i), &across, &down)) {
            set_mark(c, k, across, down);
        }
    }
}

static void print_character(const canvas *c, const character *at)
{
    const char *const *marks = c->out->is_utf8 ? utf8_marks : ascii_marks;
    char braille[4] = "";
    if (at->has_mark) {
        terminal_print(c->out, role_of(c->plot, at->series), "%s", marks[at->series % N_MARKS]);
    } else if (at->dots != 0) {
        braille[utf8_write(0x2800u + at->dots, braille)] = '\0';
        terminal_print(c->out, role_of(c->plot, at->series), "%s", braille);
    } else {
        fputc(' ', c->out->stream);
    }
}

/* The label of the tick that falls on a line, or "". */
static void tick_on_line(const canvas *c, size_t line, char *label)
{
    label[0] = '\0';
    for (size_t t = 0; t < c->y.n_ticks; t++) {
        double down = (1.0 - figure_position(&c->y, c->y.ticks[t])) * (HEIGHT - 1);
        if ((size_t)lround(down) == line) {
            figure_format_tick(&c->y, c->y.ticks[t], label);
        }
    }
}

static void print_x_axis(const canvas *c, size_t margin)
{
    char labels[MAX_PLOT_WIDTH + FIGURE_LABEL_SIZE], label[FIGURE_LABEL_SIZE];
    size_t free_from = 0;
    memset(labels, ' ', sizeof labels);
    fprintf(c->out->stream, "%*s%s", (int)margin, "", c->out->is_utf8 ? "└" : "+");
    for (size_t column = 0; column < c->width; column++) {
        fputs(c->out->is_utf8 ? "─" : "-", c->out->stream);
    }
    for (size_t t = 0; t < c->x.n_ticks; t++) {
        figure_format_tick(&c->x, c->x.ticks[t], label);
        double across = figure_position(&c->x, c->x.ticks[t]) * (double)(c->width - 1);
        size_t length = strlen(label), at = (size_t)lround(across), half = length / 2;
        at = at > half ? at - half : 0;
        at = at + length > c->width ? c->width - length : at;
        if (at >= free_from) {
            memcpy(labels + at, label, length);
            free_from = at + length + 1;
        }
    }
    size_t end = free_from > 0 ? free_from - 1 : 0;
    fprintf(c->out->stream, "\n%*s%.*s\n", (int)margin + 1, "", (int)end, labels);
}

static void print_legend(const canvas *c)
{
    const char *const *marks = c->out->is_utf8 ? utf8_marks : ascii_marks;
    size_t column = 0;
    for (size_t k = 0; k < c->plot->n_series; k++) {
        const figure_series *series = &c->plot->series[k];
        const char *name = series->name != NULL ? series->name : "";
        size_t columns = 6 + utf8_columns(name);
        if (column > 0 && column + columns > c->out->width) {
            fputc('\n', c->out->stream);
            column = 0;
        }
        const char *dash = series->style == FIGURE_POINTS ? " " : c->out->is_utf8 ? "⠤" : "-";
        terminal_print(c->out, role_of(c->plot, k), "  %s%s%s", dash, marks[k % N_MARKS], dash);
        fprintf(c->out->stream, " %s", name);
        column += columns;
    }
    fputc('\n', c->out->stream);
}

static void print_picture(const canvas *c, size_t margin)
{
    const figure_plot *plot = c->plot;
    terminal_print_title(c->out, plot->title);
    fprintf(c->out->stream, " %s\n", plot->y_label != NULL ? plot->y_label : "");
    for (size_t line = 0; line < HEIGHT; line++) {
        char label[FIGURE_LABEL_SIZE];
        tick_on_line(c, line, label);
        const char *edge = !c->out->is_utf8 ? "|" : label[0] != '\0' ? "┤" : "│";
        fprintf(c->out->stream, "%*s%s", (int)margin, label, edge);
        size_t used = c->width;
        const character *row = &c->picture[line * c->width];
        while (used > 0 && row[used - 1].dots == 0 && !row[used - 1].has_mark) {
            used--;
        }
        for (size_t column = 0; column < used; column++) {
            print_character(c, &row[column]);
        }
        fputc('\n', c->out->stream);
    }
    print_x_axis(c, margin);
    fprintf(c->out->stream, "%*s%s\n", (int)(margin + 1), "",
            plot->x_label != NULL ? plot->x_label : "");
    print_legend(c);
}

void terminal_draw_plot(const terminal *out, const figure_plot *plot)
{
    canvas c = {
        .out = out, .plot = plot, .dots_x = out->is_utf8 ? 2 : 1, .dots_y = out->is_utf8 ? 4 : 1};
    if (!figure_plot_axes(plot, 5, &c.x, &c.y)) {
        terminal_print_title(out, plot->title);
        fputs(" (no point can be shown)\n", out->stream);
        return;
    }
    size_t margin = 1;
    for (size_t t = 0; t < c.y.n_ticks; t++) {
        char label[FIGURE_LABEL_SIZE];
        figure_format_tick(&c.y, c.y.ticks[t], label);
        margin = strlen(label) + 1 > margin ? strlen(label) + 1 : margin;
    }
    c.width = out->width - margin - 2 < MAX_PLOT_WIDTH ? out->width - margin - 2 : MAX_PLOT_WIDTH;
    c.picture = program_allocate(HEIGHT * c.width, sizeof *c.picture);
    size_t n_curves = 0;
    for (size_t k = 0; k < plot->n_series; k++) {
        n_curves += plot->series[k].style == FIGURE_CURVE;
    }
    for (size_t k = 0; k < plot->n_series; k++) {
        if (plot->series[k].style == FIGURE_POINTS) {
            draw_points(&c, k);
        }
    }
    for (size_t k = 0; k < plot->n_series; k++) {
        if (plot->series[k].style == FIGURE_CURVE) {
            draw_curve(&c, k);
        }
    }
    for (size_t k = 0; k < plot->n_series && n_curves > 1; k++) {
        if (plot->series[k].style == FIGURE_CURVE) {
            mark_curve(&c, k);
        }
    }
    print_picture(&c, margin);
    free(c.picture);
}
