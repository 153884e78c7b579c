#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

#define MATRICES                                                                                   \
    const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v, const gsl_matrix *grad_output,  \
        gsl_matrix *grad_q, gsl_matrix *grad_k, gsl_matrix *grad_v
typedef int backward_function(MATRICES);
typedef int check_function(backward_function *backward);
check_function check_backward;

EXERCISE_FUNCTION(check_backward);

static const question_part exercise_parts[] = {
    {"q", ARRAY_GIVEN, 'm', 'd'},        {"k", ARRAY_GIVEN, 'n', 'd'},
    {"v", ARRAY_GIVEN, 'n', 'e'},        {"grad_output", ARRAY_GIVEN, 'm', 'e'},
    {"grad_q", ARRAY_UPDATED, 'm', 'd'}, {"grad_k", ARRAY_UPDATED, 'n', 'd'},
    {"grad_v", ARRAY_UPDATED, 'n', 'e'},
};

#ifdef CHILD

static int exercise_ask(MATRICES)
{
    void *const arguments[] = {(void *)q, (void *)k, (void *)v, (void *)grad_output,
                               grad_q,    grad_k,    grad_v};
    return ask(exercise_parts, COUNT(exercise_parts), arguments);
}

int exercise_call(problem *p, any_function *function)
{
    (void)p;
    return ((check_function *)function)(exercise_ask);
}

#else

int exercise_call(problem *p, any_function *function)
{
    return ((backward_function *)function)(matrix_of(p, "q"), matrix_of(p, "k"), matrix_of(p, "v"),
                                           matrix_of(p, "grad_output"), matrix_of(p, "grad_q"),
                                           matrix_of(p, "grad_k"), matrix_of(p, "grad_v"));
}

#endif

#ifdef JUDGE

/* ---- the right function, and eight that are wrong in one point ------------------------------- */

/* Which formula: the defaults are right. */
typedef struct {
    bool uniform_term;   /* D_i is the plain mean of dP_ij, not the one under the weights */
    bool no_term;        /* D_i is forgotten */
    bool scale_by_keys;  /* 1/sqrt(n) */
    bool is_transposed;  /* dK = dS Q, with indices taken modulo the sizes */
    bool keys_for_query; /* dK = dS^T K */
    bool first_upstream; /* dY_0 for all queries */
    bool mean_upstream;  /* each dY_ic is the mean of its row */
    bool is_overwritten; /* gradients are written, not added */
} formula;

static double dot(const gsl_matrix *a, size_t i, const gsl_matrix *b, size_t j)
{
    double sum = 0.0;
    for (size_t c = 0; c < a->size2; c++) {
        sum += gsl_matrix_get(a, i, c) * gsl_matrix_get(b, j, c);
    }
    return sum;
}

/* dY_ic, as far as the formula reads it. */
static double upstream(formula f, const gsl_matrix *grad_output, size_t i, size_t c)
{
    double sum = 0.0;
    for (size_t l = 0; l < grad_output->size2; l++) {
        sum += gsl_matrix_get(grad_output, i, l);
    }
    return f.mean_upstream ? sum / (double)grad_output->size2
                           : gsl_matrix_get(grad_output, f.first_upstream ? 0 : i, c);
}

/* Row i of P and of dS. */
static void row_of(formula f, const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                   const gsl_matrix *grad_output, size_t i, double p[QUESTION_LARGEST],
                   double ds[QUESTION_LARGEST])
{
    size_t n = k->size1;
    double scale = 1.0 / sqrt((double)(f.scale_by_keys ? n : q->size2)), largest = -INFINITY;
    double sum = 0.0, term = 0.0;
    for (size_t j = 0; j < n; j++) {
        p[j] = dot(q, i, k, j) / sqrt((double)q->size2);
        largest = fmax(largest, p[j]);
    }
    for (size_t j = 0; j < n; j++) {
        p[j] = exp(p[j] - largest);
        sum += p[j];
    }
    for (size_t j = 0; j < n; j++) {
        p[j] /= sum;
        ds[j] = 0.0;
        for (size_t c = 0; c < v->size2; c++) {
            ds[j] += upstream(f, grad_output, i, c) * gsl_matrix_get(v, j, c);
        }
        term += f.no_term ? 0.0 : ds[j] * (f.uniform_term ? 1.0 / (double)n : p[j]);
    }
    for (size_t j = 0; j < n; j++) {
        ds[j] = scale * p[j] * (ds[j] - term);
    }
}

