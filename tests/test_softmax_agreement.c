/* Do the two softmaxes agree? Every shape x instruction set x 1, 2, 3 threads, forward, backward
 * and log-sum-exp. */

#include "optimized/softmax.h"
#include "reference/softmax.h"
#include "tests/support/agreement.h"
#include "tests/support/bounded.h"
#include "tests/support/matrices.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/twin.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *catches;
    size_t n_batch, n_heads, n_q, n_k;
    double sigma, hidden; /* deviation of the scores, share of -INFINITY among them */
    twin_layout layout;
} softmax_shape;

// clang-format off
static const softmax_shape shapes[] = {
    /* catches                              batch heads n_q   n_k sigma hidden layout */
    {"sizes of 1",                              1, 1,   1,    1,   1.0, 0.0, TWIN_DENSE},
    {"any size mistaken for another",           2, 3,   5,    7,   1.0, 0.0, TWIN_DENSE},
    {"a row that ends within a vector",         1, 1,   4,   17,   1.0, 0.1, TWIN_DENSE},
    {"a row of whole vectors",                  1, 1,   3,   64,   1.0, 0.0, TWIN_DENSE},
    {"heads side by side, gaps after rows",     2, 2,   6,   31,   1.0, 0.1, TWIN_SPLIT},
    {"rows that see nothing",                   1, 2,  12,    3,   1.0, 0.7, TWIN_DENSE},
    {"scores that overflow exp",                1, 1,   5,  100, 200.0, 0.1, TWIN_DENSE},
    {"long and flat rows",                      1, 1,   2, 5000,   0.1, 0.0, TWIN_DENSE},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

/* Outputs of all three functions; the float side is the optimized twin's, the double side the
 * reference's, and e the bounds. */
typedef struct {
    twin scores, grad_weights, weights, log_sum_exp, grad_scores;
    agreement a_weights, a_log_sum_exp, a_grad_scores;
} softmax_problem;

static void draw(softmax_problem *p, const softmax_shape *shape)
{
    const size_t b = shape->n_batch, h = shape->n_heads;
    twin *all[] = {&p->scores, &p->grad_weights, &p->weights, &p->grad_scores};
    for (size_t t = 0; t < 4; t++) {
        *all[t] = twin_alloc(b, h, shape->n_q, shape->n_k, shape->layout);
    }
    p->log_sum_exp = twin_alloc(b, h, 1, shape->n_q, shape->layout);
    twin_fill(&p->scores, suite_rng(), shape->sigma);
    twin_fill(&p->grad_weights, suite_rng(), 1.0);
    twin_fill(&p->grad_scores, suite_rng(), 0.5);
    for (size_t i = 0; i < p->scores.n_doubles; i++) {
        if (gsl_rng_uniform(suite_rng()) < shape->hidden) {
            p->scores.wide[i] = -INFINITY;
        }
    }
    twin_round(&p->scores);
}

/* The optimized backward pass starts from the optimized weights, the reference's from its own. */
static void run_fast(softmax_problem *p, const fast_kernels *kernels, int n_threads)
{
    twin *outputs[] = {&p->weights, &p->log_sum_exp, &p->grad_scores};
    for (size_t t = 0; t < 3; t++) {
        twin_restore(outputs[t]);
    }
    guarded_context *none = guarded_alloc(kernels, n_threads, 0);
    CHECK_STATUS(fast_softmax_forward(&p->scores.view, &p->weights.view, &none->context), 0,
                 "fast_softmax_forward");
    CHECK_STATUS(fast_log_sum_exp(&p->scores.view, &p->log_sum_exp.view, &none->context), 0,
                 "fast_log_sum_exp");
    CHECK_STATUS(fast_softmax_backward(&p->weights.view, &p->grad_weights.view,
                                       &p->grad_scores.view, &none->context),
                 0, "fast_softmax_backward");
    CHECK(guarded_is_intact(none), "a workspace of no bytes was written to");
    CHECK(twin_is_unchanged(&p->scores) && twin_is_unchanged(&p->grad_weights),
          "an input was changed");
    for (size_t t = 0; t < 3; t++) {
        CHECK(twin_gaps_are_intact(outputs[t]), "something was written between the rows");
    }
    guarded_free(none);
}

static void compare_head(softmax_problem *p, size_t b, size_t h)
{
    gsl_matrix_view s = twin_matrix(&p->scores, b, h), dp = twin_matrix(&p->grad_weights, b, h);
    gsl_matrix_view start = twin_matrix(&p->grad_scores, b, h);
    size_t n_q = s.matrix.size1, n_k = s.matrix.size2;
    gsl_matrix *weights = new_matrix(n_q, n_k), *ds = copy_of(&start.matrix);
    gsl_matrix *lse = new_matrix(1, n_q), *e_lse = new_matrix(1, n_q);
    gsl_vector_view l = gsl_matrix_row(lse, 0);
    ref_softmax_forward(&s.matrix, weights);
    ref_log_sum_exp(&s.matrix, &l.vector);
    ref_softmax_backward(weights, &dp.matrix, ds);

    bounded scores = bounded_exact(&s.matrix), upstream = bounded_exact(&dp.matrix);
    bounded e_p = bounded_softmax(scores);
    bounded e_ds = bounded_softmax_backward(e_p, upstream, bounded_row_dot(e_p, upstream));
    gsl_matrix_transpose_memcpy(e_lse, bounded_log_sum_exp(scores).bound);
    agreement_add(&p->a_weights, &p->weights.view, b, h, weights, e_p.bound);
    agreement_add(&p->a_log_sum_exp, &p->log_sum_exp.view, b, h, lse, e_lse);
    agreement_add(&p->a_grad_scores, &p->grad_scores.view, b, h, ds,
                  bounded_accumulate(&start.matrix, e_ds, 1).bound);
    free_matrices();
}

static void compare(softmax_problem *p, const circumstances *where)
{
    p->a_weights = p->a_log_sum_exp = p->a_grad_scores = (agreement){0};
    for (size_t b = 0; b < p->scores.view.n_batch; b++) {
        for (size_t h = 0; h < p->scores.view.n_heads; h++) {
            compare_head(p, b, h);
        }
    }
    check_agreement(&p->a_weights, "weights", where);
    check_agreement(&p->a_log_sum_exp, "log_sum_exp", where);
    check_agreement(&p->a_grad_scores, "grad_scores", where);
}

static void softmax_agrees(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        softmax_problem p;
        draw(&p, &shapes[n]);
        float *kept = malloc(p.grad_scores.n_floats * sizeof *kept);
        for (size_t isa = 0; kernels_at(isa); isa++) {
            for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
                circumstances where = {shapes[n].catches, "softmax", kernels_at(isa)->name,
                                       n_threads};
                run_fast(&p, kernels_at(isa), n_threads);
                compare(&p, &where);
                size_t n_bytes = p.grad_scores.n_floats * sizeof *kept;
                CHECK(n_threads == 1 || memcmp(kept, p.grad_scores.floats, n_bytes) == 0,
                      "%s: other bits on %d threads", shapes[n].catches, n_threads);
                memcpy(kept, p.grad_scores.floats, n_bytes);
            }
        }
        free(kept);
        twin_free(&p.scores), twin_free(&p.grad_weights), twin_free(&p.weights);
        twin_free(&p.log_sum_exp), twin_free(&p.grad_scores);
    }
}

