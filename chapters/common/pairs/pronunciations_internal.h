/**
 * @file pronunciations_internal.h
 * Private to the files pronunciations*.c: a dictionary while it is read. The whole file stands in
 * memory and is cut in place; words and phones of the dictionary point into it.
 */
#ifndef CHAPTERS_COMMON_PAIRS_PRONUNCIATIONS_INTERNAL_H
#define CHAPTERS_COMMON_PAIRS_PRONUNCIATIONS_INTERNAL_H

#include "chapters/common/pairs/pronunciations.h"
#include "chapters/common/pairs/symbols_internal.h"

/** @addtogroup common @{ */

/** One line of a dictionary. */
typedef struct {
    const char *word;   /**< in lower case, without its number */
    const char *phones; /**< one blank between two */
    size_t line;        /**< where it stands */
    size_t first;       /**< once all are sorted: the first line with this word */
} pronunciations_entry;

/** What stands between a word and its phones. */
typedef enum {
    PRONUNCIATIONS_UNDECIDED, /**< no entry was read yet */
    PRONUNCIATIONS_TAB,       /**< a tab */
    PRONUNCIATIONS_BLANKS     /**< blanks */
} pronunciations_separator;

/** A file while it is read. */
typedef struct {
    const char *name;                   /**< what messages call it */
    size_t line;                        /**< the current one, from 1 */
    pronunciations_stress stress;       /**< what is done with it */
    pronunciations_separator separator; /**< as on the first line with an entry */
    symbols_set letters;                /**< so far */
    symbols_set phones;                 /**< so far */
    pronunciations_entry *entries;      /**< so far */
    size_t n_entries;                   /**< how many */
    size_t size;                        /**< how many there is room for */
    pronunciations_problem *problem;    /**< may be NULL */
} pronunciations_reader;

/**
 * Write down a problem in the current line.
 *
 * @param[in,out] reader  where it is, and where to
 * @param[in]     kind    what is wrong
 * @param[in]     format  as of printf: what was expected and what was found
 * @return                false
 */
bool pronunciations_report(pronunciations_reader *reader, pronunciations_kind kind,
                           const char *format, ...) __attribute__((format(printf, 3, 4)));

/**
 * Say that there is no memory.
 *
 * @param[in,out] reader  where it is, and where to
 * @return                false
 */
bool pronunciations_out_of_memory(pronunciations_reader *reader);

/**
 * Read one line: an entry, a comment, or nothing.
 *
 * @param[in,out] reader  the file
 * @param[in,out] line    cut in place; UTF-8
 * @return                false after a problem
 */
bool pronunciations_line(pronunciations_reader *reader, char *line);

/**
 * Put all entries in order, each word where it stands first; what stands there twice goes.
 *
 * @param[in,out] reader  the whole file: at least one entry
 * @return                a dictionary without name and text, to be freed by pronunciations_free();
 *                        NULL without memory
 */
pronunciations *pronunciations_sort(pronunciations_reader *reader);

/** @} */

#endif
