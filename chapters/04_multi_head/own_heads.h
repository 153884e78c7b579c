/**
 * @file own_heads.h
 * Heads and types of names: heads that are free, and heads with a target of their own.
 */
#ifndef CHAPTERS_MULTI_HEAD_OWN_HEADS_H
#define CHAPTERS_MULTI_HEAD_OWN_HEADS_H

#include "chapters/04_multi_head/ladder.h"
#include "chapters/common/words/entities.h"

/** @addtogroup ch04 @{ */

enum { N_TYPES = 3 /**< of names */ };

/** PER, LOC and ORG. */
extern const char *const type_names[N_TYPES];

/**
 * Count the held-out names that a pupil finds.
 *
 * @param[in,out] one  the pupil
 * @return the counts, to be freed by entities_free()
 */
entity_scores *pupil_names(pupil *one);

/**
 * @param[in] scores  what was counted
 * @param[in] type    of names
 * @return its F1; 0 if there is no such type
 */
double f1_of(const entity_scores *scores, const char *type);

/**
 * Draw what each type of names loses without each head.
 *
 * @param[in] to     receives the figure
 * @param[in] name   of the figure
 * @param[in] title  over it
 * @param[in] drops  (n_heads x N_TYPES) points of F1
 */
void draw_drops(const report *to, const char *name, const char *title, const gsl_matrix *drops);

/**
 * How much of what is lost without a head is lost by one type: the mean over heads of the largest
 * loss over the sum of losses. A gain counts as no loss.
 *
 * @param[in] drops  (n_heads x N_TYPES)
 * @return 1 / N_TYPES if all types lose alike, 1 if each head serves one
 */
double specialisation(const gsl_matrix *drops);

/**
 * Three heads, free and then each with a type of its own.
 *
 * @param[in,out] to       receives what is found
 * @param[in]     choices  seed
 * @param[in]     of       sentences with names
 */
void show_own_heads(report *to, const settings *choices, const lesson *of);

/** @} */

#endif
