#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int decoder_function(const gsl_matrix *memory, size_t length, const gsl_matrix *states,
                             gsl_matrix *weights, gsl_matrix *logits);
typedef int check_function(decoder_function *decode);
check_function check_decoder;

EXERCISE_FUNCTION(check_decoder);

static const question_part exercise_parts[] = {
    {"memory", ARRAY_GIVEN, 'n', 'd'},   {"length", ARRAY_GIVEN, 0, 0},
    {"states", ARRAY_GIVEN, 'm', 'e'},   {"weights", ARRAY_UPDATED, 'm', 'n'},
    {"logits", ARRAY_UPDATED, 'm', 'k'},
};

#ifdef CHILD

static int exercise_ask(const gsl_matrix *memory, size_t length, const gsl_matrix *states,
                        gsl_matrix *weights, gsl_matrix *logits)
{
    double number = (double)length;
    void *const arguments[] = {(void *)memory, &number, (void *)states, weights, logits};
    return ask(exercise_parts, COUNT(exercise_parts), arguments);
}

int exercise_call(problem *p, any_function *function)
{
    (void)p;
    return ((check_function *)function)(exercise_ask);
}

#else

/* A length that is none is the whole. */
int exercise_call(problem *p, any_function *function)
{
    const gsl_matrix *memory = matrix_of(p, "memory");
    double length = number_of(p, "length");
    bool is_length = length >= 1.0 && length <= (double)memory->size1;
    return ((decoder_function *)function)(memory, is_length ? (size_t)length : memory->size1,
                                          matrix_of(p, "states"), matrix_of(p, "weights"),
                                          matrix_of(p, "logits"));
}

#endif

#ifdef JUDGE

/* ---- the right decoder, and eight that are wrong in one point -------------------------------- */

/* Which formula: the defaults are right. */
typedef struct {
    bool is_blind;     /* the context is 0 */
    bool last_word;    /* the context is the last word */
    bool by_place;     /* scores from the state and the place: the tutorial */
    bool by_word;      /* scores from the word alone */
    bool is_uniform;   /* all words alike */
    bool first_look;   /* the weights of step 0 for all steps */
    bool map_unused;   /* the context is the mean, whatever the weights are */
    bool sees_padding; /* the mask is forgotten */
} formula;

/* A number of the trained model. */
static double trained(size_t which, size_t i, size_t j)
{
    return 0.8 * sin(1.0 + 2.3 * (double)which + 1.1 * (double)i + 2.9 * (double)j +
                     0.7 * (double)(i * j));
}

static double score(formula f, const gsl_matrix *memory, const gsl_matrix *states, size_t t,
                    size_t j)
{
    double sum = 0.0;
    for (size_t a = 0; a < states->size2; a++) {
        double s = f.by_word ? 1.0 : gsl_matrix_get(states, f.first_look ? 0 : t, a);
        for (size_t b = 0; b < memory->size2; b++) {
            double h = f.by_place ? sin((double)(j + b)) : gsl_matrix_get(memory, j, b);
            sum += s * trained(0, a, b) * h;
        }
    }
    return f.is_uniform ? 0.0 : sum;
}

static void look(formula f, const gsl_matrix *memory, size_t length, const gsl_matrix *states,
                 size_t t, gsl_matrix *weights)
{
    size_t n = f.sees_padding ? memory->size1 : length;
    double largest = -INFINITY, sum = 0.0;
    for (size_t j = 0; j < n; j++) {
        largest = fmax(largest, score(f, memory, states, t, j));
    }
    for (size_t j = 0; j < memory->size1; j++) {
        double weight = j < n ? exp(score(f, memory, states, t, j) - largest) : 0.0;
        gsl_matrix_set(weights, t, j, weight);
        sum += weight;
    }
    for (size_t j = 0; j < n; j++) {
        gsl_matrix_set(weights, t, j, gsl_matrix_get(weights, t, j) / sum);
    }
}

static double context(formula f, const gsl_matrix *memory, size_t length, const gsl_matrix *weights,
                      size_t t, size_t b)
{
    double c = 0.0;
    for (size_t j = 0; j < memory->size1 && !f.is_blind; j++) {
        double mean = j < length ? 1.0 / (double)length : 0.0;
        double weight = f.last_word    ? (double)(j + 1 == length)
                        : f.map_unused ? mean
                                       : gsl_matrix_get(weights, t, j);
        c += weight * gsl_matrix_get(memory, j, b);
    }
    return c;
}

static int by(formula f, const gsl_matrix *memory, size_t length, const gsl_matrix *states,
              gsl_matrix *weights, gsl_matrix *logits)
{
    for (size_t t = 0; t < states->size1; t++) {
        look(f, memory, length, states, t, weights);
        for (size_t c = 0; c < logits->size2; c++) {
            double z = 0.0;
            for (size_t a = 0; a < states->size2; a++) {
                z += gsl_matrix_get(states, t, a) * trained(1, a, c);
            }
            for (size_t b = 0; b < memory->size2; b++) {
                z += context(f, memory, length, weights, t, b) * trained(2, b, c);
            }
            gsl_matrix_set(logits, t, c, z);
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *memory, size_t length, const gsl_matrix *states,         \
                        gsl_matrix *weights, gsl_matrix *logits)                                   \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, memory, length, states, weights, logits);            \
        }

