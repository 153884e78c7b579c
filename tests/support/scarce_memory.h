/**
 * @file scarce_memory.h
 * An allocator that fails when it is told to. A test includes this header, then the sources that are
 * to run out of memory; the linker takes none of those from the library. Behind them it undoes the
 * three macros, so that only these sources are short of memory.
 */
#ifndef TESTS_SUPPORT_SCARCE_MEMORY_H
#define TESTS_SUPPORT_SCARCE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

void *scarce_malloc(size_t n_bytes);
void *scarce_calloc(size_t n, size_t n_bytes);
void *scarce_realloc(void *block, size_t n_bytes);

/** Something that allocates: whether it succeeded. It leaves nothing behind, either way. */
typedef bool scarce_step(const void *given);

/**
 * Each allocation of a step fails in turn, once alone and once with all that follow. The step must
 * say so each time, and succeed when none fails.
 *
 * @param[in] step      what is tried
 * @param[in] given     handed to it
 * @param[in] at_least  allocations that it has at least: with none the test would say nothing
 * @param[in] name      of the step, for messages
 */
void fail_each_allocation(scarce_step *step, const void *given, size_t at_least, const char *name);

#define malloc  scarce_malloc
#define calloc  scarce_calloc
#define realloc scarce_realloc

#endif
