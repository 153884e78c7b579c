#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int reweight_function(const gsl_matrix *scores, const gsl_matrix *values,
                              gsl_matrix *weights, gsl_matrix *output);
typedef int check_function(reweight_function *reweight);
check_function check_reweighting;

EXERCISE_FUNCTION(check_reweighting);

static const question_part exercise_parts[] = {
    {"scores", ARRAY_GIVEN, 'm', 'n'},
    {"values", ARRAY_GIVEN, 'n', 'd'},
    {"weights", ARRAY_UPDATED, 'm', 'n'},
    {"output", ARRAY_UPDATED, 'm', 'd'},
};

#ifdef CHILD

static int exercise_ask(const gsl_matrix *scores, const gsl_matrix *values, gsl_matrix *weights,
                        gsl_matrix *output)
{
    void *const arguments[] = {(void *)scores, (void *)values, weights, output};
    return ask(exercise_parts, COUNT(exercise_parts), arguments);
}

int exercise_call(problem *p, any_function *function)
{
    (void)p;
    return ((check_function *)function)(exercise_ask);
}

#else

int exercise_call(problem *p, any_function *function)
{
    return ((reweight_function *)function)(matrix_of(p, "scores"), matrix_of(p, "values"),
                                           matrix_of(p, "weights"), matrix_of(p, "output"));
}

#endif

#ifdef JUDGE

/* ---- the right function, and six that are wrong in one point --------------------------------- */

/* Which formula: the defaults are right. */
typedef struct {
    bool by_column;   /* divided by the sum of its column */
    bool sum_carried; /* the sum is not set to 0 for the next row */
    bool is_softmax;  /* exponentials first */
    bool is_raw;      /* the output is mixed with scores */
    bool is_added;    /* the output is added to what stood there */
    bool is_short;    /* only as many keys are mixed as a value has numbers */
} formula;

static double term(formula f, const gsl_matrix *scores, size_t i, size_t j)
{
    double s = gsl_matrix_get(scores, i, j);
    return f.is_softmax ? exp(s) : s;
}

static void weigh(formula f, const gsl_matrix *scores, gsl_matrix *weights)
{
    double sum = 0.0;
    for (size_t i = 0; i < scores->size1; i++) {
        sum = f.sum_carried ? sum : 0.0;
        for (size_t j = 0; j < scores->size2; j++) {
            sum += term(f, scores, i, j);
        }
        for (size_t j = 0; j < scores->size2; j++) {
            double of_column = 0.0;
            for (size_t l = 0; l < scores->size1; l++) {
                of_column += term(f, scores, l, j);
            }
            gsl_matrix_set(weights, i, j, term(f, scores, i, j) / (f.by_column ? of_column : sum));
        }
    }
}

static int by(formula f, const gsl_matrix *scores, const gsl_matrix *values, gsl_matrix *weights,
              gsl_matrix *output)
{
    size_t n = values->size1, d = values->size2;
    weigh(f, scores, weights);
    for (size_t i = 0; i < scores->size1; i++) {
        for (size_t c = 0; c < d; c++) {
            double y = f.is_added ? gsl_matrix_get(output, i, c) : 0.0;
            for (size_t j = 0; j < (f.is_short && d < n ? d : n); j++) {
                y += gsl_matrix_get(f.is_raw ? scores : weights, i, j) *
                     gsl_matrix_get(values, j, c);
            }
            gsl_matrix_set(output, i, c, y);
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *scores, const gsl_matrix *values, gsl_matrix *weights,   \
                        gsl_matrix *output)                                                        \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, scores, values, weights, output);                    \
        }

MODEL(right, .by_column = false)
MODEL(by_column, .by_column = true)
MODEL(sum_carried, .sum_carried = true)
MODEL(softmax, .is_softmax = true)
MODEL(raw, .is_raw = true)
MODEL(added, .is_added = true)
MODEL(too_short, .is_short = true)

static const exercise_model wrong_weights[] = {
    {"by-column", FUNCTION(by_column), "it divides by the sum of the column, not of the row."},
    {"sum-carried", FUNCTION(sum_carried), "its sum goes on from row to row."},
    {"softmax", FUNCTION(softmax), "it divides exponentials of the scores by their sum."},
};
static const exercise_model wrong_outputs[] = {
    {"too-short", FUNCTION(too_short), "it mixes as many keys as a value has numbers, no more."},
    {"scores-mixed", FUNCTION(raw), "its weights are right, but it mixes with the scores."},
    {"not-zeroed", FUNCTION(added), "it adds the output to what stood there."},
};

