#include "tests/support/reweighting_problem.h"

#include "optimized/reweighting.h"
#include "tests/support/bounded.h"
#include "tests/support/matrices.h"
#include "tests/support/suite.h"
#include <math.h>

const char *const proximity_names[N_PROXIMITIES] = {"Gaussian",     "boxcar",      "triangular",
                                                    "Epanechnikov", "exponential", "inverse"};

static twin make_like(const reweighting_problem *p, size_t n_rows, size_t n_cols)
{
    return twin_alloc(p->is.n_batch, p->is.n_heads, n_rows, n_cols, p->is.layout);
}

reweighting_problem reweighting_problem_draw(const reweighting_shape *is, ref_proximity proximity)
{
    reweighting_problem p = {.is = *is, .proximity = proximity, .bandwidth = 1.25f};
    p.scores = make_like(&p, is->n_q, is->n_k);
    p.values = make_like(&p, is->n_k, is->d_v);
    p.queries = make_like(&p, 1, is->n_q);
    p.keys = make_like(&p, 1, is->n_k);
    p.upstream = make_like(&p, is->n_q, is->d_v);
    twin *all[] = {&p.scores, &p.values, &p.queries, &p.keys, &p.upstream};
    for (size_t t = 0; t < 5; t++) {
        twin_fill(all[t], suite_rng(), 1.0);
    }
    return p;
}

void reweighting_problem_end(reweighting_problem *p)
{
    twin_free(&p->scores), twin_free(&p->values), twin_free(&p->queries);
    twin_free(&p->keys), twin_free(&p->upstream);
    for (int o = 0; o < p->n_outputs; o++) {
        twin_free(&p->outputs[o]);
    }
}

static void one_output(reweighting_problem *p, size_t n_rows, size_t n_cols)
{
    p->outputs[p->n_outputs++] = make_like(p, n_rows, n_cols);
}

static void add(reweighting_problem *p, int o, size_t b, size_t h, const gsl_matrix *expected,
                bounded value)
{
    agreement_add(&p->agreements[o], &p->outputs[o].view, b, h, expected, value.bound);
}

/* ---- weighted sums --------------------------------------------------------------------------- */

static void reweight_outputs(reweighting_problem *p)
{
    one_output(p, p->is.n_q, p->is.d_v);
}

static size_t reweight_size(const reweighting_problem *p, const fast_context *ask)
{
    return fast_reweight_size(&p->scores.view, &p->values.view, ask);
}

static int reweight_run(reweighting_problem *p, fast_context *context)
{
    return fast_reweight(&p->scores.view, &p->values.view, &p->outputs[0].view, context);
}

static void reweight_compare(reweighting_problem *p, size_t b, size_t h)
{
    gsl_matrix_view w = twin_matrix(&p->scores, b, h), v = twin_matrix(&p->values, b, h);
    gsl_matrix *y = new_matrix(p->is.n_q, p->is.d_v);
    ref_reweight(&w.matrix, &v.matrix, y);
    add(p, 0, b, h, y,
        bounded_product(1.0, CblasNoTrans, bounded_exact(&w.matrix), CblasNoTrans,
                        bounded_exact(&v.matrix)));
}

/* ---- dividing by the sum --------------------------------------------------------------------- */

/* Positive scores, and one row in four of zeros only. */
static void divide_outputs(reweighting_problem *p)
{
    one_output(p, p->is.n_q, p->is.n_k);
    for (size_t i = 0; i < p->scores.n_doubles; i++) {
        size_t row = i / p->is.n_k;
        p->scores.wide[i] = row % 4 == 3 ? 0.0 : fabs(p->scores.wide[i]) + 0.125;
    }
    twin_round(&p->scores);
}

static size_t no_size(const reweighting_problem *p, const fast_context *ask)
{
    (void)p, (void)ask;
    return 0;
}

