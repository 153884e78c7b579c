/**
 * @file embedding.h
 * From tokens, which are numbers of words, to vectors. Its twin is optimized/embedding.h.
 */
#ifndef REFERENCE_EMBEDDING_H
#define REFERENCE_EMBEDDING_H

#include <gsl/gsl_matrix.h>

/** @addtogroup ch03 @{ */

/**
 * Embedding:  output_i = table_t,  t = tokens_i:  each token looks its row up.
 *
 * @param[in]  table   one row a word of the vocabulary, (n_vocab x d)
 * @param[in]  tokens  one for each row of output, (n), each in 0 .. n_vocab - 1
 * @param[out] output  (n x d); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN output is not as wide as the table
 * @retval GSL_EINVAL  a size is 0, or a token is not in the vocabulary
 *
 * Equation (3.16) of the course.
 */
int ref_embedding_forward(const gsl_matrix *table, const int *tokens, gsl_matrix *output);

/**
 * Gradient of the embedding:  d table_t += dY_i,  t = tokens_i.  A token that stands twice in the
 * text adds twice; rows that no token looked up get nothing.
 *
 * @param[in]     tokens       (n), as in the forward pass
 * @param[in]     grad_output  dY, (n x d)
 * @param[in,out] grad_table   (n_vocab x d); the gradient is added to it
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN grad_output is not as wide as the table
 * @retval GSL_EINVAL  a size is 0, or a token is not in the vocabulary
 *
 * Equation (3.16) of the course.
 */
int ref_embedding_backward(const int *tokens, const gsl_matrix *grad_output,
                           gsl_matrix *grad_table);

/** @} */

#endif
