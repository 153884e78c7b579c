/**
 * @file tagger_check.h
 * One step through both sides of a tagger: do loss, logits and all gradients agree?
 *
 * The optimized side rounds to float, so they differ a little. How much they may is measured on the
 * reference: a product that is computed in floats is the exact product of slightly other factors,
 * each off by at most u w(n) of itself, u = 2^-24, w(n) = 4 sqrt(n) for sums of n terms (Higham and
 * Mary 2019). So the reference runs a few times more with every parameter moved by u w(n) of itself,
 * up or down at random, n being the longest sum in the model. The bound of a tensor is its largest
 * change, and u w(n) of its largest value, for the sums that make the tensor itself: where their
 * terms cancel, as in the gradient of a relative bias, other factors do not show that. This is an
 * estimate of the model's sensitivity, and not a proof: a bound that holds for the worst case of
 * every rounding would be too wide to notice a mistake.
 */
#ifndef CHAPTERS_COMMON_TAGGER_TAGGER_CHECK_H
#define CHAPTERS_COMMON_TAGGER_TAGGER_CHECK_H

#include "chapters/common/tagger/tagger.h"

/** @addtogroup common @{ */

/** How far the two sides are apart in one tensor; all are maxima over its entries. */
typedef struct {
    const char *name; /**< "loss", "logits", or of the parameter whose gradient it is */
    double size;      /**< largest value of the reference */
    double error;     /**< largest difference; INFINITY if one is not finite */
    double bound;     /**< what it may be */
} tagger_difference;

/** The differences of one step. */
typedef struct {
    size_t n;                       /**< 2 and the number of parameters */
    tagger_difference *differences; /**< (n) */
} tagger_comparison;

/**
 * Run one step on both sides, from the same parameters.
 *
 * @param[in]     shape       of the model
 * @param[in]     table       of vectors, floats all: tagger_table()
 * @param[in,out] parameters  of the reference; the values are rounded to float, the gradients are
 *                            those of the step afterwards
 * @param[in]     inputs      a batch
 * @param[in]     dropout     as in training, or NULL
 * @param[in]     smoothing   of the targets
 * @param[in]     kernels     of the optimized side
 * @param[in]     n_threads   of the optimized side
 * @param[in,out] rng         where the perturbations come from
 * @return                    what was found, to be freed with tagger_comparison_free()
 */
tagger_comparison *tagger_compare(const tagger_shape *shape, const gsl_matrix *table,
                                  ref_parameters *parameters, const tagger_batch *inputs,
                                  const tagger_dropout *dropout, double smoothing,
                                  const fast_kernels *kernels, int n_threads, gsl_rng *rng);

/** @param[in,out] comparison  freed; NULL is allowed */
void tagger_comparison_free(tagger_comparison *comparison);

/**
 * The largest error over bound.
 *
 * @param[in] comparison  what was found
 * @return                at most 1 if the sides agree
 */
double tagger_comparison_worst(const tagger_comparison *comparison);

/**
 * Print a line for every tensor: its size, error, bound, and the ratio of the two.
 *
 * @param[in] comparison  what was found
 */
void tagger_comparison_print(const tagger_comparison *comparison);

/** @} */

#endif
