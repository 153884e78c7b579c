/**
 * @file encoder_decoder_checks.h
 * The sizes that follow from the shape of a model, and what encoder and decoder ask of their
 * arguments. Private to reference/.
 */
#ifndef REFERENCE_ENCODER_DECODER_CHECKS_H
#define REFERENCE_ENCODER_DECODER_CHECKS_H

#include "reference/encoder_decoder.h"
#include "reference/recurrent_stack_checks.h"

#include <gsl/gsl_errno.h>
#include <stdint.h>

/* ---- Sizes ----------------------------------------------------------------------------------- */

static inline size_t memory_width(const ref_encoder_decoder_shape *shape)
{
    return (shape->is_bidirectional ? 2 : 1) * shape->n_encoder_hidden;
}

/* h, and c of an LSTM. */
static inline size_t states_of(ref_cell cell)
{
    return cell == REF_LSTM ? 2 : 1;
}

/* Of all first states of the decoder. */
static inline size_t first_width(const ref_encoder_decoder_shape *shape)
{
    return shape->n_layers * states_of(shape->cell) * shape->n_hidden;
}

static inline bool has_attention(const ref_encoder_decoder_shape *shape)
{
    return shape->score != REF_SCORE_NONE;
}

static inline bool is_dot(const ref_encoder_decoder_shape *shape)
{
    return shape->score == REF_SCORE_DOT || shape->score == REF_SCORE_SCALED_DOT;
}

static inline bool is_additive(const ref_encoder_decoder_shape *shape)
{
    return shape->score == REF_SCORE_CONCAT || shape->score == REF_SCORE_ADDITIVE;
}

/* Of a key; 0 if there are none. */
static inline size_t key_width(const ref_encoder_decoder_shape *shape)
{
    return !has_attention(shape) ? 0
           : is_dot(shape)       ? memory_width(shape)
           : is_additive(shape)  ? shape->d_attention
                                 : shape->n_hidden;
}

/* Of what goes into the decoder beside a word: the context, the attentional state, or nothing. */
static inline size_t fed_width(const ref_encoder_decoder_shape *shape)
{
    return shape->timing == REF_TIMING_BAHDANAU ? memory_width(shape)
           : shape->feeds_output                ? shape->d_output
                                                : 0;
}

/* Of a context; 0 if there is none. */
static inline size_t context_width(const ref_encoder_decoder_shape *shape)
{
    return has_attention(shape) ? memory_width(shape) : 0;
}

static inline ref_recurrent_stack_shape encoder_stack(const ref_encoder_decoder_shape *shape)
{
    return (ref_recurrent_stack_shape){shape->cell, shape->d_embedding, shape->n_encoder_hidden,
                                       shape->n_encoder_layers, shape->is_bidirectional};
}

static inline ref_recurrent_stack_shape decoder_stack(const ref_encoder_decoder_shape *shape)
{
    return (ref_recurrent_stack_shape){shape->cell, shape->d_embedding + fed_width(shape),
                                       shape->n_hidden, shape->n_layers, false};
}

/* What is left out of a matrix that has n rows for each sequence of a batch; each matrix has a seed
 * of its own. No dropout is a rate of 0, which copies exactly. */
