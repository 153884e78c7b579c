#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int memories_function(const gsl_matrix *weight_x, const gsl_matrix *weight_h,
                              gsl_matrix *biases);
memories_function two_memories;

EXERCISE_FUNCTION(two_memories);

int exercise_call(problem *p, any_function *function)
{
    return ((memories_function *)function)(matrix_of(p, "weight_x"), matrix_of(p, "weight_h"),
                                           matrix_of(p, "biases"));
}

#ifdef JUDGE

/* ---- who judges: many answers are right ------------------------------------------------------ */

enum { MOST = 16, TRIES = 8 };

static double sigma(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* Unit c of h_t, with the biases of this row. */
static double step(problem *p, size_t row, const double *x, const double *h, size_t c)
{
    const gsl_matrix *weight_x = matrix_of(p, "weight_x"), *weight_h = matrix_of(p, "weight_h");
    size_t k = weight_h->size1;
    double a[3], u[3];
    for (size_t gate = 0; gate < 3; gate++) {
        size_t column = gate * k + c;
        a[gate] = gsl_matrix_get(matrix_of(p, "biases"), row, column);
        u[gate] = 0.0;
        for (size_t i = 0; i < weight_x->size1; i++) {
            a[gate] += x[i] * gsl_matrix_get(weight_x, i, column);
        }
        for (size_t i = 0; i < k; i++) {
            u[gate] += h[i] * gsl_matrix_get(weight_h, i, column);
        }
    }
    double r = sigma(a[0] + u[0]), z = sigma(a[1] + u[1]), n = tanh(a[2] + r * u[2]);
    return (1.0 - z) * n + z * h[c];
}

/* What happens to the cell of a row when words and states change. */
typedef struct {
    double from_state;        /* the largest distance of h_t from h */
    double by_word, by_state; /* the largest change of h_t by another word, another state */
} habits;

static habits habits_of(problem *p, size_t row)
{
    size_t d = matrix_of(p, "weight_x")->size1, k = matrix_of(p, "weight_h")->size1;
    habits found = {0.0, 0.0, 0.0};
    for (size_t t = 0; t < TRIES; t++) {
        double x[2][MOST], h[2][MOST];
        for (size_t i = 0; i < MOST; i++) {
            for (size_t which = 0; which < 2; which++) {
                double where = (double)(1 + t + 3 * i + 50 * which);
                x[which][i] = i < d ? 2.0 * sin(where * where) : 0.0;
                h[which][i] = i < k ? 2.0 * cos(where * where) : 0.0;
            }
        }
        for (size_t c = 0; c < k; c++) {
            double first = step(p, row, x[0], h[0], c);
            found.from_state = fmax(found.from_state, fabs(first - h[0][c]));
            found.by_word = fmax(found.by_word, fabs(first - step(p, row, x[1], h[0], c)));
            found.by_state = fmax(found.by_state, fabs(first - step(p, row, x[0], h[1], c)));
        }
    }
    return found;
}

static const char *accept(problem *p, const char **tag)
{
    const gsl_matrix *biases = matrix_of(p, "biases");
    for (size_t c = 0; c < 2 * biases->size2; c++) {
        if (!(fabs(gsl_matrix_get(biases, c % 2, c / 2)) <= 1000.0)) {
            *tag = "not-a-bias";
            return "a bias is above 1000 in size, or no number at all.";
        }
    }
    habits safe = habits_of(p, 0), forgetful = habits_of(p, 1);
    if (safe.from_state > 1e-6) {
        *tag = "not-safe";
        return "with row 0 the state changes.";
    }
    if (forgetful.by_word < 0.1) {
        *tag = "deaf";
        return "with row 1 another word makes hardly a difference.";
    }
    if (forgetful.by_state > 1e-6) {
        *tag = "remembers";
        return "with row 1 another state before gives another state after.";
    }
    return NULL;
}

/* ---- what is handed in instead --------------------------------------------------------------- */

/* z in row 0; r, z and n in row 1. */
static int rows_of(gsl_matrix *biases, double safe, double r, double z, double n)
{
    size_t k = biases->size2 / 3;
    gsl_matrix_set_zero(biases);
    for (size_t c = 0; c < k; c++) {
        gsl_matrix_set(biases, 0, k + c, safe);
        gsl_matrix_set(biases, 1, c, r);
        gsl_matrix_set(biases, 1, k + c, z);
        gsl_matrix_set(biases, 1, 2 * k + c, n);
    }
    return GSL_SUCCESS;
}

#    define ROWS(name, safe, r, z, n)                                                              \
        static int name(const gsl_matrix *weight_x, const gsl_matrix *weight_h,                    \
                        gsl_matrix *biases)                                                        \
        {                                                                                          \
            (void)weight_x, (void)weight_h;                                                        \
            return rows_of(biases, safe, r, z, n);                                                 \
        }

ROWS(infinite, INFINITY, -500.0, -500.0, 0.0)
ROWS(turned, -500.0, -500.0, 500.0, 0.0)
ROWS(leaky, 45.0, -500.0, -500.0, 0.0)
ROWS(saturated, 500.0, -500.0, -500.0, 500.0)
ROWS(reset_open, 500.0, 0.0, -500.0, 0.0)
ROWS(update_open, 500.0, -500.0, 0.0, 0.0)

static const exercise_model models[] = {
    {"not-a-bias", FUNCTION(infinite), "a bias is infinite."},
    {"not-safe", FUNCTION(turned), "the two rows are exchanged: z keeps the old state."},
    {"not-safe", FUNCTION(leaky), "the bias is no match for the words."},
    {"deaf", FUNCTION(saturated), "n is saturated as well: it is 1 whatever the word is."},
    {"remembers", FUNCTION(reset_open), "the reset gate is open."},
    {"remembers", FUNCTION(update_open), "the update gate is half open."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t d, size_t k)
{
    give_matrix(p, "weight_x", d, 3 * k);
    gsl_matrix *weight_h = give_matrix(p, "weight_h", k, 3 * k);
    gsl_matrix_set(weight_h, 0, k, 12.0); /* a loud unit */
    gsl_matrix_set(weight_h, 1, k, -12.0);
    want_matrix(p, "biases", 2, 3 * k);
}

static void small(problem *p)
{
    make(p, 4, 3);
}

static void larger(problem *p)
{
    make(p, 2 + p->repeat % 7, 5);
}

static const exercise_case cases[] = {
    {.name = "three units", .make = small, .points = 5},
    {.name = "five units", .make = larger, .points = 3},
};

const exercise exercise_check = {
    .accept = accept,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
