/* Properties 23, 24 and 26 of attention: masks, and attention that is computed in parts. */

#include "tests/support/attention_problem.h"
#include "tests/support/matrices.h"
#include "tests/support/property.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <math.h>

static void causal_prefix_on(const side *s)
{
    enum { N = 150, LATER = 67 };
    const ref_mask causal = {.causal = true};
    gsl_matrix *x = random_matrix(suite_rng(), N, WIDTH_K, 1.0), *changed = copy_of(x);
    attention_call call = {x, x, x, REF_DOT, 1.0, &causal}, other = call;
    gsl_matrix *y = output_of(s, &call);
    check_equal(first_rows(y, 1), first_rows(x, 1), "the first token sees itself");

    gsl_matrix *prefix = first_rows(x, LATER);
    attention_call shorter = {prefix, prefix, prefix, REF_DOT, 1.0, &causal};
    check_close(first_rows(y, LATER), output_of(s, &shorter), close_on(s, 10.0), "a shorter text");

    for (size_t i = LATER; i < N; i++) { /* scores far higher than before: rescales for some rows */
        gsl_vector_view row = gsl_matrix_row(changed, i);
        gsl_vector_scale(&row.vector, -50.0);
    }
    other.q = other.k = other.v = changed;
    check_equal(first_rows(output_of(s, &other), LATER), first_rows(y, LATER), "another future");

    gsl_matrix *dy = new_matrix(N, WIDTH_K); /* only early outputs matter: later keys get nothing */
    gsl_matrix_view early = gsl_matrix_submatrix(dy, 0, 0, LATER, WIDTH_K);
    random_fill(suite_rng(), 1.0, &early.matrix);
    gradients g = gradients_of(s, &call, dy);
    gsl_matrix_view late_k = gsl_matrix_submatrix(g.k, LATER, 0, N - LATER, WIDTH_K);
    gsl_matrix_view late_v = gsl_matrix_submatrix(g.v, LATER, 0, N - LATER, WIDTH_K);
    check_zero(&late_k.matrix, "grad_k of later keys");
    check_zero(&late_v.matrix, "grad_v of later keys");
}
ON_EACH_SIDE(causal_prefix)

static void masks_agree_on(const side *s)
{
    for (size_t n_q = N_Q; n_q <= N_K + 20; n_q += N_K + 20 - N_Q) { /* blind rows if n_q > n_k */
        gsl_matrix *triangle = new_matrix(n_q, N_K),
                   *dy = random_matrix(suite_rng(), n_q, WIDTH_V, 1);
        for (size_t i = 0; i < n_q; i++) {
            for (size_t j = 0; j < N_K; j++) {
                gsl_matrix_set(triangle, i, j, j + n_q <= i + N_K ? 0.0 : -INFINITY);
            }
        }
        const ref_mask causal = {.causal = true}, as_bias = {.bias = triangle};
        attention_call one = random_call(REF_DOT, n_q, N_K, WIDTH_K, WIDTH_V), other = one;
        one.mask = &causal, other.mask = &as_bias;
        gradients g = gradients_of(s, &one, dy), h = gradients_of(s, &other, dy);
        check_equal(output_of(s, &other), output_of(s, &one), "output");
        check_close(h.q, g.q, close_on(s, largest_entry(g.q)), "grad_q");
        check_close(h.k, g.k, close_on(s, largest_entry(g.k)), "grad_k");
        check_close(h.v, g.v, close_on(s, largest_entry(g.v)), "grad_v");
    }
}
ON_EACH_SIDE(masks_agree)

static void padding_is_removal_on(const side *s)
{
    size_t length = 83;
    const ref_mask padded = {.key_length = &length};
    for (int similarity = 0; similarity < 3; similarity++) {
        attention_call call = random_call((ref_similarity)similarity, N_Q, N_K, WIDTH_K, WIDTH_V);
        attention_call shorter = call;
        call.mask = &padded;
        shorter.k = first_rows(call.k, length), shorter.v = first_rows(call.v, length);
        gsl_matrix *dy = random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0);
        gradients g = gradients_of(s, &call, dy), h = gradients_of(s, &shorter, dy);
        check_close(output_of(s, &call), output_of(s, &shorter), close_on(s, 4.0), "output");
        check_close(g.q, h.q, close_on(s, largest_entry(h.q)), "grad_q");
        check_close(first_rows(g.k, length), h.k, close_on(s, largest_entry(h.k)), "grad_k");
        gsl_matrix_view rest = gsl_matrix_submatrix(g.k, length, 0, N_K - length, WIDTH_K);
        check_zero(&rest.matrix, "grad_k of the padding");
        rest = gsl_matrix_submatrix(g.v, length, 0, N_K - length, WIDTH_V);
        check_zero(&rest.matrix, "grad_v of the padding");
    }
}
ON_EACH_SIDE(padding_is_removal)

static void cached_steps_on(const side *s)
{
    const ref_mask causal = {.causal = true};
    attention_call call = random_call(REF_DOT, N_Q, N_Q, WIDTH_K, WIDTH_V), step = call;
    call.mask = step.mask = &causal;
    gsl_matrix *steps = new_matrix(N_Q, WIDTH_V);
    for (size_t i = 0; i < N_Q; i++) { /* one new query, with the keys of all tokens so far */
        gsl_matrix_const_view q_i = gsl_matrix_const_submatrix(call.q, i, 0, 1, WIDTH_K);
        step.q = &q_i.matrix;
        step.k = first_rows(call.k, i + 1), step.v = first_rows(call.v, i + 1);
        gsl_vector_view row = gsl_matrix_row(output_of(s, &step), 0);
        gsl_matrix_set_row(steps, i, &row.vector);
    }
    check_close(output_of(s, &call), steps, close_on(s, 4.0), "all at once");
}
ON_EACH_SIDE(cached_steps)

