#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int errors_function(const gsl_matrix *x, const gsl_matrix *weight_q,
                            const gsl_matrix *weight_k, const gsl_matrix *weight_v,
                            const gsl_matrix *grad_output, const gsl_matrix *claim_q,
                            const gsl_matrix *claim_k, const gsl_matrix *claim_v, double step,
                            gsl_vector *error);
errors_function gradient_errors;

EXERCISE_FUNCTION(gradient_errors);

int exercise_call(problem *p, any_function *function)
{
    return ((errors_function *)function)(matrix_of(p, "x"), matrix_of(p, "weight_q"),
                                         matrix_of(p, "weight_k"), matrix_of(p, "weight_v"),
                                         matrix_of(p, "grad_output"), matrix_of(p, "claim_q"),
                                         matrix_of(p, "claim_k"), matrix_of(p, "claim_v"),
                                         number_of(p, "step"), vector_of(p, "error"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

typedef struct {
    bool is_one_sided;  /* (L(up) - L) / h */
    bool has_no_half;   /* divided by h where it is 2 h */
    bool stays_moved;   /* a number is not put back */
    bool is_absolute;   /* the difference, in no proportion */
    bool takes_largest; /* the largest number in place of the root of the sum of squares */
    bool sums_output;   /* L = sum of Y */
    bool is_of_slope;   /* in proportion to the slope alone */
} formula;

enum { MOST = 8 };

/* x, the three matrices, and dY. */
typedef struct {
    size_t n, d_x, d_k, d_v;
    const gsl_matrix *x, *grad_output;
    long double weight[3][MOST][MOST];
} setting;

static size_t width(const setting *s, size_t m)
{
    return m == 2 ? s->d_v : s->d_k;
}

static long double projected(const setting *s, size_t m, size_t i, size_t c)
{
    long double sum = 0;
    for (size_t a = 0; a < s->d_x; a++) {
        sum += gsl_matrix_get(s->x, i, a) * s->weight[m][a][c];
    }
    return sum;
}

static long double loss_of(const setting *s, const formula *f)
{
    long double loss = 0;
    for (size_t i = 0; i < s->n; i++) {
        long double sum = 0, mixed = 0;
        for (size_t j = 0; j < s->n; j++) {
            long double score = 0, value = 0;
            for (size_t c = 0; c < s->d_k; c++) {
                score += projected(s, 0, i, c) * projected(s, 1, j, c);
            }
            for (size_t c = 0; c < s->d_v; c++) {
                long double dy = f->sums_output ? 1 : gsl_matrix_get(s->grad_output, i, c);
                value += dy * projected(s, 2, j, c);
            }
            long double e = expl(score / sqrtl((long double)s->d_k));
            sum += e;
            mixed += e * value;
        }
        loss += mixed / sum;
    }
    return loss;
}

static long double slope_of(setting *s, const formula *f, long double *moved, long double h)
{
    long double before = *moved, here = loss_of(s, f);
    *moved = before + h;
    long double up = loss_of(s, f);
    *moved = before - h;
    long double down = loss_of(s, f);
    *moved = f->stays_moved ? *moved : before;
    return f->is_one_sided ? (up - here) / h : (up - down) / (f->has_no_half ? h : 2 * h);
}

static long double error_of(setting *s, const formula *f, size_t m, const gsl_matrix *claim,
                            long double h)
{
    long double size[3] = {0, 0, 0};
    for (size_t a = 0; a < s->d_x; a++) {
        for (size_t c = 0; c < width(s, m); c++) {
            long double slope = slope_of(s, f, &s->weight[m][a][c], h);
            long double claimed = gsl_matrix_get(claim, a, c);
            long double terms[3] = {slope - claimed, slope, claimed};
            for (size_t t = 0; t < 3; t++) {
                size[t] = f->takes_largest ? fmaxl(size[t], fabsl(terms[t]))
                                           : size[t] + terms[t] * terms[t];
            }
        }
    }
    for (size_t t = 0; t < 3; t++) {
        size[t] = f->takes_largest ? size[t] : sqrtl(size[t]);
    }
    return size[0] / (f->is_absolute ? 1 : f->is_of_slope ? size[1] : size[1] + size[2]);
}

static void set(setting *s, const gsl_matrix *x, const gsl_matrix *const weight[3],
                const gsl_matrix *grad_output)
{
    s->n = x->size1, s->d_x = x->size2, s->d_k = weight[0]->size2, s->d_v = weight[2]->size2;
    s->x = x, s->grad_output = grad_output;
    for (size_t m = 0; m < 3; m++) {
        for (size_t a = 0; a < s->d_x; a++) {
            for (size_t c = 0; c < width(s, m); c++) {
                s->weight[m][a][c] = gsl_matrix_get(weight[m], a, c);
            }
        }
    }
}

#    define MODEL(name, ...)                                                                       \
        static int name(                                                                           \
            const gsl_matrix *x, const gsl_matrix *weight_q, const gsl_matrix *weight_k,           \
            const gsl_matrix *weight_v, const gsl_matrix *grad_output, const gsl_matrix *claim_q,  \
            const gsl_matrix *claim_k, const gsl_matrix *claim_v, double step, gsl_vector *error)  \
        {                                                                                          \
            const gsl_matrix *const weight[3] = {weight_q, weight_k, weight_v};                    \
            const gsl_matrix *const claim[3] = {claim_q, claim_k, claim_v};                        \
            formula f = {__VA_ARGS__};                                                             \
            setting s;                                                                             \
            set(&s, x, weight, grad_output);                                                       \
            for (size_t m = 0; m < 3; m++) {                                                       \
                gsl_vector_set(error, m, (double)error_of(&s, &f, m, claim[m], step));             \
            }                                                                                      \
            return GSL_SUCCESS;                                                                    \
        }

MODEL(right, .is_one_sided = false)
MODEL(one_sided, .is_one_sided = true)
MODEL(no_half, .has_no_half = true)
MODEL(stays_moved, .stays_moved = true)
MODEL(absolute, .is_absolute = true)
MODEL(largest, .takes_largest = true)
MODEL(sums_output, .sums_output = true)
MODEL(of_slope, .is_of_slope = true)

static const exercise_model models[] = {
    {"one-sided", FUNCTION(one_sided),
     "each number was moved in one direction only: that is wrong by as much as the step is long."},
    {"no-half", FUNCTION(no_half), "the difference was divided by h: between up and down lie 2 h."},
    {"stays-moved", FUNCTION(stays_moved),
     "a number stayed where it was moved to while the next one was tried."},
    {"absolute", FUNCTION(absolute),
     "the error is in no proportion to the gradient: what is 0.01 of a gradient of 0.01?"},
    {"largest", FUNCTION(largest),
     "the largest number was taken; the task asks for the root of the sum of squares."},
    {"sums-output", FUNCTION(sums_output),
     "the loss is the plain sum of Y: that has another gradient than the one that was claimed."},
    {"of-slope", FUNCTION(of_slope),
     "the error was divided by the size of the slope alone, not by both sizes."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

/* Claims that are right: slopes of so short a step that nothing is left of it. */
static void make(problem *p, size_t n, size_t d_x, size_t d_k, size_t d_v)
{
    const char *const weights[3] = {"weight_q", "weight_k", "weight_v"};
    const char *const claims[3] = {"claim_q", "claim_k", "claim_v"};
    const formula plain = {.is_one_sided = false};
    const gsl_matrix *weight[3];
    give_matrix(p, "x", n, d_x);
    for (size_t m = 0; m < 3; m++) {
        give_matrix(p, weights[m], d_x, m == 2 ? d_v : d_k);
    }
    give_matrix(p, "grad_output", n, d_v);
    for (size_t m = 0; m < 3; m++) {
        give_matrix(p, claims[m], d_x, m == 2 ? d_v : d_k);
        weight[m] = matrix_of(p, weights[m]);
    }
    setting s;
    set(&s, matrix_of(p, "x"), weight, matrix_of(p, "grad_output"));
    for (size_t m = 0; m < 3; m++) {
        for (size_t a = 0; a < d_x; a++) {
            for (size_t c = 0; c < width(&s, m); c++) {
                long double slope = slope_of(&s, &plain, &s.weight[m][a][c], 1e-6L);
                gsl_matrix_set(matrix_of(p, claims[m]), a, c, (double)slope);
            }
        }
    }
    give_number(p, "step", 1e-3);
    want_vector(p, "error", 3);
}

static void no_scale(problem *p)
{
    make(p, 3, 4, 2, 5);
    gsl_matrix_scale(matrix_of(p, "claim_k"), sqrt(2.0));
}

static void all_are_right(problem *p)
{
    make(p, 4, 3, 2, 5);
}

static void one_number_is_wrong(problem *p)
{
    make(p, 3, 5, 2, 4);
    *gsl_matrix_ptr(matrix_of(p, "claim_v"), p->repeat % 5, p->repeat % 4) += 0.1;
}

static void small_gradients(problem *p)
{
    make(p, 3, 4, 2, 5);
    gsl_matrix_scale(matrix_of(p, "claim_q"), -1.0);
    gsl_matrix_scale(matrix_of(p, "claim_v"), 0.999);
}

static const exercise_case cases[] = {
    {.name = "the scale is missing in one claim", .make = no_scale, .points = 5},
    {.name = "all claims are right", .make = all_are_right, .points = 2},
    {.name = "one number of one claim is wrong", .make = one_number_is_wrong, .points = 2},
    {.name = "a sign, and a thousandth", .make = small_gradients, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .tolerance = 1e-8,
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
