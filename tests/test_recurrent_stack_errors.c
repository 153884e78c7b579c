/* Bad arguments of stacks: one table for both sides, which must return the same status and say a
 * sentence; their parameters and their memory. */

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/matrices.h"
#include "tests/support/refusal.h"
#include "tests/support/runs.h"
#include "tests/support/stack_model_fast.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { N = 3 };

static const ref_recurrent_stack_shape fine = {REF_LSTM, 4, 3, 2, true};

/* What may belong to a stack of another shape. */
typedef enum {
    NOTHING,
    INPUT,
    PARAMETERS,
    CACHE,
    INITIAL,
    FINAL,
    OUTPUT,
    GRAD_X,
    GRADIENTS,
    THE_REST
} piece;

typedef struct {
    const char *name;
    piece other;
    ref_recurrent_stack_shape shape; /* that the call is told */
    size_t length;
    double rate;
    int expected;
} bad_call;

// clang-format off
static const bad_call calls[] = {
    {"nothing is wrong",                  NOTHING,    {REF_LSTM, 4, 3, 2, true},  N,     0.5,  GSL_SUCCESS},
    {"an unknown cell",                   NOTHING,    {3,        4, 3, 2, true},  N,     0.0,  GSL_EINVAL},
    {"no input",                          NOTHING,    {REF_LSTM, 0, 3, 2, true},  N,     0.0,  GSL_EINVAL},
    {"no hidden unit",                    NOTHING,    {REF_LSTM, 4, 0, 2, true},  N,     0.0,  GSL_EINVAL},
    {"no layer",                          NOTHING,    {REF_LSTM, 4, 3, 0, true},  N,     0.0,  GSL_EINVAL},
    {"nine layers",                       NOTHING,    {REF_LSTM, 4, 3, 9, true},  N,     0.0,  GSL_EINVAL},
    {"another cell",                      NOTHING,    {REF_GRU,  4, 3, 2, true},  N,     0.0,  GSL_EBADLEN},
    {"one direction of two",              NOTHING,    {REF_LSTM, 4, 3, 2, false}, N,     0.0,  GSL_EBADLEN},
    {"a layer that is not there",         NOTHING,    {REF_LSTM, 4, 3, 3, true},  N,     0.0,  GSL_EBADLEN},
    {"inputs of another width",           INPUT,      {REF_LSTM, 4, 3, 2, true},  N,     0.0,  GSL_EBADLEN},
    {"parameters of another stack",       PARAMETERS, {REF_LSTM, 4, 3, 2, true},  N,     0.0,  GSL_EBADLEN},
    {"a cache of another",                CACHE,      {REF_LSTM, 4, 3, 2, true},  N,     0.0,  GSL_EBADLEN},
    {"first states of another",           INITIAL,    {REF_LSTM, 4, 3, 2, true},  N,     0.0,  GSL_EBADLEN},
    {"last states of another",            FINAL,      {REF_LSTM, 4, 3, 2, true},  N,     0.0,  GSL_EBADLEN},
    {"an output's gradient of another",   OUTPUT,     {REF_LSTM, 4, 3, 2, true},  N,     0.0,  GSL_EBADLEN},
    {"an input's gradient of another",    GRAD_X,     {REF_LSTM, 4, 3, 2, true},  N,     0.0,  GSL_EBADLEN},
    {"gradients of another",              GRADIENTS,  {REF_LSTM, 4, 3, 2, true},  N,     0.0,  GSL_EBADLEN},
    {"a length beyond the last token",    NOTHING,    {REF_LSTM, 4, 3, 2, true},  N + 1, 0.0,  GSL_EINVAL},
    {"a dropout of everything",           NOTHING,    {REF_LSTM, 4, 3, 2, true},  N,     1.0,  GSL_EINVAL},
    {"a dropout that is NaN",             NOTHING,    {REF_LSTM, 4, 3, 2, true},  N,     NAN,  GSL_EINVAL},
};
// clang-format on

static ref_recurrent_stack_shape shape_of(const bad_call *call, piece which)
{
    ref_recurrent_stack_shape shape = fine;
    if (call->other == which) {
        shape.n_in++;
        shape.n_hidden++;
    }
    return shape;
}

static size_t width_of(const ref_recurrent_stack_shape *shape)
{
    return 2 * shape->n_hidden;
}

/* ---- the two sides --------------------------------------------------------------------------- */

static ref_recurrent_stack_state *wide_states(const bad_call *c, piece which,
                                              ref_recurrent_stack_state *states)
{
    ref_recurrent_stack_shape shape = shape_of(c, which);
    return stack_states_in(new_matrix(1, stack_state_size(&shape)), &shape, states);
}

