/**
 * @file translator_trial.h
 * A translator that is trained on a few pairs of the copy task, and a batch of pairs for it.
 */
#ifndef TESTS_SUPPORT_TRANSLATOR_TRIAL_H
#define TESTS_SUPPORT_TRANSLATOR_TRIAL_H

#include "chapters/common/pairs/tasks.h"
#include "chapters/common/translator/translator_train.h"

/** A training with all that it needs. */
typedef struct {
    symbols *source, *target;
    pairs *all, *others; /**< to learn from, and to test on */
    gsl_rng *rng;
    translator_model *model;
    pair_batches *text, *held_out;
    translator_training *training;
} translator_trial;

/** A model that is small, has sizes that differ wherever they may, and runs on two threads. */
translator_wish small_translator_wish(translator_side side, ref_score score);

/** Options for some dozen pairs. */
translator_training_options small_translator_options(void);

/** A training on n pairs, at its beginning; equal arguments give equal trainings. */
translator_trial translator_trial_begin(const translator_wish *wish,
                                        const translator_training_options *options, size_t n);

void translator_trial_end(translator_trial *r);

/** Take steps until so many are done. */
void translator_trial_to(translator_trial *r, size_t step);

/** Whether all parameters, and their mean, have the same bits. */
bool translator_trial_is_same(const translator_trial *a, const translator_trial *b);

#endif
