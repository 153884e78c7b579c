/**
 * @file train.h
 * From gradients to better parameters: one step of SGD, Adam or AdamW, with clipped gradients and a
 * learning rate that changes with the step. Its twin is optimized/train.h.
 *
 *     ref_training_options options = ref_training_defaults(REF_ADAM);
 *     ref_training *training = ref_training_alloc(list, &options);     INITIALIZE
 *     for (...) {
 *         ref_parameters_zero_gradients(list);
 *         ... forward, loss, backward ...
 *         ref_training_step(training, list);                           STEP
 *     }
 */
#ifndef REFERENCE_TRAIN_H
#define REFERENCE_TRAIN_H

#include "reference/parameters.h"
#include <stddef.h>

/** @addtogroup ch03 @{ */

/** How a gradient g becomes a step; all work on every number by itself. */
typedef enum {
    REF_SGD,   /**< u = momentum u + g,  p -= rate u:  Polyak 1964, Sutskever et al. 2013 */
    REF_ADAM,  /**< Kingma and Ba 2015, algorithm 1 */
    REF_ADAMW, /**< Adam with decoupled weight decay: Loshchilov and Hutter 2019, algorithm 2 */
} ref_optimizer;

/** How the learning rate goes on after the warm-up. */
typedef enum {
    REF_RATE_CONSTANT,     /**< stays */
    REF_RATE_INVERSE_SQRT, /**< falls with 1 / sqrt(step): Vaswani et al. 2017, section 5.3 */
    REF_RATE_COSINE, /**< half a cosine down to the end: Loshchilov and Hutter 2017, eq. (5) */
    REF_RATE_LINEAR, /**< a straight line down to the end */
} ref_schedule;

/** What a training is told once. Begin with ref_training_defaults(). */
typedef struct {
    ref_optimizer optimizer; /**< which of the three */
    double learning_rate;    /**< at its highest; finite, >= 0 */
    double momentum;         /**< of SGD, in [0, 1) */
    double beta1;            /**< of Adam: memory of the mean of g, in [0, 1) */
    double beta2;            /**< of Adam: memory of the mean of g^2, in [0, 1) */
    double epsilon;          /**< of Adam: > 0, so that nothing is divided by 0 */
    double weight_decay;     /**< lambda >= 0, for parameters that are decayed. SGD and Adam add
                               lambda p to g; AdamW takes rate lambda p off p, apart from g */
    double max_norm;       /**< gradients that are longer are shortened to it; INFINITY for never */
    ref_schedule schedule; /**< of the learning rate */
    size_t n_warmup; /**< steps in which the rate climbs from 0: Goyal et al. 2017, section 2.2 */
    size_t n_steps;  /**< where cosine and line end; more than n_warmup */
    double final_share; /**< of learning_rate, where they end, in [0, 1] */
} ref_training_options;

/** The state of a training. */
typedef struct {
    ref_training_options options; /**< as they were given */
    size_t step;                  /**< steps done so far */
    double learning_rate;         /**< of the last step */
    double gradient_norm;         /**< of the last step, before it was clipped */
    size_t n_numbers;             /**< length of the two arrays: that of the parameters' values */
    double *first;                /**< u of SGD, m of Adam; the order is that of the values */
    double *second;               /**< v of Adam; NULL for SGD */
} ref_training;

/**
 * Usual options: learning rate 0.001 (SGD: 0.1), momentum 0.9, beta1 0.9, beta2 0.999,
 * epsilon 1e-8, weight decay 0.01 for AdamW and else 0, no clipping, a constant rate, no warm-up.
 *
 * @param[in] optimizer  which of the three
 * @return               the options
 */
ref_training_options ref_training_defaults(ref_optimizer optimizer);

/**
 * The learning rate of a step. It climbs in a straight line during the warm-up, is highest at step
 * n_warmup, and then follows the schedule.
 *
 * @param[in] options  of the training
 * @param[in] step     1, 2, ...
 * @return             the rate
 *
 * Equation (3.25) of the course.
 */
double ref_learning_rate(const ref_training_options *options, size_t step);

/**
 * Begin a training: all moments 0, step 0.
 *
 * @param[in] parameters  an allocated list
 * @param[in] options     what to do; copied
 * @return                the training, to be freed with ref_training_free(), or NULL after
 *                        reporting GSL_EINVAL for an option out of its range, or GSL_ENOMEM
 */
ref_training *ref_training_alloc(const ref_parameters *parameters,
                                 const ref_training_options *options);

/**
 * End a training. The parameters stay.
 *
 * @param[in] training  what ref_training_alloc() returned, or NULL
 */
void ref_training_free(ref_training *training);

/**
 * The length of all gradients as one vector:  norm = sqrt(sum g^2).
 *
 * @param[in]  parameters  an allocated list
 * @param[out] norm        the length
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EDOM    a gradient is not finite; the norm is not finite either
 */
int ref_gradient_norm(const ref_parameters *parameters, double *norm);

/**
 * One step. The gradients g are shortened to max_norm if their norm is larger (Pascanu et al. 2013,
 * algorithm 1); then, with the rate of this step t = 1, 2, ...:
 *
 *     SGD:   g += lambda p,  u = momentum u + g,  p -= rate u
 *     Adam:  g += lambda p,  m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
 *            p -= rate m' / (sqrt(v') + epsilon),  m' = m / (1 - beta1^t),  v' = v / (1 - beta2^t)
 *     AdamW: as Adam without lambda p in g, and  p -= rate lambda p  beside it
 *
 * @param[in,out] training    its moments and its step change
 * @param[in,out] parameters  the list that the training began with: its values change, its
 *                            gradients are read only
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the list has another length than the one that the training began with
 * @retval GSL_EDOM    a gradient is not finite; nothing has changed
 *
 * Equations (3.21) to (3.24) of the course.
 */
int ref_training_step(ref_training *training, ref_parameters *parameters);

/** @} */

#endif
