/* Stacks of recurrent networks: what they are made of, property 38, and gradients against central
 * differences. test_recurrent_stack_agreement.c compares the sides with one another. */

#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_recurrent.h"
#include "tests/support/stack_model.h"
#include "tests/support/suite.h"
#include <math.h>
#include <stdio.h>

enum { N = 7, N_IN = 5, N_HIDDEN = 6 };

static gsl_matrix *rows_from(const gsl_matrix *a, size_t first, size_t n)
{
    gsl_matrix_const_view rows = gsl_matrix_const_submatrix(a, first, 0, n, a->size2);
    return copy_of(&rows.matrix);
}

static gsl_matrix *columns_from(const gsl_matrix *a, size_t first, size_t n)
{
    gsl_matrix_const_view columns = gsl_matrix_const_submatrix(a, 0, first, a->size1, n);
    return copy_of(&columns.matrix);
}

static ref_recurrent_stack_shape shape_of(ref_cell cell, size_t n_layers, bool is_bidirectional)
{
    return (ref_recurrent_stack_shape){cell, N_IN, N_HIDDEN, n_layers, is_bidirectional};
}

/* ---- what a stack is made of ----------------------------------------------------------------- */

static gsl_matrix *parameter_of(const stack_model *m, size_t l, size_t d, const char *kind)
{
    char name[REF_NAME_SIZE];
    snprintf(name, sizeof name, "stack.%zu.%s.%s", l, d == 0 ? "right" : "left", kind);
    return value_of(m->list, name);
}

static gsl_matrix *gradient_in(const stack_model *m, size_t l, size_t d, const char *kind)
{
    char name[REF_NAME_SIZE];
    snprintf(name, sizeof name, "stack.%zu.%s.%s", l, d == 0 ? "right" : "left", kind);
    return gradient_of(m->list, name);
}

/* One walk of a stack as a network of its own; of its states n_states stand at first. */
static recurrent_call walk_of(const stack_call *call, size_t l, size_t d, gsl_matrix *x)
{
    const stack_model *m = call->model;
    bool is_lstm = m->shape.cell == REF_LSTM;
    size_t n = m->shape.n_hidden, n_states = (is_lstm ? 2 : 1) * n;
    size_t first = (l * (m->shape.is_bidirectional ? 2 : 1) + d) * n_states;
    gsl_matrix *none = new_matrix(1, n);
    return (recurrent_call){.cell = m->shape.cell,
                            .is_reversed = d == 1,
                            .length = call->length,
                            .n_hidden = n,
                            .x = x,
                            .h_0 = columns_from(call->initial, first, n),
                            .c_0 = is_lstm ? columns_from(call->initial, first + n, n) : none,
                            .weight_x = parameter_of(m, l, d, "weight_x"),
                            .bias_x = parameter_of(m, l, d, "bias_x"),
                            .weight_h = parameter_of(m, l, d, "weight_h"),
                            .bias_h = parameter_of(m, l, d, "bias_h"),
                            .grad_output = columns_from(call->grad_output, d * n, n),
                            .grad_h = columns_from(call->grad_final, first, n),
                            .grad_c =
                                is_lstm ? columns_from(call->grad_final, first + n, n) : none};
}

/* One layer is one walk for each direction, and its outputs stand side by side. */
static void one_layer_on(const side *s)
{
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        ref_recurrent_stack_shape shape = shape_of(cell, 1, true);
        size_t length = 5;
        stack_model *m = stack_alloc(&shape);
        stack_call call = random_stack_call(m, N);
        call.length = &length;
        stack_result y = side_stack(s, &call);
        gsl_matrix *grad_x = new_matrix(N, N_IN);
        for (size_t d = 0; d < 2; d++) {
            recurrent_call walk = walk_of(&call, 0, d, call.x);
            recurrent_result z = side_recurrent(s, &walk);
            size_t n_states = y.final->size2 / 2;
            check_equal(columns_from(y.output, d * N_HIDDEN, N_HIDDEN), z.output, "output %zu", d);
            check_equal(columns_from(y.final, d * n_states, N_HIDDEN), z.h, "final h %zu", d);
            check_equal(columns_from(y.grad_initial, d * n_states, N_HIDDEN), z.grad_h_0,
                        "grad h_0 %zu", d);
            check_equal(gradient_in(m, 0, d, "weight_h"), z.grad_weight_h, "grad U %zu", d);
            check_equal(gradient_in(m, 0, d, "bias_x"), z.grad_bias_x, "grad b %zu", d);
            gsl_matrix_add(grad_x, z.grad_x);
        }
        check_close(y.grad_x, grad_x, close_on(s, largest_entry(grad_x)), "grad_x");
        stack_free(m);
    }
}
ON_EACH_SIDE(one_layer)

