/**
 * @file bounded_dense.h
 * The rules of bounded.h for what is done to every row of a network: projection, layer
 * normalisation, activations, cross-entropy.
 */
#ifndef TESTS_SUPPORT_BOUNDED_DENSE_H
#define TESTS_SUPPORT_BOUNDED_DENSE_H

#include "reference/dropout.h"
#include "reference/feed_forward.h"
#include "tests/support/bounded.h"

/** X W + b; bias (1 x n_out) or NULL. */
bounded bounded_projection(bounded x, bounded weight, const gsl_matrix *bias);

/** Dropout, and its gradient: the factors are the same. */
bounded bounded_dropout(bounded x, const ref_dropout *dropout);

/** Column sums: (n x m) -> (1 x m). */
bounded bounded_column_sums(bounded a);

/** What layer normalisation makes of each row. */
typedef struct {
    bounded mean, rate; /**< (n x 1) */
    bounded normal;     /**< z = (x - mean) rate, (n x d) */
    bounded output;     /**< gain o z + bias */
} bounded_norm;

/** gain and bias (1 x d). */
bounded_norm bounded_layer_norm(bounded x, const gsl_matrix *gain, const gsl_matrix *bias,
                                double epsilon);

/** dX of layer normalisation; that of the gain is bounded_column_sums(dY o z). */
bounded bounded_layer_norm_backward(bounded_norm forward, const gsl_matrix *gain,
                                    bounded grad_output);

/** tanh(X), and dY o tanh'(X) where Y = tanh(X). */
bounded bounded_tanh(bounded x);
bounded bounded_tanh_backward(bounded y, bounded grad_y);

/** f(H), and f'(H). */
bounded bounded_activation(bounded hidden, ref_activation activation);
bounded bounded_activation_slope(bounded hidden, ref_activation activation);

/** How far off f(h) and f'(h) of the fast GELU may be if h itself is exact. */
double gelu_bound(double h);
double gelu_slope_bound(double h);

/** Cross-entropy of each row that counts, 0 of the others: (n x 1). */
bounded bounded_row_losses(const gsl_matrix *logits, const int *targets, double smoothing);

/** factor (P - Q), with the probabilities computed again from their log-sum-exp. */
bounded bounded_cross_entropy_backward(const gsl_matrix *logits, const int *targets,
                                       double smoothing, double factor);

#endif
