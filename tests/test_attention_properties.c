/* Properties 10 to 17 and 24 to 27 of attention: what its weights, its values and its masks must
 * do, on every side. The invariances of the similarities stand in test_attention_invariances.c. */

#include "tests/support/attention_problem.h"
#include "tests/support/matrices.h"
#include "tests/support/property.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <float.h>
#include <math.h>

/* ---- which weights --------------------------------------------------------------------------- */

static void equal_keys_on(const side *s)
{
    size_t length = 100;
    const ref_mask padded = {.key_length = &length};
    for (int similarity = 0; similarity < 3; similarity++) {
        attention_call call = random_call((ref_similarity)similarity, N_Q, N_K, WIDTH_K, WIDTH_V);
        call.k = repeated_row(call.k, N_K);
        check_close(output_of(s, &call), repeated_row(column_means(call.v, N_K), N_Q),
                    close_on(s, 1.0), "%s", similarity_names[similarity]);
        call.mask = &padded;
        check_close(output_of(s, &call), repeated_row(column_means(call.v, length), N_Q),
                    close_on(s, 1.0), "%s, padded", similarity_names[similarity]);
    }
}
ON_EACH_SIDE(equal_keys)

static void zero_scale_on(const side *s)
{
    attention_call still = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V), zero = still;
    still.scale = 0.0;
    zero.q = new_matrix(N_Q, WIDTH_K);
    gsl_matrix *w[2] = {weights_of(s, &still), weights_of(s, &zero)};
    for (size_t n = 0; n < 2; n++) {
        CHECK(gsl_matrix_min(w[n]) == gsl_matrix_max(w[n]), "weights differ: %.17g, %.17g",
              gsl_matrix_min(w[n]), gsl_matrix_max(w[n]));
        CHECK_CLOSE(gsl_matrix_get(w[n], 0, 0), 1.0 / N_K, 2.0 * s->epsilon / N_K, "a weight");
    }
}
ON_EACH_SIDE(zero_scale)

static void one_key_on(const side *s)
{
    /* One key in all, or one that a bias leaves: the output is its value, exactly. */
    for (size_t n_k = 1; n_k <= N_K; n_k += N_K - 1) {
        size_t seen = n_k / 2;
        gsl_matrix *bias = new_matrix(N_Q, n_k);
        gsl_matrix_set_all(bias, -INFINITY);
        for (size_t i = 0; i < N_Q; i++) {
            gsl_matrix_set(bias, i, seen, random_gaussian(suite_rng(), 1.0));
        }
        const ref_mask mask = {.bias = bias};
        attention_call call = random_call(REF_DOT, N_Q, n_k, WIDTH_K, WIDTH_V);
        call.mask = &mask;
        gsl_matrix_const_view value = gsl_matrix_const_submatrix(call.v, seen, 0, 1, WIDTH_V);
        check_equal(output_of(s, &call), repeated_row(&value.matrix, N_Q), "%zu keys", n_k);

        gsl_matrix *dy = random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0);
        gradients g = gradients_of(s, &call, dy);
        double size = largest_entry(dy) * largest_entry(call.v) * WIDTH_V;
        check_close(g.q, new_matrix(N_Q, WIDTH_K), 8.0 * s->epsilon * size, "grad_q");
        check_close(g.k, new_matrix(n_k, WIDTH_K), 8.0 * s->epsilon * size * N_Q, "grad_k");
        gsl_matrix *dv = new_matrix(n_k, WIDTH_V);
        gsl_vector_view sums = gsl_matrix_row(column_sums(dy), 0);
        gsl_matrix_set_row(dv, seen, &sums.vector);
        check_close(g.v, dv, close_on(s, 10.0), "grad_v");
    }
}
ON_EACH_SIDE(one_key)

