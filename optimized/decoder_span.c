/* Spans: views of rows, and attention from them. */
#include "optimized/decoder_span.h"
#include "optimized/checks.h"
#include "optimized/decoder_steps.h"
#include "optimized/multiplicative_attention.h"
#include "optimized/projection.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- The pass -------------------------------------------------------------------------------- */

/** K. All sources share the places. */
static fast_view keys_of(const fast_encoder_cache *encoder, const fast_encoder_decoder *parameters,
                         const fast_encoder_decoder_shape *shape)
{
    if (shape->score != FAST_SCORE_LOCATION) {
        return encoder->keys;
    }
    fast_view keys = fast_view_rows(&parameters->places, 0, encoder->memory.n_rows);
    keys.n_batch = encoder->memory.n_batch;
    keys.batch_stride = 0;
    return keys;
}

decoder_pass fast_decoder_pass(const fast_encoder_cache *encoder, const size_t *lengths,
                               const fast_encoder_decoder *parameters,
                               const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                               const fast_decoder_cache *cache, const fast_context *context)
{
    bool is_scaled = shape->score == FAST_SCORE_SCALED_DOT;
    return (decoder_pass){.encoder = encoder,
                          .lengths = lengths,
                          .parameters = parameters,
                          .shape = shape,
                          .stack = fast_decoder_stack(shape),
                          .dropout = dropout,
                          .cache = cache,
                          .keys = keys_of(encoder, parameters, shape),
                          .scale = is_scaled ? 1.0f / sqrtf((float)shape->n_hidden) : 1.0f,
                          .context = *context};
}

size_t fast_decoder_span_size(const decoder_pass *pass)
{
    return is_fed(pass) ? 1 : pass->cache->input.n_rows;
}

/** Bytes for the attention of a span. */
static size_t attention_size(const decoder_pass *pass, bool is_backward)
{
    const fast_view *memory = &pass->encoder->memory, *keys = &pass->keys;
    fast_view query = fast_view_tensor(NULL, memory->n_batch, 1, fast_decoder_span_size(pass),
                                       pass->shape->n_hidden);
    if (pass->shape->score == FAST_SCORE_NONE) {
        return 0;
    }
    if (is_additive(pass->shape)) {
        return (is_backward ? fast_additive_attention_backward_size
                            : fast_additive_attention_forward_size)(
            &query, keys, memory, &pass->parameters->additive, &pass->context);
    }
    return (is_backward ? fast_attention_backward_size
                        : fast_attention_forward_size)(&query, keys, memory, &pass->context);
}

size_t fast_decoder_calls_size(const decoder_pass *pass, bool is_backward)
{
    const fast_decoder_cache *cache = pass->cache;
    const fast_context *context = &pass->context;
    size_t (*product_size)(const fast_view *, const fast_view *, const fast_context *) =
        is_backward ? fast_projection_backward_size : fast_projection_forward_size;
    size_t most = fast_decoder_stack_size(pass, is_backward);
    most = larger_of(most,
                     product_size(&cache->joined, &pass->parameters->attentional_weight, context));
    most =
        larger_of(most, product_size(&cache->dropped, &pass->parameters->output_weight, context));
    return larger_of(most, attention_size(pass, is_backward));
}

