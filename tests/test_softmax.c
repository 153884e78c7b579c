/* Softmax, its gradient and log-sum-exp: what must hold on every side. test_softmax_agreement.c
 * compares the sides with one another. */

#include "reference/softmax.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/sides.h"
#include "tests/support/suite.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <math.h>

static gsl_matrix *softmax_of(const side *s, const gsl_matrix *scores)
{
    gsl_matrix *weights = new_matrix(scores->size1, scores->size2);
    CHECK_STATUS(side_softmax(s, scores, weights), GSL_SUCCESS, "softmax");
    return weights;
}

static gsl_vector *log_sum_exp_of(const side *s, const gsl_matrix *scores)
{
    gsl_vector *l = new_vector(scores->size1);
    CHECK_STATUS(side_log_sum_exp(s, scores, l), GSL_SUCCESS, "log-sum-exp");
    return l;
}

static gsl_matrix *grad_scores_of(const side *s, const gsl_matrix *p, const gsl_matrix *dp)
{
    gsl_matrix *ds = new_matrix(p->size1, p->size2);
    CHECK_STATUS(side_softmax_backward(s, p, dp, ds), GSL_SUCCESS, "softmax backward");
    return ds;
}

/* ---- known values ---------------------------------------------------------------------------- */

static void known_values_on(const side *s)
{
    /* x = (0, ln 3) and x = (ln 1, ..., ln 4): p_j = j / 10 */
    gsl_matrix *two = softmax_of(s, matrix_of(1, 2, (double[]){0.0, log(3.0)}));
    gsl_matrix *four =
        softmax_of(s, matrix_of(1, 4, (double[]){log(1.0), log(2.0), log(3.0), log(4.0)}));
    check_close(two, matrix_of(1, 2, (double[]){0.25, 0.75}), s->tolerance, "softmax(0, ln 3)");
    check_close(four, matrix_of(1, 4, (double[]){0.1, 0.2, 0.3, 0.4}), s->tolerance,
                "softmax(ln 1, ln 2, ln 3, ln 4)");
}
ON_EACH_SIDE(known_values)

static void known_log_sum_exp_on(const side *s)
{
    const double none = -INFINITY;
    gsl_matrix *scores = matrix_of(4, 3,
                                   (double[]){log(1.0), log(2.0), log(3.0), /* ln 6 */
                                              7.0, 7.0, 7.0,                /* 7 + ln 3 */
                                              none, 5.0, none,              /* 5 */
                                              none, none, none});           /* -infinity */
    gsl_vector *l = log_sum_exp_of(s, scores);
    CHECK_CLOSE(gsl_vector_get(l, 0), log(6.0), 4.0 * s->epsilon, "lse(ln 1, ln 2, ln 3)");
    CHECK_CLOSE(gsl_vector_get(l, 1), 7.0 + log(3.0), 16.0 * s->epsilon, "lse(7, 7, 7)");
    CHECK_CLOSE(gsl_vector_get(l, 2), 5.0, 0.0, "lse of one score");
    CHECK_CLOSE(gsl_vector_get(l, 3), -INFINITY, 0.0, "lse of nothing");
}
ON_EACH_SIDE(known_log_sum_exp)

static void blind_row_on(const side *s)
{
    const double none = -INFINITY;
    gsl_matrix *p = softmax_of(
        s, matrix_of(3, 3, (double[]){none, none, none, 1.0, none, 1.0, none, none, 3.0}));
    check_equal(p, matrix_of(3, 3, (double[]){0, 0, 0, 0.5, 0, 0.5, 0, 0, 1}), "hidden scores");
    check_zero(grad_scores_of(s, matrix_of(1, 3, (double[]){0, 0, 0}),
                              matrix_of(1, 3, (double[]){1.0, -2.0, 3.0})),
               "gradient of a row that sees nothing");
}
ON_EACH_SIDE(blind_row)

/* ---- properties 1 to 9 ----------------------------------------------------------------------- */

static void rows_sum_to_one_on(const side *s)
{
    const double sizes[] = {1.0, 1e2, 1e4, s->kernels ? 1e30 : 1e4};
    for (size_t n = 0; n < 4; n++) {
        gsl_matrix *p = softmax_of(s, random_matrix(suite_rng(), 20, 37, sizes[n]));
        for (size_t i = 0; i < p->size1; i++) {
            gsl_vector_view row = gsl_matrix_row(p, i);
            CHECK_CLOSE(gsl_vector_sum(&row.vector), 1.0, 4.0 * 37.0 * s->epsilon, "sum of a row");
            CHECK(gsl_vector_min(&row.vector) >= 0.0 && gsl_vector_max(&row.vector) <= 1.0,
                  "a weight lies outside [0, 1] for scores about %g", sizes[n]);
        }
    }
}
ON_EACH_SIDE(rows_sum_to_one)

