/**
 * @file translator_training.h
 * Training a translator: INITIALIZE, STEP, TEST. A step takes one batch; the order of the batches
 * and what dropout leaves out follow from the generator and the number of the step alone, so that a
 * training which was interrupted goes on bit for bit.
 *
 *     translator_training *training = translator_training_alloc(model, text, &options, rng);
 *     while (!translator_training_is_done(training)) {
 *         translator_training_step(training);                                           STEP
 *     }
 *     pair_scores scores = translator_test(model, held_out, &search);                   TEST
 *
 * translator_train() does all of this with a bar of progress, and saves.
 */
#ifndef CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_TRAINING_H
#define CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_TRAINING_H

#include "chapters/common/pairs/pair_scores.h"
#include "chapters/common/translator/translator_search.h"
#include "optimized/train.h"
#include "reference/train.h"

/** @addtogroup common @{ */

/** What a training is told once. */
typedef struct {
    size_t n_epochs;       /**< times that each pair is seen */
    double seconds;        /**< how long it takes, whatever the epochs; 0 for no such limit. The
                                 learning rate then falls with the time, and no two trainings are
                                 the same, bit for bit */
    double learning_rate;  /**< of AdamW, at its highest */
    ref_schedule schedule; /**< how it goes on after the warm-up */
    size_t n_warmup;       /**< steps in which it climbs */
    double final_share;    /**< of the rate, where a schedule ends */
    double weight_decay;   /**< of AdamW */
    double max_norm;       /**< longer gradients are shortened to it */
    double smoothing;      /**< of the targets */
    double dropout;        /**< share of what is left out */
    double average;        /**< how much of the parameters' running mean stays in a step; 0 for no
                                 mean: Polyak and Juditsky 1992 */
    size_t seed;           /**< of dropout */
} translator_training_options;

/** A training on its way. */
typedef struct {
    translator_model *model;             /**< the caller's */
    pair_batches *text;                  /**< the caller's: what is trained on */
    translator_training_options options; /**< as they were given */
    gsl_rng *rng;                        /**< the caller's: its state is that before this epoch */
    gsl_rng *next;            /**< private: its state is that behind this epoch's shuffle */
    ref_training *reference;  /**< the optimizer of the reference, or NULL */
    fast_training *optimized; /**< the optimizer of the other side, or NULL */
    double *wide_average;     /**< the mean of the reference's parameters, or NULL */
    float *narrow_average;    /**< the mean of the other side's, or NULL */
    size_t step;              /**< done so far */
    double loss;              /**< of the last step */
    double loss_sum;          /**< of this epoch's steps */
    double fewest_errors;     /**< share of wrong symbols of the best epoch; INFINITY at first */
    double seconds;           /**< private: that it took before it was resumed */
    double begun;             /**< private: when it was begun or resumed */
} translator_training;

/**
 * Options that suit a model of some hundred units and some ten thousand pairs.
 *
 * @return the options
 */
translator_training_options translator_training_default(void);

/**
 * INITIALIZE. Begin a training: room for every batch, step 0.
 *
 * @param[in] model    to train; must live as long
 * @param[in] text     to train on; must live as long
 * @param[in] options  copied
 * @param[in] rng      gsl_rng_mt19937; the order of the batches comes from it. Must live as long
 * @return             the training, to be freed with translator_training_free()
 */
translator_training *translator_training_alloc(translator_model *model, pair_batches *text,
                                               const translator_training_options *options,
                                               gsl_rng *rng);

/** @param[in,out] training  freed; the model stays. NULL is allowed */
void translator_training_free(translator_training *training);

/**
 * STEP. One batch: forward, backward, a step of the optimizer, and the mean.
 *
 * @param[in,out] training  not at its end
 */
void translator_training_step(translator_training *training);

/**
 * How much of a training is done, in steps or, with a limit of time, in seconds.
 *
 * @param[in] training  on its way
 * @return              0 .. 1
 */
double translator_training_share(const translator_training *training);

/**
 * How long a training has taken, before it was resumed too.
 *
 * @param[in] training  on its way
 * @return              seconds
 */
double translator_training_seconds(const translator_training *training);

/**
 * Whether a training is at its end.
 *
 * @param[in] training  on its way
 * @return              whether all steps are done, or all the time is over
 */
bool translator_training_is_done(const translator_training *training);

/**
 * Exchange the parameters and their mean: before and after a test, and at the end. Without a mean
 * nothing happens.
 *
 * @param[in,out] training  on its way
 */
void translator_training_swap(translator_training *training);

/**
 * The order of the batches of the epoch that rng stands before; translator_training_step() and
 * translator_training_resume() call it.
 *
 * @param[in,out] training  its text is put in order
 */
void translator_training_shuffle(translator_training *training);

/**
 * TEST. Write a target to every source, and compare. Dropout is off; nothing is learned.
 *
 * @param[in,out] model    the model
 * @param[in,out] text     of PAIR_BATCHES_SOURCES
 * @param[in]     options  how targets are searched
 * @return                 the counts
 */
pair_scores translator_test(translator_model *model, pair_batches *text,
                            const translator_search_options *options);

/** @} */

#endif
