/**
 * @file corpus_internal.h
 * Private to the files corpus*.c: a corpus while it is read. The whole file stands in memory and is
 * cut into words in place; the words and tags of the corpus point into it.
 */
#ifndef CHAPTERS_COMMON_WORDS_CORPUS_INTERNAL_H
#define CHAPTERS_COMMON_WORDS_CORPUS_INTERNAL_H

#include "chapters/common/words/corpus.h"

/** @addtogroup common @{ */

/** A file while it is read. */
typedef struct {
    const char *name;        /**< what messages call it */
    size_t line;             /**< the current one, from 1 */
    corpus_format format;    /**< once it is known, never CORPUS_ANY */
    const char *column;      /**< which tags, as the caller said it; may be NULL */
    bool has_tags;           /**< whether any are wanted */
    size_t n_columns;        /**< CORPUS_COLUMNS: those of the first line, 0 before it */
    size_t tag_column;       /**< CORPUS_COLUMNS: the one of the tag, from 1 */
    bool has_tabs;           /**< CORPUS_COLUMNS: tabs stand between columns */
    const char *rest;        /**< the text behind the current line */
    size_t n_rest;           /**< its bytes */
    size_t n_ids;            /**< CORPUS_CONLLU: the last ID of this sentence */
    size_t n_tagged;         /**< tokens with a tag so far */
    corpus *sentences;       /**< so far; starts[n_sentences] begins the current one */
    size_t tokens_size;      /**< tokens there is room for */
    size_t starts_size;      /**< sentences there is room for, and one more */
    corpus_problem *problem; /**< may be NULL */
} corpus_reader;

/**
 * Write down a problem in the current line.
 *
 * @param[in,out] reader  where it is, and where to
 * @param[in]     kind    what is wrong
 * @param[in]     format  as of printf: what was expected and what was found
 * @return                false
 */
bool corpus_report(corpus_reader *reader, corpus_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Say that there is no memory.
 *
 * @param[in,out] reader  where it is, and where to
 * @return                false
 */
bool corpus_out_of_memory(corpus_reader *reader);

/**
 * An array of another length.
 *
 * @param[in,out] array  from malloc(), or NULL; as before if there is no memory
 * @param[in]     n      elements, >= 1
 * @param[in]     size   of one
 * @return               false without memory
 */
bool corpus_resize(void **array, size_t n, size_t size);

/**
 * One more token of the current sentence.
 *
 * @param[in,out] reader  the file
 * @param[in]     word    in the text of the corpus
 * @param[in]     tag     there too, or NULL
 * @return                false after a problem
 */
bool corpus_add_token(corpus_reader *reader, const char *word, const char *tag);

/**
 * The current sentence, if it has a token, ends here.
 *
 * @param[in,out] reader  the file
 * @return                false after a problem
 */
bool corpus_end_sentence(corpus_reader *reader);

/**
 * Read one line, which is not empty.
 *
 * @param[in,out] reader  the file, of CoNLL-U
 * @param[in,out] line    cut into words in place
 * @return                false after a problem
 */
bool corpus_conllu_line(corpus_reader *reader, char *line);

/**
 * Read one line, which is not empty.
 *
 * @param[in,out] reader  the file, of columns
 * @param[in,out] line    cut into words in place
 * @return                false after a problem
 */
bool corpus_columns_line(corpus_reader *reader, char *line);

/**
 * Read one line, which is not empty.
 *
 * @param[in,out] reader  the file, of sentences word/tag word/tag
 * @param[in,out] line    cut into words in place
 * @return                false after a problem
 */
bool corpus_brown_line(corpus_reader *reader, char *line);

/**
 * Cut a line at its tabs.
 *
 * @param[in,out] line    each tab becomes the end of a field
 * @param[out]    fields  (max) where the fields begin
 * @param[in]     max     how many there is room for
 * @return                how many there are, perhaps more than max
 */
size_t corpus_cut_at_tabs(char *line, char **fields, size_t max);

/**
 * Find the format out. A line with "#" at its start may be a comment of CoNLL-U or the word of a
 * tweet: the first line below it that has none decides.
 *
 * @param[in] line    the first line with text
 * @param[in] rest    (n_rest) the text below it
 * @param[in] n_rest  its bytes
 * @return            the format, or CORPUS_ANY if the line has none
 */
corpus_format corpus_guess_format(const char *line, const char *rest, size_t n_rest);

/** @} */

#endif
