/**
 * @file multi_head_checks.h
 * What multi-head attention asks of its arguments, before anything is written. A block asks it, too,
 * before its other layers begin. Not for callers of the library; its twin is
 * optimized/multi_head_checks.h.
 */
#ifndef REFERENCE_MULTI_HEAD_CHECKS_H
#define REFERENCE_MULTI_HEAD_CHECKS_H

#include "reference/multi_head.h"

/** @addtogroup ch04 @{ */

/**
 * The checks of both passes: shapes first, then values.
 *
 * @param[in] x           X, (n_q x d_x)
 * @param[in] memory      M, (n_k x d_memory)
 * @param[in] parameters  of the heads, W_O and b_O
 * @param[in] mask        which keys are seen by every head, or NULL for all
 * @param[in] cache       Q, K, V, P and the outputs of all heads
 * @param[in] output      (n_q x d_model)
 * @return                GSL_SUCCESS, or what was reported
 */
int ref_check_multi_head(const gsl_matrix *x, const gsl_matrix *memory,
                         const ref_multi_head *parameters, const ref_mask *mask,
                         const ref_multi_head_cache *cache, const gsl_matrix *output);

/**
 * The checks of the backward pass that follow these.
 *
 * @param[in] x            X
 * @param[in] memory       M
 * @param[in] parameters   of the heads, W_O and b_O
 * @param[in] grad_x       the shape of x
 * @param[in] grad_memory  the shape of the memory
 * @param[in] gradients    the shapes of the parameters; what is left out there is left out here
 * @param[in] grad_cache   the shapes of the cache
 * @return                 GSL_SUCCESS, or what was reported
 */
int ref_check_multi_head_gradients(const gsl_matrix *x, const gsl_matrix *memory,
                                   const ref_multi_head *parameters, const gsl_matrix *grad_x,
                                   const gsl_matrix *grad_memory, const ref_multi_head *gradients,
                                   const ref_multi_head_cache *grad_cache);

/** @} */

#endif
