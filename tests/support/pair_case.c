#include "tests/support/pair_case.h"

#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <stdlib.h>
#include <string.h>

/* ---- tensors ----------------------------------------------------------------------------------- */

static twin new_twin(row_layout rows, size_t n_cols, double sigma)
{
    twin t = twin_alloc(rows.n_batch, rows.n_heads, rows.n_rows, n_cols, rows.layout);
    if (sigma > 0.0) {
        twin_fill(&t, suite_rng(), sigma);
    }
    return t;
}

twin *pair_input(pair_case *c, row_layout rows, size_t n_cols, double sigma)
{
    c->inputs[c->n_inputs] = new_twin(rows, n_cols, sigma);
    return &c->inputs[c->n_inputs++];
}

twin *pair_parameter(pair_case *c, size_t n_rows, size_t n_cols, double sigma)
{
    return pair_input(c, (row_layout){1, 1, n_rows, TWIN_SPLIT}, n_cols, sigma);
}

pair_output *pair_output_rows(pair_case *c, const char *name, row_layout rows, size_t n_cols,
                              double sigma)
{
    pair_output *output = &c->outputs[c->n_outputs++];
    *output = (pair_output){.name = name, .t = new_twin(rows, n_cols, sigma)};
    output->bounds = calloc(output->t.n_doubles, sizeof *output->bounds);
    output->kept = calloc(output->t.n_floats, sizeof *output->kept);
    return output;
}

pair_output *pair_output_parameter(pair_case *c, const char *name, size_t n_rows, size_t n_cols,
                                   double sigma)
{
    return pair_output_rows(c, name, (row_layout){1, 1, n_rows, TWIN_SPLIT}, n_cols, sigma);
}

pair_output *pair_output_numbers(pair_case *c, const char *name, row_layout rows)
{
    size_t n = rows.n_rows;
    rows.n_rows = 1;
    return pair_output_rows(c, name, rows, n, 0.0);
}

void pair_free(pair_case *c)
{
    for (size_t n = 0; n < c->n_inputs; n++) {
        twin_free(&c->inputs[n]);
    }
    for (size_t n = 0; n < c->n_outputs; n++) {
        twin_free(&c->outputs[n].t);
        free(c->outputs[n].bounds);
        free(c->outputs[n].kept);
    }
    *c = (pair_case){0};
}

/* ---- what is expected -------------------------------------------------------------------------- */

gsl_matrix_view pair_tall(const twin *t)
{
    return gsl_matrix_view_array(t->wide, t->n_doubles / t->view.n_cols, t->view.n_cols);
}

gsl_matrix_view pair_column(const twin *t)
{
    return gsl_matrix_view_array(t->wide, t->n_doubles, 1);
}

gsl_matrix *pair_start(const pair_output *output)
{
    twin t = output->t;
    size_t n_rows = t.view.n_rows;
    gsl_matrix *start = new_matrix(t.n_doubles / t.view.n_cols, t.view.n_cols);
    t.floats = t.view.data = t.pristine;
    for (size_t b = 0; b < t.view.n_batch; b++) {
        for (size_t h = 0; h < t.view.n_heads; h++) {
            gsl_matrix_view part = gsl_matrix_submatrix(start, (b * t.view.n_heads + h) * n_rows, 0,
                                                        n_rows, t.view.n_cols);
            twin_widen(&t, b, h, &part.matrix);
        }
    }
    return start;
}

void pair_expect(pair_output *output, bounded expected)
{
    for (size_t i = 0; i < output->t.n_doubles; i++) {
        size_t row = i / expected.value->size2, col = i % expected.value->size2;
        output->t.wide[i] = gsl_matrix_get(expected.value, row, col);
        output->bounds[i] = gsl_matrix_get(expected.bound, row, col);
    }
}

void pair_expect_added(pair_output *output, bounded increment, size_t n_terms)
{
    gsl_matrix_view start = pair_tall(&output->t);
    pair_expect(output, bounded_accumulate(&start.matrix, increment, n_terms));
}

