/* Do the two sides of reweighting agree? Every function x shape x instruction set x 1, 2, 3
 * threads: outputs and cache within their bounds, and the same bits for any number of threads. */

#include "optimized/reweighting.h"
#include "tests/support/bounded.h"
#include "tests/support/matrices.h"
#include "tests/support/reweighting_problem.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// clang-format off
static const reweighting_shape shapes[] = {
    /* catches                              batch heads n_q   n_k d_v  layout */
    {"sizes of 1",                              1, 1,   1,    1,  1, TWIN_DENSE},
    {"any size mistaken for another",           2, 3,   5,    7, 11, TWIN_DENSE},
    {"heads side by side, gaps after rows",     3, 2,  17,   23,  6, TWIN_SPLIT},
    {"one more than a block",                   1, 2,  49,  129, 33, TWIN_DENSE},
    {"one less than a block",                   1, 1,  47,  127, 15, TWIN_DENSE},
    {"several blocks",                          1, 1, 150,  300, 40, TWIN_DENSE},
    {"long rows",                               1, 1,   3, 4000, 20, TWIN_DENSE},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

/* ---- one pair, everywhere -------------------------------------------------------------------- */

static void run_once(reweighting_problem *p, const reweighting_pair *pair,
                     const circumstances *where, const fast_kernels *kernels)
{
    fast_context ask = {kernels, where->n_threads, NULL};
    guarded_context *guarded = guarded_alloc(kernels, where->n_threads, pair->size(p, &ask));
    for (int o = 0; o < p->n_outputs; o++) {
        twin_restore(&p->outputs[o]);
        p->agreements[o] = (agreement){0};
    }
    CHECK_STATUS(pair->run(p, &guarded->context), GSL_SUCCESS, pair->name);
    CHECK(guarded_is_intact(guarded), "%s, %s: the workspace was overrun, or not given back",
          where->catches, where->variant);
    CHECK(twin_is_unchanged(&p->scores) && twin_is_unchanged(&p->values) &&
              twin_is_unchanged(&p->upstream) && twin_is_unchanged(&p->queries) &&
              twin_is_unchanged(&p->keys),
          "%s, %s: an input was changed", where->catches, where->variant);
    guarded_free(guarded);
}

static void compare_all(reweighting_problem *p, const reweighting_pair *pair)
{
    for (size_t b = 0; b < p->is.n_batch; b++) {
        for (size_t h = 0; h < p->is.n_heads; h++) {
            pair->compare(p, b, h);
            free_matrices();
        }
    }
}

static void compare_outputs(reweighting_problem *p, const circumstances *where, float **kept)
{
    for (int o = 0; o < p->n_outputs; o++) {
        size_t n_bytes = p->outputs[o].n_floats * sizeof(float);
        check_agreement(&p->agreements[o], o == 0 ? "the first output" : "the second output",
                        where);
        CHECK(twin_gaps_are_intact(&p->outputs[o]),
              "%s, %s: something was written between the rows", where->catches, where->variant);
        CHECK(where->n_threads == 1 || memcmp(kept[o], p->outputs[o].floats, n_bytes) == 0,
              "%s, %s, %s: other bits on %d threads", where->catches, where->variant, where->isa,
              where->n_threads);
        kept[o] = realloc(kept[o], n_bytes);
        memcpy(kept[o], p->outputs[o].floats, n_bytes);
    }
}

static void agree(const reweighting_pair *pair, ref_proximity proximity)
{
    char variant[80];
    snprintf(variant, sizeof variant, "%s, %s", pair->name, proximity_names[proximity]);
    for (size_t n = 0; n < N_SHAPES; n++) {
        reweighting_problem p = reweighting_problem_draw(&shapes[n], proximity);
        float *kept[MAX_OUTPUTS] = {NULL, NULL};
        pair->make_outputs(&p);
        for (size_t isa = 0; kernels_at(isa); isa++) {
            for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
                circumstances where = {shapes[n].catches, variant, kernels_at(isa)->name,
                                       n_threads};
                run_once(&p, pair, &where, kernels_at(isa));
                compare_all(&p, pair);
                compare_outputs(&p, &where, kept);
            }
        }
        free(kept[0]), free(kept[1]);
        reweighting_problem_end(&p);
    }
}

static void pairs_agree(void)
{
    for (size_t n = 0; n < N_REWEIGHTING_PAIRS; n++) {
        agree(&reweighting_pairs[n], REF_GAUSSIAN);
    }
}

static void proximities_agree(void)
{
    for (int proximity = 1; proximity < N_PROXIMITIES; proximity++) {
        agree(&reweighting_pairs[2], (ref_proximity)proximity);
        agree(&reweighting_pairs[3], (ref_proximity)proximity);
    }
}

