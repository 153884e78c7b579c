#include "tests/support/bounded_stack.h"

#include "tests/support/bounded_dense.h"
#include "tests/support/matrices.h"
#include "tests/support/stack_model.h"

static size_t n_directions(const ref_recurrent_stack_shape *shape)
{
    return shape->is_bidirectional ? 2 : 1;
}

static gsl_matrix *row_of(const gsl_vector *v)
{
    gsl_matrix *row = new_matrix(1, v->size);
    gsl_matrix_set_row(row, 0, v);
    return row;
}

static bounded columns_of(bounded all, size_t first, size_t n_cols)
{
    return all.value ? bounded_part(all, 0, all.value->size1, first, n_cols) : all;
}

bounded bounded_above(bounded top, bounded bottom)
{
    size_t n_top = top.value->size1;
    bounded both = bounded_new(n_top + bottom.value->size1, top.value->size2);
    bounded_put(both, 0, 0, top);
    bounded_put(both, n_top, 0, bottom);
    return both;
}

/* ---- one walk -------------------------------------------------------------------------------- */

/* Where its h stands in a row of states. */
static size_t place_of(const ref_recurrent_stack_shape *shape, size_t l, size_t d)
{
    size_t n_states = shape->cell == REF_LSTM ? 2 : 1;
    return (l * n_directions(shape) + d) * n_states * shape->n_hidden;
}

static recurrent_problem walk_of(const stack_problem *p, bounded input, size_t l, size_t d)
{
    const ref_recurrent_cell *cell = &p->parameters->cells[l][d];
    size_t n = p->shape->n_hidden, h = place_of(p->shape, l, d);
    bool has_memory = p->shape->cell == REF_LSTM;
    return (recurrent_problem){.cell = p->shape->cell,
                               .is_reversed = d == 1,
                               .lengths = p->lengths,
                               .n_batch = p->n_batch,
                               .n = p->n,
                               .n_hidden = n,
                               .x = input,
                               .initial_h = columns_of(p->initial, h, n),
                               .initial_c =
                                   has_memory ? columns_of(p->initial, h + n, n) : (bounded){0},
                               .weight_x = cell->weight_x,
                               .bias_x = row_of(cell->bias_x),
                               .weight_h = cell->weight_h,
                               .bias_h = row_of(cell->bias_h)};
}

static bounded dropped(const stack_problem *p, bounded x, size_t l)
{
    if (!p->dropout) {
        return x;
    }
    ref_dropout own = *p->dropout;
    own.seed += l;
    return bounded_dropout(x, &own);
}

/* ---- forward --------------------------------------------------------------------------------- */

bounded_stack bounded_stack_forward(const stack_problem *p)
{
    bounded_stack y = {.output = p->x};
    size_t n = p->shape->n_hidden, n_rows = p->n_batch * p->n;
    y.final = bounded_new(p->n_batch, stack_state_size(p->shape));
    for (size_t l = 0; l < p->shape->n_layers; l++) {
        y.inputs[l] = l == 0 ? p->x : dropped(p, y.output, l);
        y.output = bounded_new(n_rows, n_directions(p->shape) * n);
        for (size_t d = 0; d < n_directions(p->shape); d++) {
            recurrent_problem walk = walk_of(p, y.inputs[l], l, d);
            size_t h = place_of(p->shape, l, d);
            y.cells[l][d] = bounded_recurrent_forward(&walk);
            bounded_put(y.output, 0, d * n, y.cells[l][d].output);
            bounded_put(y.final, 0, h, y.cells[l][d].final_h);
            if (p->shape->cell == REF_LSTM) {
                bounded_put(y.final, 0, h + n, y.cells[l][d].final_c);
            }
        }
    }
    return y;
}

/* ---- backward -------------------------------------------------------------------------------- */

void bounded_stack_backward(const stack_problem *p, bounded grad_output, bounded grad_final,
                            bounded_stack *y)
{
    size_t n = p->shape->n_hidden;
    y->grad_initial = bounded_new(p->n_batch, stack_state_size(p->shape));
    for (size_t l = p->shape->n_layers; l-- > 0;) {
        bounded grad_input = {0};
        for (size_t d = 0; d < n_directions(p->shape); d++) {
            recurrent_problem walk = walk_of(p, y->inputs[l], l, d);
            bounded_recurrent *cell = &y->cells[l][d];
            size_t h = place_of(p->shape, l, d);
            walk.grad_output = columns_of(grad_output, d * n, n);
            walk.grad_final_h = columns_of(grad_final, h, n);
            if (p->shape->cell == REF_LSTM) {
                walk.grad_final_c = columns_of(grad_final, h + n, n);
            }
            bounded_recurrent_backward(&walk, cell);
            bounded_put(y->grad_initial, 0, h, cell->grad_initial_h);
            if (p->shape->cell == REF_LSTM) {
                bounded_put(y->grad_initial, 0, h + n, cell->grad_initial_c);
            }
            bounded part = bounded_product(1.0, CblasNoTrans, cell->grad_a, CblasTrans,
                                           bounded_exact(walk.weight_x));
            grad_input = d == 0 ? part : bounded_sum(grad_input, part);
        }
        y->grad_x = grad_input;
        grad_output = l > 0 ? dropped(p, grad_input, l) : grad_input;
    }
}

bounded_cell_gradients bounded_stack_gradients(const bounded_stack y[], size_t n_problems, size_t l,
                                               size_t d)
{
    bounded x = y[0].inputs[l], h = y[0].cells[l][d].states;
    bounded da = y[0].cells[l][d].grad_a, du = y[0].cells[l][d].grad_u;
    for (size_t t = 1; t < n_problems; t++) {
        x = bounded_above(x, y[t].inputs[l]);
        h = bounded_above(h, y[t].cells[l][d].states);
        da = bounded_above(da, y[t].cells[l][d].grad_a);
        du = bounded_above(du, y[t].cells[l][d].grad_u);
    }
    return (bounded_cell_gradients){
        bounded_product(1.0, CblasTrans, x, CblasNoTrans, da), bounded_column_sums(da),
        bounded_product(1.0, CblasTrans, h, CblasNoTrans, du), bounded_column_sums(du)};
}