static int divide_run(reweighting_problem *p, fast_context *context)
{
    return fast_divide_by_sum(&p->scores.view, &p->outputs[0].view, context);
}

static void divide_compare(reweighting_problem *p, size_t b, size_t h)
{
    gsl_matrix_view s = twin_matrix(&p->scores, b, h);
    gsl_matrix *w = new_matrix(p->is.n_q, p->is.n_k);
    ref_divide_by_sum(&s.matrix, w);
    bounded scores = bounded_exact(&s.matrix);
    add(p, 0, b, h, w, bounded_divide_rows(scores, bounded_row_sums(scores)));
}

/* ---- proximity and regression ---------------------------------------------------------------- */

static void proximity_outputs(reweighting_problem *p)
{
    one_output(p, p->is.n_q, p->is.n_k);
}

static int proximity_run(reweighting_problem *p, fast_context *context)
{
    return fast_proximity_weights(&p->queries.view, &p->keys.view, (fast_proximity)p->proximity,
                                  p->bandwidth, &p->outputs[0].view, context);
}

/* Queries and keys of one batch and head, as vectors. */
gsl_vector_view reweighting_line(const twin *t, size_t b, size_t h)
{
    gsl_matrix_view row = twin_matrix(t, b, h);
    return gsl_matrix_row(&row.matrix, 0);
}

static void proximity_compare(reweighting_problem *p, size_t b, size_t h)
{
    gsl_vector_view q = reweighting_line(&p->queries, b, h), k = reweighting_line(&p->keys, b, h);
    gsl_matrix *w = new_matrix(p->is.n_q, p->is.n_k);
    ref_proximity_weights(&q.vector, &k.vector, p->proximity, p->bandwidth, w);
    add(p, 0, b, h, w, bounded_proximity(&q.vector, &k.vector, p->proximity, p->bandwidth));
}

static void regression_outputs(reweighting_problem *p)
{
    one_output(p, 1, p->is.n_q); /* the cache: row sums */
    one_output(p, p->is.n_q, p->is.d_v);
}

static size_t regression_size(const reweighting_problem *p, const fast_context *ask)
{
    return fast_kernel_regression_forward_size(&p->queries.view, &p->values.view, ask);
}

static int regression_run(reweighting_problem *p, fast_context *context)
{
    return fast_kernel_regression_forward(&p->queries.view, &p->keys.view, &p->values.view,
                                          (fast_proximity)p->proximity, p->bandwidth,
                                          &p->outputs[0].view, &p->outputs[1].view, context);
}

static void regression_compare(reweighting_problem *p, size_t b, size_t h)
{
    gsl_vector_view q = reweighting_line(&p->queries, b, h), k = reweighting_line(&p->keys, b, h);
    gsl_matrix_view v = twin_matrix(&p->values, b, h);
    gsl_matrix *weights = new_matrix(p->is.n_q, p->is.n_k), *y = new_matrix(p->is.n_q, p->is.d_v);
    gsl_matrix *sums = new_matrix(1, p->is.n_q), *e_sums = new_matrix(1, p->is.n_q);
    ref_kernel_regression_forward(&q.vector, &k.vector, &v.matrix, p->proximity, p->bandwidth,
                                  weights, y);
    bounded near = bounded_proximity(&q.vector, &k.vector, p->proximity, p->bandwidth);
    bounded total = bounded_row_sums(near);
    bounded mixed =
        bounded_product(1.0, CblasNoTrans, near, CblasNoTrans, bounded_exact(&v.matrix));
    gsl_matrix_transpose_memcpy(sums, total.value);
    gsl_matrix_transpose_memcpy(e_sums, total.bound);
    agreement_add(&p->agreements[0], &p->outputs[0].view, b, h, sums, e_sums);
    add(p, 1, b, h, y, bounded_divide_rows(mixed, total));
}

/* ---- dot products ---------------------------------------------------------------------------- */

static void dots_outputs(reweighting_problem *p)
{
    one_output(p, p->is.n_q, p->is.n_q);
}

