/**
 * @file refusal.h
 * Calls that must be refused: what they are given, and what both twins must answer.
 */
#ifndef TESTS_SUPPORT_REFUSAL_H
#define TESTS_SUPPORT_REFUSAL_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

/* A row of a table begins with what is right. What is wrong in it comes last, and so wins. */
#if defined(__clang__)
#    pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#    pragma GCC diagnostic ignored "-Woverride-init"
#endif

enum { ROOM = 16, MAX_ARGUMENTS = 24 };

/**
 * Argument n of the reference, and of the optimized twin: of any shape up to ROOM x ROOM, in memory
 * that nobody else has. It holds zeros until somebody writes.
 */
gsl_matrix wide(const size_t shape[2], int n);
gsl_vector wide_line(size_t size, int n);
fast_view narrow(const size_t shape[2], int n);
fast_view narrow_line(size_t size, int n);

/** The status must be the expected one and, where it is an error, come with a sentence. */
void check_refusal(const char *name, const char *whose, int status, int expected);

/** The same of a call of the optimized side, with every table of kernels. */
void check_refusal_by_kernels(const char *name, int (*call)(const void *, fast_context *),
                              const void *arguments, int expected);

#endif
