/* The projection of every row: values by hand, linearity, gradients, and whether the twins agree on
 * every shape, instruction set and number of threads. */

#include "optimized/projection.h"
#include "reference/projection.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/pair_case.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_dense.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

static gsl_matrix *projection_of(const side *s, const gsl_matrix *x, const gsl_matrix *weight,
                                 const gsl_vector *bias)
{
    gsl_matrix *y = new_matrix(x->size1, weight->size2);
    CHECK_STATUS(side_projection(s, x, weight, bias, y), GSL_SUCCESS, "projection");
    return y;
}

static gsl_vector *vector_of(size_t n, const double *values)
{
    gsl_vector_const_view v = gsl_vector_const_view_array(values, n);
    gsl_vector *copy = new_vector(n);
    gsl_vector_memcpy(copy, &v.vector);
    return copy;
}

/* ---- known values ------------------------------------------------------------------------------ */

static void known_values_on(const side *s)
{
    gsl_matrix *x = matrix_of(2, 3, (double[]){1, 2, 3, -1, 0, 4});
    gsl_matrix *weight = matrix_of(3, 2, (double[]){1, 0, 2, -1, 0, 3});
    gsl_matrix *with = matrix_of(2, 2, (double[]){15, 27, 9, 32}), *without = copy_of(with);
    gsl_vector *bias = vector_of(2, (double[]){10, 20});
    gsl_matrix_set_row(without, 0, vector_of(2, (double[]){5, 7}));
    gsl_matrix_set_row(without, 1, vector_of(2, (double[]){-1, 12}));
    check_equal(projection_of(s, x, weight, bias), with, "X W + b");
    check_equal(projection_of(s, x, weight, NULL), without, "X W");
}
ON_EACH_SIDE(known_values)

static void known_gradients_on(const side *s)
{
    gsl_matrix *x = matrix_of(2, 2, (double[]){1, 2, 3, 5});
    gsl_matrix *weight = matrix_of(2, 2, (double[]){1, -1, 0, 2});
    gsl_matrix *dy = matrix_of(2, 2, (double[]){1, 0, -2, 4});
    gsl_matrix *dx = matrix_of(2, 2, (double[]){100, 0, 0, 0}), *dw = new_matrix(2, 2);
    gsl_vector *db = vector_of(2, (double[]){0.5, 0});
    CHECK_STATUS(side_projection_backward(s, x, weight, dy, dx, dw, db), GSL_SUCCESS, "backward");
    check_equal(dx, matrix_of(2, 2, (double[]){101, 0, -6, 8}), "dX = 100 + dY W^T");
    check_equal(dw, matrix_of(2, 2, (double[]){-5, 12, -8, 20}), "dW = X^T dY");
    CHECK_CLOSE(gsl_vector_get(db, 0), -0.5, 0.0, "db = 0.5 + sum of dY");
    CHECK_CLOSE(gsl_vector_get(db, 1), 4.0, 0.0, "db = sum of dY");
}
ON_EACH_SIDE(known_gradients)

/* ---- properties -------------------------------------------------------------------------------- */

static void identity_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 37, 21, 1.0), *one = new_matrix(21, 21);
    gsl_matrix_set_identity(one);
    check_equal(projection_of(s, x, one, NULL), x, "X I");
    check_equal(projection_of(s, x, one, new_vector(21)), x, "X I + 0");
}
ON_EACH_SIDE(identity)

static void rows_are_independent_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 70, 33, 1.0);
    gsl_matrix *weight = random_matrix(suite_rng(), 33, 19, 1.0);
    gsl_vector *bias = random_vector(suite_rng(), 19, 1.0);
    size_t order[70];
    random_order(suite_rng(), 70, order);
    gsl_matrix *y = projection_of(s, x, weight, bias);
    check_equal(projection_of(s, rows_in_order(x, order), weight, bias), rows_in_order(y, order),
                "shuffled rows");
    check_equal(projection_of(s, first_rows(x, 9), weight, bias), first_rows(y, 9), "9 of 70 rows");
}
ON_EACH_SIDE(rows_are_independent)

