/* Do the two losses agree? Every shape x instruction set x 1, 2, 3 threads, forward and backward. */

#include "optimized/loss.h"
#include "reference/loss.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/matrices.h"
#include "tests/support/pair_case.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
    const char *catches;
    size_t n_batch, n_heads, n, d;
    double sigma;
    float smoothing;
    double ignored; /* share of rows that do not count */
    twin_layout layout;
} shape;

// clang-format off
static const shape shapes[] = {
    /* catches                              batch heads n    d  sigma smooth ignored layout */
    {"sizes of 1",                              1, 1,   1,   1,   1.0, 0.0f,  0.0, TWIN_DENSE},
    {"any size mistaken for another",           2, 3,   5,   7,   1.0, 0.0f,  0.0, TWIN_DENSE},
    {"rows that do not count",                  2, 1,  15,  11,   1.0, 0.0f,  0.4, TWIN_DENSE},
    {"smoothing, and rows that end in a vector", 1, 2, 9,  19,   2.0, 0.1f,  0.2, TWIN_DENSE},
    {"heads side by side, gaps after rows",     2, 2,   6,  31,   1.0, 0.2f,  0.1, TWIN_SPLIT},
    {"rows of whole vectors",                   1, 1,   8,  64,   1.0, 0.1f,  0.0, TWIN_DENSE},
    {"logits that overflow exp",                1, 1,  12,  40, 200.0, 0.1f,  0.0, TWIN_DENSE},
    {"many classes, and work for every thread", 1, 1,  16, 3000,  1.0, 0.1f,  0.1, TWIN_DENSE},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

/* What comes from above; a float. */
static const float upstream = 1.75f;

typedef struct {
    const shape *is;
    int *targets;
} loss_options;

/* ---- squared error ----------------------------------------------------------------------------- */

static size_t squared_size(pair_case *c, const fast_context *context)
{
    return fast_squared_error_forward_size(&c->inputs[0].view, context);
}

static int run_squared(pair_case *c, fast_context *context)
{
    const fast_view *y = &c->inputs[0].view, *t = &c->inputs[1].view;
    int status = fast_squared_error_forward(y, t, &c->numbers[0].actual, context);
    return status ? status
                  : fast_squared_error_backward(y, t, upstream, &c->outputs[0].t.view, context);
}

/* Each difference is rounded once, so a square is off by 2 u of itself; dY by three roundings. */
static pair_case begin_squared(const shape *s, double wrong_factor)
{
    pair_case c = {.catches = s->catches, .variant = "squared error", .n_numbers = 1};
    row_layout rows = {s->n_batch, s->n_heads, s->n, s->layout};
    c.size = squared_size;
    c.run = run_squared;
    gsl_matrix_view y = pair_tall(pair_input(&c, rows, s->d, s->sigma));
    gsl_matrix_view t = pair_tall(pair_input(&c, rows, s->d, s->sigma));
    pair_output *dy = pair_output_rows(&c, "grad_output", rows, s->d, 0.01 * s->sigma);
    gsl_matrix_scale(&t.matrix, wrong_factor);
    double expected, n = (double)y.matrix.size1 * (double)s->d;
    ref_squared_error_forward(&y.matrix, &t.matrix, &expected);
    bounded increment = bounded_new(y.matrix.size1, s->d);
    ref_squared_error_backward(&y.matrix, &t.matrix, upstream, increment.value);
    for (size_t i = 0; i < y.matrix.size1 * s->d; i++) {
        increment.bound->data[i] = 3.0 * rounding_unit * fabs(increment.value->data[i]);
    }
    pair_expect_added(dy, increment, 1);
    c.numbers[0] = (pair_number){.name = "loss", .expected = expected};
    c.numbers[0].bound = expected * (2.0 * rounding_unit + n * 0x1p-53);
    free_matrices();
    return c;
}

static void squared_errors_agree(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        pair_case c = begin_squared(&shapes[n], 1.0);
        check_pair(&c);
        pair_free(&c);
    }
}

/* ---- cross-entropy ----------------------------------------------------------------------------- */

static size_t cross_size(pair_case *c, const fast_context *context)
{
    return fast_cross_entropy_forward_size(&c->inputs[0].view, context);
}

