/* Bad arguments of multi-head attention: one table for both twins, which must return the same status
 * and say a sentence. */

#include "optimized/multi_head.h"
#include "reference/multi_head.h"
#include "tests/support/refusal.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

// clang-format off
/* Everything that a call takes; gradients of parameters follow the parameters in the same order. */
enum {
    X, MEMORY,
    W_Q, B_Q, W_K, B_K, W_V, B_V, W_O, B_O, RELATIVE,
    CACHE_Q, CACHE_K, CACHE_V, CACHE_WEIGHTS, CONCATENATED, OUTPUT,
    GRAD_X, GRAD_MEMORY, GRAD_W_Q, N_MATRICES = GRAD_W_Q + RELATIVE + 1 - W_Q
};
// clang-format on
enum { N_QUERIES = 3, N_KEYS = 4, N_HEADS = 2, OF_PARAMETERS = GRAD_W_Q - W_Q };

/* d_x = 5, d_memory = 6, d_k = 2, d_v = 3, d_model = 7, clip = 1. */
static const size_t right[N_MATRICES][2] = {{3, 5}, {4, 6}, {5, 4}, {1, 4}, {6, 4}, {1, 4}, {6, 6},
                                            {1, 6}, {6, 7}, {1, 7}, {2, 3}, {3, 4}, {4, 4}, {4, 6},
                                            {6, 4}, {3, 6}, {3, 7}, {3, 5}, {4, 6}, {5, 4}, {1, 4},
                                            {6, 4}, {1, 4}, {6, 6}, {1, 6}, {6, 7}, {1, 7}, {2, 3}};

/* What is wrong beside a shape. */
typedef enum {
    NOTHING,
    LENGTH_TOO_LARGE,
    MASK_IS_RELATIVE,
    RELATIVE_IS_NAN,
    ABSENT, /* the tensor is left out */
} fault;

typedef struct {
    const char *name;
    bool is_backward;
    size_t n_heads;
    int which; /* tensor with another shape */
    size_t n_rows, n_cols;
    fault fault;
    int expected;
} bad_call;

// clang-format off
static const bad_call calls[] = {
    {"all is well",                             true,  2, X,            3, 5, NOTHING, GSL_SUCCESS},
    {"no head",                                 false, 0, X,            3, 5, NOTHING, GSL_EINVAL},
    {"columns that heads cannot share",         false, 4, X,            3, 5, NOTHING, GSL_EBADLEN},
    {"x of another width",                      false, 2, X,            3, 4, NOTHING, GSL_EBADLEN},
    {"a memory of another width",               false, 2, MEMORY,       4, 5, NOTHING, GSL_EBADLEN},
    {"keys wider than queries",                 false, 2, W_K,          6, 6, NOTHING, GSL_EBADLEN},
    {"a bias of the queries that is too long",  false, 2, B_Q,          1, 6, NOTHING, GSL_EBADLEN},
    {"W_O with a row too few",                  false, 2, W_O,          5, 7, NOTHING, GSL_EBADLEN},
    {"b_O shorter than the output",             false, 2, B_O,          1, 6, NOTHING, GSL_EBADLEN},
    {"a relative bias for another head",        false, 2, RELATIVE,     3, 3, NOTHING, GSL_EBADLEN},
    {"a relative bias of even length",          false, 2, RELATIVE,     2, 4, NOTHING, GSL_EBADLEN},
    {"a cache of fewer queries",                false, 2, CACHE_Q,      2, 4, NOTHING, GSL_EBADLEN},
    {"a cache of fewer values",                 false, 2, CACHE_V,      3, 6, NOTHING, GSL_EBADLEN},
    {"concatenated heads that are too narrow",  false, 2, CONCATENATED, 3, 5, NOTHING, GSL_EBADLEN},
    {"an output with a row too many",           false, 2, OUTPUT,       4, 7, NOTHING, GSL_EBADLEN},
    {"an output of another width",              false, 2, OUTPUT,       3, 6, NOTHING, GSL_EBADLEN},
    {"a length beyond the keys",                false, 2, X, 3, 5, LENGTH_TOO_LARGE, GSL_EINVAL},
    {"a relative bias in the mask",             false, 2, X, 3, 5, MASK_IS_RELATIVE, GSL_EINVAL},
    {"a relative bias that is NaN",             false, 2, X, 3, 5, RELATIVE_IS_NAN,  GSL_EINVAL},
    {"a length beyond the keys, backward",      true,  2, X, 3, 5, LENGTH_TOO_LARGE, GSL_EINVAL},
    {"a relative bias in the mask, backward",   true,  2, X, 3, 5, MASK_IS_RELATIVE, GSL_EINVAL},
    {"a relative bias that is NaN, backward",   true,  2, X, 3, 5, RELATIVE_IS_NAN,  GSL_EINVAL},
    {"no bias at all is right",                 false, 2, B_O,          1, 7, ABSENT,  GSL_SUCCESS},
    {"a gradient of x of another shape",        true,  2, GRAD_X,       2, 5, NOTHING, GSL_EBADLEN},
    {"a gradient of the memory, too narrow",    true,  2, GRAD_MEMORY,  4, 5, NOTHING, GSL_EBADLEN},
    {"a gradient of W_V of another shape",      true,  2, W_V + OF_PARAMETERS, 6, 4, NOTHING, GSL_EBADLEN},
    {"a gradient of W_O of another shape",      true,  2, W_O + OF_PARAMETERS, 6, 6, NOTHING, GSL_EBADLEN},
    {"a gradient of the bias, of another clip", true,  2, RELATIVE + OF_PARAMETERS, 2, 5, NOTHING, GSL_EBADLEN},
    {"b_K without a gradient",                  true,  2, B_K + OF_PARAMETERS, 1, 4, ABSENT, GSL_EBADLEN},
    {"b_O without a gradient",                  true,  2, B_O + OF_PARAMETERS, 1, 7, ABSENT, GSL_EBADLEN},
    {"a relative bias without a gradient",      true,  2, RELATIVE + OF_PARAMETERS, 2, 3, ABSENT, GSL_EBADLEN},
    {"a gradient of nothing",                   true,  2, B_V,          1, 6, ABSENT,  GSL_EBADLEN},
};
// clang-format on

