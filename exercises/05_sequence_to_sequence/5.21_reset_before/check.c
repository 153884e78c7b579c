#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int gru_function(const gsl_matrix *x, const gsl_vector *initial, const gsl_matrix *weight_x,
                         const gsl_matrix *weight_h, const gsl_vector *bias, gsl_vector *gates,
                         gsl_matrix *output);
gru_function gru_of_the_paper;

EXERCISE_FUNCTION(gru_of_the_paper);

int exercise_call(problem *p, any_function *function)
{
    return ((gru_function *)function)(matrix_of(p, "x"), vector_of(p, "initial"),
                                      matrix_of(p, "weight_x"), matrix_of(p, "weight_h"),
                                      vector_of(p, "bias"), vector_of(p, "gates"),
                                      matrix_of(p, "output"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

typedef struct {
    bool resets_after;  /* r o (U_n h), as on the page */
    bool never_resets;  /* r = 1 in the sum of n */
    bool mixes_reset;   /* z o r o h in the last line */
    bool is_exchanged;  /* z o n + (1 - z) o h */
    bool z_comes_first; /* the columns of z before those of r */
    bool has_sigmoid;   /* n = s(...) */
    bool forgets_state; /* every word begins with the initial state */
} formula;

enum { MOST = 8 };

/* Sum number c before its function; the state is multiplied by r if there is one. */
static long double sum_of(const gsl_vector *x, const long double *h, const long double *r,
                          const gsl_matrix *weight_x, const gsl_matrix *weight_h,
                          const gsl_vector *bias, size_t c, bool is_after)
{
    long double sum = gsl_vector_get(bias, c), of_state = 0;
    for (size_t a = 0; a < x->size; a++) {
        sum += (long double)gsl_vector_get(x, a) * gsl_matrix_get(weight_x, a, c);
    }
    for (size_t a = 0; a < weight_h->size1; a++) {
        of_state += (r && !is_after ? r[a] : 1) * h[a] * gsl_matrix_get(weight_h, a, c);
    }
    return sum + of_state * (r && is_after ? r[c % weight_h->size1] : 1);
}

static long double sigmoid(long double a)
{
    return 1 / (1 + expl(-a));
}

static int by(formula f, const gsl_matrix *x, const gsl_vector *initial, const gsl_matrix *weight_x,
              const gsl_matrix *weight_h, const gsl_vector *bias, gsl_vector *gates,
              gsl_matrix *output)
{
    size_t d = initial->size, at_r = f.z_comes_first ? d : 0, at_z = d - at_r;
    long double h[MOST], r[MOST], z[MOST], n[MOST];
    for (size_t t = 0; t < x->size1; t++) {
        gsl_vector_const_view x_t = gsl_matrix_const_row(x, t);
        const gsl_vector *w = &x_t.vector;
        for (size_t c = 0; (t == 0 || f.forgets_state) && c < d; c++) {
            h[c] = gsl_vector_get(initial, c);
        }
        for (size_t c = 0; c < d; c++) {
            r[c] = sigmoid(sum_of(w, h, NULL, weight_x, weight_h, bias, at_r + c, false));
            z[c] = sigmoid(sum_of(w, h, NULL, weight_x, weight_h, bias, at_z + c, false));
        }
        for (size_t c = 0; c < d; c++) {
            long double a = sum_of(w, h, f.never_resets ? NULL : r, weight_x, weight_h, bias,
                                   2 * d + c, f.resets_after);
            n[c] = f.has_sigmoid ? sigmoid(a) : tanhl(a);
        }
        for (size_t c = 0; c < d; c++) {
            long double share = f.is_exchanged ? 1 - z[c] : z[c];
            h[c] = (1 - share) * n[c] + share * h[c] * (f.mixes_reset ? r[c] : 1);
            gsl_matrix_set(output, t, c, (double)h[c]);
            gsl_vector_set(gates, at_r + c, (double)r[c]);
            gsl_vector_set(gates, at_z + c, (double)z[c]);
            gsl_vector_set(gates, 2 * d + c, (double)n[c]);
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *x, const gsl_vector *initial,                            \
                        const gsl_matrix *weight_x, const gsl_matrix *weight_h,                    \
                        const gsl_vector *bias, gsl_vector *gates, gsl_matrix *output)             \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, x, initial, weight_x, weight_h, bias, gates,         \
                      output);                                                                     \
        }

MODEL(right, .resets_after = false)
MODEL(after, .resets_after = true)
MODEL(never, .never_resets = true)
MODEL(in_mixture, .mixes_reset = true)
MODEL(exchanged, .is_exchanged = true)
MODEL(z_first, .z_comes_first = true)
MODEL(has_sigmoid, .has_sigmoid = true)
MODEL(no_memory, .forgets_state = true)

static const exercise_model models[] = {
    {"reset-after", FUNCTION(after),
     "the reset gate acts behind the product, as on the page; the paper has it before."},
    {"no-reset", FUNCTION(never), "the reset gate is computed, and resets nothing."},
    {"reset-in-mixture", FUNCTION(in_mixture),
     "the last line mixes in the state that was reset; it is h itself that is kept."},
    {"exchanged", FUNCTION(exchanged), "z and 1 - z changed places: z says how much is kept."},
    {"z-first", FUNCTION(z_first), "the columns of z were taken for those of r."},
    {"no-tanh", FUNCTION(has_sigmoid), "n came out of a sigmoid: only r and z are gates."},
    {"no-memory", FUNCTION(no_memory),
     "every word began with the initial state: each goes on from the state behind the last."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n, size_t n_in, size_t n_hidden)
{
    give_matrix(p, "x", n, n_in);
    give_vector(p, "initial", n_hidden);
    give_matrix(p, "weight_x", n_in, 3 * n_hidden);
    give_matrix(p, "weight_h", n_hidden, 3 * n_hidden);
    give_vector(p, "bias", 3 * n_hidden);
    want_vector(p, "gates", 3 * n_hidden);
    want_matrix(p, "output", n, n_hidden);
}

static void small(problem *p)
{
    make(p, 3, 4, 2);
}

static void one_word(problem *p)
{
    make(p, 1, 5, 3);
}

static void longer(problem *p)
{
    make(p, 6 + p->repeat % 9, 3, 5);
}

static const exercise_case cases[] = {
    {.name = "3 words of 4 numbers, a state of 2", .make = small, .points = 6},
    {.name = "one word", .make = one_word, .points = 1},
    {.name = "more words", .make = longer, .points = 3},
};

static const char *is_bounded(problem *p)
{
    const gsl_matrix *output = matrix_of(p, "output");
    for (size_t c = 0; c < output->size2; c++) {
        double bound = fmax(1.0, fabs(gsl_vector_get(vector_of(p, "initial"), c)));
        for (size_t t = 0; t < output->size1; t++) {
            if (!(fabs(gsl_matrix_get(output, t, c)) <= bound + 1e-9)) {
                return "a state lies outside of -1 .. 1, further than it began";
            }
        }
    }
    return NULL;
}

static exercise_property *const properties[] = {is_bounded};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
    .properties = properties,
    .n_properties = COUNT(properties),
};

#endif
