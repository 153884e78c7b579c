/**
 * @file access.h
 * What the checker does with the accesses to counted matrices: where they go, and what a cache
 * makes of them.
 */
#ifndef EXERCISES_CHECKER_ACCESS_H
#define EXERCISES_CHECKER_ACCESS_H

#include "exercises/checker/problem.h"

/** One access in 32 bits: whether it stores, which array of the problem, which cell of it. */
typedef uint32_t counted_access;

enum {
    ACCESS_STORE = 31, /**< this bit is set for a store */
    ACCESS_ARRAY = 27, /**< four bits from here: the array */
};

/**
 * From now on counted_get() and counted_set() reach into this problem.
 *
 * @param[in] p     the problem whose arrays are meant
 * @param[in] sink  gets every access; NULL for none
 */
void counted_attach(problem *p, void (*sink)(counted_access access));

/** What a cache saw. */
typedef struct {
    uint64_t loads, stores, misses;
} access_count;

/**
 * Replay a trace through the simulated cache, which starts empty.
 *
 * @param[in] trace  the accesses, in order
 * @param[in] n      how many
 * @return the counts
 */
access_count access_replay(const counted_access *trace, size_t n);

/**
 * Whether the work was done through the counter: a right result needs every cell that is given, and
 * stores every one that is wanted.
 *
 * @param[in] trace  the accesses
 * @param[in] n      how many
 * @param[in] p      the problem that was worked on
 * @return the number of the first counted array of p with a cell that was not reached, or -1
 */
int access_unreached(const counted_access *trace, size_t n, const problem *p);

#endif
