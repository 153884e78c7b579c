/**
 * @file spawn.h
 * Start the child: fork, walls, exec; with three pipes and an environment of four words.
 */
#ifndef EXERCISES_CHECKER_SPAWN_H
#define EXERCISES_CHECKER_SPAWN_H

#include "exercises/checker/trial.h"
#include <sys/types.h>

enum { SPAWN_FAILED = 121 }; /**< exit code of a child that could not become the program */

typedef struct {
    pid_t pid;
    int input, frames, text; /**< to its stdin, from its frames, from its stdout and stderr */
} spawned;

/** @return false if the system is out of processes or files */
bool spawn(const trial_setup *setup, spawned *child);

/** Let it see the end of its input. */
void spawned_close_input(spawned *child);

/**
 * End it and everything that it started.
 *
 * @param[in,out] child    the child
 * @param[in]     may_end  give it a moment to end by itself
 * @return its status, as of waitpid()
 */
int spawned_end(spawned *child, bool may_end);

void spawned_close(spawned *child);

/** Processor time of all children that have ended, in seconds. */
double spawned_seconds(void);

#endif
