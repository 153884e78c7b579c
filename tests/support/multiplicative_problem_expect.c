/* What the reference makes of a multiplicative_problem.h, and how far off a float32 result may be. */

#include "tests/support/multiplicative_problem.h"

#include "reference/multiplicative_attention.h"
#include "reference/softmax.h"
#include "tests/support/alignment_mask.h"
#include "tests/support/bounded.h"
#include "tests/support/matrices.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- views ------------------------------------------------------------------------------------- */

static gsl_matrix_view value_of(const pair_case *c, int output, size_t batch)
{
    return twin_matrix(&c->outputs[output].t, batch, 0);
}

static gsl_matrix_view bound_of(const pair_case *c, int output, size_t batch)
{
    const pair_output *o = &c->outputs[output];
    size_t n_rows = o->t.view.n_rows, n_cols = o->t.view.n_cols;
    return gsl_matrix_view_array(o->bounds + batch * n_rows * n_cols, n_rows, n_cols);
}

/* All that belongs to one sequence of x. */
typedef struct {
    gsl_matrix_view x, memory, grad_output, window;
    ref_mask mask;
} sequence;

static void take_sequence(const pair_case *c, size_t b, sequence *r)
{
    const multiplicative_shape *s = c->options;
    r->x = twin_matrix(&c->inputs[IN_X], b, 0);
    r->memory = twin_matrix(&c->inputs[IN_MEMORY], s->is_shared ? 0 : b, 0);
    r->grad_output = twin_matrix(&c->inputs[IN_GRAD_OUTPUT], b, 0);
    r->mask = (ref_mask){.causal = s->is_causal};
    r->mask.key_length = s->has_lengths ? &alignment_lengths(s->n_k)[b] : NULL;
    if (s->has_window) {
        r->window = twin_matrix(&c->inputs[IN_WINDOW], b, 0);
        r->mask.bias = &r->window.matrix;
    }
}

/* ---- bounds ------------------------------------------------------------------------------------ */

static void set_added(const pair_case *c, int output, size_t batch, bounded increment,
                      size_t n_terms)
{
    gsl_matrix_view start = value_of(c, output, batch), bound = bound_of(c, output, batch);
    gsl_matrix_memcpy(&bound.matrix, bounded_accumulate(&start.matrix, increment, n_terms).bound);
}

/* dK += scale dS^T X,  then  dM += P^T dY + dK W,  and what W gets; for "dot", dM += P^T dY + dK. */
static void bound_keys(const pair_case *c, size_t b, const sequence *r, bounded grad_keys,
                       bounded grad_memory, bounded *grad_weight)
{
    const multiplicative_shape *s = c->options;
    if (s->is_dot) {
        set_added(c, OUT_GRAD_MEMORY, b, bounded_sum(grad_memory, grad_keys), 2 * s->n_q);
        return;
    }
    gsl_matrix_view start = value_of(c, OUT_GRAD_KEYS, b),
                    w = twin_matrix(&c->inputs[IN_WEIGHT], 0, 0);
    bounded dk = bounded_accumulate(&start.matrix, grad_keys, s->n_q);
    bounded through =
        bounded_product(1.0, CblasNoTrans, dk, CblasNoTrans, bounded_exact(&w.matrix));
    set_added(c, OUT_GRAD_KEYS, b, grad_keys, s->n_q);
    set_added(c, OUT_GRAD_MEMORY, b, bounded_sum(grad_memory, through), s->n_q + s->d_x);
    *grad_weight = bounded_sum(*grad_weight, bounded_product(1.0, CblasTrans, dk, CblasNoTrans,
                                                             bounded_exact(&r->memory.matrix)));
}

