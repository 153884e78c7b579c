/**
 * @file example.h
 * The running example through small matrices that can be checked by hand, for example.c, idea.c,
 * trace.c and symmetric.c.
 */
#ifndef CHAPTERS_QUERY_KEY_VALUE_EXAMPLE_H
#define CHAPTERS_QUERY_KEY_VALUE_EXAMPLE_H

#include "chapters/03_query_key_value/parts.h"

/** @addtogroup ch03 @{ */

enum {
    EXAMPLE_D_K = 2, /**< columns of W_Q and W_K */
    EXAMPLE_D_V = 2  /**< columns of W_V */
};

/** Everything between the words and the output. */
typedef struct {
    gsl_matrix *x;                   /**< (6 x 3) */
    ref_query_key_value parameters;  /**< W_Q, W_K, W_V (3 x 2), no biases */
    double scale;                    /**< 1 / sqrt(2) */
    ref_query_key_value_cache cache; /**< Q, K, V (6 x 2), P (6 x 6) */
    gsl_matrix *scores;              /**< S (6 x 6) */
    gsl_matrix *output;              /**< Y (6 x 2) */
} example;

/**
 * @return the example after its forward pass, to be freed by example_free()
 */
example example_run(void);

/** @param[in,out] of  its matrices are freed */
void example_free(example *of);

/**
 * The idea of the chapter as a figure: the word bank asks, all words answer.
 *
 * @param[in,out] to  receives it
 * @param[in]     of  the example
 */
void draw_idea(report *to, const example *of);

/** @} */

#endif
