#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int unheard_function(const gsl_vector *weights, gsl_matrix *grad_weights);
unheard_function unheard;

EXERCISE_FUNCTION(unheard);

int exercise_call(problem *p, any_function *function)
{
    return ((unheard_function *)function)(vector_of(p, "weights"), matrix_of(p, "grad_weights"));
}

#ifdef JUDGE

/* ---- who judges: many answers are right ------------------------------------------------------ */

/* dS_j of row i. */
static double heard(problem *p, size_t i, size_t j)
{
    const gsl_vector *weights = vector_of(p, "weights");
    const gsl_matrix *grad_weights = matrix_of(p, "grad_weights");
    long double d = 0.0L;
    for (size_t l = 0; l < weights->size; l++) {
        d += (long double)gsl_vector_get(weights, l) * gsl_matrix_get(grad_weights, i, l);
    }
    return (double)(gsl_vector_get(weights, j) * (gsl_matrix_get(grad_weights, i, j) - d));
}

static const char *accept(problem *p, const char **tag)
{
    const gsl_matrix *grad_weights = matrix_of(p, "grad_weights");
    bool is_small = true, has_zero = false, is_heard = false, others_hear = false;
    for (size_t j = 0; j < grad_weights->size2; j++) {
        double first = gsl_matrix_get(grad_weights, 0, j);
        is_small = is_small && fabs(first) <= 100.0;
        is_small = is_small && fabs(gsl_matrix_get(grad_weights, 1, j)) <= 100.0;
        has_zero = has_zero || first == 0.0;
        is_heard = is_heard || fabs(heard(p, 0, j)) > 1e-9;
        others_hear = others_hear || (j > 1 && fabs(heard(p, 1, j)) > 1e-9);
    }
    if (!is_small) {
        *tag = "not-finite";
        return "a number is above 100 in size, or none at all.";
    }
    if (has_zero) {
        *tag = "has-zero";
        return "row 0 holds a 0: that nothing comes of nothing says little of the softmax.";
    }
    if (is_heard) {
        *tag = "heard";
        return "a score gets a gradient from row 0.";
    }
    if (fabs(heard(p, 1, 0)) < 1e-3 || fabs(heard(p, 1, 1)) < 1e-3) {
        *tag = "silent";
        return "score 0 or score 1 gets hardly a gradient from row 1.";
    }
    if (others_hear) {
        *tag = "others-hear";
        return "a score other than 0 and 1 gets a gradient from row 1.";
    }
    return NULL;
}

/* ---- what is handed in instead --------------------------------------------------------------- */

/* Row 0 is first everywhere; row 1 is a, b, and 0 everywhere else. */
static int rows_of(gsl_matrix *grad_weights, double first, double a, double b)
{
    gsl_matrix_set_zero(grad_weights);
    for (size_t j = 0; j < grad_weights->size2; j++) {
        gsl_matrix_set(grad_weights, 0, j, first);
    }
    gsl_matrix_set(grad_weights, 1, 0, a);
    gsl_matrix_set(grad_weights, 1, 1, b);
    return GSL_SUCCESS;
}

static int not_finite(const gsl_vector *weights, gsl_matrix *grad_weights)
{
    (void)weights;
    return rows_of(grad_weights, NAN, 1.0, -1.0);
}

static int all_zero(const gsl_vector *weights, gsl_matrix *grad_weights)
{
    (void)weights;
    return rows_of(grad_weights, 0.0, 1.0, -1.0);
}

/* It sums to 0, without the weights. */
static int zero_sum(const gsl_vector *weights, gsl_matrix *grad_weights)
{
    rows_of(grad_weights, 1.0, 1.0, -1.0);
    gsl_matrix_set(grad_weights, 0, 0, 1.0 - (double)weights->size);
    return GSL_SUCCESS;
}

static int constant_twice(const gsl_vector *weights, gsl_matrix *grad_weights)
{
    (void)weights;
    rows_of(grad_weights, 1.0, 1.0, 1.0);
    gsl_matrix_set_all(grad_weights, 1.0);
    return GSL_SUCCESS;
}

static int opposite(const gsl_vector *weights, gsl_matrix *grad_weights)
{
    (void)weights;
    return rows_of(grad_weights, 1.0, 1.0, -1.0);
}

static const exercise_model models[] = {
    {"not-finite", FUNCTION(not_finite), "row 0 is not a number."},
    {"has-zero", FUNCTION(all_zero), "row 0 is 0."},
    {"heard", FUNCTION(zero_sum), "row 0 sums to 0, without the weights."},
    {"silent", FUNCTION(constant_twice), "both rows are constant."},
    {"others-hear", FUNCTION(opposite), "row 1 holds 1 and -1, whatever the weights are."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n)
{
    gsl_vector *weights = give_vector(p, "weights", n);
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) {
        double w = (j == 0 ? 2.0 : 0.4) + draw_uniform(p);
        gsl_vector_set(weights, j, w);
        sum += w;
    }
    gsl_vector_scale(weights, 1.0 / sum);
    want_matrix(p, "grad_weights", 2, n);
}

static void few(problem *p)
{
    make(p, 3);
}

static void many(problem *p)
{
    make(p, 5 + p->repeat % 7);
}

static const exercise_case cases[] = {
    {.name = "a row of three weights", .make = few, .points = 5},
    {.name = "longer rows", .make = many, .points = 3},
};

const exercise exercise_check = {
    .accept = accept,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
