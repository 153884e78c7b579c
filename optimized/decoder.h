/**
 * @file decoder.h
 * The half of a model that writes, float32: word by word, it looks at what the encoder has left. Its
 * twin is reference/decoder.h.
 */
#ifndef OPTIMIZED_DECODER_H
#define OPTIMIZED_DECODER_H

#include "optimized/encoder.h"
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** The states of a decoder between two words, for every batch. */
typedef struct {
    fast_recurrent_stack_state layers; /**< of each layer; one direction */
    fast_view fed;  /**< the attentional state of the last word, (1 x d_output); without data unless
                         the shape feeds it */
    size_t n_words; /**< written so far */
} fast_decoder_state;

/** What the decoder keeps of every target for the backward pass. */
typedef struct {
    fast_view input; /**< (n x d_embedding + d_fed): the embedded words behind their dropout; beside
                          them what is fed, if anything: the context of FAST_TIMING_BAHDANAU, or the
                          attentional state before */
    fast_recurrent_stack_cache stack; /**< of the layers */
    fast_view q;           /**< of the additive scores, (n x d_attention); else without data */
    fast_view log_sum_exp; /**< of the alignment, one row (1 x n) a batch; without data for
                                FAST_SCORE_NONE */
    fast_view joined;      /**< [c_t; h_t], (n x d_memory + n_hidden); h_t alone for
                                FAST_SCORE_NONE */
    fast_view attentional; /**< h~_t, (n x d_output) */
    fast_view dropped;     /**< h~_t behind its dropout, (n x d_output) */
    fast_view window; /**< what a window hides, (n x words of the source) with a batch_stride of
                                0; without data if there is none */
} fast_decoder_cache;

/**
 * Lay out what the decoder keeps, in a workspace of the caller's that holds it until the backward
 * pass is done.
 *
 * @param[in]     n_batch   targets
 * @param[in]     n         words of each, padding included
 * @param[in]     n_memory  words of each source, padding included
 * @param[in]     shape     of the model
 * @param[in,out] memory    where from, or NULL to count only
 * @param[out]    cache     the views; without data where memory is too small
 * @return                  its bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_decoder_cache_layout(size_t n_batch, size_t n, size_t n_memory,
                                 const fast_encoder_decoder_shape *shape, fast_workspace *memory,
                                 fast_decoder_cache *cache);

/**
 * Lay out states of the decoder, or their gradients; all 0.
 *
 * @param[in]     n_batch  targets
 * @param[in]     shape    of the model
 * @param[in,out] memory   where from, or NULL to count only
 * @param[out]    state    the views; without data where memory is too small
 * @return                 its bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_decoder_state_layout(size_t n_batch, const fast_encoder_decoder_shape *shape,
                                 fast_workspace *memory, fast_decoder_state *state);

/**
 * The states before the first word, as the encoder has left them.
 *
 * @param[in]  encoder  of as many sources as there are states
 * @param[in]  shape    of the model
 * @param[out] state    nothing fed, no words
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 */
int fast_decoder_begin(const fast_encoder_cache *encoder, const fast_encoder_decoder_shape *shape,
                       fast_decoder_state *state);

/**
 * The decoder, over the words that come before those it predicts: START y_1 y_2 ... For each t, and
 * every target of a batch:
 *
 *     Luong:     h_t = stack([E y_{t-1}], h_{t-1}),        c_t = attention(h_t, K, M)
 *                or, with feeding,  h_t = stack([E y_{t-1}; h~_{t-1}], h_{t-1})
 *     Bahdanau:  c_t = attention(h_{t-1}, K, M),           h_t = stack([E y_{t-1}; c_t], h_{t-1})
 *     h~_t = tanh([c_t; h_t] W_c + b_c),   logits_t = h~_t W_y + b_y
 *
 * The last h of the top layer asks. One word at a time, from state to state, gives the same as all
 * at once: that is how a target is written that is not known yet. Then keys and memory of the
 * encoder may have a batch_stride of 0: many targets of one source.
 *
 * With dropout, the embedded words go through it with seed + 1, the stack at word t has
 * seed + 16 (t + 1) where something is fed and seed + 16 where nothing is, and h~ goes through it
 * with seed + 10 on its way to the logits; what is fed does not.
 *
 * @param[in]     words       y_0 = START, y_1, ..., (n_batch x n), batch by batch, each in
 *                            0 .. n_target - 1
 * @param[in]     encoder     of the sources, as the encoder has left it
 * @param[in]     lengths     of the sources, as for the encoder
 * @param[in]     parameters  of the model
 * @param[in]     shape       of the model
 * @param[in]     dropout     while training, or NULL
 * @param[in,out] state       before the first word, then behind the last
 * @param[out]    cache       the backward pass reads it
 * @param[out]    logits      of the words that come next, (n x n_target) for every batch; overlaps
 *                            no input
 * @param[in]     context     with a workspace of fast_decoder_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, a word that is not in the vocabulary, or as for the declaration
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Luong et al. 2015, section 3 and eq. (5); Bahdanau et al. 2015, section 3.1, whose output
 * layer is another one: here both timings have Luong's.
 *
 * Equations (5.6), (5.7), (5.13) and (5.14) of the course.
 */
int fast_decoder_forward(const int *words, const fast_encoder_cache *encoder, const size_t *lengths,
                         const fast_encoder_decoder *parameters,
                         const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                         fast_decoder_state *state, const fast_decoder_cache *cache,
                         fast_view *logits, fast_context *context);

/**
 * Bytes of workspace that fast_decoder_forward() needs.
 *
 * @param[in] encoder     its sizes are read
 * @param[in] parameters  of the model
 * @param[in] shape       of the model
 * @param[in] cache       its sizes are read
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_decoder_forward_size(const fast_encoder_cache *encoder,
                                 const fast_encoder_decoder *parameters,
                                 const fast_encoder_decoder_shape *shape,
                                 const fast_decoder_cache *cache, const fast_context *context);

/**
 * Gradients of the decoder, added to all of gradients, and to what the encoder has left.
 *
 * @param[in]     words         as in the forward pass
 * @param[in]     encoder       as the encoder has left it
 * @param[in]     lengths       of the sources
 * @param[in]     parameters    of the model
 * @param[in]     shape         of the model
 * @param[in]     dropout       as in the forward pass
 * @param[in]     cache         as the forward pass left it, from fast_decoder_begin() on
 * @param[in]     grad_logits   (n x n_target) for every batch
 * @param[in]     grad_encoder  to its memory, keys and first is added
 * @param[in]     gradients     of the parameters; to the floats in it is added
 * @param[in]     context       with a workspace of fast_decoder_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equation (5.22) of the course.
 */
int fast_decoder_backward(const int *words, const fast_encoder_cache *encoder,
                          const size_t *lengths, const fast_encoder_decoder *parameters,
                          const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                          const fast_decoder_cache *cache, const fast_view *grad_logits,
                          const fast_encoder_gradients *grad_encoder,
                          const fast_encoder_decoder *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_decoder_backward() needs.
 *
 * @param[in] encoder     its sizes are read
 * @param[in] parameters  of the model
 * @param[in] shape       of the model
 * @param[in] cache       its sizes are read
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_decoder_backward_size(const fast_encoder_cache *encoder,
                                  const fast_encoder_decoder *parameters,
                                  const fast_encoder_decoder_shape *shape,
                                  const fast_decoder_cache *cache, const fast_context *context);

/** @} */

#endif
