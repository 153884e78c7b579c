/* The decoder's gradients: the spans of decoder.c in reverse, the lines of each in reverse. */

#include "reference/decoder.h"
#include "reference/decoder_spans.h"
#include "reference/embedding.h"
#include "reference/multiplicative_attention.h"
#include "reference/projection.h"

#include <gsl/gsl_errno.h>

/* Where the gradients go. */
typedef struct {
    const ref_encoder_cache *source; /* to its memory, keys and first is added */
    const ref_encoder_decoder *parameters;
    ref_decoder_state *state; /* of the state between two words, on its way to the first */
} decoding_gradients;

/* In the forward pass this was context = attention(x, K, M), so now dx, dK and dM. */
static int attend_backward(const decoding *d, const span *s, const gsl_matrix *x, span *g,
                           gsl_matrix *grad_x, const decoding_gradients *grad)
{
    const ref_encoder_cache *source = d->source;
    gsl_matrix *weights = (gsl_matrix *)&s->weights.matrix;
    gsl_matrix *grad_keys = grad->source->keys, *grad_memory = grad->source->memory;
    ref_mask mask = mask_of(d, s);
    // [decoder-attend-backward]
    if (is_additive(d->shape)) {
        ref_additive_cache cache = {(gsl_matrix *)&s->q.matrix, weights};
        ref_additive_cache grad_cache = {&g->q.matrix, &g->weights.matrix};
        return ref_additive_attention_backward(
            x, source->keys, source->memory, &d->parameters->additive, &mask, &cache,
            &s->context.matrix, &g->context.matrix, grad_x, grad_keys, grad_memory,
            &grad->parameters->additive, &grad_cache);
    }
    return ref_multiplicative_attention_backward(
        x, source->keys, source->memory, scale_of(d->shape), &mask, weights, &s->context.matrix,
        &g->context.matrix, grad_x, grad_keys, grad_memory, &g->weights.matrix);
    // [decoder-attend-backward]
}

/* This was h~ = tanh([c; h] W_c + b_c), so now, with the gradient dA of what the tanh has seen:
 * dW_c += [c; h]^T dA,  db_c += sum_i dA_i,  [dc; dh] = dA W_c^T. */
static void attentional_backward(const ref_encoder_decoder *p, const span *s, span *g,
                                 const ref_encoder_decoder *grad)
{
    // [attentional-backward]
    gsl_matrix *grad_a = &g->attentional.matrix;
    for (size_t i = 0; i < grad_a->size1; i++) {
        for (size_t c = 0; c < grad_a->size2; c++) {
            double y = gsl_matrix_get(&s->attentional.matrix, i, c);
            *gsl_matrix_ptr(grad_a, i, c) *= 1.0 - y * y;
        }
    }
    gsl_matrix_set_zero(&g->joined.matrix);
    ref_projection_backward(&s->joined.matrix, p->attentional_weight, grad_a, &g->joined.matrix,
                            grad->attentional_weight, grad->attentional_bias);
    // [attentional-backward]
}

/* From the gradients of h_t to those of the input, and of the state before in the place of that
 * behind. */
static int stack_backward(const decoding *d, const ref_recurrent_stack_state *before, const span *s,
                          span *g, const decoding_gradients *grad)
{
    ref_recurrent_stack_shape stack = decoder_stack(d->shape);
    ref_dropout of_layers = dropout_of_layers(d, s);
    const ref_recurrent_stack_state *state = &grad->state->layers;
    gsl_matrix_set_zero(&g->input.matrix);
    return ref_recurrent_stack_backward(&s->input.matrix, before, &d->parameters->decoder, &stack,
                                        NULL, &of_layers, &s->stack.cache, &g->h.matrix, state,
                                        &g->input.matrix, state, &grad->parameters->decoder,
                                        &g->stack.cache, &state->states[0][0]);
}

/* From the state behind some words to the state before. */
static int span_backward(const decoding *d, const ref_recurrent_stack_state *before, const span *s,
                         span *g, const decoding_gradients *grad)
{
    const ref_encoder_decoder_shape *shape = d->shape;
    ref_decoder_state *state = grad->state;
    gsl_matrix_view asked = top_state(before, shape), grad_asked = top_state(&state->layers, shape);
    int status = GSL_SUCCESS;
    // [decoder-span-backward]
    /* In the forward pass h~_t was fed to the next word, so now dh~_t += what that has left. */
    if (shape->feeds_output) {
        gsl_vector_view grad_row = gsl_matrix_row(&g->attentional.matrix, 0);
        gsl_vector_add(&grad_row.vector, state->fed);
    }
    attentional_backward(d->parameters, s, g, grad->parameters);

    /* Luong: h_t has asked, so now dh_t += what the attention has for it. */
    if (looks_behind(shape)) {
        status = attend_backward(d, s, s->stack.cache.outputs[shape->n_layers - 1], g, &g->h.matrix,
                                 grad);
    }
    /* This was h_t = stack([E y_{t-1}; what is fed], h_{t-1}). */
    status = status ? status : stack_backward(d, before, s, g, grad);

    /* What was fed: the attentional state before. */
    if (shape->feeds_output) {
        gsl_matrix_get_row(state->fed, &g->fed.matrix, 0);
    }
    /* Or the context, for which s_{t-1} has asked: ds_{t-1} += what the attention has for it. */
    if (looks_before(shape) && status == GSL_SUCCESS) {
        gsl_matrix_add(&g->context.matrix, &g->fed.matrix);
        status = attend_backward(d, s, &asked.matrix, g, &grad_asked.matrix, grad);
    }
    // [decoder-span-backward]
    return status;
}

