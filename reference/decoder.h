/**
 * @file decoder.h
 * The half of a model that writes: word by word, it looks at what the encoder has left. Its twin is
 * optimized/decoder.h.
 */
#ifndef REFERENCE_DECODER_H
#define REFERENCE_DECODER_H

#include "reference/encoder.h"
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** The state of a decoder between two words, or its gradient. */
typedef struct {
    ref_recurrent_stack_state layers; /**< of each layer; one direction */
    gsl_vector *fed; /**< the attentional state of the last word, (d_output); NULL unless the shape
                          feeds it */
    size_t n_words;  /**< written so far; of a gradient not read */
} ref_decoder_state;

/** What the decoder keeps of one target for the backward pass, or, in the same shapes, its
 *  gradients. */
typedef struct {
    gsl_matrix *input; /**< (n x d_embedding + d_fed): the embedded words behind their dropout;
                               beside them what is fed, if anything: the context of
                               REF_TIMING_BAHDANAU, or the attentional state before */
    ref_recurrent_stack_cache *stack; /**< of the layers */
    gsl_matrix *q;                    /**< of the additive scores, (n x d_attention); else NULL */
    gsl_matrix *weights; /**< P, the alignment, (n x n_source words); NULL for REF_SCORE_NONE */
    gsl_matrix *joined;  /**< [c_t; h_t], (n x d_memory + n_hidden); h_t alone for REF_SCORE_NONE */
    gsl_matrix *attentional; /**< h~_t, (n x d_output) */
    gsl_matrix *dropped;     /**< h~_t behind its dropout, (n x d_output) */
    gsl_matrix *window; /**< what a window hides: -INFINITY, else 0, (n x n_source words); NULL if
                               there is none */
} ref_decoder_cache;

/**
 * Memory for what the decoder keeps of one target, or for its gradients, which are all 0.
 *
 * @param[in] n           words of the target, padding included
 * @param[in] n_memory    words of the source, padding included
 * @param[in] shape       of the model
 * @return                the cache, to be freed with ref_decoder_cache_free(), or NULL after
 *                        reporting GSL_ENOMEM or GSL_EINVAL
 */
ref_decoder_cache *ref_decoder_cache_alloc(size_t n, size_t n_memory,
                                           const ref_encoder_decoder_shape *shape);

/** @param[in] cache  what ref_decoder_cache_alloc() returned, or NULL */
void ref_decoder_cache_free(ref_decoder_cache *cache);

/**
 * Memory for a state of the decoder, or for its gradient; all 0.
 *
 * @param[in] shape  of the model
 * @return           the state, to be freed with ref_decoder_state_free(), or NULL after reporting
 *                   GSL_ENOMEM or GSL_EINVAL
 */
ref_decoder_state *ref_decoder_state_alloc(const ref_encoder_decoder_shape *shape);

/** @param[in] state  what ref_decoder_state_alloc() returned, or NULL */
void ref_decoder_state_free(ref_decoder_state *state);

/**
 * The state before the first word, as the encoder has left it.
 *
 * @param[in]  encoder  of a source
 * @param[in]  shape    of the model
 * @param[out] state    nothing fed, no words
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 */
int ref_decoder_begin(const ref_encoder_cache *encoder, const ref_encoder_decoder_shape *shape,
                      ref_decoder_state *state);

/**
 * The decoder, over the words that come before those it predicts: START y_1 y_2 ... For each t:
 *
 *     Luong:     h_t = stack([E y_{t-1}], h_{t-1}),        c_t = attention(h_t, K, M)
 *                or, with feeding,  h_t = stack([E y_{t-1}; h~_{t-1}], h_{t-1})
 *     Bahdanau:  c_t = attention(h_{t-1}, K, M),           h_t = stack([E y_{t-1}; c_t], h_{t-1})
 *     h~_t = tanh([c_t; h_t] W_c + b_c),   logits_t = h~_t W_y + b_y
 *
 * The last h of the top layer asks. One word at a time, from state to state, gives the same as all
 * at once: that is how a target is written that is not known yet.
 *
 * With dropout, the embedded words go through it with seed + 1, the stack at word t has
 * seed + 16 (t + 1) where something is fed and seed + 16 where nothing is, and h~ goes through it
 * with seed + 10 on its way to the logits; what is fed does not. Its first_row counts sequences
 * here.
 *
 * @param[in]     words       y_0 = START, y_1, ..., (n), each in 0 .. n_target - 1
 * @param[in]     encoder     of the source, as the encoder has left it
 * @param[in]     length      of the source, as for the encoder
 * @param[in]     parameters  of the model
 * @param[in]     shape       of the model
 * @param[in]     dropout     while training, or NULL
 * @param[in,out] state       before the first word, then behind the last
 * @param[out]    cache       of n words. The backward pass reads it.
 * @param[out]    logits      of the words that come next, (n x n_target); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, a word that is not in the vocabulary, or as for the declaration
 *
 * Source: Luong et al. 2015, section 3 and eq. (5); Bahdanau et al. 2015, section 3.1, whose output
 * layer is another one: here both timings have Luong's.
 *
 * Equations (5.6), (5.7), (5.13) and (5.14) of the course.
 */
int ref_decoder_forward(const int *words, const ref_encoder_cache *encoder, const size_t *length,
                        const ref_encoder_decoder *parameters,
                        const ref_encoder_decoder_shape *shape, const ref_dropout *dropout,
                        ref_decoder_state *state, const ref_decoder_cache *cache,
                        gsl_matrix *logits);

/**
 * Gradients of the decoder, added to all of gradients, and to what the encoder has left.
 *
 * @param[in]     words         as in the forward pass
 * @param[in]     encoder       as the encoder has left it
 * @param[in]     length        of the source
 * @param[in]     parameters    of the model
 * @param[in]     shape         of the model
 * @param[in]     dropout       as in the forward pass
 * @param[in]     cache         as the forward pass left it, from ref_decoder_begin() on
 * @param[in]     grad_logits   (n x n_target)
 * @param[in,out] grad_encoder  to its memory, keys and first is added
 * @param[out]    grad_cache    scratch that the caller lends
 * @param[out]    grad_state    scratch that the caller lends
 * @param[in]     gradients     of the parameters; to the matrices and vectors in it is added
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equation (5.22) of the course.
 */
int ref_decoder_backward(const int *words, const ref_encoder_cache *encoder, const size_t *length,
                         const ref_encoder_decoder *parameters,
                         const ref_encoder_decoder_shape *shape, const ref_dropout *dropout,
                         const ref_decoder_cache *cache, const gsl_matrix *grad_logits,
                         const ref_encoder_cache *grad_encoder, const ref_decoder_cache *grad_cache,
                         ref_decoder_state *grad_state, const ref_encoder_decoder *gradients);

/** @} */

#endif
