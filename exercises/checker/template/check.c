#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef int mean_function(const gsl_matrix *x, gsl_vector *mean);
mean_function mean_of_rows;

EXERCISE_FUNCTION(mean_of_rows);

int exercise_call(problem *p, any_function *function)
{
    return ((mean_function *)function)(matrix_of(p, "x"), vector_of(p, "mean"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

static long double sum_of(const gsl_matrix *x, size_t c, size_t n)
{
    long double sum = 0.0L;
    for (size_t i = 0; i < n; i++) {
        sum += gsl_matrix_get(x, i, c);
    }
    return sum;
}

static int right(const gsl_matrix *x, gsl_vector *mean)
{
    for (size_t c = 0; c < x->size2; c++) {
        gsl_vector_set(mean, c, (double)(sum_of(x, c, x->size1) / x->size1));
    }
    return GSL_SUCCESS;
}

static int by_width(const gsl_matrix *x, gsl_vector *mean)
{
    for (size_t c = 0; c < x->size2; c++) {
        gsl_vector_set(mean, c, (double)(sum_of(x, c, x->size1) / x->size2));
    }
    return GSL_SUCCESS;
}

static int without_last(const gsl_matrix *x, gsl_vector *mean)
{
    for (size_t c = 0; c < x->size2; c++) {
        gsl_vector_set(mean, c, (double)(sum_of(x, c, x->size1 - 1) / x->size1));
    }
    return GSL_SUCCESS;
}

static const exercise_model models[] = {
    {"by-width", FUNCTION(by_width),
     "the sums were divided by the number of columns; n is the number of rows."},
    {"without-last", FUNCTION(without_last), "the last row is missing from the sums."},
};

/* ---- on what it is tried: no two sizes equal, and no number special -------------------------- */

static void make(problem *p, size_t n, size_t d)
{
    give_matrix(p, "x", n, d);
    want_vector(p, "mean", d);
}

static void small(problem *p)
{
    make(p, 2, 3);
}

static void tall(problem *p)
{
    make(p, 7 + p->repeat, 4);
}

static const exercise_case cases[] = {
    {.name = "2 rows, 3 columns", .make = small, .points = 6},
    {.name = "many rows", .make = tall, .points = 4},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
