/**
 * @file decoder_spans.h
 * Words that a decoder takes in one go. Where something that a step makes goes into the next one, a
 * span is one word; where nothing does, all words are one span, and the same lines serve both.
 * Private to reference/.
 */
#ifndef REFERENCE_DECODER_SPANS_H
#define REFERENCE_DECODER_SPANS_H

#include "reference/decoder.h"
#include "reference/encoder_decoder_checks.h"

#include <math.h>

/* What both passes are called with. */
typedef struct {
    const ref_encoder_cache *source;
    const size_t *length;
    const ref_encoder_decoder *parameters;
    const ref_encoder_decoder_shape *shape;
    const ref_dropout *dropout;
} decoding;

static inline bool looks_before(const ref_encoder_decoder_shape *shape)
{
    return shape->timing == REF_TIMING_BAHDANAU;
}

static inline bool looks_behind(const ref_encoder_decoder_shape *shape)
{
    return has_attention(shape) && shape->timing == REF_TIMING_LUONG;
}

static inline size_t words_of_span(const ref_encoder_decoder_shape *shape, size_t n)
{
    return fed_width(shape) > 0 ? 1 : n;
}

/* ---- The rows of a span ---------------------------------------------------------------------- */

/* Windows into the rows of a cache, or of its gradients. What the shape has not is without data. */
typedef struct {
    size_t first, n;                /* the first word, and how many */
    ref_recurrent_stack_rows stack; /* of the layers */
    gsl_matrix_view input;          /* [E y_{t-1}; what is fed] */
    gsl_matrix_view fed;            /* its right columns: c_t, or h~_{t-1} */
    gsl_matrix_view q, weights, hidden_keys;
    gsl_matrix_view joined;      /* [c_t; h_t] */
    gsl_matrix_view context, h;  /* its two parts */
    gsl_matrix_view attentional; /* h~_t */
} span;

/* Some columns of the rows first .. first + n - 1; no data if there are none. */
static inline gsl_matrix_view window_of(const gsl_matrix *a, size_t first, size_t n,
                                        size_t first_column, size_t n_columns)
{
    return a && n_columns > 0
               ? gsl_matrix_submatrix((gsl_matrix *)a, first, first_column, n, n_columns)
               : (gsl_matrix_view){{0}};
}

static inline void find_span(const ref_decoder_cache *c, const ref_encoder_decoder_shape *shape,
                             size_t first, size_t n, span *s)
{
    ref_recurrent_stack_shape stack = decoder_stack(shape);
    size_t d_context = context_width(shape), d_fed = fed_width(shape), d_q = shape->d_attention;
    size_t n_keys = c->weights ? c->weights->size2 : 0;
    s->first = first;
    s->n = n;
    ref_recurrent_stack_cache_rows(c->stack, &stack, first, n, &s->stack);
    s->input = window_of(c->input, first, n, 0, stack.n_in);
    s->fed = window_of(c->input, first, n, shape->d_embedding, d_fed);
    s->q = window_of(c->q, first, n, 0, d_q);
    s->weights = window_of(c->weights, first, n, 0, n_keys);
    s->hidden_keys = window_of(c->window, first, n, 0, n_keys);
    s->joined = window_of(c->joined, first, n, 0, d_context + shape->n_hidden);
    s->context = window_of(c->joined, first, n, 0, d_context);
    s->h = window_of(c->joined, first, n, d_context, shape->n_hidden);
    s->attentional = window_of(c->attentional, first, n, 0, shape->d_output);
}

/* ---- States between spans -------------------------------------------------------------------- */

/* States that stand in other places. It points into itself: it is not copied. */
typedef struct {
    ref_recurrent_stack_state state;
    gsl_vector_view views[REF_MAX_LAYERS][2];
} state_places;

/* Those that the encoder has left: of each layer h_0, then c_0; or their gradients. */
static inline void find_first_states(const ref_encoder_cache *source,
                                     const ref_encoder_decoder_shape *shape, state_places *found)
{
    size_t next = 0, n_hidden = shape->n_hidden, n_states = states_of(shape->cell);
    *found = (state_places){0};
    for (size_t l = 0; l < shape->n_layers; l++, next += n_states * n_hidden) {
        gsl_vector_view *h = &found->views[l][0], *c = &found->views[l][1];
        *h = gsl_vector_subvector(source->first, next, n_hidden);
        *c = gsl_vector_subvector(source->first, next + (n_states - 1) * n_hidden, n_hidden);
        found->state.states[l][0] =
            (ref_recurrent_state){&h->vector, n_states == 2 ? &c->vector : NULL};
    }
}

