#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int adam_function(size_t step, double rate, const gsl_vector *gradient, gsl_vector *first,
                          gsl_vector *second, gsl_vector *theta);
adam_function adam_step;

EXERCISE_FUNCTION(adam_step);

int exercise_call(problem *p, any_function *function)
{
    return ((adam_function *)function)(size_of(p, "step"), number_of(p, "rate"),
                                       vector_of(p, "gradient"), vector_of(p, "first"),
                                       vector_of(p, "second"), vector_of(p, "theta"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

typedef struct {
    bool has_no_hats;
    bool hats_first_only, hats_second_only;
    long shift;           /* of the number of the step */
    bool stores_hats;     /* m and v are kept with their hats */
    bool epsilon_inside;  /* sqrt(v + epsilon) */
    bool is_exchanged;    /* beta1^t under v, and beta2^t under m */
    bool is_linear;       /* beta * t instead of a power */
    bool multiplies_step; /* only the rate is corrected, at the wrong side */
} formula;

static void shares(const formula *f, size_t step, long double *share1, long double *share2)
{
    long double t = (long double)step + f->shift;
    *share1 = f->is_linear ? 1 - 0.9L / t : 1 - powl(0.9L, t);
    *share2 = f->is_linear ? 1 - 0.999L / t : 1 - powl(0.999L, t);
    if (f->is_exchanged) {
        long double kept = *share1;
        *share1 = *share2, *share2 = kept;
    }
    *share1 = f->has_no_hats || f->hats_second_only ? 1 : *share1;
    *share2 = f->has_no_hats || f->hats_first_only ? 1 : *share2;
    if (f->multiplies_step) {
        *share1 = 1 / *share1, *share2 = 1 / *share2;
    }
}

static int by(formula f, size_t step, double rate, const gsl_vector *gradient, gsl_vector *first,
              gsl_vector *second, gsl_vector *theta)
{
    long double share1, share2;
    shares(&f, step, &share1, &share2);
    for (size_t i = 0; i < theta->size; i++) {
        long double g = gsl_vector_get(gradient, i);
        long double m = 0.9L * gsl_vector_get(first, i) + 0.1L * g;
        long double v = 0.999L * gsl_vector_get(second, i) + 0.001L * g * g;
        long double m_hat = m / share1, v_hat = v / share2;
        long double size = f.epsilon_inside ? sqrtl(v_hat + 1e-8L) : sqrtl(v_hat) + 1e-8L;
        gsl_vector_set(first, i, (double)(f.stores_hats ? m_hat : m));
        gsl_vector_set(second, i, (double)(f.stores_hats ? v_hat : v));
        gsl_vector_set(theta, i, (double)(gsl_vector_get(theta, i) - rate * m_hat / size));
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(size_t step, double rate, const gsl_vector *gradient, gsl_vector *first,   \
                        gsl_vector *second, gsl_vector *theta)                                     \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, step, rate, gradient, first, second, theta);         \
        }

MODEL(right, .shift = 0)
MODEL(no_hats, .has_no_hats = true)
MODEL(hat_of_m, .hats_first_only = true)
MODEL(hat_of_v, .hats_second_only = true)
MODEL(one_late, .shift = 1)
MODEL(stores_hats, .stores_hats = true)
MODEL(epsilon_inside, .epsilon_inside = true)
MODEL(exchanged, .is_exchanged = true)
MODEL(linear, .is_linear = true)
MODEL(multiplied, .multiplies_step = true)

static const exercise_model models[] = {
    {"no-hats", FUNCTION(no_hats),
     "m and v are used as they are: both begin at 0, and are too small at first."},
    {"hat-of-m-only", FUNCTION(hat_of_m), "m has its hat, and v has none."},
    {"hat-of-v-only", FUNCTION(hat_of_v), "v has its hat, and m has none."},
    {"one-late", FUNCTION(one_late),
     "the steps are counted from 2: step is 1 already in the first."},
    {"stores-hats", FUNCTION(stores_hats),
     "m and v were kept with their hats on: the next step corrects them once more."},
    {"epsilon-inside", FUNCTION(epsilon_inside),
     "epsilon was added under the root, where it weighs as much as 1e-4 outside."},
    {"exchanged", FUNCTION(exchanged), "m was divided by v's share, and v by m's."},
    {"no-power", FUNCTION(linear), "beta was divided by t; it is raised to the power of t."},
    {"multiplied", FUNCTION(multiplied),
     "m and v were multiplied by their shares: that makes them smaller still."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t step, double size)
{
    give_number(p, "step", (double)step);
    give_number(p, "rate", 0.25);
    gsl_vector *gradient = give_vector(p, "gradient", n);
    gsl_vector *first = update_vector(p, "first", n), *second = update_vector(p, "second", n);
    update_vector(p, "theta", n);
    gsl_vector_scale(gradient, size);
    for (size_t i = 0; i < n; i++) {
        double v = gsl_vector_get(second, i);
        gsl_vector_set(first, i, step == 1 ? 0.0 : 0.3 * size * gsl_vector_get(first, i));
        gsl_vector_set(second, i, step == 1 ? 0.0 : size * size * (0.2 + v * v));
    }
}

static void first_step(problem *p)
{
    make(p, 3, 1, 1.0);
}

static void later(problem *p)
{
    make(p, 4, 2 + 3 * p->repeat, 1.0);
}

static void much_later(problem *p)
{
    make(p, 5, 500, 1.0);
}

static void tiny(problem *p)
{
    make(p, 3, 7, 1e-6);
}

static const exercise_case cases[] = {
    {.name = "the first step", .make = first_step, .points = 4},
    {.name = "the steps after it", .make = later, .points = 3},
    {.name = "step 500", .make = much_later, .points = 1},
    {.name = "tiny gradients", .make = tiny, .points = 2},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
