/**
 * @file report.h
 * Where a chapter's program puts what it found: text and figures to stdout and, with `--svg DIR`,
 * figures as files and the numbers that the page quotes to DIR/results.txt.
 */
#ifndef CHAPTERS_COMMON_FIGURES_REPORT_H
#define CHAPTERS_COMMON_FIGURES_REPORT_H

#include "chapters/common/figures/figure.h"
#include "chapters/common/figures/terminal.h"
#include <stdbool.h>
#include <stdio.h>

/** @addtogroup common @{ */

enum {
    REPORT_PATH_SIZE = 4096 /**< bytes of a figure's path */
};

/** The places. */
typedef struct {
    terminal out;       /**< stdout */
    const char *folder; /**< of the figures, or NULL */
    FILE *results;      /**< "name = value" lines for the page, or NULL */
} report;

/**
 * Start. With a folder, the folder is made if it is missing, and results.txt is started in it under
 * a temporary name. Ends the program with a sentence if that is not possible.
 *
 * @param[in] folder  for figures and numbers, or NULL for none; the string must stay
 * @return the report; report_close() ends it
 */
report report_open(const char *folder);

/**
 * Put results.txt in its place. Ends the program with a sentence if it could not be written.
 *
 * @param[in,out] to  the report
 */
void report_close(report *to);

/**
 * A number that the page quotes by its name. Nothing happens without a folder.
 *
 * @param[in,out] to     the report
 * @param[in]     name   letters, digits and underscores
 * @param[in]     value  written with ten digits
 */
void report_number(report *to, const char *name, double value);

/**
 * A number that a training led to: another compiler or instruction set rounds otherwise and ends a
 * little elsewhere. It is written as "name = value ± tolerance", and the tests of the expected
 * outputs let it move that far; the page quotes the value. Nothing happens without a folder.
 *
 * @param[in,out] to         the report
 * @param[in]     name       letters, digits and underscores
 * @param[in]     value      written with ten digits
 * @param[in]     tolerance  > 0: how far it may move; where it is given, a comment says how it was
 *                           found
 */
void report_measured(report *to, const char *name, double value, double tolerance);

/**
 * A word that the page quotes by its name. Nothing happens without a folder.
 *
 * @param[in,out] to    the report
 * @param[in]     name  letters, digits and underscores
 * @param[in]     text  one line
 */
void report_text(report *to, const char *name, const char *text);

/**
 * A paragraph on stdout, broken between words where the line is full, at 88 columns at most. Blanks
 * at its start indent all of its lines.
 *
 * @param[in] to      the report
 * @param[in] format  as of printf
 */
void report_say(const report *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * Print as printf does, on the report's stdout. Prose goes through report_say().
 *
 * @param[in] to      the report
 * @param[in] format  as of printf
 */
void report_print(const report *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** @param[in] to  receives an empty line on stdout */
void report_gap(const report *to);

/**
 * Where a figure's file goes, for drawings of one's own.
 *
 * @param[in]  to    the report
 * @param[in]  name  the file's name without ".svg"
 * @param[out] path  (REPORT_PATH_SIZE)
 * @return false if no files are wanted
 */
bool report_figure_path(const report *to, const char *name, char *path);

/**
 * Draw a heat map on stdout and, with a folder, as `name`.svg.
 *
 * @param[in] to    the report
 * @param[in] name  the file's name without ".svg"
 * @param[in] map   what to show
 */
void report_heat_map(const report *to, const char *name, const figure_heat_map *map);

/**
 * Draw curves on stdout and, with a folder, as `name`.svg.
 *
 * @param[in] to    the report
 * @param[in] name  the file's name without ".svg"
 * @param[in] plot  what to show
 */
void report_plot(const report *to, const char *name, const figure_plot *plot);

/**
 * Draw bars on stdout and, with a folder, as `name`.svg.
 *
 * @param[in] to    the report
 * @param[in] name  the file's name without ".svg"
 * @param[in] bars  what to show
 */
void report_bars(const report *to, const char *name, const figure_bars *bars);

/** @} */

#endif
