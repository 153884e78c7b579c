/* The half of a model that reads.
 *
 * What differs from reference/encoder.c:
 *   1. all sources of a batch are read together, and padding changes nothing;
 *   2. the gradients of "dot" and "location" are added up here, for all sources at once. */
#include "optimized/encoder.h"
#include "optimized/embedding.h"
#include "optimized/encoder_decoder_checks.h"
#include "optimized/multiplicative_attention.h"
#include "optimized/projection.h"
#include "optimized/recurrent_stack_checks.h"
#include "optimized/scratch.h"
#include "optimized/tanh_rows.h"
#include <gsl/gsl_errno.h>

/* ---- Workspace ------------------------------------------------------------------------------- */

/** What neither pass keeps: of the last states the memory of an LSTM, or its gradient; and, for the
    backward pass, gradients. Taken, or only counted if from is NULL. */
typedef struct {
    fast_view last_c;      /* (1 x d_memory) */
    fast_view grad_last;   /* (1 x d_memory) */
    fast_view grad_source; /* (n x d_embedding) */
} encoder_scratch;

static size_t take_scratch(const fast_encoder_decoder_shape *shape, const fast_encoder_cache *cache,
                           bool is_backward, fast_workspace *from, encoder_scratch *own)
{
    size_t n_batch = cache->source.n_batch, n = cache->source.n_rows;
    size_t d_memory = fast_d_memory(shape);
    size_t size = take_view(from, n_batch, 1, 1, d_memory, &own->last_c);
    if (is_backward) {
        size = fast_size_sum(size, take_view(from, n_batch, 1, 1, d_memory, &own->grad_last));
        size = fast_size_sum(size,
                             take_view(from, n_batch, 1, n, shape->d_embedding, &own->grad_source));
    }
    return size;
}

size_t fast_encoder_forward_size(const fast_encoder_decoder *parameters,
                                 const fast_encoder_decoder_shape *shape,
                                 const fast_encoder_cache *cache, const fast_context *context)
{
    encoder_scratch own;
    fast_recurrent_stack_shape stack = fast_encoder_stack(shape);
    size_t most = fast_recurrent_stack_forward_size(cache->source.n_batch, cache->source.n_rows,
                                                    &parameters->encoder, &stack, context);
    most = larger_of(
        most, fast_projection_forward_size(&cache->last, &parameters->bridge_weight, context));
    if (shape->score == FAST_SCORE_GENERAL) {
        most = larger_of(most, fast_multiplicative_keys_forward_size(
                                   &cache->memory, &parameters->general_weight, context));
    } else if (is_additive(shape)) {
        most = larger_of(
            most, fast_additive_keys_forward_size(&cache->memory, &parameters->additive, context));
    }
    return fast_size_sum(most, take_scratch(shape, cache, false, NULL, &own));
}

size_t fast_encoder_backward_size(const fast_encoder_decoder *parameters,
                                  const fast_encoder_decoder_shape *shape,
                                  const fast_encoder_cache *cache, const fast_context *context)
{
    encoder_scratch own;
    fast_recurrent_stack_shape stack = fast_encoder_stack(shape);
    size_t most = fast_recurrent_stack_backward_size(cache->source.n_batch, cache->source.n_rows,
                                                     &parameters->encoder, &stack, context);
    most = larger_of(
        most, fast_projection_backward_size(&cache->last, &parameters->bridge_weight, context));
    if (shape->score == FAST_SCORE_GENERAL) {
        most = larger_of(most, fast_multiplicative_keys_backward_size(
                                   &cache->memory, &parameters->general_weight, context));
    } else if (is_additive(shape)) {
        most = larger_of(
            most, fast_additive_keys_backward_size(&cache->memory, &parameters->additive, context));
    }
    return fast_size_sum(most, take_scratch(shape, cache, true, NULL, &own));
}

/* ---- The passes ------------------------------------------------------------------------------ */

/** The dropout of the stack. */
static fast_dropout stack_dropout(const fast_dropout *dropout)
{
    fast_dropout own = dropout ? *dropout : (fast_dropout){0};
    own.seed += 2;
    return own;
}

