/**
 * @file clock.h
 * The clock, and runs that are timed in turn: whatever slows the machine down, slows all of them.
 */
#ifndef OPTIMIZED_BENCH_CLOCK_H
#define OPTIMIZED_BENCH_CLOCK_H

#include <stddef.h>

/** Seconds since some moment. */
double seconds_now(void);

enum { MOST_RUNS = 400 };

/** One who takes part in a race. */
typedef struct {
    double (*run)(void *self); /* one run; returns its seconds. NULL: does not take part */
    void *self;
    size_t n_least_runs;       /* run at least so often */
    size_t n_runs;             /* so often it was run */
    double seconds_used;       /* by all runs */
    double seconds[MOST_RUNS]; /* of each run; the fastest first when the race is over */
} racer;

/** Lets everybody run once in turn, again and again, until each has run often enough and for the
    given time. */
void race(racer *racers, size_t n_racers, double seconds_each);

/** The fastest run, or 0 if there was none. */
double best_seconds(const racer *of);

/** The run in the middle, or 0 if there was none. */
double median_seconds(const racer *of);

#endif
