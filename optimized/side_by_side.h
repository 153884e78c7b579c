/**
 * @file side_by_side.h
 * The projections Q = X W_Q + b_Q, K = M W_K + b_K and V = M W_V + b_V, with as few products as
 * their places in memory allow. Neighbours become one: where W_K stands right of W_Q in one matrix,
 * b_K right of b_Q, K right of Q, and both are of the same floats X = M, one product makes both,
 * and V joins in the same way. In the backward pass their gradients must be neighbours, too. What
 * has no neighbour gets a product of its own. Heads do not matter here: those of one sequence stand
 * side by side, as one head that is n_heads d_k wide. Not for callers of the library.
 */
#ifndef OPTIMIZED_SIDE_BY_SIDE_H
#define OPTIMIZED_SIDE_BY_SIDE_H

#include "optimized/query_key_value.h"

/** @addtogroup optimized_core @{ */

/** Queries, keys and values, or their gradients: one head each, for every batch. */
typedef struct {
    fast_view q; /**< Q, (n_q x d_k) */
    fast_view k; /**< K, (n_k x d_k) */
    fast_view v; /**< V, (n_k x d_v) */
} fast_projected;

/**
 * The checks of the forward pass: shapes first, then sizes of 0.
 *
 * @param[in] x           X, (n_q x d_x) for every batch, one head
 * @param[in] memory      M, (n_k x d_memory) for every batch, one head
 * @param[in] parameters  W_Q, b_Q, W_K, b_K, W_V, b_V
 * @param[in] projected   Q, K and V
 * @return                GSL_SUCCESS, or what was reported
 */
int fast_projections_check(const fast_view *x, const fast_view *memory,
                           const fast_query_key_value *parameters, const fast_projected *projected);

/**
 * The checks of the backward pass: shapes of the gradients, then as in the forward pass, then that
 * no gradient overlaps itself.
 *
 * @param[in] x            X
 * @param[in] memory       M
 * @param[in] parameters   W_Q, b_Q, W_K, b_K, W_V, b_V
 * @param[in] projected    Q, K and V
 * @param[in] grad_x       the shape of x
 * @param[in] grad_memory  the shape of the memory
 * @param[in] gradients    the shapes of the parameters
 * @return                 GSL_SUCCESS, or what was reported
 */
int fast_projections_check_gradients(const fast_view *x, const fast_view *memory,
                                     const fast_query_key_value *parameters,
                                     const fast_projected *projected, const fast_view *grad_x,
                                     const fast_view *grad_memory,
                                     const fast_query_key_value *gradients);

/**
 * Q, K and V.
 *
 * @param[in]  x           X
 * @param[in]  memory      M
 * @param[in]  parameters  W_Q, b_Q, W_K, b_K, W_V, b_V
 * @param[out] projected   Q, K and V; the floats behind them are written
 * @param[in]  context     with a workspace of fast_projections_forward_size() bytes
 * @return                 GSL_SUCCESS, or what fast_projection_forward() reported
 */
int fast_projections_forward(const fast_view *x, const fast_view *memory,
                             const fast_query_key_value *parameters,
                             const fast_projected *projected, fast_context *context);

/**
 * Bytes of workspace that fast_projections_forward() needs, whoever is whose neighbour.
 *
 * @param[in] x           X
 * @param[in] memory      M
 * @param[in] parameters  their shapes are read
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_projections_forward_size(const fast_view *x, const fast_view *memory,
                                     const fast_query_key_value *parameters,
                                     const fast_context *context);

/**
 * Scratch for dQ, dK and dV, side by side as far as their rows are as many: taken and set to 0, or
 * only counted.
 *
 * @param[in]     x           X
 * @param[in]     memory      M
 * @param[in]     parameters  their shapes are read
 * @param[in,out] from        where the scratch is taken from, or NULL to count its bytes only
 * @param[out]    gradients   dQ, dK and dV
 * @param[in]     context     its number of threads is read
 * @return                    its bytes, or SIZE_MAX if they cannot be represented
 */
size_t fast_projections_take_gradients(const fast_view *x, const fast_view *memory,
                                       const fast_query_key_value *parameters, fast_workspace *from,
                                       fast_projected *gradients, const fast_context *context);

/**
 * Gradients of the projections, added to grad_x, grad_memory and all of gradients.
 *
 * @param[in]     x               X
 * @param[in]     memory          M
 * @param[in]     parameters      W_Q, b_Q, W_K, b_K, W_V, b_V
 * @param[in]     grad_projected  dQ, dK and dV
 * @param[in,out] grad_x          the gradient is added to it
 * @param[in,out] grad_memory     the gradient is added to it; may be grad_x
 * @param[in]     gradients       of the parameters; to the floats in it is added
 * @param[in]     context         with a workspace of fast_projections_backward_size() bytes
 * @return                        GSL_SUCCESS, or what fast_projection_backward() reported
 */
int fast_projections_backward(const fast_view *x, const fast_view *memory,
                              const fast_query_key_value *parameters,
                              const fast_projected *grad_projected, fast_view *grad_x,
                              fast_view *grad_memory, const fast_query_key_value *gradients,
                              fast_context *context);

/**
 * Bytes of workspace that fast_projections_backward() needs, whoever is whose neighbour.
 *
 * @param[in] x           X
 * @param[in] memory      M
 * @param[in] parameters  their shapes are read
 * @param[in] context     its kernels and number of threads are read
 * @return                the size, or SIZE_MAX if it cannot be represented
 */
size_t fast_projections_backward_size(const fast_view *x, const fast_view *memory,
                                      const fast_query_key_value *parameters,
                                      const fast_context *context);

/** @} */

#endif