/** The last states of the top layer, both directions; the other states are not wanted. */
static fast_recurrent_stack_state top_states(const fast_encoder_decoder_shape *shape,
                                             const fast_view *h, const fast_view *c)
{
    fast_recurrent_stack_state all = {0};
    size_t top = shape->n_encoder_layers - 1, n = shape->n_encoder_hidden;
    for (size_t d = 0; d < (shape->is_bidirectional ? 2u : 1u); d++) {
        all.states[top][d].h = fast_view_columns(h, d * n, n);
        all.states[top][d].c = fast_view_columns(c, d * n, n);
    }
    return all;
}

/** K, as the score wants it. */
static int make_keys(const size_t *lengths, const fast_encoder_decoder *parameters,
                     const fast_encoder_decoder_shape *shape, const fast_encoder_cache *cache,
                     fast_context *context)
{
    fast_view keys = cache->keys;
    if (shape->score == FAST_SCORE_GENERAL) {
        return fast_multiplicative_keys_forward(&cache->memory, &parameters->general_weight, &keys,
                                                context);
    }
    if (is_additive(shape)) {
        int status =
            fast_additive_keys_forward(&cache->memory, &parameters->additive, &keys, context);
        return status ? status : fast_additive_make_powers(&keys, lengths, &cache->powers, context);
    }
    return GSL_SUCCESS; /* M itself, places, or none */
}

/** X = dropout(embedding(source)). */
static int source_forward(const int *source, const fast_encoder_decoder *parameters,
                          const fast_dropout *dropout, fast_view *x, fast_context *context)
{
    int status = fast_embedding_forward(&parameters->source_embedding, source, x, context);
    return status || !dropout ? status : fast_dropout_forward(x, dropout, x, context);
}

/** M = stack(X), and the last states. */
static int stack_forward(const size_t *lengths, const fast_encoder_decoder *parameters,
                         const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                         const fast_encoder_cache *cache, const encoder_scratch *own,
                         fast_context *context)
{
    fast_recurrent_stack_shape stack = fast_encoder_stack(shape);
    fast_recurrent_stack_state final = top_states(shape, &cache->last, &own->last_c);
    fast_dropout between = stack_dropout(dropout);
    return fast_recurrent_stack_forward(&cache->source, NULL, &parameters->encoder, &stack, lengths,
                                        dropout ? &between : NULL, &cache->stack, &final, context);
}