/* A test of the test. */
static void wrong_bandwidth_is_refused(void)
{
    for (size_t n = 2; n <= 3; n++) { /* proximity weights, kernel regression */
        const reweighting_pair *pair = &reweighting_pairs[n];
        reweighting_problem p = reweighting_problem_draw(&shapes[1], REF_GAUSSIAN);
        pair->make_outputs(&p);
        for (size_t isa = 0; kernels_at(isa); isa++) {
            circumstances where = {shapes[1].catches, pair->name, kernels_at(isa)->name, 2};
            float right = p.bandwidth;
            p.bandwidth = right * 1.001f;
            run_once(&p, pair, &where, kernels_at(isa));
            p.bandwidth = right;
            compare_all(&p, pair);
            for (int o = 0; o < p.n_outputs; o++) {
                CHECK(!(p.agreements[o].ratio <= 1.0), "%s, %s: output %d passes", where.isa,
                      pair->name, o);
            }
        }
        reweighting_problem_end(&p);
    }
}

/* ---- the gradient of the bandwidth ----------------------------------------------------------- */

/* dh += sum_ij (dK(u_ij) / dh) / s_i (dY_i . v_j - dY_i . Y_i), one number for all heads */
static void expect_gradient(reweighting_problem *p, size_t b, size_t h, double *grad, double *bound)
{
    gsl_vector_view q = reweighting_line(&p->queries, b, h), k = reweighting_line(&p->keys, b, h);
    gsl_matrix_view v = twin_matrix(&p->values, b, h), dy = twin_matrix(&p->upstream, b, h);
    gsl_matrix *weights = new_matrix(p->is.n_q, p->is.n_k), *y = new_matrix(p->is.n_q, p->is.d_v);
    ref_kernel_regression_forward(&q.vector, &k.vector, &v.matrix, p->proximity, p->bandwidth,
                                  weights, y);
    ref_kernel_regression_backward(&q.vector, &k.vector, &v.matrix, p->proximity, p->bandwidth,
                                   weights, y, &dy.matrix, grad);

    bounded values = bounded_exact(&v.matrix), grad_y = bounded_exact(&dy.matrix);
    bounded near = bounded_proximity(&q.vector, &k.vector, p->proximity, p->bandwidth);
    bounded sums = bounded_row_sums(near);
    bounded mixed = bounded_product(1.0, CblasNoTrans, near, CblasNoTrans, values);
    bounded mean = bounded_row_dot(grad_y, bounded_divide_rows(mixed, sums));
    bounded along = bounded_product(1.0, CblasNoTrans, grad_y, CblasTrans, values);
    bounded slope = bounded_proximity_slope(&q.vector, &k.vector, p->proximity, p->bandwidth);
    bounded terms = bounded_softmax_backward(bounded_divide_rows(slope, sums), along, mean);
    *bound += gsl_matrix_get(bounded_total(terms).bound, 0, 0);
    free_matrices();
}

/* Every bound above is of one head; all heads add to the same number, which starts at 0.5. */
static void check_gradient_of(reweighting_problem *p, const fast_kernels *kernels, double expected,
                              double bound)
{
    const reweighting_pair *forward = &reweighting_pairs[3];
    float first = 0.0f;
    for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
        circumstances where = {p->is.catches, proximity_names[p->proximity], kernels->name,
                               n_threads};
        fast_context ask = {kernels, n_threads, NULL};
        size_t n_bytes =
            fast_kernel_regression_backward_size(&p->queries.view, &p->values.view, &ask);
        guarded_context *guarded = guarded_alloc(kernels, n_threads, n_bytes);
        float grad = 0.5f;
        run_once(p, forward, &where, kernels);
        int status = fast_kernel_regression_backward(
            &p->queries.view, &p->keys.view, &p->values.view, (fast_proximity)p->proximity,
            p->bandwidth, &p->outputs[0].view, &p->outputs[1].view, &p->upstream.view, &grad,
            &guarded->context);
        CHECK_STATUS(status, GSL_SUCCESS, "fast_kernel_regression_backward");
        CHECK(guarded_is_intact(guarded), "the workspace was overrun, or not given back");
        agreement a = {0};
        agreement_add_entry(&a, grad, expected, bound);
        check_ratio(&a, "grad_bandwidth", &where);
        CHECK(n_threads == 1 || grad == first, "%s, %s: other bits on %d threads", where.catches,
              where.isa, n_threads);
        first = grad;
        guarded_free(guarded);
    }
}

static void bandwidth_gradients_agree(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        for (int proximity = 0; proximity < N_PROXIMITIES; proximity++) {
            reweighting_problem p = reweighting_problem_draw(&shapes[n], (ref_proximity)proximity);
            double expected = 0.5, bound = 0.0;
            reweighting_pairs[3].make_outputs(&p);
            for (size_t b = 0; b < p.is.n_batch; b++) {
                for (size_t h = 0; h < p.is.n_heads; h++) {
                    expect_gradient(&p, b, h, &expected, &bound);
                }
            }
            bound += rounding_unit * (double)(p.is.n_batch * p.is.n_heads) * (1.0 + fabs(expected));
            for (size_t isa = 0; kernels_at(isa); isa++) {
                check_gradient_of(&p, kernels_at(isa), expected, bound);
            }
            reweighting_problem_end(&p);
        }
    }
}

static const test tests[] = {
    {"every pair agrees on every shape, instruction set and thread count", pairs_agree},
    {"every proximity kernel agrees, as weights and in a regression", proximities_agree},
    {"a bandwidth that is wrong by 0.1 % is refused", wrong_bandwidth_is_refused},
    {"the gradient of the bandwidth agrees", bandwidth_gradients_agree},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
