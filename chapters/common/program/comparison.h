/**
 * @file comparison.h
 * One step through both sides of a model: do loss, logits and all gradients agree?
 *
 * The optimized side rounds to float, so they differ a little. How much they may is measured on the
 * reference: a product that is computed in floats is the exact product of slightly other factors,
 * each off by at most u w(n) of itself, u = 2^-24, w(n) = 4 sqrt(n) for sums of n terms (Higham and
 * Mary 2019). So the reference runs a few times more with every parameter moved by u w(n) of itself,
 * up or down at random, n being the longest sum in the model. The bound of a tensor is its largest
 * change, and u w(n) of its largest value, for the sums that make the tensor itself. Where their
 * terms cancel, as gradients of scores do in every row of a softmax, other factors do not show that:
 * a model may say how large the terms are, and u w(n) of that is added. This is an
 * estimate of the model's sensitivity, and not a proof: a bound that holds for the worst case of
 * every rounding would be too wide to notice a mistake.
 *
 *     fast_parameters *narrow = comparison_narrow(list);
 *     comparison *found = comparison_begin(&step, rng);         bounds, from the reference
 *     ... the same step on the optimized side ...
 *     comparison_end(found, loss, &logits, narrow);             errors
 */
#ifndef CHAPTERS_COMMON_PROGRAM_COMPARISON_H
#define CHAPTERS_COMMON_PROGRAM_COMPARISON_H

#include "optimized/parameters.h"
#include "reference/parameters.h"
#include <gsl/gsl_rng.h>
#include <stdbool.h>

/** @addtogroup common @{ */

/** How far the two sides are apart in one tensor; all are maxima over its entries. */
typedef struct {
    const char *name; /**< "loss", "logits", or of the parameter whose gradient it is */
    double size;      /**< largest value of the reference */
    double error;     /**< largest difference; INFINITY if one is not finite */
    double bound;     /**< what it may be */
} comparison_difference;

/** A step of a reference, which is run again and again. */
typedef struct {
    ref_parameters *parameters;                  /**< that it reads; their gradients are added to */
    double (*run)(void *model);                  /**< forward and backward; returns the loss */
    const gsl_matrix *(*logits)(void *model);    /**< of the last run */
    bool (*is_counted)(void *model, size_t row); /**< whether a row of the logits is no padding */
    double (*terms)(void *model, const ref_parameter *parameter); /**< of the last run: how large
                                                     the cancelling terms of a gradient are; may be
                                                     NULL */
    void *model;                                                  /**< what the four get */
    size_t longest_sum; /**< terms: over columns forward, over rows in the
                                                     gradients of weights */
} comparison_step;

/** The differences of one step. */
typedef struct {
    size_t n;                           /**< 2 and the number of parameters */
    comparison_difference *differences; /**< (n) */
    comparison_step step;               /**< private */
    double loss;                        /**< private: what the reference found */
    gsl_matrix *logits;                 /**< private */
    bool *is_counted;                   /**< private: of each row of the logits */
    double *gradients;                  /**< private */
} comparison;

/**
 * The parameters of the optimized side, all gradients 0; those of the reference are rounded to float
 * too, so that both sides hold the same numbers.
 *
 * @param[in,out] parameters  of the reference
 * @return                    their twin, to be freed with fast_parameters_free()
 */
fast_parameters *comparison_narrow(ref_parameters *parameters);

/**
 * Run the step of the reference, and find the bounds.
 *
 * @param[in]     step  copied
 * @param[in,out] rng   where the perturbations come from
 * @return              without errors yet, to be freed with comparison_free(). The gradients of the
 *                      reference are those of the step
 */
comparison *comparison_begin(const comparison_step *step, gsl_rng *rng);

/**
 * Compare with what the optimized side found.
 *
 * @param[in,out] found   its errors are set
 * @param[in]     loss    of the same step
 * @param[in]     logits  batch by batch the rows of the reference's
 * @param[in]     narrow  of comparison_narrow(), behind the step
 */
void comparison_end(comparison *found, double loss, const fast_view *logits,
                    const fast_parameters *narrow);

/** @param[in,out] found  freed; NULL is allowed */
void comparison_free(comparison *found);

/**
 * The largest error over bound.
 *
 * @param[in] found  what was found
 * @return           at most 1 if the sides agree
 */
double comparison_worst(const comparison *found);

/**
 * Print a line for every tensor: its size, error, bound, and the ratio of the two.
 *
 * @param[in] found  what was found
 */
void comparison_print(const comparison *found);

/** @} */

#endif
