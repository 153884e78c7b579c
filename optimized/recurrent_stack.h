/**
 * @file recurrent_stack.h
 * Recurrent networks on top of each other, in one direction or in both, float32: what encoders and
 * decoders are made of. Its twin is reference/recurrent_stack.h.
 */
#ifndef OPTIMIZED_RECURRENT_STACK_H
#define OPTIMIZED_RECURRENT_STACK_H

#include "optimized/dropout.h"
#include "optimized/parameters.h"
#include "optimized/recurrent_cell.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** Room for layers, and for the directions of each: to the right and to the left. */
enum { FAST_MAX_LAYERS = 8, FAST_MAX_DIRECTIONS = 2 };

/** The sizes of a stack and the choices in it. */
typedef struct {
    fast_cell cell;        /**< which of the three */
    size_t n_in;           /**< columns of what goes in */
    size_t n_hidden;       /**< hidden units of each direction of each layer */
    size_t n_layers;       /**< 1 .. FAST_MAX_LAYERS */
    bool is_bidirectional; /**< whether each layer reads in both directions; its outputs stand side
                                by side, (n x 2 n_hidden) */
} fast_recurrent_stack_shape;

/** The parameters, or, in the same shapes, their gradients: of each layer and direction. */
typedef struct {
    fast_recurrent_cell cells[FAST_MAX_LAYERS][FAST_MAX_DIRECTIONS];
} fast_recurrent_stack;

/** States between two tokens, or their gradients: of each layer and direction. */
typedef struct {
    fast_recurrent_state states[FAST_MAX_LAYERS][FAST_MAX_DIRECTIONS];
} fast_recurrent_stack_state;

/** What the forward pass keeps for the backward pass, for every batch. */
typedef struct {
    fast_recurrent_cache cells[FAST_MAX_LAYERS][FAST_MAX_DIRECTIONS]; /**< of each walk */
    fast_view outputs[FAST_MAX_LAYERS]; /**< of each layer, (n x n_directions n_hidden) */
    fast_view inputs[FAST_MAX_LAYERS];  /**< of each layer but the first: the output of the one
                                             below, behind its dropout; [0] has no data */
} fast_recurrent_stack_cache;

/** The place of a stack's parameters in a list. */
typedef struct {
    fast_recurrent_stack value;    /**< the parameters */
    fast_recurrent_stack gradient; /**< their gradients */
} fast_recurrent_stack_parameters;

/**
 * Declare the parameters of a stack, under the names of ref_recurrent_stack_declare().
 *
 * @param[in,out] list   not allocated yet
 * @param[in]     name   of the stack, such as "encoder"
 * @param[in]     shape  its sizes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a size is 0, too many layers, an unknown cell, or as for
 *                     fast_parameters_declare()
 * @retval GSL_ENOMEM  out of memory
 */
int fast_recurrent_stack_declare(fast_parameters *list, const char *name,
                                 const fast_recurrent_stack_shape *shape);

/**
 * Find the parameters of a stack that fast_recurrent_stack_declare() declared.
 *
 * @param[in]  list   allocated; it must outlive what is found
 * @param[in]  name   of the stack
 * @param[in]  shape  as it was declared
 * @param[out] found  where they are
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a parameter is missing or has another shape
 */
int fast_recurrent_stack_find(const fast_parameters *list, const char *name,
                              const fast_recurrent_stack_shape *shape,
                              fast_recurrent_stack_parameters *found);

/**
 * Lay out what the forward pass keeps, in a workspace of the caller's that holds it until the
 * backward pass is done.
 *
 * @param[in]     n_batch  sequences
 * @param[in]     n        tokens of each, padding included
 * @param[in]     shape    of the stack
 * @param[in,out] memory   where from, or NULL to count only
 * @param[out]    cache    the views; without data where memory is too small. Whoever wants the last
 *                         output elsewhere sets that view afterwards
 * @return                 its bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_recurrent_stack_cache_layout(size_t n_batch, size_t n,
                                         const fast_recurrent_stack_shape *shape,
                                         fast_workspace *memory, fast_recurrent_stack_cache *cache);

/**
 * The rows first .. first + n - 1 of a cache, of every batch. A decoder that feeds its own output
 * walks its sequences token by token, each in its row.
 *
 * @param[in]  cache  of whole sequences
 * @param[in]  shape  of the stack
 * @param[in]  first  the first row
 * @param[in]  n      how many, at least 1; all are rows of the cache
 * @param[out] rows   the rows, which stay the cache's
 */
