/* Bad arguments of local attention: one table for both twins, which must return the same status and
 * say a sentence. What only one of them can be given: scratch, workspaces and views. */

#include "optimized/local_attention.h"
#include "reference/local_attention.h"
#include "tests/support/refusal.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* What may be wrong. Three queries and five states, of 2 and 4 numbers, are right. */
typedef struct {
    const char *name;
    size_t x[2], keys[2], memory[2], weight[2], n_v, hidden[2], n_positions, weights[2], output[2];
    size_t grad_output[2], grad_x[2], grad_keys[2], grad_memory[2], grad_weight[2], n_grad_v;
    size_t length, window;
    double scale;
    int expected;
} bad_call;

#define RIGHT                                                                                      \
    .x = {3, 2}, .keys = {5, 2}, .memory = {5, 4}, .weight = {2, 6}, .n_v = 6, .hidden = {3, 6},   \
    .n_positions = 3, .weights = {3, 5}, .output = {3, 4}, .grad_output = {3, 4},                  \
    .grad_x = {3, 2}, .grad_keys = {5, 2}, .grad_memory = {5, 4}, .grad_weight = {2, 6},           \
    .n_grad_v = 6, .length = 5, .window = 2, .scale = 1.0

enum { LENGTH = GSL_EBADLEN, INVALID = GSL_EINVAL };

// clang-format off
static const bad_call calls[] = {
    {"nothing is wrong", RIGHT, .expected = GSL_SUCCESS},
    {"W_p is higher than x is wide", RIGHT, .weight = {3, 6}, .grad_weight = {3, 6}, .expected = LENGTH},
    {"W_p is wider than v_p", RIGHT, .weight = {2, 5}, .grad_weight = {2, 5}, .expected = LENGTH},
    {"Z with a row too many", RIGHT, .hidden = {4, 6}, .expected = LENGTH},
    {"Z wider than W_p", RIGHT, .hidden = {3, 7}, .expected = LENGTH},
    {"a position too many", RIGHT, .n_positions = 4, .expected = LENGTH},
    {"weights, or logarithms, of a query too many", RIGHT, .weights = {4, 5}, .expected = LENGTH},
    {"keys wider than x", RIGHT, .keys = {5, 3}, .grad_keys = {5, 3}, .expected = LENGTH},
    {"a state without a key", RIGHT, .memory = {6, 4}, .grad_memory = {6, 4}, .expected = LENGTH},
    {"an output too many", RIGHT, .output = {4, 4}, .grad_output = {4, 4}, .expected = LENGTH},
    {"outputs wider than a state", RIGHT, .output = {3, 5}, .grad_output = {3, 5}, .expected = LENGTH},
    {"a length beyond the last state", RIGHT, .length = 6, .expected = INVALID},
    {"a window of 0", RIGHT, .window = 0, .expected = INVALID},
    {"a scale of infinity", RIGHT, .scale = INFINITY, .expected = INVALID},
    {"no query", RIGHT, .x = {0, 2}, .hidden = {0, 6}, .n_positions = 0, .weights = {0, 5}, .output = {0, 4},
     .expected = INVALID},
    {"no state", RIGHT, .keys = {0, 2}, .memory = {0, 4}, .weights = {3, 0}, .length = 0, .expected = INVALID},
    {"x without columns", RIGHT, .x = {3, 0}, .keys = {5, 0}, .weight = {0, 6}, .expected = INVALID},
    {"states without columns", RIGHT, .memory = {5, 0}, .output = {3, 0}, .expected = INVALID},
    {"no number in v_p", RIGHT, .weight = {2, 0}, .n_v = 0, .hidden = {3, 0}, .expected = INVALID},
    {"dY with a row too many", RIGHT, .grad_output = {4, 4}, .expected = LENGTH},
    {"dX with a row too many", RIGHT, .grad_x = {4, 2}, .expected = LENGTH},
    {"dK with a row too many", RIGHT, .grad_keys = {6, 2}, .expected = LENGTH},
    {"dM with a row too many", RIGHT, .grad_memory = {6, 4}, .expected = LENGTH},
    {"dW_p with a row too many", RIGHT, .grad_weight = {3, 6}, .expected = LENGTH},
    {"dv_p with a number too many", RIGHT, .n_grad_v = 7, .expected = LENGTH},
};
// clang-format on
enum { N_CALLS = sizeof calls / sizeof calls[0] };

/* ---- the reference --------------------------------------------------------------------------- */

