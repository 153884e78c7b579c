/**
 * @file recurrent_stack_steps.h
 * A stack that is walked token by token, because a part of what goes in at a token depends on what
 * came out at the one before: that part is fed. What depends on no step is done for all tokens at
 * once, before the walk or behind it, and all weights are packed once. For decoders only: one
 * direction, no padding.
 */
#ifndef OPTIMIZED_RECURRENT_STACK_STEPS_H
#define OPTIMIZED_RECURRENT_STACK_STEPS_H

#include "optimized/recurrent_stack.h"
#include "optimized/recurrent_steps.h"

/** @addtogroup optimized_core @{ */

/** What all steps forward read. Of the first layer's W, (n_known + n_fed rows), the lower rows meet
    what is fed. */
typedef struct {
    const fast_recurrent_stack *parameters;
    const fast_recurrent_stack_shape *shape;
    size_t n_known;                                /**< columns of the input that are not fed */
    fast_packed_matrix weights_x[FAST_MAX_LAYERS]; /**< W of each layer, of the first what is fed */
    fast_packed_cell cells[FAST_MAX_LAYERS];       /**< U and the biases of each layer */
} fast_stack_steps;

/** What all steps backward read and leave. */
typedef struct {
    const fast_recurrent_stack *parameters;
    const fast_recurrent_stack_shape *shape;
    size_t n_known;                                   /**< as forward */
    fast_packed_matrix weights_x[FAST_MAX_LAYERS];    /**< W^T likewise */
    fast_packed_cell_backward cells[FAST_MAX_LAYERS]; /**< U^T, and da of all tokens */
    fast_view buffers[2]; /**< gradients between layers, (1 x n_hidden) */
} fast_stack_steps_backward;

/**
 * Room for what all steps forward read: taken, or only counted.
 *
 * @param[in]     x        all tokens, (n x n_in) for every batch; its sizes are read
 * @param[in]     kernels  the innermost loops
 * @param[in,out] from     where from, or NULL to count only
 * @param[in,out] steps    its parameters, shape and n_known are set; the rest is still to be filled
 * @return                 the bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_stack_steps_take(const fast_view *x, const fast_kernels *kernels, fast_workspace *from,
                             fast_stack_steps *steps);

/**
 * Bytes of workspace that the functions for steps forward need.
 *
 * @param[in] x        as for fast_stack_steps_take()
 * @param[in] steps    taken or counted
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_stack_steps_size(const fast_view *x, const fast_stack_steps *steps,
                             const fast_context *context);

/**
 * Before the first step: all weights are packed, and what is not fed is multiplied, for all tokens.
 *
 * @param[in]     steps    taken
 * @param[in]     x        all tokens; its first n_known columns are read
 * @param[in,out] cache    of all tokens
 * @param[in]     context  with a workspace of fast_stack_steps_size() bytes
 * @return                 GSL_SUCCESS, or what fast_projection_forward() reported
 */
int fast_stack_steps_begin(const fast_stack_steps *steps, const fast_view *x,
                           const fast_recurrent_stack_cache *cache, fast_context *context);

/**
 * One step:  h_t = stack([x_t; fed_t], h_{t-1}).
 *
 * @param[in]     steps    begun
 * @param[in]     fed      what is fed, (1 x n_fed) for every batch
 * @param[in]     before   the states behind the token before
 * @param[in]     dropout  of this token, or NULL
 * @param[in,out] cache    the rows of this token
 * @param[in]     context  with a workspace of fast_stack_steps_size() bytes
 * @return                 GSL_SUCCESS, or what fast_dropout_forward() reported
 */
int fast_stack_step(const fast_stack_steps *steps, const fast_view *fed,
                    const fast_recurrent_stack_state *before, const fast_dropout *dropout,
                    const fast_recurrent_stack_cache *cache, fast_context *context);

/**
 * Room for what all steps backward read and leave: taken, or only counted.
 *
 * @param[in]     x        as for fast_stack_steps_take()
 * @param[in]     kernels  the innermost loops
 * @param[in,out] from     where from, or NULL to count only
 * @param[in,out] steps    its parameters, shape and n_known are set; the rest is still to be filled
 * @return                 the bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_stack_steps_backward_take(const fast_view *x, const fast_kernels *kernels,
                                      fast_workspace *from, fast_stack_steps_backward *steps);

/**
 * Bytes of workspace that the functions for steps backward need.
 *
 * @param[in] x        as for fast_stack_steps_take()
 * @param[in] steps    taken or counted
 * @param[in] context  its kernels and number of threads are read
 * @return             the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_stack_steps_backward_size(const fast_view *x, const fast_stack_steps_backward *steps,
                                      const fast_context *context);

/**
 * Before the first step backward: all weights are packed.
 *
 * @param[in] steps    taken
 * @param[in] context  its number of threads is read
 */
void fast_stack_steps_backward_begin(const fast_stack_steps_backward *steps,
                                     const fast_context *context);

/**
 * One step in reverse.
 *
 * @param[in]     steps        begun
 * @param[in]     t            which token
 * @param[in]     initial      the states behind the token before
 * @param[in]     dropout      as forward
 * @param[in]     cache        the rows of this token
 * @param[in]     grad_output  gradient of h_t of the top layer
 * @param[in]     behind       gradient of the states behind this token, or NULL for none
 * @param[out]    grad_fed     gradient of what was fed
 * @param[in]     before       gradient of the states before; to the floats in it is added
 * @param[in]     context      with a workspace of fast_stack_steps_backward_size() bytes
 * @return                     GSL_SUCCESS, or what fast_dropout_forward() reported
 */
int fast_stack_step_backward(const fast_stack_steps_backward *steps, size_t t,
                             const fast_recurrent_stack_state *initial, const fast_dropout *dropout,
                             const fast_recurrent_stack_cache *cache, const fast_view *grad_output,
                             const fast_recurrent_stack_state *behind, const fast_view *grad_fed,
                             const fast_recurrent_stack_state *before, fast_context *context);

/**
 * Behind the last step backward: gradients of the parameters, and of what was not fed.
 *
 * @param[in]     steps       all steps are done
 * @param[in]     x           all tokens, with what was fed
 * @param[in]     dropout     whether there was one, or NULL
 * @param[in]     cache       of all tokens
 * @param[in,out] grad_known  as the first n_known columns of x; the gradient is added to it
 * @param[in]     gradients   of the parameters; to the floats in it is added
 * @param[in]     context     with a workspace of fast_stack_steps_backward_size() bytes
 * @return                    GSL_SUCCESS, or what a product reported
 */
int fast_stack_steps_backward_end(const fast_stack_steps_backward *steps, const fast_view *x,
                                  const fast_dropout *dropout,
                                  const fast_recurrent_stack_cache *cache, fast_view *grad_known,
                                  const fast_recurrent_stack *gradients, fast_context *context);

/** @} */

#endif
