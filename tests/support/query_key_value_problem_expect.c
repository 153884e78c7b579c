/* What the reference makes of a query_key_value_problem.h, and how far off a float32 result may be. */

#include "tests/support/query_key_value_problem.h"

#include "reference/query_key_value.h"
#include "reference/softmax.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/matrices.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>

/* ---- views ------------------------------------------------------------------------------------- */

/* A window into an output: expected values, or bounds. */
static gsl_matrix_view window(double *numbers, const twin *t, size_t batch, size_t col,
                              size_t n_cols)
{
    const fast_view *v = &t->view;
    return gsl_matrix_view_array_with_tda(numbers + batch * v->n_rows * v->n_cols + col, v->n_rows,
                                          n_cols, v->n_cols);
}

/* W and b of a part, or their gradients, in a tensor whose last row is b. */
typedef struct {
    gsl_matrix_view weight;
    gsl_vector_view bias;
} layer;

static layer layer_of(double *numbers, const twin *t, size_t col, size_t n_cols)
{
    gsl_matrix_view all = window(numbers, t, 0, col, n_cols);
    layer l;
    l.weight = gsl_matrix_submatrix(&all.matrix, 0, 0, all.matrix.size1 - 1, n_cols);
    l.bias = gsl_matrix_row(&all.matrix, all.matrix.size1 - 1);
    return l;
}

static layer weights_layer(pair_case *c, int part)
{
    const query_key_value_shape *s = c->options;
    const twin *t = part_weights(c, part);
    return layer_of(t->wide, t, part_first(s, s->weights, part), part_width(s, part));
}

static layer gradient_layer(pair_case *c, int part, bool is_bound)
{
    const query_key_value_shape *s = c->options;
    pair_output *o = part_gradients(c, part);
    return layer_of(is_bound ? o->bounds : o->t.wide, &o->t, part_first(s, s->gradients, part),
                    part_width(s, part));
}

static gsl_matrix_view projected_window(pair_case *c, int part, size_t batch, bool is_bound)
{
    const query_key_value_shape *s = c->options;
    pair_output *o = part_projected(c, part);
    return window(is_bound ? o->bounds : o->t.wide, &o->t, batch, part_first(s, s->projected, part),
                  part_width(s, part));
}

static bool has_bias_of(const query_key_value_shape *s, int part)
{
    return part != PART_K || !s->without_b_k;
}

/* Everything that belongs to one sequence. */
typedef struct {
    gsl_matrix_view x, memory, grad_output, score_bias, output, grad_x, grad_memory, log_sum_exp;
    gsl_matrix_view output_bound, grad_x_bound, grad_memory_bound, log_sum_exp_bound;
    ref_mask mask;
} sequence;

static gsl_matrix_view bound_of(const pair_output *o, size_t batch)
{
    return window(o->bounds, &o->t, batch, 0, o->t.view.n_cols);
}

static void take_sequence(pair_case *c, size_t b, sequence *r)
{
    const query_key_value_shape *s = c->options;
    const pair_output *dx = &c->outputs[OUT_GRAD_X];
    const pair_output *dm = s->is_self ? dx : &c->outputs[OUT_GRAD_MEMORY];
    r->x = twin_matrix(&c->inputs[IN_X], b, 0);
    r->memory = s->is_self ? r->x : twin_matrix(&c->inputs[IN_MEMORY], b, 0);
    r->grad_output = twin_matrix(&c->inputs[IN_GRAD_OUTPUT], b, 0);
    r->output = twin_matrix(&c->outputs[OUT_OUTPUT].t, b, 0);
    r->output_bound = bound_of(&c->outputs[OUT_OUTPUT], b);
    r->log_sum_exp = twin_matrix(&c->outputs[OUT_LOG_SUM_EXP].t, b, 0);
    r->log_sum_exp_bound = bound_of(&c->outputs[OUT_LOG_SUM_EXP], b);
    r->grad_x = twin_matrix(&dx->t, b, 0), r->grad_x_bound = bound_of(dx, b);
    r->grad_memory = twin_matrix(&dm->t, b, 0), r->grad_memory_bound = bound_of(dm, b);
    r->mask = (ref_mask){.causal = s->is_causal};
    r->mask.key_length = s->has_lengths ? &problem_lengths(s)[b] : NULL;
}

/* ---- bounds ------------------------------------------------------------------------------------ */

/* The gradients of Q, K and V for all sequences below each other, and what they were made of. */
typedef struct {
    bounded inputs[N_PARTS], grads[N_PARTS];
} all_rows;