/* This was the state that the encoder has left, so now  d[h_0, c_0] += the gradient of the state. */
static void begin_backward(const ref_decoder_state *state, const ref_encoder_decoder_shape *shape,
                           const ref_encoder_cache *grad_source)
{
    state_places found;
    find_first_states(grad_source, shape, &found);
    for (size_t l = 0; l < shape->n_layers; l++) {
        const ref_recurrent_state *to = &found.state.states[l][0];
        gsl_vector_add(to->h, state->layers.states[l][0].h);
        if (shape->cell == REF_LSTM) {
            gsl_vector_add(to->c, state->layers.states[l][0].c);
        }
    }
}

static void clear_state(ref_decoder_state *state, const ref_encoder_decoder_shape *shape)
{
    for (size_t l = 0; l < shape->n_layers; l++) {
        gsl_vector_set_zero(state->layers.states[l][0].h);
        if (shape->cell == REF_LSTM) {
            gsl_vector_set_zero(state->layers.states[l][0].c);
        }
    }
    if (shape->feeds_output) {
        gsl_vector_set_zero(state->fed);
    }
}

/* The spans in reverse; behind the last word nothing is left of the state. */
static int spans_backward(const decoding *d, size_t n, const ref_decoder_cache *cache,
                          const ref_decoder_cache *grad_cache, const decoding_gradients *grad)
{
    int status = GSL_SUCCESS;
    size_t n_span = words_of_span(d->shape, n);
    clear_state(grad->state, d->shape);
    for (size_t end = n; end > 0 && status == GSL_SUCCESS; end -= n_span) {
        span s, g;
        state_places before;
        find_span(cache, d->shape, end - n_span, n_span, &s);
        find_span(grad_cache, d->shape, end - n_span, n_span, &g);
        find_states_before(d->source, cache, d->shape, end - n_span, &before);
        status = span_backward(d, &before.state, &s, &g, grad);
    }
    begin_backward(grad->state, d->shape, grad->source);
    return status;
}

static int check_gradients(const decoding *d, size_t n, const decoding_gradients *grad,
                           const ref_decoder_cache *grad_cache)
{
    size_t n_memory = d->source->memory->size1;
    if (!source_fits(grad->source, n_memory, d->shape)) {
        GSL_ERROR("what the encoder has left must have the shape of its gradients", GSL_EBADLEN);
    }
    if (!model_fits(grad->parameters, d->shape)) {
        GSL_ERROR("the parameters must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!decoder_cache_fits(grad_cache, n, n_memory, d->shape) ||
        !decoder_state_fits(grad->state, d->shape)) {
        GSL_ERROR("the scratch must have the shapes of the cache and of a state", GSL_EBADLEN);
    }
    return GSL_SUCCESS;
}

int ref_decoder_backward(const int *words, const ref_encoder_cache *encoder, const size_t *length,
                         const ref_encoder_decoder *parameters,
                         const ref_encoder_decoder_shape *shape, const ref_dropout *dropout,
                         const ref_decoder_cache *cache, const gsl_matrix *grad_logits,
                         const ref_encoder_cache *grad_encoder, const ref_decoder_cache *grad_cache,
                         ref_decoder_state *grad_state, const ref_encoder_decoder *gradients)
{
    decoding d = {encoder, length, parameters, shape, dropout};
    decoding_gradients grad = {grad_encoder, gradients, grad_state};
    size_t n = grad_logits->size1;
    int status = check_decoder(&d, words, cache, grad_logits);
    status = status ? status : check_gradients(&d, n, &grad, grad_cache);
    if (status != GSL_SUCCESS) {
        return status;
    }
    ref_dropout of_words = dropout_of(dropout, 1, n), of_output = dropout_of(dropout, 10, n);
    gsl_matrix_view grad_embedded = window_of(grad_cache->input, 0, n, 0, shape->d_embedding);
    // [decoder-backward]
    /* In the forward pass this was logits = dropout(h~) W_y + b_y, so now dh~ = dropout'(d logits W_y^T).
     * Dropout has the same factors on the way back. */
    gsl_matrix_set_zero(grad_cache->dropped);
    ref_projection_backward(cache->dropped, parameters->output_weight, grad_logits,
                            grad_cache->dropped, gradients->output_weight, gradients->output_bias);
    ref_dropout_forward(grad_cache->dropped, &of_output, grad_cache->attentional);

    status = spans_backward(&d, n, cache, grad_cache, &grad);

    /* This was dropout(embedding(words)). */
    ref_dropout_forward(&grad_embedded.matrix, &of_words, &grad_embedded.matrix);
    return status
               ? status
               : ref_embedding_backward(words, &grad_embedded.matrix, gradients->target_embedding);
    // [decoder-backward]
}
