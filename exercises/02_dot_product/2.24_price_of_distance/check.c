#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int weights_function(const gsl_matrix *q, const gsl_matrix *k, size_t head, size_t n_heads,
                             gsl_matrix *weights);
weights_function priced_weights;

EXERCISE_FUNCTION(priced_weights);

int exercise_call(problem *p, any_function *function)
{
    return ((weights_function *)function)(matrix_of(p, "q"), matrix_of(p, "k"), size_of(p, "head"),
                                          size_of(p, "n_heads"), matrix_of(p, "weights"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

enum { MOST = 32 };

/* Which formula: the defaults are right. */
typedef struct {
    bool is_reward;     /* distance is added */
    bool is_free;       /* no price at all */
    bool is_scaled;     /* the price is divided by sqrt(d_k), too */
    bool is_from_0;     /* the first head is head 0 in the exponent */
    bool is_top_left;   /* the first query stands at the first key */
    bool sees_all;      /* the future, at the price of its distance */
    bool is_multiplied; /* the weights, not the scores, fall with the distance */
    bool is_unstable;
} formula;

static long double score_of(const formula *f, const gsl_matrix *q, size_t i, const gsl_matrix *k,
                            size_t j, long double cost)
{
    long double sum = 0.0L, root = sqrtl((long double)q->size2);
    for (size_t c = 0; c < q->size2; c++) {
        sum += (long double)gsl_matrix_get(q, i, c) * gsl_matrix_get(k, j, c);
    }
    cost = f->is_free || f->is_multiplied ? 0.0L : f->is_reward ? -cost : cost;
    return f->is_scaled ? (sum - cost) / root : sum / root - cost;
}

static int by(formula f, const gsl_matrix *q, const gsl_matrix *k, size_t head, size_t n_heads,
              gsl_matrix *weights)
{
    size_t n_q = q->size1, n_k = k->size1;
    long double nth = (long double)head + (f.is_from_0 ? 0.0L : 1.0L);
    long double price = exp2l(-8.0L * nth / (long double)n_heads);
    for (size_t i = 0; i < n_q; i++) {
        long position = (long)(f.is_top_left ? i : i + n_k - n_q);
        long double term[MOST], largest = -INFINITY, sum = 0.0L;
        for (size_t j = 0; j < n_k; j++) {
            long distance = labs(position - (long)j);
            bool is_seen = f.sees_all || (long)j <= position;
            term[j] = is_seen ? score_of(&f, q, i, k, j, price * distance) : -INFINITY;
            largest = term[j] > largest ? term[j] : largest;
        }
        for (size_t j = 0; j < n_k; j++) {
            term[j] = exp((double)(term[j] - (f.is_unstable ? 0.0L : largest)));
            sum += term[j];
        }
        for (size_t j = 0; j < n_k; j++) {
            long double fall = f.is_multiplied ? 1.0L - price * labs(position - (long)j) : 1.0L;
            gsl_matrix_set(weights, i, j, (double)(fall * term[j] / sum));
        }
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *q, const gsl_matrix *k, size_t head, size_t n_heads,     \
                        gsl_matrix *weights)                                                       \
        {                                                                                          \
            return by((formula){__VA_ARGS__}, q, k, head, n_heads, weights);                       \
        }

MODEL(right, .is_reward = false)
MODEL(reward, .is_reward = true)
MODEL(free_of_charge, .is_free = true)
MODEL(scaled, .is_scaled = true)
MODEL(from_0, .is_from_0 = true)
MODEL(top_left, .is_top_left = true)
MODEL(sees_all, .sees_all = true)
MODEL(multiplied, .is_multiplied = true)
MODEL(unstable, .is_unstable = true)

static const exercise_model models[] = {
    {"reward", FUNCTION(reward), "distance was added to the score: far keys gain."},
    {"no-price", FUNCTION(free_of_charge), "plain causal attention: distance costs nothing."},
    {"price-scaled", FUNCTION(scaled),
     "the price was divided by sqrt(d_k) as well: only the dot product is."},
    {"head-from-0", FUNCTION(from_0), "the exponent has head in it; it is head + 1."},
    {"top-left", FUNCTION(top_left),
     "the first query stands at the first key; here the last stands at the last."},
    {"future", FUNCTION(sees_all), "keys behind the query's position got weights."},
    {"after", FUNCTION(multiplied),
     "the price was taken from the weights, behind the softmax: rows do not sum to 1."},
    {"no-max", FUNCTION(unstable),
     "exp() of a large score overflowed: subtract the largest score first."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

static void make(problem *p, size_t n_q, size_t n_k, size_t d_k, size_t n_heads, double size)
{
    gsl_matrix_scale(give_matrix(p, "q", n_q, d_k), size);
    give_matrix(p, "k", n_k, d_k);
    give_number(p, "head", (double)(p->repeat % n_heads));
    give_number(p, "n_heads", (double)n_heads);
    want_matrix(p, "weights", n_q, n_k);
}

static void small(problem *p)
{
    make(p, 3, 5, 4, 6, 1.0);
}

static void square(problem *p)
{
    make(p, 6, 6, 2, 8, 1.0);
}

static void one_head(problem *p)
{
    make(p, 2, 4 + p->repeat % 6, 3, 1, 1.0);
}

static void large(problem *p)
{
    make(p, 5, 9, 4, 7, 600.0);
}

/* One number decides the sign of every score. */
static void negative(problem *p)
{
    make(p, 3, 4, 1, 2, 1.0);
    gsl_matrix_set_all(matrix_of(p, "q"), -900.0);
    for (size_t j = 0; j < 4; j++) {
        gsl_matrix_set(matrix_of(p, "k"), j, 0, 1.0 + 1e-3 * draw_uniform(p));
    }
}

static const exercise_case cases[] = {
    {.name = "3 queries, 5 keys, 6 heads", .make = small, .points = 5},
    {.name = "as many queries as keys", .make = square, .points = 2},
    {.name = "one head", .make = one_head, .points = 1},
    {.name = "scores of a thousand", .make = large, .points = 1},
    {.name = "scores of minus 900", .make = negative, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
