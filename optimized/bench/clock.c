/* The clock, and runs that are timed in turn. */
#include "optimized/bench/clock.h"
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int compare_seconds(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

/* A racer whose runs have taken that long is done after three of them. */
enum { MOST_SECONDS = 4, LEAST_SLOW_RUNS = 3 };

static bool is_done(const racer *r, double seconds_each)
{
    bool is_slow = r->seconds_used >= MOST_SECONDS && r->n_runs >= LEAST_SLOW_RUNS;
    return r->run == NULL || r->n_runs == MOST_RUNS || is_slow ||
           (r->n_runs >= r->n_least_runs && r->seconds_used >= seconds_each);
}

void race(racer *racers, size_t n_racers, double seconds_each)
{
    for (bool are_all_done = false; !are_all_done;) {
        are_all_done = true;
        for (racer *r = racers; r < racers + n_racers; r++) {
            if (!is_done(r, seconds_each)) {
                double seconds = r->run(r->self);
                r->seconds[r->n_runs++] = seconds;
                r->seconds_used += seconds;
                are_all_done = false;
            }
        }
    }
    for (racer *r = racers; r < racers + n_racers; r++) {
        qsort(r->seconds, r->n_runs, sizeof r->seconds[0], compare_seconds);
    }
}

double best_seconds(const racer *of)
{
    return of->n_runs > 0 ? of->seconds[0] : 0.0;
}

double median_seconds(const racer *of)
{
    return of->n_runs > 0 ? of->seconds[of->n_runs / 2] : 0.0;
}
