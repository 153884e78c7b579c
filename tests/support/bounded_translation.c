/* Forward; the way back is in bounded_translation_backward.c. */

#include "tests/support/bounded_translation.h"

#include "tests/support/bounded_additive.h"
#include "tests/support/bounded_block.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/matrices.h"
#include "tests/support/uncertain.h"
#include <math.h>

/* ---- rows ------------------------------------------------------------------------------------ */

gsl_matrix *row_of_vector(const gsl_vector *v)
{
    gsl_matrix *row = new_matrix(1, v->size);
    gsl_matrix_set_row(row, 0, v);
    return row;
}

bounded dropped_in(const translation_problem *p, bounded x, uint64_t seed)
{
    if (!p->dropout) {
        return x;
    }
    ref_dropout own = *p->dropout;
    own.seed += seed;
    return bounded_dropout(x, &own);
}

size_t words_of_span_in(const ref_encoder_decoder_shape *shape, size_t n)
{
    return shape->timing == REF_TIMING_BAHDANAU || shape->feeds_output ? 1 : n;
}

bounded span_of(const translation_problem *p, bounded all, size_t first, size_t n_span)
{
    size_t n_cols = all.value->size2;
    bounded part = bounded_new(p->n_batch * n_span, n_cols);
    for (size_t b = 0; b < p->n_batch; b++) {
        bounded_put(part, b * n_span, 0, bounded_part(all, b * p->n + first, n_span, 0, n_cols));
    }
    return part;
}

void put_span(const translation_problem *p, bounded all, size_t first, size_t n_span, bounded part)
{
    for (size_t b = 0; b < p->n_batch; b++) {
        bounded_put(all, b * p->n + first, 0,
                    bounded_part(part, b * n_span, n_span, 0, part.value->size2));
    }
}

static bounded embedded(const gsl_matrix *table, const int *words, size_t n)
{
    bounded rows = bounded_new(n, table->size2);
    for (size_t i = 0; i < n; i++) {
        gsl_vector_const_view word = gsl_matrix_const_row(table, (size_t)words[i]);
        gsl_matrix_set_row(rows.value, i, &word.vector);
    }
    return rows;
}

static bounded project(bounded x, const gsl_matrix *weight, const gsl_vector *bias)
{
    return bounded_projection(x, bounded_exact(weight), bias ? row_of_vector(bias) : NULL);
}

/* ---- the encoder ----------------------------------------------------------------------------- */

static bounded keys_of(const translation_problem *p, bounded memory)
{
    const ref_encoder_decoder *model = p->parameters;
    bounded keys;
    switch (p->shape->score) {
    case REF_SCORE_LOCATION:
        keys = bounded_new(memory.value->size1, model->places->size2);
        for (size_t b = 0; b < p->n_batch; b++) {
            bounded places = bounded_exact(model->places);
            bounded_put(keys, b * p->n_source, 0,
                        bounded_part(places, 0, p->n_source, 0, model->places->size2));
        }
        return keys;
    case REF_SCORE_GENERAL:
        return bounded_product(1.0, CblasNoTrans, memory, CblasTrans,
                               bounded_exact(model->general_weight));
    case REF_SCORE_CONCAT:
    case REF_SCORE_ADDITIVE:
        return project(memory, model->additive.weight_k, model->additive.bias);
    default:
        return memory;
    }
}

/* The last h of the top layer, of both directions. */
static bounded last_of(const translation_problem *p, const bounded_stack *stack)
{
    const ref_encoder_decoder_shape *shape = p->shape;
    const bounded_recurrent *top = stack->cells[shape->n_encoder_layers - 1];
    return shape->is_bidirectional ? bounded_beside(top[0].final_h, top[1].final_h)
                                   : top[0].final_h;
}

