#include "reference/recurrent_cell.h"
#include "reference/projection.h"
#include "reference/recurrent_arguments.h"
#include "reference/recurrent_steps.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>

/* ---- Walking --------------------------------------------------------------------------------- */

/* A sequence and how it is walked. */
typedef struct {
    size_t n_real; /* tokens that are no padding */
    const ref_recurrent_walk *walk;
    const ref_recurrent_state *initial;
    const ref_recurrent_cache *cache;
    const gsl_matrix *output;
} sequence;

/* Where the walk is in its step s. */
static size_t place_of(const sequence *q, size_t s)
{
    return q->walk->is_reversed ? q->n_real - 1 - s : s;
}

/* The state that step s starts from stands where the step before has left it. */
static void find_state_before(const sequence *q, size_t s, gsl_vector *h, gsl_vector *c)
{
    bool has_memory = q->walk->cell == REF_LSTM;
    *h = *c = (gsl_vector){.data = NULL};
    if (s > 0) {
        *h = gsl_matrix_const_row(q->output, place_of(q, s - 1)).vector;
        *c = has_memory ? gsl_matrix_const_row(q->cache->inner, place_of(q, s - 1)).vector : *c;
    } else if (q->initial) {
        *h = *q->initial->h;
        *c = has_memory ? *q->initial->c : *c;
    }
}

/* Rows t of the gates and of the inner matrix. */
static void find_rows(const ref_recurrent_cache *cache, size_t t, size_t n_hidden, double **gates,
                      double **inner)
{
    for (size_t k = 0; k < cache->gates->size2 / n_hidden; k++) {
        gates[k] = gsl_matrix_ptr(cache->gates, t, k * n_hidden);
    }
    *inner = cache->inner ? gsl_matrix_ptr(cache->inner, t, 0) : NULL;
}

static token token_of(const sequence *q, size_t s)
{
    size_t t = place_of(q, s);
    token now = {.n_hidden = q->output->size2, .h = gsl_matrix_ptr((gsl_matrix *)q->output, t, 0)};
    find_rows(q->cache, t, now.n_hidden, now.gates, &now.inner);
    find_state_before(q, s, &now.before_h, &now.before_c);
    return now;
}

/* How many columns of U go into a + u: all, but for those of u_n in a GRU. */
static size_t n_joined(const sequence *q)
{
    size_t n_hidden = q->output->size2;
    return q->cache->gates->size2 - (q->walk->cell == REF_GRU ? n_hidden : 0);
}

static gsl_matrix_view columns_of(const gsl_matrix *a, size_t first, size_t n_cols)
{
    return gsl_matrix_submatrix((gsl_matrix *)a, 0, first, a->size1, n_cols);
}

static gsl_matrix_view top_of(const gsl_matrix *a, size_t n_rows)
{
    return gsl_matrix_submatrix((gsl_matrix *)a, 0, 0, n_rows, a->size2);
}

/* ---- Forward --------------------------------------------------------------------------------- */

// [recurrent-product]
/* u += U^T h_{t-1} + b',  for as many columns of U, from the first on, as u has */
static void add_product(const ref_recurrent_cell *parameters, size_t first, const gsl_vector *h,
                        gsl_vector *u)
{
    gsl_matrix_view weight = columns_of(parameters->weight_h, first, u->size);
    gsl_vector_view bias = gsl_vector_subvector(parameters->bias_h, first, u->size);
    gsl_vector_add(u, &bias.vector);
    if (h->data) {
        gsl_blas_dgemv(CblasTrans, 1.0, &weight.matrix, h, 1.0, u);
    }
}
// [recurrent-product]

/* u is added to the gates, which begin as a. Only u_n of a GRU has a row of its own. */
static void add_products(const sequence *q, const ref_recurrent_cell *parameters, size_t t,
                         const gsl_vector *h)
{
    gsl_vector_view joined = gsl_matrix_subrow(q->cache->gates, t, 0, n_joined(q));
    add_product(parameters, 0, h, &joined.vector);
    if (q->walk->cell == REF_GRU) {
        gsl_vector_view u_n = gsl_matrix_row(q->cache->inner, t);
        gsl_vector_set_zero(&u_n.vector);
        add_product(parameters, n_joined(q), h, &u_n.vector);
    }
}

