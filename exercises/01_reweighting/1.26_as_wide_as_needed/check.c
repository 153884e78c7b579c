#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int weights_function(const gsl_vector *queries, const gsl_vector *keys, size_t r,
                             gsl_matrix *weights);
weights_function neighbour_weights;

EXERCISE_FUNCTION(neighbour_weights);

int exercise_call(problem *p, any_function *function)
{
    return ((weights_function *)function)(vector_of(p, "queries"), vector_of(p, "keys"),
                                          size_of(p, "r"), matrix_of(p, "weights"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

enum { MOST = 32 };

/* Which formula: the defaults are right. */
typedef struct {
    long extra;         /* keys more than r + 1 */
    bool is_shared;     /* all queries take the widest bandwidth */
    bool is_triangular; /* 1 - u */
    bool is_undivided;
    bool is_one_sided;  /* neighbours are counted on the right only */
    bool counts_places; /* keys at the same place count once */
    bool is_unguarded;  /* a bandwidth of 0 is divided by */
} formula;

static double distance_of(const gsl_vector *queries, size_t i, const gsl_vector *keys, size_t j)
{
    return fabs(gsl_vector_get(queries, i) - gsl_vector_get(keys, j));
}

/* The distance to key number n, from 1, by insertion into a sorted list. */
static double nearest(const formula *f, const gsl_vector *queries, size_t i, const gsl_vector *keys,
                      size_t n)
{
    double sorted[MOST];
    size_t n_sorted = 0;
    for (size_t j = 0; j < keys->size; j++) {
        double d = distance_of(queries, i, keys, j);
        size_t at = 0;
        while (at < n_sorted && sorted[at] < d) {
            at++;
        }
        bool is_known = f->counts_places && at < n_sorted && sorted[at] == d;
        bool is_left = gsl_vector_get(keys, j) < gsl_vector_get(queries, i);
        if (is_known || (f->is_one_sided && is_left)) {
            continue;
        }
        for (size_t l = n_sorted++; l > at; l--) {
            sorted[l] = sorted[l - 1];
        }
        sorted[at] = d;
    }
    n = n < n_sorted ? n : n_sorted;
    return n > 0 ? sorted[n - 1] : 1.0;
}

static double bandwidth(const formula *f, const gsl_vector *queries, size_t i,
                        const gsl_vector *keys, size_t r)
{
    size_t n = (size_t)((long)r + 1 + f->extra);
    if (!f->is_shared) {
        return nearest(f, queries, i, keys, n);
    }
    double widest = 0.0;
    for (size_t l = 0; l < queries->size; l++) {
        widest = fmax(widest, nearest(f, queries, l, keys, n));
    }
    return widest;
}

static int by(formula f, const gsl_vector *queries, const gsl_vector *keys, size_t r,
              gsl_matrix *weights)
{
    for (size_t i = 0; i < queries->size; i++) {
        double h = bandwidth(&f, queries, i, keys, r);
        long double w[MOST], sum = 0.0L;
        for (size_t j = 0; j < keys->size; j++) {
            long double d = distance_of(queries, i, keys, j), u = d / h;
            long double kernel = f.is_triangular ? 1.0L - u : 1.0L - u * u;
            w[j] = h > 0.0 || f.is_unguarded ? (kernel < 0.0L ? 0.0L : kernel) : d == 0.0L;
            sum += w[j];
        }
        for (size_t j = 0; j < keys->size; j++) {
            gsl_matrix_set(weights, i, j, (double)(f.is_undivided ? w[j] : w[j] / sum));
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_vector *queries, const gsl_vector *keys, size_t r,               \
                        gsl_matrix *weights)                                                       \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, queries, keys, r, weights);                          \
        }

MODEL(right, .extra = 0)
MODEL(too_near, .extra = -1)
MODEL(too_far, .extra = 1)
MODEL(shared, .is_shared = true)
MODEL(triangular, .is_triangular = true)
MODEL(undivided, .is_undivided = true)
MODEL(one_sided, .is_one_sided = true)
MODEL(places, .counts_places = true)
MODEL(unguarded, .is_unguarded = true)

static const exercise_model models[] = {
    {"one-too-few", FUNCTION(too_near),
     "the bandwidth ends at the r-th key, where the kernel is 0: only r - 1 keys are seen."},
    {"one-too-many", FUNCTION(too_far), "the bandwidth reaches the (r + 2)-th key."},
    {"one-for-all", FUNCTION(shared), "all queries have the same bandwidth, that of the widest."},
    {"triangular", FUNCTION(triangular), "the kernel is 1 - u: the square is missing."},
    {"not-divided", FUNCTION(undivided), "the rows were not divided by their sum."},
    {"one-sided", FUNCTION(one_sided),
     "neighbours were counted on one side only: a distance has no sign."},
    {"places", FUNCTION(places), "two keys at the same place counted as one."},
    {"zero-width", FUNCTION(unguarded),
     "0 was divided by 0: a query at a place with r + 1 keys has the bandwidth 0."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static gsl_vector *make(problem *p, size_t n_q, size_t n_k, size_t r)
{
    give_vector(p, "queries", n_q);
    gsl_vector *keys = give_vector(p, "keys", n_k);
    give_number(p, "r", (double)r);
    want_matrix(p, "weights", n_q, n_k);
    return keys;
}

static void small(problem *p)
{
    make(p, 3, 7, 3);
}

static void nearest_alone(problem *p)
{
    make(p, 4, 6, 1);
}

static void all_but_one(problem *p)
{
    make(p, 2, 5 + p->repeat % 6, 4 + p->repeat % 6);
}

/* Two keys at one place, and the third neighbour decides. */
static void twins(problem *p)
{
    gsl_vector *keys = make(p, 3, 6, 3);
    gsl_vector_set(keys, 4, gsl_vector_get(keys, 1));
    gsl_vector_set(vector_of(p, "queries"), 1, gsl_vector_get(keys, 1) + 1e-3);
    gsl_vector_set(vector_of(p, "queries"), 0, gsl_vector_get(keys, 1) - 2e-3);
    gsl_vector_set(vector_of(p, "queries"), 2, gsl_vector_get(keys, 1) + 3e-3);
}

static void in_a_crowd(problem *p)
{
    gsl_vector *keys = make(p, 3, 8, 2);
    for (size_t j = 2; j < 6; j++) {
        gsl_vector_set(keys, j, 0.75);
    }
    gsl_vector_set(vector_of(p, "queries"), p->repeat % 3, 0.75);
}

static const exercise_case cases[] = {
    {.name = "3 queries, 7 keys, the 3 nearest", .make = small, .points = 5},
    {.name = "the nearest alone", .make = nearest_alone, .points = 1},
    {.name = "all keys but one", .make = all_but_one, .points = 1},
    {.name = "two keys at one place", .make = twins, .points = 1},
    {.name = "a query in a crowd", .make = in_a_crowd, .points = 2},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
