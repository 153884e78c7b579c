/* The half of a model that writes, backward: the spans in reverse. The numbers go on from decoder.c:
 *
 *   4. a gradient that is fed back is added to the row before, and that of the states is handed on
 *      in two sets of views that change places;
 *   5. the spans leave the gradients of all rows before the tanh, so that dW_c is one product over
 *      all words, afterwards;
 *   6. so do the steps of 4 those of the gates, for the gradients of the stack. */
#include "optimized/decoder.h"
#include "optimized/decoder_span.h"
#include "optimized/decoder_steps.h"
#include "optimized/embedding.h"
#include "optimized/kernels/row_kernels.h"
#include "optimized/projection.h"
#include "optimized/recurrent_stack_checks.h"
#include "optimized/scratch.h"
#include "optimized/tall_product.h"
#include "optimized/tanh_rows.h"
#include <gsl/gsl_errno.h>

/** What the backward pass needs beside what the forward pass has left. */
typedef struct {
    fast_view input, joined, attentional; /* gradients of the same in the cache */
    fast_decoder_state states[2];         /* 4. of the states before and behind a span */
} decoder_scratch;

static size_t take_scratch(const fast_encoder_decoder_shape *shape, const fast_decoder_cache *cache,
                           fast_workspace *from, decoder_scratch *own)
{
    size_t n_batch = cache->input.n_batch, n = cache->input.n_rows;
    size_t size = take_view(from, n_batch, 1, n, cache->input.n_cols, &own->input);
    size = fast_size_sum(size, take_view(from, n_batch, 1, n, cache->joined.n_cols, &own->joined));
    size = fast_size_sum(size, take_view(from, n_batch, 1, n, shape->d_output, &own->attentional));
    fast_view_clear(&own->input);
    fast_view_clear(&own->joined);
    fast_view_clear(&own->attentional);
    for (int s = 0; s < 2; s++) {
        size =
            fast_size_sum(size, fast_decoder_state_layout(n_batch, shape, from, &own->states[s]));
    }
    return size;
}

size_t fast_decoder_backward_size(const fast_encoder_cache *encoder,
                                  const fast_encoder_decoder *parameters,
                                  const fast_encoder_decoder_shape *shape,
                                  const fast_decoder_cache *cache, const fast_context *context)
{
    decoder_scratch own;
    decoder_pass pass = fast_decoder_pass(encoder, NULL, parameters, shape, NULL, cache, context);
    size_t steps = fast_decoder_take_steps(&pass, true, NULL);
    return fast_size_sum(fast_size_sum(steps, fast_decoder_calls_size(&pass, true)),
                         take_scratch(shape, cache, NULL, &own));
}

/** sum += x, one row for every target. */
static void add_row(const fast_view *x, const fast_view *sum, const fast_context *context)
{
    for (size_t b = 0; b < x->n_batch; b++) {
        context->kernels->row->add(fast_view_at(x, b, 0), fast_view_at(sum, b, 0), x->n_cols);
    }
}

/** The same columns of the gradients as of what they are gradients of. */
typedef struct {
    fast_view input, fed, joined, context, hidden, attentional;
} span_gradients;

static span_gradients gradients_of(const decoder_pass *pass, const decoder_span *span,
                                   const decoder_scratch *own)
{
    const fast_encoder_decoder_shape *shape = pass->shape;
    size_t d_context = fast_d_context(shape);
    span_gradients grad = {.input = fast_view_rows(&own->input, span->first, span->n),
                           .joined = fast_view_rows(&own->joined, span->first, span->n),
                           .attentional = fast_view_rows(&own->attentional, span->first, span->n)};
    grad.fed = fast_view_columns(&grad.input, shape->d_embedding, fast_d_fed(shape));
    grad.context = fast_view_columns(&grad.joined, 0, d_context);
    grad.hidden = fast_view_columns(&grad.joined, d_context, shape->n_hidden);
    return grad;
}

/** One span: the lines of the forward pass in reverse. behind holds the gradient of the states
    behind it, or is NULL for the last span; to before is added that of the states before it. */
