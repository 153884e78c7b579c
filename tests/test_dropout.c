/* Dropout: which numbers are left out, known from the generator that the hash is taken from; how
 * many; that both sides leave out the same ones; gradients. */

#include "optimized/dropout.h"
#include "reference/dropout.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/pair_case.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/sides.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

/* ---- one side ---------------------------------------------------------------------------------- */

static gsl_matrix *dropped(const side *s, const gsl_matrix *x, ref_dropout d)
{
    gsl_matrix *y = new_matrix(x->size1, x->size2);
    if (!s->kernels) {
        CHECK_STATUS(ref_dropout_forward(x, &d, y), GSL_SUCCESS, "dropout");
        return y;
    }
    twin in = twin_of_matrix(x), out = twin_of_matrix(y);
    guarded_context *guarded = guarded_alloc(s->kernels, 2, 0);
    fast_dropout narrow = {d.rate, d.seed, d.first_row};
    CHECK_STATUS(fast_dropout_forward(&in.view, &narrow, &out.view, &guarded->context), GSL_SUCCESS,
                 "dropout");
    twin_widen(&out, 0, 0, y);
    guarded_free(guarded);
    twin_free(&in), twin_free(&out);
    return y;
}

static gsl_matrix *ones(size_t n_rows, size_t n_cols)
{
    gsl_matrix *a = new_matrix(n_rows, n_cols);
    gsl_matrix_set_all(a, 1.0);
    return a;
}

/* How many numbers are not 0. */
static double n_kept(const gsl_matrix *y)
{
    double n = 0.0;
    for (size_t i = 0; i < y->size1; i++) {
        for (size_t c = 0; c < y->size2; c++) {
            n += gsl_matrix_get(y, i, c) != 0.0;
        }
    }
    return n;
}

/* ---- known values ------------------------------------------------------------------------------ */

/* The first outputs of SplitMix64 with seed 1234567, as its implementations publish them. A rate of
 * h / 2^32 keeps the number whose hash is h, and a rate half a step higher does not. */
static void known_hash_on(const side *s)
{
    const uint64_t outputs[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                4593380528125082431u, 16408922859458223821u};
    gsl_matrix *row = ones(1, 5), *column = ones(1, 1);
    for (size_t n = 0; n < 5; n++) {
        double h = (double)(outputs[n] >> 32);
        ref_dropout at = {ldexp(h, -32), 1234567, 0}, above = {ldexp(h + 0.5, -32), 1234567, 0};
        CHECK(gsl_matrix_get(dropped(s, row, at), 0, n) > 0.0, "column %zu is left out", n);
        CHECK(gsl_matrix_get(dropped(s, row, above), 0, n) == 0.0, "column %zu is kept", n);
        at.first_row = above.first_row = n; /* row n of a matrix with one column */
        CHECK(gsl_matrix_get(dropped(s, column, at), 0, 0) > 0.0, "row %zu is left out", n);
        CHECK(gsl_matrix_get(dropped(s, column, above), 0, 0) == 0.0, "row %zu is kept", n);
    }
}
ON_EACH_SIDE(known_hash)

static void rate_zero_on(const side *s)
{
    gsl_matrix *x = random_matrix(suite_rng(), 30, 41, 1.0);
    check_equal(dropped(s, x, (ref_dropout){0.0, 7, 3}), x, "rate 0");
    check_zero(dropped(s, x, (ref_dropout){1.0 - 0x1p-53, 7, 3}), "a rate just below 1");
}
ON_EACH_SIDE(rate_zero)

/* What is left out may be anything: 0 times infinity would be NaN. */
static void infinities_on(const side *s)
{
    gsl_matrix *x = ones(8, 50), *y = dropped(s, x, (ref_dropout){0.5, 11, 0});
    for (size_t i = 0; i < 8; i++) {
        for (size_t c = 0; c < 50; c++) {
            bool is_kept = gsl_matrix_get(y, i, c) != 0.0;
            gsl_matrix_set(x, i, c, is_kept ? 1.0 : (i + c) % 2 ? INFINITY : NAN);
        }
    }
    check_equal(dropped(s, x, (ref_dropout){0.5, 11, 0}), y, "with infinity and NaN left out");
}
ON_EACH_SIDE(infinities)

/* ---- statistics -------------------------------------------------------------------------------- */

