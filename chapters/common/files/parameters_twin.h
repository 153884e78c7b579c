/**
 * @file parameters_twin.h
 * The same parameters on both sides. A model is declared and initialised once, on the reference
 * side; the optimized side gets a list of the same names and shapes, and copies.
 *
 *     fast_parameters *fast = parameters_twin(list);   values rounded to float
 *     parameters_widen(fast, list);                    now both sides hold the same numbers
 */
#ifndef CHAPTERS_COMMON_FILES_PARAMETERS_TWIN_H
#define CHAPTERS_COMMON_FILES_PARAMETERS_TWIN_H

#include "optimized/parameters.h"
#include "optimized/train.h"
#include "reference/parameters.h"
#include "reference/train.h"

/** @addtogroup common @{ */

/**
 * A list of the optimized side with the names, shapes, values and gradients of the reference.
 *
 * @param[in] list  an allocated list
 * @return          its twin, to be freed with fast_parameters_free(), or NULL after an error that
 *                  was reported to the GSL
 */
fast_parameters *parameters_twin(const ref_parameters *list);

/**
 * Copy values and gradients to the optimized side, each rounded to the nearest float.
 *
 * @param[in]     from  an allocated list
 * @param[in,out] to    an allocated list with the same names and shapes, in any order
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the lists differ in a name or a shape; nothing is copied
 */
int parameters_narrow(const ref_parameters *from, fast_parameters *to);

/**
 * Copy values and gradients to the reference side, exactly.
 *
 * @param[in]     from  an allocated list
 * @param[in,out] to    an allocated list with the same names and shapes, in any order
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the lists differ in a name or a shape; nothing is copied
 */
int parameters_widen(const fast_parameters *from, ref_parameters *to);

/**
 * The same options of a training for the optimized side, field by field.
 *
 * @param[in] options  of the reference
 * @return             their twin
 */
fast_training_options training_options_twin(const ref_training_options *options);

/** @} */

#endif
