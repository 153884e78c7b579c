/**
 * @file pronunciation_data.h
 * The words that a model of pronunciations learns from, and those that it is measured on: from a
 * file, from two, or from the extract that every program carries.
 *
 *     pronunciation_choice choice = {.train = "words.txt", .dev_every = 40, .dev_first = 2670};
 *     pronunciation_data data;
 *     if (!pronunciation_data_read(&choice, &data, &problem)) {
 *         program_fail("%s", problem.message);
 *     }
 */
#ifndef CHAPTERS_COMMON_PAIRS_PRONUNCIATION_DATA_H
#define CHAPTERS_COMMON_PAIRS_PRONUNCIATION_DATA_H

#include "chapters/common/pairs/pronunciations.h"

/** @addtogroup common @{ */

/** Which words. */
typedef struct {
    const char *train; /**< a file; NULL for the extract */
    const char *dev;   /**< a file; NULL to hold words of the other file out */
    size_t dev_every;  /**< without a file: words 1, n + 1, 2n + 1, ... are held out; n >= 2 */
    size_t dev_first;  /**< without a file: and no more than so many of them; 0 for no limit */
    pronunciations_stress stress; /**< what is done with that of files; the extract has none */
} pronunciation_choice;

/** Two sets of words, numbered alike. */
typedef struct {
    symbols *letters; /**< of all words of the first file, those that are held out too */
    symbols *phones;  /**< of all words of the first file */
    pairs *training;  /**< at least one word */
    pairs *dev;       /**< at least one word, with all its pronunciations */
} pronunciation_data;

/**
 * Read words to train on and words to measure on.
 *
 * @param[in]  choice   which
 * @param[out] data     the words, to be freed by pronunciation_data_free(); all NULL after a
 *                      problem
 * @param[out] problem  what went wrong; may be NULL
 * @return              false after a problem: with a file, no memory, no word on one side
 */
bool pronunciation_data_read(const pronunciation_choice *choice, pronunciation_data *data,
                             pronunciations_problem *problem);

/** @param[in,out] data  its parts are freed, and NULL afterwards */
void pronunciation_data_free(pronunciation_data *data);

/** @} */

#endif
