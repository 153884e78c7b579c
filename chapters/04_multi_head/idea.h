/**
 * @file idea.h
 * The picture that opens the page.
 */
#ifndef CHAPTERS_MULTI_HEAD_IDEA_H
#define CHAPTERS_MULTI_HEAD_IDEA_H

#include "chapters/common/figures/report.h"
#include "reference/multi_head.h"

/** @addtogroup ch04 @{ */

/**
 * Draw the way of the word bank through two heads as idea.svg, if figures are wanted.
 *
 * @param[in,out] to      receives the figure
 * @param[in]     x       the words of the running example, (6 x 3)
 * @param[in]     cache   of two heads that are two columns wide
 * @param[in]     output  Y, (6 x 3)
 */
void draw_idea(report *to, const gsl_matrix *x, const ref_multi_head_cache *cache,
               const gsl_matrix *output);

/** @} */

#endif
