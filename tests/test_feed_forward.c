/* The feed-forward layers: values by hand, the GELU and its errors over all floats, gradients.
 * test_feed_forward_agreement.c compares the sides with one another. */

#include "optimized/kernels/feed_forward_kernels.h"
#include "reference/feed_forward.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/sides_dense.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Layers of these sizes, all parameters 0. */
static ref_feed_forward new_layers(size_t d_model, size_t n_hidden)
{
    return (ref_feed_forward){new_matrix(d_model, n_hidden), new_vector(n_hidden),
                              new_matrix(n_hidden, d_model), new_vector(d_model)};
}

/* ---- known values ------------------------------------------------------------------------------ */

static void known_values_on(const side *s)
{
    /* H = (1, -1, 2.5), ReLU (1, 0, 2.5), Y = 1 * (1, 2) + 2.5 * (0, 4) + (0.5, 0) */
    ref_feed_forward p = new_layers(2, 3);
    gsl_matrix_memcpy(p.weight_1, matrix_of(2, 3, (double[]){1, 0, 2, 0, -1, 0}));
    gsl_matrix_memcpy(p.weight_2, matrix_of(3, 2, (double[]){1, 2, 7, 7, 0, 4}));
    gsl_vector_set(p.bias_1, 2, 0.5);
    gsl_vector_set(p.bias_2, 0, 0.5);
    gsl_matrix *x = matrix_of(1, 2, (double[]){1, 1}), *y = new_matrix(1, 2);
    CHECK_STATUS(side_feed_forward(s, x, &p, REF_RELU, y), GSL_SUCCESS, "feed-forward");
    check_equal(y, matrix_of(1, 2, (double[]){1.5, 12}), "ReLU");
    /* gelu(1) = Phi(1), gelu(-1) = -Phi(-1), gelu(2.5) = 2.5 Phi(2.5), from a table of Phi */
    const double g[] = {0.8413447460685429, -0.15865525393145705, 2.5 * 0.9937903346742238};
    CHECK_STATUS(side_feed_forward(s, x, &p, REF_GELU, y), GSL_SUCCESS, "feed-forward");
    check_close(y,
                matrix_of(1, 2, (double[]){g[0] + 7 * g[1] + 0.5, 2 * g[0] + 7 * g[1] + 4 * g[2]}),
                10.0 * s->tolerance, "GELU");
}
ON_EACH_SIDE(known_values)

/* ---- property 47, and layers that do nothing --------------------------------------------------- */

/* f(x) as the layers compute it: with the identity twice. */
static gsl_matrix *activated(const side *s, const gsl_matrix *x, ref_activation activation)
{
    ref_feed_forward p = new_layers(x->size2, x->size2);
    gsl_matrix *y = new_matrix(x->size1, x->size2);
    gsl_matrix_set_identity(p.weight_1);
    gsl_matrix_set_identity(p.weight_2);
    CHECK_STATUS(side_feed_forward(s, x, &p, activation, y), GSL_SUCCESS, "feed-forward");
    return y;
}

static void odd_part_on(const side *s)
{
    for (ref_activation f = REF_RELU; f <= REF_GELU; f++) {
        gsl_matrix *x = random_matrix(suite_rng(), 20, 35, 3.0), *minus_x = copy_of(x);
        gsl_matrix_scale(minus_x, -1.0);
        gsl_matrix *difference = activated(s, x, f);
        gsl_matrix_sub(difference, activated(s, minus_x, f));
        check_close(difference, x, close_on(s, 1.0), "f(x) - f(-x)");
        check_zero(activated(s, new_matrix(2, 3), f), "f(0)");
    }
}
ON_EACH_SIDE(odd_part)

