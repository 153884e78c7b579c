#include "tests/support/stack_pair.h"

#include "tests/support/bounded_stack.h"
#include "tests/support/matrices.h"
#include "tests/support/pair_list.h"
#include "tests/support/stack_model_fast.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Behind the parameters. */
enum { X, INITIAL, GRAD_OUTPUT, GRAD_FINAL };
enum { OUTPUT, FINAL, GRAD_X, GRAD_INITIAL };

enum { SEED = 99 };

static twin *input(pair_case *c, int which)
{
    const stack_pair *p = c->options;
    return &c->inputs[p->model->list->n_parameters + (size_t)which];
}

static pair_output *output(pair_case *c, int which)
{
    const stack_pair *p = c->options;
    return &c->outputs[p->model->list->n_parameters + (size_t)which];
}

/* ---- the optimized side ---------------------------------------------------------------------- */

static size_t workspace_size(pair_case *c, const fast_context *context)
{
    const stack_pair *p = c->options;
    const stack_shape *s = p->shape;
    fast_recurrent_stack_shape shape = narrow_stack(&s->stack);
    fast_recurrent_stack_parameters found;
    fast_recurrent_stack_find(p->narrow, "stack", &shape, &found);
    return GSL_MAX(
        fast_recurrent_stack_forward_size(s->n_batch, s->n, &found.value, &shape, context),
        fast_recurrent_stack_backward_size(s->n_batch, s->n, &found.value, &shape, context));
}

static int run(pair_case *c, fast_context *context)
{
    const stack_pair *p = c->options;
    const stack_shape *s = p->shape;
    fast_recurrent_stack_shape shape = narrow_stack(&s->stack);
    fast_recurrent_stack_parameters found;
    fast_recurrent_stack_find(p->narrow, "stack", &shape, &found);
    fast_recurrent_stack_state first = narrow_states(&input(c, INITIAL)->view, &s->stack);
    fast_recurrent_stack_state last = narrow_states(&output(c, FINAL)->t.view, &s->stack);
    fast_recurrent_stack_state grad_last = narrow_states(&input(c, GRAD_FINAL)->view, &s->stack);
    fast_recurrent_stack_state grad_first =
        narrow_states(&output(c, GRAD_INITIAL)->t.view, &s->stack);
    const fast_recurrent_stack_state *initial = s->has_initial ? &first : NULL;
    const size_t *lengths = s->lengths[0] > 0 ? s->lengths : NULL;
    fast_dropout drop = {s->dropout_rate, SEED, 0};
    const fast_dropout *dropout = s->dropout_rate > 0.0 ? &drop : NULL;
    const fast_view *x = &input(c, X)->view;
    fast_recurrent_stack_cache cache;
    fast_workspace *memory = fast_workspace_alloc(
        fast_recurrent_stack_cache_layout(s->n_batch, s->n, &shape, NULL, &cache));
    fast_recurrent_stack_cache_layout(s->n_batch, s->n, &shape, memory, &cache);
    cache.outputs[shape.n_layers - 1] = output(c, OUTPUT)->t.view;
    int status = fast_recurrent_stack_forward(x, initial, &found.value, &shape, lengths, dropout,
                                              &cache, &last, context);
    status = status ? status
                    : fast_recurrent_stack_backward(x, initial, &found.value, &shape, lengths,
                                                    dropout, &cache, &input(c, GRAD_OUTPUT)->view,
                                                    &grad_last, &output(c, GRAD_X)->t.view,
                                                    &grad_first, &found.gradient, context);
    fast_workspace_free(memory);
    return status;
}

/* ---- what is expected ------------------------------------------------------------------------ */

static bounded exact_tall(const twin *t)
{
    gsl_matrix_view tall = pair_tall(t);
    return bounded_exact(&tall.matrix);
}

static const char *const kinds[] = {"weight_x", "bias_x", "weight_h", "bias_h"};

/* Parameter n of the list belongs to a layer and a direction: its name is stack.l.right.kind. */
static bounded gradient_of_parameter(const stack_pair *p, const bounded_stack *y, size_t n)
{
    size_t cell = n / 4, n_directions = p->shape->stack.is_bidirectional ? 2 : 1;
    bounded_cell_gradients g =
        bounded_stack_gradients(y, 1, cell / n_directions, cell % n_directions);
    const bounded all[] = {g.weight_x, g.bias_x, g.weight_h, g.bias_h};
    const char *name = p->model->list->parameters[n].name;
    CHECK(strcmp(strrchr(name, '.') + 1, kinds[n % 4]) == 0, "%s is no %s", name, kinds[n % 4]);
    return all[n % 4];
}

