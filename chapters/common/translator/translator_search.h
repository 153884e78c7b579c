/**
 * @file translator_search.h
 * Which target does a model find likely? A beam search: at every step it keeps the beginnings that
 * are the most likely so far. With a beam of 1 it is greedy; with a beam that is wide enough it is
 * exhaustive.
 *
 * A beginning that is continued by END leaves the beam, which gets narrower by one; the search of a
 * source is over when nothing is left in its beam, or when nothing in it can become better than the
 * best that has ended. START is never written. Where a target may get no longer, END
 * is the only symbol that may follow.
 *
 * Among those that have ended the best one is that with the largest
 *
 *     ln p(y | source) / ((5 + n) / 6)^alpha,   n: its symbols, END among them.
 *
 * With alpha = 0 that is the likelihood itself, which falls with every symbol and so prefers short
 * targets. Source: Wu et al. 2016, "Google's Neural Machine Translation System", eq. (14).
 */
#ifndef CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_SEARCH_H
#define CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_SEARCH_H

#include "chapters/common/translator/translator_model.h"

/** @addtogroup common @{ */

/** How a search is done. */
typedef struct {
    size_t n_beam;      /**< beginnings that are kept, at least 1 */
    double alpha;       /**< of the normalisation by length, >= 0 */
    size_t max_symbols; /**< of a target; 0 for twice those of its source, and 8 */
} translator_search_options;

/** What a model writes for a source. */
typedef struct {
    size_t n;     /**< symbols, START and END not among them */
    int *symbols; /**< (n) */
    double score; /**< ln p(y | source), END included: not normalised; -INFINITY if none ended */
} translator_output;

/**
 * Search targets for all sources of a batch at once.
 *
 * @param[in,out] model    the model
 * @param[in]     batch    only sources and their lengths are read
 * @param[in]     options  how
 * @return                 (n_pairs) the best target of each, to be freed with
 *                         translator_outputs_free()
 */
translator_output *translator_search(translator_model *model, const pair_batch *batch,
                                     const translator_search_options *options);

/**
 * Free outputs.
 *
 * @param[in,out] outputs  what translator_search() returned; NULL is allowed
 * @param[in]     n        how many
 */
void translator_outputs_free(translator_output *outputs, size_t n);

/** @} */

#endif
