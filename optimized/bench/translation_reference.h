/**
 * @file translation_reference.h
 * The step of translation_model.h as the reference takes it: pair by pair, in double, with one
 * thread.
 */
#ifndef OPTIMIZED_BENCH_TRANSLATION_REFERENCE_H
#define OPTIMIZED_BENCH_TRANSLATION_REFERENCE_H

#include "optimized/bench/work.h"
#include "optimized/encoder_decoder.h"

/** Model, training and words. */
typedef struct translation_reference translation_reference;

/** The same words, and parameters as large as those of alloc_translation(). */
translation_reference *alloc_translation_reference(const bench_shape *s, fast_score score,
                                                   bool feeds_output);

/** NULL is allowed. */
void free_translation_reference(translation_reference *reference);

/** One step on the batch. */
void translation_reference_step(translation_reference *reference);

#endif
