/* What each side of additive attention refuses on its own: scratch of other shapes, views of other
 * batches, outputs that overlap themselves, workspaces that are too small. */

#include "optimized/additive_attention.h"
#include "reference/additive_attention.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <stdint.h>

/* Everything has the same shape, and only shapes matter. */
static void scratch_of_other_shapes_is_refused(void)
{
    static double room[16];
    gsl_matrix a = {3, 3, 3, room, NULL, 0}, longer = {4, 3, 3, room, NULL, 0};
    gsl_vector b = {3, 1, room, NULL, 0};
    ref_additive_attention p = {&a, &a, &b, &b};
    ref_additive_cache cache = {&a, &a};
    const ref_additive_cache wrong[] = {{&longer, &a}, {&a, &longer}};
    for (size_t n = 0; n < 2; n++) {
        CHECK_STATUS(ref_additive_attention_backward(&a, &a, &a, &p, NULL, &cache, &a, &a, &a, &a,
                                                     &a, &p, &wrong[n]),
                     GSL_EBADLEN, "scratch");
    }
}

/* What the optimized side is asked for: two sequences of three rows of three numbers. */
typedef struct {
    fast_view x, keys, memory, y, dx, dk, dm;
    fast_additive_attention p, grad;
    fast_additive_cache cache;
} problem;

/* e^(2 K) of no key. */
static const fast_additive_powers nothing_made;

static problem square_problem(void)
{
    static float floats[18];
    fast_view a = fast_view_tensor(floats, 2, 1, 3, 3), w = fast_view_matrix(floats, 3, 3);
    fast_view b = fast_view_matrix(floats, 1, 3), rows = fast_view_tensor(floats, 2, 1, 1, 3);
    fast_additive_attention p = {w, w, b, b};
    return (problem){a, a, a, a, a, a, a, p, p, {a, rows, NULL}};
}

static int keys_forward(problem *a, fast_context *context)
{
    return fast_additive_keys_forward(&a->memory, &a->p, &a->keys, context);
}

static int forward(problem *a, fast_context *context)
{
    return fast_additive_attention_forward(&a->x, &a->keys, &a->memory, &a->p, NULL, &a->cache,
                                           &a->y, context);
}

static int backward(problem *a, fast_context *context)
{
    return fast_additive_attention_backward(&a->x, &a->keys, &a->memory, &a->p, NULL, &a->cache,
                                            &a->y, &a->y, &a->dx, &a->dk, &a->dm, &a->grad,
                                            context);
}

static int keys_backward(problem *a, fast_context *context)
{
    return fast_additive_keys_backward(&a->memory, &a->p, &a->dk, &a->dm, &a->grad, context);
}

static int (*const calls[])(problem *, fast_context *) = {keys_forward, forward, backward,
                                                          keys_backward};
enum { N_CALLS = sizeof calls / sizeof calls[0] };

