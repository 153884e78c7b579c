/**
 * @file step_curves.h
 * The error of a numerical derivative against the size of its step, for two ways to take it: a
 * valley, with the error of the formula on one side and rounding on the other. Chapters 2, 3 and 5
 * draw it for their gradients.
 *
 *     step_curves curves = step_curves_alloc();
 *     for (size_t n = 0; n < N_STEP_SIZES; n++) {
 *         gsl_vector_set(curves.first, n, error at the step gsl_vector_get(curves.steps, n));
 *     }
 *     step_curves_draw(to, "steps", &curves, &text);
 *     step_curves_free(&curves);
 */
#ifndef CHAPTERS_COMMON_FIGURES_STEP_CURVES_H
#define CHAPTERS_COMMON_FIGURES_STEP_CURVES_H

#include "chapters/common/figures/report.h"

/** @addtogroup common @{ */

enum { N_STEP_SIZES = 12 /**< 1e-1, 1e-2 … 1e-12 */ };

/** The steps and both errors. */
typedef struct {
    gsl_vector *steps;  /**< (N_STEP_SIZES) from the longest to the shortest */
    gsl_vector *first;  /**< (N_STEP_SIZES) errors */
    gsl_vector *second; /**< (N_STEP_SIZES) errors */
} step_curves;

/** What stands at the figure. */
typedef struct {
    const char *title, *description;
    const char *first, *second; /**< names of the curves */
} step_curves_text;

/** @return the steps, and errors that are 0; to be freed by step_curves_free() */
step_curves step_curves_alloc(void);

/** @param[in,out] curves  freed */
void step_curves_free(step_curves *curves);

/**
 * Draw both curves into a file, on logarithmic axes. Nothing is drawn on the terminal: the half
 * that is rounding differs from machine to machine.
 *
 * @param[in] to      the report
 * @param[in] name    the file's name without ".svg"
 * @param[in] curves  the errors; one that is 0 leaves a gap
 * @param[in] text    what is written at it
 */
void step_curves_draw(const report *to, const char *name, const step_curves *curves,
                      const step_curves_text *text);

/** @} */

#endif
