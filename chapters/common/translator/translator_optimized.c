/**
 * @file translator_optimized.c
 * The translator in float, all pairs of a batch at once. Its twin is translator_reference.c.
 *
 * What differs from the reference:
 *   1. a batch is padded to its longest source and target; what is computed of padding is read by
 *      nobody;
 *   2. all memory is laid out once, before the step;
 *   3. the alignment is never stored: who wants to see it asks the reference;
 *   4. a search copies what the encoder has left once for each row, so that all rows of all sources
 *      are one batch of the decoder. */
#include "chapters/common/program/program.h"
#include "chapters/common/translator/translator_optimized_memory.h"
#include "optimized/loss.h"
#include <math.h>
#include <string.h>

/* ---- Forward --------------------------------------------------------------------------------- */

double translator_optimized_forward(translator_optimized *model, const pair_batch *batch,
                                    const translator_dropout *dropout, double smoothing)
{
    const fast_encoder_decoder *value = &model->parameters.value;
    translator_optimized_step *step = &model->step;
    fast_context *context = &model->context;
    fast_dropout own =
        dropout != NULL ? (fast_dropout){dropout->rate, dropout->seed, 0} : (fast_dropout){0};
    const fast_dropout *left_out = dropout != NULL ? &own : NULL;
    model->memory->n_used = 0;
    translator_optimized_layout(model, batch, model->memory);
    program_check(fast_encoder_forward(batch->source, batch->source_lengths, value, &model->shape,
                                       left_out, &step->encoder, context));
    program_check(fast_decoder_begin(&step->encoder, &model->shape, &step->state));
    program_check(fast_decoder_forward(batch->target_in, &step->encoder, batch->source_lengths,
                                       value, &model->shape, left_out, &step->state, &step->decoder,
                                       &step->logits, context));
    double loss;
    program_check(fast_cross_entropy_forward(&step->logits, batch->target_out, (float)smoothing,
                                             &step->log_sum_exp, &loss, &step->n_counted, context));
    return loss;
}

const fast_view *translator_optimized_logits(const translator_optimized *model)
{
    return &model->step.logits;
}

/* ---- Backward: the forward pass in reverse --------------------------------------------------- */

void translator_optimized_backward(translator_optimized *model, const pair_batch *batch,
                                   const translator_dropout *dropout, double smoothing)
{
    const fast_encoder_decoder *value = &model->parameters.value;
    const fast_encoder_decoder *gradient = &model->parameters.gradient;
    translator_optimized_step *step = &model->step;
    fast_context *context = &model->context;
    fast_dropout own =
        dropout != NULL ? (fast_dropout){dropout->rate, dropout->seed, 0} : (fast_dropout){0};
    const fast_dropout *left_out = dropout != NULL ? &own : NULL;
    fast_view *grad_logits = &step->grad_logits;
    memset(grad_logits->data, 0,
           grad_logits->n_batch * grad_logits->batch_stride * sizeof *grad_logits->data);
    program_check(fast_cross_entropy_backward(&step->logits, batch->target_out, (float)smoothing,
                                              &step->log_sum_exp, step->n_counted, 1.0f,
                                              grad_logits, context));
    program_check(fast_decoder_backward(batch->target_in, &step->encoder, batch->source_lengths,
                                        value, &model->shape, left_out, &step->decoder, grad_logits,
                                        &step->grad_encoder, gradient, context));
    program_check(fast_encoder_backward(batch->source, batch->source_lengths, value, &model->shape,
                                        left_out, &step->encoder, &step->grad_encoder, gradient,
                                        context));
}

fast_context *translator_optimized_context(translator_optimized *model)
{
    return &model->context;
}

/* ---- Searching ------------------------------------------------------------------------------- */

/* Every batch of a view, n_beam times: (4) */
static void repeat(const fast_view *one, size_t n_beam, const fast_view *rows)
{
    for (size_t i = 0; i < rows->n_batch; i++) {
        for (size_t j = 0; j < rows->n_rows; j++) {
            memcpy(fast_view_at(rows, i, 0) + j * rows->row_stride,
                   fast_view_at(one, i / n_beam, 0) + j * one->row_stride,
                   rows->n_cols * sizeof *rows->data);
        }
    }
}

void translator_optimized_read(translator_optimized *model, const pair_batch *batch, size_t n_beam)
{
    translator_optimized_search *search = &model->search;
    translator_optimized_reserve_search(model, batch, n_beam);
    program_check(fast_encoder_forward(batch->source, batch->source_lengths,
                                       &model->parameters.value, &model->shape, NULL,
                                       &search->sources, &model->context));
    const fast_encoder_cache *one = &search->sources, *rows = &search->rows;
    repeat(&one->memory, n_beam, &rows->memory);
    repeat(&one->first, n_beam, &rows->first);
    if (rows->keys.data != one->keys.data && rows->keys.data != rows->memory.data) {
        repeat(&one->keys, n_beam, &rows->keys);
    }
    if (rows->powers.e.data) {
        repeat(&one->powers.e, n_beam, &rows->powers.e);
        repeat(&one->powers.largest, n_beam, &rows->powers.largest);
    }
    for (size_t i = 0; i < search->n_rows; i++) {
        search->lengths[i] = batch->source_lengths[i / n_beam];
    }
    program_check(fast_decoder_begin(rows, &model->shape, &search->state));
}

/* ln softmax, in double: a beam compares sums of many of them. */
static void log_softmax(const float *logits, size_t n, double *log_p)
{
    float largest = -INFINITY;
    for (size_t c = 0; c < n; c++) {
        largest = fmaxf(largest, logits[c]);
    }
    double sum = 0.0;
    for (size_t c = 0; c < n; c++) {
        sum += exp((double)logits[c] - (double)largest);
    }
    double log_sum_exp = (double)largest + log(sum);
    for (size_t c = 0; c < n; c++) {
        log_p[c] = (double)logits[c] - log_sum_exp;
    }
}

void translator_optimized_write(translator_optimized *model, const int *last, double *log_p)
{
    translator_optimized_search *search = &model->search;
    size_t n_symbols = model->shape.n_target;
    program_check(fast_decoder_forward(
        last, &search->rows, search->lengths, &model->parameters.value, &model->shape, NULL,
        &search->state, &search->decoder, &search->logits, &model->context));
    for (size_t i = 0; i < search->n_rows; i++) {
        log_softmax(fast_view_at(&search->logits, i, 0), n_symbols, log_p + i * n_symbols);
    }
}

/* Row i of a view becomes row parents[i] of another. */
static void gather(const fast_view *from, const size_t *parents, const fast_view *to)
{
    for (size_t i = 0; to->data != NULL && i < to->n_batch; i++) {
        memcpy(fast_view_at(to, i, 0), fast_view_at(from, parents[i], 0),
               to->n_cols * sizeof *to->data);
    }
}

void translator_optimized_follow(translator_optimized *model, const size_t *parents)
{
    translator_optimized_search *search = &model->search;
    fast_decoder_state before = search->state;
    search->state = search->before; /* the two take turns */
    search->before = before;
    search->state.n_words = before.n_words;
    for (size_t l = 0; l < model->shape.n_layers; l++) {
        const fast_recurrent_state *from = &before.layers.states[l][0];
        const fast_recurrent_state *to = &search->state.layers.states[l][0];
        gather(&from->h, parents, &to->h);
        gather(&from->c, parents, &to->c);
    }
    gather(&before.fed, parents, &search->state.fed);
}
