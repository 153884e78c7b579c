/* Additive attention: what is seen and what is not, steps one by one, and the three ways to compute
 * a tanh, which depend on how large the numbers are. */

#include "tests/support/matrices.h"
#include "tests/support/property.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_additive.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

enum { D_X = 11, D_MEMORY = 15, D_A = 40 };

static gsl_matrix *attended(const side *s, const additive_call *call)
{
    gsl_matrix *y = new_matrix(call->x->size1, call->memory->size2);
    CHECK_STATUS(side_additive(s, call, y), GSL_SUCCESS, "additive attention");
    return y;
}

static additive_call random_additive_call(ref_additive_attention *p, size_t n_q, size_t n_k)
{
    *p = random_additive(suite_rng(), D_X, D_MEMORY, D_A);
    return (additive_call){random_matrix(suite_rng(), n_q, D_X, 1.0),
                           random_matrix(suite_rng(), n_k, D_MEMORY, 1.0), p, NULL};
}

/* The gradients of x and of the memory for a random gradient of the output. */
typedef struct {
    gsl_matrix *x, *memory;
    ref_additive_attention parameters;
} additive_gradients;

static additive_gradients gradients_for(const side *s, const additive_call *call)
{
    size_t n_q = call->x->size1, n_k = call->memory->size1;
    additive_gradients g = {new_matrix(n_q, D_X), new_matrix(n_k, D_MEMORY),
                            new_additive(D_X, D_MEMORY, D_A)};
    gsl_matrix *dy = random_matrix(suite_rng(), n_q, D_MEMORY, 1.0);
    CHECK_STATUS(side_additive_backward(s, call, dy, g.x, g.memory, &g.parameters), GSL_SUCCESS,
                 "backward");
    return g;
}

/* ---- masks ------------------------------------------------------------------------------------- */

/* A length, and a bias of -INFINITY, are as if the states beyond were not there. */
static void lengths_truncate_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, N_Q, N_K), truncated = call;
    const size_t length = N_K - 33;
    truncated.memory = first_rows(call.memory, length);
    gsl_matrix *expected = attended(s, &truncated);
    call.mask = &(ref_mask){.key_length = &length};
    check_equal(attended(s, &call), expected, "a length");
    additive_gradients g = gradients_for(s, &call);
    gsl_matrix_view rest = gsl_matrix_submatrix(g.memory, length, 0, N_K - length, D_MEMORY);
    check_zero(&rest.matrix, "the gradient of padding");
    CHECK(largest_entry(first_rows(g.memory, length)) > 1e-3, "no state has a gradient");

    gsl_matrix *bias = new_matrix(N_Q, N_K);
    for (size_t i = 0; i < N_Q; i++) {
        for (size_t j = length; j < N_K; j++) {
            gsl_matrix_set(bias, i, j, -INFINITY);
        }
    }
    call.mask = &(ref_mask){.bias = bias};
    check_close(attended(s, &call), expected, close_on(s, 1.0), "a bias");
    g = gradients_for(s, &call);
    rest = gsl_matrix_submatrix(g.memory, length, 0, N_K - length, D_MEMORY);
    check_zero(&rest.matrix, "the gradient of what a bias hides");
}
ON_EACH_SIDE(lengths_truncate)

/* A finite bias is added to the scores once, in both passes. */
static void bias_is_added_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, 3, 2);
    p.v = new_vector(D_A);
    gsl_matrix *bias = new_matrix(3, 2);
    for (size_t i = 0; i < 3; i++) {
        gsl_matrix_set(bias, i, 1, log(3.0));
    }
    call.mask = &(ref_mask){.bias = bias};
    gsl_matrix *expected = new_matrix(3, D_MEMORY);
    for (size_t c = 0; c < D_MEMORY; c++) {
        double mean = 0.25 * gsl_matrix_get(call.memory, 0, c);
        mean += 0.75 * gsl_matrix_get(call.memory, 1, c);
        for (size_t i = 0; i < 3; i++) {
            gsl_matrix_set(expected, i, c, mean);
        }
    }
    check_close(attended(s, &call), expected, close_on(s, 1.0), "scores 0 and ln 3");
}
ON_EACH_SIDE(bias_is_added)

static void blind_queries_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, N_Q, N_K);
    const size_t nothing = 0;
    call.mask = &(ref_mask){.key_length = &nothing};
    check_zero(attended(s, &call), "a source of no length");
    additive_gradients g = gradients_for(s, &call);
    check_zero(g.x, "its gradient of x");
    check_zero(g.memory, "its gradient of the memory");
    check_zero(g.parameters.weight_q, "its gradient of W");
}
ON_EACH_SIDE(blind_queries)

static void one_state_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, N_Q, 1);
    check_equal(attended(s, &call), repeated_row(call.memory, N_Q), "one state");
    additive_gradients g = gradients_for(s, &call);
    check_close(g.x, new_matrix(N_Q, D_X), 100.0 * s->epsilon, "and x has no gradient");
}
ON_EACH_SIDE(one_state)

