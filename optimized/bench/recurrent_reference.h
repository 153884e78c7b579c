/**
 * @file recurrent_reference.h
 * The recurrent layer of work_recurrent.c as the reference walks it: one sequence at a time, and
 * all of them through the same memory, in double.
 */
#ifndef OPTIMIZED_BENCH_RECURRENT_REFERENCE_H
#define OPTIMIZED_BENCH_RECURRENT_REFERENCE_H

#include "optimized/bench/work.h"
#include "optimized/recurrent_cell.h"

/** A layer and its memory. */
typedef struct recurrent_reference recurrent_reference;

/** With numbers of its own. */
recurrent_reference *alloc_recurrent_reference(fast_cell cell, size_t n_gates,
                                               const bench_shape *s);

/** NULL is allowed. */
void free_recurrent_reference(recurrent_reference *reference);

/** All sequences of the batch, forward and backward. */
void run_recurrent_reference(recurrent_reference *reference);

#endif
