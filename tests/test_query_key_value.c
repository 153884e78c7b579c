/* Attention between projections: values by hand, and what must hold whatever the numbers are. The
 * files beside this one compare the sides, gradients and derivatives, batches, and errors. */

#include "tests/support/matrices.h"
#include "tests/support/property.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_dense.h"
#include "tests/support/sides_query_key_value.h"
#include "tests/support/suite.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>

enum { D_X = 11, D_MEMORY = 15, D_K = 8, D_V = 13 };

static gsl_matrix *attended(const side *s, const query_key_value_call *call)
{
    gsl_matrix *y = new_matrix(call->x->size1, call->parameters->weight_v->size2);
    CHECK_STATUS(side_query_key_value(s, call, y), GSL_SUCCESS, "query_key_value");
    return y;
}

/* M W_V + b_V. */
static gsl_matrix *values_of(const side *s, const query_key_value_call *call)
{
    const ref_query_key_value *p = call->parameters;
    gsl_matrix *v = new_matrix(call->memory->size1, p->weight_v->size2);
    CHECK_STATUS(side_projection(s, call->memory, p->weight_v, p->bias_v, v), GSL_SUCCESS, "V");
    return v;
}

static gsl_matrix *product(const gsl_matrix *a, CBLAS_TRANSPOSE_t transpose_b, const gsl_matrix *b)
{
    gsl_matrix *c = new_matrix(a->size1, transpose_b == CblasNoTrans ? b->size2 : b->size1);
    gsl_blas_dgemm(CblasNoTrans, transpose_b, 1.0, a, b, 0.0, c);
    return c;
}

/* ---- known values ------------------------------------------------------------------------------ */

/* q = 1, keys 5 and 5 + ln 3, values (1, 0) and (5, 8): weights 1/4 and 3/4. */
static void by_hand_on(const side *s)
{
    const double ln3 = log(3.0), t = 10.0 * s->tolerance;
    ref_query_key_value p = new_query_key_value(2, 1, 1, 2), grad = new_gradients_of(&p);
    gsl_matrix *x = matrix_of(1, 2, (double[]){1, 2}), *memory = matrix_of(2, 1, (double[]){0, 1});
    gsl_matrix_set(p.weight_q, 0, 0, 1.0);
    gsl_matrix_set(p.weight_k, 0, 0, ln3);
    gsl_vector_set(p.bias_k, 0, 5.0);
    gsl_matrix_memcpy(p.weight_v, matrix_of(1, 2, (double[]){4, 8}));
    gsl_vector_set(p.bias_v, 0, 1.0);
    query_key_value_call call = {x, memory, &p, 1.0, NULL};
    check_close(attended(s, &call), matrix_of(1, 2, (double[]){4, 6}), t, "1/4 V_0 + 3/4 V_1");

    /* dP = (1, 5), D = 4, dS = (-3/4, 3/4), dQ = 3/4 ln 3, dK = dS, dV = (1/4, 0; 3/4, 0) */
    gsl_matrix *dx = new_matrix(1, 2), *dm = new_matrix(2, 1);
    gsl_matrix *dy = matrix_of(1, 2, (double[]){1, 0});
    CHECK_STATUS(side_query_key_value_backward(s, &call, dy, dx, dm, &grad), GSL_SUCCESS, "back");
    check_close(dx, matrix_of(1, 2, (double[]){0.75 * ln3, 0}), t, "dX = dQ W_Q^T");
    check_close(dm, matrix_of(2, 1, (double[]){1 - 0.75 * ln3, 3 + 0.75 * ln3}), t, "dM");
    check_close(grad.weight_q, matrix_of(2, 1, (double[]){0.75 * ln3, 1.5 * ln3}), t, "dW_Q");
    check_close(grad.weight_k, matrix_of(1, 1, (double[]){0.75}), t, "dW_K");
    check_close(grad.weight_v, matrix_of(1, 2, (double[]){0.75, 0}), t, "dW_V");
    CHECK_CLOSE(gsl_vector_get(grad.bias_q, 0), 0.75 * ln3, t, "db_Q");
    CHECK_CLOSE(gsl_vector_get(grad.bias_k, 0), 0.0, t, "db_K");
    CHECK_CLOSE(gsl_vector_get(grad.bias_v, 0), 1.0, t, "db_V");
}
ON_EACH_SIDE(by_hand)

/* ---- special cases ----------------------------------------------------------------------------- */

static void identity_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), N_Q, WIDTH_K, 1.0);
    gsl_matrix *memory = random_matrix(suite_rng(), N_K, WIDTH_K, 1.0);
    ref_query_key_value p = new_query_key_value(WIDTH_K, WIDTH_K, WIDTH_K, WIDTH_K);
    gsl_matrix_set_identity(p.weight_q);
    gsl_matrix_set_identity(p.weight_k);
    gsl_matrix_set_identity(p.weight_v);
    query_key_value_call call = {x, memory, &p, 0.25, NULL};
    attention_call plain = {x, memory, memory, REF_DOT, 0.25, NULL};
    check_equal(attended(s, &call), output_of(s, &plain), "all projections are the identity");
}
ON_EACH_SIDE(identity)

