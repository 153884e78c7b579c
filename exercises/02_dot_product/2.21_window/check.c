#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int window_function(const gsl_matrix *q, const gsl_matrix *k, size_t width,
                            gsl_matrix *weights);
window_function window_weights;

EXERCISE_FUNCTION(window_weights);

int exercise_call(problem *p, any_function *function)
{
    return ((window_function *)function)(matrix_of(p, "q"), matrix_of(p, "k"), size_of(p, "width"),
                                         matrix_of(p, "weights"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

/* Which formula: the defaults are right. */
typedef struct {
    long double power_of_d; /* 0.5: divide by the square root of d_k */
    bool is_top_left;       /* the first query stands at the first key */
    bool is_two_sided;      /* also the keys after the query */
    bool is_open;           /* no beginning: plain causal */
    long extra;             /* keys too many at the beginning */
    bool is_masked_after;   /* the softmax ran over all keys */
    bool is_unstable;       /* exp() of the score itself */
    bool is_from_zero;      /* the largest score is at least 0 */
} formula;

static bool sees(const formula *f, long position, long j, long width)
{
    long distance = position - j;
    bool is_near = f->is_open || distance < width + f->extra;
    return f->is_two_sided ? labs(distance) < width : distance >= 0 && is_near;
}

static int by(formula f, const gsl_matrix *q, const gsl_matrix *k, size_t width,
              gsl_matrix *weights)
{
    size_t n_q = q->size1, n_k = k->size1, d_k = q->size2;
    for (size_t i = 0; i < n_q; i++) {
        long position = (long)(f.is_top_left ? i : i + n_k - n_q);
        long double score[64], largest = f.is_from_zero ? 0 : -INFINITY, sum = 0;
        for (size_t j = 0; j < n_k; j++) {
            score[j] = 0;
            for (size_t c = 0; c < d_k; c++) {
                score[j] += (long double)gsl_matrix_get(q, i, c) * gsl_matrix_get(k, j, c);
            }
            score[j] /= powl((long double)d_k, f.power_of_d);
            bool counts = f.is_masked_after || sees(&f, position, (long)j, (long)width);
            largest = counts && score[j] > largest ? score[j] : largest;
        }
        for (size_t j = 0; j < n_k; j++) {
            bool counts = f.is_masked_after || sees(&f, position, (long)j, (long)width);
            score[j] = exp((double)(score[j] - (f.is_unstable ? 0 : largest)));
            sum += counts ? score[j] : 0;
        }
        for (size_t j = 0; j < n_k; j++) {
            bool is_seen = sees(&f, position, (long)j, (long)width);
            gsl_matrix_set(weights, i, j, is_seen ? (double)(score[j] / sum) : 0.0);
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *q, const gsl_matrix *k, size_t width,                    \
                        gsl_matrix *weights)                                                       \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, q, k, width, weights);                               \
        }

MODEL(right, .power_of_d = 0.5L)
MODEL(no_scale, .power_of_d = 0.0L)
MODEL(scale_by_d, .power_of_d = 1.0L)
MODEL(top_left, .power_of_d = 0.5L, .is_top_left = true)
MODEL(two_sided, .power_of_d = 0.5L, .is_two_sided = true)
MODEL(open, .power_of_d = 0.5L, .is_open = true)
MODEL(one_too_many, .power_of_d = 0.5L, .extra = 1)
MODEL(one_too_few, .power_of_d = 0.5L, .extra = -1)
MODEL(masked_after, .power_of_d = 0.5L, .is_masked_after = true)
MODEL(unstable, .power_of_d = 0.5L, .is_unstable = true)
MODEL(from_zero, .power_of_d = 0.5L, .is_from_zero = true)

static const exercise_model models[] = {
    {"no-scale", FUNCTION(no_scale),
     "the softmax of q . k itself: the factor 1 / sqrt(d_k) is missing."},
    {"scale-by-d", FUNCTION(scale_by_d),
     "the scores were divided by d_k; it is the square root of d_k."},
    {"top-left", FUNCTION(top_left),
     "the first query stands at the first key; here the last stands at the last."},
    {"two-sided", FUNCTION(two_sided),
     "the window reaches into the future: keys after the query are seen."},
    {"no-window", FUNCTION(open), "every key of the past is seen: the window has no beginning."},
    {"one-too-many", FUNCTION(one_too_many),
     "the window holds width + 1 keys: the query's own position counts as one of width."},
    {"one-too-few", FUNCTION(one_too_few),
     "the window holds width - 1 keys: the query sees its own position, too."},
    {"mask-after", FUNCTION(masked_after),
     "the softmax ran over all keys, and the mask came afterwards: rows sum to less than 1."},
    {"no-max", FUNCTION(unstable),
     "exp() of a large score overflowed: subtract the largest score of the window first."},
    {"max-from-0", FUNCTION(from_zero),
     "the largest score started at 0, so a row of very negative scores is 0 / 0."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n_q, size_t n_k, size_t d_k, size_t width, double size)
{
    gsl_matrix *q = give_matrix(p, "q", n_q, d_k);
    give_matrix(p, "k", n_k, d_k);
    give_number(p, "width", (double)width);
    want_matrix(p, "weights", n_q, n_k);
    gsl_matrix_scale(q, size);
}

static void small(problem *p)
{
    make(p, 3, 5, 4, 3, 1.0);
}

static void square(problem *p)
{
    make(p, 6, 6, 2, 2 + p->repeat % 3, 1.0);
}

static void wide(problem *p)
{
    make(p, 4, 7, 5, 20, 1.0);
}

static void large(problem *p)
{
    make(p, 5, 9, 4, 4, 600.0);
}

/* One number decides the sign of every score. */
static void negative(problem *p)
{
    make(p, 3, 4, 1, 2, 1.0);
    gsl_matrix_set_all(matrix_of(p, "q"), -900.0);
    for (size_t j = 0; j < 4; j++) {
        gsl_matrix_set(matrix_of(p, "k"), j, 0, 1.0 + 1e-3 * draw_uniform(p));
    }
}

static const exercise_case cases[] = {
    {.name = "3 queries, 5 keys, a window of 3", .make = small, .points = 5},
    {.name = "as many queries as keys", .make = square, .points = 2},
    {.name = "a window wider than the text", .make = wide, .points = 1},
    {.name = "scores of a thousand", .make = large, .points = 1},
    {.name = "scores of minus 900", .make = negative, .points = 1},
};

static const char *rows_sum_to_1(problem *p)
{
    const gsl_matrix *weights = matrix_of(p, "weights");
    for (size_t i = 0; i < weights->size1; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < weights->size2; j++) {
            sum += gsl_matrix_get(weights, i, j);
        }
        if (!(fabs(sum - 1.0) < 1e-9)) {
            return "a row of weights does not sum to 1";
        }
    }
    return NULL;
}

static exercise_property *const properties[] = {rows_sum_to_1};

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
