/* What the reference makes of an additive_problem.h, and how far off a float32 result may be. */

#include "tests/support/additive_problem.h"

#include "reference/attention.h"
#include "reference/softmax.h"
#include "tests/support/alignment_mask.h"
#include "tests/support/bounded_additive.h"
#include "tests/support/bounded_dense.h"
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
    const additive_shape *s = c->options;
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

/* W, U, b and v, or their gradients. */
typedef struct {
    gsl_matrix_view weight_q, all_k, weight_k, v_row;
    gsl_vector_view bias, v;
    ref_additive_attention is;
} parameters;

static void take_parameters(const additive_shape *s, const twin *weight_q, const twin *weight_k,
                            const twin *v, parameters *p)
{
    p->weight_q = twin_matrix(weight_q, 0, 0);
    p->all_k = twin_matrix(weight_k, 0, 0);
    p->weight_k = gsl_matrix_submatrix(&p->all_k.matrix, 0, 0, s->d_memory, s->d_a);
    p->bias = gsl_matrix_row(&p->all_k.matrix, s->d_memory);
    p->v_row = twin_matrix(v, 0, 0);
    p->v = gsl_matrix_row(&p->v_row.matrix, 0);
    p->is = (ref_additive_attention){&p->weight_q.matrix, &p->weight_k.matrix,
                                     s->without_bias ? NULL : &p->bias.vector, &p->v.vector};
}

/* ---- bounds ------------------------------------------------------------------------------------ */

/* What is summed over all sequences. */
typedef struct {
    bounded weight_q, weight_k, bias, v;
} sums;

static void set_added(const pair_case *c, int output, size_t batch, bounded increment,
                      size_t n_terms)
{
    gsl_matrix_view start = value_of(c, output, batch), bound = bound_of(c, output, batch);
    gsl_matrix_memcpy(&bound.matrix, bounded_accumulate(&start.matrix, increment, n_terms).bound);
}

static bounded keys_of(const parameters *p, const gsl_matrix *memory)
{
    gsl_matrix *bias = new_matrix(1, p->bias.vector.size);
    gsl_matrix_set_row(bias, 0, &p->bias.vector);
    return bounded_projection(bounded_exact(memory), bounded_exact(&p->weight_k.matrix),
                              p->is.bias ? bias : NULL);
}

/* dK += ...,  dM += P^T dY + dK U^T,  and what U and b get. */
static void bound_keys(const pair_case *c, size_t b, const sequence *r, const parameters *p,
                       bounded grad_keys, bounded grad_memory, sums *all)
{
    const additive_shape *s = c->options;
    gsl_matrix_view start = value_of(c, OUT_GRAD_KEYS, b);
    bounded dk = bounded_accumulate(&start.matrix, grad_keys, s->n_q);
    bounded through =
        bounded_product(1.0, CblasNoTrans, dk, CblasTrans, bounded_exact(&p->weight_k.matrix));
    set_added(c, OUT_GRAD_KEYS, b, grad_keys, s->n_q);
    set_added(c, OUT_GRAD_MEMORY, b, bounded_sum(grad_memory, through), s->n_q + s->d_a);
    bounded memory = bounded_exact(&r->memory.matrix);
    all->weight_k =
        bounded_sum(all->weight_k, bounded_product(1.0, CblasTrans, memory, CblasNoTrans, dk));
    all->bias = bounded_sum(all->bias, bounded_column_sums(dk));
}

/* The formulas of the header, one after the other. */
static void bound_sequence(const pair_case *c, size_t b, const sequence *r, const parameters *p,
                           sums *all)
{
    const additive_shape *s = c->options;
    const gsl_vector *v = &p->v.vector;
    bounded x = bounded_exact(&r->x.matrix), memory = bounded_exact(&r->memory.matrix);
    bounded dy = bounded_exact(&r->grad_output.matrix), k = keys_of(p, &r->memory.matrix);
    bounded weight_q = bounded_exact(&p->weight_q.matrix);
    bounded q = bounded_projection(x, weight_q, NULL);
    bounded scores = bounded_additive_scores(q, k, v, &r->mask);
    bounded lse = bounded_log_sum_exp(scores), y = bounded_attend(scores, memory);
    const bounded results[] = {[OUT_KEYS] = k, [OUT_Q] = q, [OUT_OUTPUT] = y};
    for (int n = OUT_KEYS; n <= OUT_OUTPUT; n++) {
        gsl_matrix_view bound = bound_of(c, n, n == OUT_KEYS && s->is_shared ? 0 : b);
        if (n != OUT_LOG_SUM_EXP) {
            gsl_matrix_memcpy(&bound.matrix, results[n].bound);
        } else {
            gsl_matrix_transpose_memcpy(&bound.matrix, lse.bound);
        }
    }
    bounded weights = bounded_weights_again(scores, lse);
    bounded dm = bounded_product(1.0, CblasTrans, weights, CblasNoTrans, dy);
    bounded dp = bounded_product(1.0, CblasNoTrans, dy, CblasTrans, memory);
    bounded ds = bounded_softmax_backward(weights, dp, bounded_row_dot(dy, y));
    bounded_additive_gradients grad =
        bounded_additive_backward(q, k, v, ds, s->n_batch * s->n_q * s->n_k);

    bound_keys(c, b, r, p, grad.keys, dm, all);
    set_added(c, OUT_GRAD_X, b, bounded_product(1.0, CblasNoTrans, grad.q, CblasTrans, weight_q),
              s->d_a);
    all->weight_q =
        bounded_sum(all->weight_q, bounded_product(1.0, CblasTrans, x, CblasNoTrans, grad.q));
    all->v = bounded_sum(all->v, grad.v);
}

