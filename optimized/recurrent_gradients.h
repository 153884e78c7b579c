/**
 * @file recurrent_gradients.h
 * What the steps of a recurrent network, taken in reverse, leave behind, and the gradients that are
 * made of it in whole-sequence products. Not for callers of the library.
 */
#ifndef OPTIMIZED_RECURRENT_GRADIENTS_H
#define OPTIMIZED_RECURRENT_GRADIENTS_H

#include "optimized/recurrent_cell.h"

/** @addtogroup optimized_core @{ */

/** One row a token, stored in the order in which x is; the rows of padding are 0. */
typedef struct {
    fast_view grad_a;   /**< da, (n x n_gates n_hidden) for every batch */
    fast_view grad_u_n; /**< du_n of a GRU, (n x n_hidden); all other du are da */
    fast_view states;   /**< h_{t-1}, (n x n_hidden) */
    fast_view clean_x;  /**< x with zeros for padding, if there are lengths */
    float *sums;        /**< of all rows of da */
} fast_recurrent_rows;

/**
 * Room for the rows: taken, or only counted.
 *
 * @param[in]     x           (n x n_in) for every batch
 * @param[in]     parameters  U is read
 * @param[in]     walk        which cell, and whether there are lengths
 * @param[in,out] from        where the room is taken from, or NULL to count its bytes only
 * @param[out]    rows        the rows, still to be written
 * @return                    the bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_recurrent_take_rows(const fast_view *x, const fast_recurrent_cell *parameters,
                                const fast_recurrent_walk *walk, fast_workspace *from,
                                fast_recurrent_rows *rows);

/**
 * The gradients of x and of all parameters, added.
 *
 * @param[in]     rows        as the steps left them; clean_x and sums are written here
 * @param[in]     x           (n x n_in) for every batch
 * @param[in]     parameters  W and U
 * @param[in]     walk        which cell, and the lengths
 * @param[in,out] grad_x      as x, or NULL where it is not wanted
 * @param[in]     gradients   of the parameters; to the floats in it is added
 * @param[in]     context     with a workspace of fast_recurrent_gradients_size() bytes
 * @return                    GSL_SUCCESS, or what fast_projection_backward() reported
 */
int fast_recurrent_add_gradients(const fast_recurrent_rows *rows, const fast_view *x,
                                 const fast_recurrent_cell *parameters,
                                 const fast_recurrent_walk *walk, fast_view *grad_x,
                                 const fast_recurrent_cell *gradients, fast_context *context);

/**
 * Bytes of workspace that fast_recurrent_add_gradients() needs.
 *
 * @param[in] x           (n x n_in) for every batch
 * @param[in] parameters  W and U
 * @param[in] walk        which cell
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_recurrent_gradients_size(const fast_view *x, const fast_recurrent_cell *parameters,
                                     const fast_recurrent_walk *walk, const fast_context *context);

/** @} */

#endif