static int by_reference(const bad_call *a)
{
    gsl_matrix x = wide(a->x, 0), keys = wide(a->keys, 1), memory = wide(a->memory, 2);
    gsl_matrix w = wide(a->weight, 3), z = wide(a->hidden, 4), p = wide(a->weights, 5);
    gsl_matrix shares = wide(a->weights, 6), y = wide(a->output, 7), dy = wide(a->grad_output, 8);
    gsl_matrix dx = wide(a->grad_x, 9), dk = wide(a->grad_keys, 10), dm = wide(a->grad_memory, 11);
    gsl_matrix dw = wide(a->grad_weight, 12);
    gsl_vector v = wide_line(a->n_v, 13), dv = wide_line(a->n_grad_v, 14);
    gsl_vector positions = wide_line(a->n_positions, 15);
    const ref_local_attention parameters = {&w, &v}, grad = {&dw, &dv};
    const ref_local_cache cache = {&z, &positions, &shares, &p};
    int status = ref_local_attention_forward(&x, &keys, &memory, a->scale, a->window, &a->length,
                                             &parameters, &cache, &y);
    gsl_matrix dz = wide(a->hidden, 16), ds = wide(a->weights, 17), da = wide(a->weights, 18);
    gsl_vector dp = wide_line(a->n_positions, 19);
    const ref_local_cache scratch = {&dz, &dp, &ds, &da};
    return status ? status
                  : ref_local_attention_backward(&x, &keys, &memory, a->scale, a->window,
                                                 &a->length, &parameters, &cache, &y, &dy, &dx, &dk,
                                                 &dm, &grad, &scratch);
}

/* ---- the optimized side ---------------------------------------------------------------------- */

typedef struct {
    fast_view x, keys, memory, y, dy, dx, dk, dm;
    fast_local_attention parameters, grad;
    fast_local_cache cache;
    const size_t *lengths;
    size_t window;
    float scale;
} fast_call;

static fast_call fast_call_of(const bad_call *a)
{
    return (fast_call){.x = narrow(a->x, 0),
                       .keys = narrow(a->keys, 1),
                       .memory = narrow(a->memory, 2),
                       .y = narrow(a->output, 3),
                       .dy = narrow(a->grad_output, 4),
                       .dx = narrow(a->grad_x, 5),
                       .dk = narrow(a->grad_keys, 6),
                       .dm = narrow(a->grad_memory, 7),
                       .parameters = {narrow(a->weight, 8), narrow_line(a->n_v, 9)},
                       .grad = {narrow(a->grad_weight, 10), narrow_line(a->n_grad_v, 11)},
                       .cache = {narrow(a->hidden, 12), narrow_line(a->n_positions, 13),
                                 narrow_line(a->weights[0], 14)},
                       .lengths = &a->length,
                       .window = a->window,
                       .scale = (float)a->scale};
}

static int forward(fast_call *f, fast_context *context)
{
    return fast_local_attention_forward(&f->x, &f->keys, &f->memory, f->scale, f->window,
                                        f->lengths, &f->parameters, &f->cache, &f->y, context);
}

static int backward(fast_call *f, fast_context *context)
{
    return fast_local_attention_backward(&f->x, &f->keys, &f->memory, f->scale, f->window,
                                         f->lengths, &f->parameters, &f->cache, &f->y, &f->dy,
                                         &f->dx, &f->dk, &f->dm, &f->grad, context);
}

