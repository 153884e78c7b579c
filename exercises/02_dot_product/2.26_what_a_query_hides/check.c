#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int hidden_function(const gsl_vector *query, const gsl_matrix *keys, gsl_matrix *queries);
hidden_function hidden_queries;

EXERCISE_FUNCTION(hidden_queries);

int exercise_call(problem *p, any_function *function)
{
    return ((hidden_function *)function)(vector_of(p, "query"), matrix_of(p, "keys"),
                                         matrix_of(p, "queries"));
}

#ifdef JUDGE

/* ---- who judges: many answers are right ------------------------------------------------------ */

enum { KEYS = 3 };

static void scores_of(const gsl_vector *query, const gsl_matrix *keys, double scores[KEYS])
{
    for (size_t j = 0; j < KEYS; j++) {
        long double sum = 0.0L;
        for (size_t c = 0; c < query->size; c++) {
            sum += (long double)gsl_vector_get(query, c) * gsl_matrix_get(keys, j, c);
        }
        scores[j] = (double)sum;
    }
}

/* The same weights mean: the same differences of scores. */
static double change_of_differences(const double was[KEYS], const double is[KEYS])
{
    double largest = 0.0;
    for (size_t j = 1; j < KEYS; j++) {
        largest = fmax(largest, fabs((is[j] - is[0]) - (was[j] - was[0])));
    }
    return largest;
}

static const char *accept(problem *p, const char **tag)
{
    const gsl_vector *query = vector_of(p, "query");
    gsl_vector_view same = gsl_matrix_row(matrix_of(p, "queries"), 0);
    gsl_vector_view other = gsl_matrix_row(matrix_of(p, "queries"), 1);
    double was[KEYS], first[KEYS], second[KEYS], largest = 0.0, distance = 0.0;
    scores_of(query, matrix_of(p, "keys"), was);
    scores_of(&same.vector, matrix_of(p, "keys"), first);
    scores_of(&other.vector, matrix_of(p, "keys"), second);
    for (size_t c = 0; c < query->size; c++) {
        double x = gsl_vector_get(&same.vector, c), y = gsl_vector_get(&other.vector, c);
        largest = isfinite(x + y) ? fmax(largest, fmax(fabs(x), fabs(y))) : INFINITY;
        distance = hypot(distance, x - gsl_vector_get(query, c));
    }
    if (largest > 1000.0) {
        *tag = "not-a-query";
        return "a number is above 1000 in size, or none at all.";
    }
    if (distance < 0.1) {
        *tag = "same-query";
        return "row 0 is the query itself, or nearly.";
    }
    if (change_of_differences(was, first) > 1e-9) {
        *tag = "other-weights";
        return "row 0 has other weights than the query.";
    }
    if (fabs(first[0] - was[0]) > 1e-9) {
        *tag = "scores-shifted";
        return "row 0 has the same weights, but other scores: that is asked of row 1.";
    }
    if (change_of_differences(was, second) > 1e-9) {
        *tag = "one-pair-only";
        return "row 1 has other weights than the query.";
    }
    if (fabs(second[0] - was[0]) < 0.1) {
        *tag = "same-scores";
        return "row 1 has the same scores as the query, or nearly.";
    }
    return NULL;
}

/* ---- what is handed in instead --------------------------------------------------------------- */

