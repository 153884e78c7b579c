/* The way back: the lines of bounded_translation.c in reverse. */

#include "tests/support/bounded_translation.h"

#include "tests/support/bounded_additive.h"
#include "tests/support/bounded_block.h"
#include "tests/support/bounded_dense.h"
#include "tests/support/matrices.h"
#include "tests/support/suite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static bounded product(bounded a, bounded b)
{
    return bounded_product(1.0, CblasNoTrans, a, CblasNoTrans, b);
}

static bounded product_with_transpose(bounded a, const gsl_matrix *b)
{
    return bounded_product(1.0, CblasNoTrans, a, CblasTrans, bounded_exact(b));
}

static bounded transposed_product(bounded a, bounded b)
{
    return bounded_product(1.0, CblasTrans, a, CblasNoTrans, b);
}

static bounded columns_of(bounded a, size_t first, size_t n_cols)
{
    return bounded_part(a, 0, a.value->size1, first, n_cols);
}

/* ---- attention ------------------------------------------------------------------------------- */

static bounded of_source(const translation_problem *p, bounded all, size_t b)
{
    return bounded_part(all, b * p->n_source, p->n_source, 0, all.value->size2);
}

/* dx of the rows of one sentence in a span; P and dS are kept for the sums over all words. */
static bounded attend_backward_of(const translation_problem *p, const bounded_translation *y,
                                  translation_gradients *g, size_t b, size_t first, size_t n_span,
                                  bounded grad_context)
{
    const ref_additive_attention *additive = &p->parameters->additive;
    size_t row = b * p->n + first, d_memory = y->memory.value->size2;
    bounded x = bounded_part(y->asked, row, n_span, 0, y->asked.value->size2);
    bounded q = bounded_part(y->q, row, n_span, 0, y->q.value->size2);
    bounded context = bounded_part(y->joined, row, n_span, 0, d_memory);
    bounded memory = of_source(p, y->memory, b), keys = of_source(p, y->keys, b);
    bounded scores = bounded_translation_scores(p, y, b, first, x, q);
    bounded weights = bounded_weights_again(scores, bounded_log_sum_exp(scores));
    bounded grad_weights = bounded_product(1.0, CblasNoTrans, grad_context, CblasTrans, memory);
    bounded ds =
        bounded_softmax_backward(weights, grad_weights, bounded_row_dot(grad_context, context));
    bounded_put(g->weights, row, 0, weights);
    bounded_put(g->scores, row, 0, ds);
    if (!additive->v) {
        return bounded_product(scale_of_scores(p->shape), CblasNoTrans, ds, CblasNoTrans, keys);
    }
    bounded dq = bounded_additive_backward(q, keys, additive->v, ds, 1).q;
    bounded_put(g->q, row, 0, dq);
    return product_with_transpose(dq, additive->weight_q);
}

static bounded attend_backward(const translation_problem *p, const bounded_translation *y,
                               translation_gradients *g, size_t first, size_t n_span,
                               bounded grad_context)
{
    bounded dx = bounded_new(p->n_batch * n_span, p->shape->n_hidden);
    put_span(p, g->context, first, n_span, grad_context);
    for (size_t b = 0; b < p->n_batch; b++) {
        bounded own = bounded_part(grad_context, b * n_span, n_span, 0, grad_context.value->size2);
        bounded_put(dx, b * n_span, 0, attend_backward_of(p, y, g, b, first, n_span, own));
    }
    return dx;
}

/* ---- the decoder ----------------------------------------------------------------------------- */

static void add_to_columns(bounded all, size_t first, bounded part)
{
    bounded_put(all, 0, first, bounded_sum(columns_of(all, first, part.value->size2), part));
}

/* state: the gradient of the states behind the span, then of those before. fed likewise. */
static void span_backward(const translation_problem *p, bounded_translation *y,
                          translation_gradients *g, size_t s, bounded grad_output, bounded *state,
                          bounded *fed)
{
    const ref_encoder_decoder_shape *shape = p->shape;
    bool looks = shape->score != REF_SCORE_NONE, is_before = shape->timing == REF_TIMING_BAHDANAU;
    size_t n_span = words_of_span_in(shape, p->n), first = s * n_span;
    size_t d_context = looks ? y->memory.value->size2 : 0, d_word = shape->d_embedding;
    bounded output = span_of(p, y->attentional, first, n_span);
    bounded dy = span_of(p, grad_output, first, n_span);
    dy = shape->feeds_output && fed->value ? bounded_sum(dy, *fed) : dy;
    bounded da = bounded_tanh_backward(output, dy);
    put_span(p, g->attentional, first, n_span, da);
    bounded joined = product_with_transpose(da, p->parameters->attentional_weight);
    bounded dh = columns_of(joined, d_context, shape->n_hidden), dc = {0};
    if (looks) {
        dc = columns_of(joined, 0, d_context);
    }
    if (looks && !is_before) {
        dh = bounded_sum(dh, attend_backward(p, y, g, first, n_span, dc));
    }
    ref_recurrent_stack_shape stack_shape;
    ref_dropout dropout;
    stack_problem stack = stack_of_span(p, y, s, &stack_shape, &dropout);
    bounded_stack_backward(&stack, dh, *state, &y->spans[s]);
    *state = y->spans[s].grad_initial;
    bounded input = y->spans[s].grad_x;
    put_span(p, g->embedded, first, n_span, columns_of(input, 0, d_word));
    if (input.value->size2 > d_word) {
        *fed = columns_of(input, d_word, input.value->size2 - d_word);
    }
    if (is_before) {
        size_t top = (shape->n_layers - 1) * (shape->cell == REF_LSTM ? 2 : 1) * shape->n_hidden;
        dc = bounded_sum(dc, *fed);
        add_to_columns(*state, top, attend_backward(p, y, g, first, n_span, dc));
    }
}

