#include "reference/decoder.h"
#include "reference/decoder_spans.h"
#include "reference/embedding.h"
#include "reference/multiplicative_attention.h"
#include "reference/projection.h"

#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- The state before the first word --------------------------------------------------------- */

int ref_decoder_begin(const ref_encoder_cache *encoder, const ref_encoder_decoder_shape *shape,
                      ref_decoder_state *state)
{
    if (!is_vector(encoder->first, first_width(shape)) || !decoder_state_fits(state, shape)) {
        GSL_ERROR("the state and what the encoder has left must fit the shape of the model",
                  GSL_EBADLEN);
    }
    state_places found;
    find_first_states(encoder, shape, &found);
    for (size_t l = 0; l < shape->n_layers; l++) {
        const ref_recurrent_state *from = &found.state.states[l][0];
        const ref_recurrent_state *to = &state->layers.states[l][0];
        gsl_vector_memcpy(to->h, from->h);
        if (shape->cell == REF_LSTM) {
            gsl_vector_memcpy(to->c, from->c);
        }
    }
    if (shape->feeds_output) {
        gsl_vector_set_zero(state->fed);
    }
    state->n_words = 0;
    return GSL_SUCCESS;
}

/* ---- Looking at the source ------------------------------------------------------------------- */

/* Word t sees the states t - window .. t + window of the encoder. */
static void hide_beyond_window(size_t window, size_t n_words_before, gsl_matrix *hidden)
{
    // [decoder-window]
    for (size_t i = 0; i < hidden->size1; i++) {
        for (size_t j = 0; j < hidden->size2; j++) {
            size_t t = n_words_before + i, distance = j > t ? j - t : t - j;
            gsl_matrix_set(hidden, i, j, distance > window ? -INFINITY : 0.0);
        }
    }
    // [decoder-window]
}

/* context = attention(x, K, M): each row of x asks. */
static int attend(const decoding *d, const span *s, const gsl_matrix *x)
{
    const gsl_matrix *keys = d->source->keys, *memory = d->source->memory;
    gsl_matrix *weights = (gsl_matrix *)&s->weights.matrix;
    gsl_matrix *context = (gsl_matrix *)&s->context.matrix;
    ref_mask mask = mask_of(d, s);
    // [decoder-attend]
    if (is_additive(d->shape)) {
        ref_additive_cache cache = {(gsl_matrix *)&s->q.matrix, weights};
        return ref_additive_attention_forward(x, keys, memory, &d->parameters->additive, &mask,
                                              &cache, context);
    }
    return ref_multiplicative_attention_forward(x, keys, memory, scale_of(d->shape), &mask, weights,
                                                context);
    // [decoder-attend]
}

/* ---- Forward --------------------------------------------------------------------------------- */

/* h~ = tanh([c; h] W_c + b_c) */
static void attentional_forward(const ref_encoder_decoder *p, span *s)
{
    // [attentional-forward]
    gsl_matrix *output = &s->attentional.matrix;
    ref_projection_forward(&s->joined.matrix, p->attentional_weight, p->attentional_bias, output);
    for (size_t i = 0; i < output->size1; i++) {
        for (size_t c = 0; c < output->size2; c++) {
            gsl_matrix_set(output, i, c, tanh(gsl_matrix_get(output, i, c)));
        }
    }
    // [attentional-forward]
}

/* Some words, or one, from the state before to the state behind. */
static int span_forward(const decoding *d, span *s, ref_decoder_state *state)
{
    const ref_encoder_decoder_shape *shape = d->shape;
    ref_recurrent_stack_shape stack = decoder_stack(shape);
    ref_dropout of_layers = dropout_of_layers(d, s);
    gsl_matrix_view before = top_state(&state->layers, shape);
    const gsl_matrix *h = s->stack.cache.outputs[shape->n_layers - 1];
    int status = GSL_SUCCESS;
    // [decoder-span-forward]
    /* Bahdanau: s_{t-1} asks, and the context goes into the cell */
    if (looks_before(shape)) {
        status = attend(d, s, &before.matrix);
        gsl_matrix_memcpy(&s->fed.matrix, &s->context.matrix);
    }
    /* feeding: so does the attentional state before */
    if (shape->feeds_output) {
        gsl_matrix_set_row(&s->fed.matrix, 0, state->fed);
    }
    /* h_t = stack([E y_{t-1}; what is fed], h_{t-1}) */
    status = status ? status
                    : ref_recurrent_stack_forward(&s->input.matrix, &state->layers,
                                                  &d->parameters->decoder, &stack, NULL, &of_layers,
                                                  &s->stack.cache, &state->layers);
    gsl_matrix_memcpy(&s->h.matrix, h);

    /* Luong: h_t asks */
    if (looks_behind(shape) && status == GSL_SUCCESS) {
        status = attend(d, s, h);
    }
    /* h~_t = tanh([c_t; h_t] W_c + b_c) */
    attentional_forward(d->parameters, s);
    if (shape->feeds_output) {
        gsl_matrix_get_row(state->fed, &s->attentional.matrix, 0);
    }
    // [decoder-span-forward]
    return status;
}

int ref_decoder_forward(const int *words, const ref_encoder_cache *encoder, const size_t *length,
                        const ref_encoder_decoder *parameters,
                        const ref_encoder_decoder_shape *shape, const ref_dropout *dropout,
                        ref_decoder_state *state, const ref_decoder_cache *cache,
                        gsl_matrix *logits)
{
    const ref_encoder_decoder *p = parameters;
    decoding d = {encoder, length, p, shape, dropout};
    int status = check_decoder(&d, words, cache, logits);
    if (status == GSL_SUCCESS && !decoder_state_fits(state, shape)) {
        GSL_ERROR("the state must fit the shape of the model", GSL_EBADLEN);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    size_t n = logits->size1, n_span = words_of_span(shape, n);
    ref_dropout of_words = dropout_of(dropout, 1, n), of_output = dropout_of(dropout, 10, n);
    gsl_matrix_view embedded = window_of(cache->input, 0, n, 0, shape->d_embedding);
    if (cache->window) {
        hide_beyond_window(shape->window, state->n_words, cache->window);
    }
    // [decoder-forward]
    ref_embedding_forward(p->target_embedding, words, &embedded.matrix);
    ref_dropout_forward(&embedded.matrix, &of_words, &embedded.matrix);
    for (size_t t = 0; t < n && status == GSL_SUCCESS; t += n_span) {
        span s;
        find_span(cache, shape, t, n_span, &s);
        status = span_forward(&d, &s, state);
    }
    state->n_words += n;

    /* logits = dropout(h~) W_y + b_y, for all words at once */
    ref_dropout_forward(cache->attentional, &of_output, cache->dropped);
    ref_projection_forward(cache->dropped, p->output_weight, p->output_bias, logits);
    // [decoder-forward]
    return status;
}
