/* What each side of attention between projections refuses on its own: scratch of other shapes,
 * outputs that overlap themselves, workspaces that are too small. */

#include "optimized/projection.h"
#include "optimized/query_key_value.h"
#include "optimized/side_by_side.h"
#include "reference/query_key_value.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <stdint.h>

/* Self-attention of three rows; everything has the same shape, and only shapes matter. */
static void scratch_of_other_shapes_is_refused(void)
{
    static double room[16];
    gsl_matrix a = {3, 3, 3, room, NULL, 0}, longer = {4, 3, 3, room, NULL, 0};
    gsl_vector v = {3, 1, room, NULL, 0}, *b = &v;
    ref_query_key_value p = {&a, b, &a, b, &a, b};
    ref_query_key_value_cache cache = {&a, &a, &a, &a};
    const ref_query_key_value_cache wrong[] = {
        {&longer, &a, &a, &a}, {&a, &longer, &a, &a}, {&a, &a, &longer, &a}, {&a, &a, &a, &longer}};
    for (size_t n = 0; n < 4; n++) {
        CHECK_STATUS(ref_query_key_value_backward(&a, &a, &p, 1.0, NULL, &cache, &a, &a, &a, &a, &p,
                                                  &wrong[n]),
                     GSL_EBADLEN, "scratch");
    }
}

/* What the optimized side is asked for in the next two tests. */
typedef struct {
    fast_view x, y, dx;
    fast_query_key_value p, grad;
    fast_query_key_value_cache cache;
} problem;

static problem square_problem(void)
{
    static float floats[9];
    fast_view a = fast_view_matrix(floats, 3, 3), b = fast_view_matrix(floats, 1, 3);
    fast_query_key_value p = {a, b, a, b, a, b};
    return (problem){a, a, a, p, p, {a, a, a, b}};
}

static int forward(problem *a, fast_context *context)
{
    return fast_query_key_value_forward(&a->x, &a->x, &a->p, 1.0f, NULL, &a->cache, &a->y, context);
}

static int backward(problem *a, fast_context *context)
{
    return fast_query_key_value_backward(&a->x, &a->x, &a->p, 1.0f, NULL, &a->cache, &a->y, &a->y,
                                         &a->dx, &a->dx, &a->grad, context);
}

static void overlaps_are_refused(void)
{
    guarded_context *ample = guarded_alloc(kernels_at(0), 2, (size_t)1 << 20);
    problem good = square_problem(), a;
    CHECK_STATUS(forward(&good, &ample->context), GSL_SUCCESS, "forward");
    CHECK_STATUS(backward(&good, &ample->context), GSL_SUCCESS, "backward");
#define CHECK_OVERLAP(view, call)                                                                  \
    do {                                                                                           \
        a = good;                                                                                  \
        a.view.row_stride = 2;                                                                     \
        CHECK_STATUS(call(&a, &ample->context), GSL_EINVAL, #view);                                \
    } while (0)
    CHECK_OVERLAP(y, forward);
    CHECK_OVERLAP(cache.q, forward);
    CHECK_OVERLAP(cache.v, forward);
    CHECK_OVERLAP(dx, backward);
    CHECK_OVERLAP(grad.weight_q, backward);
    CHECK_OVERLAP(grad.weight_k, backward);
    CHECK_OVERLAP(grad.weight_v, backward);
    guarded_free(ample);
}

static void small_workspaces_are_refused(void)
{
    problem a = square_problem();
    fast_context ask = {kernels_at(0), 2, NULL};
    size_t size = fast_query_key_value_forward_size(&a.x, &a.x, &a.p, &ask);
    guarded_context *small = guarded_alloc(kernels_at(0), 2, size - 1);
    CHECK_STATUS(forward(&a, &small->context), GSL_ENOMEM, "forward");
    guarded_free(small);
    size = fast_query_key_value_backward_size(&a.x, &a.x, &a.p, &ask);
    small = guarded_alloc(kernels_at(0), 2, size - 1);
    CHECK_STATUS(backward(&a, &small->context), GSL_ENOMEM, "backward");
    guarded_free(small);
}

static void huge_sizes_are_not_representable(void)
{
    problem a = square_problem();
    fast_context ask = {kernels_at(0), 2, NULL};
    a.x.n_batch = SIZE_MAX / 4;
    CHECK(fast_query_key_value_backward_size(&a.x, &a.x, &a.p, &ask) == SIZE_MAX, "n_batch");
    a = square_problem();
    a.p.weight_q.n_cols = a.p.weight_k.n_cols = SIZE_MAX / 64;
    CHECK(fast_query_key_value_forward_size(&a.x, &a.x, &a.p, &ask) == SIZE_MAX, "d_k, forward");
    CHECK(fast_query_key_value_backward_size(&a.x, &a.x, &a.p, &ask) == SIZE_MAX, "d_k, backward");
}

/* Which are neighbours is not known before there are floats: the queries must assume the most. */
static void sizes_suffice_for_neighbours(void)
{
    fast_context ask = {kernels_at(0), 2, NULL};
    fast_view x = fast_view_matrix(NULL, 300, 200), w = fast_view_matrix(NULL, 200, 40), b = {0};
    fast_view all = fast_view_matrix(NULL, 200, 120);
    fast_query_key_value p = {w, b, w, b, w, b};
    size_t forward = fast_projections_forward_size(&x, &x, &p, &ask);
    size_t backward = fast_projections_backward_size(&x, &x, &p, &ask);
    CHECK(forward >= fast_projection_forward_size(&x, &all, &ask), "forward: %zu", forward);
    CHECK(backward >= fast_projection_backward_size(&x, &all, &ask), "backward: %zu", backward);
}

static const test tests[] = {
    {"scratch of other shapes is refused", scratch_of_other_shapes_is_refused},
    {"outputs that overlap themselves are refused", overlaps_are_refused},
    {"a workspace that is one byte too small is refused", small_workspaces_are_refused},
    {"the size queries suffice for all three as one product", sizes_suffice_for_neighbours},
    {"sizes that cannot be represented are SIZE_MAX", huge_sizes_are_not_representable},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
