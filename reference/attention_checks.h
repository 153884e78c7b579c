/**
 * @file attention_checks.h
 * What attention asks of its arguments, before anything is written. Not for callers of the library;
 * its twin is optimized/attention_checks.h.
 */
#ifndef REFERENCE_ATTENTION_CHECKS_H
#define REFERENCE_ATTENTION_CHECKS_H

#include "reference/attention.h"

/** @addtogroup ch02 @{ */

/**
 * The checks of a mask alone: its shapes, then its values.
 *
 * @param[in] mask  which keys are seen, or NULL for all
 * @param[in] n_q   queries
 * @param[in] n_k   keys
 * @return          GSL_SUCCESS, or what was reported
 */
int ref_check_mask(const ref_mask *mask, size_t n_q, size_t n_k);

/**
 * The checks of both passes, and of the scores alone.
 *
 * @param[in] q           queries, (n_q x d_k)
 * @param[in] k           keys, (n_k x d_k)
 * @param[in] v           values, (n_k x d_v), or NULL for the scores alone
 * @param[in] similarity  between a query and a key
 * @param[in] scale       of the similarity
 * @param[in] mask        which keys are seen, or NULL for all
 * @param[in] weights     weights or scores, (n_q x n_k)
 * @param[in] output      (n_q x d_v), or NULL for the scores alone
 * @return                GSL_SUCCESS, or what was reported
 */
int ref_check_attention(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                        ref_similarity similarity, double scale, const ref_mask *mask,
                        const gsl_matrix *weights, const gsl_matrix *output);

/**
 * The checks of shapes that come first in the backward pass.
 *
 * @param[in] q            queries, (n_q x d_k)
 * @param[in] k            keys, (n_k x d_k)
 * @param[in] v            values, (n_k x d_v)
 * @param[in] weights      (n_q x n_k)
 * @param[in] output       (n_q x d_v)
 * @param[in] grad_output  the shape of the output
 * @param[in] grad_q       the shape of the queries
 * @param[in] grad_k       the shape of the keys
 * @param[in] grad_v       the shape of the values
 * @param[in] grad_scores  the shape of the weights
 * @return                 GSL_SUCCESS, or what was reported
 */
int ref_check_attention_gradients(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                                  const gsl_matrix *weights, const gsl_matrix *output,
                                  const gsl_matrix *grad_output, const gsl_matrix *grad_q,
                                  const gsl_matrix *grad_k, const gsl_matrix *grad_v,
                                  const gsl_matrix *grad_scores);

/** @} */

#endif
