#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int merge_function(const gsl_matrix *parts, const gsl_vector *log_sum_exp,
                           gsl_vector *merged);
merge_function merge_parts;

EXERCISE_FUNCTION(merge_parts);

int exercise_call(problem *p, any_function *function)
{
    return ((merge_function *)function)(matrix_of(p, "parts"), vector_of(p, "log_sum_exp"),
                                        vector_of(p, "merged"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

/* Which formula: the defaults are right. */
typedef struct {
    bool is_mean;       /* all parts alike */
    bool is_linear;     /* L_r itself as the share */
    bool is_undivided;  /* shares with respect to the largest, not to L */
    bool is_shifted;    /* L without the largest that was subtracted */
    bool is_unstable;   /* exp(L_r) itself */
    bool takes_empty;   /* 0 times whatever stands there */
    bool is_nan_at_end; /* nothing to merge: -inf - (-inf) */
} formula;

static long double share_of(const formula *f, const gsl_vector *l, size_t r, double largest)
{
    double own = gsl_vector_get(l, r);
    if (f->is_mean) {
        return own == -INFINITY ? 0.0L : 1.0L;
    }
    if (f->is_linear) {
        return own == -INFINITY ? 0.0L : own;
    }
    return f->is_unstable ? exp(own) : own == -INFINITY ? 0.0L : expl((long double)own - largest);
}

static int by(formula f, const gsl_matrix *parts, const gsl_vector *l, gsl_vector *merged)
{
    double largest = gsl_vector_max(l);
    long double sum = 0.0L;
    for (size_t r = 0; r < parts->size1; r++) {
        sum += share_of(&f, l, r, largest);
    }
    bool is_nothing = largest == -INFINITY;
    for (size_t c = 0; c < parts->size2; c++) {
        long double y = 0.0L;
        for (size_t r = 0; r < parts->size1; r++) {
            long double share = share_of(&f, l, r, largest);
            bool counts = f.takes_empty || gsl_vector_get(l, r) != -INFINITY;
            y += counts ? share * gsl_matrix_get(parts, r, c) : 0.0L;
        }
        y /= f.is_undivided || is_nothing ? 1.0L : sum;
        gsl_vector_set(merged, c, is_nothing && f.is_nan_at_end ? NAN : (double)y);
    }
    long double shift = f.is_shifted || f.is_unstable ? 0.0L : largest;
    long double total = f.is_mean || f.is_linear ? logl(sum) : shift + logl(sum);
    gsl_vector_set(merged, parts->size2,
                   is_nothing ? (f.is_nan_at_end ? NAN : -INFINITY) : (double)total);
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *parts, const gsl_vector *log_sum_exp,                    \
                        gsl_vector *merged)                                                        \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, parts, log_sum_exp, merged);                         \
        }

MODEL(right, .is_mean = false)
MODEL(mean, .is_mean = true)
MODEL(linear, .is_linear = true)
MODEL(undivided, .is_undivided = true)
MODEL(shifted, .is_shifted = true)
MODEL(unstable, .is_unstable = true)
MODEL(takes_empty, .takes_empty = true)
MODEL(nan_at_end, .is_nan_at_end = true)

static const exercise_model models[] = {
    {"mean", FUNCTION(mean), "all parts counted alike: one with heavy keys must count more."},
    {"not-exp", FUNCTION(linear), "the shares are the log-sum-exps themselves: exp() is missing."},
    {"not-divided", FUNCTION(undivided),
     "the shares are exp(L_r - largest): they do not sum to 1 until divided by their sum."},
    {"max-lost", FUNCTION(shifted),
     "the largest L_r was subtracted before exp() and never added again behind ln()."},
    {"no-max", FUNCTION(unstable), "exp(L_r) itself overflowed: subtract the largest L_r first."},
    {"empty-part", FUNCTION(takes_empty),
     "an empty part was multiplied by 0, and 0 times NaN is NaN: leave it out."},
    {"nothing-at-all", FUNCTION(nan_at_end),
     "where all parts are empty, -inf - (-inf) made NaN of what should be 0 and -inf."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static gsl_vector *make(problem *p, size_t n_parts, size_t d_v, double center, double size)
{
    give_matrix(p, "parts", n_parts, d_v);
    gsl_vector *l = give_vector(p, "log_sum_exp", n_parts);
    gsl_vector_scale(l, size);
    gsl_vector_add_constant(l, center);
    want_vector(p, "merged", d_v + 1);
    return l;
}

static void empty(problem *p, size_t r)
{
    gsl_vector_set(vector_of(p, "log_sum_exp"), r, -INFINITY);
    for (size_t c = 0; c < matrix_of(p, "parts")->size2; c++) {
        gsl_matrix_set(matrix_of(p, "parts"), r, c, NAN);
    }
}

static void small(problem *p)
{
    make(p, 3, 4, 2.0, 0.7);
}

static void many(problem *p)
{
    make(p, 11 + p->repeat % 6, 2, -1.0, 3.0);
}

static void large(problem *p)
{
    make(p, 4, 3, p->repeat % 2 ? 5000.0 : -5000.0, 2.0);
}

static void some_empty(problem *p)
{
    make(p, 5, 3, 0.0, 1.0);
    empty(p, p->repeat % 5);
    empty(p, (p->repeat + 2) % 5);
}

static void all_empty(problem *p)
{
    make(p, 2, 3, 0.0, 1.0);
    empty(p, 0);
    empty(p, 1);
}

static const exercise_case cases[] = {
    {.name = "3 parts of 4 numbers", .make = small, .points = 4},
    {.name = "many parts", .make = many, .points = 1},
    {.name = "log-sum-exps of 5000 and of -5000", .make = large, .points = 2},
    {.name = "two empty parts, with NaN in them", .make = some_empty, .points = 2},
    {.name = "nothing but empty parts", .make = all_empty, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
