/**
 * @file work_training_parts.h
 * The parts of a training step, each alone, on the same batches.
 */
#ifndef OPTIMIZED_BENCH_WORK_TRAINING_PARTS_H
#define OPTIMIZED_BENCH_WORK_TRAINING_PARTS_H

#include "optimized/bench/work.h"

/** The parts, in the order of a step; those of a block are counted once, though there are two. */
typedef enum {
    PART_NORM_FORWARD,
    PART_QKV_FORWARD,
    PART_ATTENTION_FORWARD,
    PART_OUTPUT_FORWARD,
    PART_DROPOUT_FORWARD,
    PART_FEED_FORWARD_FORWARD,
    PART_CLASSES_FORWARD,
    PART_LOSS_FORWARD,
    PART_LOSS_BACKWARD,
    PART_CLASSES_BACKWARD,
    PART_FEED_FORWARD_BACKWARD,
    PART_DROPOUT_BACKWARD,
    PART_OUTPUT_BACKWARD,
    PART_ATTENTION_BACKWARD,
    PART_QKV_BACKWARD,
    PART_NORM_BACKWARD,
    PART_GRADIENT_NORM,
    PART_STEP,
    N_PARTS
} training_part;

extern const bench_work training_part_works[N_PARTS];

#endif
