#include "exercises/checker/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Written so that a NaN fails, unless a NaN is what is wanted. */
static bool agree(double got, double want, double tolerance)
{
    if (isnan(want)) {
        return isnan(got);
    }
    return got == want || fabs(got - want) <= tolerance * (1.0 + fabs(want));
}

bool answers_agree(const problem *got, const problem *want, double tolerance, difference *first)
{
    difference d = {.n = 0};
    for (size_t n = 0; n < want->n_arrays; n++) {
        const problem_array *g = &got->arrays[n], *w = &want->arrays[n];
        for (size_t i = 0; w->role != ARRAY_GIVEN && i < w->n_rows; i++) {
            for (size_t j = 0; j < w->n_cols; j++) {
                if (agree(array_get(g, i, j), array_get(w, i, j), tolerance)) {
                    continue;
                }
                if (d.n++ == 0) {
                    d.array = n, d.row = i, d.col = j;
                }
            }
        }
    }
    if (first) {
        *first = d;
    }
    return d.n == 0;
}

/* ---- side by side ---------------------------------------------------------------------------- */

enum { SHOWN_ROWS = 5, SHOWN_COLS = 3, CELL_WIDTH = 11 };

typedef struct {
    char *text;
    size_t size, length;
} page;

static void put(page *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(page *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (to->length < to->size) {
        int n = vsnprintf(to->text + to->length, to->size - to->length, format, arguments);
        to->length += n > 0 ? (size_t)n : 0;
    }
    va_end(arguments);
}

static void put_cell(page *to, double x, bool is_marked)
{
    char number[32];
    bool is_small = x == 0.0 || (fabs(x) >= 1e-3 && fabs(x) < 1e4);
    snprintf(number, sizeof number, is_small ? "%.4f" : "%.2e", x);
    if (isnan(x)) {
        strcpy(number, "nan");
    }
    if (is_untouched(x)) {
        strcpy(number, "unwritten");
    }
    char cell[40];
    snprintf(cell, sizeof cell, is_marked ? "[%s]" : " %s ", number);
    put(to, "%*s", CELL_WIDTH, cell);
}

/* Without the blank that ends a cell. */
static void put_end_of_line(page *to)
{
    if (to->length > 0 && to->length < to->size && to->text[to->length - 1] == ' ') {
        to->length--;
    }
    put(to, "\n");
}

/* The first of at most n shown, so that the marked one is among them. */
static size_t first_shown(size_t marked, size_t n, size_t n_shown)
{
    size_t from = marked > n_shown / 2 ? marked - n_shown / 2 : 0;
    return n > n_shown && from > n - n_shown ? n - n_shown : n <= n_shown ? 0 : from;
}

void show_difference(const problem *got, const problem *want, const difference *first, char *text,
                     size_t size)
{
    const problem_array *g = &got->arrays[first->array], *w = &want->arrays[first->array];
    page to = {text, size, 0};
    size_t row = first_shown(first->row, w->n_rows, SHOWN_ROWS);
    size_t col = first_shown(first->col, w->n_cols, SHOWN_COLS);
    size_t n_cols = w->n_cols < SHOWN_COLS ? w->n_cols : SHOWN_COLS;
    int width = (int)n_cols * CELL_WIDTH;
    char shape[64];
    snprintf(shape, sizeof shape, "%s (%zu x %zu)", w->name, w->n_rows, w->n_cols);
    put(&to, "got  %-*s want", width - 2, shape);
    if (w->n_cols > SHOWN_COLS) {
        put(&to, "  columns %zu to %zu", col, col + n_cols - 1);
    }
    put(&to, "\n");
    for (size_t i = row; i < w->n_rows && i < row + SHOWN_ROWS; i++) {
        put(&to, "%3zu", i);
        for (size_t j = col; j < col + n_cols; j++) {
            put_cell(&to, array_get(g, i, j), i == first->row && j == first->col);
        }
        put(&to, "  ");
        for (size_t j = col; j < col + n_cols; j++) {
            put_cell(&to, array_get(w, i, j), i == first->row && j == first->col);
        }
        put_end_of_line(&to);
    }
}
