/**
 * @file encoder_decoder_checks.h
 * Sizes that follow from the shape of a model, and what a model asks of its arguments. Not for
 * callers of the library.
 */
#ifndef OPTIMIZED_ENCODER_DECODER_CHECKS_H
#define OPTIMIZED_ENCODER_DECODER_CHECKS_H

#include "optimized/encoder.h"

/** @addtogroup optimized_core @{ */

/**
 * Columns of the encoder's outputs.
 *
 * @param[in] shape  of the model
 * @return           d_memory
 */
size_t fast_d_memory(const fast_encoder_decoder_shape *shape);

/**
 * Columns of the keys.
 *
 * @param[in] shape  of the model
 * @return           d_key, 0 if there are none
 */
size_t fast_d_key(const fast_encoder_decoder_shape *shape);

/**
 * Columns of the context vectors.
 *
 * @param[in] shape  of the model
 * @return           d_memory, 0 if there is no attention
 */
size_t fast_d_context(const fast_encoder_decoder_shape *shape);

/**
 * Columns of what is fed into a step beside the embedded word.
 *
 * @param[in] shape  of the model
 * @return           d_fed, 0 if nothing is
 */
size_t fast_d_fed(const fast_encoder_decoder_shape *shape);

/**
 * Numbers of a layer's state.
 *
 * @param[in] shape  of the model
 * @return           n_hidden, twice for an LSTM
 */
size_t fast_n_state(const fast_encoder_decoder_shape *shape);

/**
 * Whether the score is a small network's.
 *
 * @param[in] shape  of the model
 * @return           whether it is FAST_SCORE_CONCAT or FAST_SCORE_ADDITIVE
 */
static inline bool is_additive(const fast_encoder_decoder_shape *shape)
{
    return shape->score == FAST_SCORE_CONCAT || shape->score == FAST_SCORE_ADDITIVE;
}

/**
 * The encoder's stack.
 *
 * @param[in] shape  of the model
 * @return           its shape
 */
fast_recurrent_stack_shape fast_encoder_stack(const fast_encoder_decoder_shape *shape);

/**
 * The decoder's stack.
 *
 * @param[in] shape  of the model
 * @return           its shape
 */
fast_recurrent_stack_shape fast_decoder_stack(const fast_encoder_decoder_shape *shape);

/**
 * Look at the shape.
 *
 * @param[in] shape  of the model
 * @return           a status, with a sentence if it is not GSL_SUCCESS
 */
int fast_encoder_decoder_check_shape(const fast_encoder_decoder_shape *shape);

/**
 * Whether every word is in a vocabulary.
 *
 * @param[in] words    the words
 * @param[in] n        how many
 * @param[in] n_vocab  words of the vocabulary
 * @return             whether it is so
 */
bool fast_are_words(const int *words, size_t n, size_t n_vocab);

/**
 * Look at what both passes of the encoder read.
 *
 * @param[in] source   the words
 * @param[in] lengths  or NULL
 * @param[in] shape    of the model
 * @param[in] cache    of the sources
 * @return             a status, with a sentence if it is not GSL_SUCCESS
 */
int fast_encoder_check(const int *source, const size_t *lengths,
                       const fast_encoder_decoder_shape *shape, const fast_encoder_cache *cache);

/** @} */

#endif
