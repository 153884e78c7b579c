#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int forgotten_function(const gsl_vector *x, gsl_matrix *others);
forgotten_function forgotten;

EXERCISE_FUNCTION(forgotten);

int exercise_call(problem *p, any_function *function)
{
    return ((forgotten_function *)function)(vector_of(p, "x"), matrix_of(p, "others"));
}

#ifdef JUDGE

/* ---- who judges: many answers are right ------------------------------------------------------ */

typedef struct {
    double mean, spread;
} moments;

static moments moments_of(const gsl_vector *row)
{
    long double sum = 0.0L, squares = 0.0L;
    for (size_t c = 0; c < row->size; c++) {
        sum += gsl_vector_get(row, c);
    }
    long double mean = sum / row->size;
    for (size_t c = 0; c < row->size; c++) {
        squares += (gsl_vector_get(row, c) - mean) * (gsl_vector_get(row, c) - mean);
    }
    return (moments){(double)mean, (double)sqrtl(squares / row->size)};
}

/* The largest distance between z of one row and sign times z of another. */
static double distance(const gsl_vector *row, const gsl_vector *x, double sign)
{
    moments of_row = moments_of(row), of_x = moments_of(x);
    double largest = 0.0;
    for (size_t c = 0; c < x->size; c++) {
        double z = (gsl_vector_get(row, c) - of_row.mean) / of_row.spread;
        largest = fmax(largest, fabs(z - sign * (gsl_vector_get(x, c) - of_x.mean) / of_x.spread));
    }
    return largest;
}

static const char *accept(problem *p, const char **tag)
{
    const gsl_vector *x = vector_of(p, "x");
    gsl_vector_view same = gsl_matrix_row(matrix_of(p, "others"), 0);
    gsl_vector_view turned = gsl_matrix_row(matrix_of(p, "others"), 1);
    moments of_x = moments_of(x), of_same = moments_of(&same.vector);
    moments of_turned = moments_of(&turned.vector);
    double largest = gsl_vector_max(&same.vector), smallest = gsl_vector_min(&same.vector);
    largest = fmax(largest, gsl_vector_max(&turned.vector));
    smallest = fmin(smallest, gsl_vector_min(&turned.vector));
    if (!(largest <= 100.0 && smallest >= -100.0) ||
        !(of_same.spread > 1e-6 && of_turned.spread > 1e-6)) {
        *tag = "not-a-row";
        return "a row is constant, holds a number above 100 in size, or something that is none.";
    }
    if (distance(&same.vector, x, 1.0) > 1e-9) {
        *tag = "other-z";
        return "z of row 0 is not that of x.";
    }
    if (fabs(of_same.mean - of_x.mean) < 0.1) {
        *tag = "same-mean";
        return "the mean of row 0 is nearly that of x.";
    }
    if (fabs(of_same.spread - of_x.spread) < 0.1) {
        *tag = "same-spread";
        return "the spread of row 0 is nearly that of x.";
    }
    if (distance(&turned.vector, x, -1.0) > 1e-9) {
        *tag = "not-turned";
        return "z of row 1 is not that of x with all signs turned.";
    }
    if (fabs(of_turned.mean - of_x.mean) > 1e-9) {
        *tag = "mean-moved";
        return "the mean of row 1 is not that of x.";
    }
    return NULL;
}

/* ---- what is handed in instead --------------------------------------------------------------- */

/* Row 0 is times x + shift, row 1 is around - x; or |x| + 1 in row 0, if bent. */
static int rows_of(const gsl_vector *x, gsl_matrix *others, double times, double shift,
                   double around, bool is_bent)
{
    for (size_t c = 0; c < x->size; c++) {
        double number = gsl_vector_get(x, c);
        double other = is_bent ? 3.0 * number * fabs(number) + 1.0 : times * number + shift;
        gsl_matrix_set(others, 0, c, other);
        gsl_matrix_set(others, 1, c, around - number);
    }
    return GSL_SUCCESS;
}

static int constant(const gsl_vector *x, gsl_matrix *others)
{
    return rows_of(x, others, 0.0, 1.0, 2.0 * moments_of(x).mean, false);
}

static int bent(const gsl_vector *x, gsl_matrix *others)
{
    return rows_of(x, others, 1.0, 0.0, 2.0 * moments_of(x).mean, true);
}

static int stretched(const gsl_vector *x, gsl_matrix *others)
{
    double mean = moments_of(x).mean;
    return rows_of(x, others, 3.0, -2.0 * mean, 2.0 * mean, false);
}

static int moved(const gsl_vector *x, gsl_matrix *others)
{
    return rows_of(x, others, 1.0, 1.0, 2.0 * moments_of(x).mean, false);
}

static int negative(const gsl_vector *x, gsl_matrix *others)
{
    return rows_of(x, others, 3.0, 4.0, 0.0, false);
}

static int untouched(const gsl_vector *x, gsl_matrix *others)
{
    rows_of(x, others, 3.0, 4.0, 0.0, false);
    for (size_t c = 0; c < x->size; c++) {
        gsl_matrix_set(others, 1, c, gsl_vector_get(x, c));
    }
    return GSL_SUCCESS;
}

static const exercise_model models[] = {
    {"not-a-row", FUNCTION(constant), "row 0 is constant."},
    {"other-z", FUNCTION(bent), "the numbers of row 0 are bent, not moved and stretched."},
    {"same-mean", FUNCTION(stretched), "row 0 is stretched around its mean."},
    {"same-spread", FUNCTION(moved), "row 0 is moved only."},
    {"not-turned", FUNCTION(untouched), "row 1 is x."},
    {"mean-moved", FUNCTION(negative), "row 1 is -x."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t d, double shift)
{
    gsl_vector *x = give_vector(p, "x", d);
    gsl_vector_add_constant(x, shift);
    gsl_vector_set(x, 0, shift + 2.0);
    gsl_vector_set(x, 1, shift - 1.5);
    want_matrix(p, "others", 2, d);
}

static void short_row(problem *p)
{
    make(p, 3, 0.7);
}

static void long_row(problem *p)
{
    make(p, 6 + p->repeat % 9, -4.0);
}

static const exercise_case cases[] = {
    {.name = "a row of three", .make = short_row, .points = 4},
    {.name = "longer rows, far from 0", .make = long_row, .points = 3},
};

const exercise exercise_check = {
    .accept = accept,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