/* n draws with probability p are off their mean by more than 5 standard deviations, sqrt(n p (1-p)),
 * once in a million times; the seed is fixed by the run. */
static void check_share(double n_hits, double n, double p, const char *what)
{
    CHECK_CLOSE(n_hits / n, p, 5.0 * sqrt(p * (1.0 - p) / n), what);
}

static void shares_on(const side *s)
{
    const double rates[] = {0.05, 0.1, 0.3, 0.5, 0.9}, n = 300.0 * 301.0;
    gsl_matrix *x = ones(300, 301);
    for (size_t r = 0; r < 5; r++) {
        gsl_matrix *y = dropped(s, x, (ref_dropout){rates[r], suite_seed(), 0});
        check_share(n_kept(y), n, 1.0 - rates[r], "the share that is kept");
        double sigma = sqrt(rates[r] / (1.0 - rates[r]) / n);
        CHECK_CLOSE(inner_product(x, y) / n, 1.0, 5.0 * sigma, "the mean");
    }
}
ON_EACH_SIDE(shares)

/* Two sets of kept numbers that know nothing of each other: p^2 are in both. */
static void check_independent(const gsl_matrix *a, const gsl_matrix *b, double p, const char *what)
{
    gsl_matrix *both = copy_of(a);
    gsl_matrix_mul_elements(both, b);
    check_share(n_kept(both), (double)(a->size1 * a->size2), p * p, what);
}

static void independence_on(const side *s)
{
    gsl_matrix *x = ones(250, 256);
    uint64_t seed = suite_seed();
    gsl_matrix *y = dropped(s, x, (ref_dropout){0.4, seed, 0});
    check_independent(y, dropped(s, x, (ref_dropout){0.4, seed + 1, 0}), 0.6, "the next seed");
    check_independent(y, dropped(s, x, (ref_dropout){0.4, seed ^ (1ull << 63), 0}), 0.6,
                      "a seed that differs in the highest bit");
    check_independent(y, dropped(s, x, (ref_dropout){0.4, seed, 1}), 0.6, "the next row");
}
ON_EACH_SIDE(independence)

/* ---- agreement --------------------------------------------------------------------------------- */

typedef struct {
    const char *catches;
    size_t n_batch, n_heads, n, d;
    twin_layout layout;
    fast_dropout dropout;
} shape;

static const shape shapes[] = {
    {"sizes of 1", 1, 1, 1, 1, TWIN_DENSE, {0.25, 5, 0}},
    {"rows of other batches and heads", 2, 3, 7, 13, TWIN_DENSE, {0.3, 99, 0}},
    {"heads side by side, gaps after rows", 3, 2, 9, 17, TWIN_SPLIT, {0.1, 1u << 31, 0}},
    {"a first row, and a seed that overflows", 1, 2, 40, 33, TWIN_SPLIT, {0.5, UINT64_MAX, 1000}},
    {"rows for several threads", 2, 1, 150, 64, TWIN_DENSE, {0.9, 3, 0}},
};

enum { X, GRAD_OUTPUT };
enum { OUTPUT, GRAD_X };

static int run(pair_case *c, fast_context *context)
{
    const fast_dropout *d = c->options;
    int status = fast_dropout_forward(&c->inputs[X].view, d, &c->outputs[OUTPUT].t.view, context);
    return status ? status
                  : fast_dropout_backward(d, &c->inputs[GRAD_OUTPUT].view,
                                          &c->outputs[GRAD_X].t.view, context);
}

/* Two roundings: of 1 / (1 - rate), and of the product; one more of the sum. The reference works
 * head by head, with the number of its first row. */
