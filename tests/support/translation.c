/* Models on the reference's side; the optimized half is in translation_fast.c. */

#include "tests/support/translation_fast.h"

#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <stdlib.h>

/* ---- models ---------------------------------------------------------------------------------- */

translator *translator_alloc(const ref_encoder_decoder_shape *shape)
{
    translator *m = calloc(1, sizeof *m);
    m->shape = *shape;
    m->list = ref_parameters_alloc();
    ref_encoder_decoder_declare(m->list, shape);
    CHECK_STATUS(ref_parameters_allocate(m->list), GSL_SUCCESS, "ref_parameters_allocate");
    CHECK_STATUS(ref_encoder_decoder_find(m->list, shape, &m->found), GSL_SUCCESS,
                 "ref_encoder_decoder_find");
    randomize_values(m->list);
    return m;
}

void translator_free(translator *m)
{
    ref_parameters_free(m->list);
    free(m);
}

ref_encoder_decoder_shape small_translator(ref_cell cell, ref_score score, ref_timing timing,
                                           bool feeds_output)
{
    bool is_dot = score == REF_SCORE_DOT || score == REF_SCORE_SCALED_DOT;
    return (ref_encoder_decoder_shape){.n_source = 7,
                                       .n_target = 6,
                                       .d_embedding = 3,
                                       .cell = cell,
                                       .n_encoder_hidden = 2,
                                       .n_encoder_layers = 2,
                                       .is_bidirectional = true,
                                       .n_hidden = is_dot ? 4 : 5,
                                       .n_layers = 2,
                                       .score = score,
                                       .d_attention = 3,
                                       .n_places = 9,
                                       .timing = timing,
                                       .feeds_output = feeds_output,
                                       .d_output = 3};
}

translation random_translation(const translator *m, size_t n_source, size_t n)
{
    gsl_rng *rng = suite_rng();
    translation t = {.model = m, .n_source = n_source, .n = n};
    for (size_t i = 0; i < n_source; i++) {
        t.source[i] = (int)random_integer(rng, 0, (int)m->shape.n_source - 1);
    }
    for (size_t i = 0; i < n; i++) {
        t.words[i] = (int)random_integer(rng, 0, (int)m->shape.n_target - 1);
    }
    t.grad_logits = random_matrix(rng, n, m->shape.n_target, 1.0);
    return t;
}

/* ---- the reference --------------------------------------------------------------------------- */

static gsl_matrix *row_of(const gsl_vector *v)
{
    gsl_matrix *row = new_matrix(1, v->size);
    gsl_matrix_set_row(row, 0, v);
    return row;
}

/* Of each layer h, then c of an LSTM; then what is fed. */
static gsl_matrix *states_of(const ref_decoder_state *state, const ref_encoder_decoder_shape *shape)
{
    size_t n = shape->n_hidden, n_states = shape->cell == REF_LSTM ? 2 : 1, next = 0;
    size_t d_fed = shape->feeds_output ? shape->d_output : 0;
    gsl_matrix *row = new_matrix(1, shape->n_layers * n_states * n + d_fed);
    for (size_t l = 0; l < shape->n_layers; l++) {
        const ref_recurrent_state *one = &state->layers.states[l][0];
        for (size_t j = 0; j < n; j++) {
            gsl_matrix_set(row, 0, next + j, gsl_vector_get(one->h, j));
            if (n_states == 2) {
                gsl_matrix_set(row, 0, next + n + j, gsl_vector_get(one->c, j));
            }
        }
        next += n_states * n;
    }
    for (size_t j = 0; j < d_fed; j++) {
        gsl_matrix_set(row, 0, next + j, gsl_vector_get(state->fed, j));
    }
    return row;
}

