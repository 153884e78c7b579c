/**
 * @file tagger_optimized.c
 * The tagger in float, all sentences of a batch at once. Its twin is tagger_reference.c.
 *
 * What differs from the reference:
 *   1. a batch is padded to its longest sentence; what is computed of padding is read by nobody;
 *   2. all memory is laid out once, before the step;
 *   3. the weights of attention are never stored; those of chapter 1 are a softmax too, of the
 *      logarithm of the Gaussian, so that one function serves all chapters. */
#include "chapters/common/program/program.h"
#include "chapters/common/tagger/tagger_optimized_memory.h"
#include "optimized/embedding.h"
#include "optimized/layer_norm.h"
#include "optimized/loss.h"
#include "optimized/projection.h"
#include <math.h>

/* ---- Small parts ----------------------------------------------------------------------------- */

/* Dropout in place. Its gradient is the dropout of the gradient, so this serves both passes. */
static void drop(fast_view *x, double rate, uint64_t seed, fast_context *context)
{
    const fast_dropout dropout = {rate, seed, 0};
    program_check(fast_dropout_forward(x, &dropout, x, context));
}

/* Seeds 0 and 1 are those of input and output; a block takes two. */
static fast_dropout block_dropout(const tagger_dropout *dropout, size_t layer)
{
    return (fast_dropout){dropout->block, dropout->seed + 2 + 2 * layer, 0};
}

static fast_mask mask_of(tagger_optimized *model, const tagger_batch *batch)
{
    bool has_bias = model->relative_bias.data != NULL;
    bool is_learned = model->grad_relative_bias.data != NULL;
    return (fast_mask){.key_lengths = batch->lengths,
                       .relative_bias = has_bias ? &model->relative_bias : NULL,
                       .grad_relative_bias = is_learned ? &model->grad_relative_bias : NULL};
}

/* Chapter 1 looks at positions alone: scores of 0, and the bias. */
static float scale_of(const tagger_optimized *model)
{
    return model->shape.mixing == TAGGER_PROXIMITY ? 0.0f
                                                   : 1.0f / sqrtf((float)model->shape.d_model);
}

/* ---- Forward --------------------------------------------------------------------------------- */

/* X = dropout([vector | embeddings]),  H_0 = X W_in + b_in */
static void look_up(tagger_optimized *model, const tagger_batch *batch,
                    const tagger_dropout *dropout)
{
    const tagger_shape *shape = &model->shape;
    fast_context *context = &model->context;
    fast_view *x = &model->activations.input;
    size_t column = shape->d_vector;
    fast_view part = view_columns(x, 0, column);
    program_check(fast_embedding_forward(&model->table, batch->words, &part, context));
    for (size_t c = 0; c < shape->n_channels; c++) {
        part = view_columns(x, column, shape->d_channel[c]);
        program_check(fast_embedding_forward(&model->embeddings[c]->value, batch->features[c],
                                             &part, context));
        column += shape->d_channel[c];
    }
    if (dropout != NULL) {
        drop(x, dropout->input, dropout->seed, context);
    }
    program_check(fast_projection_forward(x, &model->input_weight->value, &model->input_bias->value,
                                          &model->activations.states[0], context));
}

/* H_1 = H_0 + what chapters 1 to 3 add */
static void mix(tagger_optimized *model, const tagger_batch *batch)
{
    tagger_activations *a = &model->activations;
    const fast_view *h = &a->states[0];
    fast_mask mask = mask_of(model, batch);
    switch (model->shape.mixing) {
    case TAGGER_PROXIMITY:
    case TAGGER_DOT:
        program_check(fast_attention_forward(h, h, h, FAST_DOT, scale_of(model), &mask,
                                             &a->attention.log_sum_exp, &a->mixed,
                                             &model->context));
        break;
    case TAGGER_QUERY_KEY_VALUE:
        program_check(fast_query_key_value_forward(h, h, &model->attention, scale_of(model), &mask,
                                                   &a->attention, &a->mixed, &model->context));
        break;
    default: /* TAGGER_ALONE adds nothing */
        view_set_zero(&a->mixed);
        break;
    }
    view_copy(&a->states[1], h);
    view_add(&a->states[1], &a->mixed);
}

