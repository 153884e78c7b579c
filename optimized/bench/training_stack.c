/* Two blocks and a projection onto classes. */
#include "optimized/bench/training_stack.h"
#include "optimized/bench/data.h"
#include "optimized/bench/message.h"
#include "optimized/loss.h"
#include "optimized/projection.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Small, so that however many steps are timed, the numbers stay what they are. */
static const double LEARNING_RATE = 1e-5;

fast_block_shape block_shape_of(const bench_shape *s)
{
    size_t d_model = s->n_heads * s->d_k;
    return (fast_block_shape){.d_model = d_model,
                              .n_heads = s->n_heads,
                              .n_hidden = 2 * d_model,
                              .clip = CLIP,
                              .norm = FAST_PRE_NORM,
                              .activation = FAST_GELU,
                              .epsilon = 1e-5f};
}

sentences *sentences_of(const bench_shape *s)
{
    return draw_sentences(s->n_batch, s->n_q);
}

void describe_batches(const bench_shape *s, char *text, size_t size)
{
    sentences *all = sentences_of(s);
    double padding = 1.0 - (double)all->n_tokens / (double)all->n_padded_tokens;
    snprintf(text, size, "%zu x %zu d=%zu, %.1f%% pad", all->n_batches, s->n_q, s->n_heads * s->d_k,
             100.0 * padding);
    free_sentences(all);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

/** Weights large enough that attention is far from even: a mistake in it shows in the loss. Biases
    that are not 0, gains about 1. */
static void draw_parameters(fast_parameters *list)
{
    unsigned state = 1;
    for (size_t p = 0; p < list->n_parameters; p++) {
        const fast_parameter *of = &list->parameters[p];
        const char *dot = strrchr(of->name, '.');
        float size = of->n_rows > 1 && of->is_decayed ? 3.0f / sqrtf((float)of->n_rows) : 0.1f;
        float middle = dot != NULL && strcmp(dot, ".gain") == 0 ? 1.0f : 0.0f;
        for (size_t i = 0; i < of->n_rows * of->n_cols; i++) {
            of->value.data[i] = middle + size * next_number(&state);
        }
    }
}

static void alloc_parameters(training_stack *stack)
{
    stack->list = fast_parameters_alloc();
    char name[FAST_NAME_SIZE];
    for (int b = 0; b < N_BLOCKS; b++) {
        snprintf(name, sizeof name, "block%d", b);
        fast_block_declare(stack->list, name, &stack->shape);
    }
    fast_parameters_declare(stack->list, "classes.weight", stack->shape.d_model, N_CLASSES, true);
    fast_parameters_declare(stack->list, "classes.bias", 1, N_CLASSES, false);
    fast_parameters_allocate(stack->list);
    draw_parameters(stack->list);
    for (int b = 0; b < N_BLOCKS; b++) {
        snprintf(name, sizeof name, "block%d", b);
        fast_block_find(stack->list, name, &stack->shape, &stack->blocks[b]);
    }
    stack->weight = fast_parameters_find(stack->list, "classes.weight");
    stack->bias = fast_parameters_find(stack->list, "classes.bias");
    fast_training_options options = fast_training_defaults(FAST_ADAMW);
    options.learning_rate = LEARNING_RATE;
    options.max_norm = 1.0;
    stack->training = fast_training_alloc(stack->list, &options);
}

/* ---- Batches --------------------------------------------------------------------------------- */

static fast_view take_tensor(fast_workspace *memory, size_t n_batch, size_t n_rows, size_t n_cols)
{
    size_t n_bytes = fast_piece_size(n_batch * n_rows * n_cols, sizeof(float));
    float *data = memory != NULL ? fast_workspace_take(memory, n_bytes) : NULL;
    return fast_view_tensor(data, n_batch, 1, n_rows, n_cols);
}

static size_t bytes_of(const fast_view *view)
{
    return fast_piece_size(view->n_batch * view->n_rows * view->n_cols, sizeof(float));
}

/** What lies between the input and the loss: laid out, or only counted if there is no memory. */
static size_t lay_out_batch(const fast_block_shape *shape, const sentence_batch *of,
                            fast_workspace *memory, stack_batch *batch)
{
    size_t n_sequences = of->n_sequences, n = of->n_padded, size = 0;
    for (int b = 0; b <= N_BLOCKS; b++) {
        if (b > 0) {
            batch->x[b] = take_tensor(memory, n_sequences, n, shape->d_model);
            size += bytes_of(&batch->x[b]);
        }
        batch->grad_x[b] = take_tensor(memory, n_sequences, n, shape->d_model);
        size += bytes_of(&batch->grad_x[b]);
    }
    for (int b = 0; b < N_BLOCKS; b++) {
        size += fast_block_cache_layout(n_sequences, n, shape, memory, &batch->caches[b]);
    }
    batch->logits = take_tensor(memory, n_sequences, n, N_CLASSES);
    batch->grad_logits = take_tensor(memory, n_sequences, n, N_CLASSES);
    batch->log_sum_exp = take_tensor(memory, n_sequences, 1, n);
    return size + 2 * bytes_of(&batch->logits) + bytes_of(&batch->log_sum_exp);
}

static void draw_input(const sentence_batch *of, size_t d_model, unsigned *state,
                       stack_batch *batch)
{
    batch->x[0] = zero_tensor(of->n_sequences, 1, of->n_padded, d_model);
    batch->targets = zero_bytes(of->n_sequences * of->n_padded * sizeof *batch->targets);
    batch->mask.key_lengths = of->lengths;
    for (size_t row = 0; row < of->n_sequences * of->n_padded; row++) {
        bool is_real = row % of->n_padded < of->lengths[row / of->n_padded];
        batch->targets[row] = is_real ? (int)(row * 7 % N_CLASSES) : FAST_IGNORED;
        for (size_t i = 0; i < d_model && is_real; i++) {
            batch->x[0].data[row * d_model + i] = next_number(state);
        }
    }
}

static void alloc_batches(training_stack *stack, bool is_shared)
{
    size_t n_bytes = 0;
    for (size_t b = 0; b < stack->text->n_batches; b++) {
        size_t own =
            lay_out_batch(&stack->shape, &stack->text->batches[b], NULL, &stack->batches[b]);
        size_t largest = own > n_bytes ? own : n_bytes;
        n_bytes = is_shared ? largest : n_bytes + own;
    }
    stack->memory = fast_workspace_alloc(n_bytes);
    if (stack->memory == NULL) {
        stop("there is no memory for a training step");
    }
    memset(stack->memory->begin, 0, n_bytes);
    unsigned state = 2;
    for (size_t b = 0; b < stack->text->n_batches; b++) {
        stack->memory->n_used = is_shared ? 0 : stack->memory->n_used;
        lay_out_batch(&stack->shape, &stack->text->batches[b], stack->memory, &stack->batches[b]);
        draw_input(&stack->text->batches[b], stack->shape.d_model, &state, &stack->batches[b]);
    }
}

training_stack *alloc_stack(const bench_shape *s, bool is_shared)
{
    training_stack *stack = zero_bytes(sizeof *stack);
    stack->shape = block_shape_of(s);
    stack->text = sentences_of(s);
    alloc_parameters(stack);
    alloc_batches(stack, is_shared);
    return stack;
}

void free_stack(training_stack *stack)
{
    if (stack == NULL) {
        return;
    }
    for (size_t b = 0; b < stack->text->n_batches; b++) {
        free(stack->batches[b].x[0].data);
        free(stack->batches[b].targets);
    }
    fast_workspace_free(stack->memory);
    fast_training_free(stack->training);
    fast_parameters_free(stack->list);
    free_sentences(stack->text);
    free(stack);
}

/* ---- One step -------------------------------------------------------------------------------- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t stack_workspace_size(const training_stack *stack, const fast_context *context)
{
    size_t size = fast_gradient_norm_size(stack->list);
    for (size_t b = 0; b < stack->text->n_batches; b++) {
        const stack_batch *batch = &stack->batches[b];
        const fast_view *x = &batch->x[0], *weight = &stack->weight->value;
        const fast_block *block = &stack->blocks[0].value;
        size = larger(size, fast_block_forward_size(x, block, &stack->shape, context));
        size = larger(size, fast_block_backward_size(x, block, &stack->shape, context));
        size = larger(size, fast_projection_forward_size(x, weight, context));
        size = larger(size, fast_projection_backward_size(x, weight, context));
        size = larger(size, fast_cross_entropy_forward_size(&batch->logits, context));
    }
    return size;
}

void stack_forward(training_stack *stack, stack_batch *batch, fast_context *context)
{
    for (int b = 0; b < N_BLOCKS; b++) {
        fast_block_forward(&batch->x[b], &stack->blocks[b].value, &stack->shape, &batch->mask, NULL,
                           &batch->caches[b], &batch->x[b + 1], context);
    }
    fast_projection_forward(&batch->x[N_BLOCKS], &stack->weight->value, &stack->bias->value,
                            &batch->logits, context);
    fast_cross_entropy_forward(&batch->logits, batch->targets, 0.0f, &batch->log_sum_exp,
                               &batch->loss, &batch->n_counted, context);
}

void stack_backward(training_stack *stack, stack_batch *batch, fast_context *context)
{
    fast_view_clear(&batch->grad_logits);
    fast_view_clear(&batch->grad_x[N_BLOCKS]);
    fast_cross_entropy_backward(&batch->logits, batch->targets, 0.0f, &batch->log_sum_exp,
                                batch->n_counted, 1.0f, &batch->grad_logits, context);
    fast_projection_backward(&batch->x[N_BLOCKS], &stack->weight->value, &batch->grad_logits,
                             &batch->grad_x[N_BLOCKS], &stack->weight->gradient,
                             &stack->bias->gradient, context);
    for (int b = N_BLOCKS - 1; b >= 0; b--) {
        fast_view_clear(&batch->grad_x[b]);
        fast_block_backward(&batch->x[b], &stack->blocks[b].value, &stack->shape, &batch->mask,
                            NULL, &batch->caches[b], &batch->grad_x[b + 1], &batch->grad_x[b],
                            &stack->blocks[b].gradient, context);
    }
}

void stack_step(training_stack *stack, stack_batch *batch, fast_context *context)
{
    fast_parameters_zero_gradients(stack->list);
    stack_forward(stack, batch, context);
    stack_backward(stack, batch, context);
    fast_training_step(stack->training, stack->list, context);
}