static int backward_span(decoder_pass *pass, const decoder_span *span, const decoder_scratch *own,
                         const fast_recurrent_stack_state *initial,
                         const fast_recurrent_stack_state *behind,
                         const fast_recurrent_stack_state *before,
                         const fast_encoder_gradients *grad_encoder,
                         const fast_encoder_decoder *gradients)
{
    span_gradients grad = gradients_of(pass, span, own);
    bool is_bahdanaus = pass->shape->timing == FAST_TIMING_BAHDANAU;
    size_t top = pass->shape->n_layers - 1;
    fast_view grad_query = before->states[top][0].h;
    // [decoder-span-backward]
    /* h~_t = tanh([c_t; h_t] W_c + b_c) */
    tanh_rows_backward(&span->attentional, &grad.attentional, &pass->context);
    int status = fast_decoder_join_backward(pass, &grad.attentional, &grad.joined);
    /* c_t = attention(h_t, K, M) */
    if (status == GSL_SUCCESS && !is_bahdanaus && pass->shape->score != FAST_SCORE_NONE) {
        status = fast_decoder_attend_backward(pass, &span->hidden, span, &grad.context,
                                              &grad.hidden, grad_encoder, gradients);
    }
    /* h_t = stack([E y_{t-1}; fed], h_{t-1}) */
    if (status == GSL_SUCCESS) {
        status = fast_decoder_walk_stack_backward(pass, span, &grad.input, &grad.hidden, initial,
                                                  behind, before, gradients);
    }
    /* c_t = attention(h_{t-1}, K, M), which went into the cell and into h~_t */
    if (status == GSL_SUCCESS && is_bahdanaus) {
        add_row(&grad.fed, &grad.context, &pass->context);
        status = fast_decoder_attend_backward(pass, &initial->states[top][0].h, span, &grad.context,
                                              &grad_query, grad_encoder, gradients);
    }
    // [decoder-span-backward]
    return status;
}

static void clear_states(const fast_decoder_state *state, size_t n_layers)
{
    for (size_t l = 0; l < n_layers; l++) {
        fast_view_clear(&state->layers.states[l][0].h);
        if (state->layers.states[l][0].c.data) {
            fast_view_clear(&state->layers.states[l][0].c);
        }
    }
}

/* 5. h~_t = tanh([c_t; h_t] W_c + b_c),  for all words. */
static int weights_backward(decoder_pass *pass, const decoder_scratch *own,
                            const fast_encoder_decoder *gradients)
{
    fast_view grad_weight = gradients->attentional_weight, grad_bias = gradients->attentional_bias;
    return fast_projection_backward(&pass->cache->joined, &pass->parameters->attentional_weight,
                                    &own->attentional, NULL, &grad_weight, &grad_bias,
                                    &pass->context);
}

/** All spans in reverse. */
static int backward_spans(decoder_pass *pass, const decoder_scratch *own,
                          const fast_encoder_gradients *grad_encoder,
                          const fast_encoder_decoder *gradients)
{
    size_t n = pass->cache->input.n_rows, step = fast_decoder_span_size(pass);
    const fast_recurrent_stack_state *behind = NULL;
    int status = GSL_SUCCESS;
    fast_decoder_prepare_backward(pass); /* 6 */
    for (size_t s = n / step; s-- > 0 && status == GSL_SUCCESS;) {
        size_t t = s * step;
        const fast_decoder_state *next = &own->states[s % 2];
        fast_recurrent_stack_state initial, before;
        if (t == 0) {
            initial = fast_decoder_first_states(&pass->encoder->first, pass->shape);
            before = fast_decoder_first_states(&grad_encoder->first, pass->shape);
        } else {
            clear_states(next, pass->shape->n_layers);
            initial = fast_decoder_states_behind(pass, t - 1);
            before = next->layers;
        }
        decoder_span span = fast_decoder_span(pass, t);
        status =
            backward_span(pass, &span, own, &initial, behind, &before, grad_encoder, gradients);
        if (pass->shape->feeds_output && t > 0) { /* 4 */
            span_gradients grad = gradients_of(pass, &span, own);
            fast_view row_before = fast_view_rows(&own->attentional, t - 1, 1);
            add_row(&grad.fed, &row_before, &pass->context);
        }
        behind = &next->layers;
    }
    status = status ? status : weights_backward(pass, own, gradients);                /* 5 */
    return status ? status : fast_decoder_finish_stack(pass, &own->input, gradients); /* 6 */
}

