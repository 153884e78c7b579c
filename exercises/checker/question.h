/**
 * @file question.h
 * Exercises of type *test*: the learner writes checks of a function. That function is not in the
 * child: a call of it goes to the judge as a question, and what it gives comes back. So the checks
 * can tell a right function from a wrong one by nothing but its results.
 *
 * A question is its sizes, then the numbers of all arguments; a reply is the status, then the
 * numbers of those that are written. Names and roles do not travel: both sides have the same table.
 */
#ifndef EXERCISES_CHECKER_QUESTION_H
#define EXERCISES_CHECKER_QUESTION_H

#include "exercises/checker/problem.h"

enum { QUESTION_LARGEST = 64 /**< no argument has more rows or columns */ };

/** One argument of the function under test. */
typedef struct {
    const char *name;
    array_role role; /**< ARRAY_GIVEN, or ARRAY_UPDATED for all that the function writes */
    char rows, cols; /**< letters: the same letter, the same size. A vector has no cols; a number,
                           which is handed over as a double *, has neither */
} question_part;

/** The size that each letter stands for. */
typedef struct {
    uint64_t of['z' - 'a' + 1];
} question_sizes;

/**
 * Call the function under test, wherever it is.
 *
 * @param[in] parts    what its arguments are
 * @param[in] n_parts  how many
 * @param[in] values   (n_parts): a gsl_matrix *, gsl_vector * or double * each
 * @return what it returned; sizes that do not fit together are an error of the GSL
 */
int ask(const question_part *parts, size_t n_parts, void *const *values);

/**
 * Read what ask() sent, which may be anything.
 *
 * @param[out] p  a problem with these arguments; the caller frees it
 * @return false if it is no question of this kind: then there is nothing to free
 */
bool question_read(const question_part *parts, size_t n_parts, const unsigned char *question,
                   size_t length, problem *p);

/** The reply to ask(), as a frame; the caller frees it. */
unsigned char *question_reply(const question_part *parts, size_t n_parts, problem *p,
                              size_t *n_bytes);

#endif