/* A direction at a right angle to the first n keys, or to the first n differences of keys. */
static void direction(const gsl_matrix *keys, size_t n, bool from_differences, double *out)
{
    long double rows[4][64];
    size_t d = keys->size2;
    for (size_t i = 0; i <= n; i++) {
        for (size_t c = 0; c < d; c++) {
            long double k = i < KEYS ? gsl_matrix_get(keys, i, c) : 0.0;
            long double next = i + 1 < KEYS ? gsl_matrix_get(keys, i + 1, c) : 0.0;
            rows[i][c] = i == n             ? sinl(1.0L + (long double)(c * c))
                         : from_differences ? next - k
                                            : k;
        }
        for (size_t twice = 0; twice < 2; twice++) {
            for (size_t j = 0; j < i; j++) {
                long double shared = 0.0L;
                for (size_t c = 0; c < d; c++) {
                    shared += rows[i][c] * rows[j][c];
                }
                for (size_t c = 0; c < d; c++) {
                    rows[i][c] -= shared * rows[j][c];
                }
            }
        }
        long double squares = 0.0L;
        for (size_t c = 0; c < d; c++) {
            squares += rows[i][c] * rows[i][c];
        }
        for (size_t c = 0; c < d; c++) {
            rows[i][c] /= sqrtl(squares);
            out[c] = (double)rows[i][c];
        }
    }
}

/* Which rows are handed in: each is the query plus a direction. */
typedef enum { NOTHING, RIGHT_0, RIGHT_1, ONE_PAIR, ALONG_KEY, NOT_FINITE } addition;

static void add(const gsl_vector *query, const gsl_matrix *keys, addition what, gsl_vector *out)
{
    double u[64] = {0.0}, length = 0.0;
    if (what == RIGHT_0) {
        direction(keys, 3, false, u);
    } else if (what == RIGHT_1 || what == ONE_PAIR) {
        direction(keys, what == RIGHT_1 ? 2 : 1, true, u);
    }
    for (size_t c = 0; c < query->size; c++) {
        length += u[c] * gsl_matrix_get(keys, 0, c);
    }
    for (size_t c = 0; c < query->size; c++) {
        double x = what == ALONG_KEY    ? gsl_matrix_get(keys, 0, c)
                   : what == NOT_FINITE ? NAN
                   : what == RIGHT_1    ? u[c] / length
                                        : u[c];
        gsl_vector_set(out, c, gsl_vector_get(query, c) + x);
    }
}

#    define ROWS(name, first, second)                                                              \
        static int name(const gsl_vector *query, const gsl_matrix *keys, gsl_matrix *queries)      \
        {                                                                                          \
            gsl_vector_view one = gsl_matrix_row(queries, 0), two = gsl_matrix_row(queries, 1);    \
            add(query, keys, first, &one.vector);                                                  \
            add(query, keys, second, &two.vector);                                                 \
            return GSL_SUCCESS;                                                                    \
        }

ROWS(not_finite, NOT_FINITE, RIGHT_1)
ROWS(same_query, NOTHING, RIGHT_1)
ROWS(along_key, ALONG_KEY, RIGHT_1)
ROWS(shifted, RIGHT_1, RIGHT_1)
ROWS(one_pair, RIGHT_0, ONE_PAIR)
ROWS(same_scores, RIGHT_0, RIGHT_0)

static const exercise_model models[] = {
    {"not-a-query", FUNCTION(not_finite), "a query is not a number."},
    {"same-query", FUNCTION(same_query), "row 0 is the query."},
    {"other-weights", FUNCTION(along_key), "a key was added to the query."},
    {"scores-shifted", FUNCTION(shifted), "row 0 shifts the scores."},
    {"one-pair-only", FUNCTION(one_pair), "row 1 keeps the difference of two scores only."},
    {"same-scores", FUNCTION(same_scores), "row 1 keeps the scores."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t d)
{
    give_vector(p, "query", d);
    gsl_matrix *keys = give_matrix(p, "keys", KEYS, d);
    gsl_matrix_scale(keys, 0.3);
    for (size_t j = 0; j < KEYS; j++) { /* far from being a mixture of the others */
        gsl_matrix_set(keys, j, j, 2.0 + draw_uniform(p));
    }
    want_matrix(p, "queries", 2, d);
}

static void four(problem *p)
{
    make(p, 4);
}

static void longer(problem *p)
{
    make(p, 5 + p->repeat % 8);
}

static const exercise_case cases[] = {
    {.name = "queries of four numbers", .make = four, .points = 6},
    {.name = "longer queries", .make = longer, .points = 4},
};

const exercise exercise_check = {
    .accept = accept,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
