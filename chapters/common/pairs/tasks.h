/**
 * @file tasks.h
 * Pairs that are made by a rule, so that it is known where each symbol of a target comes from. With
 * source x of n symbols and target y:
 *
 *     copy      y_t = x_t                                        abca -> abca
 *     reverse   y_t = x_(n-1-t)                                  abca -> acba
 *     shift     y_t = x_((t + k) mod n)                          abca -> bcaa   (k = 1)
 *     sort      y ascending; equal symbols keep their order      abca -> aabc
 *     dates     a date as people write it -> year, month, day    3 mar 1998 -> 1998-03-03
 */
#ifndef CHAPTERS_COMMON_PAIRS_TASKS_H
#define CHAPTERS_COMMON_PAIRS_TASKS_H

#include "chapters/common/pairs/pairs.h"
#include <gsl/gsl_rng.h>

/** @addtogroup common @{ */

/** Which rule. */
typedef enum {
    TASK_COPY,    /**< the diagonal */
    TASK_REVERSE, /**< the other diagonal */
    TASK_SHIFT,   /**< two diagonals */
    TASK_SORT,    /**< depends on what the symbols are */
    TASK_DATES,   /**< depends on what they mean */
    N_TASKS       /**< how many there are */
} task_rule;

/** A rule, and what it is applied to. */
typedef struct {
    task_rule rule;    /**< which */
    size_t n_letters;  /**< a, b, c, ... are drawn, 1 .. 26; not for TASK_DATES */
    size_t min_length; /**< of a source, 1 .. max_length; not for TASK_DATES */
    size_t max_length; /**< of a source, <= PAIRS_MAX_LENGTH; not for TASK_DATES */
    size_t shift;      /**< k of TASK_SHIFT, any */
} task;

/**
 * The name of a rule: "copy", "reverse", ...
 *
 * @param[in] rule  which
 * @return          its name
 */
const char *task_name(task_rule rule);

/**
 * The rule of a name.
 *
 * @param[in]  name  as a learner types it
 * @param[out] rule  which
 * @return           false if there is none of this name
 */
bool task_find(const char *name, task_rule *rule);

/**
 * All symbols that sources or targets of a task may have, whatever is drawn.
 *
 * @param[in] rules  the task
 * @param[in] side   sources or targets
 * @return           the symbols, to be freed by symbols_free(); NULL without memory
 */
symbols *task_symbols(const task *rules, symbols_side side);

/**
 * Draw pairs with their alignment. Lengths and letters are uniform; so are days from 1950 to 2049
 * and ways to write them. A source that is drawn twice stands there twice.
 *
 * @param[in]     rules   the task
 * @param[in]     n       how many, >= 1
 * @param[in]     source  of task_symbols(); must live as long
 * @param[in]     target  of task_symbols(); must live as long
 * @param[in,out] rng     the generator
 * @return                the pairs, to be freed by pairs_free(); NULL without memory, or if a
 *                        number of the task is not as stated above
 */
pairs *task_pairs(const task *rules, size_t n, const symbols *source, const symbols *target,
                  gsl_rng *rng);

/** @} */

#endif
