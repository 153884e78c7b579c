/**
 * @file tagger_reference.c
 * The tagger in double, one sentence of a batch after the other: every line is a formula of the
 * chapters. Its twin is tagger_optimized.c.
 */
#include "chapters/common/program/program.h"
#include "chapters/common/tagger/tagger_reference_memory.h"
#include "reference/embedding.h"
#include "reference/layer_norm.h"
#include "reference/loss.h"
#include "reference/projection.h"
#include "reference/reweighting.h"
#include <gsl/gsl_blas.h>
#include <math.h>

/* ---- Small parts ----------------------------------------------------------------------------- */

/* A bias or a gain is a parameter of one row. */
static gsl_vector value_row(const ref_parameter *parameter)
{
    return gsl_matrix_row((gsl_matrix *)&parameter->value.matrix, 0).vector;
}

static gsl_vector gradient_row(ref_parameter *parameter)
{
    return gsl_matrix_row(&parameter->gradient.matrix, 0).vector;
}

/* The rows of one sentence in a matrix of the whole batch, without its padding. */
static gsl_matrix rows_of(gsl_matrix *matrix, const tagger_batch *batch, size_t s)
{
    return gsl_matrix_submatrix(matrix, s * batch->n_padded, 0, batch->lengths[s], matrix->size2)
        .matrix;
}

/* Dropout in place. Its gradient is the dropout of the gradient, so this serves both passes. */
static void drop(gsl_matrix *x, double rate, uint64_t seed, size_t first_row)
{
    const ref_dropout dropout = {rate, seed, first_row};
    program_check(ref_dropout_forward(x, &dropout, x));
}

/* Seeds 0 and 1 are those of input and output; a block takes two. */
static ref_dropout block_dropout(const tagger_dropout *dropout, size_t layer, size_t first_row)
{
    return (ref_dropout){dropout->block, dropout->seed + 2 + 2 * layer, first_row};
}

static ref_mask relative_mask(tagger_reference *model)
{
    bool has_bias = model->has_relative_bias;
    return (ref_mask){.relative_bias = has_bias ? &model->vectors[0][3].vector : NULL,
                      .grad_relative_bias = has_bias ? &model->vectors[1][3].vector : NULL};
}

/* ---- Forward --------------------------------------------------------------------------------- */

/* X = dropout([vector | embeddings]),  H_0 = X W_in + b_in */
static void look_up(tagger_reference *model, const tagger_batch *batch, size_t s,
                    const tagger_dropout *dropout)
{
    const tagger_shape *shape = &model->shape;
    gsl_matrix *x = model->caches[s].input;
    size_t first_row = s * batch->n_padded, column = shape->d_vector;
    gsl_matrix_view part = gsl_matrix_submatrix(x, 0, 0, x->size1, column);
    program_check(ref_embedding_forward(model->table, batch->words + first_row, &part.matrix));
    for (size_t c = 0; c < shape->n_channels; c++) {
        part = gsl_matrix_submatrix(x, 0, column, x->size1, shape->d_channel[c]);
        program_check(ref_embedding_forward(&model->embeddings[c]->value.matrix,
                                            batch->features[c] + first_row, &part.matrix));
        column += shape->d_channel[c];
    }
    if (dropout != NULL) {
        drop(x, dropout->input, dropout->seed, first_row);
    }
    gsl_vector bias = value_row(model->input_bias);
    program_check(ref_projection_forward(x, &model->input_weight->value.matrix, &bias,
                                         model->caches[s].states[0]));
}

/* H_1 = H_0 + what chapters 1 to 3 add */
static void mix(tagger_reference *model, tagger_sentence *cache)
{
    const gsl_matrix *h = cache->states[0];
    gsl_matrix *weights = cache->attention.weights, *mixed = cache->mixed;
    double scale = 1.0 / sqrt((double)h->size2);
    ref_mask mask = relative_mask(model);
    gsl_matrix_set_zero(mixed);
    switch (model->shape.mixing) {
    case TAGGER_PROXIMITY:
        program_check(ref_proximity_weights(cache->positions, cache->positions, REF_GAUSSIAN,
                                            model->shape.bandwidth, weights));
        program_check(ref_divide_by_sum(weights, weights));
        program_check(ref_reweight(weights, h, mixed));
        break;
    case TAGGER_DOT:
        program_check(ref_attention_forward(h, h, h, REF_DOT, scale, NULL, weights, mixed));
        break;
    case TAGGER_QUERY_KEY_VALUE:
        program_check(ref_query_key_value_forward(h, h, &model->attention, scale, &mask,
                                                  &cache->attention, mixed));
        break;
    default: /* TAGGER_ALONE adds nothing */
        break;
    }
    gsl_matrix_memcpy(cache->states[1], h);
    gsl_matrix_add(cache->states[1], mixed);
}

