#include "exercises/checker/access.h"
#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef void walk_function(counted_matrix q, counted_matrix k, counted_matrix v,
                           counted_matrix output);
walk_function walk_once;

EXERCISE_FUNCTION(walk_once);

int exercise_call(problem *p, any_function *function)
{
    ((walk_function *)function)(counted_of(p, "q"), counted_of(p, "k"), counted_of(p, "v"),
                                counted_of(p, "output"));
    return GSL_SUCCESS;
}

#ifdef JUDGE

/* ---- what is right, row by row, and what goes wrong on a walk --------------------------------- */

enum { MOST = 512 };

static double score_of(counted_matrix q, size_t i, counted_matrix k, size_t j)
{
    long double sum = 0.0L;
    for (size_t c = 0; c < counted_cols(q); c++) {
        sum += (long double)counted_get(q, i, c) * counted_get(k, j, c);
    }
    return (double)sum;
}

static void right(counted_matrix q, counted_matrix k, counted_matrix v, counted_matrix output)
{
    for (size_t i = 0; i < counted_rows(q); i++) {
        double score[MOST], largest = -INFINITY;
        for (size_t j = 0; j < counted_rows(k); j++) {
            score[j] = score_of(q, i, k, j);
            largest = fmax(largest, score[j]);
        }
        for (size_t c = 0; c < counted_cols(v); c++) {
            long double sum = 0.0L, y = 0.0L;
            for (size_t j = 0; j < counted_rows(k); j++) {
                long double e = expl((long double)score[j] - largest);
                sum += e;
                y += e * counted_get(v, j, c);
            }
            counted_set(output, i, c, (double)(y / sum));
        }
    }
}

/* What a walk may forget. */
typedef struct {
    bool keeps_sum;    /* the sum does not shrink when the maximum grows */
    bool keeps_output; /* the output does not */
    bool is_from_zero; /* the maximum begins at 0 */
    bool is_unstable;  /* no maximum at all */
    bool is_undivided;
} slip;

static void walk(slip f, counted_matrix q, counted_matrix k, counted_matrix v,
                 counted_matrix output)
{
    for (size_t i = 0; i < counted_rows(q); i++) {
        double largest = f.is_from_zero || f.is_unstable ? 0.0 : -INFINITY, sum = 0.0,
               y[16] = {0.0};
        for (size_t j = 0; j < counted_rows(k); j++) {
            double s = score_of(q, i, k, j), before = largest;
            largest = f.is_unstable ? 0.0 : fmax(largest, s);
            double shrink = exp(before - largest), e = exp(s - largest);
            sum = (f.keeps_sum ? 1.0 : shrink) * sum + e;
            for (size_t c = 0; c < counted_cols(v); c++) {
                y[c] = (f.keeps_output ? 1.0 : shrink) * y[c] + e * counted_get(v, j, c);
            }
        }
        for (size_t c = 0; c < counted_cols(v); c++) {
            counted_set(output, i, c, f.is_undivided ? y[c] : y[c] / sum);
        }
    }
}

#    define MODEL(name, ...)                                                                       \
        static void name(counted_matrix q, counted_matrix k, counted_matrix v,                     \
                         counted_matrix output)                                                    \
        {                                                                                          \
            walk((slip){__VA_ARGS__}, q, k, v, output);                                            \
        }

MODEL(keeps_sum, .keeps_sum = true)
MODEL(keeps_output, .keeps_output = true)
MODEL(keeps_both, .keeps_sum = true, .keeps_output = true)
MODEL(from_zero, .is_from_zero = true)
MODEL(unstable, .is_unstable = true)
MODEL(undivided, .is_undivided = true)

static const exercise_model models[] = {
    {"sum-kept", FUNCTION(keeps_sum),
     "the output shrank when a larger score came, and the sum did not."},
    {"output-kept", FUNCTION(keeps_output),
     "the sum shrank when a larger score came, and the output did not."},
    {"both-kept", FUNCTION(keeps_both),
     "what was summed before a larger score came still stands for the old maximum."},
    {"not-divided", FUNCTION(undivided), "the output was never divided by the sum."},
    {"no-max", FUNCTION(unstable),
     "one walk without a maximum: exp() of a large score overflows, or all of them are 0."},
    {"max-from-0", FUNCTION(from_zero),
     "the maximum began at 0, so where all scores are very negative everything is 0 / 0."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n_q, size_t n_k, size_t d_k, size_t d_v, double size)
{
    give_counted(p, "q", n_q, d_k);
    give_counted(p, "k", n_k, d_k);
    give_counted(p, "v", n_k, d_v);
    want_counted(p, "output", n_q, d_v);
    counted_attach(p, NULL);
    for (size_t i = 0; i < n_q; i++) {
        for (size_t c = 0; c < d_k; c++) {
            counted_set(counted_of(p, "q"), i, c, size * counted_get(counted_of(p, "q"), i, c));
        }
    }
}

static void small(problem *p)
{
    make(p, 3, 6, 4, 5, 1.0);
}

static void large(problem *p)
{
    make(p, 2, 9, 3, 16, 500.0);
}

/* One number decides the sign of every score. */
static void negative(problem *p)
{
    make(p, 2, 5, 1, 3, 1.0);
    for (size_t i = 0; i < 2; i++) {
        counted_set(counted_of(p, "q"), i, 0, -900.0);
    }
    for (size_t j = 0; j < 5; j++) {
        counted_set(counted_of(p, "k"), j, 0, 1.0 + 1e-3 * draw_uniform(p));
    }
}

static void measured(problem *p)
{
    make(p, 3, 400, 8, 12, 0.5);
}

static const exercise_case cases[] = {
    {.name = "3 queries, 6 keys", .make = small, .points = 3},
    {.name = "scores of a thousand", .make = large, .points = 1},
    {.name = "scores of minus 900", .make = negative, .points = 1},
    {.name = "loads for 400 keys",
     .make = measured,
     .points = 5,
     .meter = METER_LOADS,
     .zero = 70000,
     .full = 34000},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
