#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int weights_function(const gsl_matrix *q, const gsl_matrix *k,
                             const gsl_vector *temperature, gsl_matrix *weights);
weights_function tempered_weights;

EXERCISE_FUNCTION(tempered_weights);

int exercise_call(problem *p, any_function *function)
{
    return ((weights_function *)function)(matrix_of(p, "q"), matrix_of(p, "k"),
                                          vector_of(p, "temperature"), matrix_of(p, "weights"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

enum { MOST = 32 };

/* Which formula: the defaults are right. */
typedef struct {
    bool is_inverse;     /* multiplied by T */
    bool is_unscaled;    /* without the square root of d_k */
    bool is_one_for_all; /* the first temperature for all queries */
    bool is_after;       /* the weights, not the scores, were divided by T */
    bool is_naive_at_0;  /* the score is divided by 0 */
    bool is_first_only;  /* at 0 the first best key takes all */
    bool divides_first;  /* score / T, and then the largest is subtracted */
} formula;

static long double score_of(const formula *f, const gsl_matrix *q, size_t i, const gsl_matrix *k,
                            size_t j)
{
    double sum = 0.0; /* a double: equal keys must stay equal */
    for (size_t c = 0; c < q->size2; c++) {
        sum += gsl_matrix_get(q, i, c) * gsl_matrix_get(k, j, c);
    }
    return f->is_unscaled ? sum : sum / sqrt((double)q->size2);
}

static long double term(const formula *f, long double score, long double largest, double t)
{
    if (t == 0.0 && !f->is_naive_at_0) {
        return score == largest;
    }
    if (f->divides_first) {
        return expl((double)(score / t) - (double)(largest / t));
    }
    long double below = score - largest;
    return f->is_inverse ? expl(below * t) : f->is_after ? expl(below) / t : expl(below / t);
}

static int by(formula f, const gsl_matrix *q, const gsl_matrix *k, const gsl_vector *temperature,
              gsl_matrix *weights)
{
    for (size_t i = 0; i < q->size1; i++) {
        double t = gsl_vector_get(temperature, f.is_one_for_all ? 0 : i);
        long double score[MOST], largest = -INFINITY, sum = 0.0L;
        for (size_t j = 0; j < k->size1; j++) {
            score[j] = score_of(&f, q, i, k, j);
            largest = score[j] > largest ? score[j] : largest;
        }
        bool is_taken = false;
        for (size_t j = 0; j < k->size1; j++) {
            score[j] = term(&f, score[j], largest, t);
            score[j] = f.is_first_only && t == 0.0 && is_taken ? 0.0L : score[j];
            is_taken = is_taken || score[j] > 0.0L;
            sum += f.is_after ? score[j] * t : score[j];
        }
        for (size_t j = 0; j < k->size1; j++) {
            gsl_matrix_set(weights, i, j, (double)(score[j] / sum));
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *q, const gsl_matrix *k, const gsl_vector *temperature,   \
                        gsl_matrix *weights)                                                       \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, q, k, temperature, weights);                         \
        }

MODEL(right, .is_inverse = false)
MODEL(inverse, .is_inverse = true)
MODEL(unscaled, .is_unscaled = true)
MODEL(one_for_all, .is_one_for_all = true)
MODEL(after, .is_after = true)
MODEL(naive_at_0, .is_naive_at_0 = true)
MODEL(first_only, .is_first_only = true)
MODEL(divides_first, .divides_first = true)

static const exercise_model models[] = {
    {"inverse", FUNCTION(inverse),
     "the scores were multiplied by T: now a hot query is sharp and a cold one is not."},
    {"no-scale", FUNCTION(unscaled), "the factor 1 / sqrt(d_k) is missing: T stands beside it."},
    {"one-for-all", FUNCTION(one_for_all), "all queries have the temperature of the first."},
    {"after", FUNCTION(after),
     "the weights were divided by T, not the scores: rows do not sum to 1."},
    {"zero", FUNCTION(naive_at_0), "at T = 0 the largest score became 0 / 0."},
    {"first-best", FUNCTION(first_only),
     "at T = 0 one of the best keys takes all: equal scores get equal weights."},
    {"too-cold", FUNCTION(divides_first),
     "score / T overflowed before the largest was subtracted: inf - inf is NaN."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static gsl_vector *make(problem *p, size_t n_q, size_t n_k, size_t d_k)
{
    give_matrix(p, "q", n_q, d_k);
    give_matrix(p, "k", n_k, d_k);
    gsl_vector *temperature = give_vector(p, "temperature", n_q);
    for (size_t i = 0; i < n_q; i++) {
        gsl_vector_set(temperature, i, 0.2 + 2.0 * draw_uniform(p));
    }
    want_matrix(p, "weights", n_q, n_k);
    return temperature;
}

static void small(problem *p)
{
    make(p, 3, 5, 4);
}

static void hot(problem *p)
{
    gsl_vector_set(make(p, 4, 3, 7), 1 + p->repeat % 3, INFINITY);
}

static void cold(problem *p)
{
    gsl_vector_set(make(p, 3, 6, 2), p->repeat % 3, 0.0);
}

/* Keys 1 and 4 are equal, and the query is one of them, ten times as long. */
static void twins(problem *p)
{
    gsl_vector *temperature = make(p, 2, 6, 3);
    gsl_matrix *q = matrix_of(p, "q"), *k = matrix_of(p, "k");
    gsl_vector_set(temperature, 1, 0.0);
    for (size_t c = 0; c < 3; c++) {
        double x = gsl_matrix_get(k, 1, c);
        gsl_matrix_set(k, 1, c, 10.0 * x);
        gsl_matrix_set(k, 4, c, 10.0 * x);
        gsl_matrix_set(q, 1, c, 10.0 * x);
    }
}

static void nearly_0(problem *p)
{
    gsl_vector *temperature = make(p, 4, 5, 3);
    gsl_vector_set(temperature, 0, 1e-310);
    gsl_vector_set(temperature, 2, 1e-4);
}

/* One number decides the sign of every score, and all of them are far below 0. */
static void negative(problem *p)
{
    make(p, 3, 4, 1);
    gsl_matrix_set_all(matrix_of(p, "q"), -900.0);
    for (size_t j = 0; j < 4; j++) {
        gsl_matrix_set(matrix_of(p, "k"), j, 0, 1.0 + 1e-3 * draw_uniform(p));
    }
}

static const exercise_case cases[] = {
    {.name = "3 queries, 5 keys", .make = small, .points = 4},
    {.name = "an infinite temperature", .make = hot, .points = 1},
    {.name = "a temperature of 0", .make = cold, .points = 2},
    {.name = "a temperature of 0, and two best keys", .make = twins, .points = 1},
    {.name = "a temperature of nearly 0", .make = nearly_0, .points = 1},
    {.name = "scores of minus 900", .make = negative, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
