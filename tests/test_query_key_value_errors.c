/* What attention between projections refuses, the same on both sides. What each refuses on its own is
 * in test_query_key_value_refusals.c. */

#include "optimized/query_key_value.h"
#include "reference/query_key_value.h"
#include "tests/support/bad_arguments.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* The shapes are those of X, M, W_Q, W_K, W_V; all others follow, but for one that is a row, or an
 * entry, too long. */
enum { X, MEMORY, WEIGHT_Q, WEIGHT_K, WEIGHT_V };
typedef enum {
    NONE,
    NO_BIAS,
    BIAS_Q,
    BIAS_K,
    BIAS_V,
    CACHE_Q,
    CACHE_K,
    CACHE_V,
    CACHE_WEIGHTS,
    OUTPUT,
    KEY_LENGTH,
    GRAD_OUTPUT,
    GRAD_X,
    GRAD_MEMORY,
    GRAD_WEIGHT_Q,
    GRAD_WEIGHT_K,
    GRAD_WEIGHT_V,
    GRAD_BIAS_Q,
    GRAD_BIAS_K,
    GRAD_BIAS_V,
    NO_GRAD_BIAS_V,
    ONLY_GRAD_BIAS_Q,
} fault;

static size_t more_if(const bad_arguments *a, fault f)
{
    return a->choice == (int)f;
}

/* Only shapes matter, so that inputs share their numbers and so do outputs. */
static gsl_matrix shared_wide(size_t n_rows, size_t n_cols)
{
    static double room[2 * ROOM * ROOM];
    return (gsl_matrix){n_rows, n_cols, ROOM, room, NULL, 0};
}

static gsl_matrix *matrix_at(gsl_matrix *place, size_t n_rows, size_t n_cols)
{
    *place = shared_wide(n_rows, n_cols);
    return place;
}

/* A bias, or its gradient: where the one is too long, so is the other. */
static gsl_vector *vector_at(gsl_vector *place, size_t n, bool is_there)
{
    static double room[2 * ROOM];
    *place = (gsl_vector){n, 1, room, NULL, 0};
    return is_there ? place : NULL;
}

static int ref_both(const bad_arguments *a)
{
    size_t n_q = a->shapes[X][0], n_k = a->shapes[MEMORY][0];
    size_t d_q = a->shapes[WEIGHT_Q][1], d_k = a->shapes[WEIGHT_K][1], d_v = a->shapes[WEIGHT_V][1];
    const size_t(*w)[2] = &a->shapes[WEIGHT_Q];
    bool has_bias = a->choice != NO_BIAS;
    gsl_matrix m[20], x = bad_wide(a, X), memory = bad_wide(a, MEMORY);
    gsl_vector v[6];
    ref_query_key_value p = {
        matrix_at(&m[0], w[0][0], d_q),
        vector_at(&v[0], d_q + more_if(a, BIAS_Q), has_bias && a->choice != ONLY_GRAD_BIAS_Q),
        matrix_at(&m[1], w[1][0], d_k),
        vector_at(&v[1], d_k + more_if(a, BIAS_K), has_bias),
        matrix_at(&m[2], w[2][0], d_v),
        vector_at(&v[2], d_v + more_if(a, BIAS_V), has_bias)};
    ref_query_key_value grad = {
        matrix_at(&m[3], w[0][0] + more_if(a, GRAD_WEIGHT_Q), d_q),
        vector_at(&v[3], d_q + more_if(a, BIAS_Q) + more_if(a, GRAD_BIAS_Q), has_bias),
        matrix_at(&m[4], w[1][0] + more_if(a, GRAD_WEIGHT_K), d_k),
        vector_at(&v[4], d_k + more_if(a, BIAS_K) + more_if(a, GRAD_BIAS_K), has_bias),
        matrix_at(&m[5], w[2][0] + more_if(a, GRAD_WEIGHT_V), d_v),
        vector_at(&v[5], d_v + more_if(a, BIAS_V) + more_if(a, GRAD_BIAS_V),
                  has_bias && a->choice != NO_GRAD_BIAS_V)};
    ref_query_key_value_cache cache = {matrix_at(&m[6], n_q + more_if(a, CACHE_Q), d_q),
                                       matrix_at(&m[7], n_k + more_if(a, CACHE_K), d_k),
                                       matrix_at(&m[8], n_k + more_if(a, CACHE_V), d_v),
                                       matrix_at(&m[9], n_q + more_if(a, CACHE_WEIGHTS), n_k)};
    gsl_matrix y = shared_wide(n_q + more_if(a, OUTPUT), d_v),
               dy = shared_wide(n_q + more_if(a, GRAD_OUTPUT), d_v);
    gsl_matrix dx = shared_wide(n_q + more_if(a, GRAD_X), x.size2);
    gsl_matrix dm = shared_wide(n_k + more_if(a, GRAD_MEMORY), memory.size2);
    const size_t length = n_k + more_if(a, KEY_LENGTH);
    ref_mask mask = {.key_length = &length};
    int status = ref_query_key_value_forward(&x, &memory, &p, a->number, &mask, &cache, &y);
    return status ? status
                  : ref_query_key_value_backward(&x, &memory, &p, a->number, &mask, &cache, &y, &dy,
                                                 &dx, &dm, &grad, &cache);
}

