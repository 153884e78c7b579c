/* The memory of a decoder: what it keeps of a target, and its state between two words. */

#include "reference/decoder.h"
#include "reference/encoder_decoder_checks.h"
#include "reference/memory.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>

/* ---- The cache ------------------------------------------------------------------------------- */

static bool add_attention(ref_decoder_cache *c, size_t n, size_t n_memory,
                          const ref_encoder_decoder_shape *shape)
{
    return !has_attention(shape) ||
           (add_matrix(&c->weights, n, n_memory) &&
            (!is_additive(shape) || add_matrix(&c->q, n, shape->d_attention)) &&
            (shape->window == 0 || add_matrix(&c->window, n, n_memory)));
}

static bool add_all(ref_decoder_cache *c, size_t n, size_t n_memory,
                    const ref_encoder_decoder_shape *shape)
{
    ref_recurrent_stack_shape stack = decoder_stack(shape);
    c->stack = ref_recurrent_stack_cache_alloc(n, &stack);
    return c->stack && add_matrix(&c->input, n, stack.n_in) &&
           add_attention(c, n, n_memory, shape) &&
           add_matrix(&c->joined, n, context_width(shape) + shape->n_hidden) &&
           add_matrix(&c->attentional, n, shape->d_output) &&
           add_matrix(&c->dropped, n, shape->d_output);
}

ref_decoder_cache *ref_decoder_cache_alloc(size_t n, size_t n_memory,
                                           const ref_encoder_decoder_shape *shape)
{
    if (check_model_shape(shape) != GSL_SUCCESS) {
        return NULL;
    }
    if (n == 0 || n_memory == 0) {
        GSL_ERROR_NULL("source and target must have at least one word", GSL_EINVAL);
    }
    ref_decoder_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL || !add_all(cache, n, n_memory, shape)) {
        ref_decoder_cache_free(cache);
        GSL_ERROR_NULL("no memory for the cache of a decoder", GSL_ENOMEM);
    }
    return cache;
}

void ref_decoder_cache_free(ref_decoder_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    gsl_matrix *const matrices[] = {cache->input,  cache->q,      cache->weights,
                                    cache->window, cache->joined, cache->attentional,
                                    cache->dropped};
    for (size_t m = 0; m < sizeof matrices / sizeof matrices[0]; m++) {
        gsl_matrix_free(matrices[m]);
    }
    ref_recurrent_stack_cache_free(cache->stack);
    free(cache);
}

/* ---- The state ------------------------------------------------------------------------------- */

static bool add_states(ref_decoder_state *state, const ref_encoder_decoder_shape *shape)
{
    bool is_there = !shape->feeds_output || add_vector(&state->fed, shape->d_output);
    for (size_t l = 0; l < shape->n_layers && is_there; l++) {
        ref_recurrent_state *one = &state->layers.states[l][0];
        is_there = add_vector(&one->h, shape->n_hidden) &&
                   (shape->cell != REF_LSTM || add_vector(&one->c, shape->n_hidden));
    }
    return is_there;
}

ref_decoder_state *ref_decoder_state_alloc(const ref_encoder_decoder_shape *shape)
{
    if (check_model_shape(shape) != GSL_SUCCESS) {
        return NULL;
    }
    ref_decoder_state *state = calloc(1, sizeof *state);
    if (state == NULL || !add_states(state, shape)) {
        ref_decoder_state_free(state);
        GSL_ERROR_NULL("no memory for a state of a decoder", GSL_ENOMEM);
    }
    return state;
}

void ref_decoder_state_free(ref_decoder_state *state)
{
    for (size_t l = 0; state && l < REF_MAX_LAYERS; l++) {
        gsl_vector_free(state->layers.states[l][0].h);
        gsl_vector_free(state->layers.states[l][0].c);
    }
    gsl_vector_free(state ? state->fed : NULL);
    free(state);
}
