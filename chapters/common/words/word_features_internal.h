/**
 * @file word_features_internal.h
 * Private to word_features.c and lexicon.c: the table of channels.
 */
#ifndef CHAPTERS_COMMON_WORDS_WORD_FEATURES_INTERNAL_H
#define CHAPTERS_COMMON_WORDS_WORD_FEATURES_INTERNAL_H

#include "chapters/common/words/word_features.h"

/** @addtogroup common @{ */

/** A channel: a function from words to features. */
typedef struct {
    const char *name; /**< such as "suffix3" */
    const char *key;  /**< of its values in the metadata of a file */
    size_t min_count; /**< how often a feature must be seen */
    void (*feature)(const char *word, char *feature); /**< writes WORD_FEATURE_SIZE at most */
} word_channel;

/**
 * The channels in the order of the table.
 *
 * @param[in] i  from 0
 * @return       the channel, or NULL behind the last one
 */
const word_channel *word_channel_at(size_t i);

/**
 * Find a channel by its name.
 *
 * @param[in] name    where the name begins
 * @param[in] length  its bytes
 * @return            the channel, or NULL if there is none of this name
 */
const word_channel *word_channel_find(const char *name, size_t length);

/** @} */

#endif