/* ---- checks that learners do write: their tags are those that they get ------------------------ */

typedef struct {
    size_t m, n, d;
    double step;       /* how different the numbers are */
    double tolerance;  /* for all comparisons */
    double before;     /* what stands in the output */
    bool weights_only; /* the output is not looked at */
    bool is_unsummed;  /* asks for the scores themselves as weights */
} plan;

static void fill(gsl_matrix *a, double step)
{
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < a->size2; j++) {
            gsl_matrix_set(a, i, j, 1.5 + step * sin(1.0 + 1.7 * (double)(i * a->size2 + j)));
        }
    }
}

static bool differ(const gsl_matrix *got, const gsl_matrix *want, double tolerance)
{
    bool ok = true;
    for (size_t i = 0; i < got->size1; i++) {
        for (size_t j = 0; j < got->size2; j++) {
            ok = ok && fabs(gsl_matrix_get(got, i, j) - gsl_matrix_get(want, i, j)) <= tolerance;
        }
    }
    return !ok;
}

static int carry_out(plan how, reweight_function *reweight)
{
    gsl_matrix *scores = gsl_matrix_alloc(how.m, how.n), *values = gsl_matrix_alloc(how.n, how.d);
    gsl_matrix *weights = gsl_matrix_calloc(how.m, how.n), *p = gsl_matrix_calloc(how.m, how.n);
    gsl_matrix *output = gsl_matrix_calloc(how.m, how.d), *y = gsl_matrix_calloc(how.m, how.d);
    fill(scores, how.step);
    fill(values, how.step);
    gsl_matrix_set_all(output, how.before);
    reweight(scores, values, weights, output);
    right(scores, values, p, y);
    int failed = differ(weights, how.is_unsummed ? scores : p, how.tolerance) ? 1
                 : !how.weights_only && differ(output, y, how.tolerance)      ? 2
                                                                              : 0;
    gsl_matrix *const all[] = {scores, values, weights, p, output, y};
    for (size_t n = 0; n < COUNT(all); n++) {
        gsl_matrix_free(all[n]);
    }
    return failed;
}

#    define PLAN(name, ...)                                                                        \
        static int name(reweight_function *reweight)                                               \
        {                                                                                          \
            return carry_out((plan){__VA_ARGS__}, reweight);                                       \
        }

PLAN(square_only, .m = 4, .n = 4, .d = 4, .step = 1.0, .before = 9.0, .tolerance = 1e-9)
PLAN(constant, .m = 2, .n = 3, .d = 3, .before = 9.0, .tolerance = 1e-9)
PLAN(exact, .m = 2, .n = 5, .d = 3, .step = 1.0, .before = 9.0, .tolerance = 0.0)
PLAN(unsummed, .m = 2, .n = 5, .d = 3, .step = 1.0, .before = 9.0, .is_unsummed = true,
     .tolerance = 1e-9)
PLAN(one_query, .m = 1, .n = 5, .d = 3, .step = 1.0, .before = 9.0, .tolerance = 1e-9)
PLAN(weights_only, .m = 2, .n = 5, .d = 3, .step = 1.0, .weights_only = true, .tolerance = 1e-9)
PLAN(fresh, .m = 2, .n = 5, .d = 3, .step = 1.0, .tolerance = 1e-9)
PLAN(generous, .m = 2, .n = 5, .d = 3, .step = 0.1, .tolerance = 0.3, .before = 9.0)

static const exercise_model models[] = {
    {"square-only", FUNCTION(square_only), "all matrices are square."},
    {"constant-data", FUNCTION(constant), "all numbers are the same."},
    {"exact-equality", FUNCTION(exact), "numbers are compared with ==."},
    {"rejects-right", FUNCTION(unsummed), "the scores are taken for weights."},
    {"sum-carried", FUNCTION(one_query), "there is one query only."},
    {"too-short", FUNCTION(weights_only), "the output is not looked at."},
    {"not-zeroed", FUNCTION(fresh), "the output begins with zeros."},
    {"softmax", FUNCTION(generous), "a difference of 0.3 is allowed."},
};

static const exercise_case cases[] = {
    {.name = "what is right is accepted", .points = 4},
    {.name = "wrong weights are rejected", .points = 3, MUTANTS(wrong_weights)},
    {.name = "wrong outputs are rejected", .points = 3, MUTANTS(wrong_outputs)},
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