/* The notes' case: W_Q, W_K and W_V are (K x K), and a vector (1 x K) stays one. With itself as the
 * only key it becomes its own value. */
static void square_on(const side *s)
{
    ref_query_key_value p = random_query_key_value(suite_rng(), WIDTH_K, WIDTH_K, WIDTH_K, WIDTH_K);
    gsl_matrix *x = random_matrix(suite_rng(), 1, WIDTH_K, 1.0);
    query_key_value_call call = {x, x, &p, 0.5, NULL};
    gsl_matrix *y = attended(s, &call);
    CHECK(y->size1 == x->size1 && y->size2 == x->size2, "(1 x K) became (%zu x %zu)", y->size1,
          y->size2);
    check_equal(y, values_of(s, &call), "one key");
}
ON_EACH_SIDE(square)

static void own_memory_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), N_Q, D_X, 1.0), *memory = copy_of(x);
    ref_query_key_value p = random_query_key_value(suite_rng(), D_X, D_X, D_K, D_V);
    ref_query_key_value grad = new_gradients_of(&p), grad_self = new_gradients_of(&p);
    ref_mask causal = {.causal = true};
    query_key_value_call self = {x, x, &p, 0.5, &causal}, cross = {x, memory, &p, 0.5, &causal};
    check_equal(attended(s, &cross), attended(s, &self), "attention to a copy of itself");

    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_V, 1.0), *dx = new_matrix(N_Q, D_X);
    gsl_matrix *dm = new_matrix(N_Q, D_X), *dx_self = new_matrix(N_Q, D_X);
    CHECK_STATUS(side_query_key_value_backward(s, &cross, dy, dx, dm, &grad), 0, "cross");
    CHECK_STATUS(side_query_key_value_backward(s, &self, dy, dx_self, dx_self, &grad_self), 0,
                 "self");
    gsl_matrix_add(dx, dm);
    check_close(dx_self, dx, close_on(s, 10.0), "dX = dX + dM");
    check_equal(grad_self.weight_k, grad.weight_k, "dW_K");
}
ON_EACH_SIDE(own_memory)

/* ---- properties -------------------------------------------------------------------------------- */

/* A random call: all biases, n_q != n_k, d_x != d_memory != d_k != d_v. */
static query_key_value_call random_cross(ref_query_key_value *p)
{
    *p = random_query_key_value(suite_rng(), D_X, D_MEMORY, D_K, D_V);
    return (query_key_value_call){random_matrix(suite_rng(), N_Q, D_X, 1.0),
                                  random_matrix(suite_rng(), N_K, D_MEMORY, 1.0), p,
                                  1.0 / sqrt(D_K), NULL};
}

static void key_bias_on(const side *s)
{
    ref_query_key_value p, grad;
    query_key_value_call call = random_cross(&p);
    gsl_matrix *with = attended(s, &call);
    grad = new_gradients_of(&p);
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_V, 1.0), *dx = new_matrix(N_Q, D_X);
    gsl_matrix *dm = new_matrix(N_K, D_MEMORY);
    CHECK_STATUS(side_query_key_value_backward(s, &call, dy, dx, dm, &grad), GSL_SUCCESS, "back");
    for (size_t c = 0; c < D_K; c++) {
        CHECK_CLOSE(gsl_vector_get(grad.bias_k, c), 0.0, 64.0 * N_K * s->epsilon, "db_K");
    }
    p.bias_k = NULL;
    check_close(attended(s, &call), with, close_on(s, 1.0), "without b_K");
}
ON_EACH_SIDE(key_bias)

static void zero_queries_on(const side *s)
{
    ref_query_key_value p;
    query_key_value_call call = random_cross(&p);
    gsl_matrix_set_zero(p.weight_q);
    gsl_vector_set_zero(p.bias_q);
    gsl_matrix *mean = column_means(values_of(s, &call), N_K);
    check_close(attended(s, &call), repeated_row(mean, N_Q), close_on(s, 1.0), "W_Q = 0");
}
ON_EACH_SIDE(zero_queries)

static gsl_matrix *inverse_of(const gsl_matrix *a)
{
    gsl_matrix *lu = copy_of(a), *inverse = new_matrix(a->size1, a->size1);
    gsl_permutation *order = gsl_permutation_alloc(a->size1);
    int sign;
    gsl_linalg_LU_decomp(lu, order, &sign);
    gsl_linalg_LU_invert(lu, order, inverse);
    gsl_permutation_free(order);
    return inverse;
}

