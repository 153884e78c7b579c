/* A stack that is walked token by token. What it shares with recurrent_stack.c is the dropout between
 * two layers; all else is cut into what is done once and what is done at each step. */
#include "optimized/recurrent_stack_steps.h"
#include "optimized/projection.h"
#include "optimized/recurrent_stack_checks.h"
#include "optimized/scratch.h"
#include "optimized/tall_product.h"
#include <gsl/gsl_errno.h>

/** How a layer is walked: to the right, without padding. */
static fast_recurrent_walk walk_of(const fast_recurrent_stack_shape *shape)
{
    return (fast_recurrent_walk){shape->cell, false, NULL};
}

/** The rows of a layer's W that are multiplied at each step. */
static fast_view stepped_rows(const fast_recurrent_stack *parameters, size_t layer, size_t n_known)
{
    const fast_view *weight = &parameters->cells[layer][0].weight_x;
    size_t first = layer == 0 ? n_known : 0;
    return fast_view_rows(weight, first, weight->n_rows - first);
}

/** The rows of the first layer's W that meet what is known beforehand. */
static fast_view known_rows(const fast_recurrent_stack *parameters, size_t n_known)
{
    return fast_view_rows(&parameters->cells[0][0].weight_x, 0, n_known);
}

/* ---- Forward --------------------------------------------------------------------------------- */

size_t fast_stack_steps_take(const fast_view *x, const fast_kernels *kernels, fast_workspace *from,
                             fast_stack_steps *steps)
{
    size_t size = 0;
    fast_recurrent_walk walk = walk_of(steps->shape);
    for (size_t l = 0; l < steps->shape->n_layers; l++) {
        fast_view weight = stepped_rows(steps->parameters, l, steps->n_known);
        size = fast_size_sum(size, fast_packed_take(false, &weight, x->n_batch * x->n_rows, kernels,
                                                    from, &steps->weights_x[l]));
        size = fast_size_sum(size, fast_packed_cell_take(x, &steps->parameters->cells[l][0], &walk,
                                                         kernels, from, &steps->cells[l]));
    }
    return size;
}

size_t fast_stack_steps_size(const fast_view *x, const fast_stack_steps *steps,
                             const fast_context *context)
{
    fast_recurrent_walk walk = walk_of(steps->shape);
    fast_view known = fast_view_columns(x, 0, steps->n_known), token = fast_view_rows(x, 0, 1);
    fast_view weight = known_rows(steps->parameters, steps->n_known);
    size_t most = fast_projection_forward_size(&known, &weight, context);
    most =
        larger_of(most, fast_recurrent_steps_size(&token, steps->shape->n_hidden, &walk, context));
    for (size_t l = 0; l < steps->shape->n_layers; l++) {
        most = larger_of(most, fast_packed_multiply_rows_size(&steps->weights_x[l], context));
    }
    return most;
}

int fast_stack_steps_begin(const fast_stack_steps *steps, const fast_view *x,
                           const fast_recurrent_stack_cache *cache, fast_context *context)
{
    fast_recurrent_walk walk = walk_of(steps->shape);
    for (size_t l = 0; l < steps->shape->n_layers; l++) {
        fast_packed_fill_all(&steps->weights_x[l], context);
        fast_packed_cell_fill(&steps->cells[l], &steps->parameters->cells[l][0], &walk, context);
    }
    /* a_t = W^T x_t, for all tokens: the upper rows of W */
    fast_view known = fast_view_columns(x, 0, steps->n_known), a = cache->cells[0][0].gates;
    fast_view weight = known_rows(steps->parameters, steps->n_known);
    return fast_projection_forward(&known, &weight, NULL, &a, context);
}

int fast_stack_step(const fast_stack_steps *steps, const fast_view *fed,
                    const fast_recurrent_stack_state *before, const fast_dropout *dropout,
                    const fast_recurrent_stack_cache *cache, fast_context *context)
{
    int status = GSL_SUCCESS;
    fast_recurrent_walk walk = walk_of(steps->shape);
    // [stack-step]
    for (size_t l = 0; l < steps->shape->n_layers && status == GSL_SUCCESS; l++) {
        const fast_view *a = &cache->cells[l][0].gates;
        if (l > 0 && dropout) {
            fast_dropout own = fast_dropout_of_layer(dropout, l);
            fast_view dropped = cache->inputs[l];
            status = fast_dropout_forward(&cache->outputs[l - 1], &own, &dropped, context);
        }
        /* a_t += W^T fed_t, to which the lower rows of W belong; and above, a_t = W^T h_t */
        fast_packed_multiply_rows(&steps->weights_x[l], input_of_layer(fed, cache, l, dropout),
                                  l == 0 ? 1.0f : 0.0f, a, a, context);
        fast_recurrent_steps(&steps->cells[l], &before->states[l][0], &walk, &cache->cells[l][0],
                             NULL, &cache->outputs[l], context);
    }
    // [stack-step]
    return status;
}

/* ---- Backward -------------------------------------------------------------------------------- */

