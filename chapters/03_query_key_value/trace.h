/**
 * @file trace.h
 * One token on its way through projections and attention, for trace.c and trace_backward.c.
 *
 * The numbers of the equations:
 *
 *     (3.1) Q = X W_Q   (3.2) K = X W_K   (3.3) V = X W_V
 *     (3.4) S = scale Q K^T   (3.5) P = softmax(S)   (3.6) Y = P V
 *     (3.7) dV = P^T dY   (3.8) dP = dY V^T   (3.9) D_i = dY_i . Y_i, dS = P o (dP - D)
 *     (3.10) dQ = scale dS K   (3.11) dK = scale dS^T Q
 *     (3.12) dW_Q = X^T dQ, dW_K = X^T dK, dW_V = X^T dV
 *     (3.13) dX = dQ W_Q^T + dK W_K^T + dV W_V^T
 */
#ifndef CHAPTERS_QUERY_KEY_VALUE_TRACE_H
#define CHAPTERS_QUERY_KEY_VALUE_TRACE_H

#include "chapters/03_query_key_value/example.h"

/** @addtogroup ch03 @{ */

/**
 * Print the gradients if the loss pulls at the output of one token by (1, -1).
 *
 * @param[in,out] to     where to
 * @param[in]     of     the forward pass
 * @param[in]     token  whose output is pulled at
 */
void print_backward(const report *to, const example *of, size_t token);

/** @} */

#endif
