#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int division_function(const gsl_matrix *weights, double least, gsl_matrix *divided);
division_function careful_division;

EXERCISE_FUNCTION(careful_division);

int exercise_call(problem *p, any_function *function)
{
    return ((division_function *)function)(matrix_of(p, "weights"), number_of(p, "least"),
                                           matrix_of(p, "divided"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

/* With what the sum of a row is compared, and by what the row is divided. */
typedef enum {
    CAREFUL,
    UNGUARDED,
    EXACTLY_ZERO, /* only a sum that is 0 is given up */
    ABSOLUTE,     /* compared with the limit itself */
    BY_LARGEST,   /* compared with the largest weight */
    BY_MEAN,      /* compared with the mean size of a weight */
    NO_NEGATIVES, /* a negative sum is given up */
    BY_SIZE,      /* divided by the sum of the sizes */
} rule;

typedef struct {
    long double sum, size, largest;
} totals;

static totals totals_of(const gsl_matrix *w, size_t i)
{
    totals t = {0.0L, 0.0L, 0.0L};
    for (size_t j = 0; j < w->size2; j++) {
        long double x = gsl_matrix_get(w, i, j);
        t.sum += x;
        t.size += fabsl(x);
        t.largest = fabsl(x) > t.largest ? fabsl(x) : t.largest;
    }
    return t;
}

static bool is_given_up(rule r, const totals *t, long double least, size_t n)
{
    switch (r) {
    case UNGUARDED:
        return false;
    case EXACTLY_ZERO:
        return (double)t->sum == 0.0;
    case ABSOLUTE:
        return !(fabsl(t->sum) > least);
    case BY_LARGEST:
        return !(fabsl(t->sum) > least * t->largest);
    case BY_MEAN:
        return !(fabsl(t->sum) > least * t->size / n);
    case NO_NEGATIVES:
        return !(t->sum > least * t->size);
    default:
        return !(fabsl(t->sum) > least * t->size);
    }
}

static int by(rule r, const gsl_matrix *w, double least, gsl_matrix *divided)
{
    for (size_t i = 0; i < w->size1; i++) {
        totals t = totals_of(w, i);
        bool is_zero = is_given_up(r, &t, least, w->size2);
        long double divisor = r == BY_SIZE ? t.size : t.sum;
        for (size_t j = 0; j < w->size2; j++) {
            long double x = is_zero ? 0.0L : gsl_matrix_get(w, i, j) / divisor;
            gsl_matrix_set(divided, i, j, (double)x);
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, rule)                                                                      \
        static int name(const gsl_matrix *weights, double least, gsl_matrix *divided)              \
        {                                                                                          \
            return by(rule, weights, least, divided);                                              \
        }

MODEL(right, CAREFUL)
MODEL(unguarded, UNGUARDED)
MODEL(exactly_zero, EXACTLY_ZERO)
MODEL(absolute, ABSOLUTE)
MODEL(by_largest, BY_LARGEST)
MODEL(by_mean, BY_MEAN)
MODEL(no_negatives, NO_NEGATIVES)
MODEL(by_size, BY_SIZE)

static const exercise_model models[] = {
    {"no-limit", FUNCTION(unguarded),
     "every row was divided by its sum, also by one that is nearly 0, or 0."},
    {"only-zero", FUNCTION(exactly_zero),
     "only a sum of exactly 0 was given up; after rounding a sum is hardly ever exactly 0."},
    {"absolute", FUNCTION(absolute),
     "the sum was compared with the limit itself, so weights in millionths are all given up."},
    {"by-largest", FUNCTION(by_largest),
     "the sum was compared with the largest weight, not with the sum of all sizes."},
    {"by-mean", FUNCTION(by_mean),
     "the sum was compared with the mean size of a weight, not with the sum of all sizes."},
    {"no-negatives", FUNCTION(no_negatives),
     "rows with a negative sum were given up: it is its size that counts."},
    {"by-size", FUNCTION(by_size),
     "the rows were divided by the sum of the sizes: they should sum to 1, not their sizes."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

/* Row 0 sums to about a third of its size, row 1 to nearly nothing; the others as they come. */
static void make(problem *p, size_t n_q, size_t n_k, double least, double size)
{
    gsl_matrix *w = give_matrix(p, "weights", n_q, n_k);
    for (size_t i = 0; i < 2; i++) {
        double sum = 0.0;
        for (size_t j = 0; j + 1 < n_k; j++) {
            sum += gsl_matrix_get(w, i, j);
        }
        gsl_matrix_set(w, i, n_k - 1, i == 1 ? 1e-13 - sum : 1.5 * fabs(sum) + 0.5 - sum);
    }
    gsl_matrix_scale(w, size);
    give_number(p, "least", least);
    want_matrix(p, "divided", n_q, n_k);
}

static void small(problem *p)
{
    make(p, 4, 3, 0.22 + 0.06 * draw_uniform(p), p->repeat % 2 ? 5.0 : 0.2);
    gsl_matrix *w = matrix_of(p, "weights");
    const double close[] = {1.0, -0.8, 0.01 * draw_uniform(p)}; /* sum 0.2, size 1.8 */
    for (size_t j = 0; j < 3; j++) {
        gsl_matrix_set(w, 2, j, close[j]);
        gsl_matrix_set(w, 3, j, p->repeat % 3 == 2 ? 0.0 : gsl_matrix_get(w, 3, j));
    }
}

static void many(problem *p)
{
    make(p, 12, 5 + p->repeat % 6, 0.25, 1.0);
}

static void tiny(problem *p)
{
    make(p, 3, 4, 0.01, 1e-9);
}

static void huge(problem *p)
{
    make(p, 3, 5, 0.01, 1e15);
}

static const exercise_case cases[] = {
    {.name = "4 rows, 3 columns", .make = small, .points = 5},
    {.name = "many rows", .make = many, .points = 2},
    {.name = "weights of a millionth of a thousandth", .make = tiny, .points = 2},
    {.name = "weights of 1e15", .make = huge, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
