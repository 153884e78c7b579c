/**
 * @file tagger_reference_memory.h
 * What the tagger keeps on the reference side. Private to tagger_reference*.c; its twin is
 * tagger_optimized_memory.h.
 */
#ifndef CHAPTERS_COMMON_TAGGER_TAGGER_REFERENCE_MEMORY_H
#define CHAPTERS_COMMON_TAGGER_TAGGER_REFERENCE_MEMORY_H

#include "chapters/common/tagger/tagger.h"

/** What the forward pass keeps of a sentence, or, in the same shapes, its gradients. */
typedef struct {
    size_t n;                                  /**< its tokens */
    gsl_matrix *input;                         /**< X, behind its dropout */
    gsl_matrix *states[TAGGER_MAX_LAYERS + 1]; /**< H_0, H_1, ... */
    gsl_vector *positions;                     /**< 0, 1, ..., n - 1, of chapter 1 */
    ref_query_key_value_cache attention;       /**< of chapters 1 to 3 */
    gsl_matrix *mixed;                         /**< what they add to H_0 */
    ref_block_cache *blocks[TAGGER_MAX_LAYERS];
    gsl_vector *mean, *rate; /**< of the last normalisation */
    gsl_matrix *last;        /**< what W_out reads */
} tagger_sentence;

/** A model. */
struct tagger_reference {
    tagger_shape shape;
    ref_block_shape block_shape;
    const gsl_matrix *table;
    ref_parameter *embeddings[TAGGER_MAX_CHANNELS];
    ref_parameter *input_weight, *input_bias, *output_weight, *output_bias;
    ref_parameter *norm_gain, *norm_bias; /**< NULL without a last normalisation */
    ref_block_parameters blocks[TAGGER_MAX_LAYERS];
    ref_query_key_value attention, grad_attention; /**< of TAGGER_QUERY_KEY_VALUE */
    gsl_matrix_view matrices[2][3];                /**< W_Q, W_K and W_V; their gradients */
    gsl_vector_view vectors[2][4];                 /**< b_Q, b_K, b_V and the relative bias; so */
    bool has_relative_bias;                        /**< of TAGGER_QUERY_KEY_VALUE */

    size_t n_sequences;                               /**< there is room for */
    tagger_sentence *caches, *gradients;              /**< (n_sequences) each */
    gsl_matrix *logits, *probabilities, *grad_logits; /**< (rows x n_classes) */
    size_t n_counted;                                 /**< tokens with a target */
};

#endif