static void expect(stack_pair *p)
{
    const stack_shape *s = p->shape;
    pair_case *c = &p->pair;
    ref_dropout dropout = {s->dropout_rate, SEED, 0};
    stack_problem problem = {.shape = &s->stack,
                             .parameters = &p->model->found.value,
                             .lengths = s->lengths[0] > 0 ? s->lengths : NULL,
                             .dropout = s->dropout_rate > 0.0 ? &dropout : NULL,
                             .n_batch = s->n_batch,
                             .n = s->n,
                             .x = exact_tall(input(c, X)),
                             .initial =
                                 s->has_initial ? exact_tall(input(c, INITIAL)) : (bounded){0}};
    bounded_stack y = bounded_stack_forward(&problem);
    bounded_stack_backward(&problem, exact_tall(input(c, GRAD_OUTPUT)),
                           exact_tall(input(c, GRAD_FINAL)), &y);
    pair_expect(output(c, OUTPUT), y.output);
    pair_expect(output(c, FINAL), y.final);
    pair_expect_added(output(c, GRAD_X), y.grad_x, 2 * s->stack.n_hidden);
    pair_expect_added(output(c, GRAD_INITIAL), y.grad_initial, 1);
    for (size_t n = 0; n < p->model->list->n_parameters; n++) {
        pair_expect_added(&c->outputs[n], gradient_of_parameter(p, &y, n), s->n_batch * s->n);
    }
    free_matrices();
}

/* ---- cases ----------------------------------------------------------------------------------- */

stack_pair *stack_pair_alloc(const stack_shape *s)
{
    static const char *const cells[] = {"Elman", "GRU", "LSTM"};
    stack_pair *p = calloc(1, sizeof *p);
    p->shape = s;
    p->model = stack_alloc(&s->stack);
    p->pair = (pair_case){.catches = s->catches,
                          .variant = cells[s->stack.cell],
                          .options = p,
                          .size = workspace_size,
                          .run = run};
    row_layout tokens = {s->n_batch, 1, s->n, s->layout}, states = {s->n_batch, 1, 1, s->layout};
    size_t n_out = (s->stack.is_bidirectional ? 2 : 1) * s->stack.n_hidden;
    size_t n_states = stack_state_size(&s->stack);
    pair_list(&p->pair, p->model->list, ldexp(1.0, -(int)s->stack.n_layers));
    pair_input(&p->pair, tokens, s->stack.n_in, 1.0);
    pair_input(&p->pair, states, n_states, 0.5);
    pair_input(&p->pair, tokens, n_out, 1.0);
    pair_input(&p->pair, states, n_states, 1.0);
    pair_output_rows(&p->pair, "output", tokens, n_out, 0.0);
    pair_output_rows(&p->pair, "final states", states, n_states, 0.0);
    pair_output_rows(&p->pair, "grad_x", tokens, s->stack.n_in, 1.0);
    pair_output_rows(&p->pair, "grad initial states", states, n_states, 1.0);
    p->narrow = pair_narrow_list(&p->pair, p->model->list);
    expect(p);
    return p;
}

void stack_pair_free(stack_pair *p)
{
    pair_free(&p->pair);
    fast_parameters_free(p->narrow);
    stack_free(p->model);
    free(p);
}

static gsl_matrix *part_of(const twin *t, size_t batch)
{
    gsl_matrix_view part = twin_matrix(t, batch, 0);
    return copy_of(&part.matrix);
}

static void check_rules_of(stack_pair *p, size_t b)
{
    const stack_shape *s = p->shape;
    pair_case *c = &p->pair;
    const side reference = side_at(0);
    ref_dropout dropout = {s->dropout_rate, SEED, b * s->n};
    stack_call call = {.model = p->model,
                       .x = part_of(input(c, X), b),
                       .length = s->lengths[0] > 0 ? &s->lengths[b] : NULL,
                       .dropout = s->dropout_rate > 0.0 ? &dropout : NULL,
                       .initial = s->has_initial ? part_of(input(c, INITIAL), b) : NULL,
                       .grad_output = part_of(input(c, GRAD_OUTPUT), b),
                       .grad_final = part_of(input(c, GRAD_FINAL), b)};
    stack_result y = side_stack(&reference, &call);
    check_close(part_of(&output(c, OUTPUT)->t, b), y.output, 1e-12, "%s: output", c->catches);
    check_close(part_of(&output(c, FINAL)->t, b), y.final, 1e-12, "%s: states", c->catches);
}

void stack_pair_check_rules(stack_pair *p)
{
    pair_start_gradients(&p->pair, p->model->list);
    for (size_t b = 0; b < p->shape->n_batch; b++) {
        check_rules_of(p, b);
    }
    pair_check_gradients(&p->pair, p->model->list);
    free_matrices();
}