static inline ref_dropout dropout_of(const ref_dropout *dropout, uint64_t seed, size_t n)
{
    return dropout ? (ref_dropout){dropout->rate, dropout->seed + seed, dropout->first_row * n}
                   : (ref_dropout){.rate = 0.0};
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static inline int check_sizes(const ref_encoder_decoder_shape *shape)
{
    const size_t sizes[] = {shape->n_source,         shape->n_target, shape->d_embedding,
                            shape->n_encoder_hidden, shape->n_hidden, shape->d_output};
    size_t largest = shape->d_attention > shape->n_places ? shape->d_attention : shape->n_places;
    for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        if (sizes[n] == 0) {
            GSL_ERROR("vocabularies, embeddings, states and outputs must have a size", GSL_EINVAL);
        }
        largest = sizes[n] > largest ? sizes[n] : largest;
    }
    if ((is_additive(shape) && shape->d_attention == 0) ||
        (shape->score == REF_SCORE_LOCATION && shape->n_places == 0)) {
        GSL_ERROR("an additive score must have a hidden unit, and that of places a place",
                  GSL_EINVAL);
    }
    if (shape->n_layers == 0 || shape->n_layers > REF_MAX_LAYERS || shape->n_encoder_layers == 0 ||
        shape->n_encoder_layers > REF_MAX_LAYERS) {
        GSL_ERROR("encoder and decoder must have 1 to 8 layers", GSL_EINVAL);
    }
    if (largest > SIZE_MAX / (4 * REF_MAX_LAYERS)) {
        GSL_ERROR("there are more numbers than a memory can hold", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

static inline int check_model_shape(const ref_encoder_decoder_shape *shape)
{
    if (!is_known_cell(shape->cell)) {
        GSL_ERROR("the cell must be Elman's, a GRU or an LSTM", GSL_EINVAL);
    }
    if ((unsigned)shape->score > REF_SCORE_ADDITIVE) {
        GSL_ERROR("the score must be one of the seven", GSL_EINVAL);
    }
    if (shape->timing != REF_TIMING_LUONG && shape->timing != REF_TIMING_BAHDANAU) {
        GSL_ERROR("the timing must be Luong's or Bahdanau's", GSL_EINVAL);
    }
    int status = check_sizes(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (is_dot(shape) && shape->n_hidden != memory_width(shape)) {
        GSL_ERROR("a dot product needs states of encoder and decoder that are equally wide",
                  GSL_EINVAL);
    }
    if (shape->timing == REF_TIMING_BAHDANAU && (!has_attention(shape) || shape->feeds_output)) {
        GSL_ERROR("Bahdanau's timing needs an attention, and feeds its context and nothing else",
                  GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

static inline bool is_matrix(const gsl_matrix *a, size_t n_rows, size_t n_cols)
{
    return a && has_shape(a, n_rows, n_cols);
}

static inline bool is_vector(const gsl_vector *v, size_t n)
{
    return v && v->size == n;
}

/* Whether what the score needs is there. */
static inline bool score_fits(const ref_encoder_decoder *p, const ref_encoder_decoder_shape *shape)
{
    const ref_additive_attention *a = &p->additive;
    size_t d_a = shape->d_attention;
    switch (shape->score) {
    case REF_SCORE_LOCATION:
        return is_matrix(p->places, shape->n_places, shape->n_hidden);
    case REF_SCORE_GENERAL:
        return is_matrix(p->general_weight, shape->n_hidden, memory_width(shape));
    case REF_SCORE_CONCAT:
    case REF_SCORE_ADDITIVE:
        return is_matrix(a->weight_q, shape->n_hidden, d_a) &&
               is_matrix(a->weight_k, memory_width(shape), d_a) && is_vector(a->v, d_a) &&
               (shape->score == REF_SCORE_CONCAT ? !a->bias : is_vector(a->bias, d_a));
    default:
        return true;
    }
}

/* Whether all parameters, or their gradients, belong to a model of this shape. */
static inline bool model_fits(const ref_encoder_decoder *p, const ref_encoder_decoder_shape *shape)
{
    ref_recurrent_stack_shape encoder = encoder_stack(shape), decoder = decoder_stack(shape);
    return is_matrix(p->source_embedding, shape->n_source, shape->d_embedding) &&
           is_matrix(p->target_embedding, shape->n_target, shape->d_embedding) &&
           stack_fits(&p->encoder, &encoder) && stack_fits(&p->decoder, &decoder) &&
           is_matrix(p->bridge_weight, memory_width(shape), first_width(shape)) &&
           is_vector(p->bridge_bias, first_width(shape)) && score_fits(p, shape) &&
           is_matrix(p->attentional_weight, context_width(shape) + shape->n_hidden,
                     shape->d_output) &&
           is_vector(p->attentional_bias, shape->d_output) &&
           is_matrix(p->output_weight, shape->d_output, shape->n_target) &&
           is_vector(p->output_bias, shape->n_target);
}

static inline int check_words(const int *words, size_t n, size_t n_vocabulary)
{
    for (size_t i = 0; i < n; i++) {
        if (words[i] < 0 || (size_t)words[i] >= n_vocabulary) {
            GSL_ERROR("a word must be 0 .. n - 1 of its vocabulary, in padding too", GSL_EINVAL);
        }
    }
    return GSL_SUCCESS;
}

/* Of a source of n words, for encoder and decoder. */
static inline int check_length(size_t n, const size_t *length,
                               const ref_encoder_decoder_shape *shape, const ref_dropout *dropout)
{
    if (length && (*length == 0 || *length > n)) {
        GSL_ERROR("the length must be 1 .. n: a source has at least one word", GSL_EINVAL);
    }
    if (shape->score == REF_SCORE_LOCATION && n > shape->n_places) {
        GSL_ERROR("the source must not be longer than there are places", GSL_EINVAL);
    }
    if (dropout && !(dropout->rate >= 0.0 && dropout->rate < 1.0)) {
        GSL_ERROR("the rate of dropout must be in [0, 1)", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

#endif