/* <dY, X W> = <X, dY W^T> = <W, X^T dY>: linear in X and in W. */
static void energy_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 50, 31, 1.0);
    gsl_matrix *weight = random_matrix(suite_rng(), 31, 17, 1.0);
    gsl_matrix *dy = random_matrix(suite_rng(), 50, 17, 1.0);
    gsl_matrix *dx = new_matrix(50, 31), *dw = new_matrix(31, 17);
    double expected = inner_product(dy, projection_of(s, x, weight, NULL));
    CHECK_STATUS(side_projection_backward(s, x, weight, dy, dx, dw, NULL), GSL_SUCCESS, "backward");
    CHECK_CLOSE(inner_product(x, dx), expected, close_on(s, fabs(expected)), "<X, dX>");
    CHECK_CLOSE(inner_product(weight, dw), expected, close_on(s, fabs(expected)), "<W, dW>");
}
ON_EACH_SIDE(energy)

/* ---- gradients --------------------------------------------------------------------------------- */

typedef struct {
    gsl_matrix *x, *weight, *bias, *upstream, *output;
} inputs;

static double loss(void *data)
{
    inputs *in = data;
    gsl_vector_view bias = gsl_matrix_row(in->bias, 0);
    ref_projection_forward(in->x, in->weight, &bias.vector, in->output);
    return inner_product(in->upstream, in->output);
}

static void gradients_are_derivatives(void)
{
    gsl_rng *rng = suite_rng();
    inputs in = {random_matrix(rng, 4, 3, 1.0), random_matrix(rng, 3, 5, 1.0),
                 random_matrix(rng, 1, 5, 1.0), random_matrix(rng, 4, 5, 1.0), new_matrix(4, 5)};
    gsl_matrix *dx = new_matrix(4, 3), *dw = new_matrix(3, 5), *db = new_matrix(1, 5);
    gsl_vector_view db_row = gsl_matrix_row(db, 0);
    ref_projection_backward(in.x, in.weight, in.upstream, dx, dw, &db_row.vector);
    check_gradient("grad_x", in.x, dx, loss, &in);
    check_gradient("grad_weight", in.weight, dw, loss, &in);
    check_gradient("grad_bias", in.bias, db, loss, &in);
}

/* ---- agreement --------------------------------------------------------------------------------- */

typedef struct {
    const char *catches;
    size_t n_batch, n_heads, n, n_in, n_out;
    bool has_bias, wants_grad_x;
    twin_layout layout;
} shape;

// clang-format off
static const shape shapes[] = {
    /* catches                              batch heads n   in  out  bias  dX     layout */
    {"sizes of 1",                              1, 1,   1,   1,   1, true,  true,  TWIN_DENSE},
    {"any size mistaken for another",           2, 3,   5,   7,  11, true,  true,  TWIN_DENSE},
    {"no bias",                                 2, 1,   9,  13,  17, false, true,  TWIN_DENSE},
    {"grad_x that nobody wants",                1, 1,   9,  13,  17, true,  false, TWIN_DENSE},
    {"heads side by side, gaps after rows",     2, 2,  21,  17,   9, true,  true,  TWIN_SPLIT},
    {"batches that are evenly spaced, gaps",    3, 1,  33,  20,  35, true,  true,  TWIN_SPLIT},
    {"blocks of sums that end within a head",   2, 3,  50,  16,  32, true,  true,  TWIN_SPLIT},
    {"a block of rows and one more",            1, 1,  65,  48,  24, true,  true,  TWIN_DENSE},
    {"more inputs than a block of sums holds",  1, 1,  10, 700,   6, true,  true,  TWIN_DENSE},
    {"more rows than a block of sums holds",    1, 1, 900,   6,  10, true,  true,  TWIN_DENSE},
    {"work enough for every thread",            4, 1, 100,  64, 100, true,  true,  TWIN_DENSE},
};
// clang-format on

enum { X, WEIGHT, GRAD_OUTPUT, BIAS };
enum { OUTPUT, GRAD_WEIGHT, GRAD_BIAS, GRAD_X };

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    const fast_view *x = &c->inputs[X].view, *weight = &c->inputs[WEIGHT].view;
    size_t forward = fast_projection_forward_size(x, weight, context);
    size_t backward = fast_projection_backward_size(x, weight, context);
    return forward > backward ? forward : backward;
}

