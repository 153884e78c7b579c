/**
 * @file recurrent_cell.h
 * Recurrent networks: a state that is carried from token to token. Its twin is
 * optimized/recurrent_cell.h.
 */
#ifndef REFERENCE_RECURRENT_CELL_H
#define REFERENCE_RECURRENT_CELL_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** How the state changes with a token. The gates stand side by side in the order given here. */
typedef enum {
    REF_ELMAN, /**< one gate: h = tanh(a). Elman 1990 */
    REF_GRU,   /**< r, z, n: the reset gate acts behind the product, as in the most used libraries;
                    Cho et al. 2014, eq. (5) to (8), has it before the product */
    REF_LSTM,  /**< i, f, g, o. Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al.
                    2000 */
} ref_cell;

/** The parameters, or, in the same shapes, their gradients. The matrices stay the caller's. n_gates
 *  is 1, 3 or 4. */
typedef struct {
    gsl_matrix *weight_x; /**< W, (n_in x n_gates n_hidden) */
    gsl_vector *bias_x;   /**< b, (n_gates n_hidden) */
    gsl_matrix *weight_h; /**< U, (n_hidden x n_gates n_hidden) */
    gsl_vector *bias_h;   /**< b', (n_gates n_hidden); beside b it matters to the GRU's n alone */
} ref_recurrent_cell;

/** A state between two tokens, or its gradient. */
typedef struct {
    gsl_vector *h; /**< (n_hidden) */
    gsl_vector *c; /**< (n_hidden), the memory of an LSTM; NULL for the others */
} ref_recurrent_state;

/** What the forward pass keeps for the backward pass, or, in the same shapes, its gradients. */
typedef struct {
    gsl_matrix *gates; /**< (n x n_gates n_hidden), behind their functions; as a gradient before */
    gsl_matrix *inner; /**< (n x n_hidden): c_t of an LSTM, U_n h_{t-1} + b'_n of a GRU; NULL for
                            Elman's */
} ref_recurrent_cache;

/** How a sequence is walked. */
typedef struct {
    ref_cell cell;        /**< which of the three */
    bool is_reversed;     /**< from the last token to the first */
    const size_t *length; /**< NULL, or how many leading tokens are real; the rest is padding */
} ref_recurrent_walk;

/**
 * A recurrent network over a sequence. With a = x_t W + b and u = h_{t-1} U + b', gate by gate,
 * and s(x) = 1 / (1 + e^-x):
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
 * @param[in]  x           one row a token, (n x n_in)
 * @param[in]  initial     the state before the first token, or NULL for zeros
 * @param[in]  parameters  W, b, U, b'
 * @param[in]  walk        which cell, in which direction, how far
 * @param[out] cache       the gates. The backward pass reads them.
 * @param[out] final       the state behind the last token, or NULL where it is not wanted
 * @param[out] output      h_t, one row a token, (n x n_hidden); overlaps no input
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together, or an LSTM's memory is missing
 * @retval GSL_EINVAL  a size is 0, an unknown cell, or a length beyond n
 *
 * Equations (5.1) to (5.3) of the course. Source: Elman 1990; Cho et al. 2014, with the reset gate
 * behind the product; Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000.
 */
int ref_recurrent_forward(const gsl_matrix *x, const ref_recurrent_state *initial,
                          const ref_recurrent_cell *parameters, const ref_recurrent_walk *walk,
                          const ref_recurrent_cache *cache, const ref_recurrent_state *final,
                          gsl_matrix *output);

/**
 * Gradients of a recurrent network, through time: the steps in reverse, each handing the gradient
 * of its state on to the one before.
 *
 *     dW += sum_t x_t^T da_t,   db += sum_t da_t,   dU += sum_t h_{t-1}^T du_t,
 *     dx_t += da_t W^T,         dh_{t-1} = du_t U^T + what passes by the product
 *
 * @param[in]     x             (n x n_in)
 * @param[in]     initial       as in the forward pass
 * @param[in]     parameters    W, b, U, b'
 * @param[in]     walk          as in the forward pass
 * @param[in]     cache         as the forward pass left it
 * @param[in]     output        h_t, (n x n_hidden), as the forward pass left it
 * @param[in]     grad_output   dY, (n x n_hidden); rows past the length are not read
 * @param[in]     grad_final    gradient of the final state, or NULL for none
 * @param[in,out] grad_x        (n x n_in), or NULL where it is not wanted; the gradient is added
 * @param[in,out] grad_initial  gradient of the initial state, or NULL where it is not wanted; the
 *                              gradient is added to it
 * @param[in]     gradients     of the parameters; to the matrices and vectors in it is added
 * @param[out]    grad_cache    scratch that the caller lends
 * @param[out]    grad_state    scratch that the caller lends: dh_t and dc_t
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EBADLEN the shapes do not fit together
 * @retval GSL_EINVAL  as in the forward pass
 *
 * Equations (5.16) to (5.18) of the course. Source: Werbos 1990, "Backpropagation Through Time".
 */
int ref_recurrent_backward(const gsl_matrix *x, const ref_recurrent_state *initial,
                           const ref_recurrent_cell *parameters, const ref_recurrent_walk *walk,
                           const ref_recurrent_cache *cache, const gsl_matrix *output,
                           const gsl_matrix *grad_output, const ref_recurrent_state *grad_final,
                           gsl_matrix *grad_x, const ref_recurrent_state *grad_initial,
                           const ref_recurrent_cell *gradients,
                           const ref_recurrent_cache *grad_cache,
                           const ref_recurrent_state *grad_state);

/** @} */

#endif
