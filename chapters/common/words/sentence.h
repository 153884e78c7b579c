/**
 * @file sentence.h
 * A learner's sentence: split into tokens, then turned into a matrix with one row a token.
 */
#ifndef CHAPTERS_COMMON_WORDS_SENTENCE_H
#define CHAPTERS_COMMON_WORDS_SENTENCE_H

#include "chapters/common/words/corpus.h"
#include "chapters/common/words/word_vectors.h"
#include <stdbool.h>

/** @addtogroup common @{ */

enum {
    SENTENCE_MAX_TOKENS = 512,   /**< tokens of a sentence */
    SENTENCE_NOT_FOUND = -1,     /**< sentence_find(): no such token */
    SENTENCE_MESSAGE_SIZE = 1024 /**< bytes for a message */
};

/** The tokens of a sentence, in lower case. */
typedef struct {
    size_t n_tokens;     /**< >= 1 */
    const char **tokens; /**< (n_tokens) */
    char *text;          /**< private: the bytes of the tokens */
} sentence;

/**
 * Split a text into tokens, as the texts were that GloVe learned from, all in lower case. Runs of
 * letters and digits are words, with the hyphens and points between them ("first-class", "u.s.").
 * What follows an apostrophe is a word of its own ("she 's", "do n't"). Every other character that
 * is not a blank stands alone.
 *
 * @param[in]  text     UTF-8
 * @param[out] message  (SENTENCE_MESSAGE_SIZE) what is wrong with the text; may be NULL
 * @return the sentence, to be freed by sentence_free(); NULL if the text is empty, is not UTF-8 or
 *         has more than SENTENCE_MAX_TOKENS tokens, or without memory
 */
sentence *sentence_split(const char *text, char *message);

/**
 * Split a text in the same way, capital letters kept: whoever tags words looks at them.
 *
 * @param[in]  text     UTF-8
 * @param[out] message  (SENTENCE_MESSAGE_SIZE) what is wrong with the text; may be NULL
 * @return one sentence without tags, to be freed by corpus_free(); NULL as for sentence_split()
 */
corpus *sentence_as_corpus(const char *text, char *message);

/**
 * sentence_as_corpus() for programs: a problem ends the program with its sentence.
 *
 * @param[in] text  UTF-8
 * @return one sentence without tags, to be freed by corpus_free()
 */
corpus *sentence_or_exit(const char *text);

/** @param[in,out] words  freed; NULL is allowed */
void sentence_free(sentence *words);

/**
 * @param[in] words  a sentence
 * @param[in] word   in any case
 * @return the position of its first token that is the word, or SENTENCE_NOT_FOUND
 */
int sentence_find(const sentence *words, const char *word);

/**
 * The words that have no vector.
 *
 * @param[in]  words    a sentence
 * @param[in]  vectors  the known words
 * @param[out] message  (SENTENCE_MESSAGE_SIZE) one sentence that names them all, each with the
 *                      nearest known word: no vector for "roopali" (nearest: "rupali"); "" if
 *                      there are none; may be NULL
 * @return how many different words have no vector
 */
size_t sentence_unknown(const sentence *words, const word_vectors *vectors, char *message);

/**
 * Take those stop words out of a sentence that have no vector; in the extract 'a', 'i' and "'s"
 * have none. One token always stays.
 *
 * @param[in,out] words    a sentence
 * @param[in]     vectors  the known words
 * @param[out]    message  (SENTENCE_MESSAGE_SIZE) one sentence that names them, "" if there are
 *                         none; may be NULL
 * @return how many tokens were taken out
 */
size_t sentence_drop_unknown_stop_words(sentence *words, const word_vectors *vectors,
                                        char *message);

/**
 * The sentence as a matrix.
 *
 * @param[in] words    a sentence
 * @param[in] vectors  the known words
 * @return (n_tokens x d), one row a token, zeros for unknown words; the caller frees it with
 *         gsl_matrix_free(). NULL without memory
 */
gsl_matrix *sentence_matrix(const sentence *words, const word_vectors *vectors);

/**
 * @param[in] word  in lower case
 * @return true for words like "the", "of", "is" and for punctuation, which stand in every sentence
 *         and say little about what it is about
 */
bool sentence_is_stop_word(const char *word);

/** @} */

#endif
