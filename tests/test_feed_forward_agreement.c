/* Do the two feed-forward layers agree? Every shape and activation x instruction set x 1, 2, 3
 * threads, forward and backward. */

#include "optimized/feed_forward.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/matrices.h"
#include "tests/support/pair_case.h"
#include "tests/support/suite.h"
#include <gsl/gsl_math.h>
#include <math.h>

typedef struct {
    const char *catches;
    size_t n_batch, n_heads, n, d_model, n_hidden;
    twin_layout layout;
} shape;

static const shape shapes[] = {
    {"sizes of 1", 1, 1, 1, 1, 1, TWIN_DENSE},
    {"any size mistaken for another", 2, 3, 5, 7, 11, TWIN_DENSE},
    {"heads side by side, gaps after rows", 2, 2, 9, 17, 21, TWIN_SPLIT},
    {"a block that ends within a batch", 3, 1, 90, 16, 32, TWIN_SPLIT},
    {"blocks of uneven rows in each head", 1, 2, 139, 13, 24, TWIN_SPLIT},
    {"more rows than the largest block", 1, 1, 600, 8, 9, TWIN_DENSE},
    {"hidden rows longer than a block of sums", 1, 1, 20, 24, 800, TWIN_DENSE},
};
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static const char *const activations[] = {"ReLU", "GELU"};

typedef struct {
    const shape *is;
    ref_activation activation;
} layer_options;

enum { X, WEIGHT_1, BIAS_1, WEIGHT_2, BIAS_2, GRAD_OUTPUT };
enum { OUTPUT, HIDDEN, GRAD_X, GRAD_WEIGHT_1, GRAD_BIAS_1, GRAD_WEIGHT_2, GRAD_BIAS_2 };

static fast_feed_forward parameters_of(const pair_case *c)
{
    return (fast_feed_forward){c->inputs[WEIGHT_1].view, c->inputs[BIAS_1].view,
                               c->inputs[WEIGHT_2].view, c->inputs[BIAS_2].view};
}

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    fast_feed_forward p = parameters_of(c);
    return GSL_MAX(fast_feed_forward_forward_size(&c->inputs[X].view, &p, context),
                   fast_feed_forward_backward_size(&c->inputs[X].view, &p, context));
}

static int run(pair_case *c, fast_context *context)
{
    const layer_options *o = c->options;
    fast_feed_forward p = parameters_of(c);
    const fast_feed_forward grad = {
        c->outputs[GRAD_WEIGHT_1].t.view, c->outputs[GRAD_BIAS_1].t.view,
        c->outputs[GRAD_WEIGHT_2].t.view, c->outputs[GRAD_BIAS_2].t.view};
    fast_activation f = (fast_activation)o->activation;
    fast_view *hidden = &c->outputs[HIDDEN].t.view;
    int status = fast_feed_forward_forward(&c->inputs[X].view, &p, f, hidden,
                                           &c->outputs[OUTPUT].t.view, context);
    return status ? status
                  : fast_feed_forward_backward(&c->inputs[X].view, &p, f, hidden,
                                               &c->inputs[GRAD_OUTPUT].view,
                                               &c->outputs[GRAD_X].t.view, &grad, context);
}

static bounded exact_tall(const twin *t)
{
    gsl_matrix_view tall = pair_tall(t);
    return bounded_exact(&tall.matrix);
}

/* Whether the sign of every hidden unit is certain. Where it is not, the slope of the ReLU may be 0
 * or 1, and no bound is small. */
static bool is_off_kinks(bounded hidden)
{
    for (size_t i = 0; i < hidden.value->size1; i++) {
        for (size_t c = 0; c < hidden.value->size2; c++) {
            double h = gsl_matrix_get(hidden.value, i, c);
            if (fabs(h) <= gsl_matrix_get(hidden.bound, i, c)) {
                return false;
            }
        }
    }
    return true;
}

