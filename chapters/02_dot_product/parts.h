/**
 * @file parts.h
 * What the parts of chapter 2's program share. A part is one heading of the run and one function;
 * dot_product.c has the list of them.
 */
#ifndef CHAPTERS_DOT_PRODUCT_PARTS_H
#define CHAPTERS_DOT_PRODUCT_PARTS_H

#include "chapters/common/figures/report.h"
#include "chapters/common/program/measure.h"
#include "chapters/common/words/running_example.h"
#include "chapters/common/words/sentence.h"
#include "chapters/common/words/word_vectors.h"
#include "reference/attention.h"
#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch02 @{ */

/** The words of `--similarity`, in this order. */
typedef enum {
    CHOICE_DOT,        /**< q . k */
    CHOICE_SCALED_DOT, /**< q . k / sqrt(d) */
    CHOICE_COSINE,     /**< q . k / (|q| |k|) */
    CHOICE_EUCLIDEAN   /**< -|q - k|^2 */
} similarity_choice;

/** What the command line asks for. */
typedef struct {
    const char *sentence;  /**< the learner's own sentence, or NULL for the chapter's tour */
    const char *query;     /**< the word that is looked at, or NULL for the last that says much */
    const char *trace;     /**< a token whose every number is printed, or NULL */
    int similarity;        /**< a similarity_choice */
    double temperature;    /**< scores are divided by it */
    bool mask_self;        /**< a word does not see itself */
    bool causal;           /**< a word sees itself and what stands before it */
    int stop_words;        /**< 0 keeps words like "the" as keys, 1 drops them */
    size_t n_common;       /**< principal components to remove; 0 leaves the vectors alone */
    double keep;           /**< share of the word's own vector in what it becomes */
    const char *path;      /**< a file of word vectors, or NULL for the embedded ones */
    int implementation;    /**< 0 is reference, 1 is optimized */
    bool check;            /**< run both and compare them */
    size_t seed;           /**< of the random numbers */
    const char *svg;       /**< folder for figures and numbers, or NULL */
    int part;              /**< 0 is everything, i is the i-th part */
    word_vectors *vectors; /**< the words as they are, once they are loaded */
    word_vectors *special; /**< the same less what all share, once a part needs them */
} settings;

/* shared.c: what several parts need */

/**
 * Mark the cells of a heat map whose keys are hidden, so that they are drawn as such.
 *
 * @param[in]     scores  (n_q x n_k) scores or bias, -INFINITY where a key is hidden
 * @param[in,out] cells   (n_q x n_k) weights; NaN where a key is hidden
 */
void hide_cells(const gsl_matrix *scores, gsl_matrix *cells);

/**
 * @param[in] choices  similarity and temperature
 * @param[in] d        numbers a vector
 * @return what similarities are multiplied by: 1 / T, or 1 / (T sqrt(d))
 */
double scale_of(const settings *choices, size_t d);

/**
 * @param[in] choice  a similarity_choice
 * @return what is measured between a query and a key
 */
ref_similarity similarity_of(int choice);

/** The words of `--similarity`, NULL at the end. */
extern const char *const similarity_names[];

/* idea.c: the picture that opens the page */

/**
 * Draw one query, its keys, scores, weights and output as idea.svg, if figures are wanted.
 *
 * @param[in] to  the report
 */
void draw_idea(report *to);

/* pair.c: both implementations */

/**
 * The optimized attention of double matrices: rounds them to float32, and gives back float32.
 *
 * @param[in]  q           queries, (n_q x d_k)
 * @param[in]  k           keys, (n_k x d_k)
 * @param[in]  v           values, (n_k x d_v)
 * @param[in]  similarity  what is measured between a query and a key
 * @param[in]  scale       what similarities are multiplied by
 * @param[in]  mask        which keys are seen; not NULL
 * @param[out] output      (n_q x d_v)
 */
void forward_optimized(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                       ref_similarity similarity, double scale, const ref_mask *mask,
                       gsl_matrix *output);

/**
 * Attention by the implementation that the command line asks for. The weights of the optimized one,
 * which stores none, come from a second run whose values are the identity matrix.
 *
 * @param[in]  choices  similarity, temperature, mask and implementation
 * @param[in]  x        queries, keys and values, (n x d)
 * @param[in]  mask     which keys are seen
 * @param[out] weights  (n x n)
 * @param[out] output   (n x d)
 */
