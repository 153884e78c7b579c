#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef void scores_function(counted_matrix s, counted_matrix h, counted_matrix w, counted_matrix u,
                             counted_matrix v, counted_matrix keys, counted_matrix scores);
scores_function additive_scores;

EXERCISE_FUNCTION(additive_scores);

int exercise_call(problem *p, any_function *function)
{
    ((scores_function *)function)(counted_of(p, "s"), counted_of(p, "h"), counted_of(p, "w"),
                                  counted_of(p, "u"), counted_of(p, "v"), counted_of(p, "keys"),
                                  counted_of(p, "scores"));
    return GSL_SUCCESS;
}

#ifdef JUDGE

/* ---- what is right, and what is moved out of the loop that should not be --------------------- */

typedef struct {
    bool keeps_query; /* s W is made once, for the first step */
    bool keeps_tanh;  /* tanh(h U) is kept, and added behind the tanh of the query */
    bool keeps_v;     /* v o (h U) is kept: v acts inside of the tanh */
    bool has_no_tanh;
    bool has_one_key; /* h_0 U for all */
} formula;

static long double projected(counted_matrix x, size_t i, counted_matrix weight, size_t c)
{
    long double sum = 0.0L;
    for (size_t a = 0; a < counted_cols(x); a++) {
        sum += (long double)counted_get(x, i, a) * counted_get(weight, a, c);
    }
    return sum;
}

static long double term(const formula *f, long double query, long double key, long double v)
{
    if (f->has_no_tanh) {
        return v * (query + key);
    }
    if (f->keeps_tanh) {
        return v * (tanhl(query) + tanhl(key));
    }
    return f->keeps_v ? tanhl(v * query + v * key) : v * tanhl(query + key);
}

static void by(formula f, counted_matrix s, counted_matrix h, counted_matrix w, counted_matrix u,
               counted_matrix v, counted_matrix keys, counted_matrix scores)
{
    for (size_t t = 0; t < counted_rows(s); t++) {
        for (size_t j = 0; j < counted_rows(h); j++) {
            long double sum = 0.0L;
            for (size_t c = 0; c < counted_cols(v); c++) {
                long double key = projected(h, f.has_one_key ? 0 : j, u, c);
                long double query = projected(s, f.keeps_query ? 0 : t, w, c);
                sum += term(&f, query, key, counted_get(v, 0, c));
                counted_set(keys, j, c, (double)key);
            }
            counted_set(scores, t, j, (double)sum);
        }
    }
}

#    define MODEL(name, ...)                                                                       \
        static void name(counted_matrix s, counted_matrix h, counted_matrix w, counted_matrix u,   \
                         counted_matrix v, counted_matrix keys, counted_matrix scores)             \
        {                                                                                          \
            by((formula){__VA_ARGS__}, s, h, w, u, v, keys, scores);                               \
        }

MODEL(right, .has_no_tanh = false)
MODEL(keeps_query, .keeps_query = true)
MODEL(keeps_tanh, .keeps_tanh = true)
MODEL(keeps_v, .keeps_v = true)
MODEL(no_tanh, .has_no_tanh = true)
MODEL(one_key, .has_one_key = true)

static const exercise_model models[] = {
    {"old-query", FUNCTION(keeps_query),
     "the query of the first step served all steps: s changes from step to step."},
    {"two-tanhs", FUNCTION(keeps_tanh),
     "query and key went through a tanh each: it is one, of their sum."},
    {"v-inside", FUNCTION(keeps_v), "v multiplied what is inside of the tanh: it comes behind it."},
    {"no-tanh", FUNCTION(no_tanh), "the tanh is missing."},
    {"one-key", FUNCTION(one_key), "all states of the encoder have the key of the first."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n_q, size_t n_k, size_t d_s, size_t d_h, size_t d_a)
{
    give_counted(p, "s", n_q, d_s);
    give_counted(p, "h", n_k, d_h);
    give_counted(p, "w", d_s, d_a);
    give_counted(p, "u", d_h, d_a);
    give_counted(p, "v", 1, d_a);
    want_counted(p, "keys", n_k, d_a);
    want_counted(p, "scores", n_q, n_k);
}

static void small(problem *p)
{
    make(p, 3, 4, 2, 5, 6);
}

static void long_source(problem *p)
{
    make(p, 2, 9 + p->repeat % 8, 4, 3, 7);
}

static void measured(problem *p)
{
    make(p, 12, 16, 18, 20, 8);
}

static void measured_longer(problem *p)
{
    make(p, 30, 16, 18, 20, 8);
}

static const exercise_case cases[] = {
    {.name = "3 states of a decoder, 4 of an encoder", .make = small, .points = 2},
    {.name = "a longer source", .make = long_source, .points = 1},
    {.name = "loads for 12 steps",
     .make = measured,
     .points = 5,
     .meter = METER_LOADS,
     .zero = 67000,
     .full = 12000},
    {.name = "loads for 30 steps",
     .make = measured_longer,
     .points = 2,
     .meter = METER_LOADS,
     .zero = 165000,
     .full = 22000},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