/* The second layer reads what the first puts out, behind its dropout, which has the seed + 1. */
static void two_layers_on(const side *s)
{
    const ref_dropout dropout = {.rate = 0.4, .seed = 11, .first_row = 3};
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        ref_recurrent_stack_shape shape = shape_of(cell, 2, true);
        stack_model *m = stack_alloc(&shape);
        stack_call call = random_stack_call(m, N);
        call.dropout = &dropout;
        stack_result y = side_stack(s, &call);
        gsl_matrix *x = call.x, *output = new_matrix(N, 2 * N_HIDDEN);
        for (size_t l = 0; l < 2; l++) {
            for (size_t d = 0; d < 2; d++) {
                recurrent_call walk = walk_of(&call, l, d, x);
                walk.grad_output = NULL;
                gsl_matrix *part = side_recurrent(s, &walk).output;
                gsl_matrix_view to = gsl_matrix_submatrix(output, 0, d * N_HIDDEN, N, N_HIDDEN);
                gsl_matrix_memcpy(&to.matrix, part);
            }
            ref_dropout own = dropout;
            own.seed += 1;
            x = new_matrix(N, 2 * N_HIDDEN);
            ref_dropout_forward(output, &own, x);
        }
        check_close(y.output, output, close_on(s, 1.0), "output");
        stack_free(m);
    }
}
ON_EACH_SIDE(two_layers)

/* ---- property 38 ----------------------------------------------------------------------------- */

static void check_split(const side *s, const stack_call *whole, const stack_result *all,
                        size_t n_first)
{
    stack_call first = *whole, second = *whole;
    first.x = rows_from(whole->x, 0, n_first);
    second.x = rows_from(whole->x, n_first, N - n_first);
    second.grad_output = rows_from(whole->grad_output, n_first, N - n_first);
    first.grad_output = NULL;
    stack_result y = side_stack(s, &first);
    second.initial = y.final;
    stack_result y_2 = side_stack(s, &second);
    first.grad_output = rows_from(whole->grad_output, 0, n_first);
    first.grad_final = y_2.grad_initial;
    y = side_stack(s, &first);
    check_equal(y.output, rows_from(all->output, 0, n_first), "outputs before %zu", n_first);
    check_equal(y_2.output, rows_from(all->output, n_first, N - n_first), "from %zu", n_first);
    check_equal(y_2.final, all->final, "the last states");
    check_equal(y.grad_x, rows_from(all->grad_x, 0, n_first), "grad_x before %zu", n_first);
    check_equal(y.grad_initial, all->grad_initial, "gradients of the first states");
}

static void splitting_on(const side *s)
{
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        ref_recurrent_stack_shape shape = shape_of(cell, 3, false);
        stack_model *m = stack_alloc(&shape);
        stack_call call = random_stack_call(m, N);
        stack_result all = side_stack(s, &call);
        for (size_t n_first = 1; n_first < N; n_first++) {
            check_split(s, &call, &all, n_first);
        }
        stack_free(m);
    }
}
ON_EACH_SIDE(splitting)

