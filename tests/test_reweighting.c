/* Reweighting: values known by hand, properties 28 and 29, and the gradient of the bandwidth. The
 * agreement of the pair stands in test_reweighting_agreement.c. */

#include "chapters/common/words/running_example.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/reweighting_problem.h"
#include "tests/support/sides.h"
#include "tests/support/suite.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <math.h>

static gsl_vector *grid(size_t n)
{
    gsl_vector *x = new_vector(n);
    for (size_t i = 0; i < n; i++) {
        gsl_vector_set(x, i, (double)i);
    }
    return x;
}

static gsl_matrix *proximity_of(const side *s, const gsl_vector *q, const gsl_vector *k,
                                ref_proximity proximity, double bandwidth)
{
    gsl_matrix *w = new_matrix(q->size, k->size);
    CHECK_STATUS(side_proximity_weights(s, q, k, proximity, bandwidth, w), GSL_SUCCESS, "weights");
    return w;
}

static gsl_matrix *regression_of(const side *s, const gsl_vector *q, const gsl_vector *k,
                                 const gsl_matrix *v, ref_proximity proximity, double bandwidth)
{
    gsl_matrix *y = new_matrix(q->size, v->size2);
    int status = side_kernel_regression(s, q, k, v, proximity, bandwidth, y);
    CHECK_STATUS(status, GSL_SUCCESS, "kernel regression");
    return y;
}

/* ---- known values ---------------------------------------------------------------------------- */

static void proximities_by_hand_on(const side *s)
{
    /* distances 0, 1, 2, 4 and a bandwidth of 2: u = 0, 1/2, 1, 2 */
    const double keys[] = {0.0, 1.0, -2.0, 4.0};
    const double expected[N_PROXIMITIES][4] = {
        {1.0, exp(-0.125), exp(-0.5), exp(-2.0)}, /* Gaussian */
        {1.0, 1.0, 1.0, 0.0},                     /* boxcar: its edge belongs to it */
        {1.0, 0.5, 0.0, 0.0},                     /* triangular */
        {1.0, 0.75, 0.0, 0.0},                    /* Epanechnikov */
        {1.0, exp(-0.5), exp(-1.0), exp(-2.0)},   /* exponential */
        {1.0, 2.0 / 3.0, 0.5, 1.0 / 3.0},         /* inverse */
    };
    gsl_vector_const_view k = gsl_vector_const_view_array(keys, 4);
    for (int proximity = 0; proximity < N_PROXIMITIES; proximity++) {
        gsl_matrix *w = proximity_of(s, new_vector(1), &k.vector, (ref_proximity)proximity, 2.0);
        check_close(w, matrix_of(1, 4, expected[proximity]), 2.0 * s->epsilon, "%s",
                    proximity_names[proximity]);
    }
}
ON_EACH_SIDE(proximities_by_hand)

static void running_example_on(const side *s)
{
    gsl_matrix *x = matrix_of(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL, &example_x[0][0]);
    gsl_matrix *w = new_matrix(6, 6), *y = new_matrix(6, 3), *z = new_matrix(6, 3);
    side_dot_weights(s, x, w);
    side_dot_reweighting(s, x, y);
    side_dot_reweighting_reassociated(s, x, z);
    /* bank = (0.6, 0.8, 0.1) against the six tokens */
    const double weights[] = {0.26, 0.26, 0.08, 0.18, 0.73, 1.01};
    gsl_matrix_view bank = gsl_matrix_submatrix(w, EXAMPLE_BANK_TOKEN, 0, 1, 6);
    check_close(&bank.matrix, matrix_of(1, 6, weights), 4.0 * s->epsilon, "weights of bank");
    /* nature: 0.26 * 0.2 + 0.26 * 0.4 + 0.73 * 1.2 + 1.01 * 0.6 = 1.638; money, grammar alike */
    const double by_hand[] = {1.638, 0.852, 0.626};
    bank = gsl_matrix_submatrix(y, EXAMPLE_BANK_TOKEN, 0, 1, 3);
    check_close(&bank.matrix, matrix_of(1, 3, by_hand), 8.0 * s->epsilon, "(X X^T) X for bank");
    bank = gsl_matrix_submatrix(z, EXAMPLE_BANK_TOKEN, 0, 1, 3);
    check_close(&bank.matrix, matrix_of(1, 3, by_hand), 8.0 * s->epsilon, "X (X^T X) for bank");
}
ON_EACH_SIDE(running_example)