/* H_l = block_l(H_(l-1)) */
static void pass_blocks(tagger_reference *model, const tagger_batch *batch, size_t s,
                        const tagger_dropout *dropout)
{
    tagger_sentence *cache = &model->caches[s];
    // [blocks-forward]
    for (size_t l = 0; l < model->shape.n_layers; l++) {
        ref_dropout own = {0};
        if (dropout != NULL) {
            own = block_dropout(dropout, l, s * batch->n_padded);
        }
        program_check(ref_block_forward(cache->states[l], &model->blocks[l].value,
                                        &model->block_shape, NULL, dropout ? &own : NULL,
                                        cache->blocks[l], cache->states[l + 1]));
    }
    // [blocks-forward]
}

/* logits = dropout(norm(H_L)) W_out + b_out */
static void name_tags(tagger_reference *model, const tagger_batch *batch, size_t s,
                      const tagger_dropout *dropout)
{
    tagger_sentence *cache = &model->caches[s];
    const gsl_matrix *top = cache->states[tagger_n_states(&model->shape) - 1];
    gsl_matrix_memcpy(cache->last, top);
    if (model->norm_gain != NULL) {
        gsl_vector gain = value_row(model->norm_gain), bias = value_row(model->norm_bias);
        program_check(ref_layer_norm_forward(top, &gain, &bias, TAGGER_EPSILON, cache->mean,
                                             cache->rate, cache->last));
    }
    if (dropout != NULL) {
        drop(cache->last, dropout->output, dropout->seed + 1, s * batch->n_padded);
    }
    gsl_matrix logits = rows_of(model->logits, batch, s);
    gsl_vector bias = value_row(model->output_bias);
    program_check(
        ref_projection_forward(cache->last, &model->output_weight->value.matrix, &bias, &logits));
}

double tagger_reference_forward(tagger_reference *model, const tagger_batch *batch,
                                const tagger_dropout *dropout, double smoothing)
{
    for (size_t s = 0; s < batch->n_sequences; s++) {
        look_up(model, batch, s, dropout);
        if (model->shape.mixing == TAGGER_BLOCKS) {
            pass_blocks(model, batch, s, dropout);
        } else {
            mix(model, &model->caches[s]);
        }
        name_tags(model, batch, s, dropout);
    }
    double loss;
    program_check(ref_cross_entropy_forward(model->logits, batch->targets, smoothing,
                                            model->probabilities, &loss, &model->n_counted));
    return loss;
}

const gsl_matrix *tagger_reference_logits(const tagger_reference *model)
{
    return model->logits;
}

const gsl_matrix *tagger_reference_weights(const tagger_reference *model, size_t sequence,
                                           size_t layer)
{
    const tagger_sentence *cache = &model->caches[sequence];
    return model->shape.mixing == TAGGER_BLOCKS ? cache->blocks[layer]->attention.heads.weights
                                                : cache->attention.weights;
}

/* ---- Backward: the forward pass in reverse --------------------------------------------------- */

/* logits = dropout(norm(H_L)) W_out + b_out */
static void name_tags_backward(tagger_reference *model, const tagger_batch *batch, size_t s,
                               const tagger_dropout *dropout)
{
    tagger_sentence *cache = &model->caches[s], *gradient = &model->gradients[s];
    size_t l = tagger_n_states(&model->shape) - 1;
    gsl_matrix grad_logits = rows_of(model->grad_logits, batch, s);
    gsl_vector grad_bias = gradient_row(model->output_bias);
    gsl_matrix_set_zero(gradient->last);
    program_check(ref_projection_backward(cache->last, &model->output_weight->value.matrix,
                                          &grad_logits, gradient->last,
                                          &model->output_weight->gradient.matrix, &grad_bias));
    if (dropout != NULL) {
        drop(gradient->last, dropout->output, dropout->seed + 1, s * batch->n_padded);
    }
    gsl_matrix_memcpy(gradient->states[l], gradient->last);
    if (model->norm_gain != NULL) {
        gsl_vector gain = value_row(model->norm_gain), grad_gain = gradient_row(model->norm_gain);
        grad_bias = gradient_row(model->norm_bias);
        gsl_matrix_set_zero(gradient->states[l]);
        program_check(ref_layer_norm_backward(cache->states[l], &gain, cache->mean, cache->rate,
                                              gradient->last, gradient->states[l], &grad_gain,
                                              &grad_bias));
    }
}

