#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef int reweight_function(const gsl_matrix *weights, gsl_matrix *x);
reweight_function reweight_in_place;

EXERCISE_FUNCTION(reweight_in_place);

int exercise_call(problem *p, any_function *function)
{
    return ((reweight_function *)function)(matrix_of(p, "weights"), matrix_of(p, "x"));
}

#ifdef JUDGE

/* ---- what is right, and what half a cure does ------------------------------------------------ */

enum { MOST = 32 };

static double sum_of(const gsl_matrix *w, const gsl_matrix *x, size_t i, size_t c, bool by_columns)
{
    long double sum = 0.0L;
    for (size_t j = 0; j < x->size1; j++) {
        long double weight = by_columns ? gsl_matrix_get(w, j, i) : gsl_matrix_get(w, i, j);
        sum += weight * gsl_matrix_get(x, j, c);
    }
    return (double)sum;
}

/* All of a column at the same time. */
static void column(const gsl_matrix *w, gsl_matrix *x, size_t c, bool by_columns)
{
    double result[MOST];
    for (size_t i = 0; i < x->size1; i++) {
        result[i] = sum_of(w, x, i, c, by_columns);
    }
    for (size_t i = 0; i < x->size1; i++) {
        gsl_matrix_set(x, i, c, result[i]);
    }
}

/* One row after the other, each from what stands there by now. */
static void row(const gsl_matrix *w, gsl_matrix *x, size_t i)
{
    for (size_t c = 0; c < x->size2; c++) {
        gsl_matrix_set(x, i, c, sum_of(w, x, i, c, false));
    }
}

static int right(const gsl_matrix *weights, gsl_matrix *x)
{
    for (size_t c = 0; c < x->size2; c++) {
        column(weights, x, c, false);
    }
    return GSL_SUCCESS;
}

static int overwritten(const gsl_matrix *weights, gsl_matrix *x)
{
    for (size_t i = 0; i < x->size1; i++) {
        row(weights, x, i);
    }
    return GSL_SUCCESS;
}

static int backwards(const gsl_matrix *weights, gsl_matrix *x)
{
    for (size_t i = x->size1; i-- > 0;) {
        row(weights, x, i);
    }
    return GSL_SUCCESS;
}

static int transposed(const gsl_matrix *weights, gsl_matrix *x)
{
    for (size_t c = 0; c < x->size2; c++) {
        column(weights, x, c, true);
    }
    return GSL_SUCCESS;
}

/* The column was kept once, before the loop over columns. */
static int kept_once(const gsl_matrix *weights, gsl_matrix *x)
{
    column(weights, x, 0, false);
    for (size_t c = 1; c < x->size2; c++) {
        for (size_t i = 0; i < x->size1; i++) {
            gsl_matrix_set(x, i, c, gsl_matrix_get(x, i, 0));
        }
    }
    return GSL_SUCCESS;
}

static const exercise_model models[] = {
    {"overwritten", FUNCTION(overwritten),
     "row 1 was made from the new row 0: what is still needed has been overwritten."},
    {"backwards", FUNCTION(backwards),
     "the rows are made from the last to the first: now the others are overwritten."},
    {"transposed", FUNCTION(transposed), "x_i became the sum of w_ji x_j: the weights lie across."},
    {"kept-once", FUNCTION(kept_once),
     "all columns are the first one: the column was kept once for all of them."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t d)
{
    give_matrix(p, "weights", n, n);
    update_matrix(p, "x", n, d);
}

static void small(problem *p)
{
    make(p, 4, 3);
}

static void wide(problem *p)
{
    make(p, 3, 8 + p->repeat % 6);
}

static void tall(problem *p)
{
    make(p, 19 + p->repeat % 6, 2);
}

static const exercise_case cases[] = {
    {.name = "4 words of 3 numbers", .make = small, .points = 5},
    {.name = "more numbers than words", .make = wide, .points = 2},
    {.name = "more words than numbers", .make = tall, .points = 3},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
