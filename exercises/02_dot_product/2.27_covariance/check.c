#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int lean_function(const gsl_vector *q, const gsl_matrix *k, const gsl_matrix *v,
                          double scale, gsl_matrix *lean);
lean_function lean_on_query;

EXERCISE_FUNCTION(lean_on_query);

int exercise_call(problem *p, any_function *function)
{
    return ((lean_function *)function)(vector_of(p, "q"), matrix_of(p, "k"), matrix_of(p, "v"),
                                       number_of(p, "scale"), matrix_of(p, "lean"));
}

#ifdef JUDGE

/* ---- what is right, by the chain rule, and what is wrong in one point ------------------------- */

enum { MOST = 64 };

/* Which formula: the defaults are right. */
typedef struct {
    bool is_unscaled;   /* the inner derivative forgotten */
    bool is_diagonal;   /* dp_j/ds_j alone: weights do not give way to each other */
    bool is_uncentered; /* the sum of p v k^T */
    bool is_plain_mean; /* centered by the mean in which all keys count alike */
    bool is_keys_only;  /* keys in place of values where they can be */
    bool is_unstable;
} formula;

static void weights_of(const formula *f, const gsl_vector *q, const gsl_matrix *k,
                       long double scale, long double *p)
{
    long double largest = -INFINITY, sum = 0.0L;
    for (size_t j = 0; j < k->size1; j++) {
        p[j] = 0.0L;
        for (size_t b = 0; b < q->size; b++) {
            p[j] += scale * gsl_vector_get(q, b) * gsl_matrix_get(k, j, b);
        }
        largest = p[j] > largest ? p[j] : largest;
    }
    for (size_t j = 0; j < k->size1; j++) {
        p[j] = exp((double)(p[j] - (f->is_unstable ? 0.0L : largest)));
        sum += p[j];
    }
    for (size_t j = 0; j < k->size1; j++) {
        p[j] /= sum;
    }
}

/* dp_l/dq_b = scale p_l (k_lb - sum_j p_j k_jb), the chain rule through all scores */
static long double slope(const formula *f, const long double *p, const gsl_matrix *k, size_t l,
                         size_t b)
{
    long double mean = 0.0L, own = gsl_matrix_get(k, l, b);
    for (size_t j = 0; j < k->size1; j++) {
        mean += (f->is_plain_mean ? 1.0L / k->size1 : p[j]) * gsl_matrix_get(k, j, b);
    }
    if (f->is_diagonal) {
        return p[l] * (1.0L - p[l]) * own;
    }
    return p[l] * (own - (f->is_uncentered ? 0.0L : mean));
}

static int by(formula f, const gsl_vector *q, const gsl_matrix *k, const gsl_matrix *v,
              double scale, gsl_matrix *lean)
{
    long double p[MOST];
    weights_of(&f, q, k, scale, p);
    for (size_t a = 0; a < v->size2; a++) {
        for (size_t b = 0; b < k->size2; b++) {
            long double sum = 0.0L;
            for (size_t l = 0; l < k->size1; l++) {
                double value =
                    gsl_matrix_get(f.is_keys_only ? k : v, l, f.is_keys_only ? a % k->size2 : a);
                sum += slope(&f, p, k, l, b) * value;
            }
            gsl_matrix_set(lean, a, b, (double)(f.is_unscaled ? sum : scale * sum));
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_vector *q, const gsl_matrix *k, const gsl_matrix *v,             \
                        double scale, gsl_matrix *lean)                                            \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, q, k, v, scale, lean);                               \
        }

MODEL(right, .is_unscaled = false)
MODEL(unscaled, .is_unscaled = true)
MODEL(diagonal, .is_diagonal = true)
MODEL(uncentered, .is_uncentered = true)
MODEL(plain_mean, .is_plain_mean = true)
MODEL(keys_only, .is_keys_only = true)
MODEL(unstable, .is_unstable = true)

static const exercise_model models[] = {
    {"no-scale", FUNCTION(unscaled),
     "the scale acts on the weights, but its own derivative, a factor, is missing."},
    {"diagonal", FUNCTION(diagonal),
     "p (1 - p) is how a weight answers to its own score; it answers to all the others, too."},
    {"not-centered", FUNCTION(uncentered),
     "the sum of p_j v_j k_j^T: the means under the weights were not subtracted."},
    {"plain-mean", FUNCTION(plain_mean),
     "the mean that was subtracted counts all keys alike, not by their weights."},
    {"keys-only", FUNCTION(keys_only), "the covariance of the keys alone: y is made of values."},
    {"no-max", FUNCTION(unstable),
     "exp() of a large score overflowed: subtract the largest score first."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t d_k, size_t d_v, double size)
{
    gsl_vector_scale(give_vector(p, "q", d_k), size);
    give_matrix(p, "k", n, d_k);
    give_matrix(p, "v", n, d_v);
    give_number(p, "scale", 0.3 + 0.5 * draw_uniform(p));
    want_matrix(p, "lean", d_v, d_k);
}

static void small(problem *p)
{
    make(p, 5, 3, 4, 1.0);
}

static void many(problem *p)
{
    make(p, 40 + p->repeat % 6, 7, 2, 1.0);
}

/* All scores are near 900, or near -900. */
static void large(problem *p)
{
    make(p, 6, 2, 3, 1.0);
    double score = p->repeat % 2 == 0 ? 900.0 : -900.0;
    gsl_vector_set(vector_of(p, "q"), 0, score / number_of(p, "scale"));
    for (size_t j = 0; j < 6; j++) {
        gsl_matrix_set(matrix_of(p, "k"), j, 0, 1.0 + 1e-3 * draw_normal(p));
    }
}

static void few(problem *p)
{
    make(p, 2, 5, 3, 0.5);
}

static const exercise_case cases[] = {
    {.name = "5 keys of 3 numbers, values of 4", .make = small, .points = 5},
    {.name = "40 keys and more", .make = many, .points = 2},
    {.name = "two keys", .make = few, .points = 1},
    {.name = "scores of 900 and of -900", .make = large, .points = 2},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .tolerance = 1e-8,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
