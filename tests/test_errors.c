/* Bad arguments of softmax, reweighting and the product: one table for both twins, which must
 * return the same status and say a sentence. Attention has a table of its own. */

#include "optimized/matmul.h"
#include "optimized/reweighting.h"
#include "optimized/softmax.h"
#include "reference/reweighting.h"
#include "reference/softmax.h"
#include "tests/support/refusal.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- arguments: up to five matrices, each with a shape --------------------------------------- */

enum { N_MATRICES = 5 };

typedef struct {
    size_t shapes[N_MATRICES][2];
    int proximity;
    double bandwidth;
} arguments;

/* ---- the pairs ------------------------------------------------------------------------------- */

/** A function of each side, made to take its arguments from the table. */
typedef struct {
    int (*ref)(const arguments *);
    int (*fast)(const arguments *, fast_context *);
} pair;

/* x, y, z are the first three matrices; q and k the first two as vectors of the reference, which are
 * rows (1 x n) of the optimized side. */
#define PAIR(name, ref_call, fast_call)                                                            \
    static int ref_side_of_##name(const arguments *a)                                              \
    {                                                                                              \
        const size_t(*s)[2] = a->shapes;                                                           \
        gsl_matrix x = wide(s[0], 0), y = wide(s[1], 1), z = wide(s[2], 2);                        \
        gsl_vector q = wide_line(s[0][1], 0), k = wide_line(s[1][1], 1);                           \
        (void)x, (void)y, (void)z, (void)q, (void)k;                                               \
        return ref_call;                                                                           \
    }                                                                                              \
    static int fast_side_of_##name(const arguments *a, fast_context *context)                      \
    {                                                                                              \
        const size_t(*s)[2] = a->shapes;                                                           \
        fast_view x = narrow(s[0], 0), y = narrow(s[1], 1), z = narrow(s[2], 2);                   \
        (void)x, (void)y, (void)z;                                                                 \
        return fast_call;                                                                          \
    }                                                                                              \
    static const pair name = {ref_side_of_##name, fast_side_of_##name};

PAIR(softmax, ref_softmax_forward(&x, &y), fast_softmax_forward(&x, &y, context))
PAIR(gradient, ref_softmax_backward(&x, &y, &z), fast_softmax_backward(&x, &y, &z, context))
PAIR(lse, ref_log_sum_exp(&x, &k), fast_log_sum_exp(&x, &y, context))
PAIR(mix, ref_reweight(&x, &y, &z), fast_reweight(&x, &y, &z, context))
PAIR(divide, ref_divide_by_sum(&x, &y), fast_divide_by_sum(&x, &y, context))
PAIR(dots, ref_dot_weights(&x, &y), fast_dot_weights(&x, &y, context))
PAIR(moved, ref_dot_reweighting_reassociated(&x, &y, &z),
     fast_dot_reweighting_reassociated(&x, &y, &z, context))
PAIR(near, ref_proximity_weights(&q, &k, (ref_proximity)a->proximity, a->bandwidth, &z),
     fast_proximity_weights(&x, &y, (fast_proximity)a->proximity, (float)a->bandwidth, &z, context))
PAIR(dgemm, gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, &x, &y, 0.0, &z),
     fast_matmul(false, true, 1.0f, &x, &y, 0.0f, &z, context))

/* libgslcblas ends the program over a size of 0, so only the optimized product is asked for one. */
static const pair no_dgemm = {NULL, fast_side_of_dgemm};

static int ref_fused(gsl_matrix *x, gsl_matrix *y)
{
    gsl_matrix weights = wide((const size_t[]){x->size1, x->size1}, 4);
    return ref_dot_reweighting(x, &weights, y);
}
PAIR(fused, ref_fused(&x, &y), fast_dot_reweighting(&x, &y, context))

/* queries, keys, values, output, and the upstream gradient */
static int regress(const arguments *a)
{
    gsl_vector q = wide_line(a->shapes[0][1], 0), k = wide_line(a->shapes[1][1], 1);
    gsl_matrix v = wide(a->shapes[2], 2), y = wide(a->shapes[3], 3), dy = wide(a->shapes[4], 4);
    static double storage[ROOM * ROOM];
    gsl_matrix weights = {q.size, k.size, ROOM, storage, NULL, 0};
    double grad = 0.0;
    int status = ref_kernel_regression_forward(&q, &k, &v, (ref_proximity)a->proximity,
                                               a->bandwidth, &weights, &y);
    return status ? status
                  : ref_kernel_regression_backward(&q, &k, &v, (ref_proximity)a->proximity,
                                                   a->bandwidth, &weights, &y, &dy, &grad);
}