/* U and b are rows of one tensor; without a bias, its row stays as it is. */
static void bound_parameters(const pair_case *c, const sums *all)
{
    const additive_shape *s = c->options;
    gsl_matrix_view start = value_of(c, OUT_GRAD_WEIGHT_K, 0);
    bounded both = bounded_new(s->d_memory + 1, s->d_a);
    gsl_matrix_view value = gsl_matrix_submatrix(both.value, 0, 0, s->d_memory, s->d_a);
    gsl_matrix_view bound = gsl_matrix_submatrix(both.bound, 0, 0, s->d_memory, s->d_a);
    gsl_matrix_memcpy(&value.matrix, all->weight_k.value);
    gsl_matrix_memcpy(&bound.matrix, all->weight_k.bound);
    for (size_t a = 0; a < s->d_a && !s->without_bias; a++) {
        bounded_set(both, s->d_memory, a, gsl_matrix_get(all->bias.value, 0, a),
                    gsl_matrix_get(all->bias.bound, 0, a));
    }
    gsl_matrix_view to = bound_of(c, OUT_GRAD_WEIGHT_K, 0);
    gsl_matrix_memcpy(&to.matrix,
                      bounded_accumulate(&start.matrix, both, s->n_batch * s->n_k).bound);
    for (size_t a = 0; a < s->d_a && s->without_bias; a++) {
        gsl_matrix_set(&to.matrix, s->d_memory, a, 0.0);
    }
    set_added(c, OUT_GRAD_WEIGHT_Q, 0, all->weight_q, s->n_batch * s->n_q);
    set_added(c, OUT_GRAD_V, 0, all->v, s->n_batch * s->n_q);
}

/* ---- values ------------------------------------------------------------------------------------ */

static void expect_sequence(const pair_case *c, size_t b, const sequence *r, const parameters *p,
                            const parameters *grad)
{
    const additive_shape *s = c->options;
    gsl_matrix_view keys = value_of(c, OUT_KEYS, s->is_shared ? 0 : b), q = value_of(c, OUT_Q, b);
    gsl_matrix_view y = value_of(c, OUT_OUTPUT, b), dx = value_of(c, OUT_GRAD_X, b);
    gsl_matrix_view dk = value_of(c, OUT_GRAD_KEYS, b), dm = value_of(c, OUT_GRAD_MEMORY, b);
    gsl_matrix_view lse = value_of(c, OUT_LOG_SUM_EXP, b);
    const gsl_matrix *x = &r->x.matrix, *memory = &r->memory.matrix;
    ref_additive_cache cache = {&q.matrix, new_matrix(s->n_q, s->n_k)};
    ref_additive_cache scratch = {copy_of(&q.matrix), new_matrix(s->n_q, s->n_k)};
    int status = ref_additive_keys_forward(memory, &p->is, &keys.matrix);
    CHECK_STATUS(status, GSL_SUCCESS, "the keys of the reference");
    status = ref_additive_attention_forward(x, &keys.matrix, memory, &p->is, &r->mask, &cache,
                                            &y.matrix);
    CHECK_STATUS(status, GSL_SUCCESS, "the reference, forward");
    status = ref_additive_attention_backward(x, &keys.matrix, memory, &p->is, &r->mask, &cache,
                                             &y.matrix, &r->grad_output.matrix, &dx.matrix,
                                             &dk.matrix, &dm.matrix, &grad->is, &scratch);
    CHECK_STATUS(status, GSL_SUCCESS, "the reference, backward");
    status = ref_additive_keys_backward(memory, &p->is, &dk.matrix, &dm.matrix, &grad->is);
    CHECK_STATUS(status, GSL_SUCCESS, "the keys of the reference, backward");
    bounded scores = bounded_additive_scores(bounded_exact(&q.matrix), bounded_exact(&keys.matrix),
                                             &p->v.vector, &r->mask);
    gsl_vector_view row = gsl_matrix_row(&lse.matrix, 0);
    ref_log_sum_exp(scores.value, &row.vector);
}

void additive_expect(pair_case *c)
{
    const additive_shape *s = c->options;
    parameters p, grad;
    take_parameters(s, &c->inputs[IN_WEIGHT_Q], &c->inputs[IN_WEIGHT_K], &c->inputs[IN_V], &p);
    take_parameters(s, &c->outputs[OUT_GRAD_WEIGHT_Q].t, &c->outputs[OUT_GRAD_WEIGHT_K].t,
                    &c->outputs[OUT_GRAD_V].t, &grad);
    sums all = {bounded_new(s->d_x, s->d_a), bounded_new(s->d_memory, s->d_a),
                bounded_new(1, s->d_a), bounded_new(1, s->d_a)};
    sequence r[MAX_SOURCES];
    for (size_t b = 0; b < s->n_batch; b++) {
        take_sequence(c, b, &r[b]);
        bound_sequence(c, b, &r[b], &p, &all); /* before the gradients are added to */
    }
    bound_parameters(c, &all);
    for (size_t b = 0; b < s->n_batch; b++) {
        expect_sequence(c, b, &r[b], &p, &grad);
    }
}
