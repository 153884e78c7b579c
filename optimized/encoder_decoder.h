/**
 * @file encoder_decoder.h
 * From sequence to sequence, float32: the choices and the parameters of a model whose encoder reads the
 * source (encoder.h) and whose decoder writes the target, looking back at what the encoder has left
 * (decoder.h). Its twin is reference/encoder_decoder.h.
 */
#ifndef OPTIMIZED_ENCODER_DECODER_H
#define OPTIMIZED_ENCODER_DECODER_H

#include "optimized/additive_attention.h"
#include "optimized/parameters.h"
#include "optimized/recurrent_stack.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/* ---- What there is to choose ----------------------------------------------------------------- */

/** How a state of the decoder is compared with the states of the encoder. */
typedef enum {
    FAST_SCORE_NONE,     /**< not at all: all that the decoder has of the source is its first state:
                               Sutskever et al. 2014 */
    FAST_SCORE_LOCATION, /**< with learned places instead, whatever the encoder says there: Luong et
                               al. 2015, eq. (8). A baseline that cannot look */
    FAST_SCORE_DOT,      /**< x . m: Luong et al. 2015; needs n_hidden = d_memory */
    FAST_SCORE_SCALED_DOT, /**< the same, / sqrt(d_memory): Vaswani et al. 2017 */
    FAST_SCORE_GENERAL,    /**< x^T W m: Luong et al. 2015 */
    FAST_SCORE_CONCAT,     /**< v . tanh(W_a^T [x; m]): Luong et al. 2015 */
    FAST_SCORE_ADDITIVE,   /**< v . tanh(W^T x + U^T m + b): Bahdanau et al. 2015 */
} fast_score;

/** When the decoder looks at the source. */
typedef enum {
    FAST_TIMING_LUONG,    /**< behind its step: h_t asks, and the context joins h_t */
    FAST_TIMING_BAHDANAU, /**< before its step: s_{t-1} asks, and the context goes into the cell */
} fast_timing;

/** The sizes of a model and the choices in it. d_memory is that of the encoder's outputs:
 *  n_encoder_hidden, or twice that if it is bidirectional. */
typedef struct {
    size_t n_source;         /**< words of the source's vocabulary */
    size_t n_target;         /**< words of the target's, START and END among them */
    size_t d_embedding;      /**< columns of both embeddings */
    fast_cell cell;          /**< of encoder and decoder */
    size_t n_encoder_hidden; /**< hidden units of each direction of the encoder */
    size_t n_encoder_layers; /**< 1 .. FAST_MAX_LAYERS */
    bool is_bidirectional;   /**< whether the encoder reads in both directions */
    size_t n_hidden;         /**< hidden units of the decoder */
    size_t n_layers;         /**< of the decoder, 1 .. FAST_MAX_LAYERS */
    fast_score score;        /**< how states are compared */
    size_t d_attention;      /**< hidden units of FAST_SCORE_CONCAT and FAST_SCORE_ADDITIVE */
    size_t n_places;         /**< of FAST_SCORE_LOCATION: the longest source */
    size_t window;      /**< token t sees states t - window .. t + window only, Luong's local-m;
                                  0 for all */
    fast_timing timing; /**< when it looks */
    bool feeds_output;  /**< whether the attentional state goes into the next step, Luong's
                                  input feeding; not with FAST_TIMING_BAHDANAU, whose context does */
    size_t d_output;    /**< columns of the attentional state */
} fast_encoder_decoder_shape;

/* ---- The parameters -------------------------------------------------------------------------- */

/** The parameters, or, in the same shapes, their gradients: one matrix or row each. The floats stay
 *  the caller's; what a shape has not is without data. */
typedef struct {
    fast_view source_embedding;       /**< (n_source x d_embedding) */
    fast_view target_embedding;       /**< (n_target x d_embedding) */
    fast_recurrent_stack encoder;     /**< reads the source */
    fast_view bridge_weight;          /**< W_b, (d_memory x n_layers n_states n_hidden), where
                                           n_states is 2 for an LSTM and 1 else */
    fast_view bridge_bias;            /**< b_b, one row (1 x n_layers n_states n_hidden) */
    fast_recurrent_stack decoder;     /**< writes the target */
    fast_additive_attention additive; /**< of FAST_SCORE_CONCAT and FAST_SCORE_ADDITIVE */
    fast_view general_weight;         /**< of FAST_SCORE_GENERAL, (n_hidden x d_memory) */
    fast_view places;                 /**< of FAST_SCORE_LOCATION, (n_places x n_hidden) */
    fast_view attentional_weight; /**< W_c, (d_memory + n_hidden x d_output): rows of the context
                                           first; (n_hidden x d_output) for FAST_SCORE_NONE */
    fast_view attentional_bias;   /**< b_c, one row (1 x d_output) */
    fast_view output_weight;      /**< W_y, (d_output x n_target) */
    fast_view output_bias;        /**< b_y, one row (1 x n_target) */
} fast_encoder_decoder;

/** The place of a model's parameters in a list. */
typedef struct {
    fast_encoder_decoder value;    /**< the parameters */
    fast_encoder_decoder gradient; /**< their gradients */
} fast_encoder_decoder_parameters;

/**
 * Declare the parameters of a model, under the names of ref_encoder_decoder_declare().
 *
 * @param[in,out] list   not allocated yet
 * @param[in]     shape  its sizes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a size is 0, choices that do not go together, or as for
 *                     fast_parameters_declare()
 * @retval GSL_ENOMEM  out of memory
 */
int fast_encoder_decoder_declare(fast_parameters *list, const fast_encoder_decoder_shape *shape);

/**
 * Find the parameters of a model that fast_encoder_decoder_declare() declared.
 *
 * @param[in]  list   allocated; it must outlive what is found
 * @param[in]  shape  as it was declared
 * @param[out] found  where they are
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a parameter is missing or has another shape, or as for the declaration
 */
int fast_encoder_decoder_find(const fast_parameters *list, const fast_encoder_decoder_shape *shape,
                              fast_encoder_decoder_parameters *found);

/** @} */

#endif
