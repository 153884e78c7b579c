/* Bad arguments of recurrent networks: one table for both twins, which must return the same status
 * and say a sentence. What only one of them can be given: workspaces and views. */

#include "optimized/recurrent_cell.h"
#include "reference/recurrent_cell.h"
#include "tests/support/refusal.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <stdint.h>

/* What may be wrong. A network of 3 tokens, 2 inputs and 2 hidden units is right. */
typedef struct {
    const char *name;
    int cell;
    size_t x[2], w[2], b, u[2], b_h, gates[2], inner[2], output[2], h, c, final_h;
    size_t grad_output[2], grad_x[2], grad_w[2], grad_h, length;
    int expected;
} bad_call;

#define RIGHT                                                                                      \
    .cell = REF_LSTM, .x = {3, 2}, .w = {2, 8}, .b = 8, .u = {2, 8}, .b_h = 8, .gates = {3, 8},    \
    .inner = {3, 2}, .output = {3, 2}, .h = 2, .c = 2, .final_h = 2, .grad_output = {3, 2},        \
    .grad_x = {3, 2}, .grad_w = {2, 8}, .grad_h = 2, .length = 3

static const bad_call calls[] = {
    {"nothing is wrong", RIGHT, .expected = GSL_SUCCESS},
    {"an unknown cell", RIGHT, .cell = 3, .expected = GSL_EINVAL},
    {"another cell's parameters", RIGHT, .cell = REF_GRU, .expected = GSL_EBADLEN},
    {"W has too few rows", RIGHT, .w = {1, 8}, .expected = GSL_EBADLEN},
    {"W has too few gates", RIGHT, .w = {2, 6}, .expected = GSL_EBADLEN},
    {"a bias too short", RIGHT, .b = 6, .expected = GSL_EBADLEN},
    {"U has too many rows", RIGHT, .u = {3, 8}, .expected = GSL_EBADLEN},
    {"the bias of U too long", RIGHT, .b_h = 9, .expected = GSL_EBADLEN},
    {"gates of too few tokens", RIGHT, .gates = {2, 8}, .expected = GSL_EBADLEN},
    {"memories of too many tokens", RIGHT, .inner = {4, 2}, .expected = GSL_EBADLEN},
    {"an output of too many tokens", RIGHT, .output = {4, 2}, .expected = GSL_EBADLEN},
    {"an initial state too wide", RIGHT, .h = 3, .expected = GSL_EBADLEN},
    {"an initial memory too narrow", RIGHT, .c = 1, .expected = GSL_EBADLEN},
    {"an LSTM without a memory", RIGHT, .c = 0, .expected = GSL_EBADLEN},
    {"a final state too wide", RIGHT, .final_h = 3, .expected = GSL_EBADLEN},
    {"no token", RIGHT, .x = {0, 2}, .gates = {0, 8}, .inner = {0, 2}, .output = {0, 2},
     .expected = GSL_EINVAL},
    {"no input", RIGHT, .x = {3, 0}, .w = {0, 8}, .expected = GSL_EINVAL},
    {"a length beyond the last token", RIGHT, .length = 4, .expected = GSL_EINVAL},
    {"an output gradient too wide", RIGHT, .grad_output = {3, 3}, .expected = GSL_EBADLEN},
    {"grad_x of too few tokens", RIGHT, .grad_x = {2, 2}, .expected = GSL_EBADLEN},
    {"the gradient of W in another shape", RIGHT, .grad_w = {2, 7}, .expected = GSL_EBADLEN},
    {"the gradient of a state too wide", RIGHT, .grad_h = 3, .expected = GSL_EBADLEN},
};
enum { N_CALLS = sizeof calls / sizeof calls[0] };

/* ---- the twins ------------------------------------------------------------------------------- */

static int by_reference(const bad_call *a)
{
    gsl_matrix x = wide(a->x, 0), w = wide(a->w, 1), u = wide(a->u, 2), gates = wide(a->gates, 3);
    gsl_matrix inner = wide(a->inner, 4), y = wide(a->output, 5), dy = wide(a->grad_output, 6);
    gsl_matrix dx = wide(a->grad_x, 7), dw = wide(a->grad_w, 8), du = wide(a->u, 9);
    gsl_matrix gates_2 = wide(a->gates, 10), inner_2 = wide(a->inner, 11);
    gsl_vector b = wide_line(a->b, 12), b_h = wide_line(a->b_h, 13), h = wide_line(a->h, 14),
               c = wide_line(a->c, 15);
    gsl_vector end = wide_line(a->final_h, 16), end_c = wide_line(a->output[1], 17);
    gsl_vector dh = wide_line(a->grad_h, 18), dc = wide_line(a->output[1], 19),
               db = wide_line(a->b, 20);
    gsl_vector db_h = wide_line(a->b_h, 21), s = wide_line(a->output[1], 22),
               s_c = wide_line(a->output[1], 23);
    ref_recurrent_cell p = {&w, &b, &u, &b_h}, grad = {&dw, &db, &du, &db_h};
    ref_recurrent_walk walk = {(ref_cell)a->cell, false, &a->length};
    ref_recurrent_state initial = {&h, a->c > 0 ? &c : NULL}, final = {&end, &end_c};
    ref_recurrent_state grad_state = {&dh, &dc}, scratch = {&s, &s_c};
    ref_recurrent_cache cache = {&gates, &inner}, grad_cache = {&gates_2, &inner_2};
    int status = ref_recurrent_forward(&x, &initial, &p, &walk, &cache, &final, &y);
    return status ? status
                  : ref_recurrent_backward(&x, &initial, &p, &walk, &cache, &y, &dy, &grad_state,
                                           &dx, &grad_state, &grad, &grad_cache, &scratch);
}

