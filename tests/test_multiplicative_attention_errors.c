/* Bad arguments of multiplicative attention: one table for both twins, which must return the same
 * status and say a sentence. What only one of them can be given: workspaces and views. */

#include "optimized/multiplicative_attention.h"
#include "reference/multiplicative_attention.h"
#include "tests/support/refusal.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>

/* What may be wrong. Three queries and five states, of 2 and 4 numbers, are right. */
typedef struct {
    const char *name;
    size_t x[2], memory[2], weight[2], keys[2], weights[2], output[2], length;
    size_t grad_output[2], grad_x[2], grad_keys[2], grad_memory[2], grad_weight[2];
    double scale;
    int expected;
} bad_call;

#define RIGHT                                                                                      \
    .x = {3, 2}, .memory = {5, 4}, .weight = {2, 4}, .keys = {5, 2}, .weights = {3, 5},            \
    .output = {3, 4}, .length = 5, .grad_output = {3, 4}, .grad_x = {3, 2}, .grad_keys = {5, 2},   \
    .grad_memory = {5, 4}, .grad_weight = {2, 4}, .scale = 1.0

enum { LENGTH = GSL_EBADLEN, INVALID = GSL_EINVAL };

// clang-format off
static const bad_call calls[] = {
    {"nothing is wrong", RIGHT, .expected = GSL_SUCCESS},
    {"W is wider than a state", RIGHT, .weight = {2, 5}, .grad_weight = {2, 5}, .expected = LENGTH},
    {"W is higher than a key is wide", RIGHT, .weight = {3, 4}, .expected = LENGTH},
    {"a key too many", RIGHT, .keys = {6, 2}, .expected = LENGTH},
    {"keys wider than x", RIGHT, .keys = {5, 3}, .weight = {3, 4}, .expected = LENGTH},
    {"weights, or logarithms, of a query too many", RIGHT, .weights = {4, 5}, .expected = LENGTH},
    {"an output too many", RIGHT, .output = {4, 4}, .expected = LENGTH},
    {"outputs wider than a state", RIGHT, .output = {3, 5}, .expected = LENGTH},
    {"a length beyond the last state", RIGHT, .length = 6, .expected = INVALID},
    {"a scale of NaN", RIGHT, .scale = NAN, .expected = INVALID},
    {"no query", RIGHT, .x = {0, 2}, .weights = {0, 5}, .output = {0, 4}, .expected = INVALID},
    {"no state", RIGHT, .memory = {0, 4}, .keys = {0, 2}, .weights = {3, 0}, .length = 0,
     .expected = INVALID},
    {"states without columns", RIGHT, .memory = {5, 0}, .weight = {2, 0}, .output = {3, 0},
     .expected = INVALID},
    {"x without columns", RIGHT, .x = {3, 0}, .weight = {0, 4}, .keys = {5, 0},
     .expected = INVALID},
    {"dY with a row too many", RIGHT, .grad_output = {4, 4}, .expected = LENGTH},
    {"dX with a row too many", RIGHT, .grad_x = {4, 2}, .expected = LENGTH},
    {"dK with a row too many", RIGHT, .grad_keys = {6, 2}, .expected = LENGTH},
    {"dM with a row too many", RIGHT, .grad_memory = {6, 4}, .expected = LENGTH},
    {"dW with a row too many", RIGHT, .grad_weight = {3, 4}, .expected = LENGTH},
};
// clang-format on
enum { N_CALLS = sizeof calls / sizeof calls[0] };

/* ---- the twins ------------------------------------------------------------------------------- */

static int by_reference(const bad_call *a)
{
    gsl_matrix x = wide(a->x, 0), memory = wide(a->memory, 1), w = wide(a->weight, 2);
    gsl_matrix keys = wide(a->keys, 3), p = wide(a->weights, 4), y = wide(a->output, 5);
    gsl_matrix dy = wide(a->grad_output, 6), dx = wide(a->grad_x, 7), dk = wide(a->grad_keys, 8);
    gsl_matrix dm = wide(a->grad_memory, 9), dw = wide(a->grad_weight, 10),
               ds = wide(a->weights, 11);
    ref_mask mask = {.key_length = &a->length};
    int status = ref_multiplicative_keys_forward(&memory, &w, &keys);
    if (status == GSL_SUCCESS) {
        status = ref_multiplicative_attention_forward(&x, &keys, &memory, a->scale, &mask, &p, &y);
    }
    if (status == GSL_SUCCESS) {
        status = ref_multiplicative_attention_backward(&x, &keys, &memory, a->scale, &mask, &p, &y,
                                                       &dy, &dx, &dk, &dm, &ds);
    }
    return status ? status : ref_multiplicative_keys_backward(&memory, &w, &dk, &dm, &dw);
}

typedef struct {
    fast_view x, memory, w, keys, lse, y, dy, dx, dk, dm, dw;
    float scale;
    fast_mask mask;
} fast_call;