int fast_decoder_check(const int *words, const decoder_pass *pass, const fast_view *logits)
{
    const fast_encoder_decoder_shape *shape = pass->shape;
    const fast_view *input = &pass->cache->input, *joined = &pass->cache->joined;
    int status = fast_encoder_decoder_check_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (input->n_batch == 0) {
        GSL_ERROR("there must be at least one target", GSL_EINVAL);
    }
    if (input->n_rows == 0 || logits->n_rows == 0) {
        GSL_ERROR("there must be at least one word", GSL_EINVAL);
    }
    if (input->n_cols != shape->d_embedding + fast_d_fed(shape) ||
        joined->n_cols != fast_d_context(shape) + shape->n_hidden ||
        pass->cache->attentional.n_cols != shape->d_output) {
        GSL_ERROR("the cache must have the sizes of the model", GSL_EBADLEN);
    }
    if (!is_one_matrix(&pass->parameters->attentional_weight, joined->n_cols, shape->d_output) ||
        !is_one_matrix(&pass->parameters->attentional_bias, 1, shape->d_output)) {
        GSL_ERROR("the parameters must have the sizes of the model", GSL_EBADLEN);
    }
    if (pass->encoder->memory.n_batch != input->n_batch) {
        GSL_ERROR("there must be as many sources as targets", GSL_EBADLEN);
    }
    if (!have_same_heads(logits, input) || !has_shape(logits, input->n_rows, shape->n_target)) {
        GSL_ERROR("there must be one row of logits per word, one logit per word of the vocabulary",
                  GSL_EBADLEN);
    }
    if (!fast_are_words(words, input->n_batch * input->n_rows, shape->n_target)) {
        GSL_ERROR("every word of a target must be in its vocabulary", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* ---- The rows of a span ---------------------------------------------------------------------- */

decoder_span fast_decoder_span(const decoder_pass *pass, size_t first)
{
    const fast_decoder_cache *cache = pass->cache;
    const fast_encoder_decoder_shape *shape = pass->shape;
    size_t n = fast_decoder_span_size(pass), d_context = fast_d_context(shape);
    decoder_span span = {.first = first, .n = n};
    span.input = fast_view_rows(&cache->input, first, n);
    span.embedded = fast_view_columns(&span.input, 0, shape->d_embedding);
    span.fed = fast_view_columns(&span.input, shape->d_embedding, fast_d_fed(shape));
    fast_recurrent_stack_cache_rows(&cache->stack, &pass->stack, first, n, &span.stack);
    span.joined = fast_view_rows(&cache->joined, first, n);
    span.context = fast_view_columns(&span.joined, 0, d_context);
    span.hidden = fast_view_columns(&span.joined, d_context, shape->n_hidden);
    span.attentional = fast_view_rows(&cache->attentional, first, n);
    span.q = fast_view_rows(&cache->q, first, n);
    span.log_sum_exp = fast_view_columns(&cache->log_sum_exp, first, n);
    span.window = fast_view_rows(&cache->window, first, n);
    return span;
}

const fast_dropout *fast_decoder_dropout(const decoder_pass *pass, size_t first,
                                         fast_dropout *dropout)
{
    if (pass->dropout == NULL) {
        return NULL;
    }
    *dropout = *pass->dropout;
    dropout->seed += 16 * (first + 1);
    return dropout;
}

fast_recurrent_stack_state fast_decoder_states_behind(const decoder_pass *pass, size_t t)
{
    fast_recurrent_stack_state all = {0};
    const fast_recurrent_stack_cache *stack = &pass->cache->stack;
    for (size_t l = 0; l < pass->stack.n_layers; l++) {
        all.states[l][0].h = fast_view_rows(&stack->outputs[l], t, 1);
        all.states[l][0].c = fast_view_rows(&stack->cells[l][0].inner, t, 1);
    }
    return all;
}

fast_recurrent_stack_state fast_decoder_first_states(const fast_view *first,
                                                     const fast_encoder_decoder_shape *shape)
{
    fast_recurrent_stack_state all = {0};
    size_t n = shape->n_hidden;
    for (size_t l = 0; l < shape->n_layers; l++) {
        size_t column = l * fast_n_state(shape);
        all.states[l][0].h = fast_view_columns(first, column, n);
        if (shape->cell == FAST_LSTM) {
            all.states[l][0].c = fast_view_columns(first, column + n, n);
        }
    }
    return all;
}

/* ---- Attention ------------------------------------------------------------------------------- */

static fast_mask mask_of(const decoder_pass *pass, const decoder_span *span)
{
    return (fast_mask){.key_lengths = pass->lengths,
                       .bias = span->window.data ? &span->window : NULL};
}

int fast_decoder_attend(decoder_pass *pass, const fast_view *query, const decoder_span *span)
{
    fast_mask mask = mask_of(pass, span);
    fast_view context = span->context, log_sum_exp = span->log_sum_exp;
    // [decoder-attend]
    if (is_additive(pass->shape)) {
        fast_additive_cache cache = {span->q, span->log_sum_exp, &pass->encoder->powers};
        return fast_additive_attention_forward(query, &pass->keys, &pass->encoder->memory,
                                               &pass->parameters->additive, &mask, &cache, &context,
                                               &pass->context);
    }
    return fast_multiplicative_attention_forward(query, &pass->keys, &pass->encoder->memory,
                                                 pass->scale, &mask, &log_sum_exp, &context,
                                                 &pass->context);
    // [decoder-attend]
}

int fast_decoder_attend_backward(decoder_pass *pass, const fast_view *query,
                                 const decoder_span *span, const fast_view *grad_context,
                                 fast_view *grad_query, const fast_encoder_gradients *grad_encoder,
                                 const fast_encoder_decoder *gradients)
{
    fast_mask mask = mask_of(pass, span);
    fast_view grad_keys = grad_encoder->keys, grad_memory = grad_encoder->memory;
    if (is_additive(pass->shape)) {
        fast_additive_cache cache = {span->q, span->log_sum_exp, &pass->encoder->powers};
        return fast_additive_attention_backward(
            query, &pass->keys, &pass->encoder->memory, &pass->parameters->additive, &mask, &cache,
            &span->context, grad_context, grad_query, &grad_keys, &grad_memory,
            &gradients->additive, &pass->context);
    }
    return fast_multiplicative_attention_backward(
        query, &pass->keys, &pass->encoder->memory, pass->scale, &mask, &span->log_sum_exp,
        &span->context, grad_context, grad_query, &grad_keys, &grad_memory, &pass->context);
}
