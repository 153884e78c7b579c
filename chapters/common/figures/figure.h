/**
 * @file figure.h
 * What a figure shows, apart from how it is drawn: one description goes to the terminal
 * (terminal.h) and to an SVG file (svg.h). Fields that are left out are 0 and have a good meaning.
 */
#ifndef CHAPTERS_COMMON_FIGURES_FIGURE_H
#define CHAPTERS_COMMON_FIGURES_FIGURE_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup common @{ */

/**
 * The parts that tokens play. Each has one colour, the same in all chapters, figures and terminals,
 * and a name or a shape beside it for those who do not see the colour.
 */
typedef enum {
    FIGURE_AUTO,    /**< no part: the colour follows from the order */
    FIGURE_QUERY,   /**< blue, a circle */
    FIGURE_KEY,     /**< orange, a square */
    FIGURE_VALUE,   /**< green, a triangle */
    FIGURE_WEIGHT,  /**< purple, a diamond */
    FIGURE_CONTEXT, /**< teal, a cross */
    FIGURE_FAINT    /**< grey: what is only there to compare with */
} figure_role;

/** A matrix as coloured cells, one row a query and one column a key. */
typedef struct {
    const char *title;             /**< one line over the figure */
    const char *description;       /**< a sentence for those who do not see it, or NULL */
    const char *row_title;         /**< what the rows are, "query" if NULL */
    const char *col_title;         /**< what the columns are, "key" if NULL */
    const char *cell_title;        /**< what a cell holds, "weight" if NULL */
    const char *const *row_labels; /**< (n_rows), or NULL for the numbers 0 .. */
    const char *const *col_labels; /**< (n_cols), or NULL for the numbers 0 .. */
    const gsl_matrix *cells;       /**< (n_rows x n_cols); a cell that is not finite is masked */
    const gsl_matrix *scores;      /**< (n_rows x n_cols) shown beside the weight, or NULL */
    double min;                    /**< value of the palest cell */
    double max;                    /**< of the fullest; unless max > min both come from the cells */
    size_t decimals;               /**< of the numbers in the cells, 2 if 0 */
    bool has_marked_row;           /**< one row is the one that the text speaks of */
    size_t marked_row;             /**< that row */
} figure_heat_map;

/** How the points of a series are drawn. */
typedef enum {
    FIGURE_CURVE, /**< a line from point to point, in their order */
    FIGURE_POINTS /**< a mark at each point */
} figure_style;

/** Points that belong together; a point that is not finite leaves a gap. */
typedef struct {
    const char *name;    /**< for the legend */
    figure_style style;  /**< curve or points */
    figure_role role;    /**< its colour */
    const gsl_vector *x; /**< (n) */
    const gsl_vector *y; /**< (n) */
} figure_series;

/** Curves and points over common axes. */
typedef struct {
    const char *title;           /**< one line over the figure */
    const char *description;     /**< a sentence for those who do not see it, or NULL */
    const char *x_label;         /**< name and unit of the horizontal axis */
    const char *y_label;         /**< name and unit of the vertical axis */
    const figure_series *series; /**< (n_series) */
    size_t n_series;             /**< at least 1 */
    bool is_log_x;               /**< logarithmic axis; points that are not positive are gaps */
    bool is_log_y;               /**< logarithmic axis; points that are not positive are gaps */
} figure_plot;

/** One bar a label. */
typedef struct {
    const char *title;         /**< one line over the figure */
    const char *description;   /**< a sentence for those who do not see it, or NULL */
    const char *value_label;   /**< what the length of a bar is */
    const char *const *labels; /**< (n) */
    const gsl_vector *values;  /**< (n) */
    figure_role role;          /**< colour of the bars */
    size_t decimals;           /**< of the numbers beside the bars, 2 if 0 */
    const char *limit_label;   /**< name of a line to compare with, or NULL for none */
    double limit;              /**< where that line stands */
} figure_bars;

/** @} */

#endif
