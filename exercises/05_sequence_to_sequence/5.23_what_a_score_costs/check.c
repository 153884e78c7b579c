#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef int predict_function(double n_t, double n_s, double d_s, double d_m, double a,
                             gsl_vector *predicted);
predict_function predict_scores;

EXERCISE_FUNCTION(predict_scores);

int exercise_call(problem *p, any_function *function)
{
    return ((predict_function *)function)(number_of(p, "n_t"), number_of(p, "n_s"),
                                          number_of(p, "d_s"), number_of(p, "d_m"),
                                          number_of(p, "a"), vector_of(p, "predicted"));
}

#ifdef JUDGE

/* ---- what is right, and what a pencil does instead ------------------------------------------- */

/* Which formula: the defaults are right. */
typedef struct {
    bool is_repeated;    /* K is made in every step */
    bool has_no_keys;    /* K is free */
    bool has_no_queries; /* s_t W is free */
    bool has_no_v;       /* the product with v is free */
    bool is_one_step;    /* as if there were one step */
    bool is_per_score;   /* tanh once for each score */
} formula;

static int by(formula f, double n_t, double n_s, double d_s, double d_m, double a,
              gsl_vector *predicted)
{
    n_t = f.is_one_step ? 1.0 : n_t;
    double times = f.has_no_keys ? 0.0 : f.is_repeated ? n_t : 1.0;
    double queries = f.has_no_queries ? 0.0 : n_t * d_s * a;
    double hidden = n_t * n_s * a, by_v = f.has_no_v ? 0.0 : hidden;
    const double all[] = {
        times * n_s * d_m * d_s + n_t * n_s * d_s,
        times * n_s * d_m * a + queries + by_v,
        f.is_per_score ? n_t * n_s : hidden,
        n_t * n_s * d_m * a + queries + by_v,
    };
    for (size_t n = 0; n < COUNT(all); n++) {
        gsl_vector_set(predicted, n, all[n]);
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(double n_t, double n_s, double d_s, double d_m, double a,                  \
                        gsl_vector *predicted)                                                     \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, n_t, n_s, d_s, d_m, a, predicted);                   \
        }

MODEL(right, .is_repeated = false)
MODEL(repeated, .is_repeated = true)
MODEL(no_keys, .has_no_keys = true)
MODEL(no_queries, .has_no_queries = true)
MODEL(no_v, .has_no_v = true)
MODEL(one_step, .is_one_step = true)
MODEL(per_score, .is_per_score = true)

static const exercise_model models[] = {
    {"repeated", FUNCTION(repeated), "the keys K were made again in every step: once is enough."},
    {"no-keys", FUNCTION(no_keys), "the product that makes the keys K is missing."},
    {"no-queries", FUNCTION(no_queries), "s_t W is missing in the additive score."},
    {"no-v", FUNCTION(no_v), "the product with v is missing: it stands outside of the tanh."},
    {"one-step", FUNCTION(one_step), "these are the numbers of one step; there are n_t."},
    {"tanh-per-score", FUNCTION(per_score),
     "tanh was counted once for each score: it bends every hidden unit."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void one_sentence(problem *p)
{
    give_number(p, "n_t", 5.0 + (double)draw_index(p, 4));
    give_number(p, "n_s", 10.0 + (double)draw_index(p, 5));
    give_number(p, "d_s", 20.0 + (double)draw_index(p, 8));
    give_number(p, "d_m", 30.0 + (double)draw_index(p, 8));
    give_number(p, "a", 40.0 + (double)draw_index(p, 8));
    want_vector(p, "predicted", 4);
}

static const exercise_case cases[] = {
    {.name = "two scores, one sentence", .make = one_sentence, .points = 4},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .tolerance = 1e-9,
    .is_fixed = true,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