/* H_l = block_l(H_(l-1)) */
static void pass_blocks(tagger_optimized *model, const tagger_batch *batch,
                        const tagger_dropout *dropout)
{
    tagger_activations *a = &model->activations;
    fast_mask mask = {.key_lengths = batch->lengths};
    for (size_t l = 0; l < model->shape.n_layers; l++) {
        fast_dropout own = {0};
        if (dropout != NULL) {
            own = block_dropout(dropout, l);
        }
        program_check(fast_block_forward(&a->states[l], &model->blocks[l].value,
                                         &model->block_shape, &mask, dropout ? &own : NULL,
                                         &a->blocks[l], &a->states[l + 1], &model->context));
    }
}

/* logits = dropout(norm(H_L)) W_out + b_out */
static void name_tags(tagger_optimized *model, const tagger_dropout *dropout)
{
    tagger_activations *a = &model->activations;
    fast_context *context = &model->context;
    const fast_view *top = &a->states[tagger_n_states(&model->shape) - 1];
    if (model->norm_gain != NULL) {
        program_check(fast_layer_norm_forward(top, &model->norm_gain->value,
                                              &model->norm_bias->value, TAGGER_EPSILON, &a->mean,
                                              &a->rate, &a->last, context));
    } else {
        view_copy(&a->last, top);
    }
    if (dropout != NULL) {
        drop(&a->last, dropout->output, dropout->seed + 1, context);
    }
    program_check(fast_projection_forward(&a->last, &model->output_weight->value,
                                          &model->output_bias->value, &a->logits, context));
}

double tagger_optimized_forward(tagger_optimized *model, const tagger_batch *batch,
                                const tagger_dropout *dropout, double smoothing)
{
    tagger_activations *a = &model->activations;
    model->memory->n_used = 0;
    tagger_optimized_layout(model, batch, model->memory);
    look_up(model, batch, dropout);
    if (model->shape.mixing == TAGGER_BLOCKS) {
        pass_blocks(model, batch, dropout);
    } else {
        mix(model, batch);
    }
    name_tags(model, dropout);
    double loss;
    program_check(fast_cross_entropy_forward(&a->logits, batch->targets, (float)smoothing,
                                             &a->log_sum_exp, &loss, &model->n_counted,
                                             &model->context));
    return loss;
}

const fast_view *tagger_optimized_logits(tagger_optimized *model)
{
    const fast_view *logits = &model->activations.logits;
    model->logits_matrix =
        fast_view_matrix(logits->data, logits->n_batch * logits->n_rows, logits->n_cols);
    return &model->logits_matrix;
}

/* ---- Backward: the forward pass in reverse --------------------------------------------------- */

/* logits = dropout(norm(H_L)) W_out + b_out */
static void name_tags_backward(tagger_optimized *model, const tagger_dropout *dropout,
                               fast_view *grad_top)
{
    tagger_activations *a = &model->activations;
    tagger_gradients *g = &model->gradients;
    fast_context *context = &model->context;
    const fast_view *top = &a->states[tagger_n_states(&model->shape) - 1];
    view_set_zero(&g->last);
    program_check(fast_projection_backward(&a->last, &model->output_weight->value, &g->logits,
                                           &g->last, &model->output_weight->gradient,
                                           &model->output_bias->gradient, context));
    if (dropout != NULL) {
        drop(&g->last, dropout->output, dropout->seed + 1, context);
    }
    if (model->norm_gain != NULL) {
        view_set_zero(grad_top);
        program_check(fast_layer_norm_backward(top, &model->norm_gain->value, &a->mean, &a->rate,
                                               &g->last, grad_top, &model->norm_gain->gradient,
                                               &model->norm_bias->gradient, context));
    } else {
        view_copy(grad_top, &g->last);
    }
}

