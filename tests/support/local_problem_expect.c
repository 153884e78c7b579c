/* What the reference makes of a local_problem.h, and how far off a float32 result may be. */

#include "tests/support/local_problem.h"

#include "reference/local_attention.h"
#include "tests/support/alignment_mask.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/bounded_local.h"
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

/* All that belongs to one sequence of x, and the parameters. */
typedef struct {
    gsl_matrix_view x, keys, memory, grad_output, weight, v;
    const size_t *length;
    size_t n;
} sequence;

static sequence sequence_of(const pair_case *c, size_t b)
{
    const local_shape *s = c->options;
    const size_t *length = s->has_lengths ? &alignment_lengths(s->n_k)[b] : NULL;
    return (sequence){twin_matrix(&c->inputs[IN_X], b, 0),
                      twin_matrix(&c->inputs[s->is_dot ? IN_MEMORY : IN_KEYS], b, 0),
                      twin_matrix(&c->inputs[IN_MEMORY], b, 0),
                      twin_matrix(&c->inputs[IN_GRAD_OUTPUT], b, 0),
                      twin_matrix(&c->inputs[IN_WEIGHT], 0, 0),
                      twin_matrix(&c->inputs[IN_V], 0, 0),
                      length,
                      length ? *length : s->n_k};
}

/* ---- bounds ------------------------------------------------------------------------------------ */

/* What the passes hand on, and what is summed over all sequences. */
typedef struct {
    bounded hidden, positions, scores, lse, bells, output;
} forward;

typedef struct {
    bounded weight, v;
} sums;

static void set_added(const pair_case *c, int output, size_t batch, bounded increment,
                      size_t n_terms)
{
    gsl_matrix_view start = value_of(c, output, batch), bound = bound_of(c, output, batch);
    gsl_matrix_memcpy(&bound.matrix, bounded_accumulate(&start.matrix, increment, n_terms).bound);
}

/* The formulas of the header's forward pass, one after the other. */
static forward bound_forward(const local_shape *s, const sequence *r)
{
    double reach = (double)s->window;
    bounded x = bounded_exact(&r->x.matrix), v = bounded_exact(&r->v.matrix);
    forward f;
    f.hidden = bounded_tanh(bounded_projection(x, bounded_exact(&r->weight.matrix), NULL));
    f.positions = bounded_positions(bounded_product(1.0, CblasNoTrans, f.hidden, CblasTrans, v),
                                    (double)r->n);
    f.scores = bounded_product(local_scale(s), CblasNoTrans, x, CblasTrans,
                               bounded_exact(&r->keys.matrix));
    bounded_window(f.scores, f.positions, reach, r->n);
    f.lse = bounded_log_sum_exp(f.scores);
    f.bells = bounded_bells(f.positions, reach / 2.0, s->n_k);
    f.output = bounded_product(1.0, CblasNoTrans, bounded_times(bounded_softmax(f.scores), f.bells),
                               CblasNoTrans, bounded_exact(&r->memory.matrix));
    return f;
}

static void keep_forward(const pair_case *c, size_t b, const forward *f)
{
    gsl_matrix_view positions = bound_of(c, OUT_POSITIONS, b);
    gsl_matrix_view lse = bound_of(c, OUT_LOG_SUM_EXP, b);
    gsl_matrix_view hidden = bound_of(c, OUT_HIDDEN, b), output = bound_of(c, OUT_OUTPUT, b);
    gsl_matrix_transpose_memcpy(&positions.matrix, f->positions.bound);
    gsl_matrix_transpose_memcpy(&lse.matrix, f->lse.bound);
    gsl_matrix_memcpy(&hidden.matrix, f->hidden.bound);
    gsl_matrix_memcpy(&output.matrix, f->output.bound);
}

