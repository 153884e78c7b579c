/**
 * @file translation_fast.h
 * The optimized half of translation.h: one call for matrices of doubles. Not for tests.
 */
#ifndef TESTS_SUPPORT_TRANSLATION_FAST_H
#define TESTS_SUPPORT_TRANSLATION_FAST_H

#include "optimized/decoder.h"
#include "tests/support/translation.h"

/** The same choices for the optimized side. */
fast_encoder_decoder_shape narrow_model(const ref_encoder_decoder_shape *shape);

/** Bytes of workspace for both passes of both halves. */
size_t fast_translation_size(const fast_encoder_decoder *p, const fast_encoder_decoder_shape *shape,
                             const fast_encoder_cache *encoder, const fast_decoder_cache *decoder,
                             const fast_context *context);

/** Encoder and decoder and, where there are gradients of the logits, back. */
translated fast_translate_once(const side *s, const translation *t);

#endif