static void encode(const translation_problem *p, bounded_translation *y)
{
    const ref_encoder_decoder_shape *s = p->shape;
    const ref_encoder_decoder *model = p->parameters;
    ref_recurrent_stack_shape shape = {s->cell, s->d_embedding, s->n_encoder_hidden,
                                       s->n_encoder_layers, s->is_bidirectional};
    ref_dropout dropout = p->dropout ? *p->dropout : (ref_dropout){0};
    dropout.seed += 2;
    y->source =
        dropped_in(p, embedded(model->source_embedding, p->source, p->n_batch * p->n_source), 0);
    stack_problem stack = {&shape,     &model->encoder, p->lengths, p->dropout ? &dropout : NULL,
                           p->n_batch, p->n_source,     y->source,  {0}};
    y->encoder = bounded_stack_forward(&stack);
    y->memory = y->encoder.output;
    y->keys = keys_of(p, y->memory);
    y->last = last_of(p, &y->encoder);
    y->first = bounded_tanh(project(y->last, model->bridge_weight, model->bridge_bias));
}

/* ---- the decoder ----------------------------------------------------------------------------- */

/* Padding is hidden, and what lies beyond a window. */
static ref_mask mask_of(const translation_problem *p, size_t b, size_t first, size_t n_q)
{
    ref_mask mask = {.key_length = p->lengths ? &p->lengths[b] : NULL};
    if (p->shape->window > 0) {
        gsl_matrix *hidden = new_matrix(n_q, p->n_source);
        for (size_t i = 0; i < n_q; i++) {
            for (size_t j = 0; j < p->n_source; j++) {
                double distance = fabs((double)j - (double)(first + i));
                gsl_matrix_set(hidden, i, j, distance > (double)p->shape->window ? -INFINITY : 0.0);
            }
        }
        mask.bias = hidden;
    }
    return mask;
}

double scale_of_scores(const ref_encoder_decoder_shape *shape)
{
    bool is_scaled = shape->score == REF_SCORE_SCALED_DOT;
    return is_scaled ? (double)(1.0f / sqrtf((float)shape->n_hidden)) : 1.0;
}

bounded bounded_translation_scores(const translation_problem *p, const bounded_translation *y,
                                   size_t b, size_t first, bounded x, bounded q)
{
    ref_mask mask = mask_of(p, b, first, x.value->size1);
    bounded keys = bounded_part(y->keys, b * p->n_source, p->n_source, 0, y->keys.value->size2);
    return p->parameters->additive.v
               ? bounded_additive_scores(q, keys, p->parameters->additive.v, &mask)
               : bounded_scores(x, keys, REF_DOT, scale_of_scores(p->shape), &mask);
}

/* context = attention(x), of a span of every sentence; x, q and what the softmax leaves are kept. */
static bounded attend(const translation_problem *p, bounded_translation *y, size_t first,
                      size_t n_span, bounded x)
{
    bounded q = p->parameters->additive.v ? project(x, p->parameters->additive.weight_q, NULL) : x;
    bounded context = bounded_new(p->n_batch * n_span, y->memory.value->size2);
    put_span(p, y->asked, first, n_span, x);
    put_span(p, y->q, first, n_span, q);
    for (size_t b = 0; b < p->n_batch; b++) {
        bounded own_x = bounded_part(x, b * n_span, n_span, 0, x.value->size2);
        bounded own_q = bounded_part(q, b * n_span, n_span, 0, q.value->size2);
        bounded memory =
            bounded_part(y->memory, b * p->n_source, p->n_source, 0, y->memory.value->size2);
        bounded scores = bounded_translation_scores(p, y, b, first, own_x, own_q);
        bounded l = bounded_log_sum_exp(scores);
        for (size_t i = 0; i < n_span; i++) {
            uncertain l_i = entry_of(l, i, 0);
            bounded_set(y->log_sum_exp, b, first + i, l_i.value, l_i.bound);
        }
        bounded_put(context, b * n_span, 0, bounded_attend(scores, memory));
    }
    return context;
}

