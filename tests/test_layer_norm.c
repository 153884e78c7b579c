/* Layer normalisation: values by hand, its invariances, gradients, and whether the twins agree on
 * every shape, instruction set and number of threads. */

#include "optimized/layer_norm.h"
#include "reference/layer_norm.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/pair_case.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_dense.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

static gsl_vector *all(size_t n, double value)
{
    gsl_vector *v = new_vector(n);
    gsl_vector_set_all(v, value);
    return v;
}

/* Normalised with gain 1 and bias 0. */
static gsl_matrix *normal_of(const side *s, const gsl_matrix *x, double epsilon)
{
    gsl_matrix *y = new_matrix(x->size1, x->size2);
    int status = side_layer_norm(s, x, all(x->size2, 1.0), all(x->size2, 0.0), epsilon, y);
    CHECK_STATUS(status, GSL_SUCCESS, "layer norm");
    return y;
}

/* ---- known values ------------------------------------------------------------------------------ */

static void known_values_on(const side *s)
{
    /* mean 5, variance (16 + 0 + 0 + 16) / 4 = 8, and 8 + 1 = 3^2 */
    gsl_matrix *x = matrix_of(1, 4, (double[]){1, 5, 5, 9}), *y = new_matrix(1, 4);
    gsl_vector *gain = all(4, 3.0), *bias = all(4, 10.0);
    gsl_vector_set(gain, 3, 6.0);
    CHECK_STATUS(side_layer_norm(s, x, gain, bias, 1.0, y), GSL_SUCCESS, "layer norm");
    check_close(y, matrix_of(1, 4, (double[]){6, 10, 10, 18}), 32.0 * s->epsilon, "(1, 5, 5, 9)");
}
ON_EACH_SIDE(known_values)

static void known_gradients_on(const side *s)
{
    /* z = (-4/3, 0, 0, 4/3), g = dy = (3, 0, 0, 0): mean(g) = 3/4, mean(g z) = -1,
     * dx = (g - 3/4 + z) / 3 */
    gsl_matrix *x = matrix_of(1, 4, (double[]){1, 5, 5, 9});
    gsl_matrix *dy = matrix_of(1, 4, (double[]){3, 0, 0, 0}), *dx = new_matrix(1, 4);
    gsl_vector *d_gain = all(4, 1.0), *d_bias = all(4, -3.0);
    int status = side_layer_norm_backward(s, x, all(4, 1.0), 1.0, dy, dx, d_gain, d_bias);
    CHECK_STATUS(status, GSL_SUCCESS, "backward");
    check_close(dx, matrix_of(1, 4, (double[]){11.0 / 36, -0.25, -0.25, 7.0 / 36}),
                8.0 * s->epsilon, "dX");
    CHECK_CLOSE(gsl_vector_get(d_gain, 0), -3.0, 16.0 * s->epsilon, "1 + 3 * -4/3");
    CHECK_CLOSE(gsl_vector_get(d_gain, 1), 1.0, 0.0, "1 + 0");
    CHECK_CLOSE(gsl_vector_get(d_bias, 0), 0.0, 0.0, "-3 + 3");
}
ON_EACH_SIDE(known_gradients)

/* ---- property 43 ------------------------------------------------------------------------------- */

static const double tiny = 1e-5;

static void rows_are_normal_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 40, 37, 3.0), *y = normal_of(s, x, tiny);
    for (size_t i = 0; i < x->size1; i++) {
        const double *x_i = gsl_matrix_ptr(x, i, 0), *y_i = gsl_matrix_ptr(y, i, 0);
        double variance =
            gsl_stats_variance_with_fixed_mean(x_i, 1, 37, gsl_stats_mean(x_i, 1, 37));
        CHECK_CLOSE(gsl_stats_mean(y_i, 1, 37), 0.0, 8.0 * s->epsilon, "mean");
        CHECK_CLOSE(gsl_stats_variance_with_fixed_mean(y_i, 1, 37, 0.0),
                    variance / (variance + tiny), 32.0 * s->epsilon, "mean square");
    }
}
ON_EACH_SIDE(rows_are_normal)

static void shift_and_scale_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 20, 33, 1.0), *y = normal_of(s, x, tiny);
    gsl_matrix *scaled = copy_of(x), *shifted = copy_of(x);
    gsl_matrix_scale(scaled, 4.0);
    gsl_matrix_add_constant(shifted, 8.0);
    check_close(normal_of(s, scaled, 16.0 * tiny), y, close_on(s, 1.0), "LN(4 x), 16 epsilon");
    check_close(normal_of(s, shifted, tiny), y, close_on(s, 8.0), "LN(x + 8)");
    gsl_matrix_scale(scaled, 1e4);
    check_close(normal_of(s, scaled, tiny), y, close_on(s, 1.0) + 10.0 * tiny, "LN(40000 x)");
}
ON_EACH_SIDE(shift_and_scale)