static void expect(pair_case *c, const shape *s)
{
    gsl_matrix_view y = pair_tall(&c->outputs[OUTPUT].t), dx = pair_tall(&c->outputs[GRAD_X].t);
    gsl_matrix *start = copy_of(&dx.matrix);
    for (size_t m = 0; m < s->n_batch * s->n_heads; m++) {
        ref_dropout d = {s->dropout.rate, s->dropout.seed, s->dropout.first_row + m * s->n};
        size_t b = m / s->n_heads, h = m % s->n_heads;
        gsl_matrix_view x_m = twin_matrix(&c->inputs[X], b, h);
        gsl_matrix_view dy_m = twin_matrix(&c->inputs[GRAD_OUTPUT], b, h);
        gsl_matrix_view y_m = twin_matrix(&c->outputs[OUTPUT].t, b, h);
        gsl_matrix_view dx_m = twin_matrix(&c->outputs[GRAD_X].t, b, h);
        CHECK_STATUS(ref_dropout_forward(&x_m.matrix, &d, &y_m.matrix), GSL_SUCCESS, "forward");
        CHECK_STATUS(ref_dropout_backward(&d, &dy_m.matrix, &dx_m.matrix), GSL_SUCCESS, "backward");
    }
    for (size_t i = 0; i < y.matrix.size1 * y.matrix.size2; i++) {
        double added = fabs(dx.matrix.data[i] - start->data[i]);
        c->outputs[OUTPUT].bounds[i] = 2.0 * rounding_unit * fabs(y.matrix.data[i]);
        c->outputs[GRAD_X].bounds[i] =
            added > 0.0 ? rounding_unit * (2.0 * added + fabs(dx.matrix.data[i])) : 0.0;
    }
}

static void twins_agree(void)
{
    for (size_t n = 0; n < sizeof shapes / sizeof shapes[0]; n++) {
        const shape *s = &shapes[n];
        row_layout rows = {s->n_batch, s->n_heads, s->n, s->layout};
        pair_case c = {.catches = s->catches, .variant = "dropout", .options = &s->dropout};
        c.run = run;
        pair_input(&c, rows, s->d, 1.0);
        pair_input(&c, rows, s->d, 1.0);
        pair_output_rows(&c, "output", rows, s->d, 0.0);
        pair_output_rows(&c, "grad_x", rows, s->d, 1.0);
        expect(&c, s);
        check_pair(&c);
        fast_dropout other = {s->dropout.rate, s->dropout.seed + 1, s->dropout.first_row};
        c.options = &other;
        CHECK(s->d == 1 || !(pair_ratio(&c) <= 1.0), "%s: another seed passes", s->catches);
        pair_free(&c);
    }
}

/* The output may be x. */
static void in_place(void)
{
    enum { N = 20, D = 37 };
    static float x[N * D], y[N * D];
    for (int i = 0; i < N * D; i++) {
        x[i] = (float)random_gaussian(suite_rng(), 1.0);
    }
    fast_view from = fast_view_matrix(x, N, D), to = fast_view_matrix(y, N, D);
    fast_dropout d = {0.2, 8, 0};
    for (size_t isa = 0; kernels_at(isa); isa++) {
        guarded_context *guarded = guarded_alloc(kernels_at(isa), 2, 0);
        fast_dropout_forward(&from, &d, &to, &guarded->context);
        fast_dropout_forward(&from, &d, &from, &guarded->context);
        CHECK(memcmp(x, y, sizeof x) == 0, "%s: in place it is another", kernels_at(isa)->name);
        guarded_free(guarded);
    }
}

/* ---- gradients --------------------------------------------------------------------------------- */

typedef struct {
    gsl_matrix *x, *upstream, *output;
    ref_dropout dropout;
} inputs;

static double loss(void *data)
{
    inputs *in = data;
    ref_dropout_forward(in->x, &in->dropout, in->output);
    return inner_product(in->upstream, in->output);
}

static void gradients_are_derivatives(void)
{
    gsl_rng *rng = suite_rng();
    inputs in = {random_matrix(rng, 5, 7, 1.0),
                 random_matrix(rng, 5, 7, 1.0),
                 new_matrix(5, 7),
                 {0.3, suite_seed(), 2}};
    gsl_matrix *dx = new_matrix(5, 7);
    ref_dropout_backward(&in.dropout, in.upstream, dx);
    check_gradient("grad_x", in.x, dx, loss, &in);
    /* it is linear, so the gradient is dropout itself */
    gsl_matrix_memcpy(in.x, in.upstream);
    loss(&in);
    check_equal(dx, in.output, "dropout of dY");
}

static const test tests[] = {
    {"the hash is that of SplitMix64, whose outputs are known", known_hash},
    {"rate 0 copies every number, a rate just below 1 leaves all out", rate_zero},
    {"what is left out becomes 0, even infinity and NaN", infinities},
    {"as many are kept as the rate says, and the mean stays", shares},
    {"other seeds and other rows leave out other numbers", independence},
    {"both leave out the same numbers, on any number of threads and head by head", twins_agree},
    {"in place it is the same", in_place},
    {"35: the gradient agrees with central differences, and is dropout itself",
     gradients_are_derivatives},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
