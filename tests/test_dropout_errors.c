/* What dropout refuses: the same on both sides, and outputs that overlap themselves. */

#include "optimized/dropout.h"
#include "reference/dropout.h"
#include "tests/support/bad_arguments.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* x, Y */
static int ref_forward(const bad_arguments *a)
{
    gsl_matrix x = bad_wide(a, 0), y = bad_wide(a, 1);
    return ref_dropout_forward(&x, &(ref_dropout){a->number, 1, 0}, &y);
}

static int fast_forward(const bad_arguments *a, fast_context *context)
{
    fast_view x = bad_narrow(a, 0), y = bad_narrow(a, 1);
    return fast_dropout_forward(&x, &(fast_dropout){a->number, 1, 0}, &y, context);
}

/* dY, dX */
static int ref_backward(const bad_arguments *a)
{
    gsl_matrix dy = bad_wide(a, 0), dx = bad_wide(a, 1);
    return ref_dropout_backward(&(ref_dropout){a->number, 1, 0}, &dy, &dx);
}

static int fast_backward(const bad_arguments *a, fast_context *context)
{
    fast_view dy = bad_narrow(a, 0), dx = bad_narrow(a, 1);
    return fast_dropout_backward(&(fast_dropout){a->number, 1, 0}, &dy, &dx, context);
}

enum { OK = GSL_SUCCESS, LENGTH = GSL_EBADLEN, INVALID = GSL_EINVAL };

#define DROP ref_forward, fast_forward
#define BACK ref_backward, fast_backward

// clang-format off
static const bad_call calls[] = {
    {"dropout",               DROP, {{{3, 4}, {3, 4}}, 0.5, 0}, OK},
    {"an output too wide",    DROP, {{{3, 4}, {3, 5}}, 0.5, 0}, LENGTH},
    {"an output too many",    DROP, {{{3, 4}, {4, 4}}, 0.5, 0}, LENGTH},
    {"no row",                DROP, {{{0, 4}, {0, 4}}, 0.5, 0}, INVALID},
    {"no column",             DROP, {{{3, 0}, {3, 0}}, 0.5, 0}, INVALID},
    {"a rate of 1",           DROP, {{{3, 4}, {3, 4}}, 1.0, 0}, INVALID},
    {"a negative rate",       DROP, {{{3, 4}, {3, 4}}, -0.1, 0}, INVALID},
    {"a rate of NaN",         DROP, {{{3, 4}, {3, 4}}, NAN, 0}, INVALID},
    {"its gradient",          BACK, {{{3, 4}, {3, 4}}, 0.5, 0}, OK},
    {"dX wider than dY",      BACK, {{{3, 4}, {3, 5}}, 0.5, 0}, LENGTH},
    {"dX longer than dY",     BACK, {{{3, 4}, {4, 4}}, 0.5, 0}, LENGTH},
    {"gradients of no row",   BACK, {{{0, 4}, {0, 4}}, 0.5, 0}, INVALID},
    {"gradients at a rate 1", BACK, {{{3, 4}, {3, 4}}, 1.0, 0}, INVALID},
};
// clang-format on

static void both_refuse(void)
{
    check_bad_calls(calls, sizeof calls / sizeof calls[0]);
}

static void overlaps_are_refused(void)
{
    static float floats[16];
    fast_view x = fast_view_matrix(floats, 3, 4), y = x;
    fast_dropout d = {0.5, 1, 0};
    y.row_stride = 3;
    guarded_context *guarded = guarded_alloc(kernels_at(0), 1, 0);
    CHECK_STATUS(fast_dropout_forward(&x, &d, &y, &guarded->context), INVALID, "output");
    CHECK_STATUS(fast_dropout_backward(&d, &x, &y, &guarded->context), INVALID, "grad_x");
    guarded_free(guarded);
}

static const test tests[] = {
    {"both refuse the same faults with the same status and a sentence", both_refuse},
    {"outputs that overlap themselves are refused", overlaps_are_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
