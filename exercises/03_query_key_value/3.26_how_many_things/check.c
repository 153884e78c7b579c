#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int spectrum_function(const gsl_matrix *weight_q, const gsl_matrix *weight_k,
                              gsl_vector *sigma, gsl_vector *rank);
spectrum_function score_spectrum;

EXERCISE_FUNCTION(score_spectrum);

int exercise_call(problem *p, any_function *function)
{
    return ((spectrum_function *)function)(matrix_of(p, "weight_q"), matrix_of(p, "weight_k"),
                                           vector_of(p, "sigma"), vector_of(p, "rank"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

typedef struct {
    bool predicts_d_k;  /* the bound in place of the rank */
    bool counts_all;    /* all that is not exactly 0 */
    bool is_absolute;   /* larger than 1e-10, whatever the largest is */
    bool has_no_root;   /* eigenvalues of M^T M */
    bool is_normalised; /* the singular values in proportion to the first */
    bool takes_keys;    /* those of W_K W_K^T */
} formula;

enum { MOST = 12 };
typedef long double square[MOST][MOST];

static void multiply(const gsl_matrix *a, const gsl_matrix *b, square m)
{
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < b->size1; j++) {
            m[i][j] = 0;
            for (size_t c = 0; c < b->size2; c++) {
                m[i][j] += (long double)gsl_matrix_get(a, i, c) * gsl_matrix_get(b, j, c);
            }
        }
    }
}

/* Turns two columns until they are orthogonal. */
static void turn(square m, size_t n, size_t p, size_t q)
{
    long double pp = 0, qq = 0, pq = 0;
    for (size_t i = 0; i < n; i++) {
        pp += m[i][p] * m[i][p], qq += m[i][q] * m[i][q], pq += m[i][p] * m[i][q];
    }
    if (pq == 0) {
        return;
    }
    long double zeta = (qq - pp) / (2 * pq);
    long double t = (zeta < 0 ? -1 : 1) / (fabsl(zeta) + sqrtl(1 + zeta * zeta));
    long double c = 1 / sqrtl(1 + t * t), s = c * t;
    for (size_t i = 0; i < n; i++) {
        long double before = m[i][p];
        m[i][p] = c * before - s * m[i][q];
        m[i][q] = s * before + c * m[i][q];
    }
}

/* Hestenes 1958: singular values are the lengths of columns that are orthogonal. Sorted. */
static void singular_values(square m, size_t n, size_t n_cols, long double sigma[MOST])
{
    for (size_t sweep = 0; sweep < 40; sweep++) {
        for (size_t pair = 0; pair < n_cols * n_cols; pair++) {
            if (pair / n_cols < pair % n_cols) {
                turn(m, n, pair / n_cols, pair % n_cols);
            }
        }
    }
    for (size_t j = 0; j < n_cols; j++) {
        long double squares = 0;
        for (size_t i = 0; i < n; i++) {
            squares += m[i][j] * m[i][j];
        }
        size_t at = j;
        for (; at > 0 && sigma[at - 1] < sqrtl(squares); at--) {
            sigma[at] = sigma[at - 1];
        }
        sigma[at] = sqrtl(squares);
    }
}

static int by(formula f, const gsl_matrix *weight_q, const gsl_matrix *weight_k, gsl_vector *sigma,
              gsl_vector *rank)
{
    square m;
    long double s[MOST];
    size_t d_m = weight_k->size1, found = 0;
    const gsl_matrix *left = f.takes_keys ? weight_k : weight_q;
    multiply(left, weight_k, m);
    singular_values(m, left->size1, d_m, s);
    for (size_t i = 0; i < d_m; i++) {
        long double bound = f.is_absolute ? 1e-10L : 1e-10L * s[0];
        found += s[i] > (f.counts_all ? -1 : bound);
        long double shown = f.has_no_root ? s[i] * s[i] : s[i];
        gsl_vector_set(sigma, i, (double)(f.is_normalised ? s[i] / s[0] : shown));
    }
    gsl_vector_set(rank, 0, (double)(f.predicts_d_k ? weight_q->size2 : found));
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *weight_q, const gsl_matrix *weight_k, gsl_vector *sigma, \
                        gsl_vector *rank)                                                          \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, weight_q, weight_k, sigma, rank);                    \
        }

MODEL(right, .predicts_d_k = false)
MODEL(predicts, .predicts_d_k = true)
MODEL(counts_all, .counts_all = true)
MODEL(absolute, .is_absolute = true)
MODEL(no_root, .has_no_root = true)
MODEL(normalised, .is_normalised = true)
MODEL(keys_only, .takes_keys = true)

static const exercise_model models[] = {
    {"predicted", FUNCTION(predicts),
     "d_k is what the rank can be at most: it may be less, so it has to be counted."},
    {"counted-all", FUNCTION(counts_all),
     "all singular values were counted, also those that only rounding keeps from being 0."},
    {"absolute", FUNCTION(absolute),
     "values were compared with 1e-10 itself: what is small depends on the largest."},
    {"no-root", FUNCTION(no_root),
     "these are the eigenvalues of M^T M, the squares of the singular values."},
    {"normalised", FUNCTION(normalised),
     "the singular values were divided by the first: the proportion is only for counting."},
    {"keys-only", FUNCTION(keys_only), "the matrix was W_K W_K^T: the queries take no part in it."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t d_x, size_t d_m, size_t d_k)
{
    give_matrix(p, "weight_q", d_x, d_k);
    give_matrix(p, "weight_k", d_m, d_k);
    want_vector(p, "sigma", d_m);
    want_vector(p, "rank", 1);
}

static void narrow(problem *p)
{
    make(p, 7, 5, 2 + p->repeat % 2);
}

/* The last column of W_Q is a mixture of two others. */
static void dependent(problem *p)
{
    make(p, 8, 6, 4);
    gsl_matrix *weight = matrix_of(p, "weight_q");
    for (size_t i = 0; i < 8; i++) {
        double mixture = 0.5 * gsl_matrix_get(weight, i, 0) - 2.0 * gsl_matrix_get(weight, i, 1);
        gsl_matrix_set(weight, i, 3, mixture);
    }
}

static void wide(problem *p)
{
    make(p, 6, 4, 9);
}

static void tiny(problem *p)
{
    make(p, 7, 5, 3);
    gsl_matrix_scale(matrix_of(p, "weight_q"), 1e-8);
    gsl_matrix_scale(matrix_of(p, "weight_k"), 1e-4);
}

static const exercise_case cases[] = {
    {.name = "narrower queries than words", .make = narrow, .points = 5},
    {.name = "columns that depend on each other", .make = dependent, .points = 2},
    {.name = "wider queries than words", .make = wide, .points = 1},
    {.name = "tiny numbers", .make = tiny, .points = 2},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
