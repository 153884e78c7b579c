/* The gradients of a recurrent network's parameters: whole-sequence products. The numbers are those
 * of recurrent_backward.c. */
#include "optimized/recurrent_gradients.h"
#include "optimized/kernels/row_kernels.h"
#include "optimized/projection.h"
#include "optimized/recurrent_walk.h"
#include <gsl/gsl_errno.h>

/* ---- Workspace ------------------------------------------------------------------------------- */

/** One row a token: taken, or only counted if from is NULL. */
static size_t take_tokens(const fast_view *x, size_t n_cols, fast_workspace *from, fast_view *view)
{
    *view = fast_view_tensor(NULL, x->n_batch, 1, x->n_rows, n_cols);
    if (is_stored_by_token(x)) {
        fast_view swapped = fast_view_tensor(NULL, x->n_rows, 1, x->n_batch, n_cols);
        *view = by_token(&swapped);
    }
    return take_part(from, x->n_batch * x->n_rows, n_cols, &view->data);
}

size_t fast_recurrent_take_rows(const fast_view *x, const fast_recurrent_cell *parameters,
                                const fast_recurrent_walk *walk, fast_workspace *from,
                                fast_recurrent_rows *rows)
{
    size_t n_hidden = parameters->weight_h.n_rows, n_columns = parameters->weight_h.n_cols;
    *rows = (fast_recurrent_rows){.sums = NULL};
    size_t size = take_tokens(x, n_columns, from, &rows->grad_a);
    size = fast_size_sum(size, take_tokens(x, n_hidden, from, &rows->states));
    size = fast_size_sum(size, take_part(from, 1, n_columns, &rows->sums));
    if (walk->cell == FAST_GRU) {
        size = fast_size_sum(size, take_tokens(x, n_hidden, from, &rows->grad_u_n));
    }
    if (walk->lengths) {
        size = fast_size_sum(size, take_tokens(x, x->n_cols, from, &rows->clean_x));
    }
    return size;
}

/** How many columns of U have du = da: all, but for those of u_n in a GRU. */
static size_t n_joined(const fast_recurrent_walk *walk, const fast_view *weight_h)
{
    return walk->cell == FAST_GRU ? weight_h->n_cols - weight_h->n_rows : weight_h->n_cols;
}

/** Bytes for the gradients of a projection of all tokens, whichever way they are stored. */
static size_t product_size(const fast_view *x, const fast_view *weight, const fast_context *context)
{
    fast_view swapped = by_token(x);
    return larger_of(fast_projection_backward_size(x, weight, context),
                     fast_projection_backward_size(&swapped, weight, context));
}

size_t fast_recurrent_gradients_size(const fast_view *x, const fast_recurrent_cell *parameters,
                                     const fast_recurrent_walk *walk, const fast_context *context)
{
    fast_view states, weight_h = parameters->weight_h;
    fast_view joined = fast_view_columns(&weight_h, 0, n_joined(walk, &weight_h));
    fast_view of_u_n = fast_view_columns(&weight_h, 0, weight_h.n_rows);
    take_tokens(x, weight_h.n_rows, NULL, &states);
    size_t inputs = product_size(x, &parameters->weight_x, context);
    size_t hidden =
        larger_of(product_size(&states, &joined, context), product_size(&states, &of_u_n, context));
    return larger_of(inputs, hidden);
}

/* ---- Products -------------------------------------------------------------------------------- */

/** A copy of x with zeros for padding, whatever stands there. */
static void copy_inputs(const fast_recurrent_rows *rows, const fast_recurrent_walk *walk,
                        const fast_view *x)
{
    for (size_t b = 0; b < x->n_batch; b++) {
        for (size_t t = 0; t < length_of(walk, b, x->n_rows); t++) {
            memcpy(token_at(&rows->clean_x, b, t), token_at(x, b, t), x->n_cols * sizeof(float));
        }
        clear_padding(walk, &rows->clean_x, b);
    }
}

/** Y = X W for all tokens:  dX += dY W^T,  dW += X^T dY,  and db += sum_i dY_i if there is a db. */
static int product_backward(fast_view x, const fast_view *weight, fast_view grad_y,
                            const fast_view *grad_x, fast_view grad_weight, fast_view *grad_bias,
                            fast_context *context)
{
    fast_view dx = grad_x ? *grad_x : x;
    if (is_stored_by_token(&x)) {
        x = by_token(&x);
        grad_y = by_token(&grad_y);
        dx = by_token(&dx);
    }
    return fast_projection_backward(&x, weight, &grad_y, grad_x ? &dx : NULL, &grad_weight,
                                    grad_bias, context);
}

/** u = U^T h_{t-1} + b':  dU += h_{t-1}^T du,  db' += sum du. */
static int hidden_backward(const fast_recurrent_rows *rows, const fast_recurrent_cell *parameters,
                           const fast_recurrent_walk *walk, const fast_recurrent_cell *gradients,
                           fast_context *context)
{
    size_t n_hidden = rows->states.n_cols, n = n_joined(walk, &parameters->weight_h);
    fast_view weight = fast_view_columns(&parameters->weight_h, 0, n);
    int status =
        product_backward(rows->states, &weight, fast_view_columns(&rows->grad_a, 0, n), NULL,
                         fast_view_columns(&gradients->weight_h, 0, n), NULL, context);
    context->kernels->row->add(rows->sums, gradients->bias_h.data, n); /* du = da: known */
    if (status == GSL_SUCCESS && walk->cell == FAST_GRU) {
        fast_view bias = fast_view_columns(&gradients->bias_h, n, n_hidden);
        weight = fast_view_columns(&parameters->weight_h, n, n_hidden);
        status =
            product_backward(rows->states, &weight, rows->grad_u_n, NULL,
                             fast_view_columns(&gradients->weight_h, n, n_hidden), &bias, context);
    }
    return status;
}

int fast_recurrent_add_gradients(const fast_recurrent_rows *rows, const fast_view *x,
                                 const fast_recurrent_cell *parameters,
                                 const fast_recurrent_walk *walk, fast_view *grad_x,
                                 const fast_recurrent_cell *gradients, fast_context *context)
{
    size_t n_columns = rows->grad_a.n_cols;
    fast_view sums = fast_view_matrix(rows->sums, 1, n_columns);
    memset(rows->sums, 0, n_columns * sizeof *rows->sums);
    if (walk->lengths) {
        copy_inputs(rows, walk, x); /* 9 */
    }
    /* a = W^T x_t + b:  dX += da W^T,  dW += X^T da,  db += sum da */
    int status = product_backward(walk->lengths ? rows->clean_x : *x, &parameters->weight_x,
                                  rows->grad_a, grad_x, gradients->weight_x, &sums, context);
    context->kernels->row->add(rows->sums, gradients->bias_x.data, n_columns);
    return status ? status : hidden_backward(rows, parameters, walk, gradients, context);
}