/* Those before a word, from begin to end: the encoder's, or what the word before has left. */
static inline void find_states_before(const ref_encoder_cache *source, const ref_decoder_cache *c,
                                      const ref_encoder_decoder_shape *shape, size_t word,
                                      state_places *found)
{
    find_first_states(source, shape, found);
    for (size_t l = 0; word > 0 && l < shape->n_layers; l++) {
        found->views[l][0] = gsl_matrix_row(c->stack->outputs[l], word - 1);
        if (shape->cell == REF_LSTM) {
            found->views[l][1] = gsl_matrix_row(c->stack->cells[l][0].inner, word - 1);
        }
    }
}

/* The last h of the top layer, as one row that asks. */
static inline gsl_matrix_view top_state(const ref_recurrent_stack_state *state,
                                        const ref_encoder_decoder_shape *shape)
{
    return gsl_matrix_view_vector(state->states[shape->n_layers - 1][0].h, 1, shape->n_hidden);
}

/* ---- Attention, and dropout ------------------------------------------------------------------ */

/* Padding is not seen, nor what a window hides. */
static inline ref_mask mask_of(const decoding *d, const span *s)
{
    return (ref_mask){.key_length = d->length,
                      .bias = s->hidden_keys.matrix.data ? &s->hidden_keys.matrix : NULL};
}

static inline double scale_of(const ref_encoder_decoder_shape *shape)
{
    return shape->score == REF_SCORE_SCALED_DOT ? 1.0 / sqrt((double)memory_width(shape)) : 1.0;
}

/* The layers of each span have seeds of their own: 16 for each word before. */
static inline ref_dropout dropout_of_layers(const decoding *d, const span *s)
{
    return dropout_of(d->dropout, 16 * (s->first + 1), s->n);
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static inline bool decoder_cache_fits(const ref_decoder_cache *c, size_t n, size_t n_memory,
                                      const ref_encoder_decoder_shape *shape)
{
    ref_recurrent_stack_shape stack = decoder_stack(shape);
    return c->stack && stack_cache_fits(c->stack, &stack, n) &&
           is_matrix(c->input, n, stack.n_in) &&
           (!is_additive(shape) || is_matrix(c->q, n, shape->d_attention)) &&
           (!has_attention(shape) || is_matrix(c->weights, n, n_memory)) &&
           (!has_attention(shape) || shape->window == 0 || is_matrix(c->window, n, n_memory)) &&
           is_matrix(c->joined, n, context_width(shape) + shape->n_hidden) &&
           is_matrix(c->attentional, n, shape->d_output) &&
           is_matrix(c->dropped, n, shape->d_output);
}

static inline bool decoder_state_fits(const ref_decoder_state *state,
                                      const ref_encoder_decoder_shape *shape)
{
    ref_recurrent_stack_shape stack = decoder_stack(shape);
    return stack_state_fits(&state->layers, &stack, false) &&
           (!shape->feeds_output || is_vector(state->fed, shape->d_output));
}

/* What the decoder reads of the encoder, or, in the same shapes, its gradients. */
static inline bool source_fits(const ref_encoder_cache *source, size_t n_memory,
                               const ref_encoder_decoder_shape *shape)
{
    return is_matrix(source->memory, n_memory, memory_width(shape)) &&
           is_vector(source->first, first_width(shape)) &&
           (!has_attention(shape) || is_matrix(source->keys, n_memory, key_width(shape)));
}

static inline int check_decoder(const decoding *d, const int *words, const ref_decoder_cache *cache,
                                const gsl_matrix *logits)
{
    size_t n = logits->size1, n_memory = d->source->memory->size1;
    int status = check_model_shape(d->shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (n == 0) {
        GSL_ERROR("there must be at least one word", GSL_EINVAL);
    }
    if (!model_fits(d->parameters, d->shape) || logits->size2 != d->shape->n_target) {
        GSL_ERROR("the parameters and the logits must fit the shape of the model", GSL_EBADLEN);
    }
    if (!source_fits(d->source, n_memory, d->shape)) {
        GSL_ERROR("what the encoder has left must fit the shape of the model", GSL_EBADLEN);
    }
    if (!decoder_cache_fits(cache, n, n_memory, d->shape)) {
        GSL_ERROR("the cache of the decoder must fit the model, the source and the logits",
                  GSL_EBADLEN);
    }
    status = check_words(words, n, d->shape->n_target);
    return status ? status : check_length(n_memory, d->length, d->shape, d->dropout);
}

#endif
