/**
 * @file trial.h
 * Run the problems of one case in a child, and keep what came back. Nothing is judged here.
 */
#ifndef EXERCISES_CHECKER_TRIAL_H
#define EXERCISES_CHECKER_TRIAL_H

#include "exercises/checker/access.h"
#include "exercises/checker/problem.h"

enum { TRIAL_TEXT = 1 << 15, TRIAL_REPEATS = 64 };

/** How the child ended. */
typedef enum {
    END_COMPLETE, /**< every problem was answered, and nothing more was said */
    END_TIME,     /**< its time was over */
    END_FLOOD,    /**< it printed more than 1 MB */
    END_GSL,      /**< the GSL found an error in a call */
    END_EXIT,     /**< it ended by itself before the last answer */
    END_SIGNAL,   /**< a signal ended it */
    END_IMPOSTOR, /**< it sent what the checker's own code never sends */
    END_SYSTEM,   /**< it could not be started */
} trial_end;

/** What is tried, and within which limits. */
typedef struct {
    const char *program;  /**< the child */
    const char *argument; /**< its argument, or NULL */
    double seconds;       /**< of processor time, for all problems together */
    bool is_explaining;   /**< the sanitized build: wider limits, more to say */
    /** NULL, or who replies to questions: returns the whole frame, or NULL if that is no question */
    unsigned char *(*reply)(void *context, const unsigned char *question, size_t length,
                            size_t *n_bytes);
    void *context; /**< for reply */
} trial_setup;

/** What came back. */
typedef struct {
    trial_end end;
    int detail;          /**< the signal or the exit code */
    size_t n_answered;   /**< so many of the problems have an answer */
    double milliseconds; /**< of processor time, from start to end */
    problem answers[TRIAL_REPEATS];
    access_count counts[TRIAL_REPEATS];
    int unreached[TRIAL_REPEATS]; /**< a counted array with a cell that was not reached, or -1 */
    uint64_t leaked[TRIAL_REPEATS];
    char gsl[256];         /**< the GSL's sentence */
    char text[TRIAL_TEXT]; /**< what the child printed, as far as it was kept */
} trial;

/**
 * @param[in]  setup     what to run
 * @param[in]  problems  (n)
 * @param[in]  n         at most TRIAL_REPEATS
 * @param[out] t         the caller ends it with trial_free()
 */
void trial_run(const trial_setup *setup, const problem *problems, size_t n, trial *t);

void trial_free(trial *t);

/**
 * Say how the child ended, from its status, if its frames have not said it already.
 *
 * @param[in,out] t       end is set
 * @param[in]     status  of waitpid()
 * @param[in]     n       problems that it was given
 */
void trial_end_by_status(trial *t, int status, size_t n);

#endif