static void shift_invariance_on(const side *s)
{
    const double shifts[] = {1.0, -1.0, 1000.0, -1000.0, 1e4, -1e4};
    gsl_matrix *x = new_matrix(6, 11); /* small integers: the shifted scores are exact */
    for (size_t i = 0; i < 66; i++) {
        x->data[i] = random_integer(suite_rng(), -8, 8);
    }
    gsl_matrix *expected = softmax_of(s, x);
    for (size_t n = 0; n < 6; n++) {
        gsl_matrix *shifted = copy_of(x);
        gsl_matrix_add_constant(shifted, shifts[n]);
        check_equal(softmax_of(s, shifted), expected, "softmax of scores + %g", shifts[n]);
    }
}
ON_EACH_SIDE(shift_invariance)

static void log_odds_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 1, 23, 3.0);
    gsl_matrix *p = softmax_of(s, x);
    for (size_t j = 1; j < 23; j++) {
        double difference = gsl_matrix_get(x, 0, j) - gsl_matrix_get(x, 0, j - 1);
        double odds = gsl_matrix_get(p, 0, j) / gsl_matrix_get(p, 0, j - 1);
        double relative = (s->kernels ? 2e-6 : 4e-15) * (1.0 + fabs(difference));
        CHECK_CLOSE(odds, exp(difference), relative * exp(difference), "odds of two keys");
    }
}
ON_EACH_SIDE(log_odds)

static void equal_scores_on(const side *s)
{
    const double values[] = {0.0, 1.0, -1e4, 1e4, 1e30, -1e30};
    for (size_t n = 0; n < 6; n++) {
        gsl_matrix *x = new_matrix(1, 41);
        gsl_matrix_set_all(x, values[n]);
        gsl_matrix *p = softmax_of(s, x);
        double first = gsl_matrix_get(p, 0, 0);
        CHECK(gsl_matrix_min(p) == first && gsl_matrix_max(p) == first,
              "equal scores %g have unequal weights", values[n]);
        CHECK_CLOSE(first, 1.0 / 41.0, 2.0 * s->epsilon / 41.0, "weight of equal scores");
    }
}
ON_EACH_SIDE(equal_scores)

static void dominance_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 1, 30, 1.0);
    gsl_matrix_set(x, 0, 17, gsl_matrix_max(x) + (s->kernels ? 20.0 : 40.0));
    CHECK_CLOSE(gsl_matrix_get(softmax_of(s, x), 0, 17), 1.0, 30.0 * s->epsilon,
                "weight of a dominant score");
}
ON_EACH_SIDE(dominance)

static void order_is_kept_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 1, 50, 2.0);
    gsl_matrix *p = softmax_of(s, x);
    for (size_t j = 1; j < 50; j++) {
        bool rises = gsl_matrix_get(x, 0, j) >= gsl_matrix_get(x, 0, j - 1);
        double high = gsl_matrix_get(p, 0, rises ? j : j - 1);
        double low = gsl_matrix_get(p, 0, rises ? j - 1 : j);
        CHECK(high >= low * (1.0 - 4.0 * s->epsilon), "a higher score has a lower weight");
    }
}
ON_EACH_SIDE(order_is_kept)

static void jacobian_on(const side *s)
{
    gsl_matrix *p = softmax_of(s, random_matrix(suite_rng(), 8, 19, 1.0));
    gsl_matrix *a = random_matrix(suite_rng(), 8, 19, 1.0);
    gsl_matrix *b = random_matrix(suite_rng(), 8, 19, 1.0);
    gsl_matrix *ja = grad_scores_of(s, p, a), *jb = grad_scores_of(s, p, b);
    CHECK_CLOSE(inner_product(b, ja), inner_product(a, jb), close_on(s, 8.0),
                "<b, J a> = <a, J b>");
    CHECK(inner_product(a, ja) >= -19.0 * s->epsilon * inner_product(a, a), "<a, J a> < 0");
    for (size_t i = 0; i < 8; i++) {
        gsl_vector_view row = gsl_matrix_row(ja, i);
        CHECK_CLOSE(gsl_vector_sum(&row.vector), 0.0, 8.0 * 19.0 * s->epsilon * largest_entry(a),
                    "sum of a row's gradient");
    }
    gsl_matrix_set_all(a, 3.0);
    check_close(grad_scores_of(s, p, a), new_matrix(8, 19), close_on(s, 3.0),
                "gradient when all weights are equally dear");
}
ON_EACH_SIDE(jacobian)

