#include "tests/support/recurrent_problem.h"

#include "optimized/recurrent_cell.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/bounded_recurrent.h"
#include "tests/support/matrices.h"
#include <gsl/gsl_math.h>
#include <math.h>

static const char *const cells[] = {"Elman", "GRU", "LSTM"};

enum { X, WEIGHT_X, BIAS_X, WEIGHT_H, BIAS_H, H_0, C_0, GRAD_OUTPUT, GRAD_H, GRAD_C };
enum {
    OUTPUT,
    GATES,
    INNER,
    FINAL_H,
    FINAL_C,
    GRAD_X,
    GRAD_WEIGHT_X,
    GRAD_BIAS_X,
    GRAD_WEIGHT_H,
    GRAD_BIAS_H,
    GRAD_INITIAL_H,
    GRAD_INITIAL_C
};

/* ---- the optimized twin ---------------------------------------------------------------------- */

/* Sequence by sequence, as the functions take them, from a tensor that may be stored by token. */
static fast_view sequences(const recurrent_options *o, const twin *t)
{
    fast_view view = t->view;
    if (o->shape->is_by_token) {
        view.n_batch = t->view.n_rows;
        view.n_rows = t->view.n_batch;
        view.batch_stride = t->view.row_stride;
        view.row_stride = t->view.batch_stride;
    }
    return view;
}

static fast_recurrent_walk walk_of(const recurrent_options *o)
{
    const recurrent_shape *s = o->shape;
    return (fast_recurrent_walk){(fast_cell)o->cell, s->is_reversed,
                                 s->lengths[0] > 0 ? s->lengths : NULL};
}

static fast_recurrent_cell cell_of(const twin *w, const twin *b, const twin *u, const twin *b_h)
{
    return (fast_recurrent_cell){w->view, b->view, u->view, b_h->view};
}

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    const recurrent_options *o = c->options;
    const twin *in = c->inputs;
    fast_view x = sequences(o, &in[X]);
    fast_recurrent_walk walk = walk_of(o);
    fast_recurrent_cell p = cell_of(&in[WEIGHT_X], &in[BIAS_X], &in[WEIGHT_H], &in[BIAS_H]);
    return GSL_MAX(fast_recurrent_forward_size(&x, &p, &walk, context),
                   fast_recurrent_backward_size(&x, &p, &walk, context));
}

static int run(pair_case *c, fast_context *context)
{
    const recurrent_options *o = c->options;
    const twin *in = c->inputs;
    const pair_output *out = c->outputs;
    fast_recurrent_walk walk = walk_of(o);
    fast_recurrent_cell p = cell_of(&in[WEIGHT_X], &in[BIAS_X], &in[WEIGHT_H], &in[BIAS_H]);
    fast_recurrent_cell grad = cell_of(&out[GRAD_WEIGHT_X].t, &out[GRAD_BIAS_X].t,
                                       &out[GRAD_WEIGHT_H].t, &out[GRAD_BIAS_H].t);
    fast_recurrent_state initial = {in[H_0].view, in[C_0].view};
    fast_recurrent_state final = {out[FINAL_H].t.view, out[FINAL_C].t.view};
    fast_recurrent_state grad_final = {in[GRAD_H].view, in[GRAD_C].view};
    fast_recurrent_state grad_initial = {out[GRAD_INITIAL_H].t.view, out[GRAD_INITIAL_C].t.view};
    fast_recurrent_cache cache = {sequences(o, &out[GATES].t), sequences(o, &out[INNER].t)};
    fast_view x = sequences(o, &in[X]), y = sequences(o, &out[OUTPUT].t);
    fast_view dy = sequences(o, &in[GRAD_OUTPUT]), dx = sequences(o, &out[GRAD_X].t);
    const fast_recurrent_state *start = o->shape->has_initial ? &initial : NULL;
    int status = fast_recurrent_forward(&x, start, &p, &walk, &cache, &final, &y, context);
    return status ? status
                  : fast_recurrent_backward(&x, start, &p, &walk, &cache, &y, &dy, &grad_final, &dx,
                                            &grad_initial, &grad, context);
}

/* ---- what is expected ------------------------------------------------------------------------ */

