/**
 * @file training_parts.h
 * The parts of a training step, each alone: what work_training_parts.c measures. The data are a
 * training_stack whose batches have memory of their own and have gone forward and backward once.
 */
#ifndef OPTIMIZED_BENCH_TRAINING_PARTS_H
#define OPTIMIZED_BENCH_TRAINING_PARTS_H

#include "optimized/context.h"

/** Each runs once on every batch. */
void part_norm_forward(void *data, fast_context *context);
void part_norm_backward(void *data, fast_context *context);
void part_qkv_forward(void *data, fast_context *context);
void part_qkv_backward(void *data, fast_context *context);
void part_attention_forward(void *data, fast_context *context);
void part_attention_backward(void *data, fast_context *context);
void part_output_forward(void *data, fast_context *context);
void part_output_backward(void *data, fast_context *context);
void part_dropout_forward(void *data, fast_context *context);
void part_dropout_backward(void *data, fast_context *context);
void part_feed_forward_forward(void *data, fast_context *context);
void part_feed_forward_backward(void *data, fast_context *context);
void part_classes_forward(void *data, fast_context *context);
void part_classes_backward(void *data, fast_context *context);
void part_loss_forward(void *data, fast_context *context);
void part_loss_backward(void *data, fast_context *context);
void part_gradient_norm(void *data, fast_context *context);
void part_training_step(void *data, fast_context *context);

#endif
