/**
 * @file training_stack.h
 * What is trained in work_training_step.c and, part by part, in work_training_parts.c: two blocks
 * and a projection onto classes.
 */
#ifndef OPTIMIZED_BENCH_TRAINING_STACK_H
#define OPTIMIZED_BENCH_TRAINING_STACK_H

#include "optimized/bench/sentences.h"
#include "optimized/bench/work.h"
#include "optimized/block.h"
#include "optimized/train.h"

/* The clip of the relative bias and the classes, those of the universal parts of speech. */
enum { N_BLOCKS = 2, CLIP = 16, N_CLASSES = 17 };

/** What one batch needs, and what the forward pass leaves for the backward pass. */
typedef struct {
    fast_view x[N_BLOCKS + 1];      /* what goes into each block, and what comes out of the last */
    fast_view grad_x[N_BLOCKS + 1]; /* gradients of the same */
    fast_block_cache caches[N_BLOCKS];
    fast_view logits, grad_logits, log_sum_exp;
    int *targets; /* a class for each row; padding is ignored */
    fast_mask mask;
    size_t n_counted;
    double loss;
} stack_batch;

/** The model, its training, and all batches. */
typedef struct {
    fast_block_shape shape;
    fast_parameters *list;
    fast_block_parameters blocks[N_BLOCKS];
    fast_parameter *weight, *bias; /* of the projection onto classes */
    fast_training *training;
    sentences *text;
    stack_batch batches[MOST_BATCHES];
    fast_workspace *memory;
} training_stack;

/** The block of a case: n_heads heads of d_k columns, a hidden layer twice as wide as the model. */
fast_block_shape block_shape_of(const bench_shape *s);

/** The sentences of a case: n_batch batches of n_q tokens. */
sentences *sentences_of(const bench_shape *s);

/** What the report says of a case: batches, tokens of a batch, width, share of padding. */
void describe_batches(const bench_shape *s, char *text, size_t size);

/** All of it, with parameters and inputs drawn at random. Batches share the memory of what the
    forward pass leaves, as in a training, or have one each, so that parts can be run alone. */
training_stack *alloc_stack(const bench_shape *s, bool is_shared);

/** NULL is allowed. */
void free_stack(training_stack *stack);

/** Bytes of workspace that one step on any batch needs. */
size_t stack_workspace_size(const training_stack *stack, const fast_context *context);

/** The parts of one step on a batch. */
void stack_forward(training_stack *stack, stack_batch *batch, fast_context *context);
void stack_backward(training_stack *stack, stack_batch *batch, fast_context *context);

/** Clears the gradients, goes forward and backward, and improves the parameters. */
void stack_step(training_stack *stack, stack_batch *batch, fast_context *context);

#endif
