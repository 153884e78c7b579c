/**
 * @file tagger_train.h
 * A whole training as a program runs it: a bar of progress, a line for each epoch, a file that is
 * saved again and again, and Ctrl-C. And models from such files.
 */
#ifndef CHAPTERS_COMMON_TAGGER_TAGGER_TRAIN_H
#define CHAPTERS_COMMON_TAGGER_TAGGER_TRAIN_H

#include "chapters/common/tagger/tagger_training.h"

/** @addtogroup common @{ */

/** How a training is run. */
typedef struct {
    const char *save; /**< the file, or NULL for none: then Ctrl-C loses the training */
    double
        save_interval; /**< seconds between two savings; a program that is killed loses no more */
    bool is_silent;    /**< no line for each epoch */
} tagger_run;

/** What an epoch showed. */
typedef struct {
    double loss;        /**< mean over the epoch's steps, dropout and all */
    tagger_score score; /**< of the held-out text, behind the epoch's last step */
} tagger_epoch;

/**
 * Train to the end, or until Ctrl-C or SIGTERM: then the training is saved, the program says how to
 * resume, and false is returned. The model of the last epoch is kept, not the best one on the
 * held-out text: that text chooses nothing.
 *
 * @param[in,out] training  at its beginning, or resumed
 * @param[in,out] held_out  tested behind every epoch, never trained on
 * @param[in]     run       how
 * @param[out]    epochs    (n_epochs) what each showed; may be NULL. After resuming, those before
 *                          are zeros
 * @return                  whether the training is at its end
 */
bool tagger_train(tagger_training *training, tagger_text *held_out, const tagger_run *run,
                  tagger_epoch *epochs);

/**
 * Load a model from a file of tagger_training_save(). A problem ends the program.
 *
 * @param[in]  path     the file
 * @param[in]  wish     side, kernels and threads are read: the rest is in the file
 * @param[in]  vectors  those that the model was trained with; must live as long
 * @param[out] words    features and labels of the file, to be freed with lexicon_free() after the
 *                      model
 * @return              the model, to be freed with tagger_model_free()
 */
tagger_model *tagger_model_load(const char *path, const tagger_wish *wish,
                                const word_vectors *vectors, lexicon **words);

/** @} */

#endif
