/**
 * @file tagger_optimized_memory.h
 * What the tagger keeps on the optimized side. Private to tagger_optimized*.c; its twin is
 * tagger_reference_memory.h.
 */
#ifndef CHAPTERS_COMMON_TAGGER_TAGGER_OPTIMIZED_MEMORY_H
#define CHAPTERS_COMMON_TAGGER_TAGGER_OPTIMIZED_MEMORY_H

#include "chapters/common/tagger/tagger.h"
#include <string.h>

/** What the forward pass keeps of a batch; every view has one head and all its sequences. */
typedef struct {
    fast_view input;                         /**< X, behind its dropout */
    fast_view states[TAGGER_MAX_LAYERS + 1]; /**< H_0, H_1, ... */
    fast_query_key_value_cache attention;    /**< of chapters 1 to 3; Q, K and V side by side */
    fast_view mixed;                         /**< what they add to H_0 */
    fast_block_cache blocks[TAGGER_MAX_LAYERS];
    fast_view mean, rate;  /**< of the last normalisation */
    fast_view last;        /**< what W_out reads */
    fast_view logits;      /**< (n_padded x n_classes) */
    fast_view log_sum_exp; /**< of the loss */
} tagger_activations;

/** The gradients of what stands between the layers. */
typedef struct {
    fast_view input;     /**< dX */
    fast_view states[2]; /**< dH_l and dH_(l-1), in turns */
    fast_view q, k, v;   /**< of chapters 1 and 2 */
    fast_view last;      /**< of what W_out reads */
    fast_view logits;    /**< dlogits */
} tagger_gradients;

/** A model. */
struct tagger_optimized {
    tagger_shape shape;
    fast_block_shape block_shape;
    fast_view table; /**< (n_words + 1 x d_vector) */
    fast_parameters *parameters;
    fast_parameter *embeddings[TAGGER_MAX_CHANNELS];
    fast_parameter *input_weight, *input_bias, *output_weight, *output_bias;
    fast_parameter *norm_gain, *norm_bias; /**< NULL without a last normalisation */
    fast_block_parameters blocks[TAGGER_MAX_LAYERS];
    fast_query_key_value attention, grad_attention; /**< of TAGGER_QUERY_KEY_VALUE */
    fast_view relative_bias;      /**< of it, or of TAGGER_PROXIMITY; without data for none */
    fast_view grad_relative_bias; /**< of TAGGER_QUERY_KEY_VALUE */

    fast_workspace *constants; /**< the table of vectors, and the bias of TAGGER_PROXIMITY */
    fast_workspace *memory;    /**< of activations and gradients */
    fast_context context;      /**< its workspace is scratch memory */
    tagger_activations activations;
    tagger_gradients gradients;
    fast_view logits_matrix; /**< the logits as one matrix */
    size_t n_counted;        /**< tokens with a target */
};

/**
 * Lay out activations and gradients of a batch.
 *
 * @param[in,out] model   its views are set
 * @param[in]     batch   its sizes are read
 * @param[in,out] memory  where from, or NULL to count only
 * @return                bytes
 */
size_t tagger_optimized_layout(tagger_optimized *model, const tagger_batch *batch,
                               fast_workspace *memory);

/* ---- Views of a whole batch, without gaps between rows ---- */

/** How many floats a view has. */
static inline size_t view_size(const fast_view *x)
{
    return x->n_batch * x->n_rows * x->n_cols;
}

/** x = 0 */
static inline void view_set_zero(const fast_view *x)
{
    memset(x->data, 0, view_size(x) * sizeof *x->data);
}

/** to = from */
static inline void view_copy(const fast_view *to, const fast_view *from)
{
    memcpy(to->data, from->data, view_size(to) * sizeof *to->data);
}

/** sum += x */
static inline void view_add(const fast_view *sum, const fast_view *x)
{
    for (size_t i = 0; i < view_size(sum); i++) {
        sum->data[i] += x->data[i];
    }
}

/** Some columns of every row; this view has gaps. */
static inline fast_view view_columns(const fast_view *whole, size_t first, size_t n)
{
    fast_view part = *whole;
    part.data += part.data != NULL ? first : 0;
    part.n_cols = n;
    return part;
}

#endif
