#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef int tied_function(const gsl_matrix *x, const gsl_matrix *weight, double scale,
                          const gsl_matrix *grad_scores, gsl_matrix *grad_x,
                          gsl_matrix *grad_weight);
tied_function tied_backward;

EXERCISE_FUNCTION(tied_backward);

int exercise_call(problem *p, any_function *function)
{
    return ((tied_function *)function)(matrix_of(p, "x"), matrix_of(p, "weight"),
                                       number_of(p, "scale"), matrix_of(p, "grad_scores"),
                                       matrix_of(p, "grad_x"), matrix_of(p, "grad_weight"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

/* Which formula: dQ = scale (of_queries dS + of_keys dS^T) Q, with 1 and 1 right. */
typedef struct {
    long double of_queries, of_keys;
    bool has_no_scale;
    bool is_overwritten; /* the gradients of W and X are set, not added to */
    bool forgets_x;      /* only W gets a gradient */
    bool gives_x_once;   /* W gets both terms, X the first of them */
} formula;

enum { MOST = 16 };

static long double product(const gsl_matrix *x, const gsl_matrix *weight, size_t i, size_t c)
{
    long double sum = 0;
    for (size_t a = 0; a < x->size2; a++) {
        sum += (long double)gsl_matrix_get(x, i, a) * gsl_matrix_get(weight, a, c);
    }
    return sum;
}

static void grad_of_q(const formula *f, const gsl_matrix *x, const gsl_matrix *weight,
                      long double scale, const gsl_matrix *grad_scores,
                      long double grad_q[MOST][MOST])
{
    for (size_t i = 0; i < x->size1; i++) {
        for (size_t c = 0; c < weight->size2; c++) {
            grad_q[i][c] = 0;
            for (size_t j = 0; j < x->size1; j++) {
                long double both = f->of_queries * gsl_matrix_get(grad_scores, i, j) +
                                   f->of_keys * gsl_matrix_get(grad_scores, j, i);
                grad_q[i][c] += (f->has_no_scale ? 1 : scale) * both * product(x, weight, j, c);
            }
        }
    }
}

static void add(const formula *f, gsl_matrix *to, size_t i, size_t j, long double sum)
{
    gsl_matrix_set(to, i, j, (double)(sum + (f->is_overwritten ? 0 : gsl_matrix_get(to, i, j))));
}

static int by(formula f, const gsl_matrix *x, const gsl_matrix *weight, double scale,
              const gsl_matrix *grad_scores, gsl_matrix *grad_x, gsl_matrix *grad_weight)
{
    long double grad_q[MOST][MOST];
    grad_of_q(&f, x, weight, scale, grad_scores, grad_q);
    for (size_t a = 0; a < x->size2; a++) {
        for (size_t c = 0; c < weight->size2; c++) {
            long double sum = 0;
            for (size_t i = 0; i < x->size1; i++) {
                sum += gsl_matrix_get(x, i, a) * grad_q[i][c];
            }
            add(&f, grad_weight, a, c, sum);
        }
    }
    f.of_keys = f.gives_x_once ? 0 : f.of_keys;
    grad_of_q(&f, x, weight, scale, grad_scores, grad_q);
    for (size_t i = 0; i < x->size1; i++) {
        for (size_t a = 0; a < x->size2; a++) {
            long double sum = 0;
            for (size_t c = 0; c < weight->size2; c++) {
                sum += grad_q[i][c] * gsl_matrix_get(weight, a, c);
            }
            add(&f, grad_x, i, a, f.forgets_x ? 0 : sum);
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *x, const gsl_matrix *weight, double scale,               \
                        const gsl_matrix *grad_scores, gsl_matrix *grad_x,                         \
                        gsl_matrix *grad_weight)                                                   \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, x, weight, scale, grad_scores, grad_x, grad_weight); \
        }

MODEL(right, .of_queries = 1, .of_keys = 1)
MODEL(queries_only, .of_queries = 1, .of_keys = 0)
MODEL(keys_only, .of_queries = 0, .of_keys = 1)
MODEL(doubled, .of_queries = 2, .of_keys = 0)
MODEL(mean_of_both, .of_queries = 0.5L, .of_keys = 0.5L)
MODEL(no_scale, .of_queries = 1, .of_keys = 1, .has_no_scale = true)
MODEL(overwritten, .of_queries = 1, .of_keys = 1, .is_overwritten = true)
MODEL(no_x, .of_queries = 1, .of_keys = 1, .forgets_x = true)
MODEL(x_once, .of_queries = 1, .of_keys = 1, .gives_x_once = true)

static const exercise_model models[] = {
    {"queries-only", FUNCTION(queries_only),
     "only the queries handed a gradient back: W also made the keys."},
    {"keys-only", FUNCTION(keys_only),
     "only the keys handed a gradient back: W also made the queries."},
    {"doubled", FUNCTION(doubled),
     "the queries' term was doubled; the keys' term is another one, as dS is not symmetric."},
    {"mean-of-both", FUNCTION(mean_of_both),
     "the terms of queries and keys were averaged: two uses of a matrix add up."},
    {"no-scale", FUNCTION(no_scale), "the factor scale is missing on the way from dS to dQ."},
    {"overwritten", FUNCTION(overwritten),
     "the gradients were overwritten: something was in them, and yours is added to it."},
    {"no-x", FUNCTION(no_x), "W has its gradient, and X got nothing."},
    {"x-once", FUNCTION(x_once),
     "W has its gradient; X got that of the queries only, though its rows became keys, too."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t d_x, size_t d_k, double scale)
{
    give_matrix(p, "x", n, d_x);
    give_matrix(p, "weight", d_x, d_k);
    give_number(p, "scale", scale);
    give_matrix(p, "grad_scores", n, n);
    update_matrix(p, "grad_x", n, d_x);
    update_matrix(p, "grad_weight", d_x, d_k);
}

static void small(problem *p)
{
    make(p, 3, 4, 2, 0.7);
}

static void wide(problem *p)
{
    make(p, 2, 3 + p->repeat % 5, 9, 1.0 / 3.0);
}

static void many(problem *p)
{
    make(p, 5 + p->repeat % 6, 3, 4, 0.5);
}

static const exercise_case cases[] = {
    {.name = "3 words of 4 numbers, queries of 2", .make = small, .points = 6},
    {.name = "wide queries", .make = wide, .points = 2},
    {.name = "many words", .make = many, .points = 2},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
