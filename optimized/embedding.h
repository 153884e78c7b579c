/**
 * @file embedding.h
 * From tokens, which are numbers of words, to vectors, float32. Its twin is reference/embedding.h.
 */
#ifndef OPTIMIZED_EMBEDDING_H
#define OPTIMIZED_EMBEDDING_H

#include "optimized/context.h"
#include "optimized/view.h"

/** @addtogroup ch03 @{ */

/**
 * Embedding:  output_i = table_t,  t = tokens_i:  each token looks its row up.
 *
 * @param[in]  table    one row a word of the vocabulary, (n_vocab x d), one matrix
 * @param[in]  tokens   one for each row of output, batch by batch, head by head, each in
 *                      0 .. n_vocab - 1
 * @param[out] output   (n x d) for every batch and head; overlaps no input
 * @param[in]  context  its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN output is not as wide as the table, or the table is not one matrix
 * @retval GSL_EINVAL  a size is 0, a token is not in the vocabulary, or output overlaps itself
 *
 * Equation (3.16) of the course.
 */
int fast_embedding_forward(const fast_view *table, const int *tokens, fast_view *output,
                           fast_context *context);

/**
 * Gradient of the embedding:  d table_t += dY_i,  t = tokens_i.  A token that stands twice in the
 * text adds twice; rows that no token looked up get nothing.
 *
 * @param[in]     tokens       as in the forward pass
 * @param[in]     grad_output  dY, (n x d) for every batch and head
 * @param[in,out] grad_table   (n_vocab x d), one matrix; the gradient is added to it
 * @param[in]     context      its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN grad_output is not as wide as the table, or the table is not one matrix
 * @retval GSL_EINVAL  a size is 0, a token is not in the vocabulary, or grad_table overlaps itself
 *
 * Equation (3.16) of the course.
 */
int fast_embedding_backward(const int *tokens, const fast_view *grad_output, fast_view *grad_table,
                            fast_context *context);

/** @} */

#endif
