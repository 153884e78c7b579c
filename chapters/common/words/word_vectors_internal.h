/**
 * @file word_vectors_internal.h
 * Private to the files word_vectors*.c: what both loaders need.
 */
#ifndef CHAPTERS_COMMON_WORDS_WORD_VECTORS_INTERNAL_H
#define CHAPTERS_COMMON_WORDS_WORD_VECTORS_INTERNAL_H

#include "chapters/common/words/word_vectors.h"
#include <stdbool.h>

/** @addtogroup common @{ */

/**
 * Write down a problem.
 *
 * @param[out] problem  where to; NULL is allowed
 * @param[in]  kind     what is wrong
 * @param[in]  name     of the file
 * @param[in]  line     of the file, 0 for none
 * @param[in]  format   as of printf: what was expected and what was found
 */
void word_vectors_report(word_vectors_problem *problem, word_vectors_kind kind, const char *name,
                         size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/**
 * Make the vectors around the bytes of their words: everything but the numbers, which the caller
 * fills in.
 *
 * @param[in]  text     n_words strings, one behind the other, from malloc(); owned from now on,
 *                      whatever is returned
 * @param[in]  n_words  >= 1
 * @param[in]  d        >= 1
 * @return the vectors, not indexed yet; NULL without memory
 */
word_vectors *word_vectors_make(char *text, size_t n_words, size_t d);

/**
 * Fill the hash table.
 *
 * @param[in,out] vectors  with all words in place
 * @param[out]    first    row of a word that stands there twice
 * @param[out]    second   its other row
 * @return false if a word stands there twice
 */
bool word_vectors_index(word_vectors *vectors, size_t *first, size_t *second);

/** @} */

#endif
