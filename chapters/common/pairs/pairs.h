/**
 * @file pairs.h
 * Pairs of sequences: what a model reads and what it shall write. A word and its pronunciations, a
 * date and the same date in digits, letters and the same letters backwards. Once made, pairs are
 * only read.
 */
#ifndef CHAPTERS_COMMON_PAIRS_PAIRS_H
#define CHAPTERS_COMMON_PAIRS_PAIRS_H

#include "chapters/common/pairs/symbols.h"

/** @addtogroup common @{ */

enum {
    PAIRS_MAX_LENGTH = 512 /**< symbols of a source or of a target */
};

/** Where in its source a symbol of a target comes from: the symbols first .. last. A symbol that
 *  comes from nowhere has first < 0. */
typedef struct {
    int first; /**< from 0; -1 for nowhere */
    int last;  /**< >= first */
} pairs_span;

/**
 * Sources, each once, and the targets of each: one, or several that are equally right. A pair is a
 * target with its source.
 *
 *     source s           symbols source_starts[s] .. source_starts[s + 1] - 1 of source
 *     its pairs          first_pairs[s] .. first_pairs[s + 1] - 1
 *     target of pair p   symbols target_starts[p] .. target_starts[p + 1] - 1 of target
 */
typedef struct {
    const symbols *source_symbols; /**< the caller's; must live as long */
    const symbols *target_symbols; /**< the caller's; must live as long */
    size_t n_sources;              /**< sources, no two of which are the same word */
    size_t n_pairs;                /**< targets of all sources */
    size_t max_source;             /**< symbols of the longest source */
    size_t max_target;             /**< symbols of the longest target, without start and end */
    size_t *source_starts;         /**< (n_sources + 1) ascending */
    size_t *first_pairs;           /**< (n_sources + 1) ascending; the last one is n_pairs */
    size_t *target_starts;         /**< (n_pairs + 1) ascending */
    size_t *sources;               /**< (n_pairs) the source of each */
    int *source;                   /**< numbers of source_symbols, one source behind the other */
    int *target;                   /**< numbers of target_symbols, without start and end */
    pairs_span *alignment;         /**< of each symbol in target; NULL if nobody knows */
} pairs;

/** @param[in,out] all  freed; NULL is allowed. The symbols stay. */
void pairs_free(pairs *all);

/**
 * How many symbols a source has.
 *
 * @param[in] all     the pairs
 * @param[in] source  0 .. n_sources - 1
 * @return            1 .. max_source
 */
size_t pairs_source_length(const pairs *all, size_t source);

/**
 * How many symbols a target has, without start and end.
 *
 * @param[in] all   the pairs
 * @param[in] pair  0 .. n_pairs - 1
 * @return          1 .. max_target
 */
size_t pairs_target_length(const pairs *all, size_t pair);

/**
 * A copy of some sources that follow one another, with all their targets.
 *
 * @param[in] whole  pairs
 * @param[in] first  the first source to copy
 * @param[in] n      how many; those behind the end are left out
 * @return           the copy, to be freed by pairs_free(); NULL without memory
 */
pairs *pairs_slice(const pairs *whole, size_t first, size_t n);

/**
 * Set some sources aside, with all their targets: 0, n, 2n, ..., until at_most are set aside. All
 * others are for training.
 *
 * @param[in]  whole     pairs
 * @param[in]  every     n >= 2
 * @param[in]  at_most   how many; SIZE_MAX for no limit
 * @param[out] training  a copy of what stays, to be freed by pairs_free()
 * @param[out] held_out  a copy of what is held out, to be freed by pairs_free()
 * @return               false without memory or if every < 2; both are NULL then
 */
bool pairs_hold_out(const pairs *whole, size_t every, size_t at_most, pairs **training,
                    pairs **held_out);

/** @} */

#endif
