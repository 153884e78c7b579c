/**
 * @file block.h
 * The transformer's block, float32. Its twin is reference/block.h.
 */
#ifndef OPTIMIZED_BLOCK_H
#define OPTIMIZED_BLOCK_H

#include "optimized/dropout.h"
#include "optimized/feed_forward.h"
#include "optimized/multi_head.h"
#include "optimized/parameters.h"
#include <stddef.h>

/** @addtogroup ch04 @{ */

/** Where the normalisations stand. */
typedef enum {
    FAST_PRE_NORM, /**< before each layer; the residual path is free: Xiong et al. 2020 */
    FAST_POST_NORM /**< behind each sum, as Vaswani et al. 2017 drew it */
} fast_norm_place;

/** The sizes of a block and the choices in it. */
typedef struct {
    size_t d_model;             /**< columns of what goes in and of what comes out */
    size_t n_heads;             /**< a divisor of d_model: d_k = d_v = d_model / n_heads */
    size_t n_hidden;            /**< width of the feed-forward layer */
    size_t clip;                /**< the relative bias tells distances up to it apart; 0 for none */
    fast_norm_place norm;       /**< where the normalisations stand */
    fast_activation activation; /**< of the feed-forward layer */
    float epsilon;              /**< of the normalisations, > 0; usually 1e-5 */
} fast_block_shape;

/** The parameters, or, in the same shapes, their gradients. The floats stay the caller's. */
typedef struct {
    fast_view gain_1;               /**< of the normalisation at the attention, (1 x d_model) */
    fast_view bias_1;               /**< (1 x d_model) */
    fast_multi_head attention;      /**< self-attention */
    fast_view gain_2;               /**< of the normalisation at the feed-forward layer */
    fast_view bias_2;               /**< (1 x d_model) */
    fast_feed_forward feed_forward; /**< what every token passes by itself */
} fast_block;

/** What the forward pass keeps for the backward pass, for every batch. */
typedef struct {
    fast_view mean_1, rate_1;        /**< of the first normalisation, (1 x n) each */
    fast_view norm_1;                /**< (n x d_model): pre-norm its output, which the attention
                                          reads; post-norm its input, X + attention(X) */
    fast_multi_head_cache attention; /**< of the attention; Q, K and V stand side by side */
    fast_view middle;                /**< Z, between the two layers, (n x d_model) */
    fast_view mean_2, rate_2;        /**< of the second normalisation, (1 x n) each */
    fast_view norm_2;                /**< (n x d_model): pre-norm its output, which the feed-forward
                                          layer reads; post-norm its input, Z + feed_forward(Z) */
    fast_view hidden;                /**< H of the feed-forward layer, (n x n_hidden) */
} fast_block_cache;

/** The place of a block's parameters in a list. */
typedef struct {
    fast_block value;    /**< the parameters */
    fast_block gradient; /**< their gradients */
} fast_block_parameters;

/**
 * Declare the parameters of a block, under the names of ref_block_declare().
 *
 * @param[in,out] list   not allocated yet
 * @param[in]     name   of the block, such as "block0"
 * @param[in]     shape  its sizes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a size is 0, n_heads does not divide d_model, or as for
 *                     fast_parameters_declare()
 * @retval GSL_ENOMEM  out of memory
 */
int fast_block_declare(fast_parameters *list, const char *name, const fast_block_shape *shape);

/**
 * Find the parameters of a block that fast_block_declare() declared.
 *
 * @param[in]  list   allocated; it must outlive what is found
 * @param[in]  name   of the block
 * @param[in]  shape  as it was declared
 * @param[out] found  where they are
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a parameter is missing or has another shape
 */
int fast_block_find(const fast_parameters *list, const char *name, const fast_block_shape *shape,
                    fast_block_parameters *found);

/**
 * Lay out what the forward pass keeps, in a workspace of the caller's that holds it until the
 * backward pass is done.
 *
 * @param[in]     n_batch  sequences
 * @param[in]     n        tokens of each, padding included
 * @param[in]     shape    of the block
 * @param[in,out] memory   where from, or NULL to count only
 * @param[out]    cache    the views; without data where memory is too small
 * @return                 its bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_block_cache_layout(size_t n_batch, size_t n, const fast_block_shape *shape,
                               fast_workspace *memory, fast_block_cache *cache);

/**
 * A block, for every sequence of a batch:
 *
 *     pre-norm:   Z = X + attention(norm_1(X)),      Y = Z + feed_forward(norm_2(Z));
 *     post-norm:  Z = norm_1(X + attention(X)),      Y = norm_2(Z + feed_forward(Z)).
 *
 * With dropout, what each layer adds to the residual path goes through it first: the attention's
 * output with the seed, the feed-forward layer's with seed + 1.
 *
 * @param[in]  x           X, one row a token, (n x d_model) for every batch, one head
 * @param[in]  parameters  of both layers and both normalisations
 * @param[in]  shape       norm, activation and epsilon are read
 * @param[in]  mask        which keys are seen, or NULL for all; without a relative bias of its own
 * @param[in]  dropout     while training, or NULL
 * @param[out] cache       what the backward pass reads
 * @param[out] output      Y, (n x d_model) for every batch; overlaps no input
 * @param[in]  context     with a workspace of fast_block_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, an unknown choice, or as for the layers
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.1; dropout section 5.4.
 * Pre-norm: Xiong et al. 2020, "On Layer Normalization in the Transformer Architecture".
 *
 * Equations (4.7) and (4.8) of the course.
 */
int fast_block_forward(const fast_view *x, const fast_block *parameters,
                       const fast_block_shape *shape, const fast_mask *mask,
                       const fast_dropout *dropout, const fast_block_cache *cache,
                       fast_view *output, fast_context *context);

/**
 * Bytes of workspace that fast_block_forward() needs.
 *
 * @param[in] x           as for the block
 * @param[in] parameters  as for the block
 * @param[in] shape       as for the block
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_block_forward_size(const fast_view *x, const fast_block *parameters,
                               const fast_block_shape *shape, const fast_context *context);

/**
 * Gradients of a block, added to grad_x and all of gradients: the lines of the forward pass in
 * reverse. A residual connection hands its gradient on to both of its ends.
 *
 * @param[in]     x            X, (n x d_model) for every batch
 * @param[in]     parameters   as in the forward pass
 * @param[in]     shape        as in the forward pass
 * @param[in]     mask         as in the forward pass
 * @param[in]     dropout      as in the forward pass
 * @param[in]     cache        as the forward pass left it
 * @param[in]     grad_output  dY, (n x d_model) for every batch
 * @param[in,out] grad_x       as x; the gradient is added to it
 * @param[in]     gradients    of the parameters; to the floats in it is added
 * @param[in]     context      with a workspace of fast_block_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass, or a gradient overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (4.14) and (4.15) of the course.
 */
int fast_block_backward(const fast_view *x, const fast_block *parameters,
                        const fast_block_shape *shape, const fast_mask *mask,
                        const fast_dropout *dropout, const fast_block_cache *cache,
                        const fast_view *grad_output, fast_view *grad_x,
                        const fast_block *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_block_backward() needs.
 *
 * @param[in] x           as for the block
 * @param[in] parameters  as for the block
 * @param[in] shape       as for the block
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_block_backward_size(const fast_view *x, const fast_block *parameters,
                                const fast_block_shape *shape, const fast_context *context);

/** @} */

#endif