static void zero_weights_on(const side *s)
{
    ref_feed_forward p = new_layers(7, 20);
    gsl_matrix *x = random_matrix(suite_rng(), 9, 7, 1.0), *y = new_matrix(9, 7);
    gsl_matrix *expected = new_matrix(9, 7);
    random_fill(suite_rng(), 1.0, p.weight_1);
    for (size_t c = 0; c < 7; c++) {
        gsl_vector_set(p.bias_2, c, (double)c);
        for (size_t i = 0; i < 9; i++) {
            gsl_matrix_set(expected, i, c, (double)c);
        }
    }
    CHECK_STATUS(side_feed_forward(s, x, &p, REF_GELU, y), GSL_SUCCESS, "feed-forward");
    check_equal(y, expected, "W_2 = 0 gives b_2");
}
ON_EACH_SIDE(zero_weights)

/* ---- the GELU of the kernels ------------------------------------------------------------------- */

enum { BLOCK = 1 << 12, STRIDE = 1021 };

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* How many times their bounds the GELU and its slope are off, the worse of the two. */
static double worst_of_block(const fast_activation_kernels *f, const float *x, float *where)
{
    static float y[BLOCK], again[BLOCK], slope[BLOCK], ones[BLOCK];
    double worst = 0.0;
    for (int i = 0; i < BLOCK; i++) {
        ones[i] = 1.0f;
    }
    f->forward(x, y, BLOCK);
    f->backward(x, ones, again, slope, BLOCK);
    for (int i = 0; i < BLOCK; i++) {
        double h = x[i], below = 0.5 * erfc(-h / M_SQRT2);
        double density = exp(-0.5 * h * h) / sqrt(2.0 * M_PI);
        double error = fabs(y[i] - h * below) / gelu_bound(h);
        double of_slope = fabs(slope[i] - (below + h * density)) / gelu_slope_bound(h);
        error = y[i] == again[i] ? GSL_MAX(error, of_slope) : INFINITY;
        if (!(error <= worst)) {
            worst = isnan(error) ? INFINITY : error;
            *where = x[i];
        }
    }
    return worst;
}

/* Every 1021st float from 2^-126 to 2^7, of both signs; the seed says where to start. */
static void gelu_is_accurate(void)
{
    static float x[BLOCK];
    const uint32_t first = 1u << 23, last = 134u << 23;
    for (size_t isa = 0; kernels_at(isa); isa++) {
        double worst = 0.0;
        float where = 0.0f;
        for (uint32_t sign = 0; sign < 2; sign++) {
            uint32_t bits = first + (uint32_t)(suite_seed() % STRIDE);
            while (bits < last) {
                for (int i = 0; i < BLOCK; i++, bits += STRIDE) {
                    x[i] = float_of((bits < last ? bits : last) | sign << 31);
                }
                float at = 0.0f;
                double error = worst_of_block(&kernels_at(isa)->feed_forward->gelu, x, &at);
                where = error > worst ? at : where;
                worst = GSL_MAX(worst, error);
            }
        }
        CHECK(worst <= 1.0, "%s: %.3g times the bound at %.9g", kernels_at(isa)->name, worst,
              where);
        CHECK(worst >= 0.1, "%s: the bound is too wide, the worst is %.3g", kernels_at(isa)->name,
              worst);
    }
}

static void far_from_zero(void)
{
    const float x[] = {0.0f, -0.0f, 14.0f, 1e30f, -14.0f, -1e30f};
    const float expected[] = {0, 0, 14.0f, 1e30f, 0, 0}, slopes[] = {0.5f, 0.5f, 1, 1, 0, 0};
    const float ones[] = {1, 1, 1, 1, 1, 1};
    for (size_t isa = 0; kernels_at(isa); isa++) {
        const fast_feed_forward_kernels *f = kernels_at(isa)->feed_forward;
        float y[6], slope[6];
        f->gelu.backward(x, ones, y, slope, 6);
        for (int i = 0; i < 6; i++) {
            CHECK(y[i] == expected[i] && fabsf(slope[i] - slopes[i]) <= 0x1p-23f,
                  "%s: gelu(%g) is %g, its slope %g", kernels_at(isa)->name, x[i], y[i], slope[i]);
        }
        f->relu.backward(x, ones, y, slope, 6);
        for (int i = 0; i < 6; i++) {
            CHECK(y[i] == expected[i] && slope[i] == (x[i] > 0.0f), "%s: relu(%g) is %g, slope %g",
                  kernels_at(isa)->name, x[i], y[i], slope[i]);
        }
    }
}