static int fast_regress(const arguments *a, fast_context *context)
{
    fast_view x = narrow(a->shapes[0], 0), y = narrow(a->shapes[1], 1), z = narrow(a->shapes[2], 2);
    static float storage[ROOM];
    fast_view output = narrow(a->shapes[3], 3), dy = narrow(a->shapes[4], 4);
    fast_view sums = {storage, 1, 1, 1, x.n_cols, ROOM, ROOM, ROOM};
    float grad = 0.0f;
    int status = fast_kernel_regression_forward(&x, &y, &z, (fast_proximity)a->proximity,
                                                (float)a->bandwidth, &sums, &output, context);
    return status ? status
                  : fast_kernel_regression_backward(&x, &y, &z, (fast_proximity)a->proximity,
                                                    (float)a->bandwidth, &sums, &output, &dy, &grad,
                                                    context);
}

static const pair fit = {regress, fast_regress};

/* ---- the table ------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    const pair *pair;
    arguments arguments;
    int expected;
} row;

enum { OK = GSL_SUCCESS, BADLEN = GSL_EBADLEN, INVAL = GSL_EINVAL };

// clang-format off
static const row rows[] = {
    {"softmax",                &softmax,  {{{3, 4}, {3, 4}}, 0, 0}, OK},
    {"softmax, wider",         &softmax,  {{{3, 4}, {3, 5}}, 0, 0}, BADLEN},
    {"softmax, one more row",  &softmax,  {{{3, 4}, {4, 4}}, 0, 0}, BADLEN},
    {"softmax of no row",      &softmax,  {{{0, 4}, {0, 4}}, 0, 0}, INVAL},
    {"softmax of no column",   &softmax,  {{{3, 0}, {3, 0}}, 0, 0}, INVAL},
    {"softmax gradient",       &gradient, {{{3, 4}, {3, 4}, {3, 4}}, 0, 0}, OK},
    {"dp wider",               &gradient, {{{3, 4}, {3, 5}, {3, 4}}, 0, 0}, BADLEN},
    {"ds with a row too many", &gradient, {{{3, 4}, {3, 4}, {4, 4}}, 0, 0}, BADLEN},
    {"gradient of no row",     &gradient, {{{0, 4}, {0, 4}, {0, 4}}, 0, 0}, INVAL},
    {"lse",                    &lse,      {{{3, 4}, {1, 3}}, 0, 0}, OK},
    {"lse, one too few",       &lse,      {{{3, 4}, {1, 2}}, 0, 0}, BADLEN},
    {"lse of columns",         &lse,      {{{3, 4}, {1, 4}}, 0, 0}, BADLEN},
    {"lse of nothing",         &lse,      {{{3, 0}, {1, 3}}, 0, 0}, INVAL},
    {"weighted sum",           &mix,      {{{3, 4}, {4, 2}, {3, 2}}, 0, 0}, OK},
    {"a value too many",       &mix,      {{{3, 4}, {5, 2}, {3, 2}}, 0, 0}, BADLEN},
    {"an output too many",     &mix,      {{{3, 4}, {4, 2}, {4, 2}}, 0, 0}, BADLEN},
    {"an output too wide",     &mix,      {{{3, 4}, {4, 2}, {3, 3}}, 0, 0}, BADLEN},
    {"values of no width",     &mix,      {{{3, 4}, {4, 0}, {3, 0}}, 0, 0}, INVAL},
    {"no weight at all",       &mix,      {{{3, 0}, {0, 2}, {3, 2}}, 0, 0}, INVAL},
    {"proximity",              &near,     {{{1, 3}, {1, 4}, {3, 4}}, REF_INVERSE, 1}, OK},
    {"a key too many",         &near,     {{{1, 3}, {1, 5}, {3, 4}}, 0, 1}, BADLEN},
    {"a query too many",       &near,     {{{1, 4}, {1, 4}, {3, 4}}, 0, 1}, BADLEN},
    {"no key",                 &near,     {{{1, 3}, {1, 0}, {3, 0}}, 0, 1}, INVAL},
    {"a kernel too many",      &near,     {{{1, 3}, {1, 4}, {3, 4}}, REF_INVERSE + 1, 1}, INVAL},
    {"a negative kernel",      &near,     {{{1, 3}, {1, 4}, {3, 4}}, -1, 1}, INVAL},
    {"a bandwidth of 0",       &near,     {{{1, 3}, {1, 4}, {3, 4}}, 0, 0}, INVAL},
    {"a bandwidth below 0",    &near,     {{{1, 3}, {1, 4}, {3, 4}}, 0, -1}, INVAL},
    {"a bandwidth of NaN",     &near,     {{{1, 3}, {1, 4}, {3, 4}}, 0, NAN}, INVAL},
    {"infinite bandwidth",     &near,     {{{1, 3}, {1, 4}, {3, 4}}, 0, INFINITY}, INVAL},
    {"division",               &divide,   {{{3, 4}, {3, 4}}, 0, 0}, OK},
    {"division, wider",        &divide,   {{{3, 4}, {3, 5}}, 0, 0}, BADLEN},
    {"division of nothing",    &divide,   {{{3, 0}, {3, 0}}, 0, 0}, INVAL},
    {"dot weights",            &dots,     {{{3, 2}, {3, 3}}, 0, 0}, OK},
    {"dots, not square",       &dots,     {{{3, 2}, {3, 4}}, 0, 0}, BADLEN},
    {"dots of no width",       &dots,     {{{3, 0}, {3, 3}}, 0, 0}, INVAL},
    {"(X X^T) X",              &fused,    {{{3, 2}, {3, 2}}, 0, 0}, OK},
    {"(X X^T) X, wider",       &fused,    {{{3, 2}, {3, 3}}, 0, 0}, BADLEN},
    {"(X X^T) X, no row",      &fused,    {{{0, 2}, {0, 2}}, 0, 0}, INVAL},
    {"X (X^T X)",              &moved,    {{{3, 2}, {2, 2}, {3, 2}}, 0, 0}, OK},
    {"X (X^T X), wide gram",   &moved,    {{{3, 2}, {2, 3}, {3, 2}}, 0, 0}, BADLEN},
    {"X (X^T X), more rows",   &moved,    {{{3, 2}, {2, 2}, {4, 2}}, 0, 0}, BADLEN},
    {"X (X^T X), no width",    &moved,    {{{3, 0}, {0, 0}, {3, 0}}, 0, 0}, INVAL},
    {"kernel regression",      &fit,      {{{1, 3}, {1, 4}, {4, 2}, {3, 2}, {3, 2}}, 0, 1}, OK},
    {"fit, a value more",      &fit,      {{{1, 3}, {1, 4}, {5, 2}, {3, 2}, {3, 2}}, 0, 1}, BADLEN},
    {"fit, output wider",      &fit,      {{{1, 3}, {1, 4}, {4, 2}, {3, 3}, {3, 3}}, 0, 1}, BADLEN},
    {"fit, dY longer",         &fit,      {{{1, 3}, {1, 4}, {4, 2}, {3, 2}, {4, 2}}, 0, 1}, BADLEN},
    {"fit on no key",          &fit,      {{{1, 3}, {1, 0}, {0, 2}, {3, 2}, {3, 2}}, 0, 1}, INVAL},
    {"fit, bandwidth 0",       &fit,      {{{1, 3}, {1, 4}, {4, 2}, {3, 2}, {3, 2}}, 0, 0}, INVAL},
    {"fit, wrong kernel",      &fit,      {{{1, 3}, {1, 4}, {4, 2}, {3, 2}, {3, 2}}, 9, 1}, INVAL},
    {"product",                &dgemm,    {{{3, 4}, {5, 4}, {3, 5}}, 0, 0}, OK},
    {"product, other inner",   &dgemm,    {{{3, 4}, {5, 3}, {3, 5}}, 0, 0}, BADLEN},
    {"product, other C",       &dgemm,    {{{3, 4}, {5, 4}, {3, 4}}, 0, 0}, BADLEN},
    {"product, no inside",     &no_dgemm, {{{3, 0}, {5, 0}, {3, 5}}, 0, 0}, INVAL},
};
// clang-format on

static void both_refuse(void)
{
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        const row *r = &rows[n];
        if (r->pair->ref) {
            check_refusal(r->name, "reference", r->pair->ref(&r->arguments), r->expected);
        }
        for (size_t isa = 0; kernels_at(isa); isa++) {
            guarded_context *ample = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 22);
            check_refusal(r->name, kernels_at(isa)->name,
                          r->pair->fast(&r->arguments, &ample->context), r->expected);
            guarded_free(ample);
        }
    }
}

static const test tests[] = {
    {"both refuse the same faults with the same status and a sentence", both_refuse},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