/* The formulas of the header, one after the other. */
static void bound_sequence(const pair_case *c, size_t b, const sequence *r, bounded *grad_weight)
{
    const multiplicative_shape *s = c->options;
    double scale = multiplicative_scale(s);
    bounded x = bounded_exact(&r->x.matrix), memory = bounded_exact(&r->memory.matrix), k = memory;
    bounded dy = bounded_exact(&r->grad_output.matrix);
    if (!s->is_dot) {
        gsl_matrix_view w = twin_matrix(&c->inputs[IN_WEIGHT], 0, 0);
        k = bounded_product(1.0, CblasNoTrans, memory, CblasTrans, bounded_exact(&w.matrix));
        gsl_matrix_view bound = bound_of(c, OUT_KEYS, s->is_shared ? 0 : b);
        gsl_matrix_memcpy(&bound.matrix, k.bound);
    }
    bounded scores = bounded_scores(x, k, REF_DOT, scale, &r->mask);
    bounded lse = bounded_log_sum_exp(scores), y = bounded_attend(scores, memory);
    gsl_matrix_view lse_bound = bound_of(c, OUT_LOG_SUM_EXP, b);
    gsl_matrix_view y_bound = bound_of(c, OUT_OUTPUT, b);
    gsl_matrix_transpose_memcpy(&lse_bound.matrix, lse.bound);
    gsl_matrix_memcpy(&y_bound.matrix, y.bound);

    bounded weights = bounded_weights_again(scores, lse);
    bounded dm = bounded_product(1.0, CblasTrans, weights, CblasNoTrans, dy);
    bounded dp = bounded_product(1.0, CblasNoTrans, dy, CblasTrans, memory);
    bounded ds = bounded_softmax_backward(weights, dp, bounded_row_dot(dy, y));
    bounded dx = bounded_similarity_backward(x, k, REF_DOT, scale, CblasNoTrans, ds);
    bounded dk = bounded_similarity_backward(k, x, REF_DOT, scale, CblasTrans, ds);
    set_added(c, OUT_GRAD_X, b, dx, s->n_k);
    bound_keys(c, b, r, dk, dm, grad_weight);
}

/* ---- values ------------------------------------------------------------------------------------ */

static void expect_sequence(const pair_case *c, size_t b, const sequence *r)
{
    const multiplicative_shape *s = c->options;
    gsl_matrix_view made = value_of(c, OUT_KEYS, s->is_shared || s->is_dot ? 0 : b);
    gsl_matrix_view y = value_of(c, OUT_OUTPUT, b), dx = value_of(c, OUT_GRAD_X, b);
    gsl_matrix_view dm = value_of(c, OUT_GRAD_MEMORY, b), lse = value_of(c, OUT_LOG_SUM_EXP, b);
    gsl_matrix_view made_dk = value_of(c, OUT_GRAD_KEYS, s->is_dot ? 0 : b);
    gsl_matrix_view w = twin_matrix(&c->inputs[IN_WEIGHT], 0, 0);
    gsl_matrix_view dw = value_of(c, OUT_GRAD_WEIGHT, 0);
    const gsl_matrix *x = &r->x.matrix, *memory = &r->memory.matrix;
    const gsl_matrix *k = s->is_dot ? memory : &made.matrix;
    gsl_matrix *dk = s->is_dot ? &dm.matrix : &made_dk.matrix,
               *weights = new_matrix(s->n_q, s->n_k);
    double scale = multiplicative_scale(s);
    if (!s->is_dot) {
        CHECK_STATUS(ref_multiplicative_keys_forward(memory, &w.matrix, &made.matrix), GSL_SUCCESS,
                     "the keys of the reference");
    }
    int status =
        ref_multiplicative_attention_forward(x, k, memory, scale, &r->mask, weights, &y.matrix);
    CHECK_STATUS(status, GSL_SUCCESS, "the reference, forward");
    status = ref_multiplicative_attention_backward(x, k, memory, scale, &r->mask, weights,
                                                   &y.matrix, &r->grad_output.matrix, &dx.matrix,
                                                   dk, &dm.matrix, copy_of(weights));
    CHECK_STATUS(status, GSL_SUCCESS, "the reference, backward");
    if (!s->is_dot) {
        CHECK_STATUS(
            ref_multiplicative_keys_backward(memory, &w.matrix, dk, &dm.matrix, &dw.matrix),
            GSL_SUCCESS, "the keys of the reference, backward");
    }
    gsl_matrix *scores = new_matrix(s->n_q, s->n_k);
    gsl_vector_view row = gsl_matrix_row(&lse.matrix, 0);
    ref_attention_scores(x, k, REF_DOT, scale, &r->mask, scores);
    ref_log_sum_exp(scores, &row.vector);
}

void multiplicative_expect(pair_case *c)
{
    const multiplicative_shape *s = c->options;
    bounded grad_weight = bounded_new(s->d_x, s->d_memory);
    sequence r[MAX_SOURCES];
    for (size_t b = 0; b < s->n_batch; b++) {
        take_sequence(c, b, &r[b]);
        bound_sequence(c, b, &r[b], &grad_weight); /* before the gradients are added to */
    }
    if (!s->is_dot) {
        set_added(c, OUT_GRAD_WEIGHT, 0, grad_weight, s->n_batch * s->n_k);
    }
    for (size_t b = 0; b < s->n_batch; b++) {
        expect_sequence(c, b, &r[b]);
    }
}