MODEL(right, .is_blind = false)
MODEL(is_blind, .is_blind = true)
MODEL(last_word, .last_word = true)
MODEL(by_place, .by_place = true)
MODEL(by_word, .by_word = true)
MODEL(is_uniform, .is_uniform = true)
MODEL(first_look, .first_look = true)
MODEL(map_unused, .map_unused = true)
MODEL(sees_padding, .sees_padding = true)

static const exercise_model wrong_weights[] = {
    {"by-place", FUNCTION(by_place),
     "its weights come from the decoder and the place of a word, not from the word: the tutorial."},
    {"by-word", FUNCTION(by_word), "its weights do not depend on the decoder's state."},
    {"uniform", FUNCTION(is_uniform), "it gives all words the same weight."},
    {"first-look", FUNCTION(first_look), "it looks once, and keeps these weights in all steps."},
    {"sees-padding", FUNCTION(sees_padding), "it gives weight to padding."},
};
static const exercise_model wrong_contexts[] = {
    {"blind", FUNCTION(is_blind), "its map is right, and its logits come from its state alone."},
    {"last-word", FUNCTION(last_word), "its map is right, and its context is the last word."},
    {"map-unused", FUNCTION(map_unused), "its map is right, and its context is the mean."},
};

/* ---- checks that learners do write: their tags are those that they get ------------------------ */

enum { WORDS = 5, D = 3, E = 6, K = 7 };

typedef struct {
    size_t length, n_steps;
    bool is_constant;  /* all words alike */
    bool weights_only; /* the logits are not looked at */
    bool changes_only; /* whether something changes, not what */
    double tolerance;
} plan;

static void fill(gsl_matrix *a, double first, double step)
{
    for (size_t n = 0; n < a->size1 * a->size2; n++) {
        gsl_matrix_set(a, n / a->size2, n % a->size2, sin(first + step * (double)n));
    }
}

static bool agree(const gsl_matrix *a, const gsl_matrix *b, double tolerance)
{
    bool ok = true;
    for (size_t n = 0; n < a->size1 * a->size2; n++) {
        size_t i = n / a->size2, j = n % a->size2;
        ok = ok && fabs(gsl_matrix_get(a, i, j) - gsl_matrix_get(b, i, j)) <= tolerance;
    }
    return ok;
}

/* Against the formula itself, which only the judge can know; or whether a word matters at all. */
static int carry_out(plan how, decoder_function *decode)
{
    gsl_matrix *memory = gsl_matrix_alloc(WORDS, D), *states = gsl_matrix_alloc(how.n_steps, E);
    gsl_matrix *weights = gsl_matrix_calloc(how.n_steps, WORDS);
    gsl_matrix *p = gsl_matrix_calloc(how.n_steps, WORDS);
    gsl_matrix *logits = gsl_matrix_calloc(how.n_steps, K), *z = gsl_matrix_calloc(how.n_steps, K);
    fill(memory, 1.0, how.is_constant ? 0.0 : 1.7);
    fill(states, 2.0, 1.7);
    decode(memory, how.length, states, weights, logits);
    if (how.changes_only) {
        gsl_matrix_set(memory, how.length - 1, 1, 2.0);
        decode(memory, how.length, states, p, z);
    } else {
        right(memory, how.length, states, p, z);
    }
    int failed = how.changes_only                    ? agree(logits, z, how.tolerance)
                 : !agree(weights, p, how.tolerance) ? 1
                 : !how.weights_only && !agree(logits, z, how.tolerance) ? 2
                                                                         : 0;
    gsl_matrix *const all[] = {memory, states, weights, p, logits, z};
    for (size_t n = 0; n < COUNT(all); n++) {
        gsl_matrix_free(all[n]);
    }
    return failed;
}

#    define PLAN(name, ...)                                                                        \
        static int name(decoder_function *decode)                                                  \
        {                                                                                          \
            return carry_out((plan){__VA_ARGS__}, decode);                                         \
        }

PLAN(changes_only, .length = 4, .n_steps = 2, .changes_only = true, .tolerance = 1e-9)
PLAN(one_step, .length = 4, .n_steps = 1, .tolerance = 1e-9)
PLAN(no_padding, .length = WORDS, .n_steps = 2, .tolerance = 1e-9)
PLAN(weights_only, .length = 4, .n_steps = 2, .weights_only = true, .tolerance = 1e-9)
PLAN(constant, .length = WORDS, .n_steps = 2, .is_constant = true, .tolerance = 1e-9)
PLAN(exact, .length = 4, .n_steps = 2)
PLAN(rejects_all, .length = 4, .n_steps = 2, .tolerance = -1.0)

static const exercise_model models[] = {
    {"by-place", FUNCTION(changes_only), "a word changes, and so do the logits."},
    {"first-look", FUNCTION(one_step), "there is one step only."},
    {"sees-padding", FUNCTION(no_padding), "there is no padding."},
    {"blind", FUNCTION(weights_only), "the logits are not looked at."},
    {"constant-data", FUNCTION(constant), "all words are the same."},
    {"exact-equality", FUNCTION(exact), "numbers are compared with ==."},
    {"rejects-right", FUNCTION(rejects_all), "nothing is accepted."},
};

static const exercise_case cases[] = {
    {.name = "a decoder that looks is accepted", .points = 2},
    {.name = "wrong weights are rejected", .points = 5, MUTANTS(wrong_weights)},
    {.name = "right weights that are not used are rejected", .points = 3, MUTANTS(wrong_contexts)},
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
