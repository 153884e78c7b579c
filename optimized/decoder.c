/* The half of a model that writes.
 *
 * What differs from reference/decoder.c:
 *   1. all targets of a batch are written together;
 *   2. nothing is put side by side by copying: the embedded word, the context and the hidden state
 *      are written where they belong, and the next product reads both as one matrix. Only what is
 *      fed moves from one row to the next;
 *   3. states between two words are not kept: they are rows of what the stack has put out;
 *   4. where something is fed, the words are walked one by one. What no step decides is done for all
 *      words before, E W_x among it, and all weights are packed once: recurrent_stack_steps.h.
 * The backward pass is in decoder_backward.c. */
#include "optimized/decoder.h"
#include "optimized/decoder_span.h"
#include "optimized/decoder_steps.h"
#include "optimized/embedding.h"
#include "optimized/projection.h"
#include "optimized/recurrent_stack_checks.h"
#include "optimized/scratch.h"
#include "optimized/tanh_rows.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

size_t fast_decoder_forward_size(const fast_encoder_cache *encoder,
                                 const fast_encoder_decoder *parameters,
                                 const fast_encoder_decoder_shape *shape,
                                 const fast_decoder_cache *cache, const fast_context *context)
{
    decoder_pass pass = fast_decoder_pass(encoder, NULL, parameters, shape, NULL, cache, context);
    size_t steps = fast_decoder_take_steps(&pass, false, NULL);
    return fast_size_sum(steps, fast_decoder_calls_size(&pass, false));
}

/* ---- States ---------------------------------------------------------------------------------- */

/** to = from, one row for every target. */
static void copy_row(const fast_view *from, const fast_view *to)
{
    for (size_t b = 0; b < from->n_batch; b++) {
        memcpy(fast_view_at(to, b, 0), fast_view_at(from, b, 0), from->n_cols * sizeof(float));
    }
}

static void copy_states(const fast_recurrent_stack_state *from, size_t n_layers,
                        const fast_recurrent_stack_state *to)
{
    for (size_t l = 0; l < n_layers; l++) {
        copy_row(&from->states[l][0].h, &to->states[l][0].h);
        if (to->states[l][0].c.data) {
            copy_row(&from->states[l][0].c, &to->states[l][0].c);
        }
    }
}

int fast_decoder_begin(const fast_encoder_cache *encoder, const fast_encoder_decoder_shape *shape,
                       fast_decoder_state *state)
{
    const fast_view *h = &state->layers.states[0][0].h;
    if (h->n_batch != encoder->first.n_batch || h->n_cols != shape->n_hidden ||
        encoder->first.n_cols != shape->n_layers * fast_n_state(shape)) {
        GSL_ERROR("the states must have the sizes of the model and as many rows as sources",
                  GSL_EBADLEN);
    }
    fast_recurrent_stack_state first = fast_decoder_first_states(&encoder->first, shape);
    copy_states(&first, shape->n_layers, &state->layers);
    for (size_t b = 0; b < state->fed.n_batch; b++) {
        memset(fast_view_at(&state->fed, b, 0), 0, state->fed.n_cols * sizeof(float));
    }
    state->n_words = 0;
    return GSL_SUCCESS;
}

/* ---- Forward --------------------------------------------------------------------------------- */

/** Word t sees the states t - window .. t + window. */
static void open_window(const decoder_pass *pass, size_t n_words)
{
    const fast_view *window = &pass->cache->window;
    for (size_t i = 0; window->data && i < window->n_rows; i++) {
        for (size_t j = 0; j < window->n_cols; j++) {
            size_t t = n_words + i, distance = t > j ? t - j : j - t;
            window->data[i * window->row_stride + j] =
                distance <= pass->shape->window ? 0.0f : -INFINITY;
        }
    }
}