static void walk_forward(const sequence *q, const gsl_matrix *x,
                         const ref_recurrent_cell *parameters)
{
    // [recurrent-forward]
    /* a = W^T x_t + b, for all tokens at once */
    gsl_matrix_view real_x = top_of(x, q->n_real), a = top_of(q->cache->gates, q->n_real);
    ref_projection_forward(&real_x.matrix, parameters->weight_x, parameters->bias_x, &a.matrix);
    for (size_t s = 0; s < q->n_real; s++) {
        token now = token_of(q, s);
        add_products(q, parameters, place_of(q, s), &now.before_h);
        switch (q->walk->cell) {
        case REF_ELMAN:
            elman_step(&now);
            break;
        case REF_GRU:
            gru_step(&now);
            break;
        case REF_LSTM:
            lstm_step(&now);
            break;
        }
    }
    // [recurrent-forward]
}

/* Rows from the first on become 0. */
static void clear_rows(gsl_matrix *a, size_t first)
{
    for (size_t i = first; a && i < a->size1; i++) {
        gsl_vector_view row = gsl_matrix_row(a, i);
        gsl_vector_set_zero(&row.vector);
    }
}

static void copy_or_clear(gsl_vector *to, const gsl_vector *from)
{
    if (from && from->data) {
        gsl_vector_memcpy(to, from);
    } else {
        gsl_vector_set_zero(to);
    }
}

