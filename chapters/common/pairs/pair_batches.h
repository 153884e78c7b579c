/**
 * @file pair_batches.h
 * Pairs of the same lengths together, as the arrays of numbers that encoder, decoder and loss take.
 *
 *     pair_batches *epoch = pair_batches_alloc(all, PAIR_BATCHES_PAIRS, 64);
 *     pair_batches_shuffle(epoch, rng);
 *     for (size_t b = 0; b < epoch->n_batches; b++) {
 *         const pair_batch *next = pair_batches_get(epoch, b);
 *         ...
 *     }
 */
#ifndef CHAPTERS_COMMON_PAIRS_PAIR_BATCHES_H
#define CHAPTERS_COMMON_PAIRS_PAIR_BATCHES_H

#include "chapters/common/pairs/pairs.h"
#include <gsl/gsl_rng.h>

/** @addtogroup common @{ */

/**
 * Some pairs side by side. All arrays of symbols count row by row, pair by pair.
 *
 *                     length 3 of 4            length 2 of 3
 *     source          s_1 s_2 s_3 UNKNOWN
 *     target_in                                START y_1 y_2 END
 *     target_out                               y_1   y_2 END REF_IGNORED
 */
typedef struct {
    size_t n_pairs;               /**< pairs, >= 1: n_batch */
    size_t n_source;              /**< symbols of the longest source, >= 1 */
    size_t n_target;              /**< symbols of the longest target and its end, >= 2 */
    size_t n_symbols;             /**< of all targets, ends too: how many rows the loss counts */
    const size_t *pairs;          /**< (n_pairs) their numbers */
    const size_t *source_lengths; /**< (n_pairs) symbols of each source, >= 1 */
    const size_t *target_lengths; /**< (n_pairs) symbols of each target and its end, >= 2 */
    const int *source;            /**< (n_pairs x n_source) behind the end SYMBOLS_UNKNOWN */
    const int *target_in;  /**< (n_pairs x n_target) what the decoder reads: START y_1 y_2 ...;
                                       behind the end SYMBOLS_END */
    const int *target_out; /**< (n_pairs x n_target) what it shall write: y_1 y_2 ... END;
                                       behind the end REF_IGNORED */
} pair_batch;

/** Which pairs stand in the batches. */
typedef enum {
    PAIR_BATCHES_PAIRS,  /**< all: for training */
    PAIR_BATCHES_SOURCES /**< the first one of each source: for writing a target to each source */
} pair_batches_choice;

/** All pairs, or one of each source, each in one batch. */
typedef struct {
    const pairs *all;      /**< the caller's; must live as long */
    size_t n_chosen;       /**< how many pairs stand in the batches */
    size_t n_batches;      /**< how many batches */
    size_t size;           /**< pairs of a batch; the last one by length may have fewer */
    size_t max_source;     /**< the largest n_source of any batch, whatever the order */
    size_t max_target;     /**< the largest n_target of any batch, whatever the order */
    size_t max_source_all; /**< the largest n_pairs x n_source of any batch, whatever the order */
    size_t max_target_all; /**< the largest n_pairs x n_target of any batch, whatever the order */
    size_t *chosen;        /**< private: (n_chosen) the pairs, ascending */
    size_t *order;         /**< private: (n_chosen) one batch behind the other */
    size_t *scratch;       /**< private: (n_chosen) the order before it is sorted */
    size_t *places;        /**< private: the next free place for each length */
    size_t *sequence;      /**< private: (n_batches) the batches in the order of this epoch */
    size_t *lengths;       /**< private: source_lengths, then target_lengths of current */
    int *numbers;          /**< private: source, target_in, target_out of current */
    pair_batch current;    /**< private: what pair_batches_get() returns */
} pair_batches;

/**
 * Sort pairs into batches by the length of the source, then by that of the target. Until
 * pair_batches_shuffle() the order is that of lengths: right for measuring, where no chance is
 * wanted.
 *
 * @param[in] all     at least one pair
 * @param[in] choice  which pairs
 * @param[in] size    pairs of a batch, >= 1
 * @return            the batches, to be freed by pair_batches_free(); NULL without memory, without
 *                    a pair, or if size is 0
 */
pair_batches *pair_batches_alloc(const pairs *all, pair_batches_choice choice, size_t size);

/** @param[in,out] epoch  freed; NULL is allowed */
void pair_batches_free(pair_batches *epoch);

/**
 * A new order for a new epoch: which pairs of the same lengths share a batch, and which batch comes
 * when. It depends on the generator alone, and not on the orders before, so that a training that is
 * resumed meets the same batches. The shapes of the batches stay, in another order.
 *
 * @param[in,out] epoch  the batches
 * @param[in,out] rng    the generator
 */
void pair_batches_shuffle(pair_batches *epoch, gsl_rng *rng);

/**
 * A batch.
 *
 * @param[in,out] epoch  the batches
 * @param[in]     b      0 .. n_batches - 1
 * @return               the batch, valid until the next call
 */
const pair_batch *pair_batches_get(pair_batches *epoch, size_t b);

/** @} */

#endif
