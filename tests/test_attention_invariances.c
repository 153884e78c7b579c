/* Properties 15, 16 and 18 to 22 of attention: what may change without changing the result. */

#include "tests/support/attention_problem.h"
#include "tests/support/matrices.h"
#include "tests/support/property.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_blas.h>
#include <math.h>

/* ---- order ----------------------------------------------------------------------------------- */

static void key_order_on(const side *s)
{
    size_t order[N_K];
    random_order(suite_rng(), N_K, order);
    for (int similarity = 0; similarity < 3; similarity++) {
        attention_call call = random_call((ref_similarity)similarity, N_Q, N_K, WIDTH_K, WIDTH_V);
        attention_call moved = call;
        gsl_matrix *bias = random_matrix(suite_rng(), N_Q, N_K, 1.0);
        const ref_mask mask = {.bias = bias}, moved_mask = {.bias = columns_in_order(bias, order)};
        call.mask = &mask, moved.mask = &moved_mask;
        moved.k = rows_in_order(call.k, order), moved.v = rows_in_order(call.v, order);
        gsl_matrix *dy = random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0);
        gradients g = gradients_of(s, &call, dy), h = gradients_of(s, &moved, dy);
        check_close(output_of(s, &moved), output_of(s, &call), close_on(s, 4.0), "output");
        check_close(h.q, g.q, close_on(s, largest_entry(g.q)), "grad_q");
        check_close(h.k, rows_in_order(g.k, order), close_on(s, largest_entry(g.k)), "grad_k");
        check_close(h.v, rows_in_order(g.v, order), close_on(s, largest_entry(g.v)), "grad_v");
    }
}
ON_EACH_SIDE(key_order)

static void query_order_on(const side *s)
{
    size_t order[N_Q];
    random_order(suite_rng(), N_Q, order);
    attention_call call = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V), moved = call;
    gsl_matrix *q = copy_of(call.q);
    for (size_t p = 0; p < WIDTH_K; p++) { /* one query with scores far above its neighbours' */
        *gsl_matrix_ptr(q, 3, p) *= 30.0;
    }
    call.q = q;
    moved.q = rows_in_order(q, order);
    check_equal(output_of(s, &moved), rows_in_order(output_of(s, &call), order), "output");
}
ON_EACH_SIDE(query_order)

/* ---- shifts, scales and rotations ------------------------------------------------------------ */

static void query_shift_on(const side *s)
{
    attention_call call = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V), shifted = call;
    gsl_matrix *bias = random_matrix(suite_rng(), N_Q, N_K, 1.0);
    const ref_mask mask = {.bias = bias};
    const ref_mask more = {.bias = rows_shifted(bias, random_vector(suite_rng(), N_Q, 2.0))};
    call.mask = &mask, shifted.mask = &more;
    check_close(weights_of(s, &shifted), weights_of(s, &call), close_on(s, 10.0), "bias_ij + c_i");

    shifted = call;
    gsl_matrix *u = random_matrix(suite_rng(), 1, WIDTH_K, 0.5), *k = repeated_row(u, N_K);
    gsl_matrix_add(k, call.k);
    shifted.k = k;
    check_close(weights_of(s, &shifted), weights_of(s, &call), close_on(s, 10.0), "K + 1 u^T");

    gradients g = gradients_of(s, &call, random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0));
    check_close(column_sums(g.k), new_matrix(1, WIDTH_K), 16.0 * N_K * s->epsilon * call.scale * 10,
                "sum_j dK_j");
}
ON_EACH_SIDE(query_shift)

/* Multiples of 2^-10: adding 1000 to them is exact in float. */
static gsl_matrix *grid_matrix(size_t n_rows, size_t n_cols)
{
    gsl_matrix *a = new_matrix(n_rows, n_cols);
    for (size_t i = 0; i < n_rows * n_cols; i++) {
        a->data[i] = random_integer(suite_rng(), -1024, 1024) / 1024.0;
    }
    return a;
}

static void translation_on(const side *s)
{
    const double t = 1000.0;
    gsl_matrix *q = grid_matrix(N_Q, 8), *k = grid_matrix(1, 8);
    gsl_matrix *far_q = copy_of(q), *far_k = copy_of(k);
    gsl_matrix_add_constant(far_q, t);
    gsl_matrix_add_constant(far_k, t);
    /* With one key the log-sum-exp is the score itself. */
    attention_call call = {
        .q = q, .k = k, .v = new_matrix(1, 1), .similarity = REF_NEG_SQ_EUCLIDEAN, .scale = 1.0};
    gsl_matrix *near = log_sum_exp_of(s, &call);
    call.q = far_q, call.k = far_k;
    gsl_matrix *far = log_sum_exp_of(s, &call);
    for (size_t i = 0; i < N_Q; i++) {
        double score = gsl_matrix_get(near, i, 0);
        double direct = 4.0 * 8.0 * s->epsilon * fmax(1.0, -score);
        CHECK_CLOSE(gsl_matrix_get(far, i, 0), score, direct, "-|(q + t) - (k + t)|^2");
    }
}
ON_EACH_SIDE(translation)

/* I - 2 u u^T / |u|^2: a mirror, its own inverse */
static gsl_matrix *mirrored(const gsl_matrix *a, const gsl_matrix *u)
{
    gsl_matrix *b = copy_of(a), *along = new_matrix(a->size1, 1);
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, a, u, 0.0, along);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, -2.0 / inner_product(u, u), along, u, 1.0, b);
    return b;
}

