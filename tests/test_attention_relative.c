/* The relative-position bias: by hand, what it must not change, and what it equals. The suites of
 * agreement and of gradients try it on every shape. */

#include "tests/support/attention_problem.h"
#include "tests/support/matrices.h"
#include "tests/support/property.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <math.h>

static gsl_matrix *as_row(const gsl_vector *x)
{
    gsl_matrix *row = new_matrix(1, x->size);
    gsl_matrix_set_row(row, 0, x);
    return row;
}

static gsl_vector *vector_of(size_t n, const double *values)
{
    gsl_vector *x = new_vector(n);
    gsl_vector_const_view view = gsl_vector_const_view_array(values, n);
    gsl_vector_memcpy(x, &view.vector);
    return x;
}

/* ---- by hand --------------------------------------------------------------------------------- */

/* Queries and keys of zeros: the scores are the bias alone. Values that are the identity: the
 * output is the weights. */
static attention_call bias_alone(size_t n_q, size_t n_k, const ref_mask *mask)
{
    gsl_matrix *identity = new_matrix(n_k, n_k);
    gsl_matrix_set_identity(identity);
    return (attention_call){new_matrix(n_q, 2), new_matrix(n_k, 2), identity, REF_DOT, 1.0, mask};
}

static void known_values_on(const side *s)
{
    const gsl_vector *r = vector_of(3, (double[]){log(2.0), 0.0, log(3.0)});
    const ref_mask mask = {.relative_bias = r}, causal = {.causal = true, .relative_bias = r};
    attention_call square = bias_alone(3, 3, &mask), past = bias_alone(3, 3, &causal);
    attention_call step = bias_alone(1, 3, &mask), late = bias_alone(3, 1, &mask);
    const double weights[] = {1. / 7, 3. / 7, 3. / 7, 2. / 6, 1. / 6,
                              3. / 6, 2. / 5, 2. / 5, 1. / 5};
    const double seen[] = {1., 0., 0., 2. / 3, 1. / 3, 0., 2. / 5, 2. / 5, 1. / 5};
    check_close(output_of(s, &square), matrix_of(3, 3, weights), close_on(s, 1.0), "square");
    check_close(output_of(s, &past), matrix_of(3, 3, seen), close_on(s, 1.0), "causal");
    check_close(output_of(s, &step), matrix_of(1, 3, weights + 6), close_on(s, 1.0),
                "one query beside the last key");
    check_close(log_sum_exp_of(s, &late), matrix_of(3, 1, (double[]){log(3.0), log(3.0), 0.0}),
                close_on(s, 2.0), "three queries, the last beside the only key");
}
ON_EACH_SIDE(known_values)

/* One query, weights (2, 2, 1) / 5: with dY = (1, 0, 0), D = 2/5 and dS = (6, -4, -2) / 25. The
 * first two keys share the first number. */
static void known_gradient_on(const side *s)
{
    const gsl_vector *r = vector_of(3, (double[]){log(2.0), 0.0, log(3.0)});
    gsl_vector *grad = vector_of(3, (double[]){1.0, 2.0, 3.0});
    const ref_mask mask = {.relative_bias = r, .grad_relative_bias = grad};
    attention_call call = bias_alone(1, 3, &mask);
    gradients_of(s, &call, matrix_of(1, 3, (double[]){1.0, 0.0, 0.0}));
    check_close(as_row(grad), matrix_of(1, 3, (double[]){1.0 + 2. / 25, 2.0 - 2. / 25, 3.0}),
                close_on(s, 3.0), "added to 1, 2, 3");
}
ON_EACH_SIDE(known_gradient)

/* ---- what it must not change ----------------------------------------------------------------- */

static void constants_on(const side *s)
{
    for (size_t width = 1; width <= 9; width += 8) {
        gsl_vector *r = new_vector(width), *grad = new_vector(width);
        gsl_vector_set_all(r, 0.75);
        const ref_mask mask = {.relative_bias = r, .grad_relative_bias = grad};
        attention_call plain = random_call(REF_DOT, N_Q, N_K, WIDTH_K, WIDTH_V), shifted = plain;
        shifted.mask = &mask;
        gsl_matrix *dy = random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0);
        gradients g = gradients_of(s, &plain, dy), h = gradients_of(s, &shifted, dy);
        check_close(output_of(s, &shifted), output_of(s, &plain), close_on(s, 4.0), "output");
        check_close(h.q, g.q, close_on(s, largest_entry(g.q)), "grad_q");
        check_close(h.k, g.k, close_on(s, largest_entry(g.k)), "grad_k");
        check_close(h.v, g.v, close_on(s, largest_entry(g.v)), "grad_v");
    }
}
ON_EACH_SIDE(constants)

