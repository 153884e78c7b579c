/**
 * @file trainee.h
 * Parameters, and their training by one of the two sides, for the small experiments of chapter 4:
 * the passes belong to attention_layer.h and stack.h.
 *
 *     ref_parameters *list = ...;                      declared, allocated, initialised
 *     trainee of = trainee_new(list, TAGGER_OPTIMIZED, &options);
 *     trainee_zero_gradients(&of);  ... a pass ...  trainee_step(&of, context);
 *     trainee_free(&of);
 */
#ifndef CHAPTERS_MULTI_HEAD_TRAINEE_H
#define CHAPTERS_MULTI_HEAD_TRAINEE_H

#include "optimized/context.h"
#include "optimized/train.h"
#include "reference/train.h"

/** @addtogroup ch04 @{ */

/** The parameters and the optimizer. */
typedef struct {
    ref_parameters *list;         /**< the doubles; they lag behind while the other side trains */
    fast_parameters *twin;        /**< the floats, or NULL if the reference trains */
    ref_training *training;       /**< of the reference, or NULL */
    fast_training *fast_training; /**< of the optimized side, or NULL */
} trainee;

/**
 * Begin a training. A problem ends the program.
 *
 * @param[in] list            allocated and initialised; it becomes the trainee's
 * @param[in] implementation  TAGGER_REFERENCE or TAGGER_OPTIMIZED
 * @param[in] options         of the training
 * @return                    to be freed by trainee_free()
 */
trainee trainee_new(ref_parameters *list, int implementation, const ref_training_options *options);

/** @param[in,out] of  freed, its list with it */
void trainee_free(trainee *of);

/** @param[in,out] of  all gradients of the side that trains become 0 */
void trainee_zero_gradients(trainee *of);

/**
 * One step of the optimizer.
 *
 * @param[in,out] of       its gradients are read, its values changed
 * @param[in]     context  of the optimized side, with a workspace of fast_gradient_norm_size()
 *                         bytes; not read if the reference trains
 */
void trainee_step(trainee *of, fast_context *context);

/** @param[in,out] of  the doubles become the floats of the side that trains, exactly */
void trainee_widen(trainee *of);

/** @param[in,out] of  the floats become the doubles, rounded; nothing if the reference trains */
void trainee_narrow(trainee *of);

/** @} */

#endif
