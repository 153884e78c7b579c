/**
 * @file translator_model.h
 * A translator with the symbols that it reads and writes, and parameters on one side of the course.
 * This is what a program builds, trains, saves and loads.
 */
#ifndef CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_MODEL_H
#define CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_MODEL_H

#include "chapters/common/translator/translator.h"

/** @addtogroup common @{ */

/** Which of the two runs. */
typedef enum {
    TRANSLATOR_REFERENCE, /**< double, to be read */
    TRANSLATOR_OPTIMIZED  /**< float, to run fast */
} translator_side;

/** What a program wants of a model. */
typedef struct {
    ref_encoder_decoder_shape shape; /**< n_source and n_target are not read: they follow from the
                                          symbols */
    translator_side side;            /**< reference or optimized */
    const fast_kernels *kernels;     /**< of the optimized side */
    int n_threads;                   /**< of the optimized side */
} translator_wish;

/** A model on one side; what belongs to the other is NULL. */
typedef struct {
    translator_wish wish;            /**< as it was given */
    ref_encoder_decoder_shape shape; /**< all sizes */
    const symbols *source;           /**< the caller's: what is read */
    const symbols *target;           /**< the caller's: what is written */
    ref_parameters *wide;    /**< of the reference; it is also where the first values are drawn */
    fast_parameters *narrow; /**< of the optimized side */
    translator_reference *reference; /**< the model in double */
    translator_optimized *optimized; /**< the model in float */
} translator_model;

/**
 * A model that reads in both directions, one LSTM layer of 128 units each way, and looks back with
 * the additive score, on the optimized side with the best kernels and all threads.
 *
 * @return the wish
 */
translator_wish translator_wish_default(void);

/**
 * Build a model and draw its first values.
 *
 * @param[in]     wish    copied
 * @param[in]     source  what it reads; must live as long
 * @param[in]     target  what it writes; must live as long
 * @param[in,out] rng     where the values come from
 * @return                the model, to be freed with translator_model_free()
 */
translator_model *translator_model_alloc(const translator_wish *wish, const symbols *source,
                                         const symbols *target, gsl_rng *rng);

/** @param[in,out] model  freed; the symbols stay. NULL is allowed */
void translator_model_free(translator_model *model);

/**
 * Make room for a batch: before its first step.
 *
 * @param[in,out] model  the model
 * @param[in]     batch  its sizes are read
 */
void translator_model_reserve(translator_model *model, const pair_batch *batch);

/**
 * The loss of a batch, and, where the gradients are wanted, these too: added to the parameters'.
 *
 * @param[in,out] model      the model
 * @param[in]     batch      for which there is room
 * @param[in]     dropout    while training; NULL otherwise
 * @param[in]     smoothing  of the targets
 * @param[in]     backward   whether the gradients are wanted
 * @return                   the loss
 */
double translator_model_run(translator_model *model, const pair_batch *batch,
                            const translator_dropout *dropout, double smoothing, bool backward);

/**
 * Begin a search, as translator_reference_read() does.
 *
 * @param[in,out] model   the model
 * @param[in]     batch   only sources and their lengths are read; must live as long as the search
 * @param[in]     n_beam  rows for each source, at least 1
 */
void translator_model_read(translator_model *model, const pair_batch *batch, size_t n_beam);

/**
 * Write every row of a search one symbol further, as translator_reference_write() does.
 *
 * @param[in,out] model  in a search
 * @param[in]     last   (n_rows) the last symbol of each
 * @param[out]    log_p  (n_rows x symbols of targets) ln p of what may come next
 */
void translator_model_write(translator_model *model, const int *last, double *log_p);

/**
 * Let rows of a search go on with the states of others, as translator_reference_follow() does.
 *
 * @param[in,out] model    in a search
 * @param[in]     parents  (n_rows) whose state each row takes
 */
void translator_model_follow(translator_model *model, const size_t *parents);

/**
 * Where a model looks while it writes a target. It is the reference that says so, on either side:
 * the optimized side never stores the weights.
 *
 * @param[in,out] model     the model; the parameters of its reference become those of its side
 * @param[in]     source    (n_source)
 * @param[in]     n_source  symbols of it, at least 1
 * @param[in]     target    (n_target) without START and END
 * @param[in]     n_target  symbols of it; 0 is allowed
 * @return                  (n_target + 1 x n_source), the last row is that of END; to be freed with
 *                          gsl_matrix_free(). NULL for REF_SCORE_NONE
 */
gsl_matrix *translator_model_align(translator_model *model, const int *source, size_t n_source,
                                   const int *target, size_t n_target);

/** @} */

#endif
