/**
 * @file terminal.h
 * Figures and tables as text. Colour is used only on a terminal, with NO_COLOR unset and TERM not
 * "dumb"; everything can be read without it. Where the character set is not UTF-8, figures are
 * drawn in ASCII. The width is that of the terminal, COLUMNS, or 80; from 40 to 200 columns no line
 * is longer than it.
 */
#ifndef CHAPTERS_COMMON_FIGURES_TERMINAL_H
#define CHAPTERS_COMMON_FIGURES_TERMINAL_H

#include "chapters/common/figures/figure.h"
#include <gsl/gsl_histogram.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** @addtogroup common @{ */

/** Where text goes and what it may use. */
typedef struct {
    FILE *stream;   /**< where to print */
    bool is_colour; /**< escape sequences may be printed */
    bool is_utf8;   /**< characters beyond ASCII may be printed */
    size_t width;   /**< columns, 40 .. 200 */
} terminal;

/**
 * Find out what a stream can show.
 *
 * @param[in] stream  stdout, a file or a pipe
 * @return the terminal; nothing to free
 */
terminal terminal_open(FILE *stream);

/**
 * Print in the colour of a role, where there is colour: `terminal_print(&t, FIGURE_QUERY, "q")`.
 *
 * @param[in] out     where to
 * @param[in] role    FIGURE_AUTO prints as it is
 * @param[in] format  as of printf
 */
void terminal_print(const terminal *out, figure_role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Print a heading, a blank line before it: "── 2. The weights ─────".
 *
 * @param[in] out     where to
 * @param[in] format  as of printf
 */
void terminal_heading(const terminal *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Draw a heat map: shaded blocks with their numbers, labels on rows and columns. Where the numbers
 * do not fit, blocks alone; where the blocks do not fit, the columns are split into several maps.
 *
 * @param[in] out  where to
 * @param[in] map  what to show
 */
void terminal_draw_heat_map(const terminal *out, const figure_heat_map *map);

/**
 * Draw curves and points, 16 lines high, with the range of the axes and a legend. Series are told
 * apart by their marks: * o + x # @ in ASCII, dots and marks in UTF-8.
 *
 * @param[in] out   where to
 * @param[in] plot  what to show
 */
void terminal_draw_plot(const terminal *out, const figure_plot *plot);

/**
 * Draw horizontal bars, one a line, with the number behind each.
 *
 * @param[in] out   where to
 * @param[in] bars  what to show; values below 0 have no bar
 */
void terminal_draw_bars(const terminal *out, const figure_bars *bars);

/**
 * Draw a histogram as horizontal bars, one a bin.
 *
 * @param[in] out        where to
 * @param[in] title      one line over it
 * @param[in] histogram  the counts
 */
void terminal_draw_histogram(const terminal *out, const char *title,
                             const gsl_histogram *histogram);

enum {
    TERMINAL_MAX_COLUMNS = 12, /**< columns of a table */
    TERMINAL_MAX_CELL = 64     /**< bytes of a cell with its end; longer text is cut */
};

/** A table that is printed when it is complete, so that the columns fit. */
typedef struct terminal_table terminal_table;

/**
 * Start a table.
 *
 * @param[in] n_columns  1 .. TERMINAL_MAX_COLUMNS
 * @param[in] headings   (n_columns) copied
 * @return the table; terminal_print_table() frees it. Without memory the program ends.
 */
terminal_table *terminal_table_start(size_t n_columns, const char *const *headings);

/**
 * Add a cell, from left to right and top to bottom. Cells that are numbers stand at the right of
 * their column, texts at the left.
 *
 * @param[in,out] table   where to
 * @param[in]     role    colour of the cell
 * @param[in]     format  as of printf
 */
void terminal_table_cell(terminal_table *table, figure_role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Print a table and free it.
 *
 * @param[in]     out    where to
 * @param[in,out] table  the table; not to be used again
 */
void terminal_print_table(const terminal *out, terminal_table *table);

/** @} */

#endif
