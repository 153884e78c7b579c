/**
 * @file dropout.h
 * Numbers that are left out at random while training, so that nothing relies on one of them. Its
 * twin is optimized/dropout.h.
 */
#ifndef REFERENCE_DROPOUT_H
#define REFERENCE_DROPOUT_H

#include <gsl/gsl_matrix.h>
#include <stddef.h>
#include <stdint.h>

/** @addtogroup ch04 @{ */

/**
 * Which numbers are left out. They follow from the seed and from their place alone, by a hash and
 * not by a generator: the backward pass leaves the same ones out without a list, and both sides do
 * on any number of threads. A program takes another seed for every layer and every step.
 */
typedef struct {
    double rate;      /**< the share that is left out, in [0, 1) */
    uint64_t seed;    /**< which ones */
    size_t first_row; /**< the number of the first row of x among all rows of a batch */
} ref_dropout;

/**
 * Dropout:  output_ic = x_ic / (1 - rate) where it is kept, and 0 where it is left out, so that its
 * mean stays. The number at row i and column c is kept if
 *
 *     hash(seed, (first_row + i) n_cols + c) >= rate 2^32,
 *
 * hash being the upper 32 bits of the SplitMix64 generator's output function, applied to
 * seed + (index + 1) 0x9e3779b97f4a7c15. With rate 0 every number is copied exactly.
 *
 * @param[in]  x        (n x d)
 * @param[in]  dropout  which numbers are left out
 * @param[out] output   (n x d); may be x
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN output has another shape than x
 * @retval GSL_EINVAL  a size is 0, or the rate is not in [0, 1)
 *
 * Source: Srivastava et al. 2014, "Dropout"; scaled while training, as everybody does now. The hash:
 * mix64variant13 of Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators".
 *
 * Equation (4.9) of the course.
 */
int ref_dropout_forward(const gsl_matrix *x, const ref_dropout *dropout, gsl_matrix *output);

/**
 * Gradient of dropout:  dX_ic += dY_ic / (1 - rate) where x_ic was kept.
 *
 * @param[in]     dropout      as in the forward pass
 * @param[in]     grad_output  dY, (n x d)
 * @param[in,out] grad_x       (n x d); the gradient is added to it
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN grad_x has another shape than grad_output
 * @retval GSL_EINVAL  a size is 0, or the rate is not in [0, 1)
 *
 * Equation (4.9) of the course.
 */
int ref_dropout_backward(const ref_dropout *dropout, const gsl_matrix *grad_output,
                         gsl_matrix *grad_x);

/** @} */

#endif
