/**
 * @file sandbox.h
 * The walls around the learner's program: limits of time, memory and output everywhere; on Linux
 * also Landlock (no file but its own and the system's libraries) and seccomp (no network, no other
 * process, nothing that is not needed to compute).
 */
#ifndef EXERCISES_CHECKER_SANDBOX_H
#define EXERCISES_CHECKER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *folder; /**< the only place, besides libraries, that may be read */
    double seconds;     /**< of processor time; whole seconds are counted */
    size_t memory;      /**< bytes of address space; 0 for no limit, as a sanitizer needs it */
    bool is_explaining; /**< a run that explains and cannot pass: it may read files */
} sandbox_limits;

/** What this system does not offer, as one sentence; NULL if it offers all. */
const char *sandbox_missing(void);

/** Put the walls up around this process, which is about to exec. @return false if one failed */
bool sandbox_enter(const sandbox_limits *limits);

#endif
