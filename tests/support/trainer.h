/**
 * @file trainer.h
 * Training on any side, with parameters and options of the reference, so that one test serves all.
 */
#ifndef TESTS_SUPPORT_TRAINER_H
#define TESTS_SUPPORT_TRAINER_H

#include "optimized/train.h"
#include "reference/train.h"
#include "tests/support/sides.h"

/** The same options for the optimized side. */
fast_training_options narrow_options(const ref_training_options *options);

/** A list of one decayed and one other parameter: "weight" (n_rows x n_cols) and "bias" (1 x
 *  n_cols). */
ref_parameters *weight_and_bias(size_t n_rows, size_t n_cols);

/** Fill values and gradients with random floats. */
void randomize(ref_parameters *list, gsl_rng *rng);

/**
 * Training of one list on one side. After every step the list holds what that side made of it; the
 * gradients are read from the list before each step.
 */
typedef struct {
    const side *side;
    ref_parameters *list; /**< the caller's */
    ref_training *wide;   /**< of the reference, else NULL */
    fast_parameters *twin;
    fast_training *narrow; /**< of the optimized side, else NULL */
} trainer;

/** Begin; both trainings are NULL if the side refuses the options. */
trainer trainer_start(const side *s, ref_parameters *list, const ref_training_options *options);

/** One step; the status of the side's. */
int trainer_step(trainer *t);

/** Norm and number of the last step. */
double trainer_norm(const trainer *t);
size_t trainer_count(const trainer *t);

/** End; the list stays. */
void trainer_end(trainer *t);

#endif
