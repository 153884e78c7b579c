/**
 * @file additive_trial.h
 * One query, some keys and v, drawn and packed for the kernels of additive attention.
 */
#ifndef TESTS_SUPPORT_ADDITIVE_TRIAL_H
#define TESTS_SUPPORT_ADDITIVE_TRIAL_H

#include "optimized/kernels/additive_kernels.h"
#include "optimized/kernels/kernels.h"

/** Of keys there are four in a tile, and one alone. */
enum { MOST_TRIAL_UNITS = 128, TRIAL_KEYS = 5 };

/** What is given, and what the kernels ask for. */
typedef struct {
    const fast_kernels *kernels;
    size_t n_units;
    float q[MOST_TRIAL_UNITS], k[TRIAL_KEYS * MOST_TRIAL_UNITS], v[MOST_TRIAL_UNITS];
    float queries[MOST_TRIAL_UNITS], keys[TRIAL_KEYS * MOST_TRIAL_UNITS];
    float slope[MOST_TRIAL_UNITS], queries_by_v[MOST_TRIAL_UNITS];
    float numerators[MOST_TRIAL_UNITS], inverses[MOST_TRIAL_UNITS];
    fast_additive_v packed_v;
    fast_additive_block block;
} additive_trial;

/** Sums q + k between -5 and 5, where the tanh changes, of terms up to a largest size. */
void draw_trial(additive_trial *t, double largest);

/** As the attention packs them. */
void pack_trial(additive_trial *t);

#endif