/* Garbage in the padding, of x and of the gradient, must not count; dropout or not. */
static void check_padding(const side *s, ref_cell cell, const ref_dropout *dropout)
{
    ref_recurrent_stack_shape shape = shape_of(cell, 2, true);
    size_t length = 4;
    stack_model *m = stack_alloc(&shape);
    stack_call shorter = random_stack_call(m, N), padded = shorter;
    shorter.dropout = padded.dropout = dropout;
    shorter.x = rows_from(padded.x, 0, length);
    shorter.grad_output = rows_from(padded.grad_output, 0, length);
    padded.length = &length;
    for (size_t t = length; t < N; t++) {
        gsl_vector_view x = gsl_matrix_row(padded.x, t), dy = gsl_matrix_row(padded.grad_output, t);
        gsl_vector_set_all(&x.vector, NAN);
        gsl_vector_set_all(&dy.vector, NAN);
    }
    stack_result y = side_stack(s, &padded);
    gsl_matrix_view all = gsl_matrix_view_array(m->list->gradients, 1, m->list->n_numbers);
    gsl_matrix *gradients = copy_of(&all.matrix);
    ref_parameters_zero_gradients(m->list);
    stack_result z = side_stack(s, &shorter);
    check_equal(rows_from(y.output, 0, length), z.output, "output");
    check_zero(rows_from(y.output, length, N - length), "output of padding");
    check_equal(y.final, z.final, "the last states");
    check_equal(rows_from(y.grad_x, 0, length), z.grad_x, "grad_x");
    check_zero(rows_from(y.grad_x, length, N - length), "grad_x of padding");
    check_equal(y.grad_initial, z.grad_initial, "gradients of the first states");
    check_equal(gradients, &all.matrix, "gradients of the parameters");
    CHECK(largest_entry(gradients) > 0.1, "there are no gradients");
    stack_free(m);
}

static void padding_on(const side *s)
{
    const ref_dropout dropout = {.rate = 0.3, .seed = 4};
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        check_padding(s, cell, NULL);
        check_padding(s, cell, &dropout);
    }
}
ON_EACH_SIDE(padding)

/* ---- gradients ------------------------------------------------------------------------------- */

/* <grad_output, output> + <grad_final, final> */
static double loss(void *data)
{
    stack_call forward = *(const stack_call *)data;
    side reference = side_at(0);
    gsl_matrix *upstream = forward.grad_output;
    forward.grad_output = NULL;
    stack_result y = side_stack(&reference, &forward);
    return inner_product(upstream, y.output) + inner_product(forward.grad_final, y.final);
}

static void check_gradients(const ref_recurrent_stack_shape *shape, const size_t *length)
{
    const ref_dropout dropout = {.rate = 0.3, .seed = 5, .first_row = 2};
    side reference = side_at(0);
    stack_model *m = stack_alloc(shape);
    stack_call call = random_stack_call(m, 4);
    call.length = length;
    call.dropout = &dropout;
    stack_result y = side_stack(&reference, &call);
    check_gradient("grad_x", call.x, y.grad_x, loss, &call);
    check_gradient("grad initial", call.initial, y.grad_initial, loss, &call);
    for (size_t n = 0; n < m->list->n_parameters; n++) {
        ref_parameter *p = &m->list->parameters[n];
        check_gradient(p->name, &p->value.matrix, &p->gradient.matrix, loss, &call);
    }
    stack_free(m);
    free_matrices();
}

static void gradients_are_derivatives(void)
{
    size_t length = 3;
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        for (size_t n_layers = 1; n_layers <= 3; n_layers++) {
            for (int both = 0; both < 2; both++) {
                ref_recurrent_stack_shape shape = {cell, 3, 2, n_layers, both};
                check_gradients(&shape, NULL);
                check_gradients(&shape, &length);
            }
        }
    }
}

static const test tests[] = {
    {"38: a layer in both directions is two networks side by side", one_layer},
    {"a layer reads what the one below puts out, behind its dropout", two_layers},
    {"38: splitting a sequence and passing the states of all layers on changes nothing", splitting},
    {"38: padding changes nothing in any layer, and its outputs and gradients are 0", padding},
    {"35: gradients through layers, directions and time agree with central differences",
     gradients_are_derivatives},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
