/**
 * @file sides_dense.h
 * The pairs that treat all rows alike, on one side: see sides.h. Parameters of the optimized twin
 * are vectors here, too.
 */
#ifndef TESTS_SUPPORT_SIDES_DENSE_H
#define TESTS_SUPPORT_SIDES_DENSE_H

#include "reference/feed_forward.h"
#include "tests/support/sides.h"
#include "tests/support/twin.h"

/** A new twin of one row with the values of a vector, rounded to float. */
twin twin_of_vector(const gsl_vector *v);

int side_projection(const side *s, const gsl_matrix *x, const gsl_matrix *weight,
                    const gsl_vector *bias, gsl_matrix *output);

/** grad_x and grad_bias may be NULL. */
int side_projection_backward(const side *s, const gsl_matrix *x, const gsl_matrix *weight,
                             const gsl_matrix *grad_output, gsl_matrix *grad_x,
                             gsl_matrix *grad_weight, gsl_vector *grad_bias);

int side_layer_norm(const side *s, const gsl_matrix *x, const gsl_vector *gain,
                    const gsl_vector *bias, double epsilon, gsl_matrix *output);

/** Forward, then backward. */
int side_layer_norm_backward(const side *s, const gsl_matrix *x, const gsl_vector *gain,
                             double epsilon, const gsl_matrix *grad_output, gsl_matrix *grad_x,
                             gsl_vector *grad_gain, gsl_vector *grad_bias);

int side_feed_forward(const side *s, const gsl_matrix *x, const ref_feed_forward *parameters,
                      ref_activation activation, gsl_matrix *output);

int side_squared_error(const side *s, const gsl_matrix *output, const gsl_matrix *target,
                       double *loss);

int side_cross_entropy(const side *s, const gsl_matrix *logits, const int *targets,
                       double smoothing, double *loss, size_t *n_counted);

/** Forward, then backward with grad_loss = 1. */
int side_cross_entropy_backward(const side *s, const gsl_matrix *logits, const int *targets,
                                double smoothing, gsl_matrix *grad_logits);

int side_embedding(const side *s, const gsl_matrix *table, const int *tokens, gsl_matrix *output);

int side_embedding_backward(const side *s, const int *tokens, const gsl_matrix *grad_output,
                            gsl_matrix *grad_table);

#endif
