#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int norm_function(const gsl_matrix *x, const gsl_vector *gain, double epsilon,
                          const gsl_matrix *grad_output, gsl_matrix *grad_x, gsl_vector *grad_gain);
norm_function rms_norm_backward;

EXERCISE_FUNCTION(rms_norm_backward);

int exercise_call(problem *p, any_function *function)
{
    return ((norm_function *)function)(matrix_of(p, "x"), vector_of(p, "gain"),
                                       number_of(p, "epsilon"), matrix_of(p, "grad_output"),
                                       matrix_of(p, "grad_x"), vector_of(p, "grad_gain"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

typedef struct {
    bool is_direct;      /* r as if it were a constant */
    bool subtracts_mean; /* also mean(g), as layer normalisation does */
    bool has_square;     /* r^2 where r^3 belongs */
    bool forgets_gain;   /* dY in place of gain o dY */
    bool forgets_share;  /* sum in place of mean in the second term */
    bool has_no_epsilon; /* r again without epsilon */
    bool is_raw_gain;    /* d gain with x instead of x r */
    bool is_overwritten;
} formula;

static void row(const formula *f, const gsl_matrix *x, const gsl_vector *gain, double epsilon,
                const gsl_matrix *dy, size_t i, gsl_matrix *grad_x)
{
    size_t d = x->size2;
    long double squares = 0, gx = 0, mean_g = 0, g[32];
    for (size_t c = 0; c < d; c++) {
        long double x_c = gsl_matrix_get(x, i, c);
        g[c] = (f->forgets_gain ? 1 : gsl_vector_get(gain, c)) * gsl_matrix_get(dy, i, c);
        squares += x_c * x_c;
        gx += g[c] * x_c / (f->forgets_share ? 1 : d);
        mean_g += g[c] / d;
    }
    long double r = 1 / sqrtl(squares / d + (f->has_no_epsilon ? 0 : epsilon));
    for (size_t c = 0; c < d; c++) {
        long double back = r * r * (f->has_square ? 1 : r) * gsl_matrix_get(x, i, c) * gx;
        long double change = r * (g[c] - (f->subtracts_mean ? mean_g : 0));
        double *to = gsl_matrix_ptr(grad_x, i, c);
        *to = (double)((f->is_overwritten ? 0 : *to) + change - (f->is_direct ? 0 : back));
    }
}

static long double rate(const formula *f, const gsl_matrix *x, size_t i, double epsilon)
{
    long double squares = 0;
    for (size_t c = 0; c < x->size2; c++) {
        squares += (long double)gsl_matrix_get(x, i, c) * gsl_matrix_get(x, i, c);
    }
    return 1 / sqrtl(squares / x->size2 + (f->has_no_epsilon ? 0 : epsilon));
}

static int by(formula f, const gsl_matrix *x, const gsl_vector *gain, double epsilon,
              const gsl_matrix *grad_output, gsl_matrix *grad_x, gsl_vector *grad_gain)
{
    for (size_t i = 0; i < x->size1; i++) {
        row(&f, x, gain, epsilon, grad_output, i, grad_x);
    }
    for (size_t c = 0; c < x->size2; c++) {
        long double sum = f.is_overwritten ? 0 : gsl_vector_get(grad_gain, c);
        for (size_t i = 0; i < x->size1; i++) {
            long double r = f.is_raw_gain ? 1 : rate(&f, x, i, epsilon);
            sum += gsl_matrix_get(grad_output, i, c) * r * gsl_matrix_get(x, i, c);
        }
        gsl_vector_set(grad_gain, c, (double)sum);
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *x, const gsl_vector *gain, double epsilon,               \
                        const gsl_matrix *grad_output, gsl_matrix *grad_x, gsl_vector *grad_gain)  \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, x, gain, epsilon, grad_output, grad_x, grad_gain);   \
        }

MODEL(right, .is_direct = false)
MODEL(direct, .is_direct = true)
MODEL(with_mean, .subtracts_mean = true)
MODEL(square, .has_square = true)
MODEL(no_gain, .forgets_gain = true)
MODEL(no_share, .forgets_share = true)
MODEL(no_epsilon, .has_no_epsilon = true)
MODEL(raw_gain, .is_raw_gain = true)
MODEL(overwritten, .is_overwritten = true)

static const exercise_model models[] = {
    {"direct", FUNCTION(direct),
     "the rate r was taken for a constant: it changes with every x of its row."},
    {"with-mean", FUNCTION(with_mean),
     "the mean of g was subtracted, as in layer normalisation: no mean was taken here."},
    {"square", FUNCTION(square), "the second term has r squared; a root was derived."},
    {"no-gain", FUNCTION(no_gain), "the gain is missing on the way from dY to dX."},
    {"no-share", FUNCTION(no_share),
     "the second term has a sum over the row where a mean belongs: 1/d is missing."},
    {"no-epsilon", FUNCTION(no_epsilon), "the rate was computed again, and without epsilon."},
    {"raw-gain", FUNCTION(raw_gain),
     "the gain multiplied x r, not x: so its gradient has the rate in it."},
    {"overwritten", FUNCTION(overwritten),
     "the gradients were overwritten: something was in them, and yours is added to it."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t d, double epsilon)
{
    give_matrix(p, "x", n, d);
    give_vector(p, "gain", d);
    give_number(p, "epsilon", epsilon);
    give_matrix(p, "grad_output", n, d);
    update_matrix(p, "grad_x", n, d);
    update_vector(p, "grad_gain", d);
}

static void small(problem *p)
{
    make(p, 2, 4, 0.1);
}

static void wide(problem *p)
{
    make(p, 3, 9 + p->repeat % 8, 1e-5);
}

static void tall(problem *p)
{
    make(p, 7 + p->repeat % 5, 3, 1e-5);
}

static const exercise_case cases[] = {
    {.name = "2 rows of 4, a large epsilon", .make = small, .points = 6},
    {.name = "wide rows", .make = wide, .points = 2},
    {.name = "many rows", .make = tall, .points = 2},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