static void rotation_on(const side *s)
{
    gsl_matrix *u = random_matrix(suite_rng(), 1, WIDTH_K, 1.0);
    gsl_matrix *w = random_matrix(suite_rng(), 1, WIDTH_K, 1.0);
    for (int similarity = 0; similarity < 3; similarity++) {
        attention_call call = random_call((ref_similarity)similarity, N_Q, N_K, WIDTH_K, WIDTH_V);
        attention_call turned = call;
        turned.q = mirrored(mirrored(call.q, u), w); /* two mirrors are a rotation */
        turned.k = mirrored(mirrored(call.k, u), w);
        check_close(output_of(s, &turned), output_of(s, &call), close_on(s, 40.0), "%s",
                    similarity_names[similarity]);
    }
}
ON_EACH_SIDE(rotation)

static void euclid_is_dot_on(const side *s)
{
    attention_call distance = random_call(REF_NEG_SQ_EUCLIDEAN, N_Q, N_K, WIDTH_K, WIDTH_V);
    attention_call dot = distance;
    gsl_matrix *bias = new_matrix(N_Q, N_K);
    for (size_t j = 0; j < N_K; j++) {
        gsl_vector_const_view k_j = gsl_matrix_const_row(distance.k, j);
        double norm = gsl_blas_dnrm2(&k_j.vector);
        for (size_t i = 0; i < N_Q; i++) {
            gsl_matrix_set(bias, i, j, -0.5 * norm * norm);
        }
    }
    const ref_mask mask = {.bias = bias};
    distance.scale = 0.5;
    dot.similarity = REF_DOT, dot.scale = 1.0, dot.mask = &mask;
    check_close(output_of(s, &distance), output_of(s, &dot), close_on(s, 60.0),
                "-|q - k|^2 / 2 against q . k - |k|^2 / 2");
}
ON_EACH_SIDE(euclid_is_dot)

/* Each row of a gradient stands at a right angle to its row of x. */
static void check_orthogonal(const side *s, const gsl_matrix *dx, const gsl_matrix *x,
                             const char *what)
{
    for (size_t i = 0; i < x->size1; i++) {
        gsl_vector_const_view x_i = gsl_matrix_const_row(x, i);
        gsl_vector_const_view dx_i = gsl_matrix_const_row(dx, i);
        double along;
        gsl_blas_ddot(&x_i.vector, &dx_i.vector, &along);
        CHECK_CLOSE(along, 0.0, close_on(s, largest_entry(dx) * 10.0), what);
    }
}

static void cosine_scaling_on(const side *s)
{
    attention_call call = random_call(REF_COSINE, N_Q, N_K, WIDTH_K, WIDTH_V), scaled = call;
    gsl_matrix *q = copy_of(call.q), *k = copy_of(call.k);
    for (size_t i = 0; i < N_Q; i++) {
        gsl_vector_view row = gsl_matrix_row(q, i);
        gsl_vector_scale(&row.vector, pow(10.0, (double)(i % 13) - 6.0));
    }
    for (size_t j = 0; j < N_K; j++) {
        gsl_vector_view row = gsl_matrix_row(k, j);
        gsl_vector_scale(&row.vector, pow(10.0, 6.0 - (double)(j % 13)));
    }
    scaled.q = q, scaled.k = k;
    check_close(output_of(s, &scaled), output_of(s, &call), close_on(s, 10.0), "rows times 10^n");

    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0);
    gradients g = gradients_of(s, &call, dy);
    check_orthogonal(s, g.q, call.q, "<dq, q>");
    check_orthogonal(s, g.k, call.k, "<dk, k>");

    attention_call one = random_call(REF_COSINE, N_Q, 1, WIDTH_K, 1); /* its lse is the score */
    one.scale = 1.0;
    CHECK(largest_entry(log_sum_exp_of(s, &one)) <= 1.0 + 4.0 * s->epsilon, "|cosine| > 1");
    gsl_matrix_const_view itself = gsl_matrix_const_submatrix(one.q, 0, 0, 1, WIDTH_K);
    one.k = &itself.matrix;
    double cosine = gsl_matrix_get(log_sum_exp_of(s, &one), 0, 0);
    CHECK_CLOSE(cosine, 1.0, 4.0 * s->epsilon, "cosine of a vector with itself");
}
ON_EACH_SIDE(cosine_scaling)

static void temperature_on(const side *s)
{
    attention_call call = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V), hot = call;
    call.scale = 0.25;
    gsl_matrix *q = copy_of(call.q);
    gsl_matrix_scale(q, 0.25);
    hot.q = q, hot.scale = 1.0;
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0);
    gradients g = gradients_of(s, &call, dy), h = gradients_of(s, &hot, dy);
    gsl_matrix_scale(h.q, 0.25); /* dL/dQ = scale * dL/d(scale Q) */
    check_equal(output_of(s, &hot), output_of(s, &call), "output");
    check_equal(h.q, g.q, "grad_q");
    check_equal(h.k, g.k, "grad_k");
}
ON_EACH_SIDE(temperature)

static const test tests[] = {
    {"15: the order of the keys does not matter, and gradients follow it", key_order},
    {"16: the order of the queries is that of the outputs, exactly", query_order},
    {"18: what depends on the query only leaves the weights alone", query_shift},
    {"19: moving queries and keys together leaves their distances alone", translation},
    {"19: rotating queries and keys together changes nothing", rotation},
    {"20: -|q - k|^2 / 2 is q . k - |k|^2 / 2", euclid_is_dot},
    {"21: the cosine does not see lengths, and stays within [-1, 1]", cosine_scaling},
    {"22: the scale may sit in the queries, exactly for a power of two", temperature},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
