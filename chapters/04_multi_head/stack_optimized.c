/* A stack of pre-norm blocks in float32, and the same without residual connections. */
#include "chapters/04_multi_head/cards.h"
#include "chapters/04_multi_head/floats.h"
#include "chapters/04_multi_head/stack_passes.h"

#include "chapters/common/program/program.h"
#include "optimized/block.h"
#include "optimized/layer_norm.h"
#include "optimized/projection.h"
#include "optimized/train.h"
#include <gsl/gsl_math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stack_optimized {
    size_t n_layers;
    bool has_residual;
    fast_block_shape shape;
    const fast_parameter *input, *output;
    fast_block_parameters blocks[STACK_MAX_LAYERS];
    fast_block_cache caches[STACK_MAX_LAYERS];
    fast_workspace *memory; /* of the caches */
    float *floats;          /* of all tensors below, one behind the other */
    size_t n_floats;
    fast_view x, grad_x, y, grad_y;
    fast_view states[STACK_MAX_LAYERS + 1], grad_states[STACK_MAX_LAYERS + 1];
    fast_view grad_norm_1, grad_middle, grad_norm_2; /* of a block without residual connections */
    fast_context context;
};

/* ---- Memory ---------------------------------------------------------------------------------- */

static void take(stack_optimized *of, size_t n_cols, fast_view *tensor)
{
    *tensor = fast_view_matrix(of->floats + of->n_floats, N_CARDS, n_cols);
    of->n_floats += N_CARDS * n_cols;
}

static void take_tensors(stack_optimized *of)
{
    size_t n_columns = 2 * (D_CARD + D_ANSWER) + (2 * of->n_layers + 5) * STACK_D;
    of->floats = program_allocate(N_CARDS * n_columns, sizeof *of->floats);
    take(of, D_CARD, &of->x);
    take(of, D_CARD, &of->grad_x);
    take(of, D_ANSWER, &of->y);
    take(of, D_ANSWER, &of->grad_y);
    for (size_t l = 0; l <= of->n_layers; l++) {
        take(of, STACK_D, &of->states[l]);
        take(of, STACK_D, &of->grad_states[l]);
    }
    take(of, STACK_D, &of->grad_norm_1);
    take(of, STACK_D, &of->grad_middle);
    take(of, STACK_D, &of->grad_norm_2);
}

static void find_blocks(stack_optimized *of, const fast_parameters *list)
{
    size_t n_bytes = fast_block_cache_layout(1, N_CARDS, &of->shape, NULL, &of->caches[0]);
    of->memory = fast_workspace_alloc(of->n_layers * n_bytes);
    for (size_t l = 0; l < of->n_layers && of->memory != NULL; l++) {
        char name[FAST_NAME_SIZE];
        snprintf(name, sizeof name, "block%zu", l);
        program_check(fast_block_find(list, name, &of->shape, &of->blocks[l]));
        fast_block_cache_layout(1, N_CARDS, &of->shape, of->memory, &of->caches[l]);
    }
}

/* As many bytes as the hungriest call wants. The layers of a block are called by themselves too, but
 * none of them needs more than the block. */
static size_t workspace_size(const stack_optimized *of, const fast_parameters *list)
{
    const fast_view *h = &of->states[0], *w_in = &of->input->value, *w_out = &of->output->value;
    const fast_block *block = &of->blocks[0].value;
    const size_t sizes[] = {
        fast_block_forward_size(h, block, &of->shape, &of->context),
        fast_block_backward_size(h, block, &of->shape, &of->context),
        fast_projection_forward_size(&of->x, w_in, &of->context),
        fast_projection_backward_size(&of->x, w_in, &of->context),
        fast_projection_forward_size(h, w_out, &of->context),
        fast_projection_backward_size(h, w_out, &of->context),
        fast_gradient_norm_size(list),
    };
    size_t largest = 0;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        largest = GSL_MAX(largest, sizes[s]);
    }
    return largest;
}

stack_optimized *stack_optimized_alloc(const fast_parameters *list, size_t n_layers,
                                       bool has_residual)
{
    stack_optimized *of = program_allocate(1, sizeof *of);
    *of = (stack_optimized){.n_layers = n_layers,
                            .has_residual = has_residual,
                            .shape = {.d_model = stack_shape.d_model,
                                      .n_heads = stack_shape.n_heads,
                                      .n_hidden = stack_shape.n_hidden,
                                      .clip = stack_shape.clip,
                                      .norm = (fast_norm_place)stack_shape.norm,
                                      .activation = (fast_activation)stack_shape.activation,
                                      .epsilon = (float)stack_shape.epsilon},
                            .input = fast_parameters_find(list, "input.weight"),
                            .output = fast_parameters_find(list, "output.weight"),
                            .context = {.kernels = fast_kernels_best(), .n_threads = 1}};
    take_tensors(of);
    find_blocks(of, list);
    of->context.workspace = fast_workspace_alloc(workspace_size(of, list));
    if (of->memory == NULL || of->context.workspace == NULL) {
        program_fail("%s", program_last_error());
    }
    return of;
}

