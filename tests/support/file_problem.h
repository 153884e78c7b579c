/**
 * @file file_problem.h
 * What a reader says of a bad file.
 */
#ifndef TESTS_SUPPORT_FILE_PROBLEM_H
#define TESTS_SUPPORT_FILE_PROBLEM_H

#include <stddef.h>

/** A sentence about "a.txt" must name the line, if it is not 0, say what was expected, and say what is
 *  asked of it. */
void check_file_problem(const char *catches, const char *message, size_t line, const char *says);

#endif
