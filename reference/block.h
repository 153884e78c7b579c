/**
 * @file block.h
 * The transformer's block: attention, then a feed-forward layer, each beside a residual connection
 * and a layer normalisation. Blocks stack. Its twin is optimized/block.h.
 */
#ifndef REFERENCE_BLOCK_H
#define REFERENCE_BLOCK_H

#include "reference/dropout.h"
#include "reference/feed_forward.h"
#include "reference/multi_head.h"
#include "reference/parameters.h"
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stddef.h>

/** @addtogroup ch04 @{ */

/** Where the normalisations stand. */
typedef enum {
    REF_PRE_NORM, /**< before each layer; the residual path is free: Xiong et al. 2020 */
    REF_POST_NORM /**< behind each sum, as Vaswani et al. 2017 drew it */
} ref_norm_place;

/** The sizes of a block and the choices in it. */
typedef struct {
    size_t d_model;            /**< columns of what goes in and of what comes out */
    size_t n_heads;            /**< a divisor of d_model: d_k = d_v = d_model / n_heads */
    size_t n_hidden;           /**< width of the feed-forward layer */
    size_t clip;               /**< the relative bias tells distances up to it apart; 0 for none */
    ref_norm_place norm;       /**< where the normalisations stand */
    ref_activation activation; /**< of the feed-forward layer */
    double epsilon;            /**< of the normalisations, > 0; usually 1e-5 */
} ref_block_shape;

/** The parameters, or, in the same shapes, their gradients. The matrices stay the caller's. */
typedef struct {
    gsl_vector *gain_1;            /**< of the normalisation at the attention, (d_model) */
    gsl_vector *bias_1;            /**< (d_model) */
    ref_multi_head attention;      /**< self-attention */
    gsl_vector *gain_2;            /**< of the normalisation at the feed-forward layer, (d_model) */
    gsl_vector *bias_2;            /**< (d_model) */
    ref_feed_forward feed_forward; /**< what every token passes by itself */
} ref_block;

/** What the forward pass keeps for the backward pass, or, in the same shapes, its gradients. */
typedef struct {
    gsl_vector *mean_1, *rate_1;    /**< of the first normalisation, (n) each */
    gsl_matrix *norm_1;             /**< (n x d_model): pre-norm its output, which the attention
                                         reads; post-norm its input, X + attention(X) */
    ref_multi_head_cache attention; /**< of the attention */
    gsl_matrix *middle;             /**< Z, between the two layers, (n x d_model) */
    gsl_vector *mean_2, *rate_2;    /**< of the second normalisation, (n) each */
    gsl_matrix *norm_2;             /**< (n x d_model): pre-norm its output, which the feed-forward
                                         layer reads; post-norm its input, Z + feed_forward(Z) */
    gsl_matrix *hidden;             /**< H of the feed-forward layer, (n x n_hidden) */
    gsl_matrix *activated;          /**< scratch of the feed-forward layer, (n x n_hidden) */
} ref_block_cache;

/** The place of a block's parameters in a list. Its pointers point into itself: it is not copied. */
typedef struct {
    ref_block value;                /**< the parameters */
    ref_block gradient;             /**< their gradients */
    gsl_matrix_view matrices[2][3]; /**< private: the columns of W_Q, W_K and W_V */
    gsl_vector_view vectors[2][10]; /**< private: biases and gains */
} ref_block_parameters;

/**
 * Declare the parameters of a block: name.norm_1.gain, name.norm_1.bias, name.attention.qkv.weight
 * (d_model x 3 d_model: W_Q, W_K and W_V side by side), name.attention.qkv.bias,
 * name.attention.output.weight and .bias, name.attention.relative_bias (if clip > 0),
 * name.norm_2.gain and .bias, name.feed_forward.1.weight, .1.bias, .2.weight and .2.bias. Weights
 * decay; the rest does not. Though W_Q, W_K and W_V stand in one matrix, each starts as a Glorot
 * matrix of its own (REF_GLOROT_SQUARES): that of all three would be smaller by sqrt(2).
 *
 * @param[in,out] list   not allocated yet
 * @param[in]     name   of the block, such as "block0"
 * @param[in]     shape  its sizes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a size is 0, n_heads does not divide d_model, or as for
 *                     ref_parameters_declare()
 * @retval GSL_ENOMEM  out of memory
 */
