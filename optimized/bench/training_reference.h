/**
 * @file training_reference.h
 * The step of training_stack.h as the reference takes it: sentence by sentence, in double, with one
 * thread.
 */
#ifndef OPTIMIZED_BENCH_TRAINING_REFERENCE_H
#define OPTIMIZED_BENCH_TRAINING_REFERENCE_H

#include "optimized/bench/work.h"

/** Model, training and sentences. */
typedef struct training_reference training_reference;

/** The same sentences and the same parameters as those of alloc_stack(). */
training_reference *alloc_reference(const bench_shape *s);

/** NULL is allowed. */
void free_reference(training_reference *reference);

/** One step on every batch. */
void reference_steps(training_reference *reference);

#endif