int ref_recurrent_forward(const gsl_matrix *x, const ref_recurrent_state *initial,
                          const ref_recurrent_cell *parameters, const ref_recurrent_walk *walk,
                          const ref_recurrent_cache *cache, const ref_recurrent_state *final,
                          gsl_matrix *output)
{
    int status = check_recurrent(x, initial, parameters, walk, cache, final, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    size_t n_real = walk->length ? *walk->length : x->size1;
    sequence q = {n_real, walk, initial, cache, output};
    if (n_real > 0) {
        walk_forward(&q, x, parameters);
    }
    clear_rows(cache->gates, n_real);
    clear_rows(cache->inner, n_real);
    clear_rows(output, n_real);
    if (final) {
        gsl_vector h, c;
        find_state_before(&q, n_real, &h, &c);
        copy_or_clear(final->h, &h);
        if (walk->cell == REF_LSTM) {
            copy_or_clear(final->c, &c);
        }
    }
    return GSL_SUCCESS;
}

/* ---- Backward: the steps in reverse ---------------------------------------------------------- */

// [recurrent-product-backward]
/* u = U^T h_{t-1} + b':  dh_{t-1} += U du,  dU += h_{t-1} du^T,  db' += du */
static void product_backward(const ref_recurrent_cell *parameters, size_t first,
                             const gsl_vector *h, const gsl_vector *grad_u, gsl_vector *grad_h,
                             const ref_recurrent_cell *gradients)
{
    gsl_matrix_view weight = columns_of(parameters->weight_h, first, grad_u->size);
    gsl_matrix_view grad_weight = columns_of(gradients->weight_h, first, grad_u->size);
    gsl_vector_view grad_bias = gsl_vector_subvector(gradients->bias_h, first, grad_u->size);
    gsl_blas_dgemv(CblasNoTrans, 1.0, &weight.matrix, grad_u, 1.0, grad_h);
    if (h->data) {
        gsl_blas_dger(1.0, h, grad_u, &grad_weight.matrix);
    }
    gsl_vector_add(&grad_bias.vector, grad_u);
}
// [recurrent-product-backward]

/* Of a GRU du_n stands in the inner row, all other du are da. */
static void products_backward(const sequence *q, const ref_recurrent_cell *parameters, size_t t,
                              const gsl_vector *h, const ref_recurrent_cache *grad_cache,
                              gsl_vector *grad_h, const ref_recurrent_cell *gradients)
{
    gsl_vector_view joined = gsl_matrix_subrow(grad_cache->gates, t, 0, n_joined(q));
    product_backward(parameters, 0, h, &joined.vector, grad_h, gradients);
    if (q->walk->cell == REF_GRU) {
        gsl_vector_view grad_u_n = gsl_matrix_row(grad_cache->inner, t);
        product_backward(parameters, n_joined(q), h, &grad_u_n.vector, grad_h, gradients);
    }
}

static void walk_backward(const sequence *q, const ref_recurrent_cell *parameters,
                          const gsl_matrix *grad_output, const ref_recurrent_cell *gradients,
                          const ref_recurrent_cache *grad_cache,
                          const ref_recurrent_state *grad_state)
{
    // [recurrent-backward]
    for (size_t s = q->n_real; s-- > 0;) {
        size_t t = place_of(q, s);
        token now = token_of(q, s);
        token_gradient grad = {.h = grad_state->h, .c = grad_state->c};
        find_rows(grad_cache, t, now.n_hidden, grad.gates, &grad.inner);
        /* y_t = h_t:  dh_t += dy_t */
        gsl_vector_const_view grad_y = gsl_matrix_const_row(grad_output, t);
        gsl_vector_add(grad_state->h, &grad_y.vector);
        switch (q->walk->cell) {
        case REF_ELMAN:
            elman_step_backward(&now, &grad);
            break;
        case REF_GRU:
            gru_step_backward(&now, &grad);
            break;
        case REF_LSTM:
            lstm_step_backward(&now, &grad);
            break;
        }
        products_backward(q, parameters, t, &now.before_h, grad_cache, grad_state->h, gradients);
    }
    // [recurrent-backward]
}

/* a = W^T x_t + b, for all tokens at once */
static void inputs_backward(const sequence *q, const gsl_matrix *x,
                            const ref_recurrent_cell *parameters,
                            const ref_recurrent_cache *grad_cache, gsl_matrix *grad_x,
                            const ref_recurrent_cell *gradients)
{
    gsl_matrix_view real_x = top_of(x, q->n_real), grad_a = top_of(grad_cache->gates, q->n_real);
    gsl_matrix_view real_grad_x = top_of(grad_x ? grad_x : x, q->n_real);
    ref_projection_backward(&real_x.matrix, parameters->weight_x, &grad_a.matrix,
                            grad_x ? &real_grad_x.matrix : NULL, gradients->weight_x,
                            gradients->bias_x);
}

int ref_recurrent_backward(const gsl_matrix *x, const ref_recurrent_state *initial,
                           const ref_recurrent_cell *parameters, const ref_recurrent_walk *walk,
                           const ref_recurrent_cache *cache, const gsl_matrix *output,
                           const gsl_matrix *grad_output, const ref_recurrent_state *grad_final,
                           gsl_matrix *grad_x, const ref_recurrent_state *grad_initial,
                           const ref_recurrent_cell *gradients,
                           const ref_recurrent_cache *grad_cache,
                           const ref_recurrent_state *grad_state)
{
    int status = check_recurrent_gradients(x, walk, output, grad_output, grad_final, grad_x,
                                           grad_initial, gradients, grad_cache, grad_state);
    if (status == GSL_SUCCESS) {
        status = check_recurrent(x, initial, parameters, walk, cache, NULL, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    bool has_memory = walk->cell == REF_LSTM;
    size_t n_real = walk->length ? *walk->length : x->size1;
    sequence q = {n_real, walk, initial, cache, output};
    copy_or_clear(grad_state->h, grad_final ? grad_final->h : NULL);
    if (has_memory) {
        copy_or_clear(grad_state->c, grad_final ? grad_final->c : NULL);
    }
    if (n_real > 0) {
        walk_backward(&q, parameters, grad_output, gradients, grad_cache, grad_state);
        inputs_backward(&q, x, parameters, grad_cache, grad_x, gradients);
    }
    if (grad_initial) {
        gsl_vector_add(grad_initial->h, grad_state->h);
    }
    if (grad_initial && has_memory) {
        gsl_vector_add(grad_initial->c, grad_state->c);
    }
    return GSL_SUCCESS;
}
