/**
 * @file recurrent_stack.h
 * Recurrent networks on top of each other, in one direction or in both: what encoders and decoders
 * are made of. Its twin is optimized/recurrent_stack.h.
 */
#ifndef REFERENCE_RECURRENT_STACK_H
#define REFERENCE_RECURRENT_STACK_H

#include "reference/dropout.h"
#include "reference/parameters.h"
#include "reference/recurrent_cell.h"
#include <gsl/gsl_matrix.h>
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** Room for layers, and for the directions of each: to the right and to the left. */
enum { REF_MAX_LAYERS = 8, REF_MAX_DIRECTIONS = 2 };

/** The sizes of a stack and the choices in it. */
typedef struct {
    ref_cell cell;         /**< which of the three */
    size_t n_in;           /**< columns of what goes in */
    size_t n_hidden;       /**< hidden units of each direction of each layer */
    size_t n_layers;       /**< 1 .. REF_MAX_LAYERS */
    bool is_bidirectional; /**< whether each layer reads in both directions; its outputs stand side
                                by side, (n x 2 n_hidden) */
} ref_recurrent_stack_shape;

/** The parameters, or, in the same shapes, their gradients: of each layer and direction. */
typedef struct {
    ref_recurrent_cell cells[REF_MAX_LAYERS][REF_MAX_DIRECTIONS];
} ref_recurrent_stack;

/** States between two tokens, or their gradients: of each layer and direction. */
typedef struct {
    ref_recurrent_state states[REF_MAX_LAYERS][REF_MAX_DIRECTIONS];
} ref_recurrent_stack_state;

/** What the forward pass keeps for the backward pass, or, in the same shapes, its gradients. */
typedef struct {
    ref_recurrent_cache cells[REF_MAX_LAYERS][REF_MAX_DIRECTIONS]; /**< of each walk */
    gsl_matrix *outputs[REF_MAX_LAYERS]; /**< of each layer, (n x n_directions n_hidden) */
    gsl_matrix *inputs[REF_MAX_LAYERS];  /**< of each layer but the first: the output of the one
                                              below, behind its dropout; [0] is NULL */
} ref_recurrent_stack_cache;

/** The place of a stack's parameters in a list. Its pointers point into itself: it is not copied. */
typedef struct {
    ref_recurrent_stack value;                                         /**< the parameters */
    ref_recurrent_stack gradient;                                      /**< their gradients */
    gsl_vector_view vectors[2][REF_MAX_LAYERS][REF_MAX_DIRECTIONS][2]; /**< private: b and b' */
} ref_recurrent_stack_parameters;

/**
 * Declare the parameters of a stack. Layer l = 0, 1, ... to the right has name.l.right.weight_x,
 * name.l.right.bias_x, name.l.right.weight_h and name.l.right.bias_h; a bidirectional one also
 * name.l.left.weight_x and so on. Weights decay; biases do not.
 *
 * @param[in,out] list   not allocated yet
 * @param[in]     name   of the stack, such as "encoder"
 * @param[in]     shape  its sizes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a size is 0, too many layers, an unknown cell, or as for
 *                     ref_parameters_declare()
 * @retval GSL_ENOMEM  out of memory
 */
int ref_recurrent_stack_declare(ref_parameters *list, const char *name,
                                const ref_recurrent_stack_shape *shape);

/**
 * Find the parameters of a stack that ref_recurrent_stack_declare() declared.
 *
 * @param[in]  list   allocated; it must outlive what is found
 * @param[in]  name   of the stack
 * @param[in]  shape  as it was declared
 * @param[out] found  where they are
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a parameter is missing or has another shape
 */
int ref_recurrent_stack_find(const ref_parameters *list, const char *name,
                             const ref_recurrent_stack_shape *shape,
                             ref_recurrent_stack_parameters *found);

/**
 * Memory for what the forward pass keeps of one sequence, or for its gradients.
 *
 * @param[in] n      tokens
 * @param[in] shape  of the stack
 * @return           the cache, to be freed with ref_recurrent_stack_cache_free(), or NULL after
 *                   reporting GSL_ENOMEM or GSL_EINVAL
 */
ref_recurrent_stack_cache *ref_recurrent_stack_cache_alloc(size_t n,
                                                           const ref_recurrent_stack_shape *shape);

/** @param[in] cache  what ref_recurrent_stack_cache_alloc() returned, or NULL */
void ref_recurrent_stack_cache_free(ref_recurrent_stack_cache *cache);

