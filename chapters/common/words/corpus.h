/**
 * @file corpus.h
 * Sentences whose words carry tags: parts of speech, names, senses. The programs carry a corpus of
 * their own within themselves (chapters/common/data/README.md); a file of the learner's may take
 * its place, in one of three formats:
 *
 *     CoNLL-U     10 columns between tabs; universaldependencies.org/format.html
 *     columns     a word, perhaps more, and a tag on each line; an empty line ends a sentence
 *     Brown       The/at jury/nn said/vbd ...: a sentence a line
 */
#ifndef CHAPTERS_COMMON_WORDS_CORPUS_H
#define CHAPTERS_COMMON_WORDS_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** @addtogroup common @{ */

enum {
    CORPUS_MAX_LINE = 65536,    /**< bytes of a line */
    CORPUS_MAX_SENTENCE = 2048, /**< tokens of a sentence */
    CORPUS_MAX_COLUMNS = 64     /**< columns of a line */
};

/** Sentences, one behind the other: sentence s is the tokens starts[s] .. starts[s + 1] - 1. */
typedef struct {
    size_t n_sentences; /**< number of sentences */
    size_t n_tokens;    /**< tokens of all of them */
    size_t *starts;     /**< (n_sentences + 1) ascending; the last one is n_tokens */
    const char **words; /**< (n_tokens) in UTF-8, as they are written */
    const char **tags;  /**< (n_tokens); NULL where a token has none */
    char *text;         /**< private: the bytes of words and tags */
} corpus;

/** How a file is written. */
typedef enum {
    CORPUS_ANY,     /**< found out from the first lines with text */
    CORPUS_CONLLU,  /**< CoNLL-U */
    CORPUS_COLUMNS, /**< word first; between tabs if the first line has one, else between blanks.
                         An empty word between tabs, as tweets have some, is read as U+FFFD */
    CORPUS_BROWN    /**< word/tag, the tag behind the last slash */
} corpus_format;

/** What is wrong with a corpus. Every kind has a test with a file of its own. */
typedef enum {
    CORPUS_OK,             /**< nothing */
    CORPUS_NO_MEMORY,      /**< out of memory */
    CORPUS_CANNOT_OPEN,    /**< no such file, no permission */
    CORPUS_CANNOT_READ,    /**< reading failed half-way; a directory */
    CORPUS_EMPTY,          /**< there is no sentence in the file */
    CORPUS_IS_COMPRESSED,  /**< xz, gzip, ...: unpack it first */
    CORPUS_IS_BINARY,      /**< a NUL byte */
    CORPUS_NOT_UTF8,       /**< bytes that are not UTF-8 */
    CORPUS_LONG_LINE,      /**< more than CORPUS_MAX_LINE bytes */
    CORPUS_LONG_SENTENCE,  /**< more than CORPUS_MAX_SENTENCE tokens */
    CORPUS_UNKNOWN_FORMAT, /**< the first line with text is of no known format */
    CORPUS_BAD_COLUMNS,    /**< another number of columns than the format or the first line has */
    CORPUS_BAD_ID,         /**< CoNLL-U: an ID that is no number, range or empty node */
    CORPUS_ID_ORDER,       /**< CoNLL-U: IDs that do not count 1, 2, 3, ... */
    CORPUS_NO_WORD,        /**< CoNLL-U, Brown: an empty word */
    CORPUS_NO_TAG,         /**< a word without a tag; in CoNLL-U '_' is none, nothing is wrong */
    CORPUS_BAD_TAG_COLUMN, /**< the format has no such column of tags */
    CORPUS_UNTAGGED        /**< no token of the whole file has a tag in the column */
} corpus_kind;

/** An error, where it is, and a sentence about it: what was expected and what was found. */
typedef struct {
    corpus_kind kind;  /**< CORPUS_OK if there is none */
    size_t line;       /**< of the file, from 1; 0 if it is about no line */
    char message[512]; /**< "file:line: sentence" */
} corpus_problem;

