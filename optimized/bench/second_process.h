/**
 * @file second_process.h
 * The reference on OpenBLAS: the fair opponent. A process can have only one cblas_dgemm, and here
 * it is the GSL's; so this program runs a second time, with OpenBLAS loaded before anything else,
 * and runs a case whenever it is asked to.
 */
#ifndef OPTIMIZED_BENCH_SECOND_PROCESS_H
#define OPTIMIZED_BENCH_SECOND_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/** The other process. */
typedef struct {
    bool is_there;
    pid_t process;
    FILE *questions; /* "case threads" */
    FILE *answers;   /* seconds */
} second_process;

/** Starts it, or says why there is none. */
second_process start_second_process(const char *program);

/** Seconds that the reference takes there for a case. */
double seconds_in_second_process(const second_process *second, size_t index, int n_threads);

/** Ends it. */
void end_second_process(second_process *second);

/** What the second process does: answers until there are no more questions. */
int answer_questions(void);

#endif