static void decoder_backward(const translation_problem *p, bounded_translation *y,
                             translation_gradients *g)
{
    bounded grad_output =
        dropped_in(p, product_with_transpose(g->grad_logits, p->parameters->output_weight), 10);
    bounded state = {0}, fed = {0};
    for (size_t s = y->n_spans; s-- > 0;) {
        span_backward(p, y, g, s, grad_output, &state, &fed);
    }
    g->first = state;
    g->embedded = dropped_in(p, g->embedded, 1);
}

/* ---- keys, memory and the encoder ------------------------------------------------------------ */

/* dK and dv of one sentence, over all words of its target. */
static bounded keys_backward_of(const translation_problem *p, const bounded_translation *y,
                                translation_gradients *g, size_t b)
{
    const gsl_vector *v = p->parameters->additive.v;
    bounded ds = bounded_part(g->scores, b * p->n, p->n, 0, p->n_source);
    bounded q = bounded_part(y->q, b * p->n, p->n, 0, y->q.value->size2);
    if (!v) {
        return bounded_product(scale_of_scores(p->shape), CblasTrans, ds, CblasNoTrans, q);
    }
    bounded_additive_gradients own = bounded_additive_backward(q, of_source(p, y->keys, b), v, ds,
                                                               p->n_batch * p->n * p->n_source);
    g->v = b == 0 ? own.v : bounded_sum(g->v, own.v);
    return own.keys;
}

static bounded memory_backward(const translation_problem *p, const bounded_translation *y,
                               translation_gradients *g)
{
    size_t d_memory = y->memory.value->size2;
    bounded dm = bounded_new(p->n_batch * p->n_source, d_memory);
    for (size_t b = 0; b < p->n_batch && p->shape->score != REF_SCORE_NONE; b++) {
        bounded weights = bounded_part(g->weights, b * p->n, p->n, 0, p->n_source);
        bounded dc = bounded_part(g->context, b * p->n, p->n, 0, d_memory);
        bounded_put(dm, b * p->n_source, 0, transposed_product(weights, dc));
        bounded_put(g->keys, b * p->n_source, 0, keys_backward_of(p, y, g, b));
    }
    switch (p->shape->score) {
    case REF_SCORE_DOT:
    case REF_SCORE_SCALED_DOT:
        return bounded_sum(dm, g->keys);
    case REF_SCORE_GENERAL:
        return bounded_sum(dm, product(g->keys, bounded_exact(p->parameters->general_weight)));
    case REF_SCORE_CONCAT:
    case REF_SCORE_ADDITIVE:
        return bounded_sum(dm, product_with_transpose(g->keys, p->parameters->additive.weight_k));
    default:
        return dm;
    }
}

static void encoder_backward(const translation_problem *p, bounded_translation *y,
                             translation_gradients *g)
{
    const ref_encoder_decoder_shape *s = p->shape;
    ref_recurrent_stack_shape shape = {s->cell, s->d_embedding, s->n_encoder_hidden,
                                       s->n_encoder_layers, s->is_bidirectional};
    ref_dropout dropout = p->dropout ? *p->dropout : (ref_dropout){0};
    dropout.seed += 2;
    stack_problem stack = {&shape,     &p->parameters->encoder,
                           p->lengths, p->dropout ? &dropout : NULL,
                           p->n_batch, p->n_source,
                           y->source,  {0}};
    g->first = bounded_tanh_backward(y->first, g->first);
    bounded last = product_with_transpose(g->first, p->parameters->bridge_weight);
    size_t n = s->n_encoder_hidden, n_states = s->cell == REF_LSTM ? 2 : 1;
    size_t n_directions = s->is_bidirectional ? 2 : 1;
    bounded final = bounded_new(p->n_batch, s->n_encoder_layers * n_directions * n_states * n);
    for (size_t d = 0; d < n_directions; d++) {
        size_t place = ((s->n_encoder_layers - 1) * n_directions + d) * n_states * n;
        bounded_put(final, 0, place, columns_of(last, d * n, n));
    }
    bounded_stack_backward(&stack, memory_backward(p, y, g), final, &y->encoder);
    g->source = dropped_in(p, y->encoder.grad_x, 0);
}

translation_gradients bounded_translate_backward(const translation_problem *p,
                                                 bounded_translation *y, bounded grad_logits)
{
    size_t n_rows = p->n_batch * p->n;
    translation_gradients g = {.grad_logits = grad_logits,
                               .attentional = bounded_new(n_rows, p->shape->d_output),
                               .context = bounded_new(n_rows, y->memory.value->size2),
                               .scores = bounded_new(n_rows, p->n_source),
                               .weights = bounded_new(n_rows, p->n_source),
                               .q = bounded_new(n_rows, y->q.value->size2),
                               .embedded = bounded_new(n_rows, p->shape->d_embedding),
                               .keys = bounded_new(p->n_batch * p->n_source, y->keys.value->size2)};
    decoder_backward(p, y, &g);
    encoder_backward(p, y, &g);
    return g;
}