static void backward(const translation *t, const ref_encoder_cache *encoder,
                     const ref_decoder_cache *decoder)
{
    const translator *m = t->model;
    const ref_encoder_decoder *p = &m->found.value, *grad = &m->found.gradient;
    ref_encoder_cache *grad_encoder = ref_encoder_cache_alloc(t->n_source, &m->shape);
    ref_decoder_cache *scratch = ref_decoder_cache_alloc(t->n, t->n_source, &m->shape);
    ref_decoder_state *state = ref_decoder_state_alloc(&m->shape);
    int status = ref_decoder_backward(t->words, encoder, t->length, p, &m->shape, t->dropout,
                                      decoder, t->grad_logits, grad_encoder, scratch, state, grad);
    CHECK_STATUS(status, GSL_SUCCESS, "the decoder, backward");
    if (t->grad_memory) {
        gsl_matrix_add(grad_encoder->memory, t->grad_memory);
    }
    status = ref_encoder_backward(t->source, t->length, p, &m->shape, t->dropout, encoder,
                                  grad_encoder, grad);
    CHECK_STATUS(status, GSL_SUCCESS, "the encoder, backward");
    ref_encoder_cache_free(grad_encoder);
    ref_decoder_cache_free(scratch);
    ref_decoder_state_free(state);
}

/* The words first .. first + n - 1, from state to state. */
static void decode(const translation *t, size_t first, size_t n, const ref_encoder_cache *encoder,
                   ref_decoder_state *state, ref_decoder_cache *cache, translated *y)
{
    const translator *m = t->model;
    gsl_matrix_view logits = gsl_matrix_submatrix(y->logits, first, 0, n, m->shape.n_target);
    int status = ref_decoder_forward(t->words + first, encoder, t->length, &m->found.value,
                                     &m->shape, t->dropout, state, cache, &logits.matrix);
    CHECK_STATUS(status, GSL_SUCCESS, "the decoder");
    for (size_t i = 0; i < n; i++) {
        gsl_vector_view h = gsl_matrix_row(cache->attentional, i);
        gsl_matrix_set_row(y->attentional, first + i, &h.vector);
        if (y->weights) {
            gsl_vector_view w = gsl_matrix_row(cache->weights, i);
            gsl_vector_view c = gsl_matrix_subrow(cache->joined, i, 0, y->context->size2);
            gsl_matrix_set_row(y->weights, first + i, &w.vector);
            gsl_matrix_set_row(y->context, first + i, &c.vector);
        }
    }
}

static translated by_reference(const translation *t)
{
    const translator *m = t->model;
    const ref_encoder_decoder_shape *shape = &m->shape;
    size_t n_first = t->n_first > 0 ? t->n_first : t->n;
    ref_encoder_cache *encoder = ref_encoder_cache_alloc(t->n_source, shape);
    ref_decoder_cache *decoder = ref_decoder_cache_alloc(n_first, t->n_source, shape);
    ref_decoder_state *state = ref_decoder_state_alloc(shape);
    CHECK_STATUS(
        ref_encoder_forward(t->source, t->length, &m->found.value, shape, t->dropout, encoder),
        GSL_SUCCESS, "the encoder");
    CHECK_STATUS(ref_decoder_begin(encoder, shape, state), GSL_SUCCESS, "the first state");
    bool looks = shape->score != REF_SCORE_NONE;
    translated y = {.memory = copy_of(encoder->memory),
                    .first = row_of(encoder->first),
                    .weights = looks ? new_matrix(t->n, t->n_source) : NULL,
                    .context = looks ? new_matrix(t->n, encoder->memory->size2) : NULL,
                    .attentional = new_matrix(t->n, shape->d_output),
                    .logits = new_matrix(t->n, shape->n_target)};
    decode(t, 0, n_first, encoder, state, decoder, &y);
    if (n_first < t->n) {
        ref_decoder_cache *rest = ref_decoder_cache_alloc(t->n - n_first, t->n_source, shape);
        decode(t, n_first, t->n - n_first, encoder, state, rest, &y);
        ref_decoder_cache_free(rest);
    } else if (t->grad_logits) {
        backward(t, encoder, decoder);
    }
    y.final = states_of(state, shape);
    ref_encoder_cache_free(encoder);
    ref_decoder_cache_free(decoder);
    ref_decoder_state_free(state);
    return y;
}

translated side_translate(const side *s, const translation *t)
{
    return s->kernels ? fast_translate_once(s, t) : by_reference(t);
}