static void in_place(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        twin x = twin_alloc(2, 2, 5, 37, TWIN_SPLIT), y = twin_alloc(2, 2, 5, 37, TWIN_SPLIT);
        twin_fill(&x, suite_rng(), 2.0);
        guarded_context *none = guarded_alloc(kernels_at(isa), 2, 0);
        fast_softmax_forward(&x.view, &y.view, &none->context);
        fast_softmax_forward(&x.view, &x.view, &none->context);
        CHECK(memcmp(x.floats, y.floats, x.n_floats * sizeof(float)) == 0, "%s: other weights",
              kernels_at(isa)->name);
        guarded_free(none);
        twin_free(&x), twin_free(&y);
    }
    gsl_matrix *x = matrix_of(1, 2, (double[]){0.0, log(3.0)});
    ref_softmax_forward(x, x);
    check_close(x, matrix_of(1, 2, (double[]){0.25, 0.75}), 1e-15, "reference");
}

/* A NaN is never hidden: its row is NaN, and only its row. */
static void not_a_number(void)
{
    const double bad[] = {NAN, INFINITY};
    for (size_t n = 0; n < 2; n++) {
        gsl_matrix *scores = new_matrix(3, 21), *weights = new_matrix(3, 21);
        gsl_vector *l = new_vector(3);
        gsl_matrix_set(scores, 1, 19, bad[n]);
        ref_softmax_forward(scores, weights);
        ref_log_sum_exp(scores, l);
        CHECK(isnan(gsl_matrix_get(weights, 1, 0)) && isnan(gsl_vector_get(l, 1)),
              "reference: a score of %g gives %g, %g", bad[n], gsl_matrix_get(weights, 1, 0),
              gsl_vector_get(l, 1));
        for (size_t isa = 0; kernels_at(isa); isa++) {
            twin s = twin_of_matrix(scores), p = twin_of_matrix(weights);
            twin lse = twin_alloc(1, 1, 1, 3, TWIN_DENSE);
            guarded_context *none = guarded_alloc(kernels_at(isa), 1, 0);
            fast_softmax_forward(&s.view, &p.view, &none->context);
            fast_log_sum_exp(&s.view, &lse.view, &none->context);
            CHECK(isnan(p.floats[21]) && isnan(p.floats[41]) && isnan(lse.floats[1]),
                  "%s: a score of %g gives %g, %g", kernels_at(isa)->name, bad[n], p.floats[21],
                  lse.floats[1]);
            CHECK(p.floats[0] > 0.0f && p.floats[62] > 0.0f, "%s: other rows",
                  kernels_at(isa)->name);
            guarded_free(none);
            twin_free(&s), twin_free(&p), twin_free(&lse);
        }
    }
}

static const test tests[] = {
    {"both agree on every shape, instruction set and thread count", softmax_agrees},
    {"the weights may take the place of the scores", in_place},
    {"a NaN or +infinity among the scores makes its row NaN, and no other", not_a_number},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
