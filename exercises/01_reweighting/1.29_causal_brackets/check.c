#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef void read_function(counted_matrix q, counted_matrix k, counted_matrix v,
                           counted_matrix output);
read_function read_forward;

EXERCISE_FUNCTION(read_forward);

int exercise_call(problem *p, any_function *function)
{
    ((read_function *)function)(counted_of(p, "q"), counted_of(p, "k"), counted_of(p, "v"),
                                counted_of(p, "output"));
    return GSL_SUCCESS;
}

#ifdef JUDGE

/* ---- what is right, all pairs, and what goes wrong with a running state ----------------------- */

/* Which formula: the defaults are right. */
typedef struct {
    bool sees_all;   /* the future, too: brackets moved without a thought for the reader */
    bool is_late;    /* the state is read before word i is in it */
    bool is_last;    /* the state holds the last word only: written instead of added */
    bool is_swapped; /* keys and queries in each other's place */
} formula;

static long double dot(counted_matrix a, size_t i, counted_matrix b, size_t j)
{
    long double sum = 0.0L;
    for (size_t c = 0; c < counted_cols(a); c++) {
        sum += (long double)counted_get(a, i, c) * counted_get(b, j, c);
    }
    return sum;
}

static bool takes_part(const formula *f, size_t i, size_t j)
{
    return f->is_last ? j == i : f->is_late ? j < i : f->sees_all || j <= i;
}

static void by(formula f, counted_matrix q, counted_matrix k, counted_matrix v,
               counted_matrix output)
{
    for (size_t i = 0; i < counted_rows(q); i++) {
        for (size_t c = 0; c < counted_cols(v); c++) {
            long double sum = 0.0L;
            for (size_t j = 0; j < counted_rows(k); j++) {
                long double score = f.is_swapped ? dot(k, i, q, j) : dot(q, i, k, j);
                sum += takes_part(&f, i, j) ? score * counted_get(v, j, c) : 0.0L;
            }
            counted_set(output, i, c, (double)sum);
        }
    }
}

#    define MODEL(name, ...)                                                                       \
        static void name(counted_matrix q, counted_matrix k, counted_matrix v,                     \
                         counted_matrix output)                                                    \
        {                                                                                          \
            by((formula){__VA_ARGS__}, q, k, v, output);                                           \
        }

MODEL(right, .sees_all = false)
MODEL(sees_all, .sees_all = true)
MODEL(late, .is_late = true)
MODEL(last, .is_last = true)
MODEL(swapped, .is_swapped = true)

static const exercise_model models[] = {
    {"future", FUNCTION(sees_all),
     "every word takes from all words: the state was complete before the first row was read."},
    {"too-late", FUNCTION(late),
     "word i does not take from itself: the state was read before word i was added to it."},
    {"last-only", FUNCTION(last),
     "word i takes from itself only: the state was written, and it has to be added to."},
    {"swapped", FUNCTION(swapped),
     "k_i . q_j stands where q_i . k_j should: keys were read as queries."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t d_k, size_t d_v)
{
    give_counted(p, "q", n, d_k);
    give_counted(p, "k", n, d_k);
    give_counted(p, "v", n, d_v);
    want_counted(p, "output", n, d_v);
}

static void small(problem *p)
{
    make(p, 5, 3, 4);
}

static void wide(problem *p)
{
    make(p, 2 + p->repeat % 3, 8, 16);
}

static void measured(problem *p)
{
    make(p, 96, 8, 16);
}

static void measured_twice(problem *p)
{
    make(p, 192, 8, 16);
}

static const exercise_case cases[] = {
    {.name = "5 words", .make = small, .points = 3},
    {.name = "as wide as it may be", .make = wide, .points = 1},
    {.name = "loads for 96 words",
     .make = measured,
     .points = 4,
     .meter = METER_LOADS,
     .zero = 200000,
     .full = 27000},
    {.name = "twice the words, twice the loads",
     .make = measured_twice,
     .points = 2,
     .meter = METER_LOADS,
     .zero = 200000,
     .full = 54000},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