void stack_optimized_free(stack_optimized *of)
{
    if (of != NULL) {
        fast_workspace_free(of->memory);
        fast_workspace_free(of->context.workspace);
        free(of->floats);
        free(of);
    }
}

fast_context *stack_optimized_context(stack_optimized *of)
{
    return &of->context;
}

static void set_zero(const fast_view *tensor)
{
    memset(tensor->data, 0, tensor->n_rows * tensor->n_cols * sizeof *tensor->data);
}

/* ---- A block without residual connections ---------------------------------------------------- */

/* Z = attention(norm_1(X)),  Y = feed_forward(norm_2(Z)) */
static void bare_forward(stack_optimized *of, size_t l)
{
    const fast_block *p = &of->blocks[l].value;
    fast_block_cache *c = &of->caches[l];
    float epsilon = of->shape.epsilon;
    program_check(fast_layer_norm_forward(&of->states[l], &p->gain_1, &p->bias_1, epsilon,
                                          &c->mean_1, &c->rate_1, &c->norm_1, &of->context));
    program_check(fast_multi_head_forward(&c->norm_1, &c->norm_1, &p->attention, NULL,
                                          &c->attention, &c->middle, &of->context));
    program_check(fast_layer_norm_forward(&c->middle, &p->gain_2, &p->bias_2, epsilon, &c->mean_2,
                                          &c->rate_2, &c->norm_2, &of->context));
    program_check(fast_feed_forward_forward(&c->norm_2, &p->feed_forward, of->shape.activation,
                                            &c->hidden, &of->states[l + 1], &of->context));
}

/* The same lines in reverse. */
static void bare_backward(stack_optimized *of, size_t l)
{
    const fast_block *p = &of->blocks[l].value;
    fast_block *dp = &of->blocks[l].gradient;
    fast_block_cache *c = &of->caches[l];
    set_zero(&of->grad_norm_2);
    program_check(fast_feed_forward_backward(&c->norm_2, &p->feed_forward, of->shape.activation,
                                             &c->hidden, &of->grad_states[l + 1], &of->grad_norm_2,
                                             &dp->feed_forward, &of->context));
    set_zero(&of->grad_middle);
    program_check(fast_layer_norm_backward(&c->middle, &p->gain_2, &c->mean_2, &c->rate_2,
                                           &of->grad_norm_2, &of->grad_middle, &dp->gain_2,
                                           &dp->bias_2, &of->context));
    set_zero(&of->grad_norm_1);
    program_check(fast_multi_head_backward(&c->norm_1, &c->norm_1, &p->attention, NULL,
                                           &c->attention, &of->grad_middle, &of->grad_norm_1,
                                           &of->grad_norm_1, &dp->attention, &of->context));
    program_check(fast_layer_norm_backward(&of->states[l], &p->gain_1, &c->mean_1, &c->rate_1,
                                           &of->grad_norm_1, &of->grad_states[l], &dp->gain_1,
                                           &dp->bias_1, &of->context));
}

/* ---- The stack ------------------------------------------------------------------------------- */

void stack_optimized_forward(stack_optimized *of, const gsl_matrix *x, gsl_matrix *output)
{
    floats_narrow(x, &of->x);
    program_check(
        fast_projection_forward(&of->x, &of->input->value, NULL, &of->states[0], &of->context));
    for (size_t l = 0; l < of->n_layers; l++) {
        if (of->has_residual) {
            program_check(fast_block_forward(&of->states[l], &of->blocks[l].value, &of->shape, NULL,
                                             NULL, &of->caches[l], &of->states[l + 1],
                                             &of->context));
        } else {
            bare_forward(of, l);
        }
    }
    program_check(fast_projection_forward(&of->states[of->n_layers], &of->output->value, NULL,
                                          &of->y, &of->context));
    floats_widen(&of->y, output);
}

void stack_optimized_backward(stack_optimized *of, const gsl_matrix *grad_output)
{
    fast_view grad_in = of->input->gradient, grad_out = of->output->gradient;
    floats_narrow(grad_output, &of->grad_y);
    set_zero(&of->grad_x);
    for (size_t l = 0; l <= of->n_layers; l++) {
        set_zero(&of->grad_states[l]);
    }
    program_check(fast_projection_backward(&of->states[of->n_layers], &of->output->value,
                                           &of->grad_y, &of->grad_states[of->n_layers], &grad_out,
                                           NULL, &of->context));
    for (size_t l = of->n_layers; l-- > 0;) {
        if (of->has_residual) {
            program_check(fast_block_backward(&of->states[l], &of->blocks[l].value, &of->shape,
                                              NULL, NULL, &of->caches[l], &of->grad_states[l + 1],
                                              &of->grad_states[l], &of->blocks[l].gradient,
                                              &of->context));
        } else {
            bare_backward(of, l);
        }
    }
    program_check(fast_projection_backward(&of->x, &of->input->value, &of->grad_states[0],
                                           &of->grad_x, &grad_in, NULL, &of->context));
}