static void expect(pair_case *c, ref_activation f)
{
    bounded x = exact_tall(&c->inputs[X]), dy = exact_tall(&c->inputs[GRAD_OUTPUT]);
    bounded w_1 = exact_tall(&c->inputs[WEIGHT_1]), w_2 = exact_tall(&c->inputs[WEIGHT_2]);
    gsl_matrix_view b_1 = pair_tall(&c->inputs[BIAS_1]), b_2 = pair_tall(&c->inputs[BIAS_2]);
    size_t n_rows = x.value->size1;

    bounded hidden = bounded_projection(x, w_1, &b_1.matrix);
    while (f == REF_RELU && !is_off_kinks(hidden)) {
        twin_fill(&c->inputs[BIAS_1], suite_rng(), 0.5);
        hidden = bounded_projection(x, w_1, &b_1.matrix);
    }
    bounded activated = bounded_activation(hidden, f);
    pair_expect(&c->outputs[HIDDEN], hidden);
    pair_expect(&c->outputs[OUTPUT], bounded_projection(activated, w_2, &b_2.matrix));

    bounded grad_activated = bounded_product(1.0, CblasNoTrans, dy, CblasTrans, w_2);
    bounded dh = bounded_times(bounded_activation_slope(hidden, f), grad_activated);
    pair_expect_added(&c->outputs[GRAD_X], bounded_product(1.0, CblasNoTrans, dh, CblasTrans, w_1),
                      w_1.value->size2);
    pair_expect_added(&c->outputs[GRAD_WEIGHT_1],
                      bounded_product(1.0, CblasTrans, x, CblasNoTrans, dh), n_rows);
    pair_expect_added(&c->outputs[GRAD_BIAS_1], bounded_column_sums(dh), n_rows);
    pair_expect_added(&c->outputs[GRAD_WEIGHT_2],
                      bounded_product(1.0, CblasTrans, activated, CblasNoTrans, dy), n_rows);
    pair_expect_added(&c->outputs[GRAD_BIAS_2], bounded_column_sums(dy), n_rows);
    free_matrices();
}

/* The reference itself, whose values the rules must give. */
static void check_rules(const pair_case *c, ref_activation f)
{
    gsl_matrix_view x = pair_tall(&c->inputs[X]), y = pair_tall(&c->outputs[OUTPUT].t);
    gsl_matrix_view w_1 = pair_tall(&c->inputs[WEIGHT_1]), w_2 = pair_tall(&c->inputs[WEIGHT_2]);
    gsl_matrix_view b_1 = pair_tall(&c->inputs[BIAS_1]), b_2 = pair_tall(&c->inputs[BIAS_2]);
    gsl_vector_view row_1 = gsl_matrix_row(&b_1.matrix, 0), row_2 = gsl_matrix_row(&b_2.matrix, 0);
    ref_feed_forward p = {&w_1.matrix, &row_1.vector, &w_2.matrix, &row_2.vector};
    size_t n_rows = x.matrix.size1, n_hidden = w_1.matrix.size2;
    gsl_matrix *expected = new_matrix(n_rows, y.matrix.size2);
    ref_feed_forward_forward(&x.matrix, &p, f, new_matrix(n_rows, n_hidden),
                             new_matrix(n_rows, n_hidden), expected);
    check_close(&y.matrix, expected, 1e-12 * largest_entry(expected), "%s: the rules", c->catches);
    free_matrices();
}

static pair_case begin(const layer_options *o)
{
    const shape *s = o->is;
    pair_case c = {.catches = s->catches, .variant = activations[o->activation], .options = o};
    row_layout rows = {s->n_batch, s->n_heads, s->n, s->layout};
    c.size = workspace_size;
    c.run = run;
    pair_input(&c, rows, s->d_model, 1.0);
    pair_parameter(&c, s->d_model, s->n_hidden, 1.0 / sqrt((double)s->d_model));
    pair_parameter(&c, 1, s->n_hidden, 0.5);
    pair_parameter(&c, s->n_hidden, s->d_model, 1.0 / sqrt((double)s->n_hidden));
    pair_parameter(&c, 1, s->d_model, 0.5);
    pair_input(&c, rows, s->d_model, 1.0);
    pair_output_rows(&c, "output", rows, s->d_model, 0.0);
    pair_output_rows(&c, "hidden", rows, s->n_hidden, 0.0);
    pair_output_rows(&c, "grad_x", rows, s->d_model, 1.0);
    pair_output_parameter(&c, "grad weight_1", s->d_model, s->n_hidden, 1.0);
    pair_output_parameter(&c, "grad bias_1", 1, s->n_hidden, 1.0);
    pair_output_parameter(&c, "grad weight_2", s->n_hidden, s->d_model, 1.0);
    pair_output_parameter(&c, "grad bias_2", 1, s->d_model, 1.0);
    return c;
}

static void twins_agree(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        for (ref_activation f = REF_RELU; f <= REF_GELU; f++) {
            layer_options o = {&shapes[n], f};
            pair_case c = begin(&o);
            expect(&c, f);
            check_rules(&c, f);
            check_pair(&c);
            pair_free(&c);
        }
    }
}

static void other_activation_is_refused(void)
{
    layer_options o = {&shapes[1], REF_GELU};
    pair_case c = begin(&o);
    expect(&c, REF_RELU);
    CHECK(!(pair_ratio(&c) <= 1.0), "the GELU passes for the ReLU");
    pair_free(&c);
}

static const test tests[] = {
    {"both agree on every shape, activation, instruction set and thread count", twins_agree},
    {"the GELU does not pass for the ReLU", other_activation_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