/* H_l = block_l(H_(l-1)). The two gradients take turns: that of H_0 ends in states[0]. */
static void pass_blocks_backward(tagger_optimized *model, const tagger_batch *batch,
                                 const tagger_dropout *dropout)
{
    tagger_activations *a = &model->activations;
    tagger_gradients *g = &model->gradients;
    fast_mask mask = {.key_lengths = batch->lengths};
    for (size_t l = model->shape.n_layers; l-- > 0;) {
        fast_dropout own = {0};
        if (dropout != NULL) {
            own = block_dropout(dropout, l);
        }
        view_set_zero(&g->states[l % 2]);
        program_check(fast_block_backward(&a->states[l], &model->blocks[l].value,
                                          &model->block_shape, &mask, dropout ? &own : NULL,
                                          &a->blocks[l], &g->states[(l + 1) % 2], &g->states[l % 2],
                                          &model->blocks[l].gradient, &model->context));
    }
}

/* Nothing of chapters 1 and 2 is learned, but H is query, key and value: three gradients meet. */
static void fixed_backward(tagger_optimized *model, const fast_mask *mask)
{
    tagger_activations *a = &model->activations;
    tagger_gradients *g = &model->gradients;
    const fast_view *h = &a->states[0], *const grads[] = {&g->q, &g->k, &g->v};
    for (size_t i = 0; i < 3; i++) {
        view_set_zero(grads[i]);
    }
    program_check(fast_attention_backward(h, h, h, FAST_DOT, scale_of(model), mask,
                                          &a->attention.log_sum_exp, &a->mixed, &g->states[1],
                                          &g->q, &g->k, &g->v, &model->context));
    for (size_t i = 0; i < 3; i++) {
        view_add(&g->states[0], grads[i]);
    }
}

/* H_1 = H_0 + what chapters 1 to 3 add: the gradient goes both ways */
static void mix_backward(tagger_optimized *model, const tagger_batch *batch)
{
    tagger_activations *a = &model->activations;
    tagger_gradients *g = &model->gradients;
    const fast_view *h = &a->states[0];
    fast_mask mask = mask_of(model, batch);
    view_copy(&g->states[0], &g->states[1]);
    switch (model->shape.mixing) {
    case TAGGER_PROXIMITY:
    case TAGGER_DOT:
        fixed_backward(model, &mask);
        break;
    case TAGGER_QUERY_KEY_VALUE:
        program_check(fast_query_key_value_backward(
            h, h, &model->attention, scale_of(model), &mask, &a->attention, &a->mixed,
            &g->states[1], &g->states[0], &g->states[0], &model->grad_attention, &model->context));
        break;
    default:
        break;
    }
}

/* X = dropout([vector | embeddings]),  H_0 = X W_in + b_in */
static void look_up_backward(tagger_optimized *model, const tagger_batch *batch,
                             const tagger_dropout *dropout)
{
    const tagger_shape *shape = &model->shape;
    tagger_gradients *g = &model->gradients;
    fast_context *context = &model->context;
    size_t column = shape->d_vector;
    view_set_zero(&g->input);
    program_check(fast_projection_backward(&model->activations.input, &model->input_weight->value,
                                           &g->states[0], &g->input, &model->input_weight->gradient,
                                           &model->input_bias->gradient, context));
    if (dropout != NULL) {
        drop(&g->input, dropout->input, dropout->seed, context);
    }
    for (size_t c = 0; c < shape->n_channels; c++) {
        fast_view part = view_columns(&g->input, column, shape->d_channel[c]);
        program_check(fast_embedding_backward(batch->features[c], &part,
                                              &model->embeddings[c]->gradient, context));
        column += shape->d_channel[c];
    }
}

void tagger_optimized_backward(tagger_optimized *model, const tagger_batch *batch,
                               const tagger_dropout *dropout, double smoothing)
{
    tagger_activations *a = &model->activations;
    tagger_gradients *g = &model->gradients;
    size_t top = (tagger_n_states(&model->shape) - 1) % 2;
    view_set_zero(&g->logits);
    program_check(fast_cross_entropy_backward(&a->logits, batch->targets, (float)smoothing,
                                              &a->log_sum_exp, model->n_counted, 1.0f, &g->logits,
                                              &model->context));
    name_tags_backward(model, dropout, &g->states[top]);
    if (model->shape.mixing == TAGGER_BLOCKS) {
        pass_blocks_backward(model, batch, dropout);
    } else {
        mix_backward(model, batch);
    }
    look_up_backward(model, batch, dropout);
}

fast_context *tagger_optimized_context(tagger_optimized *model)
{
    return &model->context;
}
