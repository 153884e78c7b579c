/**
 * @file dropout.h
 * Numbers that are left out at random while training, float32. Its twin is reference/dropout.h.
 */
#ifndef OPTIMIZED_DROPOUT_H
#define OPTIMIZED_DROPOUT_H

#include "optimized/context.h"
#include "optimized/view.h"
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
    size_t first_row; /**< the number of the first row of x among all rows of a batch; usually 0 */
} fast_dropout;

/**
 * Dropout:  output_ic = x_ic / (1 - rate) where it is kept, and 0 where it is left out, so that its
 * mean stays. The number in row i (counted batch by batch, head by head) and column c is kept if
 *
 *     hash(seed, (first_row + i) n_cols + c) >= rate 2^32,
 *
 * hash being the upper 32 bits of the SplitMix64 generator's output function, applied to
 * seed + (index + 1) 0x9e3779b97f4a7c15. The factor 1 / (1 - rate) is rounded to float; with rate 0
 * every number is copied exactly.
 *
 * @param[in]  x        (n x d) for every batch and head
 * @param[in]  dropout  which numbers are left out
 * @param[out] output   as x; may be x
 * @param[in]  context  its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN output has another shape than x
 * @retval GSL_EINVAL  a size is 0, the rate is not in [0, 1), or output overlaps itself
 *
 * Source: Srivastava et al. 2014, "Dropout"; scaled while training, as everybody does now. The hash:
 * mix64variant13 of Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators".
 *
 * Equation (4.9) of the course.
 */
int fast_dropout_forward(const fast_view *x, const fast_dropout *dropout, fast_view *output,
                         fast_context *context);

/**
 * Gradient of dropout:  dX_ic += dY_ic / (1 - rate) where x_ic was kept.
 *
 * @param[in]     dropout      as in the forward pass
 * @param[in]     grad_output  dY, (n x d) for every batch and head
 * @param[in,out] grad_x       as grad_output; the gradient is added to it
 * @param[in]     context      its workspace is not used
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN grad_x has another shape than grad_output
 * @retval GSL_EINVAL  a size is 0, the rate is not in [0, 1), or grad_x overlaps itself
 *
 * Equation (4.9) of the course.
 */
int fast_dropout_backward(const fast_dropout *dropout, const fast_view *grad_output,
                          fast_view *grad_x, fast_context *context);

/** @} */

#endif
