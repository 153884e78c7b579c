/**
 * @file tagger_trial.h
 * A tagger that is trained on a few sentences of the corpus that the programs carry.
 */
#ifndef TESTS_SUPPORT_TAGGER_TRIAL_H
#define TESTS_SUPPORT_TAGGER_TRIAL_H

#include "chapters/common/tagger/tagger_train.h"

/** A training with all that it needs. */
typedef struct {
    corpus *sentences;
    word_vectors *vectors;
    lexicon *words;
    gsl_rng *rng;
    tagger_model *model;
    tagger_text *text;
    tagger_training *training;
} trial;

/** A model that is small and runs on two threads. */
tagger_wish small_wish(tagger_side side, tagger_mixing mixing);

/** A training on the first n sentences, at its beginning; equal arguments give equal trainings. */
trial trial_begin(const tagger_wish *wish, const tagger_training_options *options, size_t n);

void trial_end(trial *r);

/** Take steps until so many are done. */
void trial_to(trial *r, size_t step);

/** Whether all parameters have the same bits. */
bool trial_is_same(const trial *a, const trial *b);

#endif