static fast_view shared_narrow(size_t n_rows, size_t n_cols)
{
    static float room[2 * ROOM * ROOM];
    return (fast_view){room, 1, 1, n_rows, n_cols, 2 * ROOM * ROOM, 2 * ROOM * ROOM, ROOM};
}

static fast_view narrow_bias(size_t n, bool is_there)
{
    return is_there ? shared_narrow(1, n) : (fast_view){0};
}

static int fast_both(const bad_arguments *a, fast_context *context)
{
    size_t n_q = a->shapes[X][0], n_k = a->shapes[MEMORY][0];
    size_t d_q = a->shapes[WEIGHT_Q][1], d_k = a->shapes[WEIGHT_K][1], d_v = a->shapes[WEIGHT_V][1];
    const size_t(*w)[2] = &a->shapes[WEIGHT_Q];
    bool has_bias = a->choice != NO_BIAS;
    fast_view x = bad_narrow(a, X), memory = bad_narrow(a, MEMORY);
    fast_query_key_value p = {
        shared_narrow(w[0][0], d_q),
        narrow_bias(d_q + more_if(a, BIAS_Q), has_bias && a->choice != ONLY_GRAD_BIAS_Q),
        shared_narrow(w[1][0], d_k),
        narrow_bias(d_k + more_if(a, BIAS_K), has_bias),
        shared_narrow(w[2][0], d_v),
        narrow_bias(d_v + more_if(a, BIAS_V), has_bias)};
    fast_query_key_value grad = {
        shared_narrow(w[0][0] + more_if(a, GRAD_WEIGHT_Q), d_q),
        narrow_bias(d_q + more_if(a, BIAS_Q) + more_if(a, GRAD_BIAS_Q), has_bias),
        shared_narrow(w[1][0] + more_if(a, GRAD_WEIGHT_K), d_k),
        narrow_bias(d_k + more_if(a, BIAS_K) + more_if(a, GRAD_BIAS_K), has_bias),
        shared_narrow(w[2][0] + more_if(a, GRAD_WEIGHT_V), d_v),
        narrow_bias(d_v + more_if(a, BIAS_V) + more_if(a, GRAD_BIAS_V),
                    has_bias && a->choice != NO_GRAD_BIAS_V)};
    fast_query_key_value_cache cache = {shared_narrow(n_q + more_if(a, CACHE_Q), d_q),
                                        shared_narrow(n_k + more_if(a, CACHE_K), d_k),
                                        shared_narrow(n_k + more_if(a, CACHE_V), d_v),
                                        shared_narrow(1, n_q + more_if(a, CACHE_WEIGHTS))};
    fast_view y = shared_narrow(n_q + more_if(a, OUTPUT), d_v);
    fast_view dy = shared_narrow(n_q + more_if(a, GRAD_OUTPUT), d_v);
    fast_view dx = shared_narrow(n_q + more_if(a, GRAD_X), x.n_cols);
    fast_view dm = shared_narrow(n_k + more_if(a, GRAD_MEMORY), memory.n_cols);
    const size_t length = n_k + more_if(a, KEY_LENGTH);
    fast_mask mask = {.key_lengths = &length};
    float scale = (float)a->number;
    int status = fast_query_key_value_forward(&x, &memory, &p, scale, &mask, &cache, &y, context);
    return status ? status
                  : fast_query_key_value_backward(&x, &memory, &p, scale, &mask, &cache, &y, &dy,
                                                  &dx, &dm, &grad, context);
}

enum { OK = GSL_SUCCESS, LENGTH = GSL_EBADLEN, INVALID = GSL_EINVAL };

#define BOTH ref_both, fast_both
#define GOOD                                                                                       \
    {3, 4}, {5, 6}, {4, 2}, {6, 2},                                                                \
    {                                                                                              \
        6, 7                                                                                       \
    }