static void shape_of(const bad_call *call, int m, size_t shape[2])
{
    bool is_other = m == call->which;
    shape[0] = is_other ? call->n_rows : right[m][0];
    shape[1] = is_other ? call->n_cols : right[m][1];
}

static bool is_absent(const bad_call *call, int m)
{
    return call->fault == ABSENT && m == call->which;
}

/* ---- what stands in the tensors ---------------------------------------------------------------- */

enum { N_NUMBERS = ROOM * ROOM };

static double doubles[N_MATRICES][N_NUMBERS];
static float floats[N_MATRICES][N_NUMBERS];

/* Nowhere 0, so that no gradient is. */
static double number_at(const bad_call *call, int m, int n)
{
    bool is_nan = call->fault == RELATIVE_IS_NAN && m == RELATIVE && n == 1;
    return is_nan ? NAN : 0.125 * (1 + (5 * m + 3 * n) % 7);
}

static void fill(const bad_call *call)
{
    for (int m = 0; m < N_MATRICES; m++) {
        for (int n = 0; n < N_NUMBERS; n++) {
            doubles[m][n] = number_at(call, m, n);
            floats[m][n] = (float)doubles[m][n];
        }
    }
}

/* A pass that is refused changes no gradient, a forward pass nothing at all. */
static void check_untouched(const bad_call *call, const char *whose)
{
    int n_changed = 0;
    for (int m = call->is_backward ? GRAD_X : 0; m < N_MATRICES; m++) {
        for (int n = 0; n < N_NUMBERS; n++) {
            double before = number_at(call, m, n);
            n_changed += !isnan(before) && (doubles[m][n] != before || floats[m][n] != before);
        }
    }
    CHECK((n_changed == 0) == (call->expected != GSL_SUCCESS), "%s, %s: %d numbers have changed",
          call->name, whose, n_changed);
}

/* ---- the reference ----------------------------------------------------------------------------- */

static gsl_matrix matrices[N_MATRICES];
static gsl_vector vectors[N_MATRICES];

static gsl_matrix *matrix(const bad_call *call, int m)
{
    size_t shape[2];
    shape_of(call, m, shape);
    matrices[m] = (gsl_matrix){shape[0], shape[1], ROOM, doubles[m], NULL, 0};
    return is_absent(call, m) ? NULL : &matrices[m];
}

static gsl_vector *vector(const bad_call *call, int m)
{
    size_t shape[2];
    shape_of(call, m, shape);
    vectors[m] = (gsl_vector){shape[1], 1, doubles[m], NULL, 0};
    return is_absent(call, m) ? NULL : &vectors[m];
}

static ref_multi_head ref_parameters_from(const bad_call *call, int first)
{
    int to = first - W_Q;
    return (ref_multi_head){.n_heads = call->n_heads,
                            .heads = {matrix(call, W_Q + to), vector(call, B_Q + to),
                                      matrix(call, W_K + to), vector(call, B_K + to),
                                      matrix(call, W_V + to), vector(call, B_V + to)},
                            .weight_o = matrix(call, W_O + to),
                            .bias_o = vector(call, B_O + to),
                            .relative_bias = matrix(call, RELATIVE + to)};
}

