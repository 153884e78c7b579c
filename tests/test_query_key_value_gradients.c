/* The gradients of attention between projections are derivatives: central differences of every
 * parameter and of both inputs, in the reference. The optimized side is compared with it elsewhere. */

#include "reference/query_key_value.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_query_key_value.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>

/* No two sizes are equal. */
enum { N_Q = 4, N_K = 6, D_X = 3, D_MEMORY = 5, D_K = 2, D_V = 7 };

/* Everything that the loss is computed from. Biases are rows of their own: a check moves a matrix. */
typedef struct {
    gsl_matrix *x, *memory, *bias_q, *bias_k, *bias_v, *upstream, *output;
    ref_query_key_value parameters;
    ref_query_key_value_cache cache;
    const ref_mask *mask;
} inputs;

static const double scale = 0.7;

static double loss(void *data)
{
    inputs *in = data;
    gsl_matrix_get_row(in->parameters.bias_q, in->bias_q, 0);
    gsl_matrix_get_row(in->parameters.bias_k, in->bias_k, 0);
    gsl_matrix_get_row(in->parameters.bias_v, in->bias_v, 0);
    ref_query_key_value_forward(in->x, in->memory, &in->parameters, scale, in->mask, &in->cache,
                                in->output);
    return inner_product(in->upstream, in->output);
}

static ref_query_key_value_cache new_cache(size_t n_q, size_t n_k)
{
    return (ref_query_key_value_cache){new_matrix(n_q, D_K), new_matrix(n_k, D_K),
                                       new_matrix(n_k, D_V), new_matrix(n_q, n_k)};
}

static gsl_matrix *as_row(const gsl_vector *v)
{
    gsl_matrix *row = new_matrix(1, v->size);
    gsl_matrix_set_row(row, 0, v);
    return row;
}

static void check_all(gsl_matrix *x, gsl_matrix *memory, const ref_mask *mask)
{
    gsl_rng *rng = suite_rng();
    size_t n_q = x->size1, n_k = memory->size1;
    inputs in = {.x = x, .memory = memory, .mask = mask};
    in.parameters = random_query_key_value(rng, x->size2, memory->size2, D_K, D_V);
    in.bias_q = as_row(in.parameters.bias_q);
    in.bias_k = as_row(in.parameters.bias_k);
    in.bias_v = as_row(in.parameters.bias_v);
    in.upstream = random_matrix(rng, n_q, D_V, 1.0);
    in.output = new_matrix(n_q, D_V);
    in.cache = new_cache(n_q, n_k);
    loss(&in);

    ref_query_key_value grad = new_gradients_of(&in.parameters);
    ref_query_key_value_cache scratch = new_cache(n_q, n_k);
    gsl_matrix *dx = new_matrix(n_q, x->size2);
    gsl_matrix *dm = x == memory ? dx : new_matrix(n_k, memory->size2);
    CHECK_STATUS(ref_query_key_value_backward(x, memory, &in.parameters, scale, mask, &in.cache,
                                              in.output, in.upstream, dx, dm, &grad, &scratch),
                 GSL_SUCCESS, "backward");
    check_gradient("grad_x", x, dx, loss, &in);
    check_gradient("grad_memory", memory, dm, loss, &in);
    check_gradient("grad weight_q", in.parameters.weight_q, grad.weight_q, loss, &in);
    check_gradient("grad bias_q", in.bias_q, as_row(grad.bias_q), loss, &in);
    check_gradient("grad weight_k", in.parameters.weight_k, grad.weight_k, loss, &in);
    check_gradient("grad bias_k", in.bias_k, as_row(grad.bias_k), loss, &in);
    check_gradient("grad weight_v", in.parameters.weight_v, grad.weight_v, loss, &in);
    check_gradient("grad bias_v", in.bias_v, as_row(grad.bias_v), loss, &in);
}

static void cross_attention(void)
{
    gsl_matrix *x = random_matrix(suite_rng(), N_Q, D_X, 1.0);
    check_all(x, random_matrix(suite_rng(), N_K, D_MEMORY, 1.0), NULL);
}

