/**
 * @file sanitizer.h
 * What the child does more where it is built with AddressSanitizer: that build explains a failure,
 * and never decides.
 */
#ifndef EXERCISES_CHECKER_SANITIZER_H
#define EXERCISES_CHECKER_SANITIZER_H

#include "exercises/checker/problem.h"

#ifdef __has_feature
#    if __has_feature(address_sanitizer)
#        define IS_SANITIZED 1
#    endif
#endif
#ifdef __SANITIZE_ADDRESS__
#    define IS_SANITIZED 1
#endif
#ifndef IS_SANITIZED
#    define IS_SANITIZED 0
#endif

/** Poison the guards of an array, or make them ordinary memory again. */
void sanitizer_guard(const problem_array *array, bool is_poisoned);

/** Print where the program stands. */
void sanitizer_print_stack(void);

/** When the time is over, print where the program stands, and end it. */
void sanitizer_watch_the_clock(void);

#endif