static void divide_by_hand_on(const side *s)
{
    gsl_matrix *w = new_matrix(3, 3);
    gsl_matrix *scores = matrix_of(3, 3,
                                   (double[]){1.0, 2.0, 5.0,    /* eighths */
                                              1.0, -1.0, 0.0,   /* sums to exactly 0 */
                                              3.0, -2.0, 1.0}); /* both signs: weights beyond 1 */
    CHECK_STATUS(side_divide_by_sum(s, scores, w), GSL_SUCCESS, "divide by sum");
    const double expected[] = {0.125, 0.25, 0.625, 0.0, 0.0, 0.0, 1.5, -1.0, 0.5};
    check_close(w, matrix_of(3, 3, expected), 2.0 * s->epsilon, "weights");
}
ON_EACH_SIDE(divide_by_hand)

static void look_up_on(const side *s)
{
    /* one-hot weights look up, uniform weights average */
    gsl_matrix *w = matrix_of(2, 3, (double[]){0, 1, 0, 0.25, 0.5, 0.25}), *y = new_matrix(2, 2);
    gsl_matrix *v = matrix_of(3, 2, (double[]){1.0, 2.0, 3.0, 4.0, 5.0, 10.0});
    CHECK_STATUS(side_reweight(s, w, v, y), GSL_SUCCESS, "reweight");
    check_equal(y, matrix_of(2, 2, (double[]){3.0, 4.0, 3.0, 5.0}), "outputs");
}
ON_EACH_SIDE(look_up)

static void regression_by_hand_on(const side *s)
{
    /* keys 0, 1, 3; at 1 with a bandwidth of 4 the triangular weights are 3/4, 1, 1/2 */
    const double keys[] = {0.0, 1.0, 3.0};
    gsl_vector_const_view k = gsl_vector_const_view_array(keys, 3);
    gsl_vector *q = new_vector(2);
    gsl_vector_set(q, 0, 1.0);
    gsl_vector_set(q, 1, 50.0); /* out of reach of every key */
    gsl_matrix *v = matrix_of(3, 1, (double[]){9.0, 18.0, -9.0});
    gsl_matrix *y = regression_of(s, q, &k.vector, v, REF_TRIANGULAR, 4.0);
    check_close(y, matrix_of(2, 1, (double[]){9.0, 0.0}), 16.0 * s->epsilon, "outputs");
}
ON_EACH_SIDE(regression_by_hand)

/* ---- 28: dot-product reweighting ------------------------------------------------------------- */

static void dot_weights_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 60, 19, 1.0), *w = new_matrix(60, 60);
    gsl_matrix *wt = new_matrix(60, 60), *y = new_matrix(60, 19), *z = new_matrix(60, 19);
    side_dot_weights(s, x, w);
    gsl_matrix_transpose_memcpy(wt, w);
    check_close(w, wt, close_on(s, 40.0), "W = W^T");
    gsl_matrix *a = random_matrix(suite_rng(), 1, 60, 1.0), *aw = new_matrix(1, 60);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, a, w, 0.0, aw);
    CHECK(inner_product(a, aw) >= -close_on(s, 40.0), "a W a^T is %g", inner_product(a, aw));
    side_dot_reweighting(s, x, y);
    side_dot_reweighting_reassociated(s, x, z);
    check_close(y, z, close_on(s, largest_entry(y) * 4.0), "(X X^T) X = X (X^T X)");
}
ON_EACH_SIDE(dot_weights)