size_t fast_stack_steps_backward_take(const fast_view *x, const fast_kernels *kernels,
                                      fast_workspace *from, fast_stack_steps_backward *steps)
{
    size_t size = 0, n_hidden = steps->shape->n_hidden;
    fast_recurrent_walk walk = walk_of(steps->shape);
    for (size_t l = 0; l < steps->shape->n_layers; l++) {
        fast_view weight = stepped_rows(steps->parameters, l, steps->n_known);
        fast_view input = fast_view_columns(x, 0, l == 0 ? x->n_cols : n_hidden);
        size = fast_size_sum(size, fast_packed_take(true, &weight, x->n_batch * x->n_rows, kernels,
                                                    from, &steps->weights_x[l]));
        size = fast_size_sum(
            size, fast_packed_cell_backward_take(&input, &steps->parameters->cells[l][0], &walk,
                                                 kernels, from, &steps->cells[l]));
    }
    size = fast_size_sum(size, take_view(from, x->n_batch, 1, 1, n_hidden, &steps->buffers[0]));
    return fast_size_sum(size, take_view(from, x->n_batch, 1, 1, n_hidden, &steps->buffers[1]));
}

size_t fast_stack_steps_backward_size(const fast_view *x, const fast_stack_steps_backward *steps,
                                      const fast_context *context)
{
    size_t n_hidden = steps->shape->n_hidden;
    fast_recurrent_walk walk = walk_of(steps->shape);
    fast_view token = fast_view_rows(x, 0, 1);
    fast_view weight = known_rows(steps->parameters, steps->n_known);
    size_t most =
        larger_of(fast_recurrent_steps_backward_size(&token, n_hidden, &walk, context),
                  fast_multiply_rows_size(&steps->cells[0].rows.grad_a, true, &weight, context));
    for (size_t l = 0; l < steps->shape->n_layers; l++) {
        fast_view input = fast_view_columns(x, 0, l == 0 ? x->n_cols : n_hidden);
        most = larger_of(most, fast_packed_multiply_rows_size(&steps->weights_x[l], context));
        most = larger_of(most, fast_recurrent_gradients_size(
                                   &input, &steps->parameters->cells[l][0], &walk, context));
    }
    return most;
}

void fast_stack_steps_backward_begin(const fast_stack_steps_backward *steps,
                                     const fast_context *context)
{
    for (size_t l = 0; l < steps->shape->n_layers; l++) {
        fast_packed_fill_all(&steps->weights_x[l], context);
        fast_packed_cell_backward_fill(&steps->cells[l], context);
    }
}

/** The same weights, and the rows of one token. */
static fast_packed_cell_backward cell_at(const fast_packed_cell_backward *all, size_t t)
{
    fast_packed_cell_backward cell = *all;
    cell.rows.grad_a = fast_view_rows(&all->rows.grad_a, t, 1);
    cell.rows.grad_u_n = fast_view_rows(&all->rows.grad_u_n, t, 1);
    cell.rows.states = fast_view_rows(&all->rows.states, t, 1);
    return cell;
}

int fast_stack_step_backward(const fast_stack_steps_backward *steps, size_t t,
                             const fast_recurrent_stack_state *initial, const fast_dropout *dropout,
                             const fast_recurrent_stack_cache *cache, const fast_view *grad_output,
                             const fast_recurrent_stack_state *behind, const fast_view *grad_fed,
                             const fast_recurrent_stack_state *before, fast_context *context)
{
    int status = GSL_SUCCESS;
    fast_recurrent_walk walk = walk_of(steps->shape);
    fast_view above = *grad_output;
    // [stack-step-backward]
    for (size_t l = steps->shape->n_layers; l-- > 0 && status == GSL_SUCCESS;) {
        fast_packed_cell_backward cell = cell_at(&steps->cells[l], t);
        fast_view grad_input = l > 0 ? steps->buffers[l % 2] : *grad_fed;
        fast_recurrent_steps_backward(&cell, &initial->states[l][0], &walk, &cache->cells[l][0],
                                      &cache->outputs[l], &above, state_of_walk(behind, l, 0),
                                      &before->states[l][0], context);
        /* a_t = W^T x_t:  dx_t = W da_t */
        fast_packed_multiply_rows(&steps->weights_x[l], &cell.rows.grad_a, 0.0f, &grad_input,
                                  &grad_input, context);
        if (l > 0 && dropout) {
            fast_dropout own = fast_dropout_of_layer(dropout, l);
            status = fast_dropout_forward(&grad_input, &own, &grad_input, context);
        }
        above = grad_input;
    }
    // [stack-step-backward]
    return status;
}

int fast_stack_steps_backward_end(const fast_stack_steps_backward *steps, const fast_view *x,
                                  const fast_dropout *dropout,
                                  const fast_recurrent_stack_cache *cache, fast_view *grad_known,
                                  const fast_recurrent_stack *gradients, fast_context *context)
{
    /* a_t = W^T x_t, for all tokens:  dX += dA W^T */
    fast_view weight = known_rows(steps->parameters, steps->n_known);
    int status = fast_multiply_rows(&steps->cells[0].rows.grad_a, true, &weight, 1.0f, grad_known,
                                    grad_known, context);
    /* dW += X^T dA,  dU += H^T dU, and the biases */
    fast_recurrent_walk walk = walk_of(steps->shape);
    for (size_t l = 0; l < steps->shape->n_layers && status == GSL_SUCCESS; l++) {
        status = fast_recurrent_add_gradients(
            &steps->cells[l].rows, input_of_layer(x, cache, l, dropout),
            &steps->parameters->cells[l][0], &walk, NULL, &gradients->cells[l][0], context);
    }
    return status;
}