stack_problem stack_of_span(const translation_problem *p, const bounded_translation *y, size_t s,
                            ref_recurrent_stack_shape *shape, ref_dropout *dropout)
{
    const ref_encoder_decoder_shape *model = p->shape;
    size_t n_span = words_of_span_in(model, p->n), first = s * n_span;
    *shape = (ref_recurrent_stack_shape){model->cell, y->input.value->size2, model->n_hidden,
                                         model->n_layers, false};
    *dropout = p->dropout ? *p->dropout : (ref_dropout){0};
    dropout->seed += 16 * (first + 1);
    return (stack_problem){shape,
                           &p->parameters->decoder,
                           NULL,
                           p->dropout ? dropout : NULL,
                           p->n_batch,
                           n_span,
                           span_of(p, y->input, first, n_span),
                           s == 0 ? y->first : y->spans[s - 1].final};
}

/* The last h of the top layer, of states in rows. */
static bounded top_of(const ref_encoder_decoder_shape *shape, bounded states)
{
    size_t n_states = shape->cell == REF_LSTM ? 2 : 1;
    return bounded_part(states, 0, states.value->size1,
                        (shape->n_layers - 1) * n_states * shape->n_hidden, shape->n_hidden);
}

static void put_fed(const translation_problem *p, bounded_translation *y, size_t first, bounded fed)
{
    for (size_t b = 0; b < p->n_batch; b++) {
        bounded_put(y->input, b * p->n + first, p->shape->d_embedding,
                    bounded_part(fed, b, 1, 0, fed.value->size2));
    }
}

static void decode_span(const translation_problem *p, bounded_translation *y, size_t s)
{
    const ref_encoder_decoder_shape *shape = p->shape;
    const ref_encoder_decoder *model = p->parameters;
    size_t n_span = words_of_span_in(shape, p->n), first = s * n_span;
    ref_recurrent_stack_shape stack_shape;
    ref_dropout dropout;
    bounded context = {0};
    if (shape->timing == REF_TIMING_BAHDANAU) {
        bounded before = s == 0 ? y->first : y->spans[s - 1].final;
        context = attend(p, y, first, n_span, top_of(shape, before));
        put_fed(p, y, first, context);
    } else if (shape->feeds_output && s > 0) {
        put_fed(p, y, first, span_of(p, y->attentional, first - 1, 1));
    }
    stack_problem stack = stack_of_span(p, y, s, &stack_shape, &dropout);
    y->spans[s] = bounded_stack_forward(&stack);
    bounded h = y->spans[s].output;
    if (shape->timing == REF_TIMING_LUONG && shape->score != REF_SCORE_NONE) {
        context = attend(p, y, first, n_span, h);
    }
    bounded joined = context.value ? bounded_beside(context, h) : h;
    put_span(p, y->joined, first, n_span, joined);
    put_span(p, y->attentional, first, n_span,
             bounded_tanh(project(joined, model->attentional_weight, model->attentional_bias)));
}

bounded_translation bounded_translate(const translation_problem *p)
{
    const ref_encoder_decoder_shape *shape = p->shape;
    const ref_encoder_decoder *model = p->parameters;
    size_t n_rows = p->n_batch * p->n,
           d_q = model->additive.v ? shape->d_attention : shape->n_hidden;
    bounded_translation y = {.n_spans = p->n / words_of_span_in(shape, p->n)};
    encode(p, &y);
    size_t n_in = model->decoder.cells[0][0].weight_x->size1;
    y.input = bounded_new(n_rows, n_in);
    y.asked = bounded_new(n_rows, shape->n_hidden);
    y.q = bounded_new(n_rows, d_q);
    y.log_sum_exp = bounded_new(p->n_batch, p->n);
    y.joined = bounded_new(n_rows, model->attentional_weight->size1);
    y.attentional = bounded_new(n_rows, shape->d_output);
    bounded_put(y.input, 0, 0,
                dropped_in(p, embedded(model->target_embedding, p->words, n_rows), 1));
    for (size_t s = 0; s < y.n_spans; s++) {
        decode_span(p, &y, s);
    }
    y.final = y.spans[y.n_spans - 1].final;
    y.dropped = dropped_in(p, y.attentional, 10);
    y.logits = project(y.dropped, model->output_weight, model->output_bias);
    return y;
}
