/* Stacks of recurrent networks: gradients against central differences. */

#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/stack_model.h"
#include "tests/support/suite.h"

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
    {"35: gradients through layers, directions and time agree with central differences",
     gradients_are_derivatives},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