static void put_rows(bounded to, size_t first, bounded from)
{
    size_t n = from.value->size1, m = from.value->size2;
    gsl_matrix_view value = gsl_matrix_submatrix(to.value, first, 0, n, m);
    gsl_matrix_view bound = gsl_matrix_submatrix(to.bound, first, 0, n, m);
    gsl_matrix_memcpy(&value.matrix, from.value);
    gsl_matrix_memcpy(&bound.matrix, from.bound);
}

static void put_columns(bounded to, size_t first, bounded from)
{
    size_t n = from.value->size1, m = from.value->size2;
    gsl_matrix_view value = gsl_matrix_submatrix(to.value, 0, first, n, m);
    gsl_matrix_view bound = gsl_matrix_submatrix(to.bound, 0, first, n, m);
    gsl_matrix_memcpy(&value.matrix, from.value);
    gsl_matrix_memcpy(&bound.matrix, from.bound);
}

static bounded project(pair_case *c, const gsl_matrix *x, int part)
{
    layer l = weights_layer(c, part);
    gsl_matrix *bias = new_matrix(1, l.bias.vector.size);
    gsl_matrix_set_row(bias, 0, &l.bias.vector);
    return bounded_projection(bounded_exact(x), bounded_exact(&l.weight.matrix),
                              has_bias_of(c->options, part) ? bias : NULL);
}

/* dX from the gradients of some parts, as one product: [dQ dK dV] [W_Q W_K W_V]^T. */
static bounded grad_of_input(pair_case *c, const bounded *grads, int first, int last)
{
    size_t d = 0, n = grads[first].value->size1;
    for (int part = first; part <= last; part++) {
        d += grads[part].value->size2;
    }
    layer l = weights_layer(c, first);
    bounded grad = bounded_new(n, d), weight = bounded_new(l.weight.matrix.size1, d);
    d = 0;
    for (int part = first; part <= last; part++) {
        l = weights_layer(c, part);
        put_columns(grad, d, grads[part]);
        put_columns(weight, d, bounded_exact(&l.weight.matrix));
        d += grads[part].value->size2;
    }
    return bounded_product(1.0, CblasNoTrans, grad, CblasTrans, weight);
}

static void set_bound_added(gsl_matrix *bound, const gsl_matrix *start, bounded increment,
                            size_t n_terms)
{
    gsl_matrix_memcpy(bound, bounded_accumulate(start, increment, n_terms).bound);
}

static void bound_inputs(pair_case *c, const bounded *grads, sequence *r)
{
    const query_key_value_shape *s = c->options;
    if (s->is_self) {
        set_bound_added(&r->grad_x_bound.matrix, &r->grad_x.matrix,
                        grad_of_input(c, grads, PART_Q, PART_V), 2 * s->d_k + s->d_v);
        return;
    }
    set_bound_added(&r->grad_x_bound.matrix, &r->grad_x.matrix,
                    grad_of_input(c, grads, PART_Q, PART_Q), s->d_k);
    set_bound_added(&r->grad_memory_bound.matrix, &r->grad_memory.matrix,
                    grad_of_input(c, grads, PART_K, PART_V), s->d_k + s->d_v);
}

/* The formulas of the header, one after the other. */
static void bound_sequence(pair_case *c, size_t b, sequence *r, all_rows *all)
{
    const query_key_value_shape *s = c->options;
    float scale = problem_scale(s);
    bounded q = project(c, &r->x.matrix, PART_Q), k = project(c, &r->memory.matrix, PART_K);
    bounded v = project(c, &r->memory.matrix, PART_V), dy = bounded_exact(&r->grad_output.matrix);
    const bounded parts[] = {q, k, v};

    bounded scores = bounded_scores(q, k, REF_DOT, scale, &r->mask);
    bounded lse = bounded_log_sum_exp(scores), y = bounded_attend(scores, v);
    bounded weights = bounded_weights_again(scores, lse);
    bounded grad_v = bounded_product(1.0, CblasTrans, weights, CblasNoTrans, dy);
    bounded grad_weights = bounded_product(1.0, CblasNoTrans, dy, CblasTrans, v);
    bounded ds = bounded_softmax_backward(weights, grad_weights, bounded_row_dot(dy, y));
    const bounded grads[] = {bounded_similarity_backward(q, k, REF_DOT, scale, CblasNoTrans, ds),
                             bounded_similarity_backward(k, q, REF_DOT, scale, CblasTrans, ds),
                             grad_v};

    gsl_matrix_memcpy(&r->output_bound.matrix, y.bound);
    gsl_matrix_transpose_memcpy(&r->log_sum_exp_bound.matrix, lse.bound);
    bound_inputs(c, grads, r);
    for (int part = 0; part < N_PARTS; part++) {
        gsl_matrix_view bound = projected_window(c, part, b, true);
        gsl_matrix_memcpy(&bound.matrix, parts[part].bound);
        gsl_matrix *input = part == PART_Q ? &r->x.matrix : &r->memory.matrix;
        put_rows(all->inputs[part], b * input->size1, bounded_exact(input));
        put_rows(all->grads[part], b * input->size1, grads[part]);
    }
}