int ref_block_declare(ref_parameters *list, const char *name, const ref_block_shape *shape);

/**
 * Find the parameters of a block that ref_block_declare() declared.
 *
 * @param[in]  list   allocated; it must outlive what is found
 * @param[in]  name   of the block
 * @param[in]  shape  as it was declared
 * @param[out] found  where they are
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a parameter is missing or has another shape
 */
int ref_block_find(const ref_parameters *list, const char *name, const ref_block_shape *shape,
                   ref_block_parameters *found);

/**
 * Memory for what the forward pass keeps of one sequence, or for its gradients.
 *
 * @param[in] n      tokens
 * @param[in] shape  of the block
 * @return           the cache, to be freed with ref_block_cache_free(), or NULL after reporting
 *                   GSL_ENOMEM or GSL_EINVAL
 */
ref_block_cache *ref_block_cache_alloc(size_t n, const ref_block_shape *shape);

/** @param[in] cache  what ref_block_cache_alloc() returned, or NULL */
void ref_block_cache_free(ref_block_cache *cache);

/**
 * A block:
 *
 *     pre-norm:   Z = X + attention(norm_1(X)),      Y = Z + feed_forward(norm_2(Z));
 *     post-norm:  Z = norm_1(X + attention(X)),      Y = norm_2(Z + feed_forward(Z)).
 *
 * With dropout, what each layer adds to the residual path goes through it first: the attention's
 * output with the seed, the feed-forward layer's with seed + 1.
 *
 * @param[in]  x           X, one row a token, (n x d_model)
 * @param[in]  parameters  of both layers and both normalisations
 * @param[in]  shape       norm, activation and epsilon are read
 * @param[in]  mask        which keys are seen, or NULL for all; without a relative bias of its own
 * @param[in]  dropout     while training, or NULL
 * @param[out] cache       what the backward pass reads
 * @param[out] output      Y, (n x d_model); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, an unknown choice, or as for the layers
 *
 * Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.1; dropout section 5.4.
 * Pre-norm: Xiong et al. 2020, "On Layer Normalization in the Transformer Architecture".
 *
 * Equations (4.7) and (4.8) of the course.
 */
int ref_block_forward(const gsl_matrix *x, const ref_block *parameters,
                      const ref_block_shape *shape, const ref_mask *mask,
                      const ref_dropout *dropout, const ref_block_cache *cache, gsl_matrix *output);

/**
 * Gradients of a block, added to grad_x and all of gradients: the lines of the forward pass in
 * reverse. A residual connection hands its gradient on to both of its ends.
 *
 * @param[in]     x            X, (n x d_model)
 * @param[in]     parameters   as in the forward pass
 * @param[in]     shape        as in the forward pass
 * @param[in]     mask         as in the forward pass
 * @param[in]     dropout      as in the forward pass
 * @param[in]     cache        as the forward pass left it
 * @param[in]     grad_output  dY, (n x d_model)
 * @param[in,out] grad_x       (n x d_model); the gradient is added to it
 * @param[in]     gradients    of the parameters; to the matrices and vectors in it is added
 * @param[out]    grad_cache   scratch that the caller lends
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equations (4.14) and (4.15) of the course.
 */
int ref_block_backward(const gsl_matrix *x, const ref_block *parameters,
                       const ref_block_shape *shape, const ref_mask *mask,
                       const ref_dropout *dropout, const ref_block_cache *cache,
                       const gsl_matrix *grad_output, gsl_matrix *grad_x,
                       const ref_block *gradients, const ref_block_cache *grad_cache);

/** @} */

#endif
