#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef int predict_function(const gsl_vector *weights, const gsl_vector *grad_weights,
                             gsl_vector *predicted);
predict_function predict_row;

EXERCISE_FUNCTION(predict_row);

int exercise_call(problem *p, any_function *function)
{
    return ((predict_function *)function)(vector_of(p, "weights"), vector_of(p, "grad_weights"),
                                          vector_of(p, "predicted"));
}

#ifdef JUDGE

/* ---- what is right, and what a pencil does instead ------------------------------------------- */

enum { N = 3 };

/* Which formula: the defaults are right. */
typedef struct {
    bool is_plain_mean; /* D is the mean of dP */
    bool has_no_term;   /* dS = p dP */
    bool is_diagonal;   /* dS = p (1 - p) dP */
    bool is_turned;     /* dS = p (D - dP) */
    bool is_unweighted; /* dS = dP - D */
} formula;

static int by(formula f, const gsl_vector *weights, const gsl_vector *grad_weights,
              gsl_vector *predicted)
{
    long double d = 0.0L;
    for (size_t l = 0; l < N; l++) {
        long double share = f.is_plain_mean ? 1.0L / N : (long double)gsl_vector_get(weights, l);
        d += share * gsl_vector_get(grad_weights, l);
    }
    gsl_vector_set(predicted, 0, (double)d);
    for (size_t j = 0; j < N; j++) {
        long double p = gsl_vector_get(weights, j), dp = gsl_vector_get(grad_weights, j);
        long double ds = f.has_no_term     ? p * dp
                         : f.is_diagonal   ? p * (1.0L - p) * dp
                         : f.is_turned     ? p * (d - dp)
                         : f.is_unweighted ? dp - d
                                           : p * (dp - d);
        gsl_vector_set(predicted, j + 1, (double)ds);
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_vector *weights, const gsl_vector *grad_weights,                 \
                        gsl_vector *predicted)                                                     \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, weights, grad_weights, predicted);                   \
        }

MODEL(right, .is_turned = false)
MODEL(plain_mean, .is_plain_mean = true)
MODEL(no_term, .has_no_term = true)
MODEL(diagonal, .is_diagonal = true)
MODEL(turned, .is_turned = true)
MODEL(unweighted, .is_unweighted = true)

static const exercise_model models[] = {
    {"plain-mean", FUNCTION(plain_mean), "D is the plain mean of dP; it is the mean under p."},
    {"no-row-term", FUNCTION(no_term), "dS is p times dP: nothing was subtracted."},
    {"diagonal", FUNCTION(diagonal),
     "dS is p (1 - p) dP: each score moves the other weights, too."},
    {"turned", FUNCTION(turned), "all signs of dS are turned around."},
    {"unweighted", FUNCTION(unweighted), "the factor p_j is missing in dS_j."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

/* Tenths and integers, so that a pencil is enough; no two alike. */
static void one_row(problem *p)
{
    gsl_vector *weights = give_vector(p, "weights", N);
    gsl_vector *grad_weights = give_vector(p, "grad_weights", N);
    size_t tenths = 5 + draw_index(p, 2);
    gsl_vector_set(weights, 0, 0.3);
    gsl_vector_set(weights, 1, (double)tenths / 10.0);
    gsl_vector_set(weights, 2, (double)(7 - tenths) / 10.0);
    gsl_vector_set(grad_weights, 0, 1.0 + (double)draw_index(p, 3));
    gsl_vector_set(grad_weights, 1, -1.0 - (double)draw_index(p, 3));
    gsl_vector_set(grad_weights, 2, 5.0 + (double)draw_index(p, 3));
    want_vector(p, "predicted", N + 1);
}

static const exercise_case cases[] = {
    {.name = "a row of three weights", .make = one_row, .points = 5},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .tolerance = 0.002,
    .is_fixed = true,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