typedef struct {
    fast_view x, y, dy, dx;
    fast_recurrent_cell p, grad;
    fast_recurrent_state initial, final, grad_state;
    fast_recurrent_cache cache;
    fast_recurrent_walk walk;
} fast_call;

static fast_call fast_call_of(const bad_call *a)
{
    size_t h = a->output[1];
    fast_call f = {
        .x = narrow(a->x, 0),
        .y = narrow(a->output, 5),
        .dy = narrow(a->grad_output, 6),
        .dx = narrow(a->grad_x, 7),
        .p = {narrow(a->w, 1), narrow_line(a->b, 12), narrow(a->u, 2), narrow_line(a->b_h, 13)},
        .grad = {narrow(a->grad_w, 8), narrow_line(a->b, 20), narrow(a->u, 9),
                 narrow_line(a->b_h, 21)},
        .initial = {narrow_line(a->h, 14), narrow_line(a->c, 15)},
        .final = {narrow_line(a->final_h, 16), narrow_line(h, 17)},
        .grad_state = {narrow_line(a->grad_h, 18), narrow_line(h, 19)},
        .cache = {narrow(a->gates, 3), narrow(a->inner, 4)},
        .walk = {(fast_cell)a->cell, false, &a->length}};
    f.initial.c.data = a->c > 0 ? f.initial.c.data : NULL;
    return f;
}

static int forward(fast_call *f, fast_context *context)
{
    return fast_recurrent_forward(&f->x, &f->initial, &f->p, &f->walk, &f->cache, &f->final, &f->y,
                                  context);
}

static int backward(fast_call *f, fast_context *context)
{
    return fast_recurrent_backward(&f->x, &f->initial, &f->p, &f->walk, &f->cache, &f->y, &f->dy,
                                   &f->grad_state, &f->dx, &f->grad_state, &f->grad, context);
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

static void small_workspaces(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        fast_call f = fast_call_of(&calls[0]);
        fast_context ask = {kernels_at(isa), 2, NULL};
        size_t size_f = fast_recurrent_forward_size(&f.x, &f.p, &f.walk, &ask);
        size_t size_b = fast_recurrent_backward_size(&f.x, &f.p, &f.walk, &ask);
        guarded_context *less_f = guarded_alloc(kernels_at(isa), 2, size_f - 1);
        guarded_context *less_b = guarded_alloc(kernels_at(isa), 2, size_b - 1);
        check_refusal("forward, a byte too few", ask.kernels->name, forward(&f, &less_f->context),
                      GSL_ENOMEM);
        check_refusal("backward, a byte too few", ask.kernels->name, backward(&f, &less_b->context),
                      GSL_ENOMEM);
        guarded_free(less_f);
        guarded_free(less_b);
    }
}

static void overlaps(void)
{
    guarded_context *ample = guarded_alloc(kernels_at(0), 2, (size_t)1 << 20);
    fast_call f = fast_call_of(&calls[0]);
    f.y.row_stride = 0;
    check_refusal("outputs in one place", "optimized", forward(&f, &ample->context), GSL_EINVAL);
    f = fast_call_of(&calls[0]);
    f.cache.gates.row_stride = 1;
    check_refusal("gates that overlap", "optimized", forward(&f, &ample->context), GSL_EINVAL);
    f = fast_call_of(&calls[0]);
    f.dx.row_stride = 0;
    check_refusal("gradients in one place", "optimized", backward(&f, &ample->context), GSL_EINVAL);
    guarded_free(ample);
}

static void huge_sizes(void)
{
    fast_context ask = {kernels_at(0), 2, NULL};
    fast_recurrent_walk walk = {FAST_LSTM, false, NULL};
    size_t n = (size_t)1 << 40;
    fast_view x = fast_view_matrix(NULL, n, n);
    fast_recurrent_cell p = {fast_view_matrix(NULL, n, 4 * n), fast_view_matrix(NULL, 1, 4 * n),
                             fast_view_matrix(NULL, n, 4 * n), fast_view_matrix(NULL, 1, 4 * n)};
    CHECK(fast_recurrent_forward_size(&x, &p, &walk, &ask) == SIZE_MAX, "forward overflows");
    CHECK(fast_recurrent_backward_size(&x, &p, &walk, &ask) == SIZE_MAX, "backward overflows");
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