void attend(const settings *choices, const gsl_matrix *x, const ref_mask *mask, gsl_matrix *weights,
            gsl_matrix *output);

/**
 * Run both implementations on the same float32 numbers and print the largest error over its bound.
 * Ends the program with a sentence if the bound does not hold.
 *
 * @param[in,out] to       receives the result
 * @param[in]     choices  similarity, temperature and mask
 * @param[in]     x        queries, keys and values, (n x d)
 * @param[in]     mask     which keys are seen
 */
void check_pair(report *to, const settings *choices, const gsl_matrix *x, const ref_mask *mask);

/* words.c: attention over the words of a sentence */

/** A sentence with its vectors and the keys that its words see. */
typedef struct {
    sentence *words;           /**< its tokens */
    const word_vectors *known; /**< the words with a vector */
    gsl_matrix *x;             /**< (n x d), zeros for unknown words */
    gsl_matrix *bias;          /**< (n x n), 0 for a key that is seen, -INFINITY for a hidden one */
    gsl_matrix *weights;       /**< (n x n), after attend_words() */
    gsl_matrix *output;        /**< (n x d), after attend_words(): keep x + (1 - keep) P x */
} word_attention;

/**
 * Split a sentence, look its words up and run attention over them. Ends the program with a sentence
 * if the text is no sentence.
 *
 * @param[in] choices  everything about words
 * @param[in] known    the words with a vector
 * @param[in] text     the sentence
 * @return what came out, to be freed by free_words()
 */
word_attention attend_words(const settings *choices, const word_vectors *known, const char *text);

/**
 * @param[in,out] words  freed
 */
void free_words(word_attention *words);

/**
 * @param[in] known  the words with a vector
 * @param[in] v      (d)
 * @param[in] word   to compare with
 * @return the cosine of v and the word's vector, 0 for an unknown word
 */
double cosine_to(const word_vectors *known, const gsl_vector *v, const char *word);

/**
 * The words nearest to a vector, in one line: "bank 0.92, banks 0.81".
 *
 * @param[in]  known  the words with a vector
 * @param[in]  v      (d)
 * @param[in]  n      how many, at most 8
 * @param[out] line   (NEIGHBOURS_SIZE)
 */
void write_neighbours(const word_vectors *known, const gsl_vector *v, size_t n, char *line);

enum {
    NEIGHBOURS_SIZE = 512, /**< bytes of a line of neighbours */
    N_COMMON = 3 /**< components that the chapter removes, as Mu and Viswanath do for d = 300 */
};

/**
 * Load the words, and once more without what they all share where that is needed.
 *
 * @param[in,out] choices     its vectors and special are set
 * @param[in]     is_special  whether the second is needed
 */
void load_words(settings *choices, bool is_special);

/**
 * A part of the run.
 *
 * @param[in,out] to       receives what the part finds
 * @param[in]     choices  what the command line asks for
 */
typedef void part(report *to, const settings *choices);

part show_negative_sums;   /**< chapter 1 divides by the sum, and that breaks */
part show_overflow;        /**< softmax as on paper, and with the largest subtracted */
part show_example;         /**< scores, weights and output of the running example */
part show_masks;           /**< the future, the padding, and where the triangle starts */
part show_large_negatives; /**< minus infinity against a large negative number */
part show_variance;        /**< why scores are divided by the square root of d */
part show_temperature;     /**< from the mean to the argmax; the gradient that vanishes */
part show_relatives;       /**< Gaussian and dot product, covariance, other queries, cost */
part show_blocks;          /**< softmax over a block of keys at a time */
part show_gradients;       /**< the backward pass against central differences */
part show_bank;            /**< one word, two sentences, eight ways */
part show_others;          /**< Roopali, Tommy, the FBI and the cow */
part show_against_mean;    /**< attention without learning against the mean */
part show_cost;            /**< operations and memory */

part show_trace;    /**< every number of one query, with the numbers of the equations */
part show_sentence; /**< the learner's own sentence */

/** @} */

#endif