/**
 * The format of a name: "any", "conllu", "columns" or "brown".
 *
 * @param[in]  name    as a learner types it
 * @param[out] format  the format
 * @return             false if there is none of this name
 */
bool corpus_find_format(const char *name, corpus_format *format);

/**
 * Read a file. Which of its tags are wanted is said by name:
 *
 *     CoNLL-U     "upos" (also for NULL), "xpos", or a key of MISC or FEATS: "NER", "Number";
 *                 '_' and a missing key are no tag
 *     columns     the number of a column, from "2"; the last one for anything else
 *     Brown       "full" for the tag as it is written; for anything else without its suffixes
 *                 (chapters/common/data/README.md): "nn" of "nn-tl"
 *     any         "none" for no tags at all
 *
 * Line ends may be those of Windows, and a byte order mark may come first.
 *
 * @param[in]  path     the file
 * @param[in]  format   its format, or CORPUS_ANY
 * @param[in]  column   which tags
 * @param[out] problem  what went wrong; may be NULL
 * @return              the corpus, to be freed by corpus_free(); NULL after a problem
 */
corpus *corpus_load(const char *path, corpus_format format, const char *column,
                    corpus_problem *problem);

/**
 * Read an open stream as corpus_load() does.
 *
 * @param[in,out] stream   read to its end, not closed
 * @param[in]     name     what messages call it
 * @param[in]     format   its format, or CORPUS_ANY
 * @param[in]     column   which tags
 * @param[out]    problem  what went wrong; may be NULL
 * @return                 the corpus, to be freed by corpus_free(); NULL after a problem
 */
corpus *corpus_read(FILE *stream, const char *name, corpus_format format, const char *column,
                    corpus_problem *problem);

/**
 * Read from memory as corpus_load() does.
 *
 * @param[in]  bytes    the file; not needed afterwards
 * @param[in]  n_bytes  its size
 * @param[in]  name     what messages call it
 * @param[in]  format   its format, or CORPUS_ANY
 * @param[in]  column   which tags
 * @param[out] problem  what went wrong; may be NULL
 * @return              the corpus, to be freed by corpus_free(); NULL after a problem
 */
corpus *corpus_decode(const char *bytes, size_t n_bytes, const char *name, corpus_format format,
                      const char *column, corpus_problem *problem);

/**
 * The corpus that every program carries: chapters/common/data/course.conllu.
 *
 * @param[in]  column   which tags: "upos", "NER" or "Sense"
 * @param[out] problem  what went wrong; may be NULL
 * @return              the corpus, to be freed by corpus_free(); NULL after a problem
 */
corpus *corpus_embedded(const char *column, corpus_problem *problem);

/**
 * A copy of some sentences that follow one another.
 *
 * @param[in] whole  a corpus
 * @param[in] first  its first sentence to copy
 * @param[in] n      how many; those behind the end are left out
 * @return           the copy, to be freed by corpus_free(); NULL without memory
 */
corpus *corpus_slice(const corpus *whole, size_t first, size_t n);

/**
 * A copy of several corpora, one behind the other.
 *
 * @param[in] parts    (n_parts) corpora
 * @param[in] n_parts  how many; 0 is allowed
 * @return             the copy, to be freed by corpus_free(); NULL without memory
 */
corpus *corpus_join(const corpus *const *parts, size_t n_parts);

/**
 * Set every n-th sentence aside, to validate on what was not seen in training: sentences n - 1,
 * 2n - 1, ... are held out, all others stay.
 *
 * @param[in]  whole     a corpus
 * @param[in]  every     n >= 2
 * @param[out] training  a copy of what stays, to be freed by corpus_free()
 * @param[out] held_out  a copy of what is held out, to be freed by corpus_free()
 * @return               false without memory or if every < 2; both are NULL then
 */
bool corpus_hold_out(const corpus *whole, size_t every, corpus **training, corpus **held_out);

/** @param[in,out] sentences  freed; NULL is allowed */
void corpus_free(corpus *sentences);

/** @} */

#endif
