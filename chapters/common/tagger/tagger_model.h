/**
 * @file tagger_model.h
 * A tagger with all that it needs to read a text: features and labels, vectors of words, parameters
 * on one side of the course. This is what a program builds, trains, saves and loads.
 */
#ifndef CHAPTERS_COMMON_TAGGER_TAGGER_MODEL_H
#define CHAPTERS_COMMON_TAGGER_TAGGER_MODEL_H

#include "chapters/common/tagger/tagger.h"
#include "chapters/common/words/word_features.h"
#include "chapters/common/words/word_vectors.h"

#include "chapters/common/tagger/tagger_text.h"

/** @addtogroup common @{ */

/** The key of a model's description among the texts of its file. */
#define TAGGER_SHAPE_KEY "tagger.shape"

enum { TAGGER_TEXT_SIZE = 256 /**< bytes of such a text */ };

/** Which of the two runs. */
typedef enum {
    TAGGER_REFERENCE, /**< double, to be read */
    TAGGER_OPTIMIZED  /**< float, to run fast */
} tagger_side;

/** What a program wants of a model; the rest follows from the corpus. */
typedef struct {
    tagger_mixing mixing;        /**< how words look at each other */
    size_t d_model;              /**< columns of H_l */
    size_t n_layers;             /**< blocks */
    size_t n_heads;              /**< of each block */
    size_t n_hidden;             /**< of the feed-forward layers */
    size_t clip;                 /**< of the relative bias; 0 for none */
    ref_norm_place norm;         /**< of the blocks */
    double bandwidth;            /**< of chapter 1's Gaussian, in words */
    size_t d_channel;            /**< numbers of each channel's embedding */
    tagger_side side;            /**< reference or optimized */
    const fast_kernels *kernels; /**< of the optimized side */
    int n_threads;               /**< of the optimized side */
} tagger_wish;

/** A model on one side; what belongs to the other is NULL. */
typedef struct {
    tagger_wish wish;            /**< as it was given */
    tagger_shape shape;          /**< all sizes */
    const lexicon *words;        /**< the caller's */
    const word_vectors *vectors; /**< the caller's */
    gsl_matrix *table;           /**< tagger_table() */
    ref_parameters *wide;    /**< of the reference; it is also where the first values are drawn */
    fast_parameters *narrow; /**< of the optimized side */
    tagger_reference *reference; /**< the model in double */
    tagger_optimized *optimized; /**< the model in float */
} tagger_model;

/**
 * The model of the chapters' figures: 2 blocks of 4 heads, pre-norm, d_model 128, on the optimized
 * side with the best kernels and all threads.
 *
 * @return the wish
 */
tagger_wish tagger_wish_default(void);

/**
 * Build a model and draw its first values.
 *
 * @param[in]     wish     copied
 * @param[in]     words    features and labels; must live as long
 * @param[in]     vectors  of words; must live as long
 * @param[in,out] rng      where the values come from
 * @return                 the model, to be freed with tagger_model_free()
 */
tagger_model *tagger_model_alloc(const tagger_wish *wish, const lexicon *words,
                                 const word_vectors *vectors, gsl_rng *rng);

/** @param[in,out] model  freed; NULL is allowed */
void tagger_model_free(tagger_model *model);

/**
 * Make room for a batch: before its first step.
 *
 * @param[in,out] model   the model
 * @param[in]     inputs  its sizes are read
 */
void tagger_model_reserve(tagger_model *model, const tagger_batch *inputs);

/**
 * The loss of a batch, and, where the gradients are wanted, these too: added to the parameters'.
 *
 * @param[in,out] model      the model
 * @param[in]     inputs     for which there is room
 * @param[in]     dropout    while training; NULL otherwise
 * @param[in]     smoothing  of the targets
 * @param[in]     backward   whether the gradients are wanted
 * @return                   the loss
 */
double tagger_model_run(tagger_model *model, const tagger_batch *inputs,
                        const tagger_dropout *dropout, double smoothing, bool backward);

/**
 * The tag with the largest logit, for every token of a text: dropout is off.
 *
 * @param[in,out] model   the model
 * @param[in,out] text    looked up with the model's features and vectors
 * @param[out]    labels  (n_tokens of the text's corpus) 0 .. n_classes - 1
 * @return                the loss, a mean over all tokens that have a target
 */
double tagger_model_label(tagger_model *model, tagger_text *text, int *labels);

/**
 * The texts that describe a model in its file, beside those of the lexicon.
 *
 * @param[in]  model   the model
 * @param[out] value   (TAGGER_TEXT_SIZE) the text of the key TAGGER_SHAPE_KEY
 */
void tagger_model_describe(const tagger_model *model, char *value);

/**
 * Read a description.
 *
 * @param[in]     value  the text of TAGGER_SHAPE_KEY
 * @param[in,out] wish   mixing and sizes are set, the rest stays
 * @return               false if the text is none of tagger_model_describe()
 */
bool tagger_wish_read(const char *value, tagger_wish *wish);

/** @} */

#endif
