/**
 * @file translator.h
 * A model that writes a sequence for a sequence, written twice: encoder, decoder and loss as one.
 * What chapter 5 trains, and what it searches with:
 *
 *     encoder = encode(source)
 *     logits  = decode(START y_1 ... y_n; encoder)      the right symbols so far: teacher forcing
 *     loss    = cross-entropy of y_1 ... y_n END; padding does not count
 *
 * The reference (translator_reference.c) takes the pairs of a batch one after the other. The
 * optimized side (translator_optimized.c) takes the padded batch at once. Both have the same
 * functions in the same order.
 *
 *     translator_reference_reserve(model, &batch);                  memory, before the step
 *     loss = translator_reference_forward(model, &batch, &dropout, 0.0);
 *     translator_reference_backward(model, &batch, &dropout, 0.0);  adds to the gradients
 *
 * A search reads the sources once, and then writes all that it has begun one symbol further, again
 * and again:
 *
 *     translator_reference_read(model, &batch, n_beam);         n_beam rows for each source
 *     translator_reference_write(model, last, log_p);           each row's last symbol; what may follow
 *     translator_reference_follow(model, parents);              row i goes on with row parents[i]
 *
 * Without memory, and if a part reports an error, the program ends with a sentence
 * (program_check()).
 */
#ifndef CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_H
#define CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_H

#include "chapters/common/pairs/pair_batches.h"
#include "optimized/context.h"
#include "optimized/decoder.h"
#include "reference/decoder.h"
#include <gsl/gsl_matrix.h>
#include <stddef.h>
#include <stdint.h>

/** @addtogroup common @{ */

/** What is left out while training, before encoder, decoder and output and between their layers. */
typedef struct {
    double rate;   /**< a share in [0, 1) */
    uint64_t seed; /**< another one for each step, TRANSLATOR_SEEDS_PER_STEP apart */
} translator_dropout;

/** Seeds that one step may use: ref_decoder_forward() takes 16 for each symbol. */
#define TRANSLATOR_SEEDS_PER_STEP ((uint64_t)1 << 20)

/* ---- The reference ---- */

/** The model in double, one pair at a time. */
typedef struct translator_reference translator_reference;

/**
 * Put a model together.
 *
 * @param[in] shape       copied
 * @param[in] parameters  that ref_encoder_decoder_declare() declared, allocated; must live as long
 * @return                the model, to be freed with translator_reference_free()
 */
translator_reference *translator_reference_alloc(const ref_encoder_decoder_shape *shape,
                                                 ref_parameters *parameters);

/** @param[in] model  what translator_reference_alloc() returned, or NULL */
void translator_reference_free(translator_reference *model);

/**
 * Make room for a batch, so that nothing is allocated in a step.
 *
 * @param[in,out] model  the model
 * @param[in]     batch  its sizes are read
 */
void translator_reference_reserve(translator_reference *model, const pair_batch *batch);

/**
 * Logits and loss of a batch.
 *
 * @param[in,out] model      keeps what the backward pass reads
 * @param[in]     batch      for which there is room
 * @param[in]     dropout    while training; NULL otherwise
 * @param[in]     smoothing  of the targets, as in ref_cross_entropy_forward()
 * @return                   the loss, a mean of the symbols that count
 */
double translator_reference_forward(translator_reference *model, const pair_batch *batch,
                                    const translator_dropout *dropout, double smoothing);

/**
 * The logits of the last forward pass.
 *
 * @param[in] model  the model
 * @return           (n_pairs n_target x symbols of targets), the model's
 */
const gsl_matrix *translator_reference_logits(const translator_reference *model);

/**
 * The alignment of a pair in the last forward pass, for pictures.
 *
 * @param[in] model     the model; not REF_SCORE_NONE
 * @param[in] pair   which pair of the batch
 * @return              (n_target x n_source), the model's; rows of padding mean nothing
 */
const gsl_matrix *translator_reference_weights(const translator_reference *model, size_t pair);

/**
 * Gradients of the loss, added to those of the parameters.
 *
 * @param[in,out] model      after the forward pass of the same batch
 * @param[in]     batch      as in the forward pass
 * @param[in]     dropout    as in the forward pass
 * @param[in]     smoothing  as in the forward pass
 */
void translator_reference_backward(translator_reference *model, const pair_batch *batch,
                                   const translator_dropout *dropout, double smoothing);

/**
 * The gradients of the scores of a pair in the last backward pass, for those who estimate errors.
 *
 * @param[in] model  the model; not REF_SCORE_NONE
 * @param[in] pair   which pair of the batch
 * @return           (n_target x n_source), the model's
 */
