/**
 * @file encoder.h
 * The half of a model that reads, float32: states of every word of the sources of a batch, and the
 * states that the decoder begins with. Its twin is reference/encoder.h.
 */
#ifndef OPTIMIZED_ENCODER_H
#define OPTIMIZED_ENCODER_H

#include "optimized/context.h"
#include "optimized/dropout.h"
#include "optimized/encoder_decoder.h"
#include "optimized/view.h"
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** What the encoder leaves of every source: for the decoder, and for the backward pass. */
typedef struct {
    fast_view source;                 /**< embedded, behind its dropout, (n x d_embedding) */
    fast_recurrent_stack_cache stack; /**< of the layers */
    fast_view last;   /**< the last h of the top layer, both directions, (1 x d_memory) */
    fast_view first;  /**< the decoder's first states, (1 x n_layers n_states n_hidden): of each
                           layer h_0, then c_0 */
    fast_view memory; /**< M, the outputs of the top layer, (n x d_memory), floats of the stack */
    fast_view keys;   /**< K, (n x d_key): M itself for FAST_SCORE_DOT and FAST_SCORE_SCALED_DOT;
                           without data for FAST_SCORE_NONE and for FAST_SCORE_LOCATION, whose keys
                           are its places */
    fast_additive_powers powers; /**< e^(2 K) of the additive scores; else without data */
} fast_encoder_cache;

/** The gradients of what the encoder leaves for the decoder. */
typedef struct {
    fast_view memory; /**< (n x d_memory) for every batch */
    fast_view keys;   /**< (n x d_key) for every batch, of all scores but FAST_SCORE_NONE */
    fast_view first;  /**< (1 x n_layers n_states n_hidden) for every batch */
} fast_encoder_gradients;

/**
 * Lay out what the encoder leaves, in a workspace of the caller's that holds it until the backward
 * pass is done.
 *
 * @param[in]     n_batch  sources
 * @param[in]     n        words of each, padding included
 * @param[in]     shape    of the model
 * @param[in,out] memory   where from, or NULL to count only
 * @param[out]    cache    the views; without data where memory is too small
 * @return                 its bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_encoder_cache_layout(size_t n_batch, size_t n, const fast_encoder_decoder_shape *shape,
                                 fast_workspace *memory, fast_encoder_cache *cache);

/**
 * Lay out the gradients of what the encoder leaves, and set them to 0.
 *
 * @param[in]     n_batch    sources
 * @param[in]     n          words of each, padding included
 * @param[in]     shape      of the model
 * @param[in,out] memory     where from, or NULL to count only
 * @param[out]    gradients  the views; without data where memory is too small
 * @return                   their bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_encoder_gradients_layout(size_t n_batch, size_t n,
                                     const fast_encoder_decoder_shape *shape,
                                     fast_workspace *memory, fast_encoder_gradients *gradients);

/**
 * The encoder, for every source of a batch:
 *
 *     M = stack(embedding(source)),   K = keys(M),   [h_0, c_0] = tanh(F W_b + b_b)
 *
 * where F is the last state h of the top layer, of both directions side by side. Words past the
 * length change nothing.
 *
 * With dropout, the embedded words go through it with the seed, and the stack has seed + 2.
 *
 * @param[in]  source      the words, (n_batch x n), batch by batch, each in 0 .. n_source - 1
 * @param[in]  lengths     NULL, or for each source how many leading words are real, at least 1
 * @param[in]  parameters  of the model
 * @param[in]  shape       of the model
 * @param[in]  dropout     while training, or NULL
 * @param[out] cache       what the decoder and the backward pass read
 * @param[in]  context     with a workspace of fast_encoder_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size or a length is 0, a length beyond n, a word that is not in the
 *                     vocabulary, a source longer than n_places, or as for the declaration
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Bahdanau et al. 2015, section 3.2; the first state as in its appendix A.2.2, from both
 * directions.
 *
 * Equation (5.5) of the course.
 */
int fast_encoder_forward(const int *source, const size_t *lengths,
                         const fast_encoder_decoder *parameters,
                         const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                         const fast_encoder_cache *cache, fast_context *context);

/**
 * Bytes of workspace that fast_encoder_forward() needs.
 *
 * @param[in] parameters  of the model
 * @param[in] shape       of the model
 * @param[in] cache       its sizes are read
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_encoder_forward_size(const fast_encoder_decoder *parameters,
                                 const fast_encoder_decoder_shape *shape,
                                 const fast_encoder_cache *cache, const fast_context *context);

/**
 * Gradients of the encoder, added to all of gradients.
 *
 *     bridge:  dA = [dh_0, dc_0] o (1 - tanh^2),   dW_b += F^T dA,   db_b += dA,   dF = dA W_b^T
 *     keys:    dM += what dK hands back;   then dM and dF go through the stack to the embedding
 *
 * @param[in]     source        as in the forward pass
 * @param[in]     lengths       as in the forward pass
 * @param[in]     parameters    of the model
 * @param[in]     shape         of the model
 * @param[in]     dropout       as in the forward pass
 * @param[in]     cache         as the forward pass left it
 * @param[in,out] grad_encoder  as the decoder has left them; what they hold afterwards is of no use
 * @param[in]     gradients     of the parameters; to the floats in it is added
 * @param[in]     context       with a workspace of fast_encoder_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (5.5), (5.16) and (5.21) of the course.
 */
int fast_encoder_backward(const int *source, const size_t *lengths,
                          const fast_encoder_decoder *parameters,
                          const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                          const fast_encoder_cache *cache,
                          const fast_encoder_gradients *grad_encoder,
                          const fast_encoder_decoder *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_encoder_backward() needs.
 *
 * @param[in] parameters  of the model
 * @param[in] shape       of the model
 * @param[in] cache       its sizes are read
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_encoder_backward_size(const fast_encoder_decoder *parameters,
                                  const fast_encoder_decoder_shape *shape,
                                  const fast_encoder_cache *cache, const fast_context *context);

/** @} */

#endif
