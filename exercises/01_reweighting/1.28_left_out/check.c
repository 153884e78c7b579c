#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int residuals_function(const gsl_matrix *weights, const gsl_vector *values,
                               gsl_vector *residual);
residuals_function left_out_residuals;

EXERCISE_FUNCTION(left_out_residuals);

int exercise_call(problem *p, any_function *function)
{
    return ((residuals_function *)function)(matrix_of(p, "weights"), vector_of(p, "values"),
                                            vector_of(p, "residual"));
}

#ifdef JUDGE

/* ---- what is right, the long way, and what is wrong in one point ------------------------------ */

/* The sums over all points but i. */
typedef struct {
    long double own, value, sum, weight;
} others;

static others others_of(const gsl_matrix *weights, const gsl_vector *values, size_t i)
{
    others o = {gsl_matrix_get(weights, i, i), gsl_vector_get(values, i), 0.0L, 0.0L};
    for (size_t j = 0; j < values->size; j++) {
        long double w = j == i ? 0.0L : gsl_matrix_get(weights, i, j);
        o.sum += w * gsl_vector_get(values, j);
        o.weight += w;
    }
    return o;
}

typedef long double residual_rule(const others *o);

/* Really left out: the others' weights, divided by their own sum. */
static long double by_others(const others *o)
{
    return o->weight > 0.0L ? o->value - o->sum / o->weight : o->value;
}

static long double by_unguarded(const others *o)
{
    return o->value - o->sum / o->weight;
}

static long double by_itself(const others *o)
{
    return o->value - o->sum - o->own * o->value;
}

static long double by_undivided(const others *o)
{
    return o->value - o->sum;
}

static long double by_own_weight(const others *o)
{
    return o->own > 0.0L ? by_itself(o) / o->own : o->value;
}

static long double by_product(const others *o)
{
    return by_itself(o) * (1.0L - o->own);
}

static long double by_negative(const others *o)
{
    return -by_others(o);
}

static long double by_prediction(const others *o)
{
    return o->weight > 0.0L ? o->sum / o->weight : 0.0L;
}

static int each(residual_rule *rule, const gsl_matrix *weights, const gsl_vector *values,
                gsl_vector *residual)
{
    for (size_t i = 0; i < values->size; i++) {
        others o = others_of(weights, values, i);
        gsl_vector_set(residual, i, (double)rule(&o));
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, rule)                                                                      \
        static int name(const gsl_matrix *weights, const gsl_vector *values, gsl_vector *residual) \
        {                                                                                          \
            return each(rule, weights, values, residual);                                          \
        }

MODEL(right, by_others)
MODEL(keeps_itself, by_itself)
MODEL(undivided, by_undivided)
MODEL(own_weight, by_own_weight)
MODEL(product, by_product)
MODEL(negative, by_negative)
MODEL(prediction, by_prediction)
MODEL(unguarded, by_unguarded)

static const exercise_model models[] = {
    {"keeps-itself", FUNCTION(keeps_itself),
     "the point itself took part in its prediction: that is the error that rewards copying."},
    {"not-divided", FUNCTION(undivided),
     "the point was left out, but the other weights still sum to 1 - p_ii, not to 1."},
    {"by-own-weight", FUNCTION(own_weight), "the error was divided by p_ii."},
    {"times", FUNCTION(product),
     "the error was multiplied by 1 - p_ii: it became smaller, and should grow."},
    {"sign", FUNCTION(negative), "prediction minus value: a residual is value minus prediction."},
    {"prediction", FUNCTION(prediction),
     "these are the predictions, not what is left of the values."},
    {"nobody-else", FUNCTION(unguarded),
     "a point that sees nobody else was divided by 0; it is predicted as 0."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

/* Random weights, each row divided by its sum, with a share of the point itself that varies. */
static void make(problem *p, size_t n)
{
    gsl_matrix *weights = give_matrix(p, "weights", n, n);
    give_vector(p, "values", n);
    want_vector(p, "residual", n);
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < n; j++) {
            double w = (j == i ? 2.0 : 1.0) * draw_uniform(p);
            gsl_matrix_set(weights, i, j, w);
            sum += w;
        }
        for (size_t j = 0; j < n; j++) {
            gsl_matrix_set(weights, i, j, gsl_matrix_get(weights, i, j) / sum);
        }
    }
}

static void small(problem *p)
{
    make(p, 5);
}

static void many(problem *p)
{
    make(p, 20 + p->repeat % 6);
}

static void alone(problem *p)
{
    make(p, 6);
    for (size_t j = 0; j < 6; j++) {
        gsl_matrix_set(matrix_of(p, "weights"), p->repeat % 6, j, j == p->repeat % 6 ? 1.0 : 0.0);
    }
}

static void unseen(problem *p)
{
    make(p, 4);
    for (size_t j = 0; j < 4; j++) {
        gsl_matrix_set(matrix_of(p, "weights"), 2, j, j == 0 ? 0.75 : j == 1 ? 0.25 : 0.0);
    }
}

static const exercise_case cases[] = {
    {.name = "5 points", .make = small, .points = 5},
    {.name = "20 points and more", .make = many, .points = 1},
    {.name = "a point that sees itself alone", .make = alone, .points = 3},
    {.name = "a point that never saw itself", .make = unseen, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
