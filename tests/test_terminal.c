/* Figures on the terminal: axes, heat, every width, colours. */
#include "chapters/common/figures/figure_scale.h"
#include "chapters/common/figures/terminal.h"
#include "chapters/common/program/utf8.h"
#include "tests/support/sample_figures.h"
#include "tests/support/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void axes(void)
{
    static const struct {
        double min, max;
        bool is_log;
        double from, to;
        size_t n_ticks;
    } cases[] = {
        {0.0, 1.0, false, 0.0, 1.0, 6},   {-3.0, 7.0, false, -4.0, 8.0, 7},
        {0.13, 0.87, false, 0.0, 1.0, 6}, {5.0, 5.0, false, 2.0, 8.0, 7},
        {0.0, 0.0, false, -1.0, 1.0, 5},  {1e-7, 9e-7, false, 0.0, 1e-6, 6},
        {1.0, 1e6, true, 1.0, 1e6, 4},    {4.0, 60.0, true, 4.0, 60.0, 4},
        {2.5, 4.5, true, 2.5, 4.5, 2},    {1e-300, 1e300, true, 1e-300, 1e300, 6},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        figure_axis axis = figure_make_axis(cases[i].min, cases[i].max, cases[i].is_log, 6);
        CHECK_CLOSE(axis.min, cases[i].from, 1e-12 * fabs(cases[i].from), "lower end");
        CHECK_CLOSE(axis.max, cases[i].to, 1e-12 * fabs(cases[i].to), "upper end");
        CHECK(axis.n_ticks == cases[i].n_ticks, "case %zu: %zu ticks instead of %zu", i,
              axis.n_ticks, cases[i].n_ticks);
        for (size_t t = 0; t < axis.n_ticks; t++) {
            double at = figure_position(&axis, axis.ticks[t]);
            CHECK(at >= -1e-9 && at <= 1.0 + 1e-9, "case %zu: tick %g at %g", i, axis.ticks[t], at);
        }
    }
    figure_axis axis = figure_make_axis(1.0, 10.0, true, 6);
    CHECK(isnan(figure_position(&axis, 0.0)) && isnan(figure_position(&axis, NAN)), "no place");
    char text[FIGURE_LABEL_SIZE];
    figure_format(-0.001, 2, text);
    CHECK(strcmp(text, "0.00") == 0, "%s", text);
    axis = figure_make_axis(0.0, 0.4, false, 6);
    figure_format_tick(&axis, axis.ticks[1], text);
    CHECK(strcmp(text, "0.1") == 0, "%s", text);
}

static void heat(void)
{
    figure_heat_map map = sample_heat_map();
    double min, max;
    figure_heat_range(&map, &min, &max);
    CHECK(min == -0.125 && max == 3.0, "%g .. %g", min, max);
    CHECK_CLOSE(figure_heat(-0.125, min, max), -0.125 / 3.0, 1e-15, "one scale for both signs");
    CHECK_CLOSE(figure_heat(0.5, 0.0, 2.0), 0.25, 1e-15, "half-way to the half");
    CHECK(figure_heat(9.0, 0.0, 1.0) == 1.0 && figure_heat(-9.0, 0.0, 1.0) == 0.0, "the ends");
    map.min = 0.0, map.max = 1.0;
    figure_heat_range(&map, &min, &max);
    CHECK(min == 0.0 && max == 1.0, "as given");
}

static void draw_all(const terminal *out)
{
    figure_heat_map map = sample_heat_map(), wide = map;
    gsl_matrix *many = gsl_matrix_calloc(2, 70);
    gsl_histogram *histogram = gsl_histogram_alloc(3);
    gsl_histogram_set_ranges_uniform(histogram, -1.0, 1.0);
    gsl_histogram_increment(histogram, 0.5);
    wide.cells = many, wide.col_labels = NULL, wide.has_marked_row = false;
    figure_plot plot = sample_plot(NULL);
    terminal_heading(out, "A heading");
    terminal_draw_heat_map(out, &map);
    terminal_draw_heat_map(out, &wide);
    terminal_draw_plot(out, &plot);
    figure_bars bars = sample_bars();
    terminal_draw_bars(out, &bars);
    terminal_draw_histogram(out, "A histogram", histogram);
    terminal_table *table = terminal_table_start(4, sample_words);
    for (size_t i = 0; i < 12; i++) {
        terminal_table_cell(table, (figure_role)(i % 7), i % 4 == 3 ? "%.0e nothing else" : "%.3f",
                            sample_numbers[i]);
    }
    terminal_print_table(out, table);
    gsl_histogram_free(histogram);
    gsl_matrix_free(many);
}

static char *drawn(bool is_colour, bool is_utf8, size_t width)
{
    char *text;
    size_t n;
    FILE *stream = open_memstream(&text, &n);
    terminal out = {.stream = stream, .is_colour = is_colour, .is_utf8 = is_utf8, .width = width};
    draw_all(&out);
    fclose(stream);
    return text;
}

static void every_width(void)
{
    for (size_t width = 40; width <= 200; width++) {
        for (int is_utf8 = 0; is_utf8 < 2; is_utf8++) {
            char *text = drawn(false, is_utf8, width);
            for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
                CHECK(utf8_columns(line) <= width, "%zu columns in %zu: %s", utf8_columns(line),
                      width, line);
                CHECK(utf8_valid_length(line) == strlen(line), "a character cut: %s", line);
            }
            free(text);
        }
    }
}

/* Without colour not a byte is an escape; the colours change nothing else. */
static void colours(void)
{
    char *plain = drawn(false, true, 80), *coloured = drawn(true, true, 80);
    CHECK(strchr(plain, '\033') == NULL, "an escape byte without colour");
    CHECK(strchr(coloured, '\033') != NULL, "no colour");
    char *to = coloured;
    for (const char *from = coloured; *from != '\0'; from++) {
        if (*from == '\033') {
            from += strcspn(from, "m");
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    CHECK(strcmp(plain, coloured) == 0, "the colours changed the text");
    free(plain);
    free(coloured);
    FILE *file = tmpfile();
    terminal out = terminal_open(file);
    CHECK(!out.is_colour && out.width >= 40 && out.width <= 200, "a file has no colours");
    fclose(file);
}

static const test tests[] = {
    {"axes have round ends and ticks within", axes},
    {"the heat of a cell goes from -1 to 1", heat},
    {"from 40 to 200 columns no line is too long", every_width},
    {"colours are only where there may be colours", colours},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
