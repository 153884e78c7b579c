/**
 * @file svg.h
 * Figures as SVG files, to be looked at alone or woven into a page.
 *
 * A file names the parts of the figure by class and leaves the colours to CSS variables, so that a
 * page can colour it; a style inside gives the same figure good colours, light and dark, when it is
 * opened alone. A page that inlines figures may set, on any ancestor:
 *
 * | variable | colours |
 * |---|---|
 * | --figure-background | behind the figure (a page sets transparent) |
 * | --figure-text, --figure-faint | labels; numbers on axes and things of little weight |
 * | --figure-grid | grid lines and frames |
 * | --figure-font | the font |
 * | --role-query, --role-key, --role-value, --role-weight, --role-context | the parts, fixed |
 * | --series-1 … --series-6 | series without a part |
 * | --heat, --heat-negative, --heat-paper | full cells above and below 0; empty cells |
 *
 * Every cell, point and bar carries a `<title>` that browsers show when the pointer rests there. The
 * whole figure has a title and a description for screen readers. Ids start with the file's name,
 * so that no two figures on a page clash.
 *
 * A file is written under a temporary name and renamed when it is complete: on a full disk the old
 * file stays and nothing half-written is left. The same figure gives the same bytes everywhere.
 */
#ifndef CHAPTERS_COMMON_FIGURES_SVG_H
#define CHAPTERS_COMMON_FIGURES_SVG_H

#include "chapters/common/figures/figure.h"

/** @addtogroup common @{ */

/**
 * Write a heat map. Hovering over a cell shows query, key, score (if there are scores) and weight.
 *
 * @param[in] path  the file; an old one is replaced
 * @param[in] map   what to show
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  the title or the cells are missing, or marked_row is none of the rows
 * @retval GSL_EBADLEN the scores have another shape than the cells
 * @retval GSL_EFAILED the file could not be written; program_last_error() has the sentence
 */
int svg_write_heat_map(const char *path, const figure_heat_map *map);

/**
 * Write curves and points over axes with round numbers and a legend.
 *
 * @param[in] path  the file; an old one is replaced
 * @param[in] plot  what to show
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  the title or the series are missing, or no point is finite
 * @retval GSL_EBADLEN x and y of a series differ in length
 * @retval GSL_EFAILED the file could not be written; program_last_error() has the sentence
 */
int svg_write_plot(const char *path, const figure_plot *plot);

/**
 * Write horizontal bars.
 *
 * @param[in] path  the file; an old one is replaced
 * @param[in] bars  what to show; values below 0 have no bar
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  the title, labels or values are missing, or a value is not finite
 * @retval GSL_EFAILED the file could not be written; program_last_error() has the sentence
 */
int svg_write_bars(const char *path, const figure_bars *bars);

/** A figure of one's own, drawn piece by piece. */
typedef struct svg_canvas svg_canvas;

/**
 * Start a drawing. Nothing stands at the path before svg_close() has succeeded.
 *
 * @param[in] path         the file; its folder must exist
 * @param[in] width        in pixels at natural size
 * @param[in] height       in pixels at natural size
 * @param[in] title        one line, for screen readers
 * @param[in] description  a sentence for those who do not see the figure, or NULL
 * @return the canvas, to be closed by svg_close(); NULL after a GSL error if it cannot be made
 */
svg_canvas *svg_open(const char *path, double width, double height, const char *title,
                     const char *description);

/**
 * Draw a line.
 *
 * @param[in,out] canvas  where to
 * @param[in]     classes names for the style: "grid", "axis", "role-query", "series-1", "thick"
 * @param[in]     x1      from
 * @param[in]     y1      from
 * @param[in]     x2      to
 * @param[in]     y2      to
 */
void svg_line(svg_canvas *canvas, const char *classes, double x1, double y1, double x2, double y2);

/**
 * Draw an arrow: a line with a head at its end.
 *
 * @param[in,out] canvas  where to
 * @param[in]     classes names for the style
 * @param[in]     x1      from
 * @param[in]     y1      from
 * @param[in]     x2      to
 * @param[in]     y2      to
 */
void svg_arrow(svg_canvas *canvas, const char *classes, double x1, double y1, double x2, double y2);

/**
 * Draw a rectangle with rounded corners.
 *
 * @param[in,out] canvas  where to
 * @param[in]     classes names for the style: "cell", "frame", "bar"
 * @param[in]     x       left
 * @param[in]     y       top
 * @param[in]     width   in pixels
 * @param[in]     height  in pixels
 * @param[in]     opacity 0 .. 1 of the fill
 * @param[in]     hover   text shown when the pointer rests on it, or NULL
 */
void svg_rectangle(svg_canvas *canvas, const char *classes, double x, double y, double width,
                   double height, double opacity, const char *hover);

/**
 * Draw the mark of a role: circle, square, triangle, diamond or cross.
 *
 * @param[in,out] canvas  where to
 * @param[in]     classes names for the style
 * @param[in]     role    whose mark
 * @param[in]     x       centre
 * @param[in]     y       centre
 * @param[in]     hover   text shown when the pointer rests on it, or NULL
 */
void svg_mark(svg_canvas *canvas, const char *classes, figure_role role, double x, double y,
              const char *hover);

/** Where the text stands from its point. */
typedef enum {
    SVG_START,  /**< the text starts there */
    SVG_MIDDLE, /**< its middle is there */
    SVG_END     /**< it ends there */
} svg_anchor;

/**
 * Write a text.
 *
 * @param[in,out] canvas  where to
 * @param[in]     classes names for the style: "title", "label", "number", "faint", "role-key"
 * @param[in]     anchor  which part of the text is at (x, y)
 * @param[in]     x       the point
 * @param[in]     y       the base line
 * @param[in]     format  as of printf; the result is UTF-8 and is escaped
 */
void svg_text(svg_canvas *canvas, const char *classes, svg_anchor anchor, double x, double y,
              const char *format, ...) __attribute__((format(printf, 6, 7)));

/**
 * Write a text that is turned around its point.
 *
 * @param[in,out] canvas  where to
 * @param[in]     classes names for the style
 * @param[in]     anchor  which part of the text is at (x, y)
 * @param[in]     x       the point
 * @param[in]     y       the base line
 * @param[in]     degrees clockwise; -90 reads upwards
 * @param[in]     format  as of printf; the result is UTF-8 and is escaped
 */
void svg_turned_text(svg_canvas *canvas, const char *classes, svg_anchor anchor, double x, double y,
                     double degrees, const char *format, ...) __attribute__((format(printf, 7, 8)));

/**
 * Draw a line through points.
 *
 * @param[in,out] canvas  where to
 * @param[in]     classes names for the style
 * @param[in]     x       (n) in pixels
 * @param[in]     y       (n) in pixels; a point that is not finite leaves a gap
 * @param[in]     n       points
 */
void svg_curve(svg_canvas *canvas, const char *classes, const double *x, const double *y, size_t n);

/**
 * Finish a drawing and put the file in its place.
 *
 * @param[in,out] canvas  freed, whatever is returned
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EFAILED the file could not be written: the old one, if any, is still there
 */
int svg_close(svg_canvas *canvas);

/** @} */

#endif
