/**
 * @file small_model.h
 * A small encoder and decoder of the reference with one pair of sentences, its loss and its
 * gradients, for the parts of the tour that look into a model and train none.
 */
#ifndef CHAPTERS_SEQUENCE_TO_SEQUENCE_SMALL_MODEL_H
#define CHAPTERS_SEQUENCE_TO_SEQUENCE_SMALL_MODEL_H

#include "chapters/05_sequence_to_sequence/parts.h"
#include "reference/decoder.h"
#include "reference/loss.h"

/** @addtogroup ch05 @{ */

/** The model and the pair. Its pointers point into itself: it is not copied. */
typedef struct {
    ref_encoder_decoder_shape shape;
    ref_parameters *list; /**< all parameters and gradients */
    ref_encoder_decoder_parameters found;
    size_t n_source, n; /**< words of the source, and of the target */
    int *source;        /**< (n_source) */
    int *words;         /**< (n) what the decoder reads: START, y_1, ... */
    int *targets;       /**< (n) what it should write: y_1, ..., END; or REF_IGNORED */
    ref_encoder_cache *encoder, *grad_encoder;
    ref_decoder_cache *decoder, *grad_decoder;
    ref_decoder_state *state, *grad_state;
    gsl_matrix *logits, *probabilities, *grad_logits; /**< (n x n_target) */
} small_model;

/**
 * A model whose parameters are 0 and whose words are all the first one.
 *
 * @param[in] shape     of the model
 * @param[in] n_source  words of the source
 * @param[in] n         words of the target
 * @return              the model, to be freed with small_model_free()
 */
small_model *small_model_new(const ref_encoder_decoder_shape *shape, size_t n_source, size_t n);

/** @param[in,out] of  freed */
void small_model_free(small_model *of);

/**
 * @param[in,out] of  its caches are set
 * @return            the mean cross-entropy of the targets
 */
double small_model_loss(small_model *of);

/** @param[in,out] of  its gradients are set: of the loss, of every parameter */
void small_model_backward(small_model *of);

/** @} */

#endif