/* And those of its backward pass. */
static void bound_backward(const pair_case *c, size_t b, const sequence *r, const forward *f,
                           sums *all)
{
    const local_shape *s = c->options;
    double scale = local_scale(s), sigma = (double)s->window / 2.0;
    bounded x = bounded_exact(&r->x.matrix), keys = bounded_exact(&r->keys.matrix);
    bounded memory = bounded_exact(&r->memory.matrix), weight = bounded_exact(&r->weight.matrix);
    bounded v = bounded_exact(&r->v.matrix), dy = bounded_exact(&r->grad_output.matrix);

    bounded shares = bounded_weights_again(f->scores, f->lse);
    bounded weights = bounded_times(shares, f->bells);
    bounded dm = bounded_product(1.0, CblasTrans, weights, CblasNoTrans, dy);
    bounded da = bounded_product(1.0, CblasNoTrans, dy, CblasTrans, memory);
    bounded dp = bounded_times(da, f->bells);
    bounded ds = bounded_softmax_backward(shares, dp, bounded_row_dot(dy, f->output));
    bounded dk = bounded_product(scale, CblasTrans, ds, CblasNoTrans, x);
    bounded dx = bounded_product(scale, CblasNoTrans, ds, CblasNoTrans, keys);

    bounded pulls = bounded_times(dp, bounded_pulls(f->positions, sigma, s->n_k));
    bounded number = bounded_times(bounded_row_dot(shares, pulls),
                                   bounded_position_slopes(f->positions, (double)r->n));
    bounded dz = bounded_product(1.0, CblasNoTrans, number, CblasNoTrans, v);
    bounded du = bounded_tanh_backward(f->hidden, dz);
    bounded through = bounded_product(1.0, CblasNoTrans, du, CblasTrans, weight);

    set_added(c, OUT_GRAD_X, b, bounded_sum(dx, through), s->n_k + s->d_p);
    set_added(c, OUT_GRAD_MEMORY, b, s->is_dot ? bounded_sum(dm, dk) : dm, 2 * s->n_q);
    if (!s->is_dot) {
        set_added(c, OUT_GRAD_KEYS, b, dk, s->n_q);
    }
    all->weight = bounded_sum(all->weight, bounded_product(1.0, CblasTrans, x, CblasNoTrans, du));
    all->v = bounded_sum(all->v, bounded_product(1.0, CblasTrans, number, CblasNoTrans, f->hidden));
}

/* ---- values ------------------------------------------------------------------------------------ */

static void expect_sequence(const pair_case *c, size_t b, const sequence *r, const forward *f)
{
    const local_shape *s = c->options;
    gsl_matrix_view z = value_of(c, OUT_HIDDEN, b), y = value_of(c, OUT_OUTPUT, b);
    gsl_matrix_view positions = value_of(c, OUT_POSITIONS, b);
    gsl_matrix_view lse = value_of(c, OUT_LOG_SUM_EXP, b), dx = value_of(c, OUT_GRAD_X, b);
    gsl_matrix_view dm = value_of(c, OUT_GRAD_MEMORY, b), dw = value_of(c, OUT_GRAD_WEIGHT, 0);
    gsl_matrix_view dk = s->is_dot ? dm : value_of(c, OUT_GRAD_KEYS, b);
    gsl_matrix_view dv = value_of(c, OUT_GRAD_V, 0);
    gsl_vector_view p_row = gsl_matrix_row(&positions.matrix, 0);
    gsl_vector_view v = gsl_matrix_row((gsl_matrix *)&r->v.matrix, 0);
    gsl_vector_view dv_row = gsl_matrix_row(&dv.matrix, 0);
    const ref_local_attention p = {(gsl_matrix *)&r->weight.matrix, &v.vector};
    const ref_local_attention grad = {&dw.matrix, &dv_row.vector};
    const ref_local_cache cache = {&z.matrix, &p_row.vector, new_matrix(s->n_q, s->n_k),
                                   new_matrix(s->n_q, s->n_k)};
    const ref_local_cache scratch = {copy_of(&z.matrix), new_vector(s->n_q), copy_of(cache.shares),
                                     copy_of(cache.shares)};
    int status =
        ref_local_attention_forward(&r->x.matrix, &r->keys.matrix, &r->memory.matrix,
                                    local_scale(s), s->window, r->length, &p, &cache, &y.matrix);
    CHECK_STATUS(status, GSL_SUCCESS, "the reference, forward");
    status = ref_local_attention_backward(&r->x.matrix, &r->keys.matrix, &r->memory.matrix,
                                          local_scale(s), s->window, r->length, &p, &cache,
                                          &y.matrix, &r->grad_output.matrix, &dx.matrix, &dk.matrix,
                                          &dm.matrix, &grad, &scratch);
    CHECK_STATUS(status, GSL_SUCCESS, "the reference, backward");
    gsl_matrix_transpose_memcpy(&lse.matrix, f->lse.value);
}

bool local_expect(pair_case *c)
{
    const local_shape *s = c->options;
    sums all = {bounded_new(s->d_x, s->d_p), bounded_new(1, s->d_p)};
    sequence r[MAX_SOURCES];
    forward f[MAX_SOURCES];
    for (size_t b = 0; b < s->n_batch; b++) {
        r[b] = sequence_of(c, b);
        f[b] = bound_forward(s, &r[b]);
        if (touches_a_border(f[b].positions, (double)s->window, r[b].n)) {
            return false;
        }
    }
    for (size_t b = 0; b < s->n_batch; b++) {
        keep_forward(c, b, &f[b]);
        bound_backward(c, b, &r[b], &f[b], &all); /* before the gradients are added to */
    }
    set_added(c, OUT_GRAD_WEIGHT, 0, all.weight, s->n_batch * s->n_q);
    set_added(c, OUT_GRAD_V, 0, all.v, s->n_batch * s->n_q);
    for (size_t b = 0; b < s->n_batch; b++) {
        expect_sequence(c, b, &r[b], &f[b]);
    }
    return true;
}