/* The same matrix twice: its gradient has three parts. */
static void self_attention(void)
{
    gsl_matrix *x = random_matrix(suite_rng(), N_K, D_X, 1.0);
    check_all(x, x, &(ref_mask){.causal = true});
}

static void masked_attention(void)
{
    const size_t length = N_K - 1;
    gsl_matrix *x = random_matrix(suite_rng(), N_Q, D_X, 1.0);
    gsl_matrix *bias = random_matrix(suite_rng(), N_Q, N_K, 1.0);
    ref_mask mask = {.causal = true, .key_length = &length, .bias = bias};
    check_all(x, random_matrix(suite_rng(), N_K, D_MEMORY, 1.0), &mask);
}

/* Columns of wide matrices, as the heads of multi-head attention are, in place of whole ones. */
static void columns_of_wide_matrices(void)
{
    gsl_rng *rng = suite_rng();
    gsl_matrix *x = random_matrix(rng, N_K, D_X, 1.0), *wide = new_matrix(N_K, 40);
    ref_query_key_value p = random_query_key_value(rng, D_X, D_X, D_K, D_V);
    gsl_matrix_set_all(wide, 99.0);
    ref_query_key_value_cache whole = new_cache(N_K, N_K);
    gsl_matrix_view q = gsl_matrix_submatrix(wide, 0, 3, N_K, D_K);
    gsl_matrix_view k = gsl_matrix_submatrix(wide, 0, 7, N_K, D_K);
    gsl_matrix_view v = gsl_matrix_submatrix(wide, 0, 12, N_K, D_V);
    gsl_matrix_view y = gsl_matrix_submatrix(wide, 0, 20, N_K, D_V);
    gsl_matrix_view w = gsl_matrix_submatrix(wide, 0, 30, N_K, N_K);
    ref_query_key_value_cache parts = {&q.matrix, &k.matrix, &v.matrix, &w.matrix};
    gsl_matrix *output = new_matrix(N_K, D_V), *dy = random_matrix(rng, N_K, D_V, 1.0);
    CHECK_STATUS(ref_query_key_value_forward(x, x, &p, scale, NULL, &whole, output), 0, "whole");
    CHECK_STATUS(ref_query_key_value_forward(x, x, &p, scale, NULL, &parts, &y.matrix), 0, "parts");
    check_equal(&y.matrix, output, "the output among other columns");

    gsl_matrix *dx = new_matrix(N_K, D_X), *dx_parts = new_matrix(N_K, D_X);
    ref_query_key_value grad = new_gradients_of(&p), grad_parts = new_gradients_of(&p);
    ref_query_key_value_cache scratch = new_cache(N_K, N_K);
    CHECK_STATUS(ref_query_key_value_backward(x, x, &p, scale, NULL, &parts, &y.matrix, dy,
                                              dx_parts, dx_parts, &grad_parts, &scratch),
                 0, "parts");
    CHECK_STATUS(ref_query_key_value_backward(x, x, &p, scale, NULL, &whole, output, dy, dx, dx,
                                              &grad, &parts),
                 0, "whole, with scratch among other columns");
    check_equal(dx_parts, dx, "grad_x");
    check_equal(grad_parts.weight_k, grad.weight_k, "grad weight_k");
    for (size_t i = 0; i < N_K; i++) {
        CHECK(gsl_matrix_get(wide, i, 2) == 99.0 && gsl_matrix_get(wide, i, 9) == 99.0 &&
                  gsl_matrix_get(wide, i, 27) == 99.0,
              "something was written between the columns of row %zu", i);
    }
}

static const test tests[] = {
    {"35: of cross-attention, all eight gradients agree with central differences", cross_attention},
    {"35: of self-attention, where three gradients meet in x, they do as well", self_attention},
    {"35: and with all masks", masked_attention},
    {"columns of wide matrices serve as queries, keys, values and scratch",
     columns_of_wide_matrices},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
