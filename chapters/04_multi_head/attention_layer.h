/**
 * @file attention_layer.h
 * One multi-head attention with all that it needs to be trained on either side, for sentences of any
 * length: the small experiments of chapter 4, without blocks around it.
 *
 *     ref_parameters *list = ref_parameters_alloc();
 *     attention_layer_declare(list, &shape);
 *     ref_parameters_allocate(list);
 *     trainee of = trainee_new(list, side, &options);
 *     attention_layer *layer = attention_layer_alloc(&of, &shape);
 */
#ifndef CHAPTERS_MULTI_HEAD_ATTENTION_LAYER_H
#define CHAPTERS_MULTI_HEAD_ATTENTION_LAYER_H

#include "chapters/04_multi_head/trainee.h"
#include "reference/multi_head.h"
#include "reference/parameters.h"
#include <stddef.h>

/** @addtogroup ch04 @{ */

/** Its sizes. */
typedef struct {
    size_t d_x;     /**< columns of what it reads */
    size_t n_heads; /**< how many heads share d_heads */
    size_t d_heads; /**< columns of Q, of K and of V, of all heads together */
    size_t d_out;   /**< columns of what comes out */
    size_t clip;    /**< the relative bias tells distances up to it apart, >= 1 */
    size_t max_n;   /**< tokens of the longest sentence */
} attention_layer_shape;

/** The layer. */
typedef struct attention_layer attention_layer;

/**
 * Declare query.weight, key.weight, value.weight, output.weight, output.bias and relative_bias.
 *
 * @param[in,out] list   not allocated yet
 * @param[in]     shape  sizes
 */
void attention_layer_declare(ref_parameters *list, const attention_layer_shape *shape);

/**
 * @param[in] of     with the parameters above; must live as long
 * @param[in] shape  as it was declared
 * @return the layer, to be freed by attention_layer_free(); a problem ends the program
 */
attention_layer *attention_layer_alloc(trainee *of, const attention_layer_shape *shape);

/** @param[in,out] layer  freed; NULL is allowed */
void attention_layer_free(attention_layer *layer);

/**
 * Self-attention of a sentence.
 *
 * @param[in,out] layer   keeps what the backward pass reads
 * @param[in]     x       (n x d_x), n <= max_n
 * @param[out]    output  (n x d_out)
 */
void attention_layer_forward(attention_layer *layer, const gsl_matrix *x, gsl_matrix *output);

/**
 * Gradients of the parameters, added to those of the side that trains.
 *
 * @param[in,out] layer        after the forward pass of the same sentence
 * @param[in]     x            as in the forward pass
 * @param[in]     grad_output  (n x d_out)
 */
void attention_layer_backward(attention_layer *layer, const gsl_matrix *x,
                              const gsl_matrix *grad_output);

/**
 * The weights of a sentence, for pictures: the reference computes them from the parameters of now,
 * for the optimized side keeps none.
 *
 * @param[in,out] layer  the layer
 * @param[in]     x      (n x d_x)
 * @return (n_heads n x n), one head above the other, the layer's
 */
const gsl_matrix *attention_layer_weights(attention_layer *layer, const gsl_matrix *x);

/**
 * @param[in,out] layer  the layer
 * @return what trainee_step() needs of it; NULL if the reference trains
 */
fast_context *attention_layer_context(attention_layer *layer);

/** @} */

#endif
