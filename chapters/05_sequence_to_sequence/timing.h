/**
 * @file timing.h
 * The order of operations of both papers, as a figure.
 */
#ifndef CHAPTERS_SEQUENCE_TO_SEQUENCE_TIMING_H
#define CHAPTERS_SEQUENCE_TO_SEQUENCE_TIMING_H

#include "chapters/common/figures/report.h"

/** @addtogroup ch05 @{ */

/**
 * Draw both orders side by side as timing.svg, if figures are wanted.
 *
 * @param[in,out] to  receives the figure
 */
void draw_timing(report *to);

/** @} */

#endif
