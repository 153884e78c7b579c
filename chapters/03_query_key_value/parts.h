/**
 * @file parts.h
 * What the parts of chapter 3's program share. A part is one heading of the run and one function;
 * query_key_value.c has the list of them.
 */
#ifndef CHAPTERS_QUERY_KEY_VALUE_PARTS_H
#define CHAPTERS_QUERY_KEY_VALUE_PARTS_H

#include "chapters/common/figures/report.h"
#include "chapters/common/program/measure.h"
#include "chapters/common/words/running_example.h"
#include "chapters/common/words/word_vectors.h"
#include "reference/query_key_value.h"
#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch03 @{ */

/** The words of `--implementation`, in this order. */
enum {
    SIDE_REFERENCE, /**< double, to be read */
    SIDE_OPTIMIZED  /**< float32, to run fast */
};

/** What the command line asks for. */
typedef struct {
    const char *trace;     /**< a token whose every number is printed, or NULL */
    int implementation;    /**< which side trains */
    bool check;            /**< one step on both sides, compared */
    size_t seed;           /**< of the random numbers */
    const char *train;     /**< a corpus to learn from, or NULL for that of the course */
    const char *dev;       /**< a corpus to test with, or NULL for every fifth sentence */
    const char *tags;      /**< which tags of it, or NULL */
    const char *path;      /**< a file of word vectors, or NULL for the embedded ones */
    word_vectors *vectors; /**< those, once they are loaded */
    const char *sentence;  /**< a sentence to tag, or NULL */
    size_t n_epochs;       /**< times that each sentence is seen */
    const char *save;      /**< where the training goes, or NULL */
    const char *resume;    /**< where it goes on from, or NULL */
    const char *svg;       /**< folder for figures and numbers, or NULL */
    int part;              /**< 0 is everything, i is the i-th part */
} settings;

/**
 * A part of the run.
 *
 * @param[in,out] to       receives what the part finds
 * @param[in]     choices  what the command line asks for
 */
typedef void part(report *to, const settings *choices);

part show_symmetric;      /**< fixed scores are symmetric; W_Q W_K^T is not */
part show_example;        /**< every matrix of the running example */
part show_lookup;         /**< a database that only learned queries and keys can read */
part show_gradients;      /**< every gradient against central differences, and what hides bugs */
part show_jacobian;       /**< the softmax backward by its Jacobian and by rows */
part show_optimizers;     /**< SGD, momentum, Adam, AdamW; a batch learned by heart */
part show_initialisation; /**< how large W begins, and how sharp the weights are then */
part show_bandwidth;      /**< chapter 1's curve with a similarity that is learned */

part show_words; /**< senses and parts of speech of real sentences */

part show_own;   /**< the learner's own corpus or sentence */
part show_trace; /**< every number of one token, with the numbers of the equations */

/** @} */

#endif