void fast_recurrent_stack_cache_rows(const fast_recurrent_stack_cache *cache,
                                     const fast_recurrent_stack_shape *shape, size_t first,
                                     size_t n, fast_recurrent_stack_cache *rows);

/**
 * A stack over every sequence of a batch: layer l reads what layer l - 1 puts out. With dropout,
 * what goes from layer l - 1 to layer l goes through it first, with the seed + l; what comes out at
 * the top does not.
 *
 * @param[in]  x           one row a token, (n x n_in) for every batch, one head
 * @param[in]  initial     the states before the first token, or NULL for zeros
 * @param[in]  parameters  of all layers
 * @param[in]  shape       cell, layers and directions are read
 * @param[in]  lengths     NULL, or for each sequence how many leading tokens are real
 * @param[in]  dropout     while training, or NULL
 * @param[out] cache       what the backward pass reads; its last output is the output of the stack
 * @param[out] final       the states behind the last token, or NULL; a state whose h has no data is
 *                         not wanted
 * @param[in]  context     with a workspace of fast_recurrent_stack_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, too many layers, or as for fast_recurrent_forward()
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Source: Schuster and Paliwal 1997, "Bidirectional Recurrent Neural Networks"; stacked as in
 * Sutskever et al. 2014, "Sequence to Sequence Learning with Neural Networks".
 *
 * Equation (5.4) of the course.
 */
int fast_recurrent_stack_forward(const fast_view *x, const fast_recurrent_stack_state *initial,
                                 const fast_recurrent_stack *parameters,
                                 const fast_recurrent_stack_shape *shape, const size_t *lengths,
                                 const fast_dropout *dropout,
                                 const fast_recurrent_stack_cache *cache,
                                 const fast_recurrent_stack_state *final, fast_context *context);

/**
 * Bytes of workspace that fast_recurrent_stack_forward() needs.
 *
 * @param[in] n_batch     sequences
 * @param[in] n           tokens of each, padding included
 * @param[in] parameters  of all layers
 * @param[in] shape       of the stack
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_recurrent_stack_forward_size(size_t n_batch, size_t n,
                                         const fast_recurrent_stack *parameters,
                                         const fast_recurrent_stack_shape *shape,
                                         const fast_context *context);

/**
 * Gradients of a stack: the layers from the top down, each through time.
 *
 * @param[in]     x             (n x n_in) for every batch
 * @param[in]     initial       as in the forward pass
 * @param[in]     parameters    of all layers
 * @param[in]     shape         as in the forward pass
 * @param[in]     lengths       as in the forward pass
 * @param[in]     dropout       as in the forward pass
 * @param[in]     cache         as the forward pass left it
 * @param[in]     grad_output   gradient of the last output, (n x n_directions n_hidden)
 * @param[in]     grad_final    gradient of the final states, or NULL for none; a state whose h has
 *                              no data has none
 * @param[in,out] grad_x        (n x n_in), or NULL where it is not wanted; the gradient is added
 * @param[in]     grad_initial  gradient of the initial states, or NULL where it is not wanted; the
 *                              gradient is added to the floats in it
 * @param[in]     gradients     of the parameters; to the floats in it is added
 * @param[in]     context       with a workspace of fast_recurrent_stack_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass, or a gradient overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (5.4) and (5.16) of the course.
 */
int fast_recurrent_stack_backward(const fast_view *x, const fast_recurrent_stack_state *initial,
                                  const fast_recurrent_stack *parameters,
                                  const fast_recurrent_stack_shape *shape, const size_t *lengths,
                                  const fast_dropout *dropout,
                                  const fast_recurrent_stack_cache *cache,
                                  const fast_view *grad_output,
                                  const fast_recurrent_stack_state *grad_final, fast_view *grad_x,
                                  const fast_recurrent_stack_state *grad_initial,
                                  const fast_recurrent_stack *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_recurrent_stack_backward() needs.
 *
 * @param[in] n_batch     sequences
 * @param[in] n           tokens of each, padding included
 * @param[in] parameters  of all layers
 * @param[in] shape       of the stack
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_recurrent_stack_backward_size(size_t n_batch, size_t n,
                                          const fast_recurrent_stack *parameters,
                                          const fast_recurrent_stack_shape *shape,
                                          const fast_context *context);

/** @} */

#endif
