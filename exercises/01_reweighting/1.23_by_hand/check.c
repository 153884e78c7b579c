#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int predict_function(const gsl_matrix *words, gsl_vector *predicted);
predict_function predict_last_word;

EXERCISE_FUNCTION(predict_last_word);

int exercise_call(problem *p, any_function *function)
{
    return ((predict_function *)function)(matrix_of(p, "words"), vector_of(p, "predicted"));
}

#ifdef JUDGE

/* ---- what is right, and what a pencil does instead ------------------------------------------- */

enum { N = 3, D = 2 };

/* Which formula: the defaults are right. */
typedef struct {
    bool is_first_word; /* word 0 was reweighted */
    bool is_undivided;  /* scores in place of weights */
    bool is_softmax;    /* exponentials of the scores */
    bool is_by_largest; /* divided by the largest score */
    bool is_selfless;   /* the word does not look at itself */
    bool is_cosine;     /* divided by the lengths first */
} formula;

static long double dot(const gsl_matrix *x, size_t i, size_t j)
{
    long double sum = 0.0L;
    for (size_t c = 0; c < D; c++) {
        sum += (long double)gsl_matrix_get(x, i, c) * gsl_matrix_get(x, j, c);
    }
    return sum;
}

static int by(formula f, const gsl_matrix *x, gsl_vector *predicted)
{
    size_t i = f.is_first_word ? 0 : N - 1;
    long double w[N], sum = 0.0L, largest = 0.0L, y[D] = {0.0L};
    for (size_t j = 0; j < N; j++) {
        w[j] = dot(x, i, j);
        w[j] /= f.is_cosine ? sqrtl(dot(x, i, i) * dot(x, j, j)) : 1.0L;
        w[j] = f.is_softmax ? expl(w[j]) : f.is_selfless && j == i ? 0.0L : w[j];
        sum += w[j];
        largest = w[j] > largest ? w[j] : largest;
    }
    sum = f.is_undivided ? 1.0L : f.is_by_largest ? largest : sum;
    for (size_t j = 0; j < N; j++) {
        gsl_vector_set(predicted, j, (double)(w[j] / sum));
        for (size_t c = 0; c < D; c++) {
            y[c] += w[j] / sum * gsl_matrix_get(x, j, c);
        }
    }
    for (size_t c = 0; c < D; c++) {
        gsl_vector_set(predicted, N + c, (double)y[c]);
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *words, gsl_vector *predicted)                            \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, words, predicted);                                   \
        }

MODEL(right, .is_softmax = false)
MODEL(first_word, .is_first_word = true)
MODEL(undivided, .is_undivided = true)
MODEL(softmax, .is_softmax = true)
MODEL(by_largest, .is_by_largest = true)
MODEL(selfless, .is_selfless = true)
MODEL(cosine, .is_cosine = true)

static const exercise_model models[] = {
    {"first-word", FUNCTION(first_word),
     "these are the numbers of word 0; it is the last, word 2."},
    {"not-divided", FUNCTION(undivided),
     "the dot products themselves were taken as weights: they do not sum to 1."},
    {"softmax", FUNCTION(softmax),
     "exponentials of the scores: that is chapter 2, here they are only divided by their sum."},
    {"by-largest", FUNCTION(by_largest), "the scores were divided by the largest of them."},
    {"no-self", FUNCTION(selfless), "the word did not look at itself: it is one of the three."},
    {"cosine", FUNCTION(cosine),
     "the lengths of the words were divided out: a dot product rewards a long word."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

/* One decimal each, so that a pencil is enough; no two words alike. */
static void three_words(problem *p)
{
    gsl_matrix *words = give_matrix(p, "words", N, D);
    for (size_t i = 0; i < N; i++) {
        gsl_matrix_set(words, i, 0, (double)(2 + 5 * i + draw_index(p, 4)) / 10.0);
        gsl_matrix_set(words, i, 1, (double)(15 - 6 * i + draw_index(p, 4)) / 10.0);
    }
    want_vector(p, "predicted", N + D);
}

static const exercise_case cases[] = {
    {.name = "three words of two numbers", .make = three_words, .points = 5},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .tolerance = 0.002,
    .is_fixed = true,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
