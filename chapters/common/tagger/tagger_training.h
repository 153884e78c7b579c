/**
 * @file tagger_training.h
 * Training a tagger: INITIALIZE, STEP, TEST. A step takes one batch; the order of the batches and
 * what dropout leaves out follow from the generator and the number of the step alone, so that a
 * training which was interrupted goes on bit for bit.
 *
 *     tagger_training *training = tagger_training_alloc(model, text, &options, rng);    INITIALIZE
 *     while (training->step < training->n_steps) {
 *         tagger_training_step(training);                                               STEP
 *     }
 *     tagger_score score = tagger_test(model, dev);                                     TEST
 *
 * tagger_train() does all of this with a bar of progress, and saves.
 */
#ifndef CHAPTERS_COMMON_TAGGER_TAGGER_TRAINING_H
#define CHAPTERS_COMMON_TAGGER_TAGGER_TRAINING_H

#include "chapters/common/tagger/tagger_model.h"
#include "optimized/train.h"
#include "reference/train.h"

/** @addtogroup common @{ */

/** What a training is told once. */
typedef struct {
    size_t n_epochs;        /**< times that each sentence is seen */
    double learning_rate;   /**< of AdamW, at its highest */
    double warm_up;         /**< the share of all steps in which it climbs; then it falls to 0 */
    double weight_decay;    /**< of AdamW */
    double max_norm;        /**< longer gradients are shortened to it */
    double smoothing;       /**< of the targets */
    tagger_dropout dropout; /**< its seed is not read: it follows from the step */
    size_t seed;            /**< of dropout */
} tagger_training_options;

/** A training on its way. */
typedef struct {
    tagger_model *model;             /**< the caller's */
    tagger_text *text;               /**< the caller's: what is trained on */
    tagger_training_options options; /**< as they were given */
    gsl_rng *rng;                    /**< the caller's: its state is that before this epoch */
    gsl_rng *next;                   /**< private: its state is that behind this epoch's shuffle */
    ref_training *reference;         /**< the optimizer of the reference, or NULL */
    fast_training *optimized;        /**< the optimizer of the other side, or NULL */
    size_t n_steps;                  /**< of the whole training */
    size_t step;                     /**< done so far */
    double loss;                     /**< of the last step */
    double loss_sum;                 /**< of this epoch's steps */
} tagger_training;

/** How well a text was tagged. */
typedef struct {
    double loss;      /**< mean over all tokens with a target */
    double accuracy;  /**< share of the tokens that have their tag */
    bool has_names;   /**< whether the tags are those of names: B-, I-, O */
    double precision; /**< of whole names, as conlleval counts */
    double recall;    /**< of whole names */
    double f1;        /**< of whole names */
} tagger_score;

/**
 * Options that reached the figures of chapter 4.
 *
 * @param[in] has_names  whether the tags are those of names
 * @return               the options
 */
tagger_training_options tagger_training_default(bool has_names);

/**
 * Tokens of a batch, so that an epoch has about 200 steps: a two-hundredth of the corpus, but at
 * least 128 and at most 1024.
 *
 * @param[in] sentences  to train on
 * @return               for tagger_text_alloc()
 */
size_t tagger_batch_tokens(const corpus *sentences);

/**
 * Whether tags are those of names: one of them begins with "B-" or "I-".
 *
 * @param[in] words  the labels
 * @return           whether it is so
 */
bool tagger_has_names(const lexicon *words);

/**
 * INITIALIZE. Begin a training: room for every batch of the first epoch, step 0.
 *
 * @param[in] model    to train; must live as long
 * @param[in] text     to train on; must live as long
 * @param[in] options  copied
 * @param[in] rng      gsl_rng_mt19937; the order of the batches comes from it. Must live as long
 * @return             the training, to be freed with tagger_training_free()
 */
tagger_training *tagger_training_alloc(tagger_model *model, tagger_text *text,
                                       const tagger_training_options *options, gsl_rng *rng);

/** @param[in,out] training  freed; the model stays. NULL is allowed */
void tagger_training_free(tagger_training *training);

/**
 * STEP. One batch: forward, backward, and a step of the optimizer.
 *
 * @param[in,out] training  not at its end
 */
void tagger_training_step(tagger_training *training);

/**
 * Steps of an epoch.
 *
 * @param[in] training  on its way
 * @return              the batches of its text
 */
size_t tagger_training_epoch(const tagger_training *training);

/**
 * The order of the batches of the epoch that rng stands before; tagger_training_step() and
 * tagger_training_resume() call it.
 *
 * @param[in,out] training  its text is put in order
 */
void tagger_training_shuffle(tagger_training *training);

/**
 * Save a training so that it can go on, the model with it. A problem ends the program.
 *
 * @param[in] training  on its way, or at its end
 * @param[in] path      the file
 */
void tagger_training_save(const tagger_training *training, const char *path);

/**
 * Go on from a file of tagger_training_save(), bit for bit. A problem ends the program.
 *
 * @param[in,out] training  at its beginning: the same model, text and options as of the file
 * @param[in]     path      the file
 */
void tagger_training_resume(tagger_training *training, const char *path);

/**
 * TEST. Tag a text and compare. Dropout is off; nothing is learned.
 *
 * @param[in,out] model  the model
 * @param[in,out] text   with tags
 * @return               the score
 */
tagger_score tagger_test(tagger_model *model, tagger_text *text);

/** @} */

#endif