static int by_reference(const bad_call *c)
{
    ref_recurrent_stack_shape of_input = shape_of(c, INPUT), of_values = shape_of(c, PARAMETERS);
    ref_recurrent_stack_shape of_cache = shape_of(c, CACHE), of_output = shape_of(c, OUTPUT);
    ref_recurrent_stack_shape of_gradients = shape_of(c, GRADIENTS), of_dx = shape_of(c, GRAD_X);
    ref_recurrent_stack_state first, last, grad_last, grad_first;
    ref_recurrent_state carried = {new_vector(fine.n_hidden), new_vector(fine.n_hidden)};
    const ref_dropout dropout = {.rate = c->rate};
    const ref_recurrent_stack_state *initial = wide_states(c, INITIAL, &first);
    stack_model *m = stack_alloc(&of_values), *g = stack_alloc(&of_gradients);
    ref_recurrent_stack_cache *cache = ref_recurrent_stack_cache_alloc(N, &of_cache);
    ref_recurrent_stack_cache *scratch = ref_recurrent_stack_cache_alloc(N, &fine);
    gsl_matrix *x = new_matrix(N, of_input.n_in);
    int status = ref_recurrent_stack_forward(x, initial, &m->found.value, &c->shape, &c->length,
                                             &dropout, cache, wide_states(c, FINAL, &last));
    status = status ? status
                    : ref_recurrent_stack_backward(
                          x, initial, &m->found.value, &c->shape, &c->length, &dropout, cache,
                          new_matrix(N, width_of(&of_output)), wide_states(c, THE_REST, &grad_last),
                          new_matrix(N, of_dx.n_in), wide_states(c, THE_REST, &grad_first),
                          &g->found.gradient, scratch, &carried);
    ref_recurrent_stack_cache_free(cache), ref_recurrent_stack_cache_free(scratch);
    stack_free(m), stack_free(g);
    return status;
}

/* Everything that a call of the optimized side takes. */
typedef struct {
    stack_model *model, *other;
    fast_parameters *values, *gradients;
    fast_recurrent_stack_parameters found, grad;
    fast_recurrent_stack_shape shape;
    fast_recurrent_stack_cache cache;
    fast_workspace *memory;
    twin x, first, last, dy, dx, grad_first, grad_last;
} fast_call;

static twin states_row(const bad_call *c, piece which)
{
    ref_recurrent_stack_shape shape = shape_of(c, which);
    return twin_of_matrix(new_matrix(1, stack_state_size(&shape)));
}

static void prepare(const bad_call *c, fast_call *f)
{
    ref_recurrent_stack_shape of_input = shape_of(c, INPUT), of_values = shape_of(c, PARAMETERS);
    ref_recurrent_stack_shape of_cache = shape_of(c, CACHE), of_output = shape_of(c, OUTPUT);
    ref_recurrent_stack_shape of_gradients = shape_of(c, GRADIENTS), of_dx = shape_of(c, GRAD_X);
    *f = (fast_call){.model = stack_alloc(&of_values), .other = stack_alloc(&of_gradients)};
    f->values = parameters_twin(f->model->list);
    f->gradients = parameters_twin(f->other->list);
    f->shape = narrow_stack(&of_values);
    fast_recurrent_stack_find(f->values, "stack", &f->shape, &f->found);
    f->shape = narrow_stack(&of_gradients);
    fast_recurrent_stack_find(f->gradients, "stack", &f->shape, &f->grad);
    f->shape = narrow_stack(&of_cache);
    f->memory =
        fast_workspace_alloc(fast_recurrent_stack_cache_layout(1, N, &f->shape, NULL, &f->cache));
    fast_recurrent_stack_cache_layout(1, N, &f->shape, f->memory, &f->cache);
    f->shape = narrow_stack(&c->shape);
    f->x = twin_of_matrix(new_matrix(N, of_input.n_in));
    f->dx = twin_of_matrix(new_matrix(N, of_dx.n_in));
    f->dy = twin_of_matrix(new_matrix(N, width_of(&of_output)));
    f->first = states_row(c, INITIAL), f->last = states_row(c, FINAL);
    f->grad_first = states_row(c, THE_REST), f->grad_last = states_row(c, THE_REST);
}

static void tidy(fast_call *f)
{
    twin *const all[] = {&f->x, &f->dx, &f->dy, &f->first, &f->last, &f->grad_first, &f->grad_last};
    for (size_t n = 0; n < sizeof all / sizeof all[0]; n++) {
        twin_free(all[n]);
    }
    fast_workspace_free(f->memory);
    fast_parameters_free(f->values), fast_parameters_free(f->gradients);
    stack_free(f->model), stack_free(f->other);
}

