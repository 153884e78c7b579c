/**
 * @file step_picture.h
 * One step of a decoder as a picture: whole, as the idea that opens the page, and frame by frame.
 */
#ifndef CHAPTERS_SEQUENCE_TO_SEQUENCE_STEP_PICTURE_H
#define CHAPTERS_SEQUENCE_TO_SEQUENCE_STEP_PICTURE_H

#include "chapters/05_sequence_to_sequence/example.h"

/** @addtogroup ch05 @{ */

/** The frames of a step: each shows what is new, and what the ones before it have shown. */
typedef enum {
    FRAME_SCORES,  /**< the state of the decoder meets each state of the encoder */
    FRAME_WEIGHTS, /**< the softmax of the scores */
    FRAME_CONTEXT, /**< the states of the encoder, mixed by the weights */
    FRAME_OUTPUT,  /**< context and state give the next word */
    N_FRAMES
} frame;

/**
 * Draw a look as idea.svg, if figures are wanted: all steps, and few numbers.
 *
 * @param[in,out] to  receives the figure
 * @param[in]     of  the look
 */
void draw_idea(report *to, const example *of);

/**
 * Draw one frame of a look as frame_scores.svg, frame_weights.svg, frame_context.svg or
 * frame_output.svg, if figures are wanted.
 *
 * @param[in,out] to    receives the figure
 * @param[in]     of    the look
 * @param[in]     last  the frame
 */
void draw_frame(report *to, const example *of, frame last);

/** @} */

#endif