static void one_hot_limit_on(const side *s)
{
    attention_call call = random_call(REF_DOT, 9, N_K, WIDTH_K, WIDTH_V);
    call.scale = 40.0;
    gsl_matrix *scores = new_matrix(9, N_K), *y = output_of(s, &call);
    ref_attention_scores(call.q, call.k, REF_DOT, call.scale, NULL, scores);
    for (size_t i = 0; i < 9; i++) {
        gsl_vector_view row = gsl_matrix_row(scores, i);
        size_t first = gsl_vector_max_index(&row.vector);
        double top = gsl_vector_max(&row.vector);
        gsl_vector_set(&row.vector, first, -INFINITY);
        double gap = top - gsl_vector_max(&row.vector);
        double slack = 2.0 * (N_K - 1) * exp(-gap) * largest_entry(call.v) + close_on(s, 4.0);
        for (size_t c = 0; c < WIDTH_V; c++) {
            CHECK_CLOSE(gsl_matrix_get(y, i, c), gsl_matrix_get(call.v, first, c), slack,
                        "the value of the best key");
        }
    }
}
ON_EACH_SIDE(one_hot_limit)

static void ties_on(const side *s)
{
    attention_call call = random_call(REF_DOT, 5, N_K, WIDTH_K, WIDTH_V);
    gsl_matrix *q = new_matrix(5, WIDTH_K), *k = copy_of(call.k);
    for (size_t i = 0; i < 5; i++) {
        gsl_matrix_set(q, i, 0, 1.0);
    }
    for (size_t j = 0; j < 3; j++) { /* keys 7, 57 and 107 win together */
        gsl_matrix_set(k, 7 + 50 * j, 0, 200.0);
    }
    call.q = q, call.k = k, call.scale = 1.0;
    gsl_matrix *expected = new_matrix(5, WIDTH_V);
    for (size_t c = 0; c < WIDTH_V; c++) {
        double sum = 0.0;
        for (size_t j = 0; j < 3; j++) {
            sum += gsl_matrix_get(call.v, 7 + 50 * j, c);
        }
        for (size_t i = 0; i < 5; i++) {
            gsl_matrix_set(expected, i, c, sum / 3.0);
        }
    }
    check_close(output_of(s, &call), expected, 8.0 * s->epsilon * largest_entry(call.v), "mean");
}
ON_EACH_SIDE(ties)

/* ---- which outputs --------------------------------------------------------------------------- */

static void convex_hull_on(const side *s)
{
    for (int similarity = 0; similarity < 3; similarity++) {
        attention_call call = random_call((ref_similarity)similarity, N_Q, N_K, WIDTH_K, WIDTH_V);
        gsl_matrix *y = output_of(s, &call);
        double slack = 4.0 * N_K * s->epsilon * largest_entry(call.v);
        for (size_t c = 0; c < WIDTH_V; c++) {
            gsl_vector_const_view v = gsl_matrix_const_column(call.v, c);
            gsl_vector_const_view out = gsl_matrix_const_column(y, c);
            CHECK(gsl_vector_min(&out.vector) >= gsl_vector_min(&v.vector) - slack &&
                      gsl_vector_max(&out.vector) <= gsl_vector_max(&v.vector) + slack,
                  "an output leaves the range of its values");
        }
    }
}
ON_EACH_SIDE(convex_hull)

static void equal_values_on(const side *s)
{
    attention_call call = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V);
    call.v = repeated_row(call.v, N_K);
    gradients g = gradients_of(s, &call, random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0));
    check_close(output_of(s, &call), repeated_row(call.v, N_Q), close_on(s, 4.0), "output");
    check_close(g.q, new_matrix(N_Q, WIDTH_K), close_on(s, 10.0), "grad_q");
    check_close(g.k, new_matrix(N_K, WIDTH_K), close_on(s, 10.0), "grad_k");
}
ON_EACH_SIDE(equal_values)

static void linearity_on(const side *s)
{
    attention_call call = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V), other = call;
    attention_call both = call;
    other.v = random_matrix(suite_rng(), N_K, WIDTH_V, 1.0);
    gsl_matrix *v = copy_of(call.v), *u = copy_of(other.v);
    gsl_matrix_scale(v, 2.0);
    gsl_matrix_scale(u, -0.5);
    gsl_matrix_add(v, u);
    both.v = v;
    gsl_matrix *expected = output_of(s, &call), *second = output_of(s, &other);
    gsl_matrix_scale(expected, 2.0);
    gsl_matrix_scale(second, -0.5);
    gsl_matrix_add(expected, second);
    check_close(output_of(s, &both), expected, close_on(s, 4.0), "att(2 V - U / 2)");
}
ON_EACH_SIDE(linearity)

