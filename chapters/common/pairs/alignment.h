/**
 * @file alignment.h
 * Where attention looks, against where it should: a number beside a heat map. It needs pairs whose
 * alignment is known.
 */
#ifndef CHAPTERS_COMMON_PAIRS_ALIGNMENT_H
#define CHAPTERS_COMMON_PAIRS_ALIGNMENT_H

#include "chapters/common/pairs/pairs.h"
#include <gsl/gsl_matrix.h>

/** @addtogroup common @{ */

/** Counts over symbols of targets that come from somewhere. All 0 is the beginning. */
typedef struct {
    size_t n_symbols; /**< symbols that were looked at */
    size_t n_exact;   /**< the largest weight lies where the symbol comes from */
    size_t n_near;    /**< there, or one place beside it */
    size_t distance;  /**< places from there to the largest weight, summed */
} alignment_scores;

/**
 * Count one pair. For each symbol of the target: how far the largest of its weights is from the
 * span that the symbol comes from. The end of the target, and symbols that come from nowhere, do
 * not count. Of equal weights the first is the largest.
 *
 * @param[in,out] scores   the counts
 * @param[in]     all      pairs with their alignment; without it nothing is counted
 * @param[in]     pair     0 .. n_pairs - 1
 * @param[in]     weights  row t has the weights with which symbol t of the target was written;
 *                         (at least target x at least source): further rows and columns, of the end
 *                         and of padding, are not read
 */
void alignment_scores_add(alignment_scores *scores, const pairs *all, size_t pair,
                          const gsl_matrix *weights);

/**
 * The alignment error:  distance / n_symbols.
 *
 * @param[in] scores  the counts
 * @return            mean distance in symbols of the source; NaN if nothing was counted
 */
double alignment_scores_error(const alignment_scores *scores);

/**
 * The share of symbols whose largest weight is at most so far away.
 *
 * @param[in] scores  the counts
 * @param[in] near    false: exactly there; true: there or one place beside it
 * @return            0 .. 1; NaN if nothing was counted
 */
double alignment_scores_share(const alignment_scores *scores, bool near);

/** @} */

#endif