static fast_call fast_call_of(const bad_call *a)
{
    return (fast_call){.x = narrow(a->x, 0),
                       .memory = narrow(a->memory, 1),
                       .w = narrow(a->weight, 2),
                       .keys = narrow(a->keys, 3),
                       .lse = narrow_line(a->weights[0], 4),
                       .y = narrow(a->output, 5),
                       .dy = narrow(a->grad_output, 6),
                       .dx = narrow(a->grad_x, 7),
                       .dk = narrow(a->grad_keys, 8),
                       .dm = narrow(a->grad_memory, 9),
                       .dw = narrow(a->grad_weight, 10),
                       .scale = (float)a->scale,
                       .mask = {.key_lengths = &a->length}};
}

static int keys_forward(fast_call *f, fast_context *context)
{
    return fast_multiplicative_keys_forward(&f->memory, &f->w, &f->keys, context);
}

static int forward(fast_call *f, fast_context *context)
{
    return fast_multiplicative_attention_forward(&f->x, &f->keys, &f->memory, f->scale, &f->mask,
                                                 &f->lse, &f->y, context);
}

static int backward(fast_call *f, fast_context *context)
{
    return fast_multiplicative_attention_backward(&f->x, &f->keys, &f->memory, f->scale, &f->mask,
                                                  &f->lse, &f->y, &f->dy, &f->dx, &f->dk, &f->dm,
                                                  context);
}

static int keys_backward(fast_call *f, fast_context *context)
{
    return fast_multiplicative_keys_backward(&f->memory, &f->w, &f->dk, &f->dm, &f->dw, context);
}

static int (*const steps[])(fast_call *, fast_context *) = {keys_forward, forward, backward,
                                                            keys_backward};
enum { N_STEPS = sizeof steps / sizeof steps[0] };

static int by_kernels(const void *a, fast_context *context)
{
    int status = GSL_SUCCESS;
    fast_call f = fast_call_of(a);
    for (int n = 0; n < N_STEPS && status == GSL_SUCCESS; n++) {
        status = steps[n](&f, context);
    }
    return status;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void bad_arguments(void)
{
    for (size_t n = 0; n < N_CALLS; n++) {
        check_refusal(calls[n].name, "reference", by_reference(&calls[n]), calls[n].expected);
        check_refusal_by_kernels(calls[n].name, by_kernels, &calls[n], calls[n].expected);
    }
}

static void small_workspaces(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        fast_call f = fast_call_of(&calls[0]);
        fast_context ask = {kernels_at(isa), 2, NULL};
        const size_t sizes[] = {fast_multiplicative_keys_forward_size(&f.memory, &f.w, &ask),
                                fast_attention_forward_size(&f.x, &f.keys, &f.memory, &ask),
                                fast_attention_backward_size(&f.x, &f.keys, &f.memory, &ask),
                                fast_multiplicative_keys_backward_size(&f.memory, &f.w, &ask)};
        for (int n = 0; n < N_STEPS; n++) {
            guarded_context *small = guarded_alloc(kernels_at(isa), 2, sizes[n] - 1);
            check_refusal("a byte too few", ask.kernels->name, steps[n](&f, &small->context),
                          GSL_ENOMEM);
            guarded_free(small);
        }
    }
}

static void overlaps(void)
{
    guarded_context *ample = guarded_alloc(kernels_at(0), 2, (size_t)1 << 20);
    fast_call f = fast_call_of(&calls[0]);
    f.keys.row_stride = 0;
    check_refusal("keys in one place", "optimized", keys_forward(&f, &ample->context), GSL_EINVAL);
    f = fast_call_of(&calls[0]);
    f.dk.row_stride = 1;
    check_refusal("dK that overlaps", "optimized", backward(&f, &ample->context), GSL_EINVAL);
    f = fast_call_of(&calls[0]);
    f.dm.row_stride = 2;
    check_refusal("dM that overlaps", "optimized", keys_backward(&f, &ample->context), GSL_EINVAL);
    f = fast_call_of(&calls[0]);
    f.dw.row_stride = 2;
    check_refusal("dW that overlaps", "optimized", keys_backward(&f, &ample->context), GSL_EINVAL);
    f = fast_call_of(&calls[0]);
    f.w.n_batch = 2;
    check_refusal("two weights", "optimized", keys_forward(&f, &ample->context), GSL_EBADLEN);
    guarded_free(ample);
}

static void huge_sizes(void)
{
    fast_context ask = {kernels_at(0), 2, NULL};
    size_t n = SIZE_MAX / 2;
    fast_view memory = fast_view_matrix(NULL, n, n), w = fast_view_matrix(NULL, n, n);
    CHECK(fast_multiplicative_keys_forward_size(&memory, &w, &ask) == SIZE_MAX, "forward");
    CHECK(fast_multiplicative_keys_backward_size(&memory, &w, &ask) == SIZE_MAX, "backward");
}

static const test tests[] = {
    {"both twins refuse the same bad arguments with the same status and a sentence", bad_arguments},
    {"a workspace that is a byte too small is refused", small_workspaces},
    {"outputs and gradients that overlap themselves are refused", overlaps},
    {"a workspace that cannot be represented has the size SIZE_MAX", huge_sizes},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
