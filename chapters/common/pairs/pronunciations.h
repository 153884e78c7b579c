/**
 * @file pronunciations.h
 * Pronunciation dictionaries: words and how they are spoken. The programs carry an extract of
 * CMUdict within themselves (chapters/05_sequence_to_sequence/data/README.md); a file of the
 * learner's may take its place, in one of two formats, which are told apart by the first entry:
 *
 *     between tabs      WORD<TAB>W ER D
 *     as CMUdict has it WORD  W ER1 D
 *
 * In both, the second pronunciation of a word may stand behind word(2) or behind the word once
 * more, a line that starts with ";;;" or "#" is a comment, and so is what follows a "#" between
 * blanks.
 */
#ifndef CHAPTERS_COMMON_PAIRS_PRONUNCIATIONS_H
#define CHAPTERS_COMMON_PAIRS_PRONUNCIATIONS_H

#include "chapters/common/pairs/pairs.h"
#include <stdio.h>

/** @addtogroup common @{ */

enum {
    PRONUNCIATIONS_MAX_LINE = 65536,    /**< bytes of a line */
    PRONUNCIATIONS_MAX_LETTERS = 128,   /**< characters of a word */
    PRONUNCIATIONS_MAX_PHONES = 128,    /**< phones of a pronunciation */
    PRONUNCIATIONS_MAX_DIFFERENT = 1024 /**< different phones of a file, and different letters */
};

/** Words in the order in which each stands first in the file, and their pronunciations: those of
 *  word w are starts[w] .. starts[w + 1] - 1. */
typedef struct {
    size_t n_words;      /**< number of words, no two of which are the same */
    size_t n_entries;    /**< pronunciations of all words */
    const char **words;  /**< (n_words) in UTF-8, in lower case */
    size_t *starts;      /**< (n_words + 1) ascending; the last one is n_entries */
    const char **phones; /**< (n_entries) "W ER D": one blank between two phones */
    size_t *lines;       /**< (n_entries) where each stands in the file */
    char name[208];      /**< private: what messages call the file */
    char *text;          /**< private: the bytes of words and phones */
} pronunciations;

/** What is wrong with a dictionary. Every kind has a test with a file of its own. */
typedef enum {
    PRONUNCIATIONS_OK,             /**< nothing */
    PRONUNCIATIONS_NO_MEMORY,      /**< out of memory */
    PRONUNCIATIONS_CANNOT_OPEN,    /**< no such file, no permission */
    PRONUNCIATIONS_CANNOT_READ,    /**< reading failed half-way; a directory */
    PRONUNCIATIONS_EMPTY,          /**< there is no word in the file */
    PRONUNCIATIONS_IS_COMPRESSED,  /**< xz, gzip, ...: unpack it first */
    PRONUNCIATIONS_IS_BINARY,      /**< a NUL byte */
    PRONUNCIATIONS_NOT_UTF8,       /**< bytes that are not UTF-8 */
    PRONUNCIATIONS_LONG_LINE,      /**< more than PRONUNCIATIONS_MAX_LINE bytes */
    PRONUNCIATIONS_LONG_WORD,      /**< more than PRONUNCIATIONS_MAX_LETTERS characters */
    PRONUNCIATIONS_MANY_PHONES,    /**< more than PRONUNCIATIONS_MAX_PHONES phones of a word */
    PRONUNCIATIONS_MANY_DIFFERENT, /**< more than PRONUNCIATIONS_MAX_DIFFERENT phones or letters */
    PRONUNCIATIONS_NO_WORD,        /**< a line starts with a blank */
    PRONUNCIATIONS_NO_PHONES,      /**< a word and nothing behind it */
    PRONUNCIATIONS_OTHER_FORMAT,   /**< no tab behind the word, as on the first line; or one */
    PRONUNCIATIONS_UNKNOWN_PHONE   /**< a phone that the model cannot say */
} pronunciations_kind;

/** An error, where it is, and a sentence about it: what was expected and what was found. */
typedef struct {
    pronunciations_kind kind; /**< PRONUNCIATIONS_OK if there is none */
    size_t line;              /**< of the file, from 1; 0 if it is about no line */
    char message[512];        /**< "file:line: sentence" */
} pronunciations_problem;

/** What is done with the digit behind a vowel that says how much it is stressed: AH0, AH1, AH2. */
typedef enum {
    PRONUNCIATIONS_DROP_STRESS, /**< AH: as the papers count. Pronunciations of a word that differ
                                     in nothing else become one */
    PRONUNCIATIONS_KEEP_STRESS  /**< AH1 is a phone of its own */
} pronunciations_stress;

/**
 * Read a file. Words become lower case. Line ends may be those of Windows, and a byte order mark
 * may come first.
 *
 * @param[in]  path     the file
 * @param[in]  stress   what is done with it
 * @param[out] problem  what went wrong; may be NULL
 * @return              the dictionary, to be freed by pronunciations_free(); NULL after a problem
 */
pronunciations *pronunciations_load(const char *path, pronunciations_stress stress,
                                    pronunciations_problem *problem);

/**
 * Read an open stream as pronunciations_load() does.
 *
 * @param[in,out] stream   read to its end, not closed
 * @param[in]     name     what messages call it
 * @param[in]     stress   what is done with it
 * @param[out]    problem  what went wrong; may be NULL
 * @return                 the dictionary, to be freed by pronunciations_free(); NULL after a
 *                         problem
 */
pronunciations *pronunciations_read(FILE *stream, const char *name, pronunciations_stress stress,
                                    pronunciations_problem *problem);

/**
 * Read from memory as pronunciations_load() does.
 *
 * @param[in]  bytes    the file; not needed afterwards
 * @param[in]  n_bytes  its size
 * @param[in]  name     what messages call it
 * @param[in]  stress   what is done with it
 * @param[out] problem  what went wrong; may be NULL
 * @return              the dictionary, to be freed by pronunciations_free(); NULL after a problem
 */
pronunciations *pronunciations_decode(const char *bytes, size_t n_bytes, const char *name,
                                      pronunciations_stress stress,
                                      pronunciations_problem *problem);

/**
 * The extract that every program carries: frequent English words, the most frequent first.
 *
 * @param[out] problem  what went wrong; may be NULL
 * @return              the dictionary, to be freed by pronunciations_free(); NULL without memory
 */
pronunciations *pronunciations_embedded(pronunciations_problem *problem);

/** @param[in,out] all  freed; NULL is allowed */
void pronunciations_free(pronunciations *all);

/**
 * The letters of a dictionary, as sources.
 *
 * @param[in] all  the dictionary
 * @return         the letters, to be freed by symbols_free(); NULL without memory
 */
symbols *pronunciations_letters(const pronunciations *all);

/**
 * The phones of a dictionary, as targets.
 *
 * @param[in] all  the dictionary
 * @return         the phones, to be freed by symbols_free(); NULL without memory
 */
symbols *pronunciations_phones(const pronunciations *all);

/**
 * A dictionary as pairs: letters -> phones, word by word in its order.
 *
 * @param[in]  all      the dictionary; not needed afterwards
 * @param[in]  letters  sources, perhaps of another dictionary: an unknown letter is
 *                      SYMBOLS_UNKNOWN. They must live as long as the pairs
 * @param[in]  phones   targets, perhaps of another dictionary: an unknown phone is a problem. They
 *                      must live as long as the pairs
 * @param[out] problem  what went wrong; may be NULL
 * @return              the pairs, to be freed by pairs_free(); NULL after a problem
 */
pairs *pronunciations_pairs(const pronunciations *all, const symbols *letters,
                            const symbols *phones, pronunciations_problem *problem);

/** @} */

#endif