/* ---- gradients --------------------------------------------------------------------------------- */

enum { N = 4, D_MODEL = 3, N_HIDDEN = 5 };

typedef struct {
    ref_activation activation;
    gsl_matrix *x, *bias_1, *bias_2, *upstream, *hidden, *scratch, *output;
    ref_feed_forward parameters;
} inputs;

static double loss(void *data)
{
    inputs *in = data;
    gsl_matrix_get_row(in->parameters.bias_1, in->bias_1, 0);
    gsl_matrix_get_row(in->parameters.bias_2, in->bias_2, 0);
    ref_feed_forward_forward(in->x, &in->parameters, in->activation, in->hidden, in->scratch,
                             in->output);
    return inner_product(in->upstream, in->output);
}

/* No hidden unit may be so near to the kink of the ReLU that a step of the check crosses it. */
static bool is_off_kinks(inputs *in)
{
    loss(in);
    for (size_t i = 0; i < N * N_HIDDEN; i++) {
        if (fabs(in->hidden->data[i]) < 0.02) {
            return false;
        }
    }
    return true;
}

static void check_layers_gradients(ref_activation activation)
{
    gsl_rng *rng = suite_rng();
    inputs in = {activation,
                 random_matrix(rng, N, D_MODEL, 1.0),
                 random_matrix(rng, 1, N_HIDDEN, 1.0),
                 random_matrix(rng, 1, D_MODEL, 1.0),
                 random_matrix(rng, N, D_MODEL, 1.0),
                 new_matrix(N, N_HIDDEN),
                 new_matrix(N, N_HIDDEN),
                 new_matrix(N, D_MODEL),
                 new_layers(D_MODEL, N_HIDDEN)};
    do {
        random_fill(rng, 1.0, in.parameters.weight_1);
        random_fill(rng, 1.0, in.parameters.weight_2);
    } while (!is_off_kinks(&in));
    ref_feed_forward grad = new_layers(D_MODEL, N_HIDDEN);
    gsl_matrix *dx = new_matrix(N, D_MODEL), *db = new_matrix(1, N_HIDDEN);
    ref_feed_forward_backward(in.x, &in.parameters, activation, in.hidden, in.upstream, dx, &grad,
                              in.scratch, new_matrix(N, N_HIDDEN));
    check_gradient("grad_x", in.x, dx, loss, &in);
    check_gradient("grad weight_1", in.parameters.weight_1, grad.weight_1, loss, &in);
    check_gradient("grad weight_2", in.parameters.weight_2, grad.weight_2, loss, &in);
    gsl_matrix_set_row(db, 0, grad.bias_1);
    check_gradient("grad bias_1", in.bias_1, db, loss, &in);
    gsl_matrix *db_2 = new_matrix(1, D_MODEL);
    gsl_matrix_set_row(db_2, 0, grad.bias_2);
    check_gradient("grad bias_2", in.bias_2, db_2, loss, &in);
}

static void gradients_are_derivatives(void)
{
    check_layers_gradients(REF_RELU);
    check_layers_gradients(REF_GELU);
}

static const test tests[] = {
    {"the values that were computed by hand", known_values},
    {"47: f(x) - f(-x) = x and f(0) = 0", odd_part},
    {"without W_2 there is only b_2", zero_weights},
    {"the GELU of the kernels and its slope keep their bound over all floats", gelu_is_accurate},
    {"far from 0 both activations are 0 or x, with slopes of 0 or 1", far_from_zero},
    {"35: gradients agree with central differences", gradients_are_derivatives},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
