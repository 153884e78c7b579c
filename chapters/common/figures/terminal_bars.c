/**
 * @file terminal_bars.c
 * Horizontal bars and histograms.
 */
#include "chapters/common/figures/figure_scale.h"
#include "chapters/common/figures/terminal.h"
#include "chapters/common/figures/terminal_internal.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/utf8.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_LABEL = 28 };

void terminal_print_bar(const terminal *out, figure_role role, double part, size_t columns,
                        double limit)
{
    /* In UTF-8 a column has eight steps. */
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    part = fmin(fmax(part, 0.0), 1.0);
    size_t steps = (size_t)lround(part * (double)columns * 8.0);
    size_t full = out->is_utf8 ? steps / 8 : (steps + 4) / 8;
    size_t rest = out->is_utf8 ? steps % 8 : 0;
    size_t mark = limit >= 0.0 && limit <= 1.0 ? (size_t)(limit * (double)(columns - 1)) : columns;
    for (size_t column = 0; column < columns; column++) {
        bool has_mark = column == mark && column >= full;
        if (has_mark) {
            terminal_print(out, FIGURE_FAINT, "%s", out->is_utf8 ? "┊" : "|");
        } else if (column < full) {
            terminal_print(out, role, "%s", out->is_utf8 ? "█" : "#");
        } else if (column == full && rest > 0) {
            terminal_print(out, role, "%s", eighths[rest]);
        } else {
            fputc(' ', out->stream);
        }
    }
}

/* What the bars and the limit mean: beside each other, or one above the other. */
static void print_legend(const terminal *out, const figure_bars *bars, size_t indent, size_t width)
{
    const char *limit = bars->limit_label != NULL ? bars->limit_label : "";
    size_t n_value = utf8_columns(bars->value_label), n_limit = utf8_columns(limit);
    fprintf(out->stream, " %*s ", (int)indent, "");
    terminal_print_field(out, FIGURE_AUTO, bars->value_label, GSL_MIN(n_value, width), false);
    if (bars->limit_label != NULL) {
        bool fits = n_value + n_limit + 4 <= width;
        if (fits) {
            fputs("; ", out->stream);
        } else {
            fprintf(out->stream, "\n %*s ", (int)indent, "");
        }
        fputs(out->is_utf8 ? "┊ " : "| ", out->stream);
        terminal_print_field(out, FIGURE_AUTO, limit, GSL_MIN(n_limit, width - 2), false);
    }
    fputc('\n', out->stream);
}

void terminal_draw_bars(const terminal *out, const figure_bars *bars)
{
    size_t n = bars->values->size, label_columns = 1, number_columns = 1;
    size_t decimals = bars->decimals > 0 ? bars->decimals : 2;
    double largest = bars->limit_label != NULL ? bars->limit : 0.0;
    char number[FIGURE_LABEL_SIZE];
    for (size_t i = 0; i < n; i++) {
        size_t columns = utf8_columns(bars->labels[i]);
        label_columns = columns > label_columns ? columns : label_columns;
        figure_format(gsl_vector_get(bars->values, i), decimals, number);
        columns = utf8_columns(number);
        number_columns = columns > number_columns ? columns : number_columns;
        largest = fmax(largest, gsl_vector_get(bars->values, i));
    }
    size_t most = out->width / 3 < MAX_LABEL ? out->width / 3 : MAX_LABEL;
    label_columns = label_columns < most ? label_columns : most;
    size_t bar_columns = out->width - label_columns - number_columns - 3;
    bar_columns = bar_columns < 60 ? bar_columns : 60;
    figure_role role = bars->role != FIGURE_AUTO ? bars->role : FIGURE_WEIGHT;
    double limit = bars->limit_label != NULL && largest > 0.0 ? bars->limit / largest : -1.0;

    terminal_print_title(out, bars->title);
    for (size_t i = 0; i < n; i++) {
        double value = gsl_vector_get(bars->values, i);
        figure_format(value, decimals, number);
        fputc(' ', out->stream);
        terminal_print_field(out, FIGURE_AUTO, bars->labels[i], label_columns, false);
        fputc(' ', out->stream);
        terminal_print_bar(out, role, largest > 0.0 ? value / largest : 0.0, bar_columns, limit);
        fprintf(out->stream, " %*s\n", (int)number_columns, number);
    }
    if (bars->value_label != NULL) {
        print_legend(out, bars, label_columns, bar_columns + number_columns + 1);
    }
}

void terminal_draw_histogram(const terminal *out, const char *title, const gsl_histogram *histogram)
{
    double largest = gsl_histogram_max_val(histogram);
    size_t bar_columns = out->width - 32 < 60 ? out->width - 32 : 60;
    terminal_print_title(out, title);
    for (size_t i = 0; i < gsl_histogram_bins(histogram); i++) {
        double low, high, count = gsl_histogram_get(histogram, i);
        gsl_histogram_get_range(histogram, i, &low, &high);
        fprintf(out->stream, " %9.3g .. %-9.3g ", low, high);
        terminal_print_bar(out, FIGURE_WEIGHT, largest > 0.0 ? count / largest : 0.0, bar_columns,
                           -1.0);
        fprintf(out->stream, " %.6g\n", count);
    }
}
