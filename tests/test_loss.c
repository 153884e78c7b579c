/* The losses: values by hand, what holds of every cross-entropy, gradients. test_loss_agreement.c
 * compares the sides with one another. */

#include "reference/loss.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_dense.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>

static double cross_entropy_of(const side *s, const gsl_matrix *logits, const int *targets,
                               double smoothing)
{
    double value;
    size_t n_counted;
    CHECK_STATUS(side_cross_entropy(s, logits, targets, smoothing, &value, &n_counted), GSL_SUCCESS,
                 "cross-entropy");
    return value;
}

static gsl_matrix *gradient_of(const side *s, const gsl_matrix *logits, const int *targets,
                               double smoothing)
{
    gsl_matrix *dz = new_matrix(logits->size1, logits->size2);
    CHECK_STATUS(side_cross_entropy_backward(s, logits, targets, smoothing, dz), GSL_SUCCESS,
                 "cross-entropy backward");
    return dz;
}

/* ---- known values ------------------------------------------------------------------------------ */

static void known_squared_error_on(const side *s)
{
    gsl_matrix *y = matrix_of(2, 2, (double[]){1, 2, 3, 4});
    gsl_matrix *t = matrix_of(2, 2, (double[]){1, 4, 0, 3});
    double value;
    CHECK_STATUS(side_squared_error(s, y, t, &value), GSL_SUCCESS, "squared error");
    CHECK_CLOSE(value, 0.5 * (0 + 4 + 9 + 1) / 4, 0.0, "half the mean of the squares");
}
ON_EACH_SIDE(known_squared_error)

static void known_cross_entropy_on(const side *s)
{
    /* softmax of logarithms: (1, 2, 1) / 4 and (1, 3, 4) / 8 */
    const int targets[] = {1, 2, REF_IGNORED};
    gsl_matrix *z = matrix_of(
        3, 3, (double[]){log(1.0), log(2.0), log(1.0), log(1.0), log(3.0), log(4.0), NAN, 0, 9});
    double value;
    size_t n_counted;
    side_cross_entropy(s, z, targets, 0.0, &value, &n_counted);
    CHECK_CLOSE(value, log(2.0), s->tolerance, "-ln of 1/2 and of 1/2, averaged");
    CHECK(n_counted == 2, "%zu rows are counted instead of 2", n_counted);
    /* smoothing 3/4: q = (1, 2, 1) / 4 with the logarithms of (1, 2, 1) / 4 */
    double smoothed = -(0.25 * log(0.25) + 0.5 * log(0.5) + 0.25 * log(0.25));
    CHECK_CLOSE(cross_entropy_of(s, z, (int[]){1, -1, -1}, 0.75), smoothed, s->tolerance,
                "smoothed");
    gsl_matrix *dz = gradient_of(s, z, targets, 0.0);
    check_close(
        dz, matrix_of(3, 3, (double[]){0.125, -0.25, 0.125, 0.0625, 0.1875, -0.25, 0.0, 0.0, 0.0}),
        s->tolerance, "(p - q) / 2");
}
ON_EACH_SIDE(known_cross_entropy)

static void nothing_counts_on(const side *s)
{
    const int targets[] = {REF_IGNORED, REF_IGNORED};
    gsl_matrix *z = matrix_of(2, 2, (double[]){NAN, 1, INFINITY, 2});
    double value = NAN;
    size_t n_counted = 7;
    CHECK_STATUS(side_cross_entropy(s, z, targets, 0.0, &value, &n_counted), GSL_SUCCESS,
                 "padding");
    CHECK(value == 0.0 && n_counted == 0, "the loss is %g of %zu rows", value, n_counted);
    check_zero(gradient_of(s, z, targets, 0.5), "gradient of padding");
}
ON_EACH_SIDE(nothing_counts)

/* ---- property 45 ------------------------------------------------------------------------------- */

static void equal_logits_on(const side *s)
{
    const double smoothings[] = {0.0, 0.1, 1.0};
    for (int n_classes = 1; n_classes <= 40; n_classes += 13) {
        for (size_t n = 0; n < 3; n++) {
            gsl_matrix *z = new_matrix(1, (size_t)n_classes);
            gsl_matrix_set_all(z, 1000.0);
            CHECK_CLOSE(cross_entropy_of(s, z, (int[]){n_classes / 2}, smoothings[n]),
                        log(n_classes), 4.0 * 1000.0 * s->epsilon, "loss of equal logits");
        }
    }
}
ON_EACH_SIDE(equal_logits)

static void gradient_sums_to_zero_on(const side *s)
{
    enum { N = 20, N_CLASSES = 33 };
    int targets[N];
    gsl_matrix *z = random_matrix(suite_rng(), N, N_CLASSES, 3.0);
    for (size_t i = 0; i < N; i++) {
        targets[i] = (int)random_integer(suite_rng(), -1, N_CLASSES - 1);
    }
    gsl_matrix *dz = gradient_of(s, z, targets, 0.1);
    for (size_t i = 0; i < N; i++) {
        gsl_vector_view row = gsl_matrix_row(dz, i);
        CHECK_CLOSE(gsl_vector_sum(&row.vector), 0.0, s->tolerance, "sum of a row of the gradient");
    }
}
ON_EACH_SIDE(gradient_sums_to_zero)