/** Some rows of a cache, as a cache of their own. Its pointers point into itself: it is not copied. */
typedef struct {
    ref_recurrent_stack_cache cache;                                   /**< the rows */
    gsl_matrix_view views[REF_MAX_LAYERS][2 * REF_MAX_DIRECTIONS + 2]; /**< private */
} ref_recurrent_stack_rows;

/**
 * The rows first .. first + n - 1 of a cache. A decoder that feeds its own output walks a sequence
 * token by token, each in its row.
 *
 * @param[in]  cache  of a whole sequence
 * @param[in]  shape  of the stack
 * @param[in]  first  the first row
 * @param[in]  n      how many, at least 1; all are rows of the cache
 * @param[out] rows   the rows, which stay the cache's
 */
void ref_recurrent_stack_cache_rows(const ref_recurrent_stack_cache *cache,
                                    const ref_recurrent_stack_shape *shape, size_t first, size_t n,
                                    ref_recurrent_stack_rows *rows);

/**
 * A stack over a sequence: layer l reads what layer l - 1 puts out. With dropout, what goes from
 * layer l - 1 to layer l goes through it first, with the seed + l; what comes out at the top does
 * not.
 *
 * @param[in]  x           one row a token, (n x n_in)
 * @param[in]  initial     the states before the first token, or NULL for zeros
 * @param[in]  parameters  of all layers
 * @param[in]  shape       cell, layers and directions are read
 * @param[in]  length      NULL, or how many leading tokens are real; the rest is padding
 * @param[in]  dropout     while training, or NULL
 * @param[out] cache       what the backward pass reads; its last output is the output of the stack
 * @param[out] final       the states behind the last token, or NULL; a state whose h is NULL is not
 *                         wanted; may be initial
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  a size is 0, too many layers, or as for ref_recurrent_forward()
 *
 * Equation (5.4) of the course.
 *
 * Source: Schuster and Paliwal 1997, "Bidirectional Recurrent Neural Networks"; stacked as in
 * Sutskever et al. 2014, "Sequence to Sequence Learning with Neural Networks".
 */
int ref_recurrent_stack_forward(const gsl_matrix *x, const ref_recurrent_stack_state *initial,
                                const ref_recurrent_stack *parameters,
                                const ref_recurrent_stack_shape *shape, const size_t *length,
                                const ref_dropout *dropout, const ref_recurrent_stack_cache *cache,
                                const ref_recurrent_stack_state *final);

/**
 * Gradients of a stack: the layers from the top down, each through time.
 *
 * @param[in]     x             (n x n_in)
 * @param[in]     initial       as in the forward pass
 * @param[in]     parameters    of all layers
 * @param[in]     shape         as in the forward pass
 * @param[in]     length        as in the forward pass
 * @param[in]     dropout       as in the forward pass
 * @param[in]     cache         as the forward pass left it
 * @param[in]     grad_output   gradient of the last output, (n x n_directions n_hidden)
 * @param[in]     grad_final    gradient of the final states, or NULL for none; a state whose h is
 *                              NULL has none
 * @param[in,out] grad_x        (n x n_in), or NULL where it is not wanted; the gradient is added
 * @param[in]     grad_initial  gradient of the initial states, or NULL where it is not wanted; the
 *                              gradient is added to the vectors in it. Where they are those of
 *                              grad_final, it takes their place: walks that follow each other hand
 *                              it on
 * @param[in]     gradients     of the parameters; to the matrices and vectors in it is added
 * @param[out]    grad_cache    scratch that the caller lends
 * @param[out]    grad_state    scratch that the caller lends: dh_t and dc_t of one walk
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equations (5.4) and (5.16) of the course.
 */
int ref_recurrent_stack_backward(
    const gsl_matrix *x, const ref_recurrent_stack_state *initial,
    const ref_recurrent_stack *parameters, const ref_recurrent_stack_shape *shape,
    const size_t *length, const ref_dropout *dropout, const ref_recurrent_stack_cache *cache,
    const gsl_matrix *grad_output, const ref_recurrent_stack_state *grad_final, gsl_matrix *grad_x,
    const ref_recurrent_stack_state *grad_initial, const ref_recurrent_stack *gradients,
    const ref_recurrent_stack_cache *grad_cache, const ref_recurrent_state *grad_state);

/** @} */

#endif
