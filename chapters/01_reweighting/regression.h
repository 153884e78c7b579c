/**
 * @file regression.h
 * Kernel regression on observed points, the error that it makes, and the bandwidth that makes it
 * least. The mathematics is reference/reweighting.h; here it is put to use.
 */
#ifndef CHAPTERS_REWEIGHTING_REGRESSION_H
#define CHAPTERS_REWEIGHTING_REGRESSION_H

#include "chapters/common/figures/report.h"
#include "reference/reweighting.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch01 @{ */

/** Points (x, y) in the order of x. */
typedef struct {
    gsl_vector *x; /**< keys, (n) */
    gsl_matrix *y; /**< values, (n x 1) */
} observations;

/**
 * @param[in] n  points
 * @return points that are all zero, to be freed by observations_free()
 */
observations observations_alloc(size_t n);

/** @param[in,out] data  its vectors are freed */
void observations_free(observations *data);

/**
 * The generated series:  y = 2 sin x + x + noise,  x uniform in 0 .. 5, noise normal with standard
 * deviation 0.5.
 *
 * @param[in] n     points
 * @param[in] seed  of the random numbers
 * @return the points, to be freed by observations_free()
 */
observations draw_sine(size_t n, size_t seed);

/** @param[in] x  where @return the curve without noise,  2 sin x + x */
double sine_truth(double x);

/** A curve through the points: weights and outputs at some queries. */
typedef struct {
    gsl_matrix *weights; /**< (n_q x n_k) */
    gsl_matrix *output;  /**< (n_q x 1) */
} fit;

/**
 * @param[in] data       the points
 * @param[in] queries    (n_q) where the curve is wanted
 * @param[in] proximity  the kernel
 * @param[in] bandwidth  in the unit of x
 * @return the fit, to be freed by fit_free()
 */
fit fit_at(const observations *data, const gsl_vector *queries, ref_proximity proximity,
           double bandwidth);

/**
 * Fit every point from the other points alone: its own weight is set to 0.
 *
 * @param[in] data       the points
 * @param[in] proximity  the kernel
 * @param[in] bandwidth  in the unit of x
 * @return the fit (n x n), to be freed by fit_free()
 */
fit fit_left_out(const observations *data, ref_proximity proximity, double bandwidth);

/** @param[in,out] curve  its matrices are freed */
void fit_free(fit *curve);

/**
 * How many points a query listens to on average:  mean over the rows of  1 / sum_j p_ij^2.
 *
 * @param[in] weights  rows that sum to 1
 * @return 1 for one-hot rows, n_k for uniform ones
 */
double points_listened_to(const gsl_matrix *weights);

/** An error and its slope. */
typedef struct {
    double error;    /**< sum (output - y)^2 / sum (y - mean)^2: 1 is as bad as the mean */
    double gradient; /**< its derivative with respect to the bandwidth, by equation (1.5) */
} error_and_gradient;

/**
 * The error of a fit at its own points.
 *
 * @param[in] data         the points
 * @param[in] proximity    the kernel
 * @param[in] bandwidth    in the unit of x
 * @param[in] is_left_out  predict every point from the others alone
 * @return error and gradient
 */
error_and_gradient fit_error(const observations *data, ref_proximity proximity, double bandwidth,
                             bool is_left_out);

enum {
    DESCENT_MAX = 64 /**< places of a walk, the start among them */
};

/** A walk down the slope. */
typedef struct {
    size_t n_steps;                     /**< steps, below DESCENT_MAX */
    double bandwidth[DESCENT_MAX];      /**< before each step, and after the last */
    error_and_gradient at[DESCENT_MAX]; /**< error and gradient there */
} descent;

/**
 * Gradient descent on the logarithm of the bandwidth, which keeps the bandwidth positive:
 *
 *     ln h <- ln h - rate * h * dE/dh,   no step longer than ln 1.5.
 *
 * @param[in] data         the points
 * @param[in] proximity    the kernel
 * @param[in] bandwidth    where to start
 * @param[in] is_left_out  which error to descend
 * @param[in] n_steps      below DESCENT_MAX
 * @return the walk
 */
descent descend(const observations *data, ref_proximity proximity, double bandwidth,
                bool is_left_out, size_t n_steps);

/** One panel of a figure: a curve over its map of weights. */
typedef struct {
    const char *title;       /**< over the panel */
    ref_proximity proximity; /**< the kernel */
    double bandwidth;        /**< in the unit of x */
} panel;

/**
 * Write a figure with a column a panel: the points and the fitted curve above, the weights below.
 * Nothing happens without a folder.
 *
 * @param[in] to        the report
 * @param[in] name      the file's name without ".svg"
 * @param[in] title     of the figure
 * @param[in] data      the points
 * @param[in] panels    (n_panels)
 * @param[in] n_panels  columns
 */
void draw_panels(const report *to, const char *name, const char *title, const observations *data,
                 const panel *panels, size_t n_panels);

/** @} */

#endif