/* (X W_Q A) (M W_K A^-T)^T = X W_Q (M W_K)^T: only the product W_Q W_K^T matters. */
static void change_of_basis_on(const side *s)
{
    ref_query_key_value p;
    query_key_value_call call = random_cross(&p);
    p.bias_q = p.bias_k = NULL;
    gsl_matrix *before = attended(s, &call);
    gsl_matrix *a = random_matrix(suite_rng(), D_K, D_K, 0.1), *one = new_matrix(D_K, D_K);
    gsl_matrix_set_identity(one);
    gsl_matrix_add(a, one);
    p.weight_q = product(p.weight_q, CblasNoTrans, a);
    p.weight_k = product(p.weight_k, CblasTrans, inverse_of(a));
    check_close(attended(s, &call), before, 10.0 * close_on(s, 1.0), "W_Q A and W_K A^-T");
    p.weight_k = copy_of(p.weight_k);
    gsl_matrix_scale(p.weight_k, 1.5);
    gsl_matrix_sub(before, attended(s, &call));
    CHECK(largest_entry(before) > 1e-2, "another product W_Q W_K^T changes nothing");
}
ON_EACH_SIDE(change_of_basis)

/* X = W_V = 1, so that the output is the weights P. Where scores are symmetric, ln P is so but for a
 * number a row, and sums around a triangle do not depend on the direction. */
static double around_a_triangle(const side *s, ref_query_key_value *p)
{
    gsl_matrix *x = new_matrix(D_K, D_K);
    gsl_matrix_set_identity(x);
    gsl_matrix_set_identity(p->weight_v);
    query_key_value_call call = {x, x, p, 1.0, NULL};
    gsl_matrix *w = attended(s, &call);
    double there = gsl_matrix_get(w, 0, 1) * gsl_matrix_get(w, 1, 2) * gsl_matrix_get(w, 2, 0);
    double back = gsl_matrix_get(w, 0, 2) * gsl_matrix_get(w, 2, 1) * gsl_matrix_get(w, 1, 0);
    return log(there / back);
}

static void symmetry_on(const side *s)
{
    ref_query_key_value p = new_query_key_value(D_K, D_K, D_K, D_K);
    random_fill(suite_rng(), 0.5, p.weight_q);
    gsl_matrix_memcpy(p.weight_k, p.weight_q);
    CHECK_CLOSE(around_a_triangle(s, &p), 0.0, close_on(s, 10.0), "W_Q = W_K");
    random_fill(suite_rng(), 0.5, p.weight_k);
    double turn = around_a_triangle(s, &p);
    CHECK(fabs(turn) > 0.01, "W_Q != W_K, and yet both ways round are alike: %g", turn);
}
ON_EACH_SIDE(symmetry)

/* What stands in rows of the memory that are padding. */
static void padding_on(const side *s)
{
    ref_query_key_value p, grad;
    query_key_value_call call = random_cross(&p);
    const size_t length = N_K - 20;
    ref_mask mask = {.key_length = &length};
    call.mask = &mask;
    gsl_matrix *before = attended(s, &call), *garbage = copy_of(call.memory);
    for (size_t j = length; j < N_K; j++) {
        gsl_vector_view row = gsl_matrix_row(garbage, j);
        gsl_vector_set_all(&row.vector, 1000.0);
    }
    call.memory = garbage;
    check_equal(attended(s, &call), before, "other padding");
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, D_V, 1.0), *dx = new_matrix(N_Q, D_X);
    gsl_matrix *dm = new_matrix(N_K, D_MEMORY);
    grad = new_gradients_of(&p);
    CHECK_STATUS(side_query_key_value_backward(s, &call, dy, dx, dm, &grad), GSL_SUCCESS, "back");
    gsl_matrix_view rest = gsl_matrix_submatrix(dm, length, 0, N_K - length, D_MEMORY);
    check_zero(&rest.matrix, "the gradient of padding");
    CHECK(largest_entry(first_rows(dm, length)) > 0.0, "nothing has a gradient");
}
ON_EACH_SIDE(padding)

static const test tests[] = {
    {"the output and all gradients that were computed by hand", by_hand},
    {"30: projections that are the identity give plain attention, bit for bit", identity},
    {"with square matrices a vector (1 x K) stays one; alone, it becomes its value", square},
    {"attention to a copy of oneself is self-attention, where the gradients meet", own_memory},
    {"32: a bias of the keys has no effect, and its gradient is 0", key_bias},
    {"11: W_Q = 0 weighs all keys alike", zero_queries},
    {"31: W_Q A with W_K A^-T is W_Q with W_K", change_of_basis},
    {"with W_Q = W_K scores are symmetric, else they are not", symmetry},
    {"34: padding of the memory changes nothing, and its gradient is exactly 0", padding},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