int fast_encoder_forward(const int *source, const size_t *lengths,
                         const fast_encoder_decoder *parameters,
                         const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                         const fast_encoder_cache *cache, fast_context *context)
{
    int status = fast_encoder_check(source, lengths, shape, cache);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    if (!fast_workspace_take(&all, fast_encoder_forward_size(parameters, shape, cache, context))) {
        GSL_ERROR("the workspace is smaller than fast_encoder_forward_size()", GSL_ENOMEM);
    }
    encoder_scratch own;
    take_scratch(shape, cache, false, &rest, &own);
    fast_context behind = {context->kernels, context->n_threads, &rest};
    fast_view x = cache->source, first = cache->first;
    // [encoder-forward]
    /* X = embedding(source),   M = stack(X),   K = keys(M) */
    status = source_forward(source, parameters, dropout, &x, &behind);
    if (status == GSL_SUCCESS) {
        status = stack_forward(lengths, parameters, shape, dropout, cache, &own, &behind);
    }
    if (status == GSL_SUCCESS) {
        status = make_keys(lengths, parameters, shape, cache, &behind);
    }
    /* [h_0, c_0] = tanh(F W_b + b_b) */
    if (status == GSL_SUCCESS) {
        status = fast_projection_forward(&cache->last, &parameters->bridge_weight,
                                         &parameters->bridge_bias, &first, &behind);
        tanh_rows(&first, &behind);
    }
    // [encoder-forward]
    return status;
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

/** sum_j += x_j  for all rows j of every source. */
static void add_rows(const fast_view *x, const fast_view *sum, const fast_context *context)
{
    for (size_t b = 0; b < x->n_batch; b++) { /* 2 */
        for (size_t j = 0; j < x->n_rows; j++) {
            context->kernels->row->add(fast_view_at(x, b, 0) + j * x->row_stride,
                                       fast_view_at(sum, b, 0) + j * sum->row_stride, x->n_cols);
        }
    }
}

/** K was made of M, or of places. */
static int keys_backward(const fast_encoder_decoder *parameters,
                         const fast_encoder_decoder_shape *shape, const fast_encoder_cache *cache,
                         const fast_encoder_gradients *grad, const fast_encoder_decoder *gradients,
                         fast_context *context)
{
    fast_view grad_memory = grad->memory, grad_weight = gradients->general_weight;
    fast_view grad_places = gradients->places;
    switch (shape->score) {
    case FAST_SCORE_NONE:
        return GSL_SUCCESS;
    case FAST_SCORE_LOCATION:
        grad_places.batch_stride = 0;
        add_rows(&grad->keys, &grad_places, context);
        return GSL_SUCCESS;
    case FAST_SCORE_DOT:
    case FAST_SCORE_SCALED_DOT:
        add_rows(&grad->keys, &grad_memory, context);
        return GSL_SUCCESS;
    case FAST_SCORE_GENERAL:
        return fast_multiplicative_keys_backward(&cache->memory, &parameters->general_weight,
                                                 &grad->keys, &grad_memory, &grad_weight, context);
    case FAST_SCORE_CONCAT:
    case FAST_SCORE_ADDITIVE:
        return fast_additive_keys_backward(&cache->memory, &parameters->additive, &grad->keys,
                                           &grad_memory, &gradients->additive, context);
    }
    return GSL_SUCCESS;
}

/** M = stack(X),  of whose last states only h has a gradient. */
static int stack_backward(const size_t *lengths, const fast_encoder_decoder *parameters,
                          const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                          const fast_encoder_cache *cache, const fast_view *grad_memory,
                          encoder_scratch *own, const fast_encoder_decoder *gradients,
                          fast_context *context)
{
    fast_recurrent_stack_shape stack = fast_encoder_stack(shape);
    fast_recurrent_stack_state grad_final = top_states(shape, &own->grad_last, &own->last_c);
    fast_dropout between = stack_dropout(dropout);
    return fast_recurrent_stack_backward(&cache->source, NULL, &parameters->encoder, &stack,
                                         lengths, dropout ? &between : NULL, &cache->stack,
                                         grad_memory, &grad_final, &own->grad_source, NULL,
                                         &gradients->encoder, context);
}

/** X = dropout(embedding(source)): a gradient goes through the same holes as the numbers went. */
static int source_backward(const int *source, const fast_dropout *dropout, fast_view *grad_x,
                           const fast_encoder_decoder *gradients, fast_context *context)
{
    fast_view grad_table = gradients->source_embedding;
    int status = dropout ? fast_dropout_forward(grad_x, dropout, grad_x, context) : GSL_SUCCESS;
    return status ? status : fast_embedding_backward(source, grad_x, &grad_table, context);
}

int fast_encoder_backward(const int *source, const size_t *lengths,
                          const fast_encoder_decoder *parameters,
                          const fast_encoder_decoder_shape *shape, const fast_dropout *dropout,
                          const fast_encoder_cache *cache,
                          const fast_encoder_gradients *grad_encoder,
                          const fast_encoder_decoder *gradients, fast_context *context)
{
    int status = fast_encoder_check(source, lengths, shape, cache);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    if (!fast_workspace_take(&all, fast_encoder_backward_size(parameters, shape, cache, context))) {
        GSL_ERROR("the workspace is smaller than fast_encoder_backward_size()", GSL_ENOMEM);
    }
    encoder_scratch own;
    take_scratch(shape, cache, true, &rest, &own);
    fast_view_clear(&own.last_c);
    fast_view_clear(&own.grad_last);
    fast_view_clear(&own.grad_source);
    fast_context behind = {context->kernels, context->n_threads, &rest};
    fast_view grad_weight = gradients->bridge_weight, grad_bias = gradients->bridge_bias;
    // [encoder-backward]
    /* [h_0, c_0] = tanh(F W_b + b_b) */
    tanh_rows_backward(&cache->first, &grad_encoder->first, &behind);
    status =
        fast_projection_backward(&cache->last, &parameters->bridge_weight, &grad_encoder->first,
                                 &own.grad_last, &grad_weight, &grad_bias, &behind);
    /* K = keys(M),   M = stack(X) */
    if (status == GSL_SUCCESS) {
        status = keys_backward(parameters, shape, cache, grad_encoder, gradients, &behind);
    }
    if (status == GSL_SUCCESS) {
        status = stack_backward(lengths, parameters, shape, dropout, cache, &grad_encoder->memory,
                                &own, gradients, &behind);
    }
    /* X = embedding(source) */
    if (status == GSL_SUCCESS) {
        status = source_backward(source, dropout, &own.grad_source, gradients, &behind);
    }
    // [encoder-backward]
    return status;
}