static int by(formula f, MATRICES)
{
    static double p[QUESTION_LARGEST][QUESTION_LARGEST], ds[QUESTION_LARGEST][QUESTION_LARGEST];
    size_t m = q->size1, n = k->size1;
    gsl_matrix *const out[] = {grad_q, grad_k, grad_v};
    for (size_t a = 0; f.is_overwritten && a < COUNT(out); a++) {
        gsl_matrix_set_zero(out[a]);
    }
    for (size_t i = 0; i < m; i++) {
        row_of(f, q, k, v, grad_output, i, p[i], ds[i]);
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double for_key = f.is_transposed ? ds[j % m][i % n] : ds[i][j];
            const gsl_matrix *side = f.keys_for_query ? k : q;
            for (size_t c = 0; c < q->size2; c++) {
                *gsl_matrix_ptr(grad_q, i, c) += ds[i][j] * gsl_matrix_get(k, j, c);
                *gsl_matrix_ptr(grad_k, j, c) += for_key * gsl_matrix_get(side, i % side->size1, c);
            }
            for (size_t c = 0; c < v->size2; c++) {
                *gsl_matrix_ptr(grad_v, j, c) += p[i][j] * upstream(f, grad_output, i, c);
            }
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(MATRICES)                                                                  \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, q, k, v, grad_output, grad_q, grad_k, grad_v);       \
        }

MODEL(right, .no_term = false)
MODEL(uniform_term, .uniform_term = true)
MODEL(no_term, .no_term = true)
MODEL(scale_by_keys, .scale_by_keys = true)
MODEL(is_transposed, .is_transposed = true)
MODEL(keys_for_query, .keys_for_query = true)
MODEL(first_upstream, .first_upstream = true)
MODEL(mean_upstream, .mean_upstream = true)
MODEL(is_overwritten, .is_overwritten = true)

static const exercise_model wrong_slopes[] = {
    {"uniform-term", FUNCTION(uniform_term),
     "it subtracts the plain mean of dP_ij, not the mean under the weights."},
    {"no-row-term", FUNCTION(no_term), "it forgets D_i, what the sum of the softmax takes back."},
    {"scale-by-keys", FUNCTION(scale_by_keys), "it divides by the root of n instead of d."},
};
static const exercise_model wrong_sides[] = {
    {"transposed", FUNCTION(is_transposed), "it mixes up rows and columns of dS for dK."},
    {"keys-for-queries", FUNCTION(keys_for_query), "it multiplies dS by K for dK, not by Q."},
};
static const exercise_model wrong_ends[] = {
    {"mean-upstream", FUNCTION(mean_upstream), "it takes the mean of each row of dY for the row."},
    {"first-upstream", FUNCTION(first_upstream), "it takes the first row of dY for all rows."},
    {"overwritten", FUNCTION(is_overwritten), "it writes the gradients where it should add them."},
};

/* ---- checks that learners do write: their tags are those that they get ------------------------ */

typedef struct {
    size_t m, n, d, e;
    double step, tolerance;
    double size;     /* of the numbers */
    double before;   /* what stands in the gradients */
    bool ones_above; /* dY is 1 everywhere */
    bool equal_rows; /* the rows of dY are equal */
    bool is_self;    /* queries are keys */
} plan;

static void fill(gsl_matrix *a, double size, double first, size_t row_step)
{
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < a->size2; j++) {
            gsl_matrix_set(a, i, j, size * sin(first + 1.7 * (double)(i * row_step + j)));
        }
    }
}

static double loss_of(gsl_matrix *const in[4])
{
    double loss = 0.0, p[QUESTION_LARGEST], ds[QUESTION_LARGEST];
    for (size_t i = 0; i < in[0]->size1; i++) {
        row_of((formula){.no_term = true}, in[0], in[1], in[2], in[3], i, p, ds);
        for (size_t j = 0; j < in[1]->size1; j++) {
            loss += p[j] * dot(in[3], i, in[2], j);
        }
    }
    return loss;
}

