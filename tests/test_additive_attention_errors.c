/* Bad arguments of additive attention: one table for both twins, which must return the same status
 * and say a sentence. What only one of them can be given: workspaces, views and scratch. */

#include "optimized/additive_attention.h"
#include "reference/additive_attention.h"
#include "tests/support/refusal.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* What may be wrong. Three queries and five states, of 2 and 3 numbers, and 4 units are right. */
typedef struct {
    const char *name;
    size_t x[2], memory[2], keys[2], weight_q[2], weight_k[2], bias, v;
    size_t q[2], weights[2], output[2], window[2], relative, length;
    size_t grad_output[2], grad_x[2], grad_keys[2], grad_memory[2], grad_weight_q[2];
    size_t grad_weight_k[2], grad_bias, grad_v;
    double window_value;
    int expected;
} bad_call;

#define RIGHT                                                                                      \
    .x = {3, 2}, .memory = {5, 3}, .keys = {5, 4}, .weight_q = {2, 4}, .weight_k = {3, 4},         \
    .bias = 4, .v = 4, .q = {3, 4}, .weights = {3, 5}, .output = {3, 3}, .window = {3, 5},         \
    .length = 5, .grad_output = {3, 3}, .grad_x = {3, 2}, .grad_keys = {5, 4},                     \
    .grad_memory = {5, 3}, .grad_weight_q = {2, 4}, .grad_weight_k = {3, 4}, .grad_bias = 4,       \
    .grad_v = 4

enum { LENGTH = GSL_EBADLEN, INVALID = GSL_EINVAL };

// clang-format off
static const bad_call calls[] = {
    {"nothing is wrong", RIGHT, .expected = GSL_SUCCESS},
    {"no bias, and no gradient of one", RIGHT, .bias = 0, .grad_bias = 0, .expected = GSL_SUCCESS},
    {"a source of no length", RIGHT, .length = 0, .expected = GSL_SUCCESS},
    {"U has a row too many", RIGHT, .weight_k = {4, 4}, .grad_weight_k = {4, 4}, .expected = LENGTH},
    {"a bias too long", RIGHT, .bias = 5, .grad_bias = 5, .expected = LENGTH},
    {"a key too many", RIGHT, .keys = {6, 4}, .grad_keys = {6, 4}, .expected = LENGTH},
    {"keys wider than U", RIGHT, .keys = {5, 5}, .expected = LENGTH},
    {"W has a row too many", RIGHT, .weight_q = {3, 4}, .grad_weight_q = {3, 4}, .expected = LENGTH},
    {"W is narrower than the keys", RIGHT, .weight_q = {2, 3}, .expected = LENGTH},
    {"v too long", RIGHT, .v = 5, .grad_v = 5, .expected = LENGTH},
    {"v too short", RIGHT, .v = 3, .grad_v = 3, .expected = LENGTH},
    {"a query too many", RIGHT, .q = {4, 4}, .expected = LENGTH},
    {"queries too wide", RIGHT, .q = {3, 5}, .expected = LENGTH},
    {"weights, or logarithms, of a query too many", RIGHT, .weights = {4, 5}, .expected = LENGTH},
    {"an output too many", RIGHT, .output = {4, 3}, .expected = LENGTH},
    {"outputs wider than a state", RIGHT, .output = {3, 4}, .expected = LENGTH},
    {"a bias of scores too wide", RIGHT, .window = {3, 6}, .expected = LENGTH},
    {"a relative bias of even width", RIGHT, .relative = 2, .expected = LENGTH},
    {"a relative bias", RIGHT, .relative = 3, .expected = INVALID},
    {"a length beyond the last state", RIGHT, .length = 6, .expected = INVALID},
    {"a bias of NaN", RIGHT, .window_value = NAN, .expected = INVALID},
    {"a bias of infinity", RIGHT, .window_value = INFINITY, .expected = INVALID},
    {"no query", RIGHT, .x = {0, 2}, .q = {0, 4}, .weights = {0, 5}, .output = {0, 3},
     .window = {0, 5}, .expected = INVALID},
    {"x without columns", RIGHT, .x = {3, 0}, .weight_q = {0, 4}, .expected = INVALID},
    {"no state", RIGHT, .memory = {0, 3}, .keys = {0, 4}, .weights = {3, 0}, .window = {3, 0},
     .length = 0, .expected = INVALID},
    {"states without columns", RIGHT, .memory = {5, 0}, .weight_k = {0, 4}, .output = {3, 0},
     .expected = INVALID},
    {"no unit", RIGHT, .keys = {5, 0}, .weight_q = {2, 0}, .weight_k = {3, 0}, .bias = 0, .v = 0,
     .q = {3, 0}, .expected = INVALID},
    {"dY with a row too many", RIGHT, .grad_output = {4, 3}, .expected = LENGTH},
    {"dX with a row too many", RIGHT, .grad_x = {4, 2}, .expected = LENGTH},
    {"dK with a row too many", RIGHT, .grad_keys = {6, 4}, .expected = LENGTH},
    {"dM with a row too many", RIGHT, .grad_memory = {6, 3}, .expected = LENGTH},
    {"dW with a row too many", RIGHT, .grad_weight_q = {3, 4}, .expected = LENGTH},
    {"dU with a row too many", RIGHT, .grad_weight_k = {4, 4}, .expected = LENGTH},
    {"dv too long", RIGHT, .grad_v = 5, .expected = LENGTH},
    {"db too long", RIGHT, .grad_bias = 5, .expected = LENGTH},
    {"a bias without gradient", RIGHT, .grad_bias = 0, .expected = LENGTH},
    {"a gradient without its bias", RIGHT, .bias = 0, .expected = LENGTH},
};
// clang-format on
enum { N_CALLS = sizeof calls / sizeof calls[0] };

