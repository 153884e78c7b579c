/**
 * @file spelling.h
 * "Did you mean …?" for options, words of a choice and words of a sentence.
 */
#ifndef CHAPTERS_COMMON_PROGRAM_SPELLING_H
#define CHAPTERS_COMMON_PROGRAM_SPELLING_H

#include <stddef.h>

/** @addtogroup common @{ */

enum {
    SPELLING_MAX_LENGTH = 64 /**< characters looked at; longer words are compared by their start */
};

/**
 * Characters to insert, drop, change or swap with their neighbour to turn one word into another
 * (the optimal string alignment distance; Damerau 1964 named the four kinds).
 *
 * @param[in] a      UTF-8
 * @param[in] b      UTF-8
 * @param[in] limit  stop counting above it
 * @return the distance, or limit + 1 if it is larger than limit
 */
size_t spelling_distance(const char *a, const char *b, size_t limit);

/**
 * @param[in] word  a word as typed
 * @return the largest distance at which another word is still worth a suggestion: 0 for a single
 *         character, 1 for up to 3, 2 for up to 7, 3 for longer words
 */
size_t spelling_tolerance(const char *word);

/**
 * The nearest of some words.
 *
 * @param[in] word        a word as typed
 * @param[in] candidates  words; of equally near ones the first is taken. An entry may be NULL.
 * @param[in] n           how many
 * @return one of the candidates, or NULL if none is near
 */
const char *spelling_nearest(const char *word, const char *const *candidates, size_t n);

/** @} */

#endif