static void constant_rows_on(const side *s)
{
    const double levels[] = {0.0, 1.0, -3.0, 0.1, 1e4};
    for (size_t n = 0; n < 5; n++) {
        double level = (float)levels[n];
        gsl_matrix *x = new_matrix(2, 21), *y = new_matrix(2, 21), *expected = new_matrix(2, 21);
        gsl_matrix_set_all(x, level);
        gsl_matrix_set_all(expected, 0.5);
        side_layer_norm(s, x, all(21, 1.0), all(21, 0.5), tiny, y);
        check_close(y, expected, 4.0 * fabs(level) * s->epsilon / sqrt(tiny), "all %g", level);
    }
}
ON_EACH_SIDE(constant_rows)

/* A normalised row does not change when x is shifted, nor, for small epsilon, when it is scaled. */
static void gradient_is_orthogonal_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 20, 29, 2.0), *dx = new_matrix(20, 29);
    gsl_matrix *dy = random_matrix(suite_rng(), 20, 29, 1.0);
    gsl_vector *gain = random_vector(suite_rng(), 29, 1.0);
    side_layer_norm_backward(s, x, gain, 1e-15, dy, dx, new_vector(29), new_vector(29));
    for (size_t i = 0; i < 20; i++) {
        double sum = 0.0, along = 0.0;
        for (size_t c = 0; c < 29; c++) {
            sum += gsl_matrix_get(dx, i, c);
            along += gsl_matrix_get(dx, i, c) * gsl_matrix_get(x, i, c);
        }
        CHECK_CLOSE(sum, 0.0, close_on(s, 1.0), "sum of dX");
        CHECK_CLOSE(along, 0.0, 10.0 * close_on(s, 1.0), "<dX, X>");
    }
}
ON_EACH_SIDE(gradient_is_orthogonal)

/* ---- gradients --------------------------------------------------------------------------------- */

typedef struct {
    gsl_matrix *x, *gain, *bias, *upstream, *output;
    gsl_vector *mean, *rate;
} inputs;

static double loss(void *data)
{
    inputs *in = data;
    gsl_vector_view gain = gsl_matrix_row(in->gain, 0), bias = gsl_matrix_row(in->bias, 0);
    ref_layer_norm_forward(in->x, &gain.vector, &bias.vector, 0.1, in->mean, in->rate, in->output);
    return inner_product(in->upstream, in->output);
}

static void gradients_are_derivatives(void)
{
    gsl_rng *rng = suite_rng();
    inputs in = {random_matrix(rng, 3, 5, 1.0),
                 random_matrix(rng, 1, 5, 1.0),
                 random_matrix(rng, 1, 5, 1.0),
                 random_matrix(rng, 3, 5, 1.0),
                 new_matrix(3, 5),
                 new_vector(3),
                 new_vector(3)};
    gsl_matrix *dx = new_matrix(3, 5), *d_gain = new_matrix(1, 5), *d_bias = new_matrix(1, 5);
    gsl_vector_view gain = gsl_matrix_row(in.gain, 0);
    gsl_vector_view to_gain = gsl_matrix_row(d_gain, 0), to_bias = gsl_matrix_row(d_bias, 0);
    loss(&in);
    ref_layer_norm_backward(in.x, &gain.vector, in.mean, in.rate, in.upstream, dx, &to_gain.vector,
                            &to_bias.vector);
    check_gradient("grad_x", in.x, dx, loss, &in);
    check_gradient("grad_gain", in.gain, d_gain, loss, &in);
    check_gradient("grad_bias", in.bias, d_bias, loss, &in);
}

/* ---- agreement --------------------------------------------------------------------------------- */

typedef struct {
    const char *catches;
    size_t n_batch, n_heads, n, d;
    double sigma, epsilon;
    twin_layout layout;
} shape;

static const shape shapes[] = {
    {"sizes of 1", 1, 1, 1, 1, 1.0, 0.25, TWIN_DENSE},
    {"any size mistaken for another", 2, 3, 5, 7, 1.0, 1e-5, TWIN_DENSE},
    {"heads side by side, gaps after rows", 2, 2, 9, 17, 1.0, 1e-5, TWIN_SPLIT},
    {"a row of whole vectors", 1, 1, 20, 64, 1.0, 1e-5, TWIN_DENSE},
    {"a block of sums and one row more", 1, 1, 33, 19, 1.0, 1e-5, TWIN_DENSE},
    {"an epsilon that matters", 1, 2, 8, 24, 0.1, 0.01, TWIN_DENSE},
    {"large numbers", 1, 2, 8, 24, 1e4, 1e-5, TWIN_DENSE},
    {"long rows, and work for every thread", 3, 1, 40, 770, 1.0, 1e-5, TWIN_SPLIT},
};

