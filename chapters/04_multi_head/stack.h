/**
 * @file stack.h
 * Blocks on top of each other that learn the task of the cards, with or without their residual
 * connections.
 */
#ifndef CHAPTERS_MULTI_HEAD_STACK_H
#define CHAPTERS_MULTI_HEAD_STACK_H

#include "chapters/04_multi_head/parts.h"

/** @addtogroup ch04 @{ */

enum { STACK_MAX_LAYERS = 6 /**< blocks of a stack */ };

/**
 * Train a stack on rows of cards and measure it on rows that it has not seen.
 *
 * @param[in] implementation which side: TAGGER_REFERENCE or TAGGER_OPTIMIZED
 * @param[in] seed          of values and rows
 * @param[in] n_layers      1 .. STACK_MAX_LAYERS
 * @param[in] has_residual  false: a block is  feed_forward(norm_2(attention(norm_1(X))))
 * @param[in] n_steps       of the training
 * @return the squared error over that of answering 0
 */
double stack_error(int implementation, size_t seed, size_t n_layers, bool has_residual,
                   size_t n_steps);

/** @} */

#endif
