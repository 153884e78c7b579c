/**
 * @file encoder.h
 * The half of a model that reads: states of every word of the source, and the state that the
 * decoder begins with. Its twin is optimized/encoder.h.
 */
#ifndef REFERENCE_ENCODER_H
#define REFERENCE_ENCODER_H

#include "reference/dropout.h"
#include "reference/encoder_decoder.h"
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** What the encoder leaves of one source: for the decoder, and for the backward pass. Or, in the
 *  same shapes, its gradients. */
typedef struct {
    gsl_matrix *source;               /**< embedded, behind its dropout, (n x d_embedding) */
    ref_recurrent_stack_cache *stack; /**< of the layers */
    gsl_vector *last;  /**< the last h of the top layer, both directions, (d_memory) */
    gsl_vector *first; /**< the decoder's first states, (n_layers n_states n_hidden): of each layer
                             h_0, then c_0 */
    gsl_matrix
        *memory;      /**< M, the outputs of the top layer, (n x d_memory), a matrix of the stack */
    gsl_matrix *keys; /**< K, (n x d_key): M itself for REF_SCORE_DOT and REF_SCORE_SCALED_DOT;
                             NULL for REF_SCORE_NONE */
    ref_recurrent_state carried; /**< scratch of the backward pass: dh_t and dc_t of one walk,
                                      (n_encoder_hidden) each */
} ref_encoder_cache;

/**
 * Memory for what the encoder leaves of one source, or for its gradients, which are all 0.
 *
 * @param[in] n      words of the source, padding included
 * @param[in] shape  of the model
 * @return           the cache, to be freed with ref_encoder_cache_free(), or NULL after reporting
 *                   GSL_ENOMEM or GSL_EINVAL
 */
ref_encoder_cache *ref_encoder_cache_alloc(size_t n, const ref_encoder_decoder_shape *shape);

/** @param[in] cache  what ref_encoder_cache_alloc() returned, or NULL */
void ref_encoder_cache_free(ref_encoder_cache *cache);

/**
 * The encoder:
 *
 *     M = stack(embedding(source)),   K = keys(M),   [h_0, c_0] = tanh(F W_b + b_b)
 *
 * where F is the last state h of the top layer, of both directions side by side. Words past the
 * length change nothing.
 *
 * With dropout, the embedded words go through it with the seed, and the stack has seed + 2. Its
 * first_row counts sequences here: how many stand before this one in the batch.
 *
 * @param[in]  source      the words, (n), each in 0 .. n_source - 1
 * @param[in]  length      NULL, or how many leading words are real, at least 1
 * @param[in]  parameters  of the model
 * @param[in]  shape       of the model
 * @param[in]  dropout     while training, or NULL
 * @param[out] cache       of n words: what the decoder and the backward pass read
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size or the length is 0, a length beyond n, a word that is not in the
 *                     vocabulary, a source longer than n_places, or as for the declaration
 *
 * Source: Bahdanau et al. 2015, section 3.2; the first state as in its appendix A.2.2, from both
 * directions.
 *
 * Equation (5.5) of the course.
 */
int ref_encoder_forward(const int *source, const size_t *length,
                        const ref_encoder_decoder *parameters,
                        const ref_encoder_decoder_shape *shape, const ref_dropout *dropout,
                        const ref_encoder_cache *cache);

/**
 * Gradients of the encoder, added to all of gradients.
 *
 *     bridge:  dA = [dh_0, dc_0] o (1 - tanh^2),   dW_b += F^T dA,   db_b += dA,   dF = dA W_b^T
 *     keys:    dM += what dK hands back;   then dM and dF go through the stack to the embedding
 *
 * @param[in]     source      as in the forward pass
 * @param[in]     length      as in the forward pass
 * @param[in]     parameters  of the model
 * @param[in]     shape       of the model
 * @param[in]     dropout     as in the forward pass
 * @param[in]     cache       as the forward pass left it
 * @param[in,out] grad_cache  its memory, keys and first hold the gradients that the decoder has
 *                            left; the rest is scratch. What it holds afterwards is of no use
 * @param[in]     gradients   of the parameters; to the matrices and vectors in it is added
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equations (5.5), (5.16) and (5.21) of the course.
 */
int ref_encoder_backward(const int *source, const size_t *length,
                         const ref_encoder_decoder *parameters,
                         const ref_encoder_decoder_shape *shape, const ref_dropout *dropout,
                         const ref_encoder_cache *cache, const ref_encoder_cache *grad_cache,
                         const ref_encoder_decoder *gradients);

/** @} */

#endif