/* H_l = block_l(H_(l-1)) */
static void pass_blocks_backward(tagger_reference *model, const tagger_batch *batch, size_t s,
                                 const tagger_dropout *dropout)
{
    tagger_sentence *cache = &model->caches[s], *gradient = &model->gradients[s];
    for (size_t l = model->shape.n_layers; l-- > 0;) {
        ref_dropout own = {0};
        if (dropout != NULL) {
            own = block_dropout(dropout, l, s * batch->n_padded);
        }
        gsl_matrix_set_zero(gradient->states[l]);
        program_check(ref_block_backward(
            cache->states[l], &model->blocks[l].value, &model->block_shape, NULL,
            dropout ? &own : NULL, cache->blocks[l], gradient->states[l + 1], gradient->states[l],
            &model->blocks[l].gradient, gradient->blocks[l]));
    }
}

/* H_1 = H_0 + what chapters 1 to 3 add: the gradient goes both ways */
static void mix_backward(tagger_reference *model, tagger_sentence *cache, tagger_sentence *gradient)
{
    const gsl_matrix *h = cache->states[0], *grad_mixed = gradient->states[1];
    const gsl_matrix *weights = cache->attention.weights;
    gsl_matrix *grad_h = gradient->states[0];
    double scale = 1.0 / sqrt((double)h->size2);
    ref_mask mask = relative_mask(model);
    gsl_matrix_memcpy(grad_h, grad_mixed);
    switch (model->shape.mixing) {
    case TAGGER_PROXIMITY: /* mixed = P H:  dH += P^T dmixed; nothing in P depends on H */
        gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, weights, grad_mixed, 1.0, grad_h);
        break;
    case TAGGER_DOT: /* H is query, key and value: three gradients meet */
        program_check(ref_attention_backward(h, h, h, REF_DOT, scale, NULL, weights, cache->mixed,
                                             grad_mixed, grad_h, grad_h, grad_h,
                                             gradient->attention.weights));
        break;
    case TAGGER_QUERY_KEY_VALUE:
        program_check(ref_query_key_value_backward(
            h, h, &model->attention, scale, &mask, &cache->attention, cache->mixed, grad_mixed,
            grad_h, grad_h, &model->grad_attention, &gradient->attention));
        break;
    default:
        break;
    }
}

/* X = dropout([vector | embeddings]),  H_0 = X W_in + b_in */
static void look_up_backward(tagger_reference *model, const tagger_batch *batch, size_t s,
                             const tagger_dropout *dropout)
{
    const tagger_shape *shape = &model->shape;
    gsl_matrix *x = model->caches[s].input, *grad_x = model->gradients[s].input;
    size_t first_row = s * batch->n_padded, column = shape->d_vector;
    gsl_vector grad_bias = gradient_row(model->input_bias);
    gsl_matrix_set_zero(grad_x);
    program_check(ref_projection_backward(x, &model->input_weight->value.matrix,
                                          model->gradients[s].states[0], grad_x,
                                          &model->input_weight->gradient.matrix, &grad_bias));
    if (dropout != NULL) {
        drop(grad_x, dropout->input, dropout->seed, first_row);
    }
    for (size_t c = 0; c < shape->n_channels; c++) {
        gsl_matrix_view part =
            gsl_matrix_submatrix(grad_x, 0, column, grad_x->size1, shape->d_channel[c]);
        program_check(ref_embedding_backward(batch->features[c] + first_row, &part.matrix,
                                             &model->embeddings[c]->gradient.matrix));
        column += shape->d_channel[c];
    }
}

void tagger_reference_backward(tagger_reference *model, const tagger_batch *batch,
                               const tagger_dropout *dropout, double smoothing)
{
    gsl_matrix_set_zero(model->grad_logits);
    program_check(ref_cross_entropy_backward(model->logits, batch->targets, smoothing,
                                             model->probabilities, model->n_counted, 1.0,
                                             model->grad_logits));
    for (size_t s = 0; s < batch->n_sequences; s++) {
        name_tags_backward(model, batch, s, dropout);
        if (model->shape.mixing == TAGGER_BLOCKS) {
            pass_blocks_backward(model, batch, s, dropout);
        } else {
            mix_backward(model, &model->caches[s], &model->gradients[s]);
        }
        look_up_backward(model, batch, s, dropout);
    }
}