static int forward_span(decoder_pass *pass, const decoder_span *span,
                        const fast_recurrent_stack_state *before, const fast_view *fed)
{
    bool is_bahdanaus = pass->shape->timing == FAST_TIMING_BAHDANAU;
    size_t top = pass->shape->n_layers - 1;
    int status = GSL_SUCCESS;
    // [decoder-span-forward]
    if (is_bahdanaus) { /* c_t = attention(h_{t-1}, K, M), which goes into the cell */
        status = fast_decoder_attend(pass, &before->states[top][0].h, span);
        copy_row(&span->context, &span->fed);
    } else if (fed->data) { /* h~_{t-1} does */
        copy_row(fed, &span->fed);
    }
    /* h_t = stack([E y_{t-1}; fed], h_{t-1}) */
    if (status == GSL_SUCCESS) {
        status = fast_decoder_walk_stack(pass, span, before); /* 4 */
    }
    /* c_t = attention(h_t, K, M) */
    if (status == GSL_SUCCESS && !is_bahdanaus && pass->shape->score != FAST_SCORE_NONE) {
        status = fast_decoder_attend(pass, &span->hidden, span);
    }
    /* h~_t = tanh([c_t; h_t] W_c + b_c) */
    if (status == GSL_SUCCESS) {
        status = fast_decoder_join(pass, span);
        tanh_rows(&span->attentional, &pass->context);
    }
    // [decoder-span-forward]
    return status;
}

/** All spans, from state to state. */
static int forward_spans(decoder_pass *pass, fast_decoder_state *state)
{
    size_t n = pass->cache->input.n_rows, step = fast_decoder_span_size(pass);
    fast_recurrent_stack_state before = state->layers;
    fast_view fed = state->fed;
    int status = fast_decoder_prepare(pass);
    for (size_t t = 0; t < n && status == GSL_SUCCESS; t += step) {
        decoder_span span = fast_decoder_span(pass, t);
        status = forward_span(pass, &span, &before, &fed);
        before = fast_decoder_states_behind(pass, t + step - 1); /* 3 */
        if (state->fed.data) {
            fed = fast_view_rows(&pass->cache->attentional, t + step - 1, 1);
        }
    }
    if (status == GSL_SUCCESS) {
        copy_states(&before, pass->shape->n_layers, &state->layers);
        copy_row(&fed, &state->fed);
        state->n_words += n;
    }
    return status;
}

static int check_forward(const int *words, const decoder_pass *pass,
                         const fast_decoder_state *state, const fast_view *logits)
{
    int status = fast_decoder_check(words, pass, logits);
    if (status == GSL_SUCCESS && is_fed(pass)) {
        status = fast_recurrent_stack_check(&pass->cache->input, &state->layers,
                                            &pass->parameters->decoder, &pass->stack, NULL,
                                            pass->dropout, &pass->cache->stack, NULL);
    }
    return status;
}

/** E y_{t-1}, behind its dropout, where the stack reads it */
static int words_forward(const int *words, decoder_pass *pass)
{
    const fast_dropout *dropout = pass->dropout;
    fast_view embedded = fast_view_columns(&pass->cache->input, 0, pass->shape->d_embedding);
    int status = fast_embedding_forward(&pass->parameters->target_embedding, words, &embedded,
                                        &pass->context);
    if (dropout && status == GSL_SUCCESS) {
        fast_dropout own = {dropout->rate, dropout->seed + 1, dropout->first_row};
        status = fast_dropout_forward(&embedded, &own, &embedded, &pass->context);
    }
    return status;
}

int fast_decoder_forward(const int *words, const fast_encoder_cache *encoder, const size_t *lengths,
                         const fast_encoder_decoder *parameters,
                         const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                         fast_decoder_state *state, const fast_decoder_cache *cache,
                         fast_view *logits, fast_context *context)
{
    decoder_pass pass =
        fast_decoder_pass(encoder, lengths, parameters, shape, dropout, cache, context);
    int status = check_forward(words, &pass, state, logits);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    size_t n_bytes = fast_decoder_forward_size(encoder, parameters, shape, cache, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_decoder_forward_size()", GSL_ENOMEM);
    }
    fast_decoder_take_steps(&pass, false, &rest);
    pass.context.workspace = &rest;
    fast_view dropped = cache->dropped;
    open_window(&pass, state->n_words);
    // [decoder-forward]
    status = words_forward(words, &pass);
    if (status == GSL_SUCCESS) {
        status = forward_spans(&pass, state);
    }
    if (dropout && status == GSL_SUCCESS) {
        fast_dropout own = {dropout->rate, dropout->seed + 10, dropout->first_row};
        status = fast_dropout_forward(&cache->attentional, &own, &dropped, context);
    }
    /* logits_t = h~_t W_y + b_y */
    if (status == GSL_SUCCESS) {
        status = fast_projection_forward(dropout ? &cache->dropped : &cache->attentional,
                                         &parameters->output_weight, &parameters->output_bias,
                                         logits, context);
    }
    // [decoder-forward]
    return status;
}
