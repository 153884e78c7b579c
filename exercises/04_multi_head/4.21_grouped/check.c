#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int grouped_function(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                             size_t n_heads, size_t n_groups, gsl_matrix *weights,
                             gsl_matrix *output);
grouped_function grouped_attention;

EXERCISE_FUNCTION(grouped_attention);

int exercise_call(problem *p, any_function *function)
{
    return ((grouped_function *)function)(matrix_of(p, "q"), matrix_of(p, "k"), matrix_of(p, "v"),
                                          size_of(p, "n_heads"), size_of(p, "n_groups"),
                                          matrix_of(p, "weights"), matrix_of(p, "output"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

/* Which keys head h looks at, of G groups among H heads. */
typedef enum { NEIGHBOURS, ROUND_ROBIN, FIRST_GROUP, BY_COUNT } sharing;

typedef struct {
    sharing of_keys, of_values;
    bool scales_by_model; /* 1 / sqrt(n_heads d_k) */
    bool has_no_scale;
    bool is_interleaved; /* head h has the columns h, h + H, ... of the queries */
    bool is_unstable;    /* exp() of the score itself */
    bool is_from_zero;   /* the largest score is at least 0 */
} formula;

static size_t group_of(sharing how, size_t h, size_t n_heads, size_t n_groups)
{
    size_t all[] = {h / (n_heads / n_groups), h % n_groups, 0, h / n_groups % n_groups};
    return all[how];
}

static long double score_of(const formula *f, const gsl_matrix *q, const gsl_matrix *k, size_t h,
                            size_t g, size_t i, size_t j, size_t n_heads)
{
    size_t d_k = q->size2 / n_heads, d = f->scales_by_model ? q->size2 : d_k;
    long double sum = 0;
    for (size_t c = 0; c < d_k; c++) {
        size_t column = f->is_interleaved ? c * n_heads + h : h * d_k + c;
        sum += (long double)gsl_matrix_get(q, i, column) * gsl_matrix_get(k, j, g * d_k + c);
    }
    return f->has_no_scale ? sum : sum / sqrtl((long double)d);
}

static int by(formula f, const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
              size_t n_heads, size_t n_groups, gsl_matrix *weights, gsl_matrix *output)
{
    size_t n_q = q->size1, n_k = k->size1, d_v = v->size2 / n_groups;
    for (size_t row = 0; row < n_heads * n_q; row++) {
        size_t h = row / n_q, i = row % n_q, g = group_of(f.of_keys, h, n_heads, n_groups);
        size_t from = group_of(f.of_values, h, n_heads, n_groups);
        long double e[32], largest = f.is_from_zero ? 0 : -INFINITY, sum = 0;
        for (size_t j = 0; j < n_k; j++) {
            e[j] = score_of(&f, q, k, h, g, i, j, n_heads);
            largest = fmaxl(largest, e[j]);
        }
        for (size_t j = 0; j < n_k; j++) {
            e[j] = exp((double)(e[j] - (f.is_unstable ? 0 : largest)));
            sum += e[j];
        }
        for (size_t j = 0; j < n_k; j++) {
            gsl_matrix_set(weights, row, j, (double)(e[j] / sum));
        }
        for (size_t c = 0; c < d_v; c++) {
            long double mixed = 0;
            for (size_t j = 0; j < n_k; j++) {
                mixed += e[j] / sum * gsl_matrix_get(v, j, from * d_v + c);
            }
            gsl_matrix_set(output, i, h * d_v + c, (double)mixed);
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,             \
                        size_t n_heads, size_t n_groups, gsl_matrix *weights, gsl_matrix *output)  \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, q, k, v, n_heads, n_groups, weights, output);        \
        }

MODEL(right, .of_keys = NEIGHBOURS)
MODEL(round_robin, .of_keys = ROUND_ROBIN, .of_values = ROUND_ROBIN)
MODEL(first_group, .of_keys = FIRST_GROUP, .of_values = FIRST_GROUP)
MODEL(by_count, .of_keys = BY_COUNT, .of_values = BY_COUNT)
MODEL(other_values, .of_keys = NEIGHBOURS, .of_values = ROUND_ROBIN)
MODEL(by_model, .scales_by_model = true)
MODEL(no_scale, .has_no_scale = true)
MODEL(interleaved, .is_interleaved = true)
MODEL(unstable, .is_unstable = true)
MODEL(from_zero, .is_from_zero = true)

static const exercise_model models[] = {
    {"round-robin", FUNCTION(round_robin),
     "head h looks at keys h modulo n_groups: it is neighbours that share here."},
    {"first-group", FUNCTION(first_group), "every head looks at the first group of keys."},
    {"by-count", FUNCTION(by_count),
     "h was divided by the number of groups, not by the number of heads in a group."},
    {"other-values", FUNCTION(other_values),
     "the maps are right, and they mix the values of another group."},
    {"scale-by-model", FUNCTION(by_model),
     "the scores were divided by the root of all columns of q, not by that of one head's."},
    {"no-scale", FUNCTION(no_scale), "the factor 1 / sqrt(d_k) is missing."},
    {"interleaved", FUNCTION(interleaved),
     "head h took every n_heads-th column of q: its columns stand side by side."},
    {"no-max", FUNCTION(unstable),
     "exp() of a large score overflowed: subtract the largest score of the row first."},
    {"max-from-0", FUNCTION(from_zero),
     "the largest score started at 0, so a row of very negative scores is 0 / 0."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static gsl_matrix *make(problem *p, size_t n_q, size_t n_k, size_t d_k, size_t d_v, size_t n_heads,
                        size_t n_groups)
{
    gsl_matrix *q = give_matrix(p, "q", n_q, n_heads * d_k);
    give_matrix(p, "k", n_k, n_groups * d_k);
    give_matrix(p, "v", n_k, n_groups * d_v);
    give_number(p, "n_heads", (double)n_heads);
    give_number(p, "n_groups", (double)n_groups);
    want_matrix(p, "weights", n_heads * n_q, n_k);
    want_matrix(p, "output", n_q, n_heads * d_v);
    return q;
}

static void two_groups(problem *p)
{
    make(p, 4, 5, 2, 3, 6, 2);
}

static void three_groups(problem *p)
{
    make(p, 2 + p->repeat % 3, 7, 3, 2, 12, 3);
}

static void one_group(problem *p)
{
    make(p, 3, 4, 2, 5, 5, 1);
}

static void all_groups(problem *p)
{
    make(p, 3, 6, 2, 4, 5, 5);
}

static void large(problem *p)
{
    gsl_matrix_scale(make(p, 3, 5, 2, 4, 6, 3), 700.0);
}

/* Numbers of one sign in q, of the other in k. */
static void negative(problem *p)
{
    gsl_matrix *q = make(p, 3, 4, 2, 5, 6, 2), *k = matrix_of(p, "k");
    gsl_matrix_set_all(q, -900.0);
    for (size_t c = 0; c < k->size1 * k->size2; c++) {
        gsl_matrix_set(k, c / k->size2, c % k->size2, 1.0 + 1e-3 * draw_uniform(p));
    }
}

static const exercise_case cases[] = {
    {.name = "6 heads, 2 groups", .make = two_groups, .points = 4},
    {.name = "12 heads, 3 groups", .make = three_groups, .points = 2},
    {.name = "one group for all", .make = one_group, .points = 1},
    {.name = "a group for each head", .make = all_groups, .points = 1},
    {.name = "scores of a thousand", .make = large, .points = 1},
    {.name = "scores of minus a thousand", .make = negative, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
