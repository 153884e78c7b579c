/* Inputs, clock and judgement of the ladder. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/peak_kernels.h"
#include "optimized/stages/ladder.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Zeroed and aligned for the widest vectors. */
static void *aligned_zeros(size_t n_bytes)
{
    size_t rounded = (n_bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, rounded);
    return memory ? memset(memory, 0, rounded) : NULL;
}

static size_t largest_scratch(size_t n, size_t d)
{
    size_t largest = 2 * n * sizeof(double); /* for the bounds */
    for (size_t s = 0; s < n_stages; s++) {
        size_t size = stages[s].size(n, n, d);
        largest = size > largest ? size : largest;
    }
    return largest;
}

static bool alloc_all(ladder_problem *x)
{
    size_t n_bytes = x->n * x->d * sizeof(float);
    x->q = aligned_zeros(n_bytes);
    x->k = aligned_zeros(n_bytes);
    x->v = aligned_zeros(n_bytes);
    x->output = aligned_zeros(n_bytes);
    x->expected = aligned_zeros(n_bytes);
    x->bounds = aligned_zeros(x->n * x->d * sizeof(double));
    x->scratch = aligned_zeros(largest_scratch(x->n, x->d));
    return x->q && x->k && x->v && x->output && x->expected && x->bounds && x->scratch;
}

bool ladder_problem_alloc(ladder_problem *problem, size_t n, size_t d, unsigned long seed)
{
    *problem = (ladder_problem){.n = n, .d = d};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!rng || !alloc_all(problem)) {
        gsl_rng_free(rng);
        ladder_problem_free(problem);
        return false;
    }
    gsl_rng_set(rng, seed);
    for (size_t e = 0; e < n * d; e++) {
        problem->q[e] = (float)gsl_ran_gaussian(rng, 1.0);
        problem->k[e] = (float)gsl_ran_gaussian(rng, 1.0);
        problem->v[e] = (float)gsl_ran_gaussian(rng, 1.0);
    }
    gsl_rng_free(rng);
    return true;
}

void ladder_problem_free(ladder_problem *problem)
{
    free(problem->q);
    free(problem->k);
    free(problem->v);
    free(problem->output);
    free(problem->expected);
    free(problem->bounds);
    free(problem->scratch);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void ladder_run(const stage *s, ladder_problem *problem)
{
    s->run(problem->n, problem->n, problem->d, problem->q, problem->k, problem->v, problem->output,
           problem->scratch);
}

/* worst |output - expected| / bound; a NaN is worse than anything */
static double worst_error(const ladder_problem *problem)
{
    double worst = 0.0;
    for (size_t e = 0; e < problem->n * problem->d; e++) {
        double error = fabs((double)problem->output[e] - problem->expected[e]) / problem->bounds[e];
        worst = error <= worst ? worst : error;
        if (isnan(error)) {
            return INFINITY;
        }
    }
    return worst;
}

/* Every stage once, on an output full of NaN, so that a number left out is found. */
static void judge(ladder_problem *problem, ladder_result *results)
{
    size_t size = problem->n * problem->d;
    ladder_run(&stages[0], problem);
    memcpy(problem->expected, problem->output, size * sizeof(float));
    stage_error_bounds(problem->n, problem->n, problem->d, problem->q, problem->k, problem->v,
                       problem->bounds, problem->scratch);
    for (size_t s = 0; s < n_stages; s++) {
        for (size_t e = 0; e < size; e++) {
            problem->output[e] = NAN;
        }
        ladder_run(&stages[s], problem);
        results[s] = (ladder_result){.seconds = INFINITY, .error = worst_error(problem)};
    }
}

/* Short runs are repeated until they have had their share of the round. */
static double shortest_run(const stage *s, ladder_problem *problem)
{
    const double share = 0.01;
    double shortest = INFINITY, begin = now(), start = begin;
    do {
        ladder_run(s, problem);
        double end = now();
        shortest = fmin(shortest, end - start);
        start = end;
    } while (start - begin < share);
    return shortest;
}

/* Flops a second of a loop that does nothing but multiply and add. */
static double peak_on(int n_threads)
{
    const size_t n_steps = 50000;
    const fast_kernels *kernels = fast_kernels_best();
    size_t n_lanes = kernels->tile_rows * kernels->tile_vectors * kernels->lanes;
    volatile float used;
    double start = now();
#pragma omp parallel for schedule(static, 1)
    for (int t = 0; t < n_threads; t++) {
        used = kernels->peak->multiply_add(n_steps, 0.999f, 0.001f);
    }
    (void)used;
    return 2.0 * n_threads * (double)(n_lanes * n_steps) / (now() - start);
}

void ladder_measure(ladder_problem *problem, int n_rounds, ladder_result *results,
                    ladder_peak *peak)
{
    judge(problem, results);
    *peak = (ladder_peak){0.0, 0.0};
    for (int round = 0; round < n_rounds; round++) {
        for (size_t s = 0; s < n_stages; s++) {
            results[s].seconds = fmin(results[s].seconds, shortest_run(&stages[s], problem));
            peak->one_thread = fmax(peak->one_thread, peak_on(1));
            peak->all_threads = fmax(peak->all_threads, peak_on(stage_threads()));
        }
    }
}
