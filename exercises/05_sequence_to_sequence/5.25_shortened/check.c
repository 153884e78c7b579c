#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int shorten_function(gsl_matrix *a, gsl_matrix *b, gsl_matrix *c, double max_norm,
                             gsl_vector *norm);
shorten_function shorten;

EXERCISE_FUNCTION(shorten);

int exercise_call(problem *p, any_function *function)
{
    return ((shorten_function *)function)(matrix_of(p, "a"), matrix_of(p, "b"), matrix_of(p, "c"),
                                          number_of(p, "max_norm"), vector_of(p, "norm"));
}

#ifdef JUDGE

/* ---- what is right, and what else is called clipping ----------------------------------------- */

typedef struct {
    bool is_each;       /* every gradient by its own norm */
    bool is_clamped;    /* every number into -max_norm .. max_norm */
    bool is_always;     /* also where the norm is small enough: made longer */
    bool has_no_root;   /* the sum of squares for the norm */
    bool adds_norms;    /* the sum of three norms */
    bool is_told_after; /* the norm after shortening */
    bool takes_first;   /* the norm of the first gradient only */
} formula;

static long double norm_of(const gsl_matrix *g, bool has_no_root)
{
    long double sum = 0;
    for (size_t i = 0; i < g->size1; i++) {
        for (size_t j = 0; j < g->size2; j++) {
            sum += (long double)gsl_matrix_get(g, i, j) * gsl_matrix_get(g, i, j);
        }
    }
    return has_no_root ? sum : sqrtl(sum);
}

static long double norm_of_all(const formula *f, gsl_matrix *const all[3])
{
    long double sum = 0;
    for (size_t m = 0; m < (f->takes_first ? 1 : 3); m++) {
        long double norm = norm_of(all[m], false);
        sum += f->adds_norms ? norm : norm * norm;
    }
    return f->adds_norms || f->has_no_root ? sum : sqrtl(sum);
}

static int by(formula f, gsl_matrix *a, gsl_matrix *b, gsl_matrix *c, double max_norm,
              gsl_vector *norm)
{
    gsl_matrix *const all[3] = {a, b, c};
    long double length = norm_of_all(&f, all);
    for (size_t m = 0; m < 3; m++) {
        long double by_which = f.is_each ? norm_of(all[m], false) : length;
        long double factor = by_which > max_norm || f.is_always ? max_norm / by_which : 1;
        for (size_t i = 0; i < all[m]->size1; i++) {
            for (size_t j = 0; j < all[m]->size2; j++) {
                double g = gsl_matrix_get(all[m], i, j);
                double clamped = fmax(-max_norm, fmin(max_norm, g));
                gsl_matrix_set(all[m], i, j, f.is_clamped ? clamped : (double)(factor * g));
            }
        }
    }
    gsl_vector_set(norm, 0, (double)(f.is_told_after ? norm_of_all(&f, all) : length));
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(gsl_matrix *a, gsl_matrix *b, gsl_matrix *c, double max_norm,              \
                        gsl_vector *norm)                                                          \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, a, b, c, max_norm, norm);                            \
        }

MODEL(right, .is_each = false)
MODEL(each, .is_each = true)
MODEL(clamped, .is_clamped = true)
MODEL(always, .is_always = true)
MODEL(no_root, .has_no_root = true)
MODEL(adds_norms, .adds_norms = true)
MODEL(told_after, .is_told_after = true)
MODEL(first_only, .takes_first = true)

static const exercise_model models[] = {
    {"each-by-its-own", FUNCTION(each),
     "each gradient was shortened by its own norm: together they point somewhere else now."},
    {"clamped", FUNCTION(clamped),
     "each number was cut off at max_norm: that turns the gradient, too."},
    {"made-longer", FUNCTION(always),
     "gradients that were short enough were made longer: they stay as they are."},
    {"no-root", FUNCTION(no_root), "the sum of squares was taken for the norm: a root is missing."},
    {"sum-of-norms", FUNCTION(adds_norms),
     "three norms were added; the norm of all is the root of the sum of all squares."},
    {"told-after", FUNCTION(told_after),
     "the norm that is told is that of the shortened gradients; it is the one before."},
    {"first-only", FUNCTION(first_only), "the norm is that of the first gradient alone."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, double max_norm, double size)
{
    gsl_matrix *a = update_matrix(p, "a", 3, 4), *b = update_matrix(p, "b", 2, 5);
    gsl_matrix *c = update_matrix(p, "c", 6 + p->repeat % 3, 2);
    gsl_matrix_scale(a, 4.0 * size);
    gsl_matrix_scale(b, 2.0 * size);
    gsl_matrix_scale(c, 0.1 * size);
    give_number(p, "max_norm", max_norm);
    want_vector(p, "norm", 1);
}

static void long_ones(problem *p)
{
    make(p, 1.5, 1.0);
}

static void short_ones(problem *p)
{
    make(p, 5.0, 0.01);
}

/* One is too long, the others are not. */
static void one_is_long(problem *p)
{
    make(p, 3.0, 1.0);
    gsl_matrix_scale(matrix_of(p, "b"), 0.01);
}

static void huge(problem *p)
{
    make(p, 1.0, 1e100);
}

static const exercise_case cases[] = {
    {.name = "gradients that are too long", .make = long_ones, .points = 5},
    {.name = "gradients that are short enough", .make = short_ones, .points = 2},
    {.name = "one is long, two are short", .make = one_is_long, .points = 2},
    {.name = "gradients of 1e100", .make = huge, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
