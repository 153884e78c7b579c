/**
 * @file tagger_text.h
 * A corpus as the numbers that a tagger reads, batch by batch.
 */
#ifndef CHAPTERS_COMMON_TAGGER_TAGGER_TEXT_H
#define CHAPTERS_COMMON_TAGGER_TAGGER_TEXT_H

#include "chapters/common/tagger/tagger.h"
#include "chapters/common/words/batches.h"
#include "chapters/common/words/word_features.h"
#include "chapters/common/words/word_vectors.h"

/** @addtogroup common @{ */

/** The channel behind those of the lexicon: whether a word has a vector. A learned embedding of it
 *  stands for the vector that unknown words lack. */
#define TAGGER_KNOWN_CHANNEL "known"

/** The channels of features are those of a lexicon and TAGGER_KNOWN_CHANNEL. */
typedef struct {
    const corpus *sentences;            /**< the caller's */
    size_t n_channels;                  /**< of the lexicon, and 1 */
    int *words;                         /**< (n_tokens) rows of tagger_table() */
    int *targets;                       /**< (n_tokens) labels, or REF_IGNORED */
    int *features[TAGGER_MAX_CHANNELS]; /**< (n_tokens) each */
    batches *epoch;                     /**< the order of sentences: batches_shuffle() */
    tagger_batch current;               /**< private: what tagger_text_batch() returns */
    int *numbers;                       /**< private: the numbers of the current batch */
} tagger_text;

/**
 * The table of vectors that a tagger reads, rounded to float: both sides read the same numbers.
 *
 * @param[in] vectors  the words
 * @return             (n_words + 1 x d): a row of zeros, then the vectors; the caller frees it with
 *                     gsl_matrix_free()
 */
gsl_matrix *tagger_table(const word_vectors *vectors);

/**
 * Look up all words of a corpus.
 *
 * @param[in] sentences     at least one; must live as long
 * @param[in] words         features and labels; a tag that is no label is ignored
 * @param[in] vectors       the words of tagger_table()
 * @param[in] batch_tokens  tokens of a batch, padding and all, >= 1
 * @return                  the text, to be freed with tagger_text_free()
 */
tagger_text *tagger_text_alloc(const corpus *sentences, const lexicon *words,
                               const word_vectors *vectors, size_t batch_tokens);

/** @param[in,out] text  freed; NULL is allowed */
void tagger_text_free(tagger_text *text);

/**
 * A batch as numbers.
 *
 * @param[in,out] text  the text
 * @param[in]     b     0 .. epoch->n_batches - 1
 * @return              the batch, valid until the next call
 */
const tagger_batch *tagger_text_batch(tagger_text *text, size_t b);

/** @} */

#endif
