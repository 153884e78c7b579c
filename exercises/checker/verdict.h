/**
 * @file verdict.h
 * What is said about one case, and how it is found.
 */
#ifndef EXERCISES_CHECKER_VERDICT_H
#define EXERCISES_CHECKER_VERDICT_H

#include "exercises/checker/exercise.h"
#include "exercises/checker/trial.h"

enum { VERDICT_TAG = 32, VERDICT_TEXT = 4000 };

typedef enum { CASE_PASSED, CASE_FAILED, CASE_LOCKED, CASE_ERROR } case_state;

/** The verdict on one case. */
typedef struct {
    const exercise_case *of;
    case_state state;
    int points;
    char tag[VERDICT_TAG];    /**< what is wrong, in a word; "" where nothing is */
    char text[VERDICT_TEXT];  /**< the same, in a few lines */
    char shown[VERDICT_TEXT]; /**< got and want side by side; may be empty */
    double milliseconds;
    uint64_t count; /**< what was counted, where something was */
    access_count counts;
} verdict;

/** Where two answers differ first. */
typedef struct {
    size_t array, row, col;
    size_t n; /**< cells that differ, of all arrays */
} difference;

/**
 * Compare all that the function writes.
 *
 * @param[in]  got        the answer
 * @param[in]  want       what it should be
 * @param[in]  tolerance  |got - want| <= tolerance (1 + |want|); NaN is equal to NaN alone
 * @param[out] first      where they differ first; NULL if that is not wanted
 * @return whether they agree
 */
bool answers_agree(const problem *got, const problem *want, double tolerance, difference *first);

/** Put got and want side by side, the first difference in brackets, into text. */
void show_difference(const problem *got, const problem *want, const difference *first, char *text,
                     size_t size);

/**
 * Say what is wrong with a case, if anything is: the first reason that applies, in the order of
 * triage.c.
 *
 * @param[in]     asked    the problems as they were sent
 * @param[in]     want     the same with right answers; unused where exercise_check.accept judges
 * @param[in]     n        how many
 * @param[in]     t        what came back
 * @param[in,out] v        of is set; gets the rest
 */
void triage(const problem *asked, const problem *want, size_t n, trial *t, verdict *v);

/** The processor time that a case may take, in seconds. */
double triage_seconds(void);

/** The tolerance that counts. */
double triage_tolerance(void);

/** Multiply it. */
void triage_loosen(double factor);

/** The problems of case number c, from 0; the caller frees them. @return how many */
size_t verdict_problems(size_t c, problem *problems);

/** Whether case number c was passed in this run. */
bool verdict_was_passed(size_t c);

/**
 * @param[in] asked  the problems of a case that failed
 * @param[in] t      what came back
 * @param[in] of     the case
 * @return the wrong formula that was written, or NULL
 */
const exercise_model *model_of(const problem *asked, const trial *t, const exercise_case *of);

/** Have a function answer a problem: the answer is a copy, which the caller frees. */
void answer_by(any_function *function, const problem *asked, problem *answer);

/** Say how the child ended, if it did not end well. @return whether anything was said */
bool verdict_on_end(const trial *t, verdict *v);

/**
 * Make a verdict more precise by what the sanitized build printed: line, kind of error, distance.
 *
 * @param[in]     t  the sanitized trial of the same problems
 * @param[in,out] v  a failure
 */
void explain(const trial *t, verdict *v);

/** Set tag and text, the latter as printf does, and the state to CASE_FAILED. */
void verdict_fail(verdict *v, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Add to the text. */
void verdict_add(verdict *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
