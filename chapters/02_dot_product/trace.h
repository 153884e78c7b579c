/**
 * @file trace.h
 * One token on its way through attention, for trace.c and trace_backward.c.
 */
#ifndef CHAPTERS_DOT_PRODUCT_TRACE_H
#define CHAPTERS_DOT_PRODUCT_TRACE_H

#include "chapters/02_dot_product/parts.h"

/** @addtogroup ch02 @{ */

/** One query, its keys, and every number between them. */
typedef struct {
    const settings *choices;   /**< similarity and temperature */
    const gsl_matrix *x;       /**< queries, keys and values, (n x d) */
    const char *const *tokens; /**< (n) */
    size_t query;              /**< the token that is traced */
    double scale;              /**< what similarities are multiplied by */
    gsl_vector *similarity;    /**< (n) */
    gsl_vector *scores;        /**< (n), -INFINITY where a key is hidden */
    gsl_matrix *weights;       /**< (1 x n) */
    gsl_matrix *output;        /**< (1 x d) */
} traced;

/**
 * Print the gradients of one query, if the loss pulls at its output by (1, -1, 1/2, …).
 *
 * @param[in,out] to  where to
 * @param[in]     of  the forward pass
 */
void print_backward(const report *to, const traced *of);

/** @} */

#endif
