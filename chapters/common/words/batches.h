/**
 * @file batches.h
 * Sentences of about the same length together, so that little of a batch is padding.
 *
 *     batches *epoch = batches_alloc(sentences, 4096);
 *     batches_shuffle(epoch, rng);
 *     for (size_t b = 0; b < epoch->n_batches; b++) {
 *         const sentence_batch *next = batches_get(epoch, b);
 *         ...
 *     }
 */
#ifndef CHAPTERS_COMMON_WORDS_BATCHES_H
#define CHAPTERS_COMMON_WORDS_BATCHES_H

#include "chapters/common/words/corpus.h"
#include <gsl/gsl_rng.h>
#include <stdint.h>

/** @addtogroup common @{ */

/** Stands where a sentence is shorter than the longest one of its batch. */
#define BATCH_PADDING SIZE_MAX

/** Some sentences side by side. */
typedef struct {
    size_t n_sequences; /**< sentences, >= 1 */
    size_t n_padded;    /**< tokens of the longest one, >= 1 */
    size_t *sentences;  /**< (n_sequences) their numbers in the corpus */
    size_t *lengths;    /**< (n_sequences) their tokens, as key_lengths wants them */
    size_t *tokens;     /**< (n_sequences x n_padded) numbers of tokens in the corpus, or
                             BATCH_PADDING */
} sentence_batch;

/** All sentences of a corpus, each in one batch. */
typedef struct {
    const corpus *sentences; /**< the caller's; must live as long */
    size_t n_batches;        /**< how many batches */
    size_t max_sequences;    /**< most sentences of any batch, whatever the order */
    size_t max_padded;       /**< tokens of the longest sentence */
    size_t max_tokens;       /**< most n_sequences x n_padded of any batch, whatever the order */
    size_t *order;           /**< private: (n_sentences) one batch behind the other */
    size_t *scratch;         /**< private: (n_sentences) the order before it is sorted */
    size_t *firsts;          /**< private: (n_batches + 1) where each begins in order */
    size_t *sequence;        /**< private: (n_batches) the batches in the order of this epoch */
    size_t *ceilings;        /**< private: (max_padded + 1) length -> longest of its bucket */
    size_t *begins;          /**< private: (max_padded + 1) ceiling -> where its bucket begins */
    size_t *places;          /**< private: (max_padded + 1) ceiling -> the next free place in it */
    sentence_batch current;  /**< private: what batches_get() returns */
} batches;

/**
 * Sort the sentences of a corpus into batches of at most n_tokens tokens, padding and all; a longer
 * sentence is a batch of its own. Until batches_shuffle(), the order is that of lengths: right for
 * measuring, where no chance is wanted.
 *
 * @param[in] sentences  at least one, and each with a token
 * @param[in] n_tokens   of a batch, >= 1
 * @return               the batches, to be freed by batches_free(); NULL without memory, without a
 *                       sentence, with an empty one, or if n_tokens is 0
 */
batches *batches_alloc(const corpus *sentences, size_t n_tokens);

/** @param[in,out] epoch  freed; NULL is allowed */
void batches_free(batches *epoch);

/**
 * A new order for a new epoch: which sentences of about the same length share a batch, and which
 * batch comes when. It depends on the generator alone, and not on the orders before, so that a
 * training that is resumed meets the same batches.
 *
 * @param[in,out] epoch  the batches; their number stays
 * @param[in,out] rng    the generator
 */
void batches_shuffle(batches *epoch, gsl_rng *rng);

/**
 * A batch.
 *
 * @param[in,out] epoch  the batches
 * @param[in]     b      0 .. n_batches - 1
 * @return               the batch, valid until the next call
 */
const sentence_batch *batches_get(batches *epoch, size_t b);

/**
 * The share of padding:  1 - (all tokens) / (sum over batches of n_sequences x n_padded).
 *
 * @param[in] epoch  the batches, in their order of now
 * @return           0 <= share < 1
 */
double batches_padding(const batches *epoch);

/** @} */

#endif
