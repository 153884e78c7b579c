/**
 * @file bounded_local.h
 * The rules of bounded.h for windows that are aimed: positions, bell curves, and what pulls at a
 * position. An exponential is off by 4 u of its value, a sum or a quotient by u.
 */
#ifndef TESTS_SUPPORT_BOUNDED_LOCAL_H
#define TESTS_SUPPORT_BOUNDED_LOCAL_H

#include "tests/support/bounded.h"

/** p = n sigmoid(a), and dp / da = p (1 - p / n), which is 0 for n = 0: (n_q x 1). */
bounded bounded_positions(bounded a, double n);
bounded bounded_position_slopes(bounded positions, double n);

/** exp(-(j - p_i)^2 / (2 sigma^2)), and (j - p_i) / sigma^2: (n_q x 1) -> (n_q x n_k). */
bounded bounded_bells(bounded positions, double sigma, size_t n_k);
bounded bounded_pulls(bounded positions, double sigma, size_t n_k);

/** Scores of states j with |j - p_i| > window, or j >= n, become -INFINITY. */
void bounded_window(bounded scores, bounded positions, double window, size_t n);

/** Whether rounding may decide if a window begins or ends one state earlier. */
bool touches_a_border(bounded positions, double window, size_t n);

#endif