static int run_cross(pair_case *c, fast_context *context)
{
    const loss_options *o = c->options;
    const fast_view *z = &c->inputs[0].view;
    fast_view *l = &c->outputs[0].t.view;
    size_t n_counted = 0;
    int status = fast_cross_entropy_forward(z, o->targets, o->is->smoothing, l,
                                            &c->numbers[0].actual, &n_counted, context);
    c->numbers[1].actual = (double)n_counted;
    return status ? status
                  : fast_cross_entropy_backward(z, o->targets, o->is->smoothing, l, n_counted,
                                                upstream, &c->outputs[1].t.view, context);
}

/* The reference's numbers, and its gradient, which the bounds know by themselves. */
static void expect_numbers(pair_case *c, const gsl_matrix *z, const int *targets, double smoothing,
                           bounded increment)
{
    gsl_matrix *p = new_matrix(z->size1, z->size2), *dz = new_matrix(z->size1, z->size2);
    bounded losses = bounded_row_losses(z, targets, smoothing);
    size_t n_counted;
    double value, bound = 0.0;
    ref_cross_entropy_forward(z, targets, smoothing, p, &value, &n_counted);
    ref_cross_entropy_backward(z, targets, smoothing, p, n_counted, upstream, dz);
    check_close(increment.value, dz, 1e-12 * largest_entry(dz), "%s: the rule", c->catches);
    for (size_t i = 0; i < z->size1; i++) {
        bound += gsl_matrix_get(losses.bound, i, 0) / (double)n_counted;
    }
    c->n_numbers = 2;
    c->numbers[0] = (pair_number){.name = "loss", .expected = value, .bound = bound};
    c->numbers[1] = (pair_number){.name = "n_counted", .expected = (double)n_counted};
}

static void expect_cross(pair_case *c, const loss_options *o, double smoothing)
{
    gsl_matrix_view z = pair_tall(&c->inputs[0]);
    size_t n_rows = z.matrix.size1, n_counted = 0;
    bounded l = bounded_log_sum_exp(bounded_exact(&z.matrix));
    for (size_t i = 0; i < n_rows; i++) {
        n_counted += o->targets[i] >= 0;
        if (o->targets[i] < 0) {
            bounded_set(l, i, 0, 0.0, 0.0);
        }
    }
    bounded increment = bounded_cross_entropy_backward(&z.matrix, o->targets, smoothing,
                                                       upstream / (double)n_counted);
    expect_numbers(c, &z.matrix, o->targets, smoothing, increment);
    pair_expect(&c->outputs[0], l);
    pair_expect_added(&c->outputs[1], increment, 3);
    free_matrices();
}

static pair_case begin_cross(const shape *s, loss_options *o)
{
    pair_case c = {.catches = s->catches, .variant = "cross-entropy", .options = o};
    row_layout rows = {s->n_batch, s->n_heads, s->n, s->layout};
    size_t n_rows = s->n_batch * s->n_heads * s->n;
    c.size = cross_size;
    c.run = run_cross;
    *o = (loss_options){s, calloc(n_rows, sizeof *o->targets)};
    for (size_t i = 0; i < n_rows; i++) {
        bool counts = gsl_rng_uniform(suite_rng()) >= s->ignored;
        o->targets[i] = counts ? (int)random_integer(suite_rng(), 0, (int)s->d - 1) : FAST_IGNORED;
    }
    pair_input(&c, rows, s->d, s->sigma);
    pair_output_numbers(&c, "log_sum_exp", rows);
    pair_output_rows(&c, "grad_logits", rows, s->d, 1.0 / (double)n_rows);
    return c;
}

static void cross_entropies_agree(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        loss_options o;
        pair_case c = begin_cross(&shapes[n], &o);
        expect_cross(&c, &o, shapes[n].smoothing);
        check_pair(&c);
        pair_free(&c);
        free(o.targets);
    }
}

/* ---- controls ---------------------------------------------------------------------------------- */

static void mistakes_are_refused(void)
{
    loss_options o;
    pair_case squared = begin_squared(&shapes[1], 1.001);
    CHECK(!(pair_ratio(&squared) <= 1.0), "a target that is wrong by 0.1 %% passes");
    pair_free(&squared);
    pair_case c = begin_cross(&shapes[3], &o);
    expect_cross(&c, &o, 1.001 * shapes[3].smoothing);
    CHECK(!(pair_ratio(&c) <= 1.0), "a smoothing that is wrong by 0.1 %% passes");
    pair_free(&c);
    free(o.targets);
}

static const test tests[] = {
    {"both squared errors agree on every shape, instruction set and thread count",
     squared_errors_agree},
    {"both cross-entropies agree on every shape, instruction set and thread count",
     cross_entropies_agree},
    {"a target or a smoothing that is wrong by 0.1 % is refused", mistakes_are_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
