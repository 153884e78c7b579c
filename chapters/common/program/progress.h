/**
 * @file progress.h
 * How far a long run is, and how long it will take: one line that is drawn again and again on a
 * terminal, a plain line every ten seconds in a pipe. They go to stderr: results stay clean.
 */
#ifndef CHAPTERS_COMMON_PROGRAM_PROGRESS_H
#define CHAPTERS_COMMON_PROGRAM_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** @addtogroup common @{ */

/** A run on its way. */
typedef struct {
    FILE *stream;      /**< where to, NULL prints nothing */
    const char *what;  /**< what is being done, "bandwidth sweep" */
    size_t n_steps;    /**< steps of the whole run */
    size_t done;       /**< steps done */
    bool is_terminal;  /**< draw one line again and again */
    double started;    /**< seconds of the monotonic clock */
    double last_shown; /**< when the line was drawn last */
} progress;

/**
 * Start. A run that ends within a second prints nothing.
 *
 * @param[in] stream   stderr, or NULL to be silent
 * @param[in] what     what is being done; the string must stay
 * @param[in] n_steps  steps of the whole run, >= 1
 * @return the progress; progress_finish() ends it
 */
progress progress_start(FILE *stream, const char *what, size_t n_steps);

/**
 * Say that steps are done. Cheap: it prints at most ten times a second.
 *
 * @param[in,out] run   the progress
 * @param[in]     done  steps done so far, 0 .. n_steps
 */
void progress_update(progress *run, size_t done);

/**
 * End: clears the line on a terminal, says how long it took in a pipe, and whether it was done.
 *
 * @param[in,out] run  the progress
 */
void progress_finish(progress *run);

/** @} */

#endif