/* ---- steps ------------------------------------------------------------------------------------- */

/* A decoder asks step by step; teacher forcing asks for all steps at once. */
static void step_by_step_on(const side *s)
{
    ref_additive_attention p;
    additive_call all = random_additive_call(&p, N_Q, N_K), step = all;
    gsl_matrix *expected = attended(s, &all), *actual = new_matrix(N_Q, D_MEMORY);
    for (size_t i = 0; i < N_Q; i++) {
        gsl_matrix_const_view x_i = gsl_matrix_const_submatrix(all.x, i, 0, 1, D_X);
        step.x = &x_i.matrix;
        gsl_vector_view row = gsl_matrix_row(attended(s, &step), 0);
        gsl_matrix_set_row(actual, i, &row.vector);
    }
    check_equal(actual, expected, "step by step");
}
ON_EACH_SIDE(step_by_step)

/* ---- sizes of numbers -------------------------------------------------------------------------- */

/* A number that crosses a limit changes the way for all, and hardly the result. Here it belongs to a
 * unit that counts nothing. */
static void limits_are_smooth_on(const side *s)
{
    const double sizes[] = {1.0, 6.0, 12.0, 30.0, 60.0, 1e4, 1e30};
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, N_Q, N_K);
    gsl_matrix *x = random_matrix(suite_rng(), N_Q, D_X, 1.0), *before = NULL;
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_MEMORY, 1.0), *dm_before = NULL;
    call.x = x;
    for (size_t a = 0; a < D_A; a++) {
        gsl_matrix_set(p.weight_q, 0, a, a == 0 ? 1.0 : 0.0);
    }
    gsl_vector_set(p.v, 0, 0.0);
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        for (size_t i = 0; i < N_Q; i++) {
            gsl_matrix_set(x, i, 0, sizes[n]);
        }
        gsl_matrix *now = attended(s, &call), *dm = new_matrix(N_K, D_MEMORY);
        ref_additive_attention grad = new_additive(D_X, D_MEMORY, D_A);
        CHECK_STATUS(side_additive_backward(s, &call, dy, new_matrix(N_Q, D_X), dm, &grad), 0,
                     "backward");
        if (before) {
            check_close(now, before, close_on(s, 1.0), "a number grows to %g", sizes[n]);
            check_close(dm, dm_before, close_on(s, 10.0), "dM, a number grows to %g", sizes[n]);
        }
        before = now, dm_before = dm;
    }
}
ON_EACH_SIDE(limits_are_smooth)

/* Where q and k cancel, neither may be cut off alone: tanh(100 - 99.5) is tanh(0.5). */
static void huge_numbers_cancel_on(const side *s)
{
    const double sizes[] = {4.0, 12.0, 30.0, 60.0, 100.0};
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        ref_additive_attention p = new_additive(1, 2, 1);
        gsl_matrix *x = matrix_of(1, 1, &sizes[n]);
        gsl_matrix *memory = matrix_of(2, 2, (double[]){0.5 - sizes[n], 0, -0.5 - sizes[n], 1});
        gsl_matrix_set(p.weight_q, 0, 0, 1.0);
        gsl_matrix_set(p.weight_k, 0, 0, 1.0);
        gsl_vector_set(p.v, 0, 1.0);
        additive_call call = {x, memory, &p, NULL};
        double first = 1.0 / (1.0 + exp(-2.0 * tanh(0.5)));
        gsl_matrix *y = attended(s, &call);
        CHECK_CLOSE(gsl_matrix_get(y, 0, 1), 1.0 - first, close_on(s, 1.0), "weights");
    }
}
ON_EACH_SIDE(huge_numbers_cancel)

static void nan_stays_nan_on(const side *s)
{
    ref_additive_attention p;
    additive_call call = random_additive_call(&p, 3, 5);
    gsl_matrix *x = copy_of(call.x);
    gsl_matrix_set(x, 1, 2, NAN);
    call.x = x;
    gsl_matrix *y = attended(s, &call);
    CHECK(isnan(gsl_matrix_get(y, 1, 0)) && isfinite(gsl_matrix_get(y, 0, 0)) &&
              isfinite(gsl_matrix_get(y, 2, 0)),
          "a NaN in x gives %g, %g, %g", gsl_matrix_get(y, 0, 0), gsl_matrix_get(y, 1, 0),
          gsl_matrix_get(y, 2, 0));
}
ON_EACH_SIDE(nan_stays_nan)

static const test tests[] = {
    {"24: a length, or a bias of -INFINITY, is as if the states beyond were not there",
     lengths_truncate},
    {"a bias is added to the scores, once", bias_is_added},
    {"25: a source of no length gives zeros, forward and backward", blind_queries},
    {"12: one state is the output, whatever asks", one_state},
    {"16: steps one by one are all steps at once, bit for bit", step_by_step},
    {"numbers that cross a limit change the way, not the result", limits_are_smooth},
    {"where q and k cancel, however large, their sum counts", huge_numbers_cancel},
    {"a NaN in x reaches its own row of the output, and no other", nan_stays_nan},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
