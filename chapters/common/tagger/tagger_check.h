/**
 * @file tagger_check.h
 * One step through both sides of a tagger: do loss, logits and all gradients agree? comparison.h
 * says how that is judged.
 */
#ifndef CHAPTERS_COMMON_TAGGER_TAGGER_CHECK_H
#define CHAPTERS_COMMON_TAGGER_TAGGER_CHECK_H

#include "chapters/common/program/comparison.h"
#include "chapters/common/tagger/tagger.h"

/** @addtogroup common @{ */

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
 * @return                    what was found, to be freed with comparison_free()
 */
comparison *tagger_compare(const tagger_shape *shape, const gsl_matrix *table,
                           ref_parameters *parameters, const tagger_batch *inputs,
                           const tagger_dropout *dropout, double smoothing,
                           const fast_kernels *kernels, int n_threads, gsl_rng *rng);

/** @} */

#endif
