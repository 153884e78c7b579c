/**
 * @file recurrent_steps.h
 * The steps of recurrent networks, in both directions of time, with weights that are packed once for
 * any number of calls. Not for callers of the library.
 */
#ifndef OPTIMIZED_RECURRENT_STEPS_H
#define OPTIMIZED_RECURRENT_STEPS_H

#include "optimized/packed_matrix.h"
#include "optimized/recurrent_cell.h"
#include "optimized/recurrent_gradients.h"

/** @addtogroup optimized_core @{ */

/** Gates of a cell, at most. */
enum { FAST_MOST_GATES = 4 };

/** What all steps forward read of the parameters. */
typedef struct {
    fast_packed_matrix weights[FAST_MOST_GATES]; /**< U of each gate */
    float *bias;  /**< b + b', a row for each gate; of a GRU b_n alone, and b'_n as a fourth */
    float *zeros; /**< an initial state */
} fast_packed_cell;

/** What all steps backward read and leave. */
typedef struct {
    fast_packed_matrix weight; /**< U^T */
    fast_recurrent_rows rows;  /**< what the gradients of the parameters are made of */
    float *zeros;              /**< a state */
} fast_packed_cell_backward;

/**
 * Room for what all steps forward read: taken, or only counted.
 *
 * @param[in]     x           the tokens of all steps together; its sizes are read
 * @param[in]     parameters  U is read
 * @param[in]     walk        which cell
 * @param[in]     kernels     the innermost loops
 * @param[in,out] from        where from, or NULL to count only
 * @param[out]    packed      still to be filled
 * @return                    the bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_packed_cell_take(const fast_view *x, const fast_recurrent_cell *parameters,
                             const fast_recurrent_walk *walk, const fast_kernels *kernels,
                             fast_workspace *from, fast_packed_cell *packed);

/**
 * Pack U, and add b' to b.
 *
 * @param[in] packed      what is filled
 * @param[in] parameters  U, b and b'
 * @param[in] walk        which cell
 * @param[in] context     its number of threads is read
 */
void fast_packed_cell_fill(const fast_packed_cell *packed, const fast_recurrent_cell *parameters,
                           const fast_recurrent_walk *walk, const fast_context *context);

/**
 * Some steps: from a = W^T x_t, without b, and the state before to the gates and the state behind.
 *
 * @param[in]     packed   filled
 * @param[in]     initial  the states before the first token, or NULL for zeros
 * @param[in]     walk     which cell, in which direction, how far
 * @param[in,out] cache    its gates hold a
 * @param[out]    final    the states behind the last token, or NULL where they are not wanted
 * @param[out]    output   h_t, one row a token
 * @param[in]     context  with a workspace of fast_recurrent_steps_size() bytes
 */
void fast_recurrent_steps(const fast_packed_cell *packed, const fast_recurrent_state *initial,
                          const fast_recurrent_walk *walk, const fast_recurrent_cache *cache,
                          const fast_recurrent_state *final, const fast_view *output,
                          fast_context *context);

/**
 * Bytes of workspace that fast_recurrent_steps() needs.
 *
 * @param[in] x         the tokens of one call; its sizes are read
 * @param[in] n_hidden  units
 * @param[in] walk      which cell
 * @param[in] context   its kernels and number of threads are read
 * @return              the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_recurrent_steps_size(const fast_view *x, size_t n_hidden,
                                 const fast_recurrent_walk *walk, const fast_context *context);

/**
 * Room for what all steps backward read and leave: taken, or only counted.
 *
 * @param[in]     x           the tokens of all steps together; its sizes and strides are read
 * @param[in]     parameters  U is read
 * @param[in]     walk        which cell, and whether there are lengths
 * @param[in]     kernels     the innermost loops
 * @param[in,out] from        where from, or NULL to count only
 * @param[out]    packed      still to be filled
 * @return                    the bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_packed_cell_backward_take(const fast_view *x, const fast_recurrent_cell *parameters,
                                      const fast_recurrent_walk *walk, const fast_kernels *kernels,
                                      fast_workspace *from, fast_packed_cell_backward *packed);

/**
 * Pack U^T.
 *
 * @param[in] packed   what is filled
 * @param[in] context  its number of threads is read
 */
void fast_packed_cell_backward_fill(const fast_packed_cell_backward *packed,
                                    const fast_context *context);

/**
 * Some steps in reverse: they hand the gradient of the state on, and leave da, du and h_{t-1} in the
 * rows of packed.
 *
 * @param[in]     packed        filled; its rows are those of the tokens of this call
 * @param[in]     initial       as forward
 * @param[in]     walk          as forward
 * @param[in]     cache         as the steps forward left it
 * @param[in]     output        as the steps forward left it
 * @param[in]     grad_output   dY; rows past the length are not read
 * @param[in]     grad_final    gradient of the final states, or NULL for none
 * @param[in,out] grad_initial  gradient of the initial states, or NULL where it is not wanted; the
 *                              gradient is added to the floats in it
 * @param[in]     context       with a workspace of fast_recurrent_steps_backward_size() bytes
 */
void fast_recurrent_steps_backward(const fast_packed_cell_backward *packed,
                                   const fast_recurrent_state *initial,
                                   const fast_recurrent_walk *walk,
                                   const fast_recurrent_cache *cache, const fast_view *output,
                                   const fast_view *grad_output,
                                   const fast_recurrent_state *grad_final,
                                   const fast_recurrent_state *grad_initial, fast_context *context);

/**
 * Bytes of workspace that fast_recurrent_steps_backward() needs.
 *
 * @param[in] x         the tokens of one call; its sizes are read
 * @param[in] n_hidden  units
 * @param[in] walk      which cell
 * @param[in] context   its kernels and number of threads are read
 * @return              the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_recurrent_steps_backward_size(const fast_view *x, size_t n_hidden,
                                          const fast_recurrent_walk *walk,
                                          const fast_context *context);

/** @} */

#endif