/* ---- running ----------------------------------------------------------------------------------- */

static void run_once(pair_case *c, const fast_kernels *kernels, int n_threads)
{
    fast_context ask = {kernels, n_threads, NULL};
    guarded_context *guarded = guarded_alloc(kernels, n_threads, c->size ? c->size(c, &ask) : 0);
    for (size_t n = 0; n < c->n_outputs; n++) {
        twin_restore(&c->outputs[n].t);
    }
    CHECK_STATUS(c->run(c, &guarded->context), GSL_SUCCESS, c->catches);
    CHECK(guarded_is_intact(guarded), "%s: the workspace was overrun, or not given back",
          c->catches);
    for (size_t n = 0; n < c->n_inputs; n++) {
        CHECK(twin_is_unchanged(&c->inputs[n]), "%s: input %zu was changed", c->catches, n);
    }
    for (size_t n = 0; n < c->n_outputs; n++) {
        CHECK(twin_gaps_are_intact(&c->outputs[n].t), "%s: something was written between rows",
              c->catches);
    }
    guarded_free(guarded);
}

static agreement compare(const pair_output *output)
{
    agreement result = {0};
    const fast_view *view = &output->t.view;
    for (size_t b = 0; b < view->n_batch; b++) {
        for (size_t h = 0; h < view->n_heads; h++) {
            size_t index = (b * view->n_heads + h) * view->n_rows * view->n_cols;
            gsl_matrix_view expected = twin_matrix(&output->t, b, h);
            gsl_matrix_view bound =
                gsl_matrix_view_array(output->bounds + index, view->n_rows, view->n_cols);
            agreement_add(&result, view, b, h, &expected.matrix, &bound.matrix);
        }
    }
    return result;
}

/* The same bits as in the run before, which was with fewer threads. */
static void check_bits(pair_case *c, bool is_first, const circumstances *where)
{
    for (size_t n = 0; n < c->n_outputs; n++) {
        pair_output *output = &c->outputs[n];
        size_t n_bytes = output->t.n_floats * sizeof(float);
        CHECK(is_first || memcmp(output->kept, output->t.floats, n_bytes) == 0,
              "%s, %s: other bits of %s on %d threads", where->catches, where->isa, output->name,
              where->n_threads);
        memcpy(output->kept, output->t.floats, n_bytes);
    }
    for (size_t n = 0; n < c->n_numbers; n++) {
        pair_number *x = &c->numbers[n];
        CHECK(is_first || x->kept == x->actual, "%s, %s: another %s on %d threads", where->catches,
              where->isa, x->name, where->n_threads);
        x->kept = x->actual;
    }
}

static agreement compare_number(const pair_number *x)
{
    agreement result = {0};
    agreement_add_entry(&result, x->actual, x->expected, x->bound);
    return result;
}

void check_pair(pair_case *c)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
            circumstances where = {c->catches, c->variant, kernels_at(isa)->name, n_threads};
            run_once(c, kernels_at(isa), n_threads);
            for (size_t n = 0; n < c->n_outputs; n++) {
                agreement a = compare(&c->outputs[n]);
                check_agreement(&a, c->outputs[n].name, &where);
            }
            for (size_t n = 0; n < c->n_numbers; n++) {
                agreement a = compare_number(&c->numbers[n]);
                check_agreement(&a, c->numbers[n].name, &where);
            }
            check_bits(c, n_threads == 1, &where);
        }
    }
}

double pair_ratio(pair_case *c)
{
    double worst = 0.0;
    run_once(c, kernels_at(0), 1);
    for (size_t n = 0; n < c->n_outputs; n++) {
        worst = GSL_MAX(worst, compare(&c->outputs[n]).ratio);
    }
    for (size_t n = 0; n < c->n_numbers; n++) {
        worst = GSL_MAX(worst, compare_number(&c->numbers[n]).ratio);
    }
    return worst;
}
