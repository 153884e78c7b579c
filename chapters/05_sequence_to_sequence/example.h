/**
 * @file example.h
 * The running example as what an encoder has left, and a decoder that looks at it once, for
 * example*.c, step_picture.c, frames.c and timing.c. All numbers are chosen by hand: nothing is
 * trained here.
 *
 * The sentence is "she sat on the river bank", in Hindi "vah nadi kinare baithi": she, river, at
 * the bank, sat. The order of the words is another one, and there are two words for bank.
 */
#ifndef CHAPTERS_SEQUENCE_TO_SEQUENCE_EXAMPLE_H
#define CHAPTERS_SEQUENCE_TO_SEQUENCE_EXAMPLE_H

#include "chapters/05_sequence_to_sequence/parts.h"
#include "chapters/common/words/running_example.h"

/** @addtogroup ch05 @{ */

enum {
    EXAMPLE_D_JOINED = 2 * EXAMPLE_D_MODEL, /**< numbers of [c; h] */
    EXAMPLE_D_OUTPUT = 2,                   /**< of h~, to be read as "a place" and "a thing" */
    EXAMPLE_N_WORDS = 4                     /**< words that may come next */
};

/** The words that may come next, and what they mean. */
extern const char *const example_words[EXAMPLE_N_WORDS], *const example_meanings[EXAMPLE_N_WORDS];

/** W_c, which makes h~ of [c; h]. */
extern const double example_weight_c[EXAMPLE_D_JOINED][EXAMPLE_D_OUTPUT];

/** W_y, which makes the logits of h~. */
extern const double example_weight_y[EXAMPLE_D_OUTPUT][EXAMPLE_N_WORDS];

/** b_y, beside it. */
extern const double example_bias_y[EXAMPLE_N_WORDS];

/** One look, from the question to the next word. */
typedef struct {
    gsl_matrix *memory;        /**< M (6 x 3): keys and values in one */
    gsl_matrix *h;             /**< what asks (1 x 3) */
    gsl_matrix *scores;        /**< s (1 x 6); -INFINITY where a word is hidden */
    gsl_matrix *weights;       /**< p (1 x 6) */
    gsl_matrix *context;       /**< c (1 x 3) */
    gsl_matrix *joined;        /**< [c; h] (1 x 6) */
    gsl_matrix *attentional;   /**< h~ (1 x 2) */
    gsl_matrix *logits;        /**< of the next word (1 x 4) */
    gsl_matrix *probabilities; /**< of the next word (1 x 4) */
} example;

/** No word is hidden. */
enum { EXAMPLE_NONE_HIDDEN = EXAMPLE_N_TOKENS };

/**
 * @param[in] hidden  a token that the decoder is kept from seeing, or EXAMPLE_NONE_HIDDEN
 * @return            the look, to be freed by example_free()
 */
example example_run(size_t hidden);

/** @param[in,out] of  its matrices are freed */
void example_free(example *of);

/**
 * Print the scores of "general" and of "additive", their identities with "dot" and "concat", and
 * what each of them costs: the second half of the part example.
 *
 * @param[in,out] to  receives it
 */
void show_other_scores(report *to);

/**
 * Write a sum of products, "1*0.2 + 2*0.1 - 1*0.6".
 *
 * @param[out] text      the sum
 * @param[in]  size      bytes of the text
 * @param[in]  a         the factors in front, (n)
 * @param[in]  decimals  of them
 * @param[in]  b         those behind, (n); written with one decimal
 */
void write_products(char *text, size_t size, const gsl_vector *a, int decimals,
                    const gsl_vector *b);

/** @} */

#endif