static void backward_adds_on(const side *s)
{
    gsl_matrix *p = softmax_of(s, random_matrix(suite_rng(), 3, 9, 1.0));
    gsl_matrix *dp = random_matrix(suite_rng(), 3, 9, 1.0);
    gsl_matrix *sum = random_matrix(suite_rng(), 3, 9, 1.0);
    gsl_matrix *expected = copy_of(sum);
    gsl_matrix_add(expected, grad_scores_of(s, p, dp));
    CHECK_STATUS(side_softmax_backward(s, p, dp, sum), GSL_SUCCESS, "softmax backward");
    check_close(sum, expected, 8.0 * s->epsilon * largest_entry(expected), "grad_scores");
}
ON_EACH_SIDE(backward_adds)

static void log_sum_exp_bounds_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 12, 21, 4.0), *shifted = copy_of(x);
    gsl_matrix_add_constant(shifted, 64.0);
    gsl_vector *l = log_sum_exp_of(s, x), *l_shifted = log_sum_exp_of(s, shifted);
    for (size_t i = 0; i < 12; i++) {
        gsl_vector_view row = gsl_matrix_row(x, i);
        double max = gsl_vector_max(&row.vector), l_i = gsl_vector_get(l, i);
        double slack = 8.0 * s->epsilon * fmax(1.0, fabs(l_i));
        CHECK(l_i >= max - slack && l_i <= max + log(21.0) + slack, "lse %g, max %g", l_i, max);
        CHECK_CLOSE(gsl_vector_get(l_shifted, i), l_i + 64.0, close_on(s, 64.0), "lse(x + 64)");
    }
}
ON_EACH_SIDE(log_sum_exp_bounds)

/* ---- gradients ------------------------------------------------------------------------------- */

typedef struct {
    gsl_matrix *scores, *upstream, *weights;
} softmax_inputs;

static double softmax_loss(void *inputs)
{
    softmax_inputs *in = inputs;
    ref_softmax_forward(in->scores, in->weights);
    return inner_product(in->upstream, in->weights);
}

static void softmax_gradient(void)
{
    gsl_matrix *x = random_matrix(suite_rng(), 3, 7, 1.5);
    softmax_inputs in = {x, random_matrix(suite_rng(), 3, 7, 1.0), new_matrix(3, 7)};
    gsl_matrix *gradient = new_matrix(3, 7);
    ref_softmax_forward(in.scores, in.weights);
    ref_softmax_backward(in.weights, in.upstream, gradient);
    check_gradient("grad_scores", x, gradient, softmax_loss, &in);
}

typedef struct {
    gsl_matrix *scores;
    gsl_vector *log_sum_exp;
} lse_inputs;

static double lse_loss(void *inputs)
{
    lse_inputs *in = inputs;
    ref_log_sum_exp(in->scores, in->log_sum_exp);
    return gsl_vector_get(in->log_sum_exp, 0);
}

static void lse_gradient(void)
{
    gsl_matrix *x = random_matrix(suite_rng(), 1, 7, 1.5), *p = new_matrix(1, 7);
    lse_inputs in = {x, new_vector(1)};
    ref_softmax_forward(x, p);
    check_gradient("d lse / d scores", x, p, lse_loss, &in);
}

static const test tests[] = {
    {"softmax of logarithms gives the fractions of the course", known_values},
    {"log-sum-exp of logarithms gives the logarithm of their sum", known_log_sum_exp},
    {"a row that sees no key gets zero weights and zero gradient", blind_row},
    {"1: each row sums to 1, with every weight in [0, 1], for scores of any size", rows_sum_to_one},
    {"2: adding a constant to a row changes nothing, exactly", shift_invariance},
    {"3, 6: the odds of two keys are the exponential of their difference", log_odds},
    {"4: equal scores have exactly equal weights", equal_scores},
    {"5: a score far above the others takes all the weight", dominance},
    {"7: a higher score never has a lower weight", order_is_kept},
    {"8: the Jacobian is symmetric, positive semidefinite, and its rows sum to 0", jacobian},
    {"9: log-sum-exp lies between max and max + ln n, and shifts along", log_sum_exp_bounds},
    {"the backward pass adds to grad_scores", backward_adds},
    {"the gradient of the softmax agrees with central differences", softmax_gradient},
    {"9: the gradient of log-sum-exp is the softmax", lse_gradient},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