static void orthonormal_rows_on(const side *s)
{
    gsl_matrix *x = new_matrix(4, 8), *w = new_matrix(4, 4), *identity = new_matrix(4, 4);
    gsl_matrix *y = new_matrix(4, 8);
    for (size_t i = 0; i < 4; i++) { /* signed unit vectors */
        gsl_matrix_set(x, i, (3 * i) % 8, i % 2 ? -1.0 : 1.0);
    }
    gsl_matrix_set_identity(identity);
    side_dot_weights(s, x, w);
    side_dot_reweighting(s, x, y);
    check_equal(w, identity, "W = I");
    check_equal(y, x, "Y = X");
}
ON_EACH_SIDE(orthonormal_rows)

static void cubic_growth_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 37, 21, 1.0), *twice = copy_of(x);
    gsl_matrix *y = new_matrix(37, 21), *z = new_matrix(37, 21);
    gsl_matrix_scale(twice, 2.0);
    side_dot_reweighting(s, x, y);
    side_dot_reweighting(s, twice, z);
    gsl_matrix_scale(y, 8.0);
    check_equal(z, y, "Y(2 X) = 8 Y(X)");
}
ON_EACH_SIDE(cubic_growth)

/* ---- 29: proximity --------------------------------------------------------------------------- */

static void proximity_on(const side *s)
{
    gsl_vector *x = random_vector(suite_rng(), 45, 3.0);
    for (int proximity = 0; proximity < N_PROXIMITIES; proximity++) {
        const char *name = proximity_names[proximity];
        gsl_matrix *w = proximity_of(s, x, x, (ref_proximity)proximity, 1.5),
                   *wt = new_matrix(45, 45);
        gsl_matrix_transpose_memcpy(wt, w);
        check_equal(w, wt, "%s: W = W^T", name);
        CHECK(gsl_matrix_min(w) >= 0.0 && gsl_matrix_max(w) <= 1.0, "%s leaves [0, 1]", name);
        for (size_t i = 0; i < 45; i++) {
            CHECK(gsl_matrix_get(w, i, i) == 1.0, "%s: W_ii is not 1", name);
        }
    }
    gsl_matrix *a = random_matrix(suite_rng(), 1, 45, 1.0), *aw = new_matrix(1, 45);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, a, proximity_of(s, x, x, REF_GAUSSIAN, 1.5),
                   0.0, aw);
    CHECK(inner_product(a, aw) >= -45.0 * 45.0 * s->epsilon, "a W a^T is %g", inner_product(a, aw));
}
ON_EACH_SIDE(proximity)

static void bandwidth_limits_on(const side *s)
{
    gsl_vector *x = grid(30);
    gsl_matrix *v = random_matrix(suite_rng(), 30, 5, 1.0), *ones = new_matrix(30, 30);
    gsl_matrix *identity = new_matrix(30, 30), *mean = new_matrix(30, 5);
    gsl_matrix_set_all(ones, 1.0);
    gsl_matrix_set_identity(identity);
    side_reweight(s, ones, v, mean);
    gsl_matrix_scale(mean, 1.0 / 30.0);
    check_close(proximity_of(s, x, x, REF_GAUSSIAN, 1e9), ones, 4.0 * s->epsilon, "W -> 1 1^T");
    check_close(regression_of(s, x, x, v, REF_GAUSSIAN, 1e9), mean, close_on(s, 1.0), "the mean");
    check_equal(proximity_of(s, x, x, REF_GAUSSIAN, 0.01), identity, "W -> I");
    check_equal(regression_of(s, x, x, v, REF_GAUSSIAN, 0.01), v, "Y = X");
    gsl_vector *same = new_vector(30);
    check_equal(proximity_of(s, same, same, REF_GAUSSIAN, 1.0), ones, "equal points");
}
ON_EACH_SIDE(bandwidth_limits)

