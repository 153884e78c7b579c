/**
 * @file figure_scale.h
 * From values to places and shades: what the terminal and the SVG writer share.
 */
#ifndef CHAPTERS_COMMON_FIGURES_FIGURE_SCALE_H
#define CHAPTERS_COMMON_FIGURES_FIGURE_SCALE_H

#include "chapters/common/figures/figure.h"

/** @addtogroup common @{ */

enum {
    FIGURE_MAX_TICKS = 16,  /**< ticks of an axis */
    FIGURE_LABEL_SIZE = 64, /**< bytes of a number as text */
    FIGURE_N_SERIES = 6     /**< colours and marks of series without a role */
};

/** An axis whose ends are round numbers. */
typedef struct {
    double min;                     /**< lower end */
    double max;                     /**< upper end */
    bool is_log;                    /**< logarithmic */
    size_t n_ticks;                 /**< at least 2 */
    double ticks[FIGURE_MAX_TICKS]; /**< round numbers, ascending */
} figure_axis;

/**
 * An axis around some values: steps of 1, 2 or 5 times a power of ten.
 *
 * @param[in] min     the smallest value, finite
 * @param[in] max     the largest value, finite; if it equals min, the axis is widened
 * @param[in] is_log  logarithmic; needs min > 0
 * @param[in] n_ticks about how many ticks are wanted, 2 .. FIGURE_MAX_TICKS / 2
 * @return the axis
 */
figure_axis figure_make_axis(double min, double max, bool is_log, size_t n_ticks);

/**
 * @param[in] axis   the axis
 * @param[in] value  any number
 * @return where it is, from 0 (min) to 1 (max); NaN for a value that has no place on the axis
 */
double figure_position(const figure_axis *axis, double value);

/**
 * The axes around all points of a plot.
 *
 * @param[in]  plot     what to show
 * @param[in]  n_ticks  about how many ticks a y axis gets
 * @param[out] x        the horizontal axis
 * @param[out] y        the vertical axis
 * @return false if no point can be shown
 */
bool figure_plot_axes(const figure_plot *plot, size_t n_ticks, figure_axis *x, figure_axis *y);

/**
 * A tick as text: as few digits as tell it from its neighbours.
 *
 * @param[in]  axis  the axis
 * @param[in]  tick  one of its ticks
 * @param[out] out   (FIGURE_LABEL_SIZE)
 */
void figure_format_tick(const figure_axis *axis, double tick, char *out);

/**
 * A number with fixed decimals; never "-0.00".
 *
 * @param[in]  value     any number
 * @param[in]  decimals  digits behind the point
 * @param[out] out       (FIGURE_LABEL_SIZE)
 */
void figure_format(double value, size_t decimals, char *out);

/**
 * The values of the palest and the fullest cell.
 *
 * @param[in]  map  what to show
 * @param[out] min  as given, or the smallest finite cell, or 0 if that is positive
 * @param[out] max  as given, or the largest finite cell; always above min
 */
void figure_heat_range(const figure_heat_map *map, double *min, double *max);

/**
 * How full a cell is. Where min < 0, values below 0 are full in a colour of their own.
 *
 * @param[in] value  of the cell, finite
 * @param[in] min    of the palest cell
 * @param[in] max    of the fullest cell
 * @return -1 .. 1; negative for the colour of negative values
 */
double figure_heat(double value, double min, double max);

/**
 * The part that series k plays, for its colour and mark.
 *
 * @param[in] plot  what to show
 * @param[in] k     which series
 * @return its own number among the series without a part, 0 .. FIGURE_N_SERIES - 1
 */
size_t figure_series_number(const figure_plot *plot, size_t k);

/**
 * @param[in] text   what the caller gave, or NULL
 * @param[in] other  what stands in for it
 * @return text, or other where there is none
 */
const char *figure_or_else(const char *text, const char *other);

/**
 * The label of a row or a column: the caller's, or its number.
 *
 * @param[in]  labels  one a row, or NULL
 * @param[in]  i       which row
 * @param[out] number  (FIGURE_LABEL_SIZE) room for the number
 * @return the label; it points into labels or number
 */
const char *figure_label(const char *const *labels, size_t i, char *number);

/** @} */

#endif