static void duplication_on(const side *s)
{
    attention_call call = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V), thrice = call;
    gsl_matrix *k = new_matrix(3 * N_K, WIDTH_K), *v = new_matrix(3 * N_K, WIDTH_V);
    for (size_t j = 0; j < 3 * N_K; j++) {
        gsl_vector_const_view k_j = gsl_matrix_const_row(call.k, j / 3);
        gsl_vector_const_view v_j = gsl_matrix_const_row(call.v, j / 3);
        gsl_matrix_set_row(k, j, &k_j.vector);
        gsl_matrix_set_row(v, j, &v_j.vector);
    }
    thrice.k = k, thrice.v = v;
    check_close(output_of(s, &thrice), output_of(s, &call), close_on(s, 4.0), "every key thrice");
}
ON_EACH_SIDE(duplication)

static void hidden_keys_on(const side *s)
{
    gsl_matrix *bias = new_matrix(N_Q, N_K);
    attention_call call = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V), wild = call;
    gsl_matrix *k = copy_of(call.k), *v = copy_of(call.v);
    for (size_t j = 3; j < N_K; j += 11) {
        for (size_t i = 0; i < N_Q; i++) {
            gsl_matrix_set(bias, i, j, -INFINITY);
        }
        for (size_t p = 0; p < WIDTH_K; p++) {
            gsl_matrix_set(k, j, p, FLT_MAX);
        }
        for (size_t c = 0; c < WIDTH_V; c++) {
            gsl_matrix_set(v, j, c, FLT_MAX);
        }
    }
    const ref_mask mask = {.bias = bias};
    call.mask = wild.mask = &mask;
    wild.k = k, wild.v = v;
    gsl_matrix *dy = random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0);
    gradients g = gradients_of(s, &wild, dy), expected = gradients_of(s, &call, dy);
    check_equal(output_of(s, &wild), output_of(s, &call), "output");
    check_equal(g.q, expected.q, "grad_q");
    check_equal(g.k, expected.k, "grad_k");
    check_equal(g.v, expected.v, "grad_v");
    for (size_t j = 3; j < N_K; j += 11) {
        gsl_matrix_view k_j = gsl_matrix_submatrix(g.k, j, 0, 1, WIDTH_K);
        gsl_matrix_view v_j = gsl_matrix_submatrix(g.v, j, 0, 1, WIDTH_V);
        check_zero(&k_j.matrix, "grad_k of hidden key %zu", j);
        check_zero(&v_j.matrix, "grad_v of hidden key %zu", j);
    }
}
ON_EACH_SIDE(hidden_keys)

/* ---- energy ---------------------------------------------------------------------------------- */

static void energy_on(const side *s)
{
    for (int similarity = 0; similarity < 3; similarity++) {
        attention_call call = random_call((ref_similarity)similarity, N_Q, N_K, WIDTH_K, WIDTH_V);
        gsl_matrix *dy = random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0), *y = output_of(s, &call);
        gradients g = gradients_of(s, &call, dy);
        double size = sqrt(inner_product(y, y) * inner_product(dy, dy));
        CHECK_CLOSE(inner_product(y, dy), inner_product(g.v, call.v), close_on(s, size),
                    "<Y, dY> = <dV, V>");
        if (similarity == REF_DOT) {
            size = sqrt(inner_product(call.q, call.q) * inner_product(g.q, g.q));
            CHECK_CLOSE(inner_product(call.q, g.q), inner_product(call.k, g.k), close_on(s, size),
                        "<Q, dQ> = <K, dK>");
        }
    }
}
ON_EACH_SIDE(energy)

static const test tests[] = {
    {"10: equal keys give the mean of the values that are seen", equal_keys},
    {"11: a scale of 0, or queries of 0, give exactly equal weights", zero_scale},
    {"12: a query that sees one key gets its value exactly", one_key},
    {"13: a large scale picks the value of the best key", one_hot_limit},
    {"13: keys that tie share their weight equally", ties},
    {"14: every output lies within the range of the values", convex_hull},
    {"14: equal values pass through, and nothing reaches queries and keys", equal_values},
    {"17: the output is linear in the values", linearity},
    {"17: repeating every key changes nothing", duplication},
    {"17, 24: a hidden key changes nothing, whatever it holds, and gets gradient 0", hidden_keys},
    {"27: <Y, dY> = <dV, V>, and <Q, dQ> = <K, dK> for the dot product", energy},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
