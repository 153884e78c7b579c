/**
 * @file tasks_internal.h
 * Private to the files task*.c: one pair of a task, still as text.
 */
#ifndef CHAPTERS_COMMON_PAIRS_TASKS_INTERNAL_H
#define CHAPTERS_COMMON_PAIRS_TASKS_INTERNAL_H

#include "chapters/common/pairs/tasks.h"

/** @addtogroup common @{ */

enum {
    TASK_MAX_DATE = 48, /**< characters of a date as people write it */
    TASK_ISO_DATE = 10  /**< characters of 1998-03-03 */
};

/** One pair; in ASCII, so that a byte is a symbol. */
typedef struct {
    char source[PAIRS_MAX_LENGTH + 1];      /**< with its end */
    char target[PAIRS_MAX_LENGTH + 1];      /**< with its end */
    pairs_span alignment[PAIRS_MAX_LENGTH]; /**< of each character of target */
} task_text;

/** All characters that dates may have, as people write them. */
extern const char task_date_characters[];

/**
 * Draw a date and a way to write it.
 *
 * @param[in,out] rng   the generator
 * @param[out]    text  the date, the same in digits, and what comes from where
 */
void task_draw_date(gsl_rng *rng, task_text *text);

/** @} */

#endif
