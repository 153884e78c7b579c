/**
 * @file translation.h
 * A whole model from sequence to sequence over one pair of sentences, on one side: see sides.h. Its
 * parameters are a list of the reference, so that a test can walk them all; the optimized side gets
 * a copy.
 */
#ifndef TESTS_SUPPORT_TRANSLATION_H
#define TESTS_SUPPORT_TRANSLATION_H

#include "reference/decoder.h"
#include "tests/support/sides.h"

enum { MAX_WORDS = 96 };

/** A model. */
typedef struct {
    ref_encoder_decoder_shape shape;
    ref_parameters *list;
    ref_encoder_decoder_parameters found;
} translator;

/** A new model, all parameters random. */
translator *translator_alloc(const ref_encoder_decoder_shape *shape);
void translator_free(translator *m);

/** A small model of a score and a timing: sizes that differ wherever they may. */
ref_encoder_decoder_shape small_translator(ref_cell cell, ref_score score, ref_timing timing,
                                           bool feeds_output);

/** What a model is asked for. */
typedef struct {
    const translator *model;
    size_t n_source, n; /**< words of the source, and those that the decoder reads */
    int source[MAX_WORDS], words[MAX_WORDS];
    const size_t *length; /**< of the source, or NULL */
    const ref_dropout *dropout;
    size_t n_first; /**< so many words in a first call of the decoder, the rest in a second;
                                  0 for all in one */
    gsl_matrix *grad_logits; /**< or NULL; needs n_first = 0 */
    gsl_matrix *grad_memory; /**< what else wants something of the encoder's states, or NULL */
} translation;

/** What comes of it; gradients are added to the list. Weights and context are (n x n_source) and
 *  (n x d_memory), NULL without attention; the optimized side never stores weights. All states behind
 *  the last word stand in one row. */
typedef struct {
    gsl_matrix *memory, *first, *weights, *context, *attentional, *logits, *final;
} translated;

/** Random words, and random gradients of the logits. */
translation random_translation(const translator *m, size_t n_source, size_t n);

/** Encoder and decoder, and back if there are gradients of the logits; checks the statuses. */
translated side_translate(const side *s, const translation *t);

#endif
