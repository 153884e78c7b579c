/**
 * @file grade.h
 * From the results of the judge to what a teacher's system reads.
 */
#ifndef EXERCISES_GRADE_GRADE_H
#define EXERCISES_GRADE_GRADE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/** How much of a failure is told. */
typedef enum {
    DETAIL_FULL, /**< tag and message */
    DETAIL_TAG,  /**< the tag alone */
    DETAIL_NONE, /**< passed or not */
} grade_detail;

/**
 * Write results in one format.
 *
 * @param[in] results  an array of results, as exercises/checker/result.c writes them; one that has
 *                     "hidden" set comes from a teacher's own cases
 * @param[in] detail   how much is told
 * @param[in] to       where to
 * @return whether all was written
 */
typedef bool grade_writer(const json_t *results, grade_detail detail, FILE *to);

grade_writer write_json, write_junit, write_tap, write_gradescope;

/** Points of a result, and of all results. */
int points_of(const json_t *results, const char *key);

/** A member that is a text, or "" */
const char *text_of(const json_t *object, const char *key);

/** What may be told of a failed case; valid until the next call. */
const char *told(const json_t *one, grade_detail detail);

#endif