static void parts_merge_on(const side *s)
{
    for (size_t n_first = 1; n_first < N_K; n_first += 37) {
        attention_call call = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V),
                       part[2] = {call, call};
        part[0].k = first_rows(call.k, n_first), part[0].v = first_rows(call.v, n_first);
        gsl_matrix_const_view k =
            gsl_matrix_const_submatrix(call.k, n_first, 0, N_K - n_first, WIDTH_K);
        gsl_matrix_const_view v =
            gsl_matrix_const_submatrix(call.v, n_first, 0, N_K - n_first, WIDTH_V);
        part[1].k = &k.matrix, part[1].v = &v.matrix;
        gsl_matrix *y[2] = {output_of(s, &part[0]), output_of(s, &part[1])};
        gsl_matrix *l[2] = {log_sum_exp_of(s, &part[0]), log_sum_exp_of(s, &part[1])};
        gsl_matrix *merged = new_matrix(N_Q, WIDTH_V);
        for (size_t i = 0; i < N_Q; i++) {
            double first = exp(gsl_matrix_get(l[0], i, 0)),
                   second = exp(gsl_matrix_get(l[1], i, 0));
            for (size_t c = 0; c < WIDTH_V; c++) {
                double sum =
                    first * gsl_matrix_get(y[0], i, c) + second * gsl_matrix_get(y[1], i, c);
                gsl_matrix_set(merged, i, c, sum / (first + second));
            }
        }
        check_close(output_of(s, &call), merged, close_on(s, 10.0), "%zu keys first", n_first);
    }
}
ON_EACH_SIDE(parts_merge)

/* ---- NaN ------------------------------------------------------------------------------------- */

static bool is_nan_all_over(const gsl_matrix *y, size_t first, size_t n_rows)
{
    bool is_nan = true;
    for (size_t i = first; i < first + n_rows; i++) {
        for (size_t c = 0; c < y->size2; c++) {
            is_nan = is_nan && isnan(gsl_matrix_get(y, i, c));
        }
    }
    return is_nan;
}

/* A NaN in query 5 spoils output 5 only; in key 40, all outputs that see it; in value 40, the
 * column it stands in. A cosine is no exception. */
static void not_a_number_on(const side *s)
{
    const ref_mask causal = {.causal = true};
    for (int similarity = 0; similarity < 3; similarity++) {
        const char *name = similarity_names[similarity];
        attention_call call = random_call((ref_similarity)similarity, N_Q, N_Q, WIDTH_K, WIDTH_V);
        attention_call query = call, key = call, value = call;
        gsl_matrix *q = copy_of(call.q), *k = copy_of(call.k), *v = copy_of(call.v);
        gsl_matrix_set(q, 5, 3, NAN);
        gsl_matrix_set(k, 40, WIDTH_K - 1, NAN);
        gsl_matrix_set(v, 40, 2, NAN);
        query.q = q, key.k = k, value.v = v;
        query.mask = key.mask = value.mask = &causal;

        gsl_matrix *y = output_of(s, &query), *l = log_sum_exp_of(s, &query);
        CHECK(is_nan_all_over(y, 5, 1) && isnan(gsl_matrix_get(l, 5, 0)),
              "%s: a NaN in a query gives %g, log-sum-exp %g", name, gsl_matrix_get(y, 5, 0),
              gsl_matrix_get(l, 5, 0));
        CHECK(!isnan(gsl_matrix_get(y, 4, 0)) && !isnan(gsl_matrix_get(y, 6, 0)),
              "%s: a NaN in a query spoils another output", name);
        gradients g = gradients_of(s, &query, random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0));
        CHECK(is_nan_all_over(g.q, 5, 1) && is_nan_all_over(g.k, 0, 6) &&
                  is_nan_all_over(g.v, 0, 6),
              "%s: a NaN in query 5 gives grad_q %g, grad_k %g, grad_v %g", name,
              gsl_matrix_get(g.q, 5, 0), gsl_matrix_get(g.k, 5, 0), gsl_matrix_get(g.v, 5, 0));

        y = output_of(s, &key), l = log_sum_exp_of(s, &key);
        CHECK(is_nan_all_over(y, 40, N_Q - 40) && isnan(gsl_matrix_get(l, 40, 0)),
              "%s: a NaN in a key gives %g, log-sum-exp %g", name, gsl_matrix_get(y, 40, 0),
              gsl_matrix_get(l, 40, 0));
        CHECK(!isnan(gsl_matrix_get(y, 39, 0)), "%s: a NaN in a key that is not seen", name);

        y = output_of(s, &value);
        CHECK(isnan(gsl_matrix_get(y, 40, 2)) && isnan(gsl_matrix_get(y, N_Q - 1, 2)),
              "%s: a NaN in a value gives %g", name, gsl_matrix_get(y, 40, 2));
        CHECK(!isnan(gsl_matrix_get(y, 40, 1)), "%s: a NaN spoils another column", name);
    }
}
ON_EACH_SIDE(not_a_number)

static const test tests[] = {
    {"23: a causal output does not depend on what comes later, to the bit", causal_prefix},
    {"24: causal is a lower triangle of -infinity", masks_agree},
    {"24: padding a sequence is as if the padding were not there", padding_is_removal},
    {"26: one query at a time with a cache is causal attention", cached_steps},
    {"26: two parts of the keys merge by their log-sum-exp", parts_merge},
    {"a NaN in a query, a seen key or a value is never hidden", not_a_number},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