// clang-format off
static const bad_call calls[] = {
    {"attention",                   BOTH, {{GOOD}, 1, NONE}, OK},
    {"attention without biases",    BOTH, {{GOOD}, 1, NO_BIAS}, OK},
    {"W_Q with a row too many",     BOTH, {{{3, 4}, {5, 6}, {5, 2}, {6, 2}, {6, 7}}, 1, NONE}, LENGTH},
    {"W_K with a row too many",     BOTH, {{{3, 4}, {5, 6}, {4, 2}, {7, 2}, {6, 7}}, 1, NONE}, LENGTH},
    {"W_V with a row too few",      BOTH, {{{3, 4}, {5, 6}, {4, 2}, {6, 2}, {5, 7}}, 1, NONE}, LENGTH},
    {"keys wider than queries",     BOTH, {{{3, 4}, {5, 6}, {4, 2}, {6, 3}, {6, 7}}, 1, NONE}, LENGTH},
    {"no query",                    BOTH, {{{0, 4}, {5, 6}, {4, 2}, {6, 2}, {6, 7}}, 1, NONE}, INVALID},
    {"no key",                      BOTH, {{{3, 4}, {0, 6}, {4, 2}, {6, 2}, {6, 7}}, 1, NONE}, INVALID},
    {"x without columns",           BOTH, {{{3, 0}, {5, 6}, {0, 2}, {6, 2}, {6, 7}}, 1, NONE}, INVALID},
    {"a memory without columns",    BOTH, {{{3, 4}, {5, 0}, {4, 2}, {0, 2}, {0, 7}}, 1, NONE}, INVALID},
    {"queries without columns",     BOTH, {{{3, 4}, {5, 6}, {4, 0}, {6, 0}, {6, 7}}, 1, NONE}, INVALID},
    {"values without columns",      BOTH, {{{3, 4}, {5, 6}, {4, 2}, {6, 2}, {6, 0}}, 1, NONE}, INVALID},
    {"b_Q too long",                BOTH, {{GOOD}, 1, BIAS_Q}, LENGTH},
    {"b_K too long",                BOTH, {{GOOD}, 1, BIAS_K}, LENGTH},
    {"b_V too long",                BOTH, {{GOOD}, 1, BIAS_V}, LENGTH},
    {"a query too many",            BOTH, {{GOOD}, 1, CACHE_Q}, LENGTH},
    {"a key too many",              BOTH, {{GOOD}, 1, CACHE_K}, LENGTH},
    {"a value too many",            BOTH, {{GOOD}, 1, CACHE_V}, LENGTH},
    {"weights or log-sum-exp",      BOTH, {{GOOD}, 1, CACHE_WEIGHTS}, LENGTH},
    {"an output too many",          BOTH, {{GOOD}, 1, OUTPUT}, LENGTH},
    {"a key length beyond",         BOTH, {{GOOD}, 1, KEY_LENGTH}, INVALID},
    {"a scale of NaN",              BOTH, {{GOOD}, NAN, NONE}, INVALID},
    {"an infinite scale",           BOTH, {{GOOD}, INFINITY, NONE}, INVALID},
    {"dY with a row too many",      BOTH, {{GOOD}, 1, GRAD_OUTPUT}, LENGTH},
    {"dX with a row too many",      BOTH, {{GOOD}, 1, GRAD_X}, LENGTH},
    {"dM with a row too many",      BOTH, {{GOOD}, 1, GRAD_MEMORY}, LENGTH},
    {"dW_Q with a row too many",    BOTH, {{GOOD}, 1, GRAD_WEIGHT_Q}, LENGTH},
    {"dW_K with a row too many",    BOTH, {{GOOD}, 1, GRAD_WEIGHT_K}, LENGTH},
    {"dW_V with a row too many",    BOTH, {{GOOD}, 1, GRAD_WEIGHT_V}, LENGTH},
    {"db_Q too long",               BOTH, {{GOOD}, 1, GRAD_BIAS_Q}, LENGTH},
    {"db_K too long",               BOTH, {{GOOD}, 1, GRAD_BIAS_K}, LENGTH},
    {"db_V too long",               BOTH, {{GOOD}, 1, GRAD_BIAS_V}, LENGTH},
    {"b_V without gradient",        BOTH, {{GOOD}, 1, NO_GRAD_BIAS_V}, LENGTH},
    {"a gradient without b_Q",      BOTH, {{GOOD}, 1, ONLY_GRAD_BIAS_Q}, LENGTH},
};
// clang-format on

static void both_refuse(void)
{
    check_bad_calls(calls, sizeof calls / sizeof calls[0]);
}

static const test tests[] = {
    {"both refuse the same faults with the same status and a sentence", both_refuse},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
