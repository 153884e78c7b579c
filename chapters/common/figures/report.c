#include "chapters/common/figures/report.h"

#include "chapters/common/figures/svg.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/utf8.h"
#include <errno.h>
#include <gsl/gsl_math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_COLUMNS = 88, MAX_PARAGRAPH = 4096 };

/* ---- The folder and its numbers -------------------------------------------------------------- */

static const char results_name[] = "results.txt";

/* "folder/name" or, while it is written, "folder/name.part" */
static void path_in_folder(const report *to, const char *name, const char *suffix, char *path)
{
    int length = snprintf(path, REPORT_PATH_SIZE, "%s/%s%s", to->folder, name, suffix);
    if (length < 0 || length >= REPORT_PATH_SIZE) {
        program_fail("the folder's name is too long: %s", to->folder);
    }
}

report report_open(const char *folder)
{
    report to = {.out = terminal_open(stdout), .folder = folder};
    if (folder == NULL) {
        return to;
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        program_fail("the folder %s cannot be made: %s", folder, strerror(errno));
    }
    char path[REPORT_PATH_SIZE];
    path_in_folder(&to, results_name, ".part", path);
    to.results = fopen(path, "w");
    if (to.results == NULL) {
        program_fail("%s cannot be written: %s", path, strerror(errno));
    }
    return to;
}

void report_close(report *to)
{
    if (to->results == NULL) {
        return;
    }
    char unfinished[REPORT_PATH_SIZE], finished[REPORT_PATH_SIZE];
    path_in_folder(to, results_name, ".part", unfinished);
    path_in_folder(to, results_name, "", finished);
    bool has_failed = ferror(to->results) != 0;
    errno = 0;
    if (fclose(to->results) != 0 || has_failed || rename(unfinished, finished) != 0) {
        const char *reason = errno != 0 ? strerror(errno) : "an earlier write failed";
        remove(unfinished);
        program_fail("%s could not be written: %s", finished, reason);
    }
    to->results = NULL;
}

void report_number(report *to, const char *name, double value)
{
    if (to->results != NULL) {
        fprintf(to->results, "%s = %.10g\n", name, value);
    }
}

void report_measured(report *to, const char *name, double value, double tolerance)
{
    if (to->results != NULL) {
        fprintf(to->results, "%s = %.10g ± %.3g\n", name, value, tolerance);
    }
}

void report_text(report *to, const char *name, const char *text)
{
    if (to->results != NULL) {
        fprintf(to->results, "%s = %s\n", name, text);
    }
}

/* ---- Text ------------------------------------------------------------------------------------ */

void report_say(const report *to, const char *format, ...)
{
    char paragraph[MAX_PARAGRAPH];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(paragraph, sizeof paragraph, format, arguments);
    va_end(arguments);

    FILE *stream = to->out.stream;
    size_t width = GSL_MIN(to->out.width, (size_t)MAX_COLUMNS);
    size_t indent = strspn(paragraph, " ");
    size_t column = indent;
    fprintf(stream, "%*s", (int)indent, "");
    for (char *word = strtok(paragraph, " "); word != NULL; word = strtok(NULL, " ")) {
        size_t columns = utf8_columns(word);
        if (column > indent && column + 1 + columns > width) {
            fprintf(stream, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', stream);
            column++;
        }
        fputs(word, stream);
        column += columns;
    }
    fputc('\n', stream);
}

void report_print(const report *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(to->out.stream, format, arguments);
    va_end(arguments);
}

void report_gap(const report *to)
{
    fputc('\n', to->out.stream);
}

/* ---- Figures --------------------------------------------------------------------------------- */

bool report_figure_path(const report *to, const char *name, char *path)
{
    if (to->folder == NULL) {
        return false;
    }
    path_in_folder(to, name, ".svg", path);
    return true;
}

void report_heat_map(const report *to, const char *name, const figure_heat_map *map)
{
    char path[REPORT_PATH_SIZE];
    terminal_draw_heat_map(&to->out, map);
    if (report_figure_path(to, name, path)) {
        program_check(svg_write_heat_map(path, map));
    }
}

void report_plot(const report *to, const char *name, const figure_plot *plot)
{
    char path[REPORT_PATH_SIZE];
    terminal_draw_plot(&to->out, plot);
    if (report_figure_path(to, name, path)) {
        program_check(svg_write_plot(path, plot));
    }
}

void report_bars(const report *to, const char *name, const figure_bars *bars)
{
    char path[REPORT_PATH_SIZE];
    terminal_draw_bars(&to->out, bars);
    if (report_figure_path(to, name, path)) {
        program_check(svg_write_bars(path, bars));
    }
}
