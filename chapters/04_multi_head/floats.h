/**
 * @file floats.h
 * Matrices of doubles on their way to the optimized side and back.
 */
#ifndef CHAPTERS_MULTI_HEAD_FLOATS_H
#define CHAPTERS_MULTI_HEAD_FLOATS_H

#include "optimized/view.h"
#include <gsl/gsl_matrix.h>

/** @addtogroup ch04 @{ */

/**
 * @param[in] from  (n x d)
 * @param[in] to    the same shape; each number is rounded to the nearest float
 */
void floats_narrow(const gsl_matrix *from, const fast_view *to);

/**
 * @param[in]  from  (n x d)
 * @param[out] to    the same shape and numbers
 */
void floats_widen(const fast_view *from, gsl_matrix *to);

/** @} */

#endif