/* The row of token t of sequence b. */
static size_t row_of(const recurrent_shape *s, size_t b, size_t t)
{
    return s->is_by_token ? t * s->n_batch + b : b * s->n + t;
}

/* All tokens of the double side, sequence by sequence. */
static gsl_matrix *sequence_rows(const recurrent_shape *s, const twin *t)
{
    gsl_matrix_view tall = pair_tall(t);
    gsl_matrix *rows = new_matrix(tall.matrix.size1, tall.matrix.size2);
    for (size_t b = 0; b < s->n_batch; b++) {
        for (size_t i = 0; i < s->n; i++) {
            gsl_vector_view row = gsl_matrix_row(&tall.matrix, row_of(s, b, i));
            gsl_matrix_set_row(rows, b * s->n + i, &row.vector);
        }
    }
    return rows;
}

/* The reverse: rows in the order in which the tensor is stored. */
static bounded stored_rows(const recurrent_shape *s, bounded a)
{
    bounded rows = bounded_new(a.value->size1, a.value->size2);
    for (size_t b = 0; b < s->n_batch; b++) {
        for (size_t i = 0; i < s->n; i++) {
            gsl_vector_view value = gsl_matrix_row(a.value, b * s->n + i);
            gsl_vector_view bound = gsl_matrix_row(a.bound, b * s->n + i);
            gsl_matrix_set_row(rows.value, row_of(s, b, i), &value.vector);
            gsl_matrix_set_row(rows.bound, row_of(s, b, i), &bound.vector);
        }
    }
    return rows;
}

static gsl_matrix *tall_copy(const twin *t)
{
    gsl_matrix_view tall = pair_tall(t);
    return copy_of(&tall.matrix);
}

static bounded exact_state(const twin *t)
{
    return bounded_exact(tall_copy(t));
}

static recurrent_problem problem_of(const pair_case *c, const recurrent_options *o)
{
    const recurrent_shape *s = o->shape;
    const twin *in = c->inputs;
    return (recurrent_problem){.cell = o->cell,
                               .is_reversed = s->is_reversed,
                               .lengths = s->lengths[0] > 0 ? s->lengths : NULL,
                               .n_batch = s->n_batch,
                               .n = s->n,
                               .n_hidden = s->n_hidden,
                               .x = bounded_exact(sequence_rows(s, &in[X])),
                               .initial_h = s->has_initial ? exact_state(&in[H_0]) : (bounded){0},
                               .initial_c = s->has_initial ? exact_state(&in[C_0]) : (bounded){0},
                               .weight_x = tall_copy(&in[WEIGHT_X]),
                               .bias_x = tall_copy(&in[BIAS_X]),
                               .weight_h = tall_copy(&in[WEIGHT_H]),
                               .bias_h = tall_copy(&in[BIAS_H]),
                               .grad_output = bounded_exact(sequence_rows(s, &in[GRAD_OUTPUT])),
                               .grad_final_h = exact_state(&in[GRAD_H]),
                               .grad_final_c = exact_state(&in[GRAD_C])};
}

static void expect_gradients(pair_case *c, const recurrent_shape *s, const recurrent_problem *p,
                             bounded_recurrent y)
{
    size_t n_rows = s->n_batch * s->n;
    bounded x = p->x, w = bounded_exact(p->weight_x);
    bounded dx = bounded_product(1.0, CblasNoTrans, y.grad_a, CblasTrans, w);
    pair_expect_added(&c->outputs[GRAD_X], stored_rows(s, dx), w.value->size2);
    pair_expect_added(&c->outputs[GRAD_WEIGHT_X],
                      bounded_product(1.0, CblasTrans, x, CblasNoTrans, y.grad_a), n_rows);
    pair_expect_added(&c->outputs[GRAD_BIAS_X], bounded_column_sums(y.grad_a), n_rows);
    pair_expect_added(&c->outputs[GRAD_WEIGHT_H],
                      bounded_product(1.0, CblasTrans, y.states, CblasNoTrans, y.grad_u), n_rows);
    pair_expect_added(&c->outputs[GRAD_BIAS_H], bounded_column_sums(y.grad_u), n_rows);
    pair_expect_added(&c->outputs[GRAD_INITIAL_H], y.grad_initial_h, 1);
    if (p->cell == REF_LSTM) {
        pair_expect_added(&c->outputs[GRAD_INITIAL_C], y.grad_initial_c, 1);
    }
}

