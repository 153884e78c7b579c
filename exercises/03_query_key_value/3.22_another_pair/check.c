#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef int pair_function(const gsl_matrix *weight_q, const gsl_vector *bias_q,
                          const gsl_matrix *weight_k, const gsl_vector *bias_k, const gsl_matrix *a,
                          gsl_matrix *new_weight_q, gsl_vector *new_bias_q,
                          gsl_matrix *new_weight_k, gsl_vector *new_bias_k);
pair_function another_pair;

EXERCISE_FUNCTION(another_pair);

int exercise_call(problem *p, any_function *function)
{
    return ((pair_function *)function)(
        matrix_of(p, "weight_q"), vector_of(p, "bias_q"), matrix_of(p, "weight_k"),
        vector_of(p, "bias_k"), matrix_of(p, "a"), matrix_of(p, "new_weight_q"),
        vector_of(p, "new_bias_q"), matrix_of(p, "new_weight_k"), vector_of(p, "new_bias_k"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

enum { MOST = 8 };
typedef long double square[MOST][MOST];

/* By what the keys' matrix is multiplied. */
typedef enum { INVERSE_TRANSPOSED, INVERSE, SAME, TRANSPOSED, NOTHING } factor;

typedef struct {
    factor of_keys;
    bool keeps_biases;       /* b' = b */
    bool queries_transposed; /* W_Q A^T */
} formula;

/* Gauss and Jordan; A is diagonally dominant, so it needs no pivot. */
static void invert(size_t n, square a, square inverse)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            inverse[i][j] = i == j;
        }
    }
    for (size_t c = 0; c < n; c++) {
        long double pivot = a[c][c];
        for (size_t j = 0; j < n; j++) {
            a[c][j] /= pivot;
            inverse[c][j] /= pivot;
        }
        for (size_t i = 0; i < n; i++) {
            long double times = i == c ? 0 : a[i][c];
            for (size_t j = 0; j < n; j++) {
                a[i][j] -= times * a[c][j];
                inverse[i][j] -= times * inverse[c][j];
            }
        }
    }
}

static void make_factor(factor which, const gsl_matrix *a, square b)
{
    size_t n = a->size1;
    square copy, inverse;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            copy[i][j] = gsl_matrix_get(a, i, j);
        }
    }
    invert(n, copy, inverse);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            long double all[] = {inverse[j][i], inverse[i][j], gsl_matrix_get(a, i, j),
                                 gsl_matrix_get(a, j, i), i == j};
            b[i][j] = all[which];
        }
    }
}

static void times(const gsl_matrix *weight, const gsl_vector *bias, square b, bool keeps_bias,
                  gsl_matrix *new_weight, gsl_vector *new_bias)
{
    for (size_t j = 0; j < bias->size; j++) {
        long double of_bias = 0;
        for (size_t c = 0; c < bias->size; c++) {
            of_bias += gsl_vector_get(bias, c) * b[c][j];
        }
        gsl_vector_set(new_bias, j, keeps_bias ? gsl_vector_get(bias, j) : (double)of_bias);
        for (size_t i = 0; i < weight->size1; i++) {
            long double sum = 0;
            for (size_t c = 0; c < bias->size; c++) {
                sum += gsl_matrix_get(weight, i, c) * b[c][j];
            }
            gsl_matrix_set(new_weight, i, j, (double)sum);
        }
    }
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *weight_q, const gsl_vector *bias_q,                      \
                        const gsl_matrix *weight_k, const gsl_vector *bias_k, const gsl_matrix *a, \
                        gsl_matrix *new_weight_q, gsl_vector *new_bias_q,                          \
                        gsl_matrix *new_weight_k, gsl_vector *new_bias_k)                          \
        {                                                                                          \
            formula f = {__VA_ARGS__};                                                             \
            square b;                                                                              \
            make_factor(f.queries_transposed ? TRANSPOSED : SAME, a, b);                           \
            times(weight_q, bias_q, b, f.keeps_biases, new_weight_q, new_bias_q);                  \
            make_factor(f.of_keys, a, b);                                                          \
            times(weight_k, bias_k, b, f.keeps_biases, new_weight_k, new_bias_k);                  \
            return GSL_SUCCESS;                                                                    \
        }

