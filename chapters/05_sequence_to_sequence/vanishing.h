/**
 * @file vanishing.h
 * The second half of the part vanishing: whole models.
 */
#ifndef CHAPTERS_SEQUENCE_TO_SEQUENCE_VANISHING_H
#define CHAPTERS_SEQUENCE_TO_SEQUENCE_VANISHING_H

#include "chapters/05_sequence_to_sequence/parts.h"

/** @addtogroup ch05 @{ */

/**
 * What the last word of the target feels of the first word of the source, with attention and
 * without.
 *
 * @param[in,out] to       receives it
 * @param[in]     choices  the seed is read
 */
void show_shortcut(report *to, const settings *choices);

/** @} */

#endif