/* Softmax does not see a number that is added to all scores, so no row of dS has a sum. */
static void gradient_sums_to_zero_on(const side *s)
{
    for (size_t width = 1; width <= 41; width += 20) {
        for (int similarity = 0; similarity < 3; similarity++) {
            gsl_vector *r = random_vector(suite_rng(), width, 1.0), *grad = new_vector(width);
            const ref_mask mask = {.relative_bias = r, .grad_relative_bias = grad};
            attention_call call =
                random_call((ref_similarity)similarity, N_Q, N_K, WIDTH_K, WIDTH_V);
            call.mask = &mask;
            gradients_of(s, &call, random_matrix(suite_rng(), N_Q, WIDTH_V, 1.0));
            gsl_matrix *row = as_row(grad), *sum = new_matrix(1, 1);
            gsl_matrix_set(sum, 0, 0, gsl_vector_sum(grad));
            check_close(sum, new_matrix(1, 1), close_on(s, N_Q), "the sum of %zu numbers", width);
            CHECK(width == 1 || largest_entry(row) > 0.1, "no gradient is larger than %g",
                  largest_entry(row));
        }
    }
}
ON_EACH_SIDE(gradient_sums_to_zero)

/* The last query and the last key of five stand side by side: 35 keys to the left at most, and 75
 * numbers for what comes later, of which no query sees any. */
static void future_is_unread_on(const side *s)
{
    enum { N = 36, CLIP = 75 };
    gsl_vector *r = random_vector(suite_rng(), 2 * CLIP + 1, 1.0), *grad = new_vector(r->size);
    const ref_mask mask = {.causal = true, .relative_bias = r, .grad_relative_bias = grad};
    attention_call call = random_call(REF_DOT, N, N, WIDTH_K, WIDTH_V);
    call.mask = &mask;
    gsl_matrix *before = output_of(s, &call);
    gradients_of(s, &call, random_matrix(suite_rng(), N, WIDTH_V, 1.0));
    for (size_t n = 0; n < r->size; n++) {
        bool is_seen = n + N > CLIP && n <= CLIP;
        double g = gsl_vector_get(grad, n);
        CHECK((g != 0.0) == is_seen, "the gradient of number %zu is %g", n, g);
        gsl_vector_set(r, n, is_seen ? gsl_vector_get(r, n) : 1e30);
    }
    check_equal(output_of(s, &call), before, "with other numbers where nothing is seen");
}
ON_EACH_SIDE(future_is_unread)

/* ---- what it equals -------------------------------------------------------------------------- */

/* The same numbers, written out for every query and key, whose distance is never clipped. */
static void equals_a_bias_on(const side *s)
{
    for (size_t n_q = N_Q; n_q <= N_K + 20; n_q += N_K + 20 - N_Q) {
        size_t n = n_q + N_K;
        gsl_vector *r = random_vector(suite_rng(), 2 * n + 1, 1.0);
        gsl_matrix *bias = new_matrix(n_q, N_K), *dy = random_matrix(suite_rng(), n_q, WIDTH_V, 1);
        for (size_t i = 0; i < n_q; i++) {
            for (size_t j = 0; j < N_K; j++) {
                gsl_matrix_set(bias, i, j, gsl_vector_get(r, n + j + n_q - i - N_K));
            }
        }
        for (int similarity = 0; similarity < 3; similarity++) {
            const ref_mask relative = {.relative_bias = r}, dense = {.bias = bias};
            attention_call one =
                random_call((ref_similarity)similarity, n_q, N_K, WIDTH_K, WIDTH_V);
            attention_call other = one;
            one.mask = &relative, other.mask = &dense;
            gradients g = gradients_of(s, &one, dy), h = gradients_of(s, &other, dy);
            check_equal(output_of(s, &one), output_of(s, &other), "output");
            check_equal(g.q, h.q, "grad_q");
            check_equal(g.k, h.k, "grad_k");
            check_equal(g.v, h.v, "grad_v");
        }
    }
}
ON_EACH_SIDE(equals_a_bias)

static void any_number_of_threads(void)
{
    const attention_shape shapes[] = {
        {"several sequences that add to the same numbers", 5, 2, 30, 41, 8, 8, 1.0, TWIN_SPLIT},
        {"parts of a head that add to the same numbers", 2, 2, 1540, 70, 8, 8, 1.0, TWIN_DENSE}};
    for (size_t n = 0; n < 2; n++) {
        attention_problem *p = attention_problem_alloc(&shapes[n], REF_DOT, ALL_MASKS, suite_rng());
        for (size_t isa = 0; kernels_at(isa); isa++) {
            for (int n_threads = 1; n_threads <= 4; n_threads++) {
                attention_problem_run(p, kernels_at(isa), n_threads, &(sabotage){0});
                agreement a = attention_problem_compare(p, GRAD_RELATIVE);
                CHECK(a.ratio <= 1.0, "%s: %g, expected %g", shapes[n].catches, a.actual,
                      a.expected);
                CHECK(n_threads == 1 || attention_problem_is_same(p, GRAD_RELATIVE),
                      "%s: other bits on %d threads", shapes[n].catches, n_threads);
                attention_problem_keep(p);
            }
        }
        attention_problem_free(p);
    }
}

static const test tests[] = {
    {"the numbers are those of the distance, the ends serve what is further", known_values},
    {"its gradient is the sum of dS over a distance, added to what is there", known_gradient},
    {"a constant changes nothing", constants},
    {"the gradients of all numbers sum to 0", gradient_sums_to_zero},
    {"numbers of distances that no query sees have no effect and a gradient of 0",
     future_is_unread},
    {"without clipping it is the same as a bias, to the bit", equals_a_bias},
    {"its gradient has the same bits on any number of threads", any_number_of_threads},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
