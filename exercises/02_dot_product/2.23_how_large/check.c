#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int predict_function(double a, double b, size_t d, gsl_vector *predicted);
predict_function predict_sizes;

EXERCISE_FUNCTION(predict_sizes);

int exercise_call(problem *p, any_function *function)
{
    return ((predict_function *)function)(number_of(p, "a"), number_of(p, "b"), size_of(p, "d"),
                                          vector_of(p, "predicted"));
}

#ifdef JUDGE

/* ---- what is right, and what a pencil does instead ------------------------------------------- */

static int fill(gsl_vector *predicted, double variance, double scaled, double factor,
                double difference)
{
    const double all[] = {variance, scaled, factor, difference};
    for (size_t n = 0; n < COUNT(all); n++) {
        gsl_vector_set(predicted, n, all[n]);
    }
    return GSL_SUCCESS;
}

/* The variance of q . k, found by adding up d variances of products. */
static double variance_of(double a, double b, size_t d)
{
    long double sum = 0.0L;
    for (size_t c = 0; c < d; c++) {
        sum += (long double)a * a * b * b;
    }
    return (double)sum;
}

static int right(double a, double b, size_t d, gsl_vector *predicted)
{
    double v = variance_of(a, b, d), scaled = v / (double)d;
    return fill(predicted, v, scaled, 1.0 / sqrt(v), sqrt(2.0 * scaled));
}

static int unsquared(double a, double b, size_t d, gsl_vector *predicted)
{
    double v = a * b * (double)d, scaled = a * b;
    return fill(predicted, v, scaled, 1.0 / sqrt(v), sqrt(2.0 * scaled));
}

static int squared_width(double a, double b, size_t d, gsl_vector *predicted)
{
    double v = variance_of(a, b, d) * (double)d, scaled = v / (double)d;
    return fill(predicted, v, scaled, 1.0 / sqrt(v), sqrt(2.0 * scaled));
}

static int scale_once(double a, double b, size_t d, gsl_vector *predicted)
{
    double v = variance_of(a, b, d), scaled = v / sqrt((double)d);
    return fill(predicted, v, scaled, 1.0 / sqrt(v), sqrt(2.0 * scaled));
}

static int always_root(double a, double b, size_t d, gsl_vector *predicted)
{
    double v = variance_of(a, b, d), scaled = v / (double)d;
    return fill(predicted, v, scaled, 1.0 / sqrt((double)d), sqrt(2.0 * scaled));
}

static int by_variance(double a, double b, size_t d, gsl_vector *predicted)
{
    double v = variance_of(a, b, d), scaled = v / (double)d;
    return fill(predicted, v, scaled, 1.0 / v, sqrt(2.0 * scaled));
}

static int cancelled(double a, double b, size_t d, gsl_vector *predicted)
{
    double v = variance_of(a, b, d), scaled = v / (double)d;
    return fill(predicted, v, scaled, 1.0 / sqrt(v), sqrt(scaled));
}

static int no_root(double a, double b, size_t d, gsl_vector *predicted)
{
    double v = variance_of(a, b, d), scaled = v / (double)d;
    return fill(predicted, v, scaled, 1.0 / sqrt(v), 2.0 * scaled);
}

static const exercise_model models[] = {
    {"not-squared", FUNCTION(unsquared),
     "a b d was taken for the variance: a and b are standard deviations."},
    {"d-squared", FUNCTION(squared_width),
     "d stands squared: it is the variances of d products that add up."},
    {"scale-once", FUNCTION(scale_once),
     "the variance was divided by sqrt(d): a factor counts twice in a variance."},
    {"always-root", FUNCTION(always_root),
     "the factor is 1 / sqrt(d): that is right for a = b = 1 only."},
    {"by-variance", FUNCTION(by_variance),
     "the factor is 1 / variance: then the variance of f q . k "
     "is 1 / variance, not 1."},
    {"one-score", FUNCTION(cancelled),
     "the difference is as large as one score: the variances of both add up."},
    {"no-root", FUNCTION(no_root), "the variance of the difference stands where its root should."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void sizes(problem *p)
{
    give_number(p, "a", (double)(20 + draw_index(p, 6)) / 10.0);
    give_number(p, "b", (double)(6 + draw_index(p, 4)) / 10.0);
    give_number(p, "d", (double)(12 + 4 * draw_index(p, 6)));
    want_vector(p, "predicted", 4);
}

static const exercise_case cases[] = {
    {.name = "the sizes of given.txt", .make = sizes, .points = 5},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .tolerance = 0.003,
    .is_fixed = true,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
