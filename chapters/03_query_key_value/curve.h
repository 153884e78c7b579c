/**
 * @file curve.h
 * Chapter 1's regression as attention between projections, for bandwidth.c. A Gaussian kernel is a
 * dot product of features:
 *
 *     -(x - x')^2 / 2h^2 = (x, 1) . (x', -x'^2 / 2) / h^2 - x^2 / 2h^2,
 *
 * where the last term is the same for all keys, so that the softmax does not see it. With the
 * features (x, x^2, 1) of a point, W_Q and W_K (3 x 2) hold that kernel and many others.
 */
#ifndef CHAPTERS_QUERY_KEY_VALUE_CURVE_H
#define CHAPTERS_QUERY_KEY_VALUE_CURVE_H

#include "chapters/03_query_key_value/parts.h"

/** @addtogroup ch03 @{ */

/** Points (x, y) in the order of x. */
typedef struct {
    gsl_vector *x; /**< keys, (40) */
    gsl_matrix *y; /**< values, (40 x 1) */
} points;

/**
 * The same points as in chapter 1:  y = 2 sin x + x + noise.
 *
 * @param[in] seed  of the random numbers
 * @return the points, to be freed by points_free()
 */
points draw_points(size_t seed);

/** @param[in,out] data  its vectors are freed */
void points_free(points *data);

/** @param[in] x  where @return the curve without noise */
double curve_truth(double x);

/** @return where every method is measured, evenly in 0 .. 5; the caller frees it */
gsl_vector *curve_queries(void);

/**
 * @param[in] queries  (n_q)
 * @param[in] output   (n_q x 1)
 * @return root of the mean squared distance from the truth
 */
double curve_error(const gsl_vector *queries, const gsl_matrix *output);

/** What W_Q and W_K learned. */
typedef struct {
    gsl_matrix *output; /**< at the queries, (n_q x 1); to be freed by the caller */
    double error;       /**< of it */
} learned_curve;

/**
 * Train W_Q and W_K by Adam, each point predicted from the others. They begin as the Gaussian of
 * bandwidth 1.
 *
 * @param[in] data  the points
 * @return the curve
 */
learned_curve learn_curve(const points *data);

/**
 * End the program unless the Gaussian kernel and attention between projections are one function.
 *
 * @param[in] data  the points
 */
void check_kernel_as_projections(const points *data);

/** @} */

#endif
