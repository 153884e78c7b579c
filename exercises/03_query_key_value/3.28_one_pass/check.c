#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef void pass_function(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
                           counted_matrix weight_v, counted_matrix q, counted_matrix k,
                           counted_matrix v);
pass_function one_pass;

EXERCISE_FUNCTION(one_pass);

int exercise_call(problem *p, any_function *function)
{
    ((pass_function *)function)(counted_of(p, "x"), counted_of(p, "weight_q"),
                                counted_of(p, "weight_k"), counted_of(p, "weight_v"),
                                counted_of(p, "q"), counted_of(p, "k"), counted_of(p, "v"));
    return GSL_SUCCESS;
}

#ifdef JUDGE

/* ---- what is right, and what goes wrong with blocks of words --------------------------------- */

/* Rows and terms of the sums below these bounds; row i is read `back` rows further up. */
static void project(counted_matrix x, counted_matrix weight, counted_matrix output, size_t n,
                    size_t n_terms, size_t back)
{
    for (size_t i = 0; i < n; i++) {
        size_t from = i % 4 >= back ? i - back : i;
        for (size_t c = 0; c < counted_cols(output); c++) {
            long double sum = 0.0L;
            for (size_t a = 0; a < n_terms; a++) {
                sum += (long double)counted_get(x, from, a) * counted_get(weight, a, c);
            }
            counted_set(output, i, c, (double)sum);
        }
    }
}

static void right(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
                  counted_matrix weight_v, counted_matrix q, counted_matrix k, counted_matrix v)
{
    size_t n = counted_rows(x), d_x = counted_cols(x);
    project(x, weight_q, q, n, d_x, 0);
    project(x, weight_k, k, n, d_x, 0);
    project(x, weight_v, v, n, d_x, 0);
}

static void no_rest(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
                    counted_matrix weight_v, counted_matrix q, counted_matrix k, counted_matrix v)
{
    size_t n = counted_rows(x) / 4 * 4, d_x = counted_cols(x);
    project(x, weight_q, q, n, d_x, 0);
    project(x, weight_k, k, n, d_x, 0);
    project(x, weight_v, v, n, d_x, 0);
}

static void no_rest_of_sum(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
                           counted_matrix weight_v, counted_matrix q, counted_matrix k,
                           counted_matrix v)
{
    size_t n = counted_rows(x), whole = counted_cols(x) / 4 * 4;
    project(x, weight_q, q, n, whole, 0);
    project(x, weight_k, k, n, whole, 0);
    project(x, weight_v, v, n, whole, 0);
}

static void one_word(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
                     counted_matrix weight_v, counted_matrix q, counted_matrix k, counted_matrix v)
{
    size_t n = counted_rows(x), d_x = counted_cols(x);
    project(x, weight_q, q, n, d_x, 1);
    project(x, weight_k, k, n, d_x, 1);
    project(x, weight_v, v, n, d_x, 1);
}

static void same_matrix(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
                        counted_matrix weight_v, counted_matrix q, counted_matrix k,
                        counted_matrix v)
{
    size_t n = counted_rows(x), d_x = counted_cols(x);
    (void)weight_k;
    project(x, weight_q, q, n, d_x, 0);
    project(x, weight_q, k, n, d_x, 0);
    project(x, weight_v, v, n, d_x, 0);
}

static const exercise_model models[] = {
    {"no-rest", FUNCTION(no_rest),
     "the words beyond the last whole block of 4 are missing: the last block is smaller."},
    {"no-rest-of-sum", FUNCTION(no_rest_of_sum),
     "the sums end at the last whole block of 4 columns of X: what is left over belongs to them."},
    {"word-before", FUNCTION(one_word),
     "rows of a block got the row of the word before them: look at the indices inside of a block."},
    {"same-matrix", FUNCTION(same_matrix), "the keys were made with the queries' matrix."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t d_x, size_t d_k, size_t d_v)
{
    give_counted(p, "x", n, d_x);
    give_counted(p, "weight_q", d_x, d_k);
    give_counted(p, "weight_k", d_x, d_k);
    give_counted(p, "weight_v", d_x, d_v);
    want_counted(p, "q", n, d_k);
    want_counted(p, "k", n, d_k);
    want_counted(p, "v", n, d_v);
}

static void odd(problem *p)
{
    make(p, 9 + 2 * (p->repeat % 5), 7, 3, 5);
}

static void few(problem *p)
{
    make(p, 2, 13 + p->repeat % 20, 4, 6);
}

static void measured(problem *p)
{
    make(p, 24, 40, 16, 24);
}

static void measured_odd(problem *p)
{
    make(p, 27, 39, 16, 24);
}

static const exercise_case cases[] = {
    {.name = "sizes that no block divides", .make = odd, .points = 2},
    {.name = "two words", .make = few, .points = 1},
    {.name = "loads for 24 words of 40 numbers",
     .make = measured,
     .points = 5,
     .meter = METER_LOADS,
     .zero = 107000,
     .full = 16000},
    {.name = "loads for 27 words of 39 numbers",
     .make = measured_odd,
     .points = 2,
     .meter = METER_LOADS,
     .zero = 107000,
     .full = 18000},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
