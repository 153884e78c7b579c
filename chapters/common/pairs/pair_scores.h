/**
 * @file pair_scores.h
 * How far what a model writes is from what it should have written, counted as the papers on
 * pronunciations count.
 *
 *     pair_scores scores = {0};
 *     pair_scores_add(&scores, all, source, output, n_output);       for every source
 *     printf("PER %.1f %%\n", 100.0 * pair_scores_symbol_errors(&scores));
 */
#ifndef CHAPTERS_COMMON_PAIRS_PAIR_SCORES_H
#define CHAPTERS_COMMON_PAIRS_PAIR_SCORES_H

#include "chapters/common/pairs/pairs.h"

/** @addtogroup common @{ */

/** Counts over sources. All 0 is the beginning. */
typedef struct {
    size_t n_sources; /**< sources that were answered */
    size_t n_wrong;   /**< those whose answer is none of their targets */
    size_t n_edits;   /**< edits from the nearest target to the answer, summed */
    size_t n_symbols; /**< symbols of the nearest targets, summed */
} pair_scores;

/**
 * The smallest number of symbols to insert, leave out or replace to turn one sequence into the
 * other.
 *
 * @param[in] a    (n_a)
 * @param[in] n_a  its length, any
 * @param[in] b    (n_b)
 * @param[in] n_b  its length, 0 .. PAIRS_MAX_LENGTH
 * @return         0 if they are the same
 *
 * Source: Levenshtein 1966, "Binary codes capable of correcting deletions, insertions, and
 * reversals"; computed row by row as in Wagner and Fischer 1974, "The String-to-String Correction
 * Problem".
 */
size_t pair_edits(const int *a, size_t n_a, const int *b, size_t n_b);

/**
 * Of the targets of a source the one that needs the fewest edits; of those the longest; of those
 * the first.
 *
 * @param[in]  all       the pairs
 * @param[in]  source    0 .. n_sources - 1
 * @param[in]  output    (n_output) the answer, without start and end
 * @param[in]  n_output  its length, any
 * @param[out] n_edits   how many it needs
 * @return               the pair
 */
size_t pair_nearest(const pairs *all, size_t source, const int *output, size_t n_output,
                    size_t *n_edits);

/**
 * Count one answer, against the nearest of the source's targets.
 *
 * @param[in,out] scores    the counts
 * @param[in]     all       the pairs
 * @param[in]     source    0 .. n_sources - 1
 * @param[in]     output    (n_output) the answer, without start and end
 * @param[in]     n_output  its length, any
 */
void pair_scores_add(pair_scores *scores, const pairs *all, size_t source, const int *output,
                     size_t n_output);

/**
 * The rate of wrong symbols, for phones PER:  n_edits / n_symbols.
 *
 * @param[in] scores  the counts
 * @return            0 if all is right; above 1 if too much was written; NaN if nothing was counted
 */
double pair_scores_symbol_errors(const pair_scores *scores);

/**
 * The rate of wrong answers, for words WER:  n_wrong / n_sources.
 *
 * @param[in] scores  the counts
 * @return            0 .. 1; NaN if nothing was counted
 */
double pair_scores_source_errors(const pair_scores *scores);

/** @} */

#endif
