/**
 * @file encoder_decoder.h
 * From sequence to sequence: the choices and the parameters of a model whose encoder reads the
 * source (encoder.h) and whose decoder writes the target, looking back at what the encoder has left
 * (decoder.h). Its twin is optimized/encoder_decoder.h.
 */
#ifndef REFERENCE_ENCODER_DECODER_H
#define REFERENCE_ENCODER_DECODER_H

#include "reference/additive_attention.h"
#include "reference/parameters.h"
#include "reference/recurrent_stack.h"
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/* ---- What there is to choose ----------------------------------------------------------------- */

/** How a state of the decoder is compared with the states of the encoder. */
typedef enum {
    REF_SCORE_NONE,     /**< not at all: all that the decoder has of the source is its first state:
                               Sutskever et al. 2014 */
    REF_SCORE_LOCATION, /**< with learned places instead, whatever the encoder says there: Luong et
                               al. 2015, eq. (8). A baseline that cannot look */
    REF_SCORE_DOT,      /**< x . m: Luong et al. 2015; needs n_hidden = d_memory */
    REF_SCORE_SCALED_DOT, /**< the same, / sqrt(d_memory): Vaswani et al. 2017 */
    REF_SCORE_GENERAL,    /**< x^T W m: Luong et al. 2015 */
    REF_SCORE_CONCAT,     /**< v . tanh(W_a^T [x; m]): Luong et al. 2015 */
    REF_SCORE_ADDITIVE,   /**< v . tanh(W^T x + U^T m + b): Bahdanau et al. 2015 */
} ref_score;

/** When the decoder looks at the source. */
typedef enum {
    REF_TIMING_LUONG,    /**< behind its step: h_t asks, and the context joins h_t */
    REF_TIMING_BAHDANAU, /**< before its step: s_{t-1} asks, and the context goes into the cell */
} ref_timing;

/** The sizes of a model and the choices in it. d_memory is that of the encoder's outputs:
 *  n_encoder_hidden, or twice that if it is bidirectional. */
typedef struct {
    size_t n_source;         /**< words of the source's vocabulary */
    size_t n_target;         /**< words of the target's, START and END among them */
    size_t d_embedding;      /**< columns of both embeddings */
    ref_cell cell;           /**< of encoder and decoder */
    size_t n_encoder_hidden; /**< hidden units of each direction of the encoder */
    size_t n_encoder_layers; /**< 1 .. REF_MAX_LAYERS */
    bool is_bidirectional;   /**< whether the encoder reads in both directions */
    size_t n_hidden;         /**< hidden units of the decoder */
    size_t n_layers;         /**< of the decoder, 1 .. REF_MAX_LAYERS */
    ref_score score;         /**< how states are compared */
    size_t d_attention;      /**< hidden units of REF_SCORE_CONCAT and REF_SCORE_ADDITIVE */
    size_t n_places;         /**< of REF_SCORE_LOCATION: the longest source */
    size_t window;     /**< token t sees states t - window .. t + window only, Luong's local-m;
                                  0 for all */
    ref_timing timing; /**< when it looks */
    bool feeds_output; /**< whether the attentional state goes into the next step, Luong's
                                  input feeding; not with REF_TIMING_BAHDANAU, whose context does */
    size_t d_output;   /**< columns of the attentional state */
} ref_encoder_decoder_shape;

/* ---- The parameters -------------------------------------------------------------------------- */

/** The parameters, or, in the same shapes, their gradients. The matrices stay the caller's; what a
 *  shape has not is NULL. */
typedef struct {
    gsl_matrix *source_embedding; /**< (n_source x d_embedding) */
    gsl_matrix *target_embedding; /**< (n_target x d_embedding) */
    ref_recurrent_stack encoder;  /**< reads the source */
    gsl_matrix *bridge_weight;    /**< W_b, (d_memory x n_layers n_states n_hidden), where n_states
                                         is 2 for an LSTM and 1 else */
    gsl_vector *bridge_bias;      /**< b_b, (n_layers n_states n_hidden) */
    ref_recurrent_stack decoder;  /**< writes the target */
    ref_additive_attention additive; /**< of REF_SCORE_CONCAT and REF_SCORE_ADDITIVE */
    gsl_matrix *general_weight;      /**< of REF_SCORE_GENERAL, (n_hidden x d_memory) */
    gsl_matrix *places;              /**< of REF_SCORE_LOCATION, (n_places x n_hidden) */
    gsl_matrix *attentional_weight;  /**< W_c, (d_memory + n_hidden x d_output): rows of the context
                                         first; (n_hidden x d_output) for REF_SCORE_NONE */
    gsl_vector *attentional_bias;    /**< b_c, (d_output) */
    gsl_matrix *output_weight;       /**< W_y, (d_output x n_target) */
    gsl_vector *output_bias;         /**< b_y, (n_target) */
} ref_encoder_decoder;

/** The place of a model's parameters in a list. Its pointers point into itself: it is not copied. */
typedef struct {
    ref_encoder_decoder value;                       /**< the parameters */
    ref_encoder_decoder gradient;                    /**< their gradients */
    ref_recurrent_stack_parameters encoder, decoder; /**< private */
    gsl_matrix_view matrices[2][2];                  /**< private: W and U of REF_SCORE_CONCAT */
    gsl_vector_view vectors[2][5];                   /**< private: biases and v */
} ref_encoder_decoder_parameters;

/**
 * Declare the parameters of a model: source.embedding, target.embedding, encoder.* and decoder.* of
 * ref_recurrent_stack_declare(), bridge.weight, bridge.bias, attention.* as the score needs
 * (weight_q, weight_k, bias and v; weight and v for "concat", whose weight is W on top of U; weight
 * for "general"; places), attentional.weight, attentional.bias, output.weight and output.bias.
 * Weights decay; embeddings, places, v and biases do not.
 *
 * @param[in,out] list   not allocated yet
 * @param[in]     shape  its sizes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a size is 0, choices that do not go together, or as for
 *                     ref_parameters_declare()
 * @retval GSL_ENOMEM  out of memory
 */
int ref_encoder_decoder_declare(ref_parameters *list, const ref_encoder_decoder_shape *shape);

/**
 * Find the parameters of a model that ref_encoder_decoder_declare() declared.
 *
 * @param[in]  list   allocated; it must outlive what is found
 * @param[in]  shape  as it was declared
 * @param[out] found  where they are
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a parameter is missing or has another shape, or as for the declaration
 */
int ref_encoder_decoder_find(const ref_parameters *list, const ref_encoder_decoder_shape *shape,
                             ref_encoder_decoder_parameters *found);

/** @} */

#endif