static int run(pair_case *c, fast_context *context)
{
    const shape *s = c->options;
    const fast_view *x = &c->inputs[X].view, *weight = &c->inputs[WEIGHT].view;
    int status = fast_projection_forward(x, weight, s->has_bias ? &c->inputs[BIAS].view : NULL,
                                         &c->outputs[OUTPUT].t.view, context);
    return status ? status
                  : fast_projection_backward(x, weight, &c->inputs[GRAD_OUTPUT].view,
                                             s->wants_grad_x ? &c->outputs[GRAD_X].t.view : NULL,
                                             &c->outputs[GRAD_WEIGHT].t.view,
                                             s->has_bias ? &c->outputs[GRAD_BIAS].t.view : NULL,
                                             context);
}

/* Where there is no bias or no grad_x, its output must stay as it is. */
static void expect(pair_case *c, const shape *s, double wrong_factor)
{
    gsl_matrix_view x = pair_tall(&c->inputs[X]), weight = pair_tall(&c->inputs[WEIGHT]);
    gsl_matrix_view dy = pair_tall(&c->inputs[GRAD_OUTPUT]), bias = pair_tall(&c->inputs[BIAS]);
    gsl_matrix_scale(&x.matrix, wrong_factor);
    bounded e_x = bounded_exact(&x.matrix), e_w = bounded_exact(&weight.matrix);
    bounded e_dy = bounded_exact(&dy.matrix), nothing = bounded_new(1, s->n_out);
    bounded e_dx = bounded_product(1.0, CblasNoTrans, e_dy, CblasTrans, e_w);
    bounded e_dw = bounded_product(1.0, CblasTrans, e_x, CblasNoTrans, e_dy);
    size_t n_rows = x.matrix.size1;
    if (!s->wants_grad_x) {
        e_dx = bounded_new(n_rows, s->n_in);
    }
    pair_expect(&c->outputs[OUTPUT],
                bounded_projection(e_x, e_w, s->has_bias ? &bias.matrix : NULL));
    pair_expect_added(&c->outputs[GRAD_X], e_dx, s->n_out);
    pair_expect_added(&c->outputs[GRAD_WEIGHT], e_dw, n_rows);
    pair_expect_added(&c->outputs[GRAD_BIAS], s->has_bias ? bounded_column_sums(e_dy) : nothing,
                      n_rows);
    free_matrices();
}

static pair_case begin(const shape *s)
{
    pair_case c = {.catches = s->catches, .variant = "projection", .options = s};
    row_layout rows = {s->n_batch, s->n_heads, s->n, s->layout};
    c.size = workspace_size;
    c.run = run;
    pair_input(&c, rows, s->n_in, 1.0);
    pair_parameter(&c, s->n_in, s->n_out, 1.0);
    pair_input(&c, rows, s->n_out, 1.0);
    pair_parameter(&c, 1, s->n_out, 1.0);
    pair_output_rows(&c, "output", rows, s->n_out, 0.0);
    pair_output_parameter(&c, "grad_weight", s->n_in, s->n_out, 1.0);
    pair_output_parameter(&c, "grad_bias", 1, s->n_out, 1.0);
    pair_output_rows(&c, "grad_x", rows, s->n_in, 1.0);
    return c;
}

static void twins_agree(void)
{
    for (size_t n = 0; n < sizeof shapes / sizeof shapes[0]; n++) {
        pair_case c = begin(&shapes[n]);
        expect(&c, &shapes[n], 1.0);
        check_pair(&c);
        pair_free(&c);
    }
}

static void wrong_factor_is_refused(void)
{
    pair_case c = begin(&shapes[1]);
    expect(&c, &shapes[1], 1.001);
    CHECK(!(pair_ratio(&c) <= 1.0), "an X that is wrong by 0.1 %% passes");
    pair_free(&c);
}

static const test tests[] = {
    {"the values that were computed by hand", known_values},
    {"the gradients that were computed by hand, added", known_gradients},
    {"the identity projects everything on itself", identity},
    {"a row does not depend on the other rows, nor on how many there are", rows_are_independent},
    {"27: <X, dX> = <W, dW> = <dY, Y>", energy},
    {"35: gradients agree with central differences", gradients_are_derivatives},
    {"both agree on every shape, instruction set and thread count", twins_agree},
    {"an input that is wrong by 0.1 % is refused", wrong_factor_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
