#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef int predict_function(double d, double n_heads, double hidden, double n_words,
                             gsl_vector *predicted);
predict_function predict_costs;

EXERCISE_FUNCTION(predict_costs);

int exercise_call(problem *p, any_function *function)
{
    return ((predict_function *)function)(number_of(p, "d"), number_of(p, "n_heads"),
                                          number_of(p, "hidden"), number_of(p, "n_words"),
                                          vector_of(p, "predicted"));
}

#ifdef JUDGE

/* ---- what is right, and what a pencil does instead ------------------------------------------- */

/* Which formula: the defaults are right. */
typedef struct {
    bool has_no_bias;
    bool is_per_head;    /* every head has matrices of d x d */
    bool is_one_norm;    /* one of the two norms */
    bool is_operations;  /* additions are counted, too */
    bool is_linear;      /* scores and mixtures of one query only */
    bool is_output_free; /* W_O is forgotten */
} formula;

static int by(formula f, double d, double n_heads, double hidden, double n_words,
              gsl_vector *predicted)
{
    double bias = f.has_no_bias ? 0.0 : 1.0, factor = f.is_operations ? 2.0 : 1.0;
    double n_in = f.is_per_head ? 3.0 * n_heads : 3.0, n_out = f.is_output_free ? 0.0 : 1.0;
    double n_products = n_in + n_out * (f.is_per_head ? n_heads : 1.0);
    double n_queries = f.is_linear ? 1.0 : n_words;
    double n_mixed = f.is_per_head ? n_heads : 1.0;
    const double all[] = {
        n_products * d * d + bias * (n_in + n_out) * d,
        2.0 * d * hidden + bias * (hidden + d),
        (f.is_one_norm ? 2.0 : 4.0) * d,
        factor * (n_products * n_words * d * d + 2.0 * n_mixed * n_queries * n_words * d),
        factor * 2.0 * n_words * d * hidden,
    };
    for (size_t n = 0; n < COUNT(all); n++) {
        gsl_vector_set(predicted, n, all[n]);
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(double d, double n_heads, double hidden, double n_words,                   \
                        gsl_vector *predicted)                                                     \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, d, n_heads, hidden, n_words, predicted);             \
        }

MODEL(right, .is_linear = false)
MODEL(no_bias, .has_no_bias = true)
MODEL(per_head, .is_per_head = true)
MODEL(one_norm, .is_one_norm = true)
MODEL(operations, .is_operations = true)
MODEL(linear, .is_linear = true)
MODEL(output_free, .is_output_free = true)

static const exercise_model models[] = {
    {"no-biases", FUNCTION(no_bias), "the matrices are counted, their biases are not."},
    {"times-heads", FUNCTION(per_head),
     "every head got matrices of d x d: d is shared out among the heads."},
    {"one-norm", FUNCTION(one_norm), "there is a norm before the feed-forward layer as well."},
    {"operations", FUNCTION(operations),
     "additions are counted too: here only multiplications are."},
    {"one-query", FUNCTION(linear), "scores and mixtures are those of one word: all of them ask."},
    {"no-output", FUNCTION(output_free), "W_O is missing: four matrices, not three."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void one_block(problem *p)
{
    double n_heads = 4.0 + 2.0 * (double)draw_index(p, 3);
    give_number(p, "d", 8.0 * n_heads);
    give_number(p, "n_heads", n_heads);
    give_number(p, "hidden", 90.0 + 10.0 * (double)draw_index(p, 6));
    give_number(p, "n_words", 11.0 + (double)draw_index(p, 9));
    want_vector(p, "predicted", 5);
}

static const exercise_case cases[] = {
    {.name = "one block and one sentence", .make = one_block, .points = 5},
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