static bool is_slope(plan how, gsl_matrix *const in[4], size_t which, const gsl_matrix *gradient)
{
    bool ok = true;
    for (size_t i = 0; i < gradient->size1; i++) {
        for (size_t j = 0; j < gradient->size2; j++) {
            double *x = gsl_matrix_ptr(in[which], i, j), kept = *x;
            *x = kept + how.step;
            double slope = loss_of(in);
            *x = kept - how.step;
            slope = (slope - loss_of(in)) / (2.0 * how.step);
            *x = kept;
            double claim = gsl_matrix_get(gradient, i, j) - how.before;
            ok = ok && fabs(slope - claim) < how.tolerance;
        }
    }
    return ok;
}

static int carry_out(plan how, backward_function *backward)
{
    gsl_matrix *const in[] = {gsl_matrix_alloc(how.m, how.d), gsl_matrix_alloc(how.n, how.d),
                              gsl_matrix_alloc(how.n, how.e), gsl_matrix_alloc(how.m, how.e)};
    gsl_matrix *const out[] = {gsl_matrix_alloc(how.m, how.d), gsl_matrix_alloc(how.n, how.d),
                               gsl_matrix_alloc(how.n, how.e)};
    int failed = 0;
    for (size_t n = 0; n < 4; n++) {
        size_t row_step = n == 3 && how.equal_rows ? 0 : in[n]->size2;
        fill(in[n], n < 3 ? how.size : 1.0, how.is_self && n == 1 ? 1.0 : 1.0 + (double)n,
             row_step);
    }
    for (size_t n = 0; n < 3; n++) {
        gsl_matrix_set_all(out[n], how.before);
    }
    if (how.ones_above) {
        gsl_matrix_set_all(in[3], 1.0);
    }
    backward(in[0], in[1], in[2], in[3], out[0], out[1], out[2]);
    for (size_t n = 0; n < 3; n++) {
        failed = !failed && !is_slope(how, in, n, out[n]) ? (int)n + 1 : failed;
    }
    for (size_t n = 0; n < 4; n++) {
        gsl_matrix_free(in[n]);
        gsl_matrix_free(n < 3 ? out[n] : NULL);
    }
    return failed;
}

static const plan good = {2, 5, 3, 4, 1e-5, 1e-7, 1.3, .before = 7.0};

/* The good plan, but for a change. */
#    define PLAN(name, change)                                                                     \
        static int name(backward_function *backward)                                               \
        {                                                                                          \
            plan how = good;                                                                       \
            change;                                                                                \
            return carry_out(how, backward);                                                       \
        }

PLAN(square_only, how.m = how.n = how.d = how.e = 4)
PLAN(ones_above, how.ones_above = true)
PLAN(equal_rows, how.equal_rows = true)
PLAN(large_step, how.step = 0.1)
PLAN(tiny_step, how.step = 1e-14)
PLAN(small_numbers, how.size = 1e-3; how.tolerance = 1e-5)
PLAN(self, how.n = how.m; how.is_self = true)
PLAN(from_zero, how.before = 0.0)

static const exercise_model models[] = {
    {"square-only", FUNCTION(square_only), "all sizes are 4."},
    {"constant-data", FUNCTION(ones_above), "dY is 1 everywhere."},
    {"first-upstream", FUNCTION(equal_rows), "the rows of dY are equal."},
    {"rejects-right", FUNCTION(large_step), "the step is 0.1."},
    {"rejects-right", FUNCTION(tiny_step), "the step is lost in rounding."},
    {"uniform-term", FUNCTION(small_numbers), "the numbers are tiny."},
    {"keys-for-queries", FUNCTION(self), "queries are keys."},
    {"overwritten", FUNCTION(from_zero), "the gradients begin with zeros."},
};

static const exercise_case cases[] = {
    {.name = "what is right is accepted", .points = 2},
    {.name = "wrong slopes of the softmax are rejected", .points = 3, MUTANTS(wrong_slopes)},
    {.name = "rows for columns, keys for queries are", .points = 2, MUTANTS(wrong_sides)},
    {.name = "what goes wrong above and below is", .points = 3, MUTANTS(wrong_ends)},
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
