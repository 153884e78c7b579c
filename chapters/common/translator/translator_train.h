/**
 * @file translator_train.h
 * A whole training as a program runs it: a bar of progress, a line for each epoch, files that are
 * saved again and again, and Ctrl-C. And models from such files.
 */
#ifndef CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_TRAIN_H
#define CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_TRAIN_H

#include "chapters/common/translator/translator_training.h"

/** @addtogroup common @{ */

/** The keys of a model's description and of its symbols among the texts of its file. */
#define TRANSLATOR_SHAPE_KEY  "translator.shape"
#define TRANSLATOR_SOURCE_KEY "translator.source" /**< of symbols_to_text() */
#define TRANSLATOR_TARGET_KEY "translator.target" /**< of symbols_to_text() */

enum { TRANSLATOR_TEXT_SIZE = 512 /**< bytes of a description */ };

/** How a training is run. */
typedef struct {
    const char *save; /**< the training's file, or NULL: then Ctrl-C loses the training */
    double
        save_interval; /**< seconds between two savings; a program that is killed loses no more */
    const char *best;  /**< the file of the model that was best on the held-out pairs, or NULL: then
                            they choose nothing, and the last model is kept */
    bool is_silent;    /**< no line for each epoch */
    translator_search_options search; /**< with which the held-out sources are tested */
} translator_run;

/** What an epoch showed. */
typedef struct {
    double loss;        /**< mean over the epoch's steps, dropout and all */
    pair_scores scores; /**< of the held-out pairs, behind the epoch's last step */
} translator_epoch;

/**
 * Train to the end, or until Ctrl-C or SIGTERM: then the training is saved, the program says how to
 * resume, and false is returned. With a mean of the parameters, the mean is tested and kept.
 *
 * @param[in,out] training  at its beginning, or resumed
 * @param[in,out] held_out  of PAIR_BATCHES_SOURCES, tested behind every epoch, never trained on
 * @param[in]     run       how
 * @param[out]    epochs    (n_epochs) what each showed; may be NULL, and must be with a limit of
 *                          time. After resuming, those before are zeros
 * @return                  whether the training is at its end: the model is the one to use
 */
bool translator_train(translator_training *training, pair_batches *held_out,
                      const translator_run *run, translator_epoch *epochs);

/**
 * Save a training so that it can go on, the model with it. A problem ends the program.
 *
 * @param[in] training  on its way, or at its end
 * @param[in] path      the file
 */
void translator_training_save(const translator_training *training, const char *path);

/**
 * Go on from a file of translator_training_save(), bit for bit. A problem ends the program.
 *
 * @param[in,out] training  at its beginning: the same model, text and options as of the file
 * @param[in]     path      the file
 */
void translator_training_resume(translator_training *training, const char *path);

/**
 * Save a model alone: its parameters, its shape and its symbols. A problem ends the program.
 *
 * @param[in] model  the model
 * @param[in] path   the file
 */
void translator_model_save(const translator_model *model, const char *path);

/**
 * Load the parameters of a model from a file of translator_model_save(). A problem ends the program.
 *
 * @param[in,out] model  of the same shape, with the same symbols
 * @param[in]     path   the file
 */
void translator_model_restore(translator_model *model, const char *path);

/**
 * Load a model from a file of translator_model_save() or of translator_training_save(), of which it
 * takes the mean of the parameters, if there is one. A problem ends the program.
 *
 * @param[in]  path    the file
 * @param[in]  wish    side, kernels and threads are read: the rest is in the file
 * @param[out] source  what the model reads, to be freed with symbols_free() after the model
 * @param[out] target  what it writes; so, too
 * @return             the model, to be freed with translator_model_free()
 */
translator_model *translator_model_load(const char *path, const translator_wish *wish,
                                        symbols **source, symbols **target);

/** @} */

#endif
