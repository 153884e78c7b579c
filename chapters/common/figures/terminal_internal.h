/**
 * @file terminal_internal.h
 * Private to the files terminal*.c.
 */
#ifndef CHAPTERS_COMMON_FIGURES_TERMINAL_INTERNAL_H
#define CHAPTERS_COMMON_FIGURES_TERMINAL_INTERNAL_H

#include "chapters/common/figures/terminal.h"

/** @addtogroup common @{ */

/**
 * Print a text in a field of fixed width. What is too long is cut and ends in "…" or "~".
 *
 * @param[in] out       where to
 * @param[in] role      its colour
 * @param[in] text      UTF-8
 * @param[in] columns   width of the field; 0 prints nothing
 * @param[in] is_right  the text stands at the right end
 */
void terminal_print_field(const terminal *out, figure_role role, const char *text, size_t columns,
                          bool is_right);

/**
 * Print the title of a figure after a blank line.
 *
 * @param[in] out    where to
 * @param[in] title  one line, or NULL for none
 */
void terminal_print_title(const terminal *out, const char *title);

/**
 * Print a bar.
 *
 * @param[in] out      where to
 * @param[in] role     its colour
 * @param[in] part     how much of it is full, 0 .. 1
 * @param[in] columns  its width
 * @param[in] limit    where a line stands, 0 .. 1; anything else is no line
 */
void terminal_print_bar(const terminal *out, figure_role role, double part, size_t columns,
                        double limit);

/** @} */

#endif