/* dW += X^T dQ,  db += sum_i dQ_i,  over all sequences; without a bias, its row stays as it is. */
static void bound_parameters(pair_case *c, const all_rows *all)
{
    for (int part = 0; part < N_PARTS; part++) {
        size_t n_rows = all->grads[part].value->size1;
        layer start = gradient_layer(c, part, false), bound = gradient_layer(c, part, true);
        bounded dw =
            bounded_product(1.0, CblasTrans, all->inputs[part], CblasNoTrans, all->grads[part]);
        set_bound_added(&bound.weight.matrix, &start.weight.matrix, dw, n_rows);
        gsl_matrix_view to =
            gsl_matrix_view_vector(&bound.bias.vector, 1, part_width(c->options, part));
        gsl_matrix_view from =
            gsl_matrix_view_vector(&start.bias.vector, 1, part_width(c->options, part));
        if (has_bias_of(c->options, part)) {
            set_bound_added(&to.matrix, &from.matrix, bounded_column_sums(all->grads[part]),
                            n_rows);
        }
    }
}

/* ---- values ------------------------------------------------------------------------------------ */

static ref_query_key_value reference_parameters(layer l[N_PARTS], const query_key_value_shape *s)
{
    return (ref_query_key_value){
        &l[PART_Q].weight.matrix, &l[PART_Q].bias.vector,
        &l[PART_K].weight.matrix, s->without_b_k ? NULL : &l[PART_K].bias.vector,
        &l[PART_V].weight.matrix, &l[PART_V].bias.vector};
}

static void expect_sequence(pair_case *c, size_t b, sequence *r)
{
    const query_key_value_shape *s = c->options;
    layer weights[N_PARTS], grads[N_PARTS];
    gsl_matrix_view parts[N_PARTS];
    for (int part = 0; part < N_PARTS; part++) {
        weights[part] = weights_layer(c, part), grads[part] = gradient_layer(c, part, false);
        parts[part] = projected_window(c, part, b, false);
    }
    ref_query_key_value p = reference_parameters(weights, s), grad = reference_parameters(grads, s);
    gsl_matrix *q = &parts[PART_Q].matrix, *k = &parts[PART_K].matrix, *v = &parts[PART_V].matrix;
    ref_query_key_value_cache cache = {q, k, v, new_matrix(s->n_q, s->n_k)};
    ref_query_key_value_cache scratch = {copy_of(q), copy_of(k), copy_of(v),
                                         copy_of(cache.weights)};
    gsl_matrix *x = &r->x.matrix, *memory = &r->memory.matrix, *y = &r->output.matrix;
    gsl_vector_view lse = gsl_matrix_row(&r->log_sum_exp.matrix, 0);
    float scale = problem_scale(s);

    int status = ref_query_key_value_forward(x, memory, &p, scale, &r->mask, &cache, y);
    CHECK_STATUS(status, GSL_SUCCESS, "the reference, forward");
    status = ref_query_key_value_backward(x, memory, &p, scale, &r->mask, &cache, y,
                                          &r->grad_output.matrix, &r->grad_x.matrix,
                                          &r->grad_memory.matrix, &grad, &scratch);
    CHECK_STATUS(status, GSL_SUCCESS, "the reference, backward");
    ref_attention_scores(q, k, REF_DOT, scale, &r->mask, scratch.weights);
    ref_log_sum_exp(scratch.weights, &lse.vector);
}

void query_key_value_expect(pair_case *c)
{
    const query_key_value_shape *s = c->options;
    all_rows all;
    sequence r[3];
    for (int part = 0; part < N_PARTS; part++) {
        bool asks = part == PART_Q;
        size_t n_rows = s->n_batch * (asks ? s->n_q : s->n_k);
        all.inputs[part] = bounded_new(n_rows, asks ? s->d_x : s->d_memory);
        all.grads[part] = bounded_new(n_rows, part_width(s, part));
    }
    for (size_t b = 0; b < s->n_batch; b++) {
        take_sequence(c, b, &r[b]);
        if (s->has_bias) {
            r[b].score_bias = twin_matrix(&c->inputs[IN_SCORE_BIAS], b, 0);
            r[b].mask.bias = &r[b].score_bias.matrix;
        }
        bound_sequence(c, b, &r[b], &all); /* before the gradients are added to */
    }
    bound_parameters(c, &all);
    for (size_t b = 0; b < s->n_batch; b++) {
        expect_sequence(c, b, &r[b]);
    }
}