static int by_kernels(const void *a, fast_context *context)
{
    fast_call f = fast_call_of(a);
    int status = forward(&f, context);
    return status ? status : backward(&f, context);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void bad_arguments(void)
{
    for (size_t n = 0; n < N_CALLS; n++) {
        check_refusal(calls[n].name, "reference", by_reference(&calls[n]), calls[n].expected);
        check_refusal_by_kernels(calls[n].name, by_kernels, &calls[n], calls[n].expected);
    }
}

static void other_scratch(void)
{
    bad_call right = calls[0];
    gsl_matrix x = wide(right.x, 0), keys = wide(right.keys, 1), memory = wide(right.memory, 2);
    gsl_matrix w = wide(right.weight, 3), z = wide(right.hidden, 4), p = wide(right.weights, 5);
    gsl_matrix y = wide(right.output, 6), longer = wide((const size_t[]){4, 5}, 7);
    gsl_vector v = wide_line(right.n_v, 8), positions = wide_line(3, 9);
    const ref_local_attention parameters = {&w, &v};
    const ref_local_cache cache = {&z, &positions, &p, &p}, wrong = {&z, &positions, &p, &longer};
    CHECK_STATUS(ref_local_attention_backward(&x, &keys, &memory, 1.0, 2, NULL, &parameters, &cache,
                                              &y, &y, &x, &keys, &memory, &parameters, &wrong),
                 GSL_EBADLEN, "scratch of another shape");
}

/* One field of a good call is changed before a pass. */
#define CHECK_REFUSED(change, pass, status)                                                        \
    do {                                                                                           \
        fast_call f = fast_call_of(&calls[0]);                                                     \
        f.change;                                                                                  \
        check_refusal(#change, "optimized", pass(&f, &ample->context), status);                    \
    } while (0)

static void overlaps_and_batches(void)
{
    guarded_context *ample = guarded_alloc(kernels_at(0), 2, (size_t)1 << 20);
    CHECK_REFUSED(memory.n_batch = 2, forward, GSL_EBADLEN);
    CHECK_REFUSED(x.n_heads = 2, forward, GSL_EBADLEN);
    CHECK_REFUSED(parameters.v.n_rows = 2, forward, GSL_EBADLEN);
    CHECK_REFUSED(cache.positions.n_batch = 2, forward, GSL_EBADLEN);
    CHECK_REFUSED(cache.hidden.row_stride = 5, forward, GSL_EINVAL);
    CHECK_REFUSED(y.row_stride = 3, forward, GSL_EINVAL);
    CHECK_REFUSED(dx.row_stride = 1, backward, GSL_EINVAL);
    CHECK_REFUSED(dk.row_stride = 1, backward, GSL_EINVAL);
    CHECK_REFUSED(dm.row_stride = 3, backward, GSL_EINVAL);
    CHECK_REFUSED(grad.weight.row_stride = 5, backward, GSL_EINVAL);
    guarded_free(ample);
}

static void small_workspaces(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        fast_call f = fast_call_of(&calls[0]);
        fast_context ask = {kernels_at(isa), 2, NULL};
        size_t to = fast_local_attention_forward_size(&f.x, &f.keys, f.window, &f.parameters, &ask);
        size_t back =
            fast_local_attention_backward_size(&f.x, &f.keys, f.window, &f.parameters, &ask);
        guarded_context *small = guarded_alloc(ask.kernels, 2, to - 1);
        check_refusal("a byte too few", "forward", forward(&f, &small->context), GSL_ENOMEM);
        guarded_free(small);
        small = guarded_alloc(ask.kernels, 2, back - 1);
        check_refusal("a byte too few", "backward", backward(&f, &small->context), GSL_ENOMEM);
        guarded_free(small);
    }
}

static void huge_sizes(void)
{
    fast_context ask = {kernels_at(0), 2, NULL};
    fast_call f = fast_call_of(&calls[0]);
    f.keys.n_rows = SIZE_MAX / 2;
    CHECK(fast_local_attention_forward_size(&f.x, &f.keys, SIZE_MAX, &f.parameters, &ask) ==
              SIZE_MAX,
          "a window over n_k states, forward");
    f = fast_call_of(&calls[0]);
    f.x.n_rows = SIZE_MAX / 8;
    CHECK(fast_local_attention_backward_size(&f.x, &f.keys, 2, &f.parameters, &ask) == SIZE_MAX,
          "n_q queries, backward");
}

/* What went wrong in a training must not lead out of the source. */
static void positions_that_are_no_numbers(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        guarded_context *ample = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 20);
        fast_call f = fast_call_of(&calls[0]);
        const float wrong[] = {NAN, INFINITY, -1e30f};
        CHECK_STATUS(forward(&f, &ample->context), GSL_SUCCESS, "forward");
        memcpy(f.cache.positions.data, wrong, sizeof wrong);
        CHECK_STATUS(backward(&f, &ample->context), GSL_SUCCESS, "backward");
        guarded_free(ample);
    }
}

static const test tests[] = {
    {"both twins refuse the same bad arguments with the same status and a sentence", bad_arguments},
    {"the reference refuses scratch that has not the shape of the cache", other_scratch},
    {"views of other batches, and outputs that overlap themselves, are refused",
     overlaps_and_batches},
    {"a workspace that is a byte too small is refused", small_workspaces},
    {"a workspace that cannot be represented has the size SIZE_MAX", huge_sizes},
    {"a position that is no number looks at no other memory", positions_that_are_no_numbers},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
