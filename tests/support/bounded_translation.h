/**
 * @file bounded_translation.h
 * The rules of bounded.h for a whole model from sequence to sequence, forward and backward, for all
 * sentences of a batch: the formulas of decoder.h, span by span. Row b n + t is word t of sentence b.
 */
#ifndef TESTS_SUPPORT_BOUNDED_TRANSLATION_H
#define TESTS_SUPPORT_BOUNDED_TRANSLATION_H

#include "reference/decoder.h"
#include "tests/support/bounded_stack.h"

enum { MAX_SPANS = 32 };

/** What a model is asked for. */
typedef struct {
    const ref_encoder_decoder_shape *shape;
    const ref_encoder_decoder *parameters;
    size_t n_batch, n_source, n; /**< sentences, words of each source, words of each target */
    const int *source, *words;   /**< batch by batch */
    const size_t *lengths;       /**< of the sources, or NULL */
    const ref_dropout *dropout;  /**< or NULL */
} translation_problem;

/** What comes of it. */
typedef struct {
    bounded source, memory, keys, last, first; /**< the states stand in rows, (n_batch x ...) */
    bounded_stack encoder;
    bounded input, asked, q, log_sum_exp, joined, attentional, dropped, logits, final;
    size_t n_spans;
    bounded_stack spans[MAX_SPANS];
} bounded_translation;

bounded_translation bounded_translate(const translation_problem *problem);

/** Gradients of what stands in all rows, as far as they are products' factors. */
typedef struct {
    bounded grad_logits, attentional, context, scores, weights, q; /**< attentional: behind tanh' */
    bounded embedded, first, source, keys, v;
} translation_gradients;

translation_gradients bounded_translate_backward(const translation_problem *problem,
                                                 bounded_translation *y, bounded grad_logits);

/** The gradient of a parameter of the model's list. */
bounded bounded_translation_gradient(const translation_problem *problem,
                                     const bounded_translation *y, const translation_gradients *g,
                                     const char *name);

/* ---- what both passes share ------------------------------------------------------------------ */

/** Words of a span. */
size_t words_of_span_in(const ref_encoder_decoder_shape *shape, size_t n);

/** The rows first .. first + n_span - 1 of every sentence; and the reverse. */
bounded span_of(const translation_problem *p, bounded all, size_t first, size_t n_span);
void put_span(const translation_problem *p, bounded all, size_t first, size_t n_span, bounded part);

/** The stack of a span. The state before it stands in rows. */
stack_problem stack_of_span(const translation_problem *p, const bounded_translation *y, size_t s,
                            ref_recurrent_stack_shape *shape, ref_dropout *dropout);

/** The scores of some rows of sentence b, words first .. of its target. */
bounded bounded_translation_scores(const translation_problem *p, const bounded_translation *y,
                                   size_t b, size_t first, bounded x, bounded q);

/** The scale that the optimized side uses: a float. */
double scale_of_scores(const ref_encoder_decoder_shape *shape);

/** A row with the values of a vector. */
gsl_matrix *row_of_vector(const gsl_vector *v);

/** What is left out, with a seed beyond that of the problem. */
bounded dropped_in(const translation_problem *p, bounded x, uint64_t seed);

#endif
