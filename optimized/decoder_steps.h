/**
 * @file decoder_steps.h
 * The stack of the decoder and its product with W_c, over one span. Where nothing is fed, these are
 * whole-sequence functions; else they take the step of one word, with weights that are packed once,
 * and what no step decides is done before the first word and behind the last. Not for callers of the
 * library.
 */
#ifndef OPTIMIZED_DECODER_STEPS_H
#define OPTIMIZED_DECODER_STEPS_H

#include "optimized/decoder_span.h"

/** @addtogroup optimized_core @{ */

/**
 * Room for what is packed once: taken, or only counted.
 *
 * @param[in,out] pass         its steps are set, if something is fed
 * @param[in]     is_backward  those of which pass
 * @param[in,out] from         where from, or NULL to count only
 * @return                     the bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_decoder_take_steps(decoder_pass *pass, bool is_backward, fast_workspace *from);

/**
 * Bytes for the calls of the functions below.
 *
 * @param[in] pass         its steps are taken or counted
 * @param[in] is_backward  which of the two passes
 * @return                 the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_decoder_stack_size(const decoder_pass *pass, bool is_backward);

/**
 * Before the first word.
 *
 * @param[in] pass  its steps are taken; the embedded words are there
 * @return          a status
 */
int fast_decoder_prepare(decoder_pass *pass);

/**
 * h_t = stack([E y_{t-1}; fed], h_{t-1}).
 *
 * @param[in] pass    prepared
 * @param[in] span    its input is there; its rows of the stack's cache are written
 * @param[in] before  the states before its first word
 * @return            a status
 */
int fast_decoder_walk_stack(decoder_pass *pass, const decoder_span *span,
                            const fast_recurrent_stack_state *before);

/**
 * [c_t; h_t] W_c + b_c, written to the attentional state of a span.
 *
 * @param[in] pass  prepared
 * @param[in] span  context and hidden state are there
 * @return          a status
 */
int fast_decoder_join(decoder_pass *pass, const decoder_span *span);

/**
 * Before the last word, backward.
 *
 * @param[in] pass  its steps are taken
 */
void fast_decoder_prepare_backward(decoder_pass *pass);

/**
 * Gradient of fast_decoder_join():  d[c_t; h_t] += da W_c^T. That of W_c is left to the caller.
 *
 * @param[in]     pass              prepared
 * @param[in]     grad_attentional  da, of one span
 * @param[in,out] grad_joined       the gradient is added to it
 * @return                          a status
 */
int fast_decoder_join_backward(decoder_pass *pass, const fast_view *grad_attentional,
                               fast_view *grad_joined);

/**
 * Gradients of fast_decoder_walk_stack(). Where something is fed, those of the parameters and of the
 * embedded words are left to fast_decoder_finish_stack().
 *
 * @param[in]     pass         prepared
 * @param[in]     span         as in the forward pass
 * @param[in,out] grad_input   the gradient is added to it
 * @param[in]     grad_hidden  of h_t of the top layer
 * @param[in]     initial      the states before the span
 * @param[in]     behind       gradient of the states behind it, or NULL for none
 * @param[in]     before       gradient of the states before it; to the floats in it is added
 * @param[in]     gradients    of the parameters; to the floats in it is added
 * @return                     a status
 */
int fast_decoder_walk_stack_backward(decoder_pass *pass, const decoder_span *span,
                                     fast_view *grad_input, const fast_view *grad_hidden,
                                     const fast_recurrent_stack_state *initial,
                                     const fast_recurrent_stack_state *behind,
                                     const fast_recurrent_stack_state *before,
                                     const fast_encoder_decoder *gradients);

/**
 * Behind the first word, backward.
 *
 * @param[in] pass        all spans are done
 * @param[in] grad_input  to its embedded columns is added, if something is fed
 * @param[in] gradients   likewise to those of the stack
 * @return                a status
 */
int fast_decoder_finish_stack(decoder_pass *pass, const fast_view *grad_input,
                              const fast_encoder_decoder *gradients);

/** @} */

#endif
