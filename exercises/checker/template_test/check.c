#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int mean_function(const gsl_matrix *x, gsl_vector *mean);
typedef int check_function(mean_function *mean_of_rows);
check_function check_mean;

EXERCISE_FUNCTION(check_mean);

/* The arguments of the function under test. Same letter, same size. */
static const question_part exercise_parts[] = {
    {"x", ARRAY_GIVEN, 'n', 'd'},
    {"mean", ARRAY_UPDATED, 'd', 0},
};

#ifdef CHILD

static int exercise_ask(const gsl_matrix *x, gsl_vector *mean)
{
    return ask(exercise_parts, COUNT(exercise_parts), (void *[]){(void *)x, mean});
}

int exercise_call(problem *p, any_function *function)
{
    (void)p;
    return ((check_function *)function)(exercise_ask);
}

#else

int exercise_call(problem *p, any_function *function)
{
    return ((mean_function *)function)(matrix_of(p, "x"), vector_of(p, "mean"));
}

#endif

#ifdef JUDGE

/* ---- the right function, and mutants of it --------------------------------------------------- */

static double sum_of(const gsl_matrix *x, size_t c, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += gsl_matrix_get(x, i, c);
    }
    return sum;
}

static int right(const gsl_matrix *x, gsl_vector *mean)
{
    for (size_t c = 0; c < x->size2; c++) {
        gsl_vector_set(mean, c, sum_of(x, c, x->size1) / (double)x->size1);
    }
    return GSL_SUCCESS;
}

static int by_width(const gsl_matrix *x, gsl_vector *mean)
{
    for (size_t c = 0; c < x->size2; c++) {
        gsl_vector_set(mean, c, sum_of(x, c, x->size1) / (double)x->size2);
    }
    return GSL_SUCCESS;
}

static int without_last(const gsl_matrix *x, gsl_vector *mean)
{
    for (size_t c = 0; c < x->size2; c++) {
        gsl_vector_set(mean, c, sum_of(x, c, x->size1 - 1) / (double)x->size1);
    }
    return GSL_SUCCESS;
}

static int added(const gsl_matrix *x, gsl_vector *mean)
{
    for (size_t c = 0; c < x->size2; c++) {
        double before = gsl_vector_get(mean, c);
        gsl_vector_set(mean, c, before + sum_of(x, c, x->size1) / (double)x->size1);
    }
    return GSL_SUCCESS;
}

static const exercise_model mutants[] = {
    {"by-width", FUNCTION(by_width), "it divides by the number of columns."},
    {"without-last", FUNCTION(without_last), "it leaves out the last row."},
    {"added", FUNCTION(added), "it adds to what stood in mean before."},
};

/* ---- checks that learners do write: their tags are those that they get ------------------------ */

/* The mean of a matrix of this size, against the same loop, to within a tolerance. */
static int compare(mean_function *mean_of_rows, size_t n, size_t d, double step, double tolerance)
{
    gsl_matrix *x = gsl_matrix_alloc(n, d);
    gsl_vector *mean = gsl_vector_calloc(d);
    int failed = 0;
    for (size_t cell = 0; cell < n * d; cell++) {
        gsl_matrix_set(x, cell / d, cell % d, 0.7 + step * sin(1.0 + (double)cell));
    }
    mean_of_rows(x, mean);
    for (size_t c = 0; c < d; c++) {
        double off = fabs(gsl_vector_get(mean, c) - sum_of(x, c, n) / (double)n);
        failed = off <= tolerance ? failed : 1;
    }
    gsl_matrix_free(x);
    gsl_vector_free(mean);
    return failed;
}

static int square_only(mean_function *f)
{
    return compare(f, 3, 3, 1.0, 1e-9);
}

static int constant_data(mean_function *f)
{
    return compare(f, 4, 4, 0.0, 1e-9);
}

static int exact(mean_function *f)
{
    return compare(f, 5, 3, 1.0, 0.0);
}

static int fresh_output(mean_function *f)
{
    return compare(f, 2, 3, 1.0, 1e-9);
}

static int never_right(mean_function *f)
{
    compare(f, 2, 3, 1.0, 1e-9);
    return 1;
}

static const exercise_model models[] = {
    {"square-only", FUNCTION(square_only), "all matrices are square."},
    {"constant-data", FUNCTION(constant_data), "all numbers are the same."},
    {"exact-equality", FUNCTION(exact), "numbers are compared with ==."},
    {"added", FUNCTION(fresh_output), "the result begins with zeros."},
    {"rejects-right", FUNCTION(never_right), "nothing is accepted."},
};

static const exercise_case cases[] = {
    {.name = "what is right is accepted", .points = 4},
    {.name = "wrong means are rejected", .points = 6, MUTANTS(mutants)},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .parts = exercise_parts,
    .n_parts = COUNT(exercise_parts),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
