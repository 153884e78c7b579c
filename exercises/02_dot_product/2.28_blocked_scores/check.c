#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef void scores_function(counted_matrix q, counted_matrix k, counted_matrix scores);
scores_function blocked_scores;

EXERCISE_FUNCTION(blocked_scores);

int exercise_call(problem *p, any_function *function)
{
    ((scores_function *)function)(counted_of(p, "q"), counted_of(p, "k"), counted_of(p, "scores"));
    return GSL_SUCCESS;
}

#ifdef JUDGE

/* ---- what is right, and what goes wrong with blocks ------------------------------------------ */

static double dot(counted_matrix q, size_t i, counted_matrix k, size_t j, size_t d_k)
{
    long double sum = 0.0L;
    for (size_t c = 0; c < d_k; c++) {
        sum += (long double)counted_get(q, i, c) * counted_get(k, j, c);
    }
    return (double)sum;
}

/* Only rows and columns below these bounds; d_k terms of each sum. */
static void up_to(counted_matrix q, counted_matrix k, counted_matrix scores, size_t n_q, size_t n_k,
                  size_t d_k)
{
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k; j++) {
            counted_set(scores, i, j, dot(q, i, k, j, d_k));
        }
    }
}

static void right(counted_matrix q, counted_matrix k, counted_matrix scores)
{
    up_to(q, k, scores, counted_rows(q), counted_rows(k), counted_cols(q));
}

static size_t whole(size_t n)
{
    return n - n % 16;
}

static void no_rest(counted_matrix q, counted_matrix k, counted_matrix scores)
{
    up_to(q, k, scores, whole(counted_rows(q)), whole(counted_rows(k)), counted_cols(q));
}

static void no_rest_of_sum(counted_matrix q, counted_matrix k, counted_matrix scores)
{
    up_to(q, k, scores, counted_rows(q), counted_rows(k), whole(counted_cols(q)));
}

/* Blocks of the inner dimension, each written instead of added. */
static void last_block_only(counted_matrix q, counted_matrix k, counted_matrix scores)
{
    size_t d_k = counted_cols(q), begin = (d_k - 1) / 16 * 16;
    for (size_t i = 0; i < counted_rows(q); i++) {
        for (size_t j = 0; j < counted_rows(k); j++) {
            long double sum = 0.0L;
            for (size_t c = begin; c < d_k; c++) {
                sum += (long double)counted_get(q, i, c) * counted_get(k, j, c);
            }
            counted_set(scores, i, j, (double)sum);
        }
    }
}

static const exercise_model models[] = {
    {"no-rest", FUNCTION(no_rest),
     "rows and columns beyond the last whole block of 16 are missing: the last block is smaller."},
    {"no-rest-of-sum", FUNCTION(no_rest_of_sum),
     "the sums end at the last whole block of 16 columns: what is left over belongs to them."},
    {"last-block-only", FUNCTION(last_block_only),
     "each block of columns replaced the sum of the one before: they add up."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n_q, size_t n_k, size_t d_k)
{
    give_counted(p, "q", n_q, d_k);
    give_counted(p, "k", n_k, d_k);
    want_counted(p, "scores", n_q, n_k);
}

static void odd(problem *p)
{
    make(p, 37 + p->repeat, 21, 41);
}

static void flat(problem *p)
{
    make(p, 3, 50, 19 + p->repeat);
}

static void measured(problem *p)
{
    make(p, 96, 96, 96);
}

static void measured_odd(problem *p)
{
    make(p, 97, 89, 96);
}

static const exercise_case cases[] = {
    {.name = "sizes that no block divides", .make = odd, .points = 2},
    {.name = "fewer rows than a block", .make = flat, .points = 1},
    {.name = "misses of 96 x 96 x 96",
     .make = measured,
     .points = 5,
     .meter = METER_MISSES,
     .zero = 110000,
     .full = 16000},
    {.name = "misses of 97 x 89 x 96",
     .make = measured_odd,
     .points = 2,
     .meter = METER_MISSES,
     .zero = 100000,
     .full = 16000},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