const gsl_matrix *translator_reference_grad_scores(const translator_reference *model, size_t pair);

/**
 * Begin a search: read the sources of a batch.
 *
 * @param[in,out] model   the model
 * @param[in]     batch   only sources and their lengths are read; must live as long as the search
 * @param[in]     n_beam  rows for each source, at least 1: row s n_beam + b belongs to source s
 */
void translator_reference_read(translator_reference *model, const pair_batch *batch, size_t n_beam);

/**
 * Write every row one symbol further.
 *
 * @param[in,out] model  in a search
 * @param[in]     last   (n_rows) the last symbol of each: SYMBOLS_START at first
 * @param[out]    log_p  (n_rows x symbols of targets) ln p of what may come next
 */
void translator_reference_write(translator_reference *model, const int *last, double *log_p);

/**
 * Let rows go on with the states of other rows of their source.
 *
 * @param[in,out] model    in a search
 * @param[in]     parents  (n_rows) whose state each row takes
 */
void translator_reference_follow(translator_reference *model, const size_t *parents);

/* ---- The optimized side ---- */

/** The model in float, all pairs of a batch at once. */
typedef struct translator_optimized translator_optimized;

/**
 * Put a model together.
 *
 * @param[in] shape       copied
 * @param[in] parameters  the twin of a list that ref_encoder_decoder_declare() declared; must live
 *                        as long
 * @param[in] kernels     which innermost loops to run
 * @param[in] n_threads   at least 1; the results are the same for any number
 * @return                the model, to be freed with translator_optimized_free()
 */
translator_optimized *translator_optimized_alloc(const ref_encoder_decoder_shape *shape,
                                                 fast_parameters *parameters,
                                                 const fast_kernels *kernels, int n_threads);

/** @param[in] model  what translator_optimized_alloc() returned, or NULL */
void translator_optimized_free(translator_optimized *model);

/**
 * Make room for a batch, so that nothing is allocated in a step: one block of memory, as large as
 * the largest batch wants it.
 *
 * @param[in,out] model  the model
 * @param[in]     batch  its sizes are read
 */
void translator_optimized_reserve(translator_optimized *model, const pair_batch *batch);

/**
 * Logits and loss of a batch.
 *
 * @param[in,out] model      keeps what the backward pass reads
 * @param[in]     batch      for which there is room
 * @param[in]     dropout    while training; NULL otherwise
 * @param[in]     smoothing  of the targets, as in fast_cross_entropy_forward()
 * @return                   the loss, a mean of the symbols that count
 */
double translator_optimized_forward(translator_optimized *model, const pair_batch *batch,
                                    const translator_dropout *dropout, double smoothing);

/**
 * The logits of the last forward pass.
 *
 * @param[in] model  the model
 * @return           (n_target x symbols of targets) for every pair, the model's; rows
 *                   of padding mean nothing
 */
const fast_view *translator_optimized_logits(const translator_optimized *model);

/**
 * Gradients of the loss, added to those of the parameters.
 *
 * @param[in,out] model      after the forward pass of the same batch
 * @param[in]     batch      as in the forward pass
 * @param[in]     dropout    as in the forward pass
 * @param[in]     smoothing  as in the forward pass
 */
void translator_optimized_backward(translator_optimized *model, const pair_batch *batch,
                                   const translator_dropout *dropout, double smoothing);

/**
 * Begin a search: read the sources of a batch. Memory grows with the largest search.
 *
 * @param[in,out] model   the model
 * @param[in]     batch   only sources and their lengths are read; must live as long as the search
 * @param[in]     n_beam  rows for each source, at least 1: row s n_beam + b belongs to source s
 */
void translator_optimized_read(translator_optimized *model, const pair_batch *batch, size_t n_beam);

/**
 * Write every row one symbol further.
 *
 * @param[in,out] model  in a search
 * @param[in]     last   (n_rows) the last symbol of each: SYMBOLS_START at first
 * @param[out]    log_p  (n_rows x symbols of targets) ln p of what may come next
 */
void translator_optimized_write(translator_optimized *model, const int *last, double *log_p);

/**
 * Let rows go on with the states of other rows of their source.
 *
 * @param[in,out] model    in a search
 * @param[in]     parents  (n_rows) whose state each row takes
 */
void translator_optimized_follow(translator_optimized *model, const size_t *parents);

/**
 * The context of the model, for the step of a training: its memory also serves
 * fast_training_step().
 *
 * @param[in,out] model  the model
 * @return               kernels, threads and workspace
 */
fast_context *translator_optimized_context(translator_optimized *model);

/** @} */

#endif
