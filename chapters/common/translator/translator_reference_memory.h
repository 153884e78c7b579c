/**
 * @file translator_reference_memory.h
 * What the translator keeps on the reference side. Private to translator_reference*.c; its twin is
 * translator_optimized_memory.h.
 */
#ifndef CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_REFERENCE_MEMORY_H
#define CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_REFERENCE_MEMORY_H

#include "chapters/common/translator/translator.h"

/** What the forward pass keeps of a pair. */
typedef struct {
    ref_encoder_cache *encoder;
    ref_decoder_cache *decoder;
    ref_decoder_cache *grad_decoder; /**< its gradients */
} translator_pair;

/** What a step keeps of a batch. What the backward pass lends is used by one pair after the other. */
typedef struct {
    size_t n_pairs; /**< there is room for */
    translator_pair *pairs;
    ref_decoder_state *state;
    gsl_matrix *logits, *probabilities,
        *grad_logits; /**< (n_pairs n_target x symbols of targets) */
    ref_encoder_cache *grad_encoder;
    ref_decoder_state *grad_state;
    size_t n_counted; /**< symbols that count */
} translator_reference_step;

/** What a search keeps of a batch. */
typedef struct {
    size_t n_sources, n_beam, n_rows;
    const pair_batch *batch;
    ref_encoder_cache **sources;         /**< (n_sources) as the encoder has left them */
    ref_decoder_cache *decoder;          /**< of one symbol */
    ref_decoder_state **states, **after; /**< (n_rows) each; the two take turns */
    gsl_matrix *logits;                  /**< (1 x symbols of targets) */
} translator_reference_search;

/** A model. */
struct translator_reference {
    ref_encoder_decoder_shape shape;
    ref_encoder_decoder_parameters parameters; /**< where they are in the list */
    translator_reference_step step;
    translator_reference_search search;
};

/**
 * Make room for a search.
 *
 * @param[in,out] model   the model
 * @param[in]     batch   its sizes are read
 * @param[in]     n_beam  rows for each source
 */
void translator_reference_reserve_search(translator_reference *model, const pair_batch *batch,
                                         size_t n_beam);

#endif
