/**
 * @file decoder_span.h
 * Some words of the targets that the decoder takes in one go, and what both passes do with them.
 * Where nothing is fed, all words are one span; otherwise each word is a span of its own. Not for
 * callers of the library.
 */
#ifndef OPTIMIZED_DECODER_SPAN_H
#define OPTIMIZED_DECODER_SPAN_H

#include "optimized/decoder.h"
#include "optimized/encoder_decoder_checks.h"
#include "optimized/recurrent_stack_steps.h"

/** @addtogroup optimized_core @{ */

/** Where something is fed, what is packed once for the steps of all words. */
typedef struct {
    fast_stack_steps stack;
    fast_packed_matrix attentional_weight; /**< W_c */
} decoder_steps;

/** The same for the steps backward. */
typedef struct {
    fast_stack_steps_backward stack;
    fast_packed_matrix attentional_weight; /**< W_c^T */
} decoder_steps_backward;

/** What all spans of a pass share. */
typedef struct {
    const fast_encoder_cache *encoder;
    const size_t *lengths; /**< of the sources */
    const fast_encoder_decoder *parameters;
    const fast_encoder_decoder_shape *shape;
    fast_recurrent_stack_shape stack;
    const fast_dropout *dropout;
    const fast_decoder_cache *cache;
    fast_view keys;                        /**< K; the places are shared by all sources */
    float scale;                           /**< of the scores */
    fast_context context;                  /**< with what is left of the workspace */
    decoder_steps steps;                   /**< of the forward pass, if something is fed */
    decoder_steps_backward steps_backward; /**< of the backward pass likewise */
} decoder_pass;

/** The rows first .. first + n - 1 of all that the decoder keeps. */
typedef struct {
    size_t first, n;
    fast_view embedded, fed; /**< columns of the input */
    fast_view input;         /**< both */
    fast_recurrent_stack_cache stack;
    fast_view hidden;         /**< h_t of the top layer, columns of joined */
    fast_view context;        /**< c_t, columns of joined */
    fast_view joined;         /**< both */
    fast_view attentional;    /**< h~_t */
    fast_view q, log_sum_exp; /**< of the attention */
    fast_view window;         /**< what a window hides */
} decoder_span;

/**
 * Bytes that the calls of one pass need, at most.
 *
 * @param[in] pass         its steps are taken or counted; its views may be without data
 * @param[in] is_backward  which of the two passes
 * @return                 the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_decoder_calls_size(const decoder_pass *pass, bool is_backward);

/**
 * Whether the words are walked one by one.
 *
 * @param[in] pass  what the spans share
 * @return          whether something is fed
 */
static inline bool is_fed(const decoder_pass *pass)
{
    return fast_d_fed(pass->shape) > 0;
}

/**
 * Put together what the spans share.
 *
 * @param[in] encoder     of the sources
 * @param[in] lengths     of the sources
 * @param[in] parameters  of the model
 * @param[in] shape       of the model
 * @param[in] dropout     or NULL
 * @param[in] cache       of the targets
 * @param[in] context     copied
 * @return                the pass
 */
decoder_pass fast_decoder_pass(const fast_encoder_cache *encoder, const size_t *lengths,
                               const fast_encoder_decoder *parameters,
                               const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                               const fast_decoder_cache *cache, const fast_context *context);

/**
 * Look at what both passes read.
 *
 * @param[in] words   of the targets
 * @param[in] pass    what the spans share
 * @param[in] logits  or their gradient
 * @return            a status, with a sentence if it is not GSL_SUCCESS
 */
int fast_decoder_check(const int *words, const decoder_pass *pass, const fast_view *logits);

/**
 * Words of a span.
 *
 * @param[in] pass  what the spans share
 * @return          all words, or 1 if something is fed
 */
size_t fast_decoder_span_size(const decoder_pass *pass);

/**
 * The rows of one span.
 *
 * @param[in] pass   what the spans share
 * @param[in] first  the first word
 * @return           the rows
 */
decoder_span fast_decoder_span(const decoder_pass *pass, size_t first);

/**
 * The dropout between the layers of a span.
 *
 * @param[in]  pass     what the spans share
 * @param[in]  first    the first word
 * @param[out] dropout  its seed
 * @return              dropout, or NULL if there is none
 */
const fast_dropout *fast_decoder_dropout(const decoder_pass *pass, size_t first,
                                         fast_dropout *dropout);

/**
 * The states behind a word, where the forward pass left them.
 *
 * @param[in] pass  what the spans share
 * @param[in] t     the word
 * @return          rows t of the outputs, and of the memories
 */
fast_recurrent_stack_state fast_decoder_states_behind(const decoder_pass *pass, size_t t);

/**
 * The first states, or their gradients, layer by layer: h_0, then c_0.
 *
 * @param[in] first  (1 x n_layers n_states n_hidden)
 * @param[in] shape  of the model
 * @return           columns of it
 */
fast_recurrent_stack_state fast_decoder_first_states(const fast_view *first,
                                                     const fast_encoder_decoder_shape *shape);

/**
 * Attention: context = weights M.
 *
 * @param[in] pass   what the spans share
 * @param[in] query  what asks, as many rows as the span
 * @param[in] span   its context is written
 * @return           a status
 */
int fast_decoder_attend(decoder_pass *pass, const fast_view *query, const decoder_span *span);

/**
 * Gradients of attention.
 *
 * @param[in]     pass          what the spans share
 * @param[in]     query         as in the forward pass
 * @param[in]     span          as in the forward pass
 * @param[in]     grad_context  gradient of the context
 * @param[in,out] grad_query    the gradient is added to it
 * @param[in]     grad_encoder  to its memory and keys is added
 * @param[in]     gradients     of the parameters; to the floats in it is added
 * @return                      a status
 */
int fast_decoder_attend_backward(decoder_pass *pass, const fast_view *query,
                                 const decoder_span *span, const fast_view *grad_context,
                                 fast_view *grad_query, const fast_encoder_gradients *grad_encoder,
                                 const fast_encoder_decoder *gradients);

/** @} */

#endif
