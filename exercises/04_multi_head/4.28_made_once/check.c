#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef void once_function(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
                           counted_matrix keys, counted_matrix scores);
once_function keys_once;

EXERCISE_FUNCTION(keys_once);

int exercise_call(problem *p, any_function *function)
{
    ((once_function *)function)(counted_of(p, "x"), counted_of(p, "weight_q"),
                                counted_of(p, "weight_k"), counted_of(p, "keys"),
                                counted_of(p, "scores"));
    return GSL_SUCCESS;
}

#ifdef JUDGE

/* ---- what is right, and what goes wrong with a memory of keys -------------------------------- */

typedef struct {
    bool sees_future;   /* all words, not only those so far */
    bool is_late;       /* a word's own key comes after its scores */
    bool has_one_place; /* every key is put over the one before */
    bool by_queries;    /* keys are made by the queries' matrix */
    bool is_off_by_one; /* the score of word j stands behind its place */
} formula;

static long double projected(counted_matrix x, size_t i, counted_matrix weight, size_t c)
{
    long double sum = 0.0L;
    for (size_t a = 0; a < counted_cols(x); a++) {
        sum += (long double)counted_get(x, i, a) * counted_get(weight, a, c);
    }
    return sum;
}

static void by(formula f, counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
               counted_matrix keys, counted_matrix scores)
{
    size_t n = counted_rows(x), d_k = counted_cols(weight_q);
    counted_matrix of_keys = f.by_queries ? weight_q : weight_k;
    for (size_t t = 0; t < n; t++) {
        for (size_t c = 0; c < d_k; c++) {
            counted_set(keys, t, c, (double)projected(x, t, of_keys, c));
        }
        for (size_t j = 0; j < n; j++) {
            size_t from = f.has_one_place ? t : f.is_off_by_one && j > 0 ? j - 1 : j;
            bool is_seen = f.sees_future || (f.is_late ? j < t : j <= t);
            long double sum = 0.0L;
            for (size_t c = 0; is_seen && c < d_k; c++) {
                sum += projected(x, t, weight_q, c) * projected(x, from, of_keys, c);
            }
            counted_set(scores, t, j, (double)sum);
        }
    }
}

#    define MODEL(name, ...)                                                                       \
        static void name(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,       \
                         counted_matrix keys, counted_matrix scores)                               \
        {                                                                                          \
            by((formula){__VA_ARGS__}, x, weight_q, weight_k, keys, scores);                       \
        }

MODEL(right, .sees_future = false)
MODEL(sees_future, .sees_future = true)
MODEL(late, .is_late = true)
MODEL(one_place, .has_one_place = true)
MODEL(by_queries, .by_queries = true)
MODEL(off_by_one, .is_off_by_one = true)

static const exercise_model models[] = {
    {"sees-future", FUNCTION(sees_future),
     "words are compared with words that have not come yet: those scores are 0."},
    {"one-late", FUNCTION(late),
     "a word is not compared with itself: its key was put down after its scores."},
    {"one-place", FUNCTION(one_place),
     "all scores of a word are with its own key: each key needs a row of its own."},
    {"queries-matrix", FUNCTION(by_queries), "the keys were made with the queries' matrix."},
    {"off-by-one", FUNCTION(off_by_one),
     "the scores stand one column behind: row j of the keys belongs to column j."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t d_x, size_t d_k)
{
    give_counted(p, "x", n, d_x);
    give_counted(p, "weight_q", d_x, d_k);
    give_counted(p, "weight_k", d_x, d_k);
    want_counted(p, "keys", n, d_k);
    want_counted(p, "scores", n, n);
}

static void small(problem *p)
{
    make(p, 4, 3, 2);
}

static void longer(problem *p)
{
    make(p, 7 + p->repeat % 9, 5, 16);
}

static void measured(problem *p)
{
    make(p, 24, 20, 8);
}

static void measured_longer(problem *p)
{
    make(p, 48, 20, 8);
}

static const exercise_case cases[] = {
    {.name = "4 words", .make = small, .points = 2},
    {.name = "longer texts", .make = longer, .points = 1},
    {.name = "loads for 24 words",
     .make = measured,
     .points = 5,
     .meter = METER_LOADS,
     .zero = 106000,
     .full = 18000},
    {.name = "loads for 48 words",
     .make = measured_longer,
     .points = 2,
     .meter = METER_LOADS,
     .zero = 400000,
     .full = 41000},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
