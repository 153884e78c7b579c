/**
 * @file parts.h
 * What the parts of chapter 1's program share. A part is one heading of the run and one function;
 * reweighting.c has the list of them.
 */
#ifndef CHAPTERS_REWEIGHTING_PARTS_H
#define CHAPTERS_REWEIGHTING_PARTS_H

#include "chapters/common/figures/report.h"
#include "chapters/common/program/measure.h"
#include "chapters/common/words/running_example.h"
#include "chapters/common/words/sentence.h"
#include "chapters/common/words/word_vectors.h"
#include "reference/reweighting.h"
#include <gsl/gsl_rng.h>
#include <stddef.h>

/** @addtogroup ch01 @{ */

/** What the command line asks for. */
typedef struct {
    const char *sentence;  /**< the learner's own sentence, or NULL for those of the course */
    const char *query;     /**< the word that is looked at, or NULL for the last that says much */
    const char *trace;     /**< a token whose every number is printed, or NULL */
    int proximity;         /**< a ref_proximity */
    double bandwidth;      /**< of the proximity weights, in tokens */
    size_t seed;           /**< of the random numbers */
    const char *path;      /**< a file of word vectors, or NULL for the embedded ones */
    const char *svg;       /**< folder for figures and numbers, or NULL */
    int part;              /**< 0 is everything, i is the i-th part */
    word_vectors *vectors; /**< the words, once they are loaded */
} settings;

/** The words of `--proximity`, in the order of ref_proximity, NULL at the end. */
extern const char *const proximity_names[];

/* example.c: small matrices that several parts need */

/**
 * @param[in] n  tokens
 * @return their positions 0 .. n-1; the caller frees it
 */
gsl_vector *positions(size_t n);

/**
 * Proximity weights of the tokens of a sentence, divided by their sum.
 *
 * @param[in] n          tokens
 * @param[in] proximity  the kernel
 * @param[in] bandwidth  in tokens
 * @return the weights (n x n); the caller frees it
 */
gsl_matrix *position_weights(size_t n, ref_proximity proximity, double bandwidth);

/**
 * Raw dot-product weights of the rows of x.
 *
 * @param[in] x  (n x d)
 * @return X X^T, (n x n); the caller frees it
 */
gsl_matrix *dot_weights(const gsl_matrix *x);

/**
 * @param[in] weights  (n_q x n_k)
 * @param[in] values   (n_k x d_v)
 * @return their product (n_q x d_v); the caller frees it
 */
gsl_matrix *reweighted(const gsl_matrix *weights, const gsl_matrix *values);

/**
 * End the program with a sentence if two matrices that should be equal are not.
 *
 * @param[in] a          a matrix
 * @param[in] b          of the same shape
 * @param[in] tolerance  the largest difference that rounding explains
 * @param[in] what       what is compared, for the message
 * @return the largest difference
 */
double must_agree(const gsl_matrix *a, const gsl_matrix *b, double tolerance, const char *what);

/* sentences.c: what the parts do with a sentence */

/**
 * Split a text, or end the program with a sentence that says what is wrong with it.
 *
 * @param[in] text  UTF-8
 * @return the sentence, to be freed by sentence_free()
 */
sentence *split_or_fail(const char *text);

/**
 * Which token is looked at. A query that is not in the sentence ends the program with
 * PROGRAM_USAGE and the nearest word.
 *
 * @param[in] words  the sentence
 * @param[in] query  a word of it; NULL for the last that is no stop word
 * @return its position
 */
size_t query_position(const sentence *words, const char *query);

/**
 * Draw the weights of a sentence.
 *
 * @param[in] to       the report
 * @param[in] name     of the figure
 * @param[in] words    the sentence
 * @param[in] query    the row to mark
 * @param[in] weights  (n_tokens x n_tokens)
 * @param[in] kind     what the weights are, "Proximity weights"
 */
void draw_sentence(const report *to, const char *name, const sentence *words, size_t query,
                   const gsl_matrix *weights, const char *kind);

/**
 * Draw one row of them as bars.
 *
 * @param[in] to       the report
 * @param[in] name     of the figure
 * @param[in] words    the sentence
 * @param[in] query    the row
 * @param[in] weights  (n_tokens x n_tokens)
 */
void draw_row(const report *to, const char *name, const sentence *words, size_t query,
              const gsl_matrix *weights);

/**
 * Write the picture of the idea, idea.svg; nothing happens without a folder.
 *
 * @param[in] to  the report
 */
void draw_idea(const report *to);

/**
 * A part of the run.
 *
 * @param[in,out] to       receives what the part finds
 * @param[in]     choices  what the command line asks for
 */
typedef void part(report *to, const settings *choices);

part show_one_vector;   /**< one word has one vector, whatever the sentence */
part show_weighted_sum; /**< the weighted sum: loops, product, special cases */
part show_proximity;    /**< proximity kernels on token positions */
part show_sentences;    /**< near is not related: the learner's sentences */
part show_kernels;      /**< kernel regression with four kernels */
part show_bandwidth;    /**< how near is near: sweep, leave-one-out, descent */
part show_nile;         /**< the same on a real series */
part show_dot_weights;  /**< weights from content: the running example */
part show_dot_words;    /**< weights from content: real words */
part show_division;     /**< divide by the sum, and how it breaks */
part show_order;        /**< shuffled words: who notices */
part show_brackets;     /**< (X X^T) X = X (X^T X) */
part show_memory;       /**< the loops in three orders over a simulated cache */

part show_trace; /**< every number of one query, with the numbers of the equations */

/** @} */

#endif