/* ---- the twins ------------------------------------------------------------------------------- */

static int by_reference(const bad_call *a)
{
    gsl_matrix x = wide(a->x, 0), memory = wide(a->memory, 1), keys = wide(a->keys, 2);
    gsl_matrix w = wide(a->weight_q, 3), u = wide(a->weight_k, 4), q = wide(a->q, 5);
    gsl_matrix weights = wide(a->weights, 6), y = wide(a->output, 7), window = wide(a->window, 8);
    gsl_matrix dy = wide(a->grad_output, 9), dx = wide(a->grad_x, 10), dk = wide(a->grad_keys, 11);
    gsl_matrix dm = wide(a->grad_memory, 12), dw = wide(a->grad_weight_q, 13);
    gsl_matrix du = wide(a->grad_weight_k, 14), dq = wide(a->q, 15), ds = wide(a->weights, 16);
    gsl_vector b = wide_line(a->bias, 17), v = wide_line(a->v, 18);
    gsl_vector db = wide_line(a->grad_bias, 19), dv = wide_line(a->grad_v, 20);
    gsl_vector relative = wide_line(a->relative, 21);
    ref_additive_attention p = {&w, &u, a->bias ? &b : NULL, &v};
    ref_additive_attention grad = {&dw, &du, a->grad_bias ? &db : NULL, &dv};
    ref_additive_cache cache = {&q, &weights}, grad_cache = {&dq, &ds};
    ref_mask mask = {
        .key_length = &a->length, .bias = &window, .relative_bias = a->relative ? &relative : NULL};
    window.data[1] = a->window_value;
    int status = ref_additive_keys_forward(&memory, &p, &keys);
    if (status == GSL_SUCCESS) {
        status = ref_additive_attention_forward(&x, &keys, &memory, &p, &mask, &cache, &y);
    }
    if (status == GSL_SUCCESS) {
        status = ref_additive_attention_backward(&x, &keys, &memory, &p, &mask, &cache, &y, &dy,
                                                 &dx, &dk, &dm, &grad, &grad_cache);
    }
    return status ? status : ref_additive_keys_backward(&memory, &p, &dk, &dm, &grad);
}

typedef struct {
    fast_view x, memory, keys, y, window, relative, dy, dx, dk, dm;
    fast_additive_attention p, grad;
    fast_additive_cache cache;
    fast_mask mask;
} fast_call;

static void fast_call_of(const bad_call *a, fast_call *f)
{
    *f = (fast_call){.x = narrow(a->x, 0),
                     .memory = narrow(a->memory, 1),
                     .keys = narrow(a->keys, 2),
                     .y = narrow(a->output, 7),
                     .window = narrow(a->window, 8),
                     .relative = narrow_line(a->relative, 21),
                     .dy = narrow(a->grad_output, 9),
                     .dx = narrow(a->grad_x, 10),
                     .dk = narrow(a->grad_keys, 11),
                     .dm = narrow(a->grad_memory, 12),
                     .p = {narrow(a->weight_q, 3), narrow(a->weight_k, 4), narrow_line(a->bias, 17),
                           narrow_line(a->v, 18)},
                     .grad = {narrow(a->grad_weight_q, 13), narrow(a->grad_weight_k, 14),
                              narrow_line(a->grad_bias, 19), narrow_line(a->grad_v, 20)},
                     .cache = {.q = narrow(a->q, 5), .log_sum_exp = narrow_line(a->weights[0], 6)}};
    f->p.bias.data = a->bias ? f->p.bias.data : NULL;
    f->grad.bias.data = a->grad_bias ? f->grad.bias.data : NULL;
    f->mask = (fast_mask){.key_lengths = &a->length,
                          .bias = &f->window,
                          .relative_bias = a->relative ? &f->relative : NULL};
    f->window.data[1] = (float)a->window_value;
}

static int keys_forward(fast_call *f, fast_context *context)
{
    return fast_additive_keys_forward(&f->memory, &f->p, &f->keys, context);
}

static int forward(fast_call *f, fast_context *context)
{
    return fast_additive_attention_forward(&f->x, &f->keys, &f->memory, &f->p, &f->mask, &f->cache,
                                           &f->y, context);
}

static int backward(fast_call *f, fast_context *context)
{
    return fast_additive_attention_backward(&f->x, &f->keys, &f->memory, &f->p, &f->mask, &f->cache,
                                            &f->y, &f->dy, &f->dx, &f->dk, &f->dm, &f->grad,
                                            context);
}

static int keys_backward(fast_call *f, fast_context *context)
{
    return fast_additive_keys_backward(&f->memory, &f->p, &f->dk, &f->dm, &f->grad, context);
}

static int by_kernels(const void *a, fast_context *context)
{
    int (*const steps[])(fast_call *, fast_context *) = {keys_forward, forward, backward,
                                                         keys_backward};
    int status = GSL_SUCCESS;
    fast_call f;
    fast_call_of(a, &f);
    for (int n = 0; n < 4 && status == GSL_SUCCESS; n++) {
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

static const test tests[] = {
    {"both twins refuse the same bad arguments with the same status and a sentence", bad_arguments},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
