/**
 * @file hearing.h
 * The verdict on checks that a learner wrote. Each function under test, the right one and every
 * mutant, answers their questions in a child of its own: as computed, and with other last digits.
 * The children run in an order drawn anew each time, for the clock would tell a fixed one.
 */
#ifndef EXERCISES_CHECKER_HEARING_H
#define EXERCISES_CHECKER_HEARING_H

#include "exercises/checker/judge.h"

/**
 * Judge a case: one without mutants asks that the right function be accepted, one with mutants that
 * they be rejected. The first call runs all children.
 *
 * @param[in]     o  the options
 * @param[in]     c  number of the case, from 0
 * @param[in,out] v  of is set; gets the rest
 */
void hearing_judge(const judge_options *o, size_t c, verdict *v);

#endif
