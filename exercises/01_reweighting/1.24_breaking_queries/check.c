#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int queries_function(const gsl_matrix *keys, gsl_matrix *queries);
queries_function breaking_queries;

EXERCISE_FUNCTION(breaking_queries);

int exercise_call(problem *p, any_function *function)
{
    return ((queries_function *)function)(matrix_of(p, "keys"), matrix_of(p, "queries"));
}

#ifdef JUDGE

/* ---- who judges: many answers are right ------------------------------------------------------ */

/* The sum of the scores of query i, and the sum of their sizes. */
typedef struct {
    long double sum, size;
} scores;

static scores scores_of(problem *p, size_t i)
{
    const gsl_matrix *keys = matrix_of(p, "keys"), *queries = matrix_of(p, "queries");
    scores s = {0.0L, 0.0L};
    for (size_t j = 0; j < keys->size1; j++) {
        long double score = 0.0L;
        for (size_t c = 0; c < keys->size2; c++) {
            score += (long double)gsl_matrix_get(queries, i, c) * gsl_matrix_get(keys, j, c);
        }
        s.sum += score;
        s.size += fabsl(score);
    }
    return s;
}

static const char *accept(problem *p, const char **tag)
{
    scores first = scores_of(p, 0), second = scores_of(p, 1);
    if (!isfinite((double)(first.size + second.size))) {
        *tag = "not-finite";
        return "a query or a score is infinite or not a number: the weights are to break, not it.";
    }
    if (first.size <= 1e-9L) {
        *tag = "zero-query";
        return "all scores of query 0 are 0: that breaks the division, and says nothing of the "
               "keys.";
    }
    if (fabsl(first.sum) > 1e-9L * first.size) {
        *tag = "sum-not-zero";
        return "the scores of query 0 do not sum to 0.";
    }
    if (fabsl(second.sum) <= 1e-9L * second.size) {
        *tag = "both-zero";
        return "the scores of query 1 sum to 0 as well: its weights are infinite.";
    }
    if (second.sum > 0.0L) {
        *tag = "order-kept";
        return "the scores of query 1 have a positive sum: the highest score keeps the largest "
               "weight.";
    }
    return NULL;
}

/* ---- what is handed in instead --------------------------------------------------------------- */

static double mean_of(const gsl_matrix *keys, size_t c)
{
    double sum = 0.0;
    for (size_t j = 0; j < keys->size1; j++) {
        sum += gsl_matrix_get(keys, j, c);
    }
    return sum / (double)keys->size1;
}

/* Query 0 at a right angle to (x, y, 0, ...), query 1 this many times the mean. */
static int queries_of(const gsl_matrix *keys, gsl_matrix *queries, double x, double y, double times)
{
    gsl_matrix_set_zero(queries);
    gsl_matrix_set(queries, 0, 0, -y);
    gsl_matrix_set(queries, 0, 1, x);
    for (size_t c = 0; c < keys->size2; c++) {
        gsl_matrix_set(queries, 1, c, times * mean_of(keys, c));
    }
    return GSL_SUCCESS;
}

static int zero_query(const gsl_matrix *keys, gsl_matrix *queries)
{
    return queries_of(keys, queries, 0.0, 0.0, -1.0);
}

static int not_finite(const gsl_matrix *keys, gsl_matrix *queries)
{
    return queries_of(keys, queries, NAN, NAN, -1.0);
}

static int one_key_only(const gsl_matrix *keys, gsl_matrix *queries)
{
    return queries_of(keys, queries, gsl_matrix_get(keys, 0, 0), gsl_matrix_get(keys, 0, 1), -1.0);
}

static int twice_the_same(const gsl_matrix *keys, gsl_matrix *queries)
{
    queries_of(keys, queries, mean_of(keys, 0), mean_of(keys, 1), -1.0);
    for (size_t c = 0; c < keys->size2; c++) {
        gsl_matrix_set(queries, 1, c, gsl_matrix_get(queries, 0, c));
    }
    return GSL_SUCCESS;
}

static int along_the_mean(const gsl_matrix *keys, gsl_matrix *queries)
{
    return queries_of(keys, queries, mean_of(keys, 0), mean_of(keys, 1), 1.0);
}

static const exercise_model models[] = {
    {"zero-query", FUNCTION(zero_query), "query 0 is the zero vector."},
    {"not-finite", FUNCTION(not_finite), "a query is not a number."},
    {"sum-not-zero", FUNCTION(one_key_only), "query 0 is at a right angle to one key only."},
    {"both-zero", FUNCTION(twice_the_same), "both queries are the same."},
    {"order-kept", FUNCTION(along_the_mean), "query 1 points along the mean of the keys."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t d, double shift)
{
    gsl_matrix_add_constant(give_matrix(p, "keys", n, d), shift);
    want_matrix(p, "queries", 2, d);
}

static void few(problem *p)
{
    make(p, 5, 3, 0.5);
}

static void positive(problem *p)
{
    make(p, 4, 2, 6.0);
}

static void wide(problem *p)
{
    make(p, 3, 7 + p->repeat % 6, -0.3);
}

static const exercise_case cases[] = {
    {.name = "5 keys of 3 numbers", .make = few, .points = 4},
    {.name = "keys that are all alike", .make = positive, .points = 3},
    {.name = "more numbers than keys", .make = wide, .points = 3},
};

const exercise exercise_check = {
    .accept = accept,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