MODEL(right, .of_keys = INVERSE_TRANSPOSED)
MODEL(not_transposed, .of_keys = INVERSE)
MODEL(same, .of_keys = SAME)
MODEL(transposed, .of_keys = TRANSPOSED)
MODEL(unchanged, .of_keys = NOTHING)
MODEL(keeps_biases, .of_keys = INVERSE_TRANSPOSED, .keeps_biases = true)
MODEL(wrong_side, .of_keys = INVERSE, .queries_transposed = true)

static const exercise_model models[] = {
    {"not-transposed", FUNCTION(not_transposed),
     "the keys were multiplied by the inverse of A; a transpose is missing."},
    {"same-matrix", FUNCTION(same),
     "queries and keys were both multiplied by A: that keeps the scores only if A is orthogonal."},
    {"only-transposed", FUNCTION(transposed),
     "the keys were multiplied by A transposed: that is not its inverse."},
    {"keys-unchanged", FUNCTION(unchanged),
     "the keys are as they were: then all scores change with the queries."},
    {"old-biases", FUNCTION(keeps_biases),
     "the matrices are right, and the biases are the old ones: they are part of query and key."},
    {"queries-transposed", FUNCTION(wrong_side),
     "the scores are kept, but with A transposed for the queries; the task says W_Q A."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t d_x, size_t d_m, size_t d_k)
{
    give_matrix(p, "weight_q", d_x, d_k);
    give_vector(p, "bias_q", d_k);
    give_matrix(p, "weight_k", d_m, d_k);
    give_vector(p, "bias_k", d_k);
    gsl_matrix *a = give_matrix(p, "a", d_k, d_k);
    gsl_matrix_scale(a, 0.3);
    for (size_t i = 0; i < d_k; i++) {
        gsl_matrix_set(a, i, i, 3.0 + draw_uniform(p));
    }
    want_matrix(p, "new_weight_q", d_x, d_k);
    want_vector(p, "new_bias_q", d_k);
    want_matrix(p, "new_weight_k", d_m, d_k);
    want_vector(p, "new_bias_k", d_k);
}

static void small(problem *p)
{
    make(p, 3, 4, 2);
}

static void larger(problem *p)
{
    make(p, 4, 3 + p->repeat % 4, 5);
}

static const exercise_case cases[] = {
    {.name = "two numbers a query", .make = small, .points = 6},
    {.name = "five numbers a query", .make = larger, .points = 4},
};

static long double score(problem *p, const char *weight, const char *bias, const char *weight_k,
                         const char *bias_k, size_t i, size_t j)
{
    const gsl_matrix *w_q = matrix_of(p, weight), *w_k = matrix_of(p, weight_k);
    long double sum = 0;
    for (size_t c = 0; c < w_q->size2; c++) {
        sum += ((long double)gsl_matrix_get(w_q, i, c) + gsl_vector_get(vector_of(p, bias), c)) *
               ((long double)gsl_matrix_get(w_k, j, c) + gsl_vector_get(vector_of(p, bias_k), c));
    }
    return sum;
}

/* With words that are all 0 but for a single 1. */
static const char *scores_stay(problem *p)
{
    for (size_t i = 0; i < matrix_of(p, "weight_q")->size1; i++) {
        for (size_t j = 0; j < matrix_of(p, "weight_k")->size1; j++) {
            long double off =
                score(p, "weight_q", "bias_q", "weight_k", "bias_k", i, j) -
                score(p, "new_weight_q", "new_bias_q", "new_weight_k", "new_bias_k", i, j);
            if (!(off < 1e-9L && off > -1e-9L)) {
                return "the score of two words is not what it was";
            }
        }
    }
    return NULL;
}

static exercise_property *const properties[] = {scores_stay};

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
