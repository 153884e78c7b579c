/**
 * @file train.h
 * From gradients to better parameters, float32: one step of SGD, Adam or AdamW, with clipped
 * gradients and a learning rate that changes with the step. Its twin is reference/train.h.
 */
#ifndef OPTIMIZED_TRAIN_H
#define OPTIMIZED_TRAIN_H

#include "optimized/context.h"
#include "optimized/parameters.h"
#include <stddef.h>

/** @addtogroup ch03 @{ */

/** How a gradient g becomes a step; all work on every number by itself. */
typedef enum {
    FAST_SGD,   /**< u = momentum u + g,  p -= rate u:  Polyak 1964, Sutskever et al. 2013 */
    FAST_ADAM,  /**< Kingma and Ba 2015, algorithm 1 */
    FAST_ADAMW, /**< Adam with decoupled weight decay: Loshchilov and Hutter 2019, algorithm 2 */
} fast_optimizer;

/** How the learning rate goes on after the warm-up. */
typedef enum {
    FAST_RATE_CONSTANT,     /**< stays */
    FAST_RATE_INVERSE_SQRT, /**< falls with 1 / sqrt(step): Vaswani et al. 2017, section 5.3 */
    FAST_RATE_COSINE, /**< half a cosine down to the end: Loshchilov and Hutter 2017, eq. (5) */
    FAST_RATE_LINEAR, /**< a straight line down to the end */
} fast_schedule;

/** What a training is told once. Begin with fast_training_defaults(). The numbers are doubles: a
 *  float 1 - beta2^t would have few digits left in the first steps. */
typedef struct {
    fast_optimizer optimizer; /**< which of the three */
    double learning_rate;     /**< at its highest; finite, >= 0 */
    double momentum;          /**< of SGD, in [0, 1) */
    double beta1;             /**< of Adam: memory of the mean of g, in [0, 1) */
    double beta2;             /**< of Adam: memory of the mean of g^2, in [0, 1) */
    double epsilon;           /**< of Adam: > 0, also as a float, so that nothing is divided by 0 */
    double weight_decay;      /**< lambda >= 0, for parameters that are decayed. SGD and Adam add
                               lambda p to g; AdamW takes rate lambda p off p, apart from g */
    double max_norm; /**< gradients that are longer are shortened to it; INFINITY for never */
    fast_schedule schedule; /**< of the learning rate */
    size_t n_warmup; /**< steps in which the rate climbs from 0: Goyal et al. 2017, section 2.2 */
    size_t n_steps;  /**< where cosine and line end; more than n_warmup */
    double final_share; /**< of learning_rate, where they end, in [0, 1] */
} fast_training_options;

/** The state of a training. */
typedef struct {
    fast_training_options options; /**< as they were given */
    size_t step;                   /**< steps done so far */
    double learning_rate;          /**< of the last step */
    double gradient_norm;          /**< of the last step, before it was clipped */
    size_t n_floats;               /**< length of the two arrays: that of the parameters' values */
    float *first;                  /**< u of SGD, m of Adam; the order is that of the values */
    float *second;                 /**< v of Adam; NULL for SGD */
    fast_workspace *memory;        /**< private: holds both */
} fast_training;

/**
 * Usual options: learning rate 0.001 (SGD: 0.1), momentum 0.9, beta1 0.9, beta2 0.999,
 * epsilon 1e-8, weight decay 0.01 for AdamW and else 0, no clipping, a constant rate, no warm-up.
 *
 * @param[in] optimizer  which of the three
 * @return               the options
 */
fast_training_options fast_training_defaults(fast_optimizer optimizer);

/**
 * The learning rate of a step. It climbs in a straight line during the warm-up, is highest at step
 * n_warmup, and then follows the schedule.
 *
 * @param[in] options  of the training
 * @param[in] step     1, 2, ...
 * @return             the rate, in double precision
 *
 * Equation (3.25) of the course.
 */
double fast_learning_rate(const fast_training_options *options, size_t step);

/**
 * Begin a training: all moments 0, step 0.
 *
 * @param[in] parameters  an allocated list
 * @param[in] options     what to do; copied
 * @return                the training, to be freed with fast_training_free(), or NULL after
 *                        reporting GSL_EINVAL for an option out of its range, or GSL_ENOMEM
 */
fast_training *fast_training_alloc(const fast_parameters *parameters,
                                   const fast_training_options *options);

/**
 * End a training. The parameters stay.
 *
 * @param[in] training  what fast_training_alloc() returned, or NULL
 */
void fast_training_free(fast_training *training);

/**
 * The length of all gradients as one vector:  norm = sqrt(sum g^2).
 *
 * @param[in]  parameters  an allocated list
 * @param[out] norm        the length, in double precision
 * @param[in]  context     with a workspace of fast_gradient_norm_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EDOM    a gradient is not finite; the norm is not finite either
 * @retval GSL_ENOMEM  the workspace is too small
 */
int fast_gradient_norm(const fast_parameters *parameters, double *norm, fast_context *context);

/**
 * Bytes of workspace that fast_gradient_norm() and fast_training_step() need.
 *
 * @param[in] parameters  an allocated list
 * @return                the size
 */
size_t fast_gradient_norm_size(const fast_parameters *parameters);

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
 * @param[in]     context     with a workspace of fast_gradient_norm_size() bytes
 *
 * The result is the same, bit for bit, for any number of threads.
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the list has another length than the one that the training began with
 * @retval GSL_EDOM    a gradient is not finite, or their norm, once clipped, is above 2^63, where
 *                     squares of floats overflow; nothing has changed
 * @retval GSL_ENOMEM  the workspace is too small; nothing has changed
 *
 * Equations (3.21) to (3.24) of the course.
 */
int fast_training_step(fast_training *training, fast_parameters *parameters, fast_context *context);

/** @} */

#endif
