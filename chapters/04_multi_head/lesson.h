/**
 * @file lesson.h
 * What the parts of chapter 4 train: a lesson is sentences with tags, some of them held out, and a
 * pupil is a tagger that learned from it.
 *
 *     lesson names = lesson_embedded("NER", vectors);
 *     plan own = plan_of(choices, true);
 *     own.wish.n_heads = 1;
 *     pupil one = pupil_train(&names, &own);
 *     ... one.score.f1 ...
 *     pupil_free(&one);
 *     lesson_free(&names);
 */
#ifndef CHAPTERS_MULTI_HEAD_LESSON_H
#define CHAPTERS_MULTI_HEAD_LESSON_H

#include "chapters/04_multi_head/parts.h"

/** @addtogroup ch04 @{ */

/** Sentences to learn from, and others to measure on. */
typedef struct {
    corpus *training, *held_out;        /**< the lesson's */
    lexicon *words;                     /**< features and tags of the training sentences */
    const word_vectors *vectors;        /**< the caller's */
    tagger_text *train_text, *dev_text; /**< both as numbers */
} lesson;

/**
 * Number words and tags. A problem ends the program.
 *
 * @param[in] training  to learn from; the lesson frees it
 * @param[in] held_out  to measure on; the lesson frees it
 * @param[in] channels  features of the words, as of lexicon_build()
 * @param[in] vectors   of words; must live as long
 * @return the lesson, to be freed by lesson_free()
 */
lesson lesson_new(corpus *training, corpus *held_out, const char *channels,
                  const word_vectors *vectors);

/**
 * The corpus of the course: every fifth sentence is held out. A problem ends the program.
 *
 * @param[in] column   "upos" or "NER"
 * @param[in] vectors  of words; must live as long
 * @return the lesson, to be freed by lesson_free()
 */
lesson lesson_embedded(const char *column, const word_vectors *vectors);

/** @param[in,out] of  freed */
void lesson_free(lesson *of);

/** A model, and how it is trained. */
typedef struct {
    tagger_wish wish;                /**< the model */
    tagger_training_options options; /**< its training */
} plan;

/**
 * The plan that the parts begin with: d_model 64, one block of 4 heads, relative bias up to 8 words.
 *
 * @param[in] choices    side, threads and seed are read
 * @param[in] has_names  whether the tags are those of names
 * @return the plan
 */
plan plan_of(const settings *choices, bool has_names);

/** A tagger that was trained. */
typedef struct {
    const lesson *of;     /**< what it learned from */
    tagger_model *model;  /**< the pupil's */
    tagger_epoch *epochs; /**< (n_epochs) what each epoch of the training showed */
    size_t n_epochs;      /**< how many */
    double *values;       /**< all parameters as they were learned: pupil_restore() */
    tagger_score score;   /**< of the held-out sentences, at the end */
} pupil;

/**
 * Train. Ctrl-C ends the program.
 *
 * @param[in] of   the lesson; must live as long
 * @param[in] how  model and training
 * @return the pupil, to be freed by pupil_free()
 */
pupil pupil_train(const lesson *of, const plan *how);

/** @param[in,out] one  freed */
void pupil_free(pupil *one);

/**
 * Ablation: the rows of W_O that belong to a head become zeros, so that nothing of what it finds
 * goes on. pupil_restore() undoes it.
 *
 * @param[in,out] one    the pupil
 * @param[in]     layer  which block
 * @param[in]     head   which head of it
 */
void pupil_silence(pupil *one, size_t layer, size_t head);

/** @param[in,out] one  all its parameters are again as they were learned */
void pupil_restore(pupil *one);

/**
 * Tag words.
 *
 * @param[in,out] one    the pupil
 * @param[in]     words  at least one sentence
 * @param[out]    tags   (n_tokens of words) strings of the lesson
 */
void pupil_tag(pupil *one, const corpus *words, const char **tags);

/**
 * The weights of all heads of a block in a sentence.
 *
 * @param[in,out] one       the pupil
 * @param[in]     sentence  its first sentence is read
 * @param[in]     layer     which block; 0 for a pupil without blocks
 * @return (n_heads n x n), one head above the other; the caller frees it
 */
gsl_matrix *pupil_weights(pupil *one, const corpus *sentence, size_t layer);

/** @} */

#endif