enum { X, GAIN, BIAS, GRAD_OUTPUT };
enum { OUTPUT, MEAN, RATE, GRAD_X, GRAD_GAIN, GRAD_BIAS };

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    return fast_layer_norm_backward_size(&c->inputs[X].view, context);
}

static int run(pair_case *c, fast_context *context)
{
    const shape *s = c->options;
    fast_view *mean = &c->outputs[MEAN].t.view, *rate = &c->outputs[RATE].t.view;
    int status =
        fast_layer_norm_forward(&c->inputs[X].view, &c->inputs[GAIN].view, &c->inputs[BIAS].view,
                                (float)s->epsilon, mean, rate, &c->outputs[OUTPUT].t.view, context);
    return status
               ? status
               : fast_layer_norm_backward(&c->inputs[X].view, &c->inputs[GAIN].view, mean, rate,
                                          &c->inputs[GRAD_OUTPUT].view, &c->outputs[GRAD_X].t.view,
                                          &c->outputs[GRAD_GAIN].t.view,
                                          &c->outputs[GRAD_BIAS].t.view, context);
}

static void expect(pair_case *c, const shape *s)
{
    gsl_matrix_view x = pair_tall(&c->inputs[X]), gain = pair_tall(&c->inputs[GAIN]);
    gsl_matrix_view bias = pair_tall(&c->inputs[BIAS]), dy = pair_tall(&c->inputs[GRAD_OUTPUT]);
    bounded e_dy = bounded_exact(&dy.matrix);
    bounded_norm y = bounded_layer_norm(bounded_exact(&x.matrix), &gain.matrix, &bias.matrix,
                                        (double)(float)s->epsilon);
    pair_expect(&c->outputs[OUTPUT], y.output);
    pair_expect(&c->outputs[MEAN], y.mean);
    pair_expect(&c->outputs[RATE], y.rate);
    pair_expect_added(&c->outputs[GRAD_X], bounded_layer_norm_backward(y, &gain.matrix, e_dy), 1);
    pair_expect_added(&c->outputs[GRAD_GAIN], bounded_column_sums(bounded_times(e_dy, y.normal)),
                      x.matrix.size1);
    pair_expect_added(&c->outputs[GRAD_BIAS], bounded_column_sums(e_dy), x.matrix.size1);
    free_matrices();
}

static pair_case begin(const shape *s)
{
    pair_case c = {.catches = s->catches, .variant = "layer norm", .options = s};
    row_layout rows = {s->n_batch, s->n_heads, s->n, s->layout};
    c.size = workspace_size;
    c.run = run;
    pair_input(&c, rows, s->d, s->sigma);
    pair_parameter(&c, 1, s->d, 1.0);
    pair_parameter(&c, 1, s->d, 1.0);
    pair_input(&c, rows, s->d, 1.0);
    pair_output_rows(&c, "output", rows, s->d, 0.0);
    pair_output_numbers(&c, "mean", rows);
    pair_output_numbers(&c, "rate", rows);
    pair_output_rows(&c, "grad_x", rows, s->d, 1.0 / s->sigma);
    pair_output_parameter(&c, "grad_gain", 1, s->d, 1.0);
    pair_output_parameter(&c, "grad_bias", 1, s->d, 1.0);
    return c;
}

static void twins_agree(void)
{
    for (size_t n = 0; n < sizeof shapes / sizeof shapes[0]; n++) {
        pair_case c = begin(&shapes[n]);
        expect(&c, &shapes[n]);
        check_pair(&c);
        pair_free(&c);
    }
}

static void other_epsilon_is_refused(void)
{
    shape wrong = shapes[5];
    pair_case c = begin(&shapes[5]);
    wrong.epsilon *= 1.001;
    expect(&c, &wrong);
    CHECK(!(pair_ratio(&c) <= 1.0), "an epsilon that is wrong by 0.1 %% passes");
    pair_free(&c);
}

static const test tests[] = {
    {"the values that were computed by hand", known_values},
    {"the gradients that were computed by hand, added", known_gradients},
    {"43: a normalised row has mean 0 and mean square var / (var + epsilon)", rows_are_normal},
    {"43: shifting and scaling a row changes nothing", shift_and_scale},
    {"43: a constant row gives the bias", constant_rows},
    {"43: dX sums to 0 and is orthogonal to X", gradient_is_orthogonal},
    {"35: gradients agree with central differences", gradients_are_derivatives},
    {"both agree on every shape, instruction set and thread count", twins_agree},
    {"an epsilon that is wrong by 0.1 % is refused", other_epsilon_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