static void large_margin_on(const side *s)
{
    gsl_matrix *z = matrix_of(1, 3, (double[]){-900.0, 100.0, -INFINITY});
    CHECK_CLOSE(cross_entropy_of(s, z, (int[]){1}, 0.0), 0.0, 0.0, "loss of a sure answer");
    CHECK_CLOSE(cross_entropy_of(s, z, (int[]){0}, 0.0), 1000.0, 0.0, "loss of a wrong one");
    check_equal(gradient_of(s, z, (int[]){0}, 0.0), matrix_of(1, 3, (double[]){-1, 1, 0}),
                "gradient of a wrong answer");
}
ON_EACH_SIDE(large_margin)

/* -sum q ln p is least where p = q. */
static void entropy_is_the_least_on(const side *s)
{
    enum { N_CLASSES = 6 };
    const double smoothing = 0.3, low = smoothing / N_CLASSES, high = 1.0 - smoothing + low;
    double entropy = -high * log(high) - (N_CLASSES - 1) * low * log(low);
    gsl_matrix *z = new_matrix(1, N_CLASSES);
    gsl_matrix_set(z, 0, 2, log(high / low));
    CHECK_CLOSE(cross_entropy_of(s, z, (int[]){2}, smoothing), entropy, s->tolerance, "p = q");
    for (int n = 0; n < 50; n++) {
        gsl_matrix *other = random_matrix(suite_rng(), 1, N_CLASSES, 2.0);
        double value = cross_entropy_of(s, other, (int[]){2}, smoothing);
        CHECK(value >= entropy, "%g is less than the entropy %g of the target", value, entropy);
    }
}
ON_EACH_SIDE(entropy_is_the_least)

/* ---- a loss that is no number ------------------------------------------------------------------ */

static void not_finite_on(const side *s)
{
    const double bad[][2] = {{NAN, 0}, {INFINITY, 0}, {-INFINITY, 0}, {-INFINITY, -INFINITY}};
    double value;
    size_t n_counted;
    for (size_t n = 0; n < 4; n++) {
        gsl_matrix *z = new_matrix(3, 19);
        gsl_matrix_set_all(z, bad[n][1]);
        gsl_matrix_set(z, 1, 17, bad[n][0]);
        value = 0.0;
        suite_forget_error();
        CHECK_STATUS(side_cross_entropy(s, z, (int[]){-1, 17, -1}, 0.0, &value, &n_counted),
                     GSL_EDOM, "a logit that is not finite");
        CHECK(!isfinite(value) && n_counted == 1 && suite_last_error()[0], "loss %g, '%s'", value,
              suite_last_error());
        suite_forget_error();
        CHECK_STATUS(side_squared_error(s, z, new_matrix(3, 19), &value), GSL_EDOM,
                     "an output that is not finite");
        CHECK(!isfinite(value) && suite_last_error()[0], "loss %g, '%s'", value,
              suite_last_error());
    }
}
ON_EACH_SIDE(not_finite)

/* ---- gradients --------------------------------------------------------------------------------- */

static const int labels[] = {3, REF_IGNORED, 0, 4};

typedef struct {
    gsl_matrix *x, *target, *probabilities;
    double smoothing, upstream;
} inputs;

static double squared_loss(void *data)
{
    inputs *in = data;
    double value;
    ref_squared_error_forward(in->x, in->target, &value);
    return in->upstream * value;
}

static double cross_loss(void *data)
{
    inputs *in = data;
    double value;
    size_t n_counted;
    ref_cross_entropy_forward(in->x, labels, in->smoothing, in->probabilities, &value, &n_counted);
    return in->upstream * value;
}

static void gradients_are_derivatives(void)
{
    for (int n = 0; n < 3; n++) {
        inputs in = {random_matrix(suite_rng(), 4, 5, 1.0), random_matrix(suite_rng(), 4, 5, 1.0),
                     new_matrix(4, 5), 0.4 * n, random_gaussian(suite_rng(), 2.0)};
        gsl_matrix *dy = new_matrix(4, 5), *dz = new_matrix(4, 5);
        ref_squared_error_backward(in.x, in.target, in.upstream, dy);
        check_gradient("grad_output", in.x, dy, squared_loss, &in);
        cross_loss(&in);
        ref_cross_entropy_backward(in.x, labels, in.smoothing, in.probabilities, 3, in.upstream,
                                   dz);
        check_gradient("grad_logits", in.x, dz, cross_loss, &in);
    }
}

static const test tests[] = {
    {"the squared error that was computed by hand", known_squared_error},
    {"the cross-entropies of simple fractions, and their gradient", known_cross_entropy},
    {"if no row counts, loss and gradient are 0, whatever the logits are", nothing_counts},
    {"45: equal logits give the logarithm of the number of classes", equal_logits},
    {"45: the gradient of a row sums to 0", gradient_sums_to_zero},
    {"45: a huge margin gives 0, or the margin", large_margin},
    {"45: no loss is below the entropy of the smoothed target", entropy_is_the_least},
    {"a loss that is not finite is handed out with a sentence", not_finite},
    {"35: gradients agree with central differences", gradients_are_derivatives},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