static int call_reference(const bad_call *call)
{
    static double scratch[5][ROOM * ROOM];
    static const size_t length = N_KEYS + 1;
    fill(call);
    ref_multi_head p = ref_parameters_from(call, W_Q), grad = ref_parameters_from(call, GRAD_W_Q);
    ref_multi_head_cache cache = {{matrix(call, CACHE_Q), matrix(call, CACHE_K),
                                   matrix(call, CACHE_V), matrix(call, CACHE_WEIGHTS)},
                                  matrix(call, CONCATENATED)};
    gsl_matrix other[5];
    for (int n = 0; n < 5; n++) {
        other[n] = matrices[CACHE_Q + n];
        other[n].data = scratch[n];
    }
    ref_multi_head_cache grad_cache = {{&other[0], &other[1], &other[2], &other[3]}, &other[4]};
    gsl_vector relative = {3, 1, doubles[RELATIVE], NULL, 0};
    ref_mask mask = {.key_length = call->fault == LENGTH_TOO_LARGE ? &length : NULL,
                     .relative_bias = call->fault == MASK_IS_RELATIVE ? &relative : NULL};
    gsl_matrix *x = matrix(call, X), *memory = matrix(call, MEMORY), *y = matrix(call, OUTPUT);
    int status = ref_multi_head_forward(x, memory, &p, &mask, &cache, y);
    return !call->is_backward
               ? status
               : ref_multi_head_backward(x, memory, &p, &mask, &cache, y, matrix(call, GRAD_X),
                                         matrix(call, GRAD_MEMORY), &grad, &grad_cache);
}

/* ---- the optimized side ------------------------------------------------------------------------ */

static fast_view view(const bad_call *call, int m)
{
    size_t shape[2];
    shape_of(call, m, shape);
    return (fast_view){is_absent(call, m) ? NULL : floats[m],
                       1,
                       1,
                       shape[0],
                       shape[1],
                       ROOM * ROOM,
                       ROOM * ROOM,
                       ROOM};
}

static fast_multi_head fast_parameters_from(const bad_call *call, int first)
{
    int to = first - W_Q;
    return (fast_multi_head){.n_heads = call->n_heads,
                             .heads = {view(call, W_Q + to), view(call, B_Q + to),
                                       view(call, W_K + to), view(call, B_K + to),
                                       view(call, W_V + to), view(call, B_V + to)},
                             .weight_o = view(call, W_O + to),
                             .bias_o = view(call, B_O + to),
                             .relative_bias = view(call, RELATIVE + to)};
}

static int call_optimized(const bad_call *call, fast_context *context)
{
    static float logarithms[N_HEADS * N_QUERIES];
    static const size_t length = N_KEYS + 1;
    fill(call);
    fast_multi_head p = fast_parameters_from(call, W_Q);
    fast_multi_head grad = fast_parameters_from(call, GRAD_W_Q);
    fast_multi_head_cache cache = {{view(call, CACHE_Q), view(call, CACHE_K), view(call, CACHE_V),
                                    fast_view_tensor(logarithms, 1, N_HEADS, 1, N_QUERIES)},
                                   view(call, CONCATENATED)};
    fast_view x = view(call, X), memory = view(call, MEMORY), y = view(call, OUTPUT);
    fast_view dx = view(call, GRAD_X), dm = view(call, GRAD_MEMORY),
              relative = view(call, RELATIVE);
    fast_mask mask = {.key_lengths = call->fault == LENGTH_TOO_LARGE ? &length : NULL,
                      .relative_bias = call->fault == MASK_IS_RELATIVE ? &relative : NULL};
    int status = fast_multi_head_forward(&x, &memory, &p, &mask, &cache, &y, context);
    return !call->is_backward ? status
                              : fast_multi_head_backward(&x, &memory, &p, &mask, &cache, &y, &dx,
                                                         &dm, &grad, context);
}

/* ---- the tests --------------------------------------------------------------------------------- */

static void check(const bad_call *call, const char *whose, int status)
{
    check_refusal(call->name, whose, status, call->expected);
    check_untouched(call, whose);
}

static void both_refuse(void)
{
    for (size_t n = 0; n < sizeof calls / sizeof calls[0]; n++) {
        check(&calls[n], "reference", call_reference(&calls[n]));
        for (size_t isa = 0; kernels_at(isa); isa++) {
            guarded_context *ample = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 22);
            check(&calls[n], kernels_at(isa)->name, call_optimized(&calls[n], &ample->context));
            guarded_free(ample);
        }
    }
}

static void small_workspace(void)
{
    const bad_call *fine = &calls[0];
    bad_call forward = *fine;
    forward.is_backward = false;
    fast_multi_head p = fast_parameters_from(fine, W_Q);
    fast_view x = view(fine, X), memory = view(fine, MEMORY);
    fast_context ask = {kernels_at(0), 2, NULL};
    size_t n_forward = fast_multi_head_forward_size(&x, &memory, &p, &ask);
    size_t n_backward = fast_multi_head_backward_size(&x, &memory, &p, &ask);
    guarded_context *small = guarded_alloc(kernels_at(0), 2, n_forward - 1);
    CHECK_STATUS(call_optimized(&forward, &small->context), GSL_ENOMEM, "forward");
    guarded_free(small);
    small = guarded_alloc(kernels_at(0), 2, n_backward - 1);
    CHECK_STATUS(call_optimized(fine, &small->context), GSL_ENOMEM, "backward");
    guarded_free(small);
}

static const test tests[] = {
    {"both sides refuse the same arguments with the same status and a sentence, changing nothing",
     both_refuse},
    {"a workspace that is a byte too small is refused", small_workspace},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