static void smoothing_on(const side *s)
{
    size_t backwards[40];
    gsl_vector *x = grid(40);
    gsl_matrix *constant = new_matrix(40, 3), *v = random_matrix(suite_rng(), 40, 3, 1.0);
    gsl_matrix_set_all(constant, 1.25);
    for (size_t i = 0; i < 40; i++) {
        backwards[i] = 39 - i;
    }
    for (int proximity = 0; proximity < N_PROXIMITIES; proximity++) {
        ref_proximity kernel = (ref_proximity)proximity;
        const char *name = proximity_names[proximity];
        check_close(regression_of(s, x, x, constant, kernel, 4.5), constant, 8.0 * s->epsilon,
                    "%s: a constant is reproduced", name);
        gsl_matrix *y = regression_of(s, x, x, v, kernel, 4.5);
        gsl_matrix *z = regression_of(s, x, x, rows_in_order(v, backwards), kernel, 4.5);
        check_close(z, rows_in_order(y, backwards), close_on(s, 4.0), "%s: backwards", name);
        gsl_matrix *w = proximity_of(s, x, x, kernel, 4.5);
        for (size_t i = 1; i < 40; i++) {
            for (size_t j = 1; j < 40; j++) {
                CHECK(gsl_matrix_get(w, i, j) == gsl_matrix_get(w, i - 1, j - 1),
                      "%s depends on more than the distance at [%zu, %zu]", name, i, j);
            }
        }
    }
}
ON_EACH_SIDE(smoothing)

/* ---- gradient -------------------------------------------------------------------------------- */

typedef struct {
    gsl_vector *queries, *keys;
    gsl_matrix *values, *upstream, *weights, *output;
    ref_proximity proximity;
    double bandwidth;
} regression_inputs;

static double regression_loss(void *inputs)
{
    regression_inputs *in = inputs;
    ref_kernel_regression_forward(in->queries, in->keys, in->values, in->proximity, in->bandwidth,
                                  in->weights, in->output);
    return inner_product(in->upstream, in->output);
}

static void bandwidth_gradient(void)
{
    for (int proximity = 0; proximity < N_PROXIMITIES; proximity++) {
        gsl_rng *rng = suite_rng();
        regression_inputs in = {random_vector(rng, 9, 2.0),
                                random_vector(rng, 14, 2.0),
                                random_matrix(rng, 14, 3, 1.0),
                                random_matrix(rng, 9, 3, 1.0),
                                new_matrix(9, 14),
                                new_matrix(9, 3),
                                (ref_proximity)proximity,
                                1.7};
        double gradient = 0.25; /* the backward pass adds */
        regression_loss(&in);
        int status = ref_kernel_regression_backward(in.queries, in.keys, in.values, in.proximity,
                                                    in.bandwidth, in.weights, in.output,
                                                    in.upstream, &gradient);
        CHECK_STATUS(status, GSL_SUCCESS, proximity_names[proximity]);
        derivative_check c =
            derivative_agrees(&in.bandwidth, gradient - 0.25, regression_loss, &in);
        CHECK(c.holds, "%s: grad_bandwidth is %.12g, central differences give %.12g +- %.2g",
              proximity_names[proximity], gradient - 0.25, c.derivative, c.tolerance);
        CHECK((proximity == REF_BOXCAR) == (gradient == 0.25), "%s: gradient %g",
              proximity_names[proximity], gradient - 0.25);
    }
}

static const test tests[] = {
    {"every proximity kernel at u = 0, 1/2, 1 and 2 is the one by hand", proximities_by_hand},
    {"the running example's dot products and outputs are those by hand", running_example},
    {"dividing by the sum gives eighths, and zeros where the sum is 0", divide_by_hand},
    {"one-hot weights look up, others mix", look_up},
    {"a regression on three points is the one by hand, and 0 out of reach", regression_by_hand},
    {"28: dot weights are symmetric and positive semidefinite, brackets move", dot_weights},
    {"28: orthonormal rows are left as they are", orthonormal_rows},
    {"28: doubling X makes Y eight times as large, exactly", cubic_growth},
    {"29: proximities are symmetric, within [0, 1], and 1 on the diagonal", proximity},
    {"29: a wide kernel gives the mean, a narrow one the values themselves", bandwidth_limits},
    {"29: constants are reproduced, and a grid smooths alike both ways", smoothing},
    {"the gradient of the bandwidth agrees with central differences", bandwidth_gradient},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