static size_t dots_size(const reweighting_problem *p, const fast_context *ask)
{
    return fast_dot_weights_size(&p->upstream.view, ask);
}

static int dots_run(reweighting_problem *p, fast_context *context)
{
    return fast_dot_weights(&p->upstream.view, &p->outputs[0].view, context);
}

static void dots_compare(reweighting_problem *p, size_t b, size_t h)
{
    gsl_matrix_view x = twin_matrix(&p->upstream, b, h);
    gsl_matrix *w = new_matrix(p->is.n_q, p->is.n_q);
    bounded exact = bounded_exact(&x.matrix);
    ref_dot_weights(&x.matrix, w);
    add(p, 0, b, h, w, bounded_product(1.0, CblasNoTrans, exact, CblasTrans, exact));
}

static void fused_outputs(reweighting_problem *p)
{
    one_output(p, p->is.n_q, p->is.d_v);
}

static size_t fused_size(const reweighting_problem *p, const fast_context *ask)
{
    return fast_dot_reweighting_size(&p->upstream.view, ask);
}

static int fused_run(reweighting_problem *p, fast_context *context)
{
    return fast_dot_reweighting(&p->upstream.view, &p->outputs[0].view, context);
}

static void fused_compare(reweighting_problem *p, size_t b, size_t h)
{
    gsl_matrix_view x = twin_matrix(&p->upstream, b, h);
    gsl_matrix *w = new_matrix(p->is.n_q, p->is.n_q), *y = new_matrix(p->is.n_q, p->is.d_v);
    bounded exact = bounded_exact(&x.matrix);
    ref_dot_reweighting(&x.matrix, w, y);
    bounded weights = bounded_product(1.0, CblasNoTrans, exact, CblasTrans, exact);
    add(p, 0, b, h, y, bounded_product(1.0, CblasNoTrans, weights, CblasNoTrans, exact));
}

static void moved_outputs(reweighting_problem *p)
{
    one_output(p, p->is.d_v, p->is.d_v);
    one_output(p, p->is.n_q, p->is.d_v);
}

static size_t moved_size(const reweighting_problem *p, const fast_context *ask)
{
    return fast_dot_reweighting_reassociated_size(&p->upstream.view, ask);
}

static int moved_run(reweighting_problem *p, fast_context *context)
{
    return fast_dot_reweighting_reassociated(&p->upstream.view, &p->outputs[0].view,
                                             &p->outputs[1].view, context);
}

static void moved_compare(reweighting_problem *p, size_t b, size_t h)
{
    gsl_matrix_view x = twin_matrix(&p->upstream, b, h);
    gsl_matrix *gram = new_matrix(p->is.d_v, p->is.d_v), *y = new_matrix(p->is.n_q, p->is.d_v);
    bounded exact = bounded_exact(&x.matrix);
    ref_dot_reweighting_reassociated(&x.matrix, gram, y);
    bounded products = bounded_product(1.0, CblasTrans, exact, CblasNoTrans, exact);
    add(p, 0, b, h, gram, products);
    add(p, 1, b, h, y, bounded_product(1.0, CblasNoTrans, exact, CblasNoTrans, products));
}

const reweighting_pair reweighting_pairs[N_REWEIGHTING_PAIRS] = {
    {"weighted sum", reweight_outputs, reweight_size, reweight_run, reweight_compare},
    {"division by the sum", divide_outputs, no_size, divide_run, divide_compare},
    {"proximity weights", proximity_outputs, no_size, proximity_run, proximity_compare},
    {"kernel regression", regression_outputs, regression_size, regression_run, regression_compare},
    {"dot weights", dots_outputs, dots_size, dots_run, dots_compare},
    {"(X X^T) X", fused_outputs, fused_size, fused_run, fused_compare},
    {"X (X^T X)", moved_outputs, moved_size, moved_run, moved_compare},
};