/* One field of a good problem is changed before a call. */
#define CHECK_REFUSED(change, call, status)                                                        \
    do {                                                                                           \
        problem a = square_problem();                                                              \
        a.change;                                                                                  \
        CHECK_STATUS(call(&a, &ample->context), status, #change);                                  \
    } while (0)

static void other_batches_are_refused(void)
{
    guarded_context *ample = guarded_alloc(kernels_at(0), 2, (size_t)1 << 20);
    problem good = square_problem();
    for (int n = 0; n < N_CALLS; n++) {
        CHECK_STATUS(calls[n](&good, &ample->context), GSL_SUCCESS, "a good problem");
    }
    CHECK_REFUSED(memory.n_batch = 1, forward, GSL_EBADLEN);
    CHECK_REFUSED(keys.n_batch = 1, forward, GSL_EBADLEN);
    CHECK_REFUSED(x.n_heads = 2, forward, GSL_EBADLEN);
    CHECK_REFUSED(cache.log_sum_exp.n_batch = 1, forward, GSL_EBADLEN);
    CHECK_REFUSED(y.n_batch = 1, forward, GSL_EBADLEN);
    CHECK_REFUSED(p.weight_q.n_batch = 2, forward, GSL_EBADLEN);
    CHECK_REFUSED(p.v.n_rows = 2, forward, GSL_EBADLEN);
    CHECK_REFUSED(cache.powers = &nothing_made, forward, GSL_EBADLEN);
    CHECK_REFUSED(cache.powers = &nothing_made, backward, GSL_EBADLEN);
    CHECK_REFUSED(dk.n_batch = 1, backward, GSL_EBADLEN);
    CHECK_REFUSED(grad.v.n_rows = 2, backward, GSL_EBADLEN);
    guarded_free(ample);
}

static void overlaps_are_refused(void)
{
    guarded_context *ample = guarded_alloc(kernels_at(0), 2, (size_t)1 << 20);
    CHECK_REFUSED(keys.batch_stride = 0, keys_forward, GSL_EINVAL);
    CHECK_REFUSED(y.row_stride = 2, forward, GSL_EINVAL);
    CHECK_REFUSED(cache.q.row_stride = 2, forward, GSL_EINVAL);
    CHECK_REFUSED(cache.log_sum_exp.batch_stride = 0, forward, GSL_EINVAL);
    CHECK_REFUSED(dx.row_stride = 2, backward, GSL_EINVAL);
    CHECK_REFUSED(dk.batch_stride = 0, backward, GSL_EINVAL);
    CHECK_REFUSED(dm.batch_stride = 0, backward, GSL_EINVAL);
    CHECK_REFUSED(grad.weight_q.row_stride = 2, backward, GSL_EINVAL);
    CHECK_REFUSED(dm.row_stride = 2, keys_backward, GSL_EINVAL);
    CHECK_REFUSED(grad.weight_k.row_stride = 2, keys_backward, GSL_EINVAL);
    guarded_free(ample);
}

static void small_workspaces_are_refused(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        problem a = square_problem();
        fast_context ask = {kernels_at(isa), 2, NULL};
        const size_t sizes[] = {
            fast_additive_keys_forward_size(&a.memory, &a.p, &ask),
            fast_additive_attention_forward_size(&a.x, &a.keys, &a.memory, &a.p, &ask),
            fast_additive_attention_backward_size(&a.x, &a.keys, &a.memory, &a.p, &ask),
            fast_additive_keys_backward_size(&a.memory, &a.p, &ask)};
        for (int n = 0; n < N_CALLS; n++) {
            guarded_context *small = guarded_alloc(kernels_at(isa), 2, sizes[n] - 1);
            CHECK_STATUS(calls[n](&a, &small->context), GSL_ENOMEM, "a byte too few");
            guarded_free(small);
        }
    }
}

static void huge_sizes_are_not_representable(void)
{
    fast_context ask = {kernels_at(0), 2, NULL};
    problem a = square_problem();
    a.keys.n_rows = a.memory.n_rows = SIZE_MAX / 8;
    CHECK(fast_additive_keys_forward_size(&a.memory, &a.p, &ask) == SIZE_MAX, "n_k, keys");
    CHECK(fast_additive_attention_forward_size(&a.x, &a.keys, &a.memory, &a.p, &ask) == SIZE_MAX,
          "n_k, forward");
    a = square_problem();
    a.x.n_rows = SIZE_MAX / 8;
    CHECK(fast_additive_attention_backward_size(&a.x, &a.keys, &a.memory, &a.p, &ask) == SIZE_MAX,
          "n_q, backward");
    a = square_problem();
    a.x.n_batch = a.keys.n_batch = a.memory.n_batch = SIZE_MAX / 4;
    CHECK(fast_additive_attention_backward_size(&a.x, &a.keys, &a.memory, &a.p, &ask) == SIZE_MAX,
          "n_batch, backward");
}

static const test tests[] = {
    {"the reference refuses scratch that has not the shape of the cache",
     scratch_of_other_shapes_is_refused},
    {"views of another number of sequences or heads are refused", other_batches_are_refused},
    {"outputs and gradients that overlap themselves are refused", overlaps_are_refused},
    {"a workspace that is a byte too small is refused", small_workspaces_are_refused},
    {"a workspace that cannot be represented has the size SIZE_MAX",
     huge_sizes_are_not_representable},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
