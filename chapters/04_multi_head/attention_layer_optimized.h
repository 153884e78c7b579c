/**
 * @file attention_layer_optimized.h
 * The layer of attention_layer.h on the optimized side. Private to attention_layer.c.
 */
#ifndef CHAPTERS_MULTI_HEAD_ATTENTION_LAYER_OPTIMIZED_H
#define CHAPTERS_MULTI_HEAD_ATTENTION_LAYER_OPTIMIZED_H

#include "chapters/04_multi_head/attention_layer.h"
#include "optimized/context.h"
#include "optimized/multi_head.h"

/** @addtogroup ch04 @{ */

/** Sentences are rounded to float on their way in; what comes out is widened. */
typedef struct attention_layer_optimized attention_layer_optimized;

/**
 * @param[in] list   the floats, with the parameters of attention_layer_declare()
 * @param[in] shape  as it was declared
 * @return           to be freed by attention_layer_optimized_free(); a problem ends the program
 */
attention_layer_optimized *attention_layer_optimized_alloc(const fast_parameters *list,
                                                           const attention_layer_shape *shape);

/** @param[in,out] layer  freed; NULL is allowed */
void attention_layer_optimized_free(attention_layer_optimized *layer);

/**
 * As attention_layer_forward().
 *
 * @param[in,out] layer   keeps what the backward pass reads
 * @param[in]     x       (n x d_x), n <= max_n
 * @param[out]    output  (n x d_out)
 */
void attention_layer_optimized_forward(attention_layer_optimized *layer, const gsl_matrix *x,
                                       gsl_matrix *output);

/**
 * As attention_layer_backward().
 *
 * @param[in,out] layer        after the forward pass of the same sentence
 * @param[in]     grad_output  (n x d_out)
 */
void attention_layer_optimized_backward(attention_layer_optimized *layer,
                                        const gsl_matrix *grad_output);

/**
 * @param[in,out] layer  the layer
 * @return its kernels and its workspace, which also serve a step of the optimizer
 */
fast_context *attention_layer_optimized_context(attention_layer_optimized *layer);

/** @} */

#endif
