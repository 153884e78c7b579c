/**
 * @file svg_internal.h
 * Private to the files svg*.c.
 */
#ifndef CHAPTERS_COMMON_FIGURES_SVG_INTERNAL_H
#define CHAPTERS_COMMON_FIGURES_SVG_INTERNAL_H

#include "chapters/common/figures/svg.h"

/** @addtogroup common @{ */

/** The style that every file carries: classes, CSS variables, colours for light and dark. */
extern const char svg_style[];

/**
 * @param[in] role    a part, or FIGURE_AUTO
 * @param[in] number  of the series, for FIGURE_AUTO
 * @return the class that gives the colour: "role-query", "series-2"
 */
const char *svg_colour_class(figure_role role, size_t number);

/**
 * About how wide a text is: the font is not known, so it is an estimate to leave room by.
 *
 * @param[in] text  UTF-8
 * @param[in] size  of the font in pixels
 * @return pixels
 */
double svg_text_width(const char *text, double size);

/**
 * Draw a colour scale from the palest to the fullest cell, upwards.
 *
 * @param[in,out] canvas  where to
 * @param[in]     x       left
 * @param[in]     y       top
 * @param[in]     width   in pixels
 * @param[in]     height  in pixels
 * @param[in]     zero    where 0 is from the top, 0 .. 1; 1 if there are no negative values
 */
void svg_colour_scale(svg_canvas *canvas, double x, double y, double width, double height,
                      double zero);

/** @} */

#endif