void recurrent_expect(pair_case *c, const recurrent_options *o)
{
    const recurrent_shape *s = o->shape;
    recurrent_problem p = problem_of(c, o);
    bounded_recurrent y = bounded_recurrent_forward(&p);
    bounded_recurrent_backward(&p, &y);
    pair_expect(&c->outputs[OUTPUT], stored_rows(s, y.output));
    pair_expect(&c->outputs[GATES], stored_rows(s, y.gates));
    pair_expect(&c->outputs[FINAL_H], y.final_h);
    if (o->cell != REF_ELMAN) {
        pair_expect(&c->outputs[INNER], stored_rows(s, y.inner));
    }
    if (o->cell == REF_LSTM) {
        pair_expect(&c->outputs[FINAL_C], y.final_c);
    }
    expect_gradients(c, s, &p, y);
    free_matrices();
}

/* ---- cases ----------------------------------------------------------------------------------- */

/* Whatever stands in padding must not count. */
static void poison_padding(const recurrent_options *o, twin *t)
{
    fast_view view = sequences(o, t);
    for (size_t b = 0; o->shape->lengths[0] > 0 && b < o->shape->n_batch; b++) {
        for (size_t i = o->shape->lengths[b]; i < o->shape->n; i++) {
            for (size_t col = 0; col < view.n_cols; col++) {
                fast_view_at(&view, b, 0)[i * view.row_stride + col] = NAN;
            }
        }
    }
    twin_seal(t);
}

pair_case recurrent_problem_case(const recurrent_options *o)
{
    const recurrent_shape *s = o->shape;
    pair_case c = {.catches = s->catches, .variant = cells[o->cell], .options = o};
    row_layout tokens = {s->n_batch, 1, s->n, s->layout}, states = {s->n_batch, 1, 1, s->layout};
    if (s->is_by_token) {
        tokens.n_batch = s->n;
        tokens.n_rows = s->n_batch;
    }
    size_t h = s->n_hidden, columns = n_gates_of(o->cell) * h;
    double sigma = 1.0 / sqrt((double)h);
    c.size = workspace_size;
    c.run = run;
    pair_input(&c, tokens, s->n_in, 1.0);
    pair_parameter(&c, s->n_in, columns, 1.0 / sqrt((double)s->n_in));
    pair_parameter(&c, 1, columns, 0.5);
    pair_parameter(&c, h, columns, sigma);
    pair_parameter(&c, 1, columns, 0.5);
    pair_input(&c, states, h, 0.5);
    pair_input(&c, states, h, 1.0);
    pair_input(&c, tokens, h, 1.0);
    pair_input(&c, states, h, 1.0);
    pair_input(&c, states, h, 1.0);
    pair_output_rows(&c, "output", tokens, h, 0.0);
    pair_output_rows(&c, "gates", tokens, columns, 0.0);
    pair_output_rows(&c, "inner", tokens, h, o->cell == REF_ELMAN ? 1.0 : 0.0);
    pair_output_rows(&c, "final h", states, h, 0.0);
    pair_output_rows(&c, "final c", states, h, o->cell == REF_LSTM ? 0.0 : 1.0); /* untouched */
    pair_output_rows(&c, "grad_x", tokens, s->n_in, 1.0);
    pair_output_parameter(&c, "grad weight_x", s->n_in, columns, 1.0);
    pair_output_parameter(&c, "grad bias_x", 1, columns, 1.0);
    pair_output_parameter(&c, "grad weight_h", h, columns, 1.0);
    pair_output_parameter(&c, "grad bias_h", 1, columns, 1.0);
    pair_output_rows(&c, "grad initial h", states, h, 1.0);
    pair_output_rows(&c, "grad initial c", states, h, 1.0);
    recurrent_expect(&c, o);
    poison_padding(o, &c.inputs[X]);
    poison_padding(o, &c.inputs[GRAD_OUTPUT]);
    return c;
}
