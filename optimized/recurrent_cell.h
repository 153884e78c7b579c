/**
 * @file recurrent_cell.h
 * Recurrent networks, float32: all sequences of a batch take a step together. Its twin is
 * reference/recurrent_cell.h.
 */
#ifndef OPTIMIZED_RECURRENT_CELL_H
#define OPTIMIZED_RECURRENT_CELL_H

#include "optimized/context.h"
#include "optimized/view.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** How the state changes with a token. The gates stand side by side in the order given here. */
typedef enum {
    FAST_ELMAN, /**< one gate: h = tanh(a). Elman 1990 */
    FAST_GRU,   /**< r, z, n: the reset gate acts behind the product, as in the most used libraries;
                     Cho et al. 2014, eq. (5) to (8), has it before the product */
    FAST_LSTM,  /**< i, f, g, o. Hochreiter and Schmidhuber 1997, with the forget gate of Gers et
                     al. 2000 */
} fast_cell;

/** The parameters, or, in the same shapes, their gradients: one matrix or row each. The floats stay
 *  the caller's. n_gates is 1, 3 or 4. */
typedef struct {
    fast_view weight_x; /**< W, (n_in x n_gates n_hidden) */
    fast_view bias_x;   /**< b, one row (1 x n_gates n_hidden) */
    fast_view weight_h; /**< U, (n_hidden x n_gates n_hidden) */
    fast_view bias_h;   /**< b', one row (1 x n_gates n_hidden); beside b it matters to the GRU's n
                             alone */
} fast_recurrent_cell;

/** States between two tokens, or their gradients: one row (1 x n_hidden) for every batch. */
typedef struct {
    fast_view h; /**< (1 x n_hidden) */
    fast_view c; /**< (1 x n_hidden), the memory of an LSTM; without data for the others */
} fast_recurrent_state;

/** What the forward pass keeps for the backward pass, for every batch. */
typedef struct {
    fast_view gates; /**< (n x n_gates n_hidden), behind their functions */
    fast_view inner; /**< (n x n_hidden): c_t of an LSTM, U_n h_{t-1} + b'_n of a GRU; without data
                          for Elman's */
} fast_recurrent_cache;

/** How sequences are walked. */
typedef struct {
    fast_cell cell;        /**< which of the three */
    bool is_reversed;      /**< from the last token to the first */
    const size_t *lengths; /**< NULL, or for each sequence how many leading tokens are real */
} fast_recurrent_walk;

/**
 * A recurrent network over every sequence of a batch. With a = x_t W + b and
 * u = h_{t-1} U + b', gate by gate, and s(x) = 1 / (1 + e^-x):
 *
 *     Elman:  h_t = tanh(a + u)
 *     GRU:    r = s(a_r + u_r),  z = s(a_z + u_z),  n = tanh(a_n + r o u_n),
 *             h_t = (1 - z) o n + z o h_{t-1}
 *     LSTM:   i = s(a_i + u_i),  f = s(a_f + u_f),  g = tanh(a_g + u_g),  o = s(a_o + u_o),
 *             c_t = f o c_{t-1} + i o g,   h_t = o o tanh(c_t)
 *
 * A single step is a sequence of one token. Tokens past the length change nothing: their output is
 * 0, and the final state is that behind the last real token.
 *
 * The views need not be stored batch by batch: where a token's rows of all sequences are neighbours
 * (batch_stride = n_hidden, row_stride = n_batch n_hidden), a step reads and writes one dense
 * matrix.
 *
 * @param[in]  x           one row a token, (n x n_in) for every batch, one head
 * @param[in]  initial     the states before the first token, or NULL for zeros
 * @param[in]  parameters  W, b, U, b'
 * @param[in]  walk        which cell, in which direction, how far
 * @param[out] cache       the gates. The backward pass reads them.
 * @param[out] final       the states behind the last token, or NULL where they are not wanted
 * @param[out] output      h_t, one row a token, (n x n_hidden) for every batch; overlaps no input
 * @param[in]  context     with a workspace of fast_recurrent_forward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or an LSTM's memory is missing
 * @retval GSL_EINVAL  a size is 0, an unknown cell, a length beyond n, or an output that overlaps
 *                     itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (5.1) to (5.3) of the course. Source: Elman 1990; Cho et al. 2014, with the reset gate
 * behind the product; Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000.
 */
int fast_recurrent_forward(const fast_view *x, const fast_recurrent_state *initial,
                           const fast_recurrent_cell *parameters, const fast_recurrent_walk *walk,
                           const fast_recurrent_cache *cache, const fast_recurrent_state *final,
                           fast_view *output, fast_context *context);

/**
 * Bytes of workspace that fast_recurrent_forward() needs.
 *
 * @param[in] x           as for the network
 * @param[in] parameters  as for the network
 * @param[in] walk        as for the network
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_recurrent_forward_size(const fast_view *x, const fast_recurrent_cell *parameters,
                                   const fast_recurrent_walk *walk, const fast_context *context);

/**
 * Gradients of a recurrent network, through time: the steps in reverse, each handing the gradient
 * of its state on to the one before.
 *
 *     dW += sum_t x_t^T da_t,   db += sum_t da_t,   dU += sum_t h_{t-1}^T du_t,
 *     dx_t += da_t W^T,         dh_{t-1} = du_t U^T + what passes by the product
 *
 * @param[in]     x             (n x n_in) for every batch
 * @param[in]     initial       as in the forward pass
 * @param[in]     parameters    W, b, U, b'
 * @param[in]     walk          as in the forward pass
 * @param[in]     cache         as the forward pass left it
 * @param[in]     output        h_t, (n x n_hidden), as the forward pass left it
 * @param[in]     grad_output   dY, (n x n_hidden) for every batch; rows past the length are not
 *                              read
 * @param[in]     grad_final    gradient of the final states, or NULL for none
 * @param[in,out] grad_x        as x, or NULL where it is not wanted; the gradient is added to it
 * @param[in]     grad_initial  gradient of the initial states, or NULL where it is not wanted; the
 *                              gradient is added to the floats in it
 * @param[in]     gradients     of the parameters; to the floats in it is added
 * @param[in]     context       with a workspace of fast_recurrent_backward_size() bytes
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass, or a gradient overlaps itself
 * @retval GSL_ENOMEM  the workspace is too small
 *
 * Equations (5.16) to (5.18) of the course. Source: Werbos 1990, "Backpropagation Through Time".
 */
int fast_recurrent_backward(const fast_view *x, const fast_recurrent_state *initial,
                            const fast_recurrent_cell *parameters, const fast_recurrent_walk *walk,
                            const fast_recurrent_cache *cache, const fast_view *output,
                            const fast_view *grad_output, const fast_recurrent_state *grad_final,
                            fast_view *grad_x, const fast_recurrent_state *grad_initial,
                            const fast_recurrent_cell *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_recurrent_backward() needs.
 *
 * @param[in] x           as for the network
 * @param[in] parameters  as for the network
 * @param[in] walk        as for the network
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_recurrent_backward_size(const fast_view *x, const fast_recurrent_cell *parameters,
                                    const fast_recurrent_walk *walk, const fast_context *context);

/** @} */

#endif
