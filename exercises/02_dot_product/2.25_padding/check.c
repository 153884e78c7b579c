#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int softmax_function(const gsl_matrix *scores, const size_t *length, gsl_matrix *weights);
softmax_function masked_softmax;

EXERCISE_FUNCTION(masked_softmax);

int exercise_call(problem *p, any_function *function)
{
    return ((softmax_function *)function)(matrix_of(p, "scores"), indices_of(p, "length"),
                                          matrix_of(p, "weights"));
}

#ifdef JUDGE

/* ---- what is right, and what else is done to be rid of a NaN ---------------------------------- */

/* What becomes of an empty row, and of all others. */
typedef struct {
    double empty;        /* each weight of a row that sees no key */
    bool is_uniform;     /* 1 / n_k there */
    bool hides_nan;      /* 0 wherever a NaN would stand */
    bool forgets_length; /* padding takes part */
    bool drops_key;      /* the last real key is hidden, too */
} remedy;

static long double term(const remedy *r, const gsl_matrix *scores, size_t i, size_t j, size_t n)
{
    bool is_seen = r->forgets_length ? true : j < n - (r->drops_key && n > 1);
    return is_seen ? expl((long double)gsl_matrix_get(scores, i, j)) : 0.0L;
}

static int by(remedy r, const gsl_matrix *scores, const size_t *length, gsl_matrix *weights)
{
    double n_k = (double)scores->size2;
    for (size_t i = 0; i < scores->size1; i++) {
        long double sum = 0.0L;
        for (size_t j = 0; j < scores->size2; j++) {
            sum += term(&r, scores, i, j, length[i]);
        }
        for (size_t j = 0; j < scores->size2; j++) {
            double weight = (double)(term(&r, scores, i, j, length[i]) / sum);
            weight = length[i] == 0 ? (r.is_uniform ? 1.0 / n_k : r.empty) : weight;
            gsl_matrix_set(weights, i, j, r.hides_nan && isnan(weight) ? 0.0 : weight);
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *scores, const size_t *length, gsl_matrix *weights)       \
        {                                                                                          \
            return by((remedy){__VA_ARGS__}, scores, length, weights);                             \
        }

MODEL(right, .empty = 0.0)
MODEL(nan_row, .empty = NAN)
MODEL(uniform, .is_uniform = true)
MODEL(hides_nan, .hides_nan = true)
MODEL(forgets_length, .forgets_length = true)
MODEL(drops_key, .drops_key = true)

static const exercise_model models[] = {
    {"nan-row", FUNCTION(nan_row),
     "the row of an empty sentence is NaN: its largest score is -inf, and -inf - (-inf) is NaN."},
    {"uniform", FUNCTION(uniform),
     "an empty sentence looks at everything equally: it should look at nothing."},
    {"hides-nan", FUNCTION(hides_nan),
     "every NaN became 0, also that of a broken score, which now nobody will ever find."},
    {"no-padding", FUNCTION(forgets_length), "padding got weights: the mask is gone."},
    {"drops-key", FUNCTION(drops_key), "the last real key of each row lost its weight."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static gsl_matrix *make(problem *p, size_t n_q, size_t n_k, size_t **length)
{
    gsl_matrix *scores = give_matrix(p, "scores", n_q, n_k);
    *length = give_indices(p, "length", n_q, n_k);
    for (size_t i = 0; i < n_q; i++) {
        (*length)[i] += 1;
    }
    want_matrix(p, "weights", n_q, n_k);
    return scores;
}

static void one_is_empty(problem *p)
{
    size_t *length;
    make(p, 4, 6, &length);
    length[1 + p->repeat % 3] = 0;
}

static void none_is_empty(problem *p)
{
    size_t *length;
    make(p, 3, 5, &length);
}

static void all_are_empty(problem *p)
{
    size_t *length;
    make(p, 2, 3, &length);
    length[0] = length[1] = 0;
}

static void large(problem *p)
{
    size_t *length;
    gsl_matrix *scores = make(p, 3, 7, &length);
    gsl_matrix_scale(scores, 500.0);
    gsl_matrix_add_constant(scores, p->repeat % 2 == 0 ? 0.0 : -5000.0);
    length[0] = 7;
    length[1] = 6;
}

static void broken_score(problem *p)
{
    size_t *length;
    gsl_matrix *scores = make(p, 3, 5, &length);
    gsl_matrix_set(scores, 1, 0, NAN);
    length[2] = 0;
}

static const exercise_case cases[] = {
    {.name = "one of 4 sentences is empty", .make = one_is_empty, .points = 4},
    {.name = "none is", .make = none_is_empty, .points = 1},
    {.name = "scores of thousands, of either sign", .make = large, .points = 1},
    {.name = "all are", .make = all_are_empty, .points = 2},
    {.name = "a broken score spoils its own row, and no other", .make = broken_score, .points = 2},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