static int run(const bad_call *c, fast_call *f, fast_context *forward, fast_context *backward)
{
    ref_recurrent_stack_shape of_first = shape_of(c, INITIAL), of_last = shape_of(c, FINAL);
    fast_recurrent_stack_state first = narrow_states(&f->first.view, &of_first);
    fast_recurrent_stack_state last = narrow_states(&f->last.view, &of_last);
    fast_recurrent_stack_state grad_first = narrow_states(&f->grad_first.view, &fine);
    fast_recurrent_stack_state grad_last = narrow_states(&f->grad_last.view, &fine);
    const fast_dropout dropout = {c->rate, 0, 0};
    int status = fast_recurrent_stack_forward(&f->x.view, &first, &f->found.value, &f->shape,
                                              &c->length, &dropout, &f->cache, &last, forward);
    return status ? status
                  : fast_recurrent_stack_backward(&f->x.view, &first, &f->found.value, &f->shape,
                                                  &c->length, &dropout, &f->cache, &f->dy.view,
                                                  &grad_last, &f->dx.view, &grad_first,
                                                  &f->grad.gradient, backward);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void bad_arguments(void)
{
    for (size_t n = 0; n < sizeof calls / sizeof calls[0]; n++) {
        check_refusal(calls[n].name, "reference", by_reference(&calls[n]), calls[n].expected);
        for (size_t isa = 0; kernels_at(isa); isa++) {
            fast_call f;
            prepare(&calls[n], &f);
            guarded_context *ample = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 20);
            check_refusal(calls[n].name, kernels_at(isa)->name,
                          run(&calls[n], &f, &ample->context, &ample->context), calls[n].expected);
            guarded_free(ample);
            tidy(&f);
        }
    }
}

static void small_workspaces(void)
{
    for (int small = 0; small < 2; small++) {
        fast_call f;
        prepare(&calls[0], &f);
        fast_context ask = {kernels_at(0), 2, NULL};
        size_t size_f = fast_recurrent_stack_forward_size(1, N, &f.found.value, &f.shape, &ask);
        size_t size_b = fast_recurrent_stack_backward_size(1, N, &f.found.value, &f.shape, &ask);
        guarded_context *forward = guarded_alloc(kernels_at(0), 2, size_f - (small == 0));
        guarded_context *backward = guarded_alloc(kernels_at(0), 2, size_b - (small == 1));
        CHECK_STATUS(run(&calls[0], &f, &forward->context, &backward->context), GSL_ENOMEM,
                     "a byte too few");
        suite_forget_error();
        guarded_free(forward), guarded_free(backward);
        tidy(&f);
    }
}

/* An LSTM whose state has no memory. */
static void no_memory(void)
{
    stack_model *m = stack_alloc(&fine);
    ref_recurrent_stack_state first;
    wide_states(&calls[0], THE_REST, &first);
    first.states[1][0].c = NULL;
    ref_recurrent_stack_cache *cache = ref_recurrent_stack_cache_alloc(N, &fine);
    CHECK_STATUS(ref_recurrent_stack_forward(new_matrix(N, 4), &first, &m->found.value, &fine, NULL,
                                             NULL, cache, NULL),
                 GSL_EBADLEN, "reference");
    ref_recurrent_stack_cache_free(cache);
    stack_free(m);
    fast_call f;
    prepare(&calls[0], &f);
    guarded_context *ample = guarded_alloc(kernels_at(0), 2, (size_t)1 << 20);
    fast_recurrent_stack_state narrow = narrow_states(&f.first.view, &fine);
    narrow.states[1][0].c = (fast_view){0};
    CHECK_STATUS(fast_recurrent_stack_forward(&f.x.view, &narrow, &f.found.value, &f.shape, NULL,
                                              NULL, &f.cache, NULL, &ample->context),
                 GSL_EBADLEN, "optimized");
    guarded_free(ample);
    tidy(&f);
    suite_forget_error();
}

static void huge_sizes(void)
{
    fast_recurrent_stack_shape shape = narrow_stack(&fine);
    fast_recurrent_stack_cache cache;
    CHECK(fast_recurrent_stack_cache_layout(2, SIZE_MAX / 8, &shape, NULL, &cache) == SIZE_MAX,
          "there is a size beyond all sizes");
    CHECK(!ref_recurrent_stack_cache_alloc(SIZE_MAX / 8, &fine) &&
              !ref_recurrent_stack_cache_alloc(0, &fine),
          "there is a cache of all memory, or of none");
    ref_recurrent_stack_cache_free(NULL);
    suite_forget_error();
}

static const test tests[] = {
    {"both sides refuse the same bad arguments with the same status and a sentence", bad_arguments},
    {"a workspace that is a byte too small is refused", small_workspaces},
    {"an LSTM's state must have its memory, in every layer", no_memory},
    {"sizes that cannot be represented are SIZE_MAX, and the reference has no memory for them",
     huge_sizes},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
