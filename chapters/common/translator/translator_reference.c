/**
 * @file translator_reference.c
 * The translator in double, one pair of a batch after the other. Its twin is
 * translator_optimized.c.
 */
#include "chapters/common/program/program.h"
#include "chapters/common/translator/translator_reference_memory.h"
#include "reference/loss.h"
#include "reference/softmax.h"
#include <math.h>

/* ---- Small parts ----------------------------------------------------------------------------- */

/* The rows of one pair in a matrix of the whole batch. */
static gsl_matrix rows_of(gsl_matrix *matrix, const pair_batch *batch, size_t s)
{
    return gsl_matrix_submatrix(matrix, s * batch->n_target, 0, batch->n_target, matrix->size2)
        .matrix;
}

/* What is left out of pair s: s sequences stand before it. */
static ref_dropout dropout_of(const translator_dropout *dropout, size_t s)
{
    return dropout != NULL ? (ref_dropout){dropout->rate, dropout->seed, s} : (ref_dropout){0};
}

/* ---- Forward --------------------------------------------------------------------------------- */

static void translate(translator_reference *model, const pair_batch *batch, size_t s,
                      const translator_dropout *dropout)
{
    const ref_encoder_decoder *value = &model->parameters.value;
    translator_reference_step *step = &model->step;
    ref_dropout own = dropout_of(dropout, s);
    const ref_dropout *left_out = dropout != NULL ? &own : NULL;
    gsl_matrix logits = rows_of(step->logits, batch, s);
    program_check(ref_encoder_forward(batch->source + s * batch->n_source,
                                      &batch->source_lengths[s], value, &model->shape, left_out,
                                      step->pairs[s].encoder));
    program_check(ref_decoder_begin(step->pairs[s].encoder, &model->shape, step->state));
    program_check(ref_decoder_forward(
        batch->target_in + s * batch->n_target, step->pairs[s].encoder, &batch->source_lengths[s],
        value, &model->shape, left_out, step->state, step->pairs[s].decoder, &logits));
}

double translator_reference_forward(translator_reference *model, const pair_batch *batch,
                                    const translator_dropout *dropout, double smoothing)
{
    translator_reference_step *step = &model->step;
    for (size_t s = 0; s < batch->n_pairs; s++) {
        translate(model, batch, s, dropout);
    }
    double loss;
    program_check(ref_cross_entropy_forward(step->logits, batch->target_out, smoothing,
                                            step->probabilities, &loss, &step->n_counted));
    return loss;
}

const gsl_matrix *translator_reference_logits(const translator_reference *model)
{
    return model->step.logits;
}

const gsl_matrix *translator_reference_weights(const translator_reference *model, size_t pair)
{
    return model->step.pairs[pair].decoder->weights;
}

/* ---- Backward: the forward pass in reverse --------------------------------------------------- */

/* The memory that the pairs share holds the gradients of none. */
static void zero_gradients(const ref_encoder_cache *grad_encoder)
{
    gsl_matrix_set_zero(grad_encoder->memory);
    gsl_vector_set_zero(grad_encoder->first);
    if (grad_encoder->keys != NULL) {
        gsl_matrix_set_zero(grad_encoder->keys);
    }
}

static void translate_backward(translator_reference *model, const pair_batch *batch, size_t s,
                               const translator_dropout *dropout)
{
    const ref_encoder_decoder *value = &model->parameters.value;
    const ref_encoder_decoder *gradient = &model->parameters.gradient;
    translator_reference_step *step = &model->step;
    ref_dropout own = dropout_of(dropout, s);
    const ref_dropout *left_out = dropout != NULL ? &own : NULL;
    gsl_matrix grad_logits = rows_of(step->grad_logits, batch, s);
    zero_gradients(step->grad_encoder);
    program_check(ref_decoder_backward(
        batch->target_in + s * batch->n_target, step->pairs[s].encoder, &batch->source_lengths[s],
        value, &model->shape, left_out, step->pairs[s].decoder, &grad_logits, step->grad_encoder,
        step->pairs[s].grad_decoder, step->grad_state, gradient));
    program_check(ref_encoder_backward(batch->source + s * batch->n_source,
                                       &batch->source_lengths[s], value, &model->shape, left_out,
                                       step->pairs[s].encoder, step->grad_encoder, gradient));
}

void translator_reference_backward(translator_reference *model, const pair_batch *batch,
                                   const translator_dropout *dropout, double smoothing)
{
    translator_reference_step *step = &model->step;
    gsl_matrix_set_zero(step->grad_logits);
    program_check(ref_cross_entropy_backward(step->logits, batch->target_out, smoothing,
                                             step->probabilities, step->n_counted, 1.0,
                                             step->grad_logits));
    for (size_t s = batch->n_pairs; s-- > 0;) {
        translate_backward(model, batch, s, dropout);
    }
}

const gsl_matrix *translator_reference_grad_scores(const translator_reference *model, size_t pair)
{
    return model->step.pairs[pair].grad_decoder->weights;
}

/* ---- Searching ------------------------------------------------------------------------------- */

void translator_reference_read(translator_reference *model, const pair_batch *batch, size_t n_beam)
{
    translator_reference_search *search = &model->search;
    translator_reference_reserve_search(model, batch, n_beam);
    for (size_t s = 0; s < search->n_sources; s++) {
        program_check(ref_encoder_forward(batch->source + s * batch->n_source,
                                          &batch->source_lengths[s], &model->parameters.value,
                                          &model->shape, NULL, search->sources[s]));
    }
    for (size_t i = 0; i < search->n_rows; i++) {
        program_check(
            ref_decoder_begin(search->sources[i / n_beam], &model->shape, search->states[i]));
    }
}

void translator_reference_write(translator_reference *model, const int *last, double *log_p)
{
    translator_reference_search *search = &model->search;
    size_t n_symbols = model->shape.n_target;
    for (size_t i = 0; i < search->n_rows; i++) {
        size_t s = i / search->n_beam;
        program_check(ref_decoder_forward(&last[i], search->sources[s],
                                          &search->batch->source_lengths[s],
                                          &model->parameters.value, &model->shape, NULL,
                                          search->states[i], search->decoder, search->logits));
        double log_sum_exp;
        gsl_vector_view row = gsl_vector_view_array(&log_sum_exp, 1);
        program_check(ref_log_sum_exp(search->logits, &row.vector));
        for (size_t c = 0; c < n_symbols; c++) { /* ln softmax */
            log_p[i * n_symbols + c] = gsl_matrix_get(search->logits, 0, c) - log_sum_exp;
        }
    }
}

static void copy_state(const ref_decoder_state *from, size_t n_layers, ref_decoder_state *to)
{
    for (size_t l = 0; l < n_layers; l++) {
        gsl_vector_memcpy(to->layers.states[l][0].h, from->layers.states[l][0].h);
        if (from->layers.states[l][0].c != NULL) {
            gsl_vector_memcpy(to->layers.states[l][0].c, from->layers.states[l][0].c);
        }
    }
    if (from->fed != NULL) {
        gsl_vector_memcpy(to->fed, from->fed);
    }
    to->n_words = from->n_words;
}

void translator_reference_follow(translator_reference *model, const size_t *parents)
{
    translator_reference_search *search = &model->search;
    for (size_t i = 0; i < search->n_rows; i++) {
        copy_state(search->states[parents[i]], model->shape.n_layers, search->after[i]);
    }
    ref_decoder_state **before = search->states;
    search->states = search->after;
    search->after = before;
}
