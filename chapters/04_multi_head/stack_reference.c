/* A stack of pre-norm blocks in double, and the same without residual connections. */
#include "chapters/04_multi_head/cards.h"
#include "chapters/04_multi_head/stack_passes.h"

#include "chapters/common/program/program.h"
#include "reference/layer_norm.h"
#include "reference/projection.h"
#include <stdio.h>
#include <stdlib.h>

struct stack_reference {
    size_t n_layers;
    bool has_residual;
    ref_parameter *input, *output;
    ref_block_parameters blocks[STACK_MAX_LAYERS];
    ref_block_cache *caches[STACK_MAX_LAYERS], *gradients;
    gsl_matrix *grad_x;
    gsl_matrix *states[STACK_MAX_LAYERS + 1], *grad_states[STACK_MAX_LAYERS + 1];
};

/* ---- Memory ---------------------------------------------------------------------------------- */

stack_reference *stack_reference_alloc(const ref_parameters *list, size_t n_layers,
                                       bool has_residual)
{
    stack_reference *of = program_allocate(1, sizeof *of);
    *of = (stack_reference){.n_layers = n_layers,
                            .has_residual = has_residual,
                            .input = ref_parameters_find(list, "input.weight"),
                            .output = ref_parameters_find(list, "output.weight"),
                            .gradients = ref_block_cache_alloc(N_CARDS, &stack_shape),
                            .grad_x = program_matrix(N_CARDS, D_CARD)};
    for (size_t l = 0; l <= n_layers; l++) {
        of->states[l] = program_matrix(N_CARDS, STACK_D);
        of->grad_states[l] = program_matrix(N_CARDS, STACK_D);
    }
    for (size_t l = 0; l < n_layers; l++) {
        char name[REF_NAME_SIZE];
        snprintf(name, sizeof name, "block%zu", l);
        program_check(ref_block_find(list, name, &stack_shape, &of->blocks[l]));
        of->caches[l] = ref_block_cache_alloc(N_CARDS, &stack_shape);
    }
    return of;
}

void stack_reference_free(stack_reference *of)
{
    if (of == NULL) {
        return;
    }
    for (size_t l = 0; l <= of->n_layers; l++) {
        gsl_matrix_free(of->states[l]);
        gsl_matrix_free(of->grad_states[l]);
    }
    for (size_t l = 0; l < of->n_layers; l++) {
        ref_block_cache_free(of->caches[l]);
    }
    ref_block_cache_free(of->gradients);
    gsl_matrix_free(of->grad_x);
    free(of);
}

/* ---- A block without residual connections ---------------------------------------------------- */

// [without-residual]
/* Z = attention(norm_1(X)),  Y = feed_forward(norm_2(Z)) */
static void bare_forward(const ref_block *p, const gsl_matrix *x, const ref_block_cache *c,
                         gsl_matrix *y)
{
    program_check(ref_layer_norm_forward(x, p->gain_1, p->bias_1, stack_shape.epsilon, c->mean_1,
                                         c->rate_1, c->norm_1));
    program_check(ref_multi_head_forward(c->norm_1, c->norm_1, &p->attention, NULL, &c->attention,
                                         c->middle));
    program_check(ref_layer_norm_forward(c->middle, p->gain_2, p->bias_2, stack_shape.epsilon,
                                         c->mean_2, c->rate_2, c->norm_2));
    program_check(ref_feed_forward_forward(c->norm_2, &p->feed_forward, stack_shape.activation,
                                           c->hidden, c->activated, y));
}
// [without-residual]

/* The same lines in reverse; g holds the gradients of what c holds. */
static void bare_backward(const ref_block_parameters *block, const gsl_matrix *x,
                          const ref_block_cache *c, const gsl_matrix *grad_y, gsl_matrix *grad_x,
                          const ref_block_cache *g)
{
    const ref_block *p = &block->value, *dp = &block->gradient;
    gsl_matrix_set_zero(g->norm_2);
    program_check(ref_feed_forward_backward(c->norm_2, &p->feed_forward, stack_shape.activation,
                                            c->hidden, grad_y, g->norm_2, &dp->feed_forward,
                                            g->activated, g->hidden));
    gsl_matrix_set_zero(g->middle);
    program_check(ref_layer_norm_backward(c->middle, p->gain_2, c->mean_2, c->rate_2, g->norm_2,
                                          g->middle, dp->gain_2, dp->bias_2));
    gsl_matrix_set_zero(g->norm_1);
    program_check(ref_multi_head_backward(c->norm_1, c->norm_1, &p->attention, NULL, &c->attention,
                                          g->middle, g->norm_1, g->norm_1, &dp->attention,
                                          &g->attention));
    program_check(ref_layer_norm_backward(x, p->gain_1, c->mean_1, c->rate_1, g->norm_1, grad_x,
                                          dp->gain_1, dp->bias_1));
}

/* ---- The stack ------------------------------------------------------------------------------- */

void stack_reference_forward(stack_reference *of, const gsl_matrix *x, gsl_matrix *output)
{
    program_check(ref_projection_forward(x, &of->input->value.matrix, NULL, of->states[0]));
    for (size_t l = 0; l < of->n_layers; l++) {
        const ref_block *block = &of->blocks[l].value;
        if (of->has_residual) {
            program_check(ref_block_forward(of->states[l], block, &stack_shape, NULL, NULL,
                                            of->caches[l], of->states[l + 1]));
        } else {
            bare_forward(block, of->states[l], of->caches[l], of->states[l + 1]);
        }
    }
    program_check(
        ref_projection_forward(of->states[of->n_layers], &of->output->value.matrix, NULL, output));
}

void stack_reference_backward(stack_reference *of, const gsl_matrix *x,
                              const gsl_matrix *grad_output)
{
    for (size_t l = 0; l <= of->n_layers; l++) {
        gsl_matrix_set_zero(of->grad_states[l]);
    }
    program_check(ref_projection_backward(of->states[of->n_layers], &of->output->value.matrix,
                                          grad_output, of->grad_states[of->n_layers],
                                          &of->output->gradient.matrix, NULL));
    for (size_t l = of->n_layers; l-- > 0;) {
        const ref_block_parameters *block = &of->blocks[l];
        if (of->has_residual) {
            program_check(ref_block_backward(of->states[l], &block->value, &stack_shape, NULL, NULL,
                                             of->caches[l], of->grad_states[l + 1],
                                             of->grad_states[l], &block->gradient, of->gradients));
        } else {
            bare_backward(block, of->states[l], of->caches[l], of->grad_states[l + 1],
                          of->grad_states[l], of->gradients);
        }
    }
    program_check(ref_projection_backward(x, &of->input->value.matrix, of->grad_states[0],
                                          of->grad_x, &of->input->gradient.matrix, NULL));
}