/** The gradient goes through the same holes as the numbers went. */
static int drop_in_place(const fast_dropout *dropout, uint64_t seed, fast_view *grad,
                         fast_context *context)
{
    if (dropout == NULL) {
        return GSL_SUCCESS;
    }
    fast_dropout own = {dropout->rate, dropout->seed + seed, dropout->first_row};
    return fast_dropout_forward(grad, &own, grad, context);
}

/** E y_{t-1}, behind its dropout */
static int words_backward(const decoder_pass *pass, const int *words, const decoder_scratch *own,
                          const fast_encoder_decoder *gradients, fast_context *context)
{
    fast_view grad_embedded = fast_view_columns(&own->input, 0, pass->shape->d_embedding);
    fast_view grad_table = gradients->target_embedding;
    int status = drop_in_place(pass->dropout, 1, &grad_embedded, context);
    return status ? status : fast_embedding_backward(words, &grad_embedded, &grad_table, context);
}

static int check_backward(const int *words, const decoder_pass *pass, const fast_view *grad_logits,
                          const fast_encoder_gradients *grad_encoder,
                          const fast_encoder_decoder *gradients)
{
    int status = fast_decoder_check(words, pass, grad_logits);
    if (status != GSL_SUCCESS || !is_fed(pass)) {
        return status;
    }
    const fast_recurrent_stack_cache *stack = &pass->cache->stack;
    fast_recurrent_stack_state initial =
        fast_decoder_first_states(&pass->encoder->first, pass->shape);
    fast_recurrent_stack_state grad_initial =
        fast_decoder_first_states(&grad_encoder->first, pass->shape);
    return fast_recurrent_stack_check_backward(
        &pass->cache->input, &initial, &pass->parameters->decoder, &pass->stack, NULL,
        pass->dropout, stack, &stack->outputs[pass->stack.n_layers - 1], NULL, NULL, &grad_initial,
        &gradients->decoder);
}

int fast_decoder_backward(const int *words, const fast_encoder_cache *encoder,
                          const size_t *lengths, const fast_encoder_decoder *parameters,
                          const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                          const fast_decoder_cache *cache, const fast_view *grad_logits,
                          const fast_encoder_gradients *grad_encoder,
                          const fast_encoder_decoder *gradients, fast_context *context)
{
    decoder_pass pass =
        fast_decoder_pass(encoder, lengths, parameters, shape, dropout, cache, context);
    int status = check_backward(words, &pass, grad_logits, grad_encoder, gradients);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    size_t n_bytes = fast_decoder_backward_size(encoder, parameters, shape, cache, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_decoder_backward_size()", GSL_ENOMEM);
    }
    decoder_scratch own;
    take_scratch(shape, cache, &rest, &own);
    fast_decoder_take_steps(&pass, true, &rest);
    pass.context.workspace = &rest;
    fast_view grad_weight = gradients->output_weight, grad_bias = gradients->output_bias;
    // [decoder-backward]
    /* logits_t = h~_t W_y + b_y */
    status = fast_projection_backward(dropout ? &cache->dropped : &cache->attentional,
                                      &parameters->output_weight, grad_logits, &own.attentional,
                                      &grad_weight, &grad_bias, &pass.context);
    status = status ? status : drop_in_place(dropout, 10, &own.attentional, context);
    if (status == GSL_SUCCESS) {
        status = backward_spans(&pass, &own, grad_encoder, gradients);
    }
    /* E y_{t-1} */
    status = status ? status : words_backward(&pass, words, &own, gradients, context);
    // [decoder-backward]
    return status;
}
