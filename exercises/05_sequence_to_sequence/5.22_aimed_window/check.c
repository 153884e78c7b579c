#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int aimed_function(const gsl_matrix *scores, const gsl_vector *centre, double half_width,
                           size_t length, gsl_matrix *weights);
aimed_function aimed_weights;

EXERCISE_FUNCTION(aimed_weights);

int exercise_call(problem *p, any_function *function)
{
    return ((aimed_function *)function)(matrix_of(p, "scores"), vector_of(p, "centre"),
                                        number_of(p, "half_width"), size_of(p, "length"),
                                        matrix_of(p, "weights"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

typedef struct {
    bool is_flat;      /* no bell curve */
    bool is_of_paper;  /* the bell curve afterwards: rows sum to less than 1 */
    bool has_no_half;  /* sigma = half_width */
    bool has_no_two;   /* (j - centre)^2 / sigma^2 */
    bool has_no_rim;   /* all states, not only those of the window */
    bool sees_padding; /* also states behind the length */
    bool is_rounded;   /* a centre that is a whole number */
    bool is_unstable;  /* exp() of the score itself */
    bool has_nan;      /* 0 / 0 where the window holds nothing */
} formula;

static long double bell(const formula *f, long double distance, long double half_width)
{
    long double sigma = f->has_no_half ? half_width : half_width / 2;
    long double exponent = distance * distance / ((f->has_no_two ? 1 : 2) * sigma * sigma);
    return f->is_flat ? 0 : exponent;
}

static void row(const formula *f, const gsl_matrix *scores, size_t t, long double centre,
                long double half_width, size_t length, gsl_matrix *weights)
{
    size_t n_k = scores->size2;
    long double e[32], curve[32], largest = -INFINITY, sum = 0;
    for (size_t j = 0; j < n_k; j++) {
        long double distance = fabsl((long double)j - centre);
        bool is_near = f->has_no_rim || distance <= half_width;
        curve[j] = bell(f, distance, half_width);
        e[j] = gsl_matrix_get(scores, t, j) - (f->is_of_paper ? 0 : curve[j]);
        e[j] = is_near && (f->sees_padding || j < length) ? e[j] : -INFINITY;
        largest = fmaxl(largest, e[j]);
    }
    for (size_t j = 0; j < n_k; j++) {
        bool is_hidden = isinf(e[j]);
        e[j] = is_hidden ? 0 : exp((double)(e[j] - (f->is_unstable ? 0 : largest)));
        sum += e[j];
    }
    for (size_t j = 0; j < n_k; j++) {
        long double weight = sum == 0 && !f->has_nan ? 0 : e[j] / sum;
        weight *= f->is_of_paper ? expl(-curve[j]) : 1;
        gsl_matrix_set(weights, t, j, (double)weight);
    }
}

static int by(formula f, const gsl_matrix *scores, const gsl_vector *centre, double half_width,
              size_t length, gsl_matrix *weights)
{
    for (size_t t = 0; t < scores->size1; t++) {
        double at = gsl_vector_get(centre, t);
        row(&f, scores, t, f.is_rounded ? round(at) : at, half_width, length, weights);
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *scores, const gsl_vector *centre, double half_width,     \
                        size_t length, gsl_matrix *weights)                                        \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, scores, centre, half_width, length, weights);        \
        }

MODEL(right, .is_flat = false)
MODEL(flat, .is_flat = true)
MODEL(of_paper, .is_of_paper = true)
MODEL(no_half, .has_no_half = true)
MODEL(no_two, .has_no_two = true)
MODEL(no_rim, .has_no_rim = true)
MODEL(sees_padding, .sees_padding = true)
MODEL(rounded, .is_rounded = true)
MODEL(unstable, .is_unstable = true)
MODEL(nan_row, .has_nan = true)

static const exercise_model models[] = {
    {"no-bell", FUNCTION(flat), "all states of the window count alike: the bell curve is missing."},
    {"as-in-the-paper", FUNCTION(of_paper),
     "the bell curve came after the softmax, as in the paper: rows sum to less than 1."},
    {"sigma-too-wide", FUNCTION(no_half), "sigma is the half width itself; it is one half of it."},
    {"no-two", FUNCTION(no_two), "the exponent lacks the 2 in front of sigma squared."},
    {"no-rim", FUNCTION(no_rim), "states outside of the window got weights, small as they are."},
    {"sees-padding", FUNCTION(sees_padding), "states behind the length got weights."},
    {"rounded", FUNCTION(rounded), "the centre was rounded: it may lie between two states."},
    {"no-max", FUNCTION(unstable),
     "exp() of a large score overflowed: subtract the largest exponent of the window first."},
    {"nan-row", FUNCTION(nan_row),
     "a window that holds no real state gave 0 / 0: such a row is all 0."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static gsl_matrix *make(problem *p, size_t n_q, size_t n_k, double half_width, size_t length)
{
    gsl_matrix *scores = give_matrix(p, "scores", n_q, n_k);
    gsl_vector *centre = give_vector(p, "centre", n_q);
    for (size_t t = 0; t < n_q; t++) {
        gsl_vector_set(centre, t, (double)length * draw_uniform(p));
    }
    give_number(p, "half_width", half_width);
    give_number(p, "length", (double)length);
    want_matrix(p, "weights", n_q, n_k);
    return scores;
}

static void small(problem *p)
{
    make(p, 3, 7, 2.0, 6);
}

static void wide(problem *p)
{
    make(p, 4, 9, 3.5, 5 + p->repeat % 4);
}

static void large(problem *p)
{
    gsl_matrix_scale(make(p, 5, 8, 2.5, 8), 800.0);
}

static void negative(problem *p)
{
    gsl_matrix_add_constant(make(p, 4, 6, 2.0, 5), -900.0);
}

static void beyond(problem *p)
{
    make(p, 3, 8, 1.5, 5);
    gsl_vector_set(vector_of(p, "centre"), p->repeat % 3, 6.7);
}

static const exercise_case cases[] = {
    {.name = "3 rows, 7 states, 6 of them real", .make = small, .points = 5},
    {.name = "a wide window", .make = wide, .points = 2},
    {.name = "scores of a thousand", .make = large, .points = 1},
    {.name = "scores of minus 900", .make = negative, .points = 1},
    {.name = "a window behind the last real state", .make = beyond, .points = 1},
};

static const char *rows_sum_to_1_or_0(problem *p)
{
    const gsl_matrix *weights = matrix_of(p, "weights");
    for (size_t t = 0; t < weights->size1; t++) {
        double sum = 0.0;
        for (size_t j = 0; j < weights->size2; j++) {
            sum += gsl_matrix_get(weights, t, j);
        }
        if (!(fabs(sum - 1.0) < 1e-9 || sum == 0.0)) {
            return "a row of weights sums neither to 1 nor to 0";
        }
    }
    return NULL;
}

static exercise_property *const properties[] = {rows_sum_to_1_or_0};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
    .properties = properties,
    .n_properties = COUNT(properties),
};

#endif
