/**
 * @file gradient_problem.h
 * One small cross-attention with everything that has a gradient, for gradients.c and hiding.c.
 */
#ifndef CHAPTERS_QUERY_KEY_VALUE_GRADIENT_PROBLEM_H
#define CHAPTERS_QUERY_KEY_VALUE_GRADIENT_PROBLEM_H

#include "chapters/03_query_key_value/parts.h"

/** @addtogroup ch03 @{ */

/** What has a gradient, in this order. */
enum {
    IN_X,
    IN_MEMORY,
    IN_WEIGHT_Q,
    IN_BIAS_Q,
    IN_WEIGHT_K,
    IN_BIAS_K,
    IN_WEIGHT_V,
    IN_BIAS_V,
    N_INPUTS
};

/** All sizes are different, so that no transpose and no wrong size goes unseen. */
enum { P_N_Q = 4, P_N_K = 5, P_D_X = 3, P_D_MEMORY = 6, P_D_K = 2, P_D_V = 7 };

/** Names, "W_Q"; and shapes. */
typedef struct {
    const char *name;      /**< as in the equations */
    size_t n_rows, n_cols; /**< a bias is one row */
} input_shape;

/** (N_INPUTS) */
extern const input_shape input_shapes[N_INPUTS];

/** The loss is L = sum dY o Y, with dY fixed. */
typedef struct {
    gsl_matrix *inputs[N_INPUTS];
    gsl_matrix *gradients[N_INPUTS];
    gsl_vector_view biases[3], grad_biases[3]; /**< the rows of the biases as vectors */
    ref_query_key_value parameters, grad;      /**< made of them */
    ref_query_key_value_cache cache, grad_cache;
    gsl_matrix *output, *grad_output; /**< Y and dY */
    double scale;                     /**< 1 / sqrt(P_D_K) */
} gradient_problem;

/**
 * @param[in,out] generator  of all inputs and of dY, all normal
 * @return the problem, to be freed by gradient_problem_free()
 */
gradient_problem *gradient_problem_new(gsl_rng *generator);

/** @param[in,out] of  freed */
void gradient_problem_free(gradient_problem *of);

/**
 * @param[in,out] of  its cache and output are set
 * @return L by the reference
 */
double problem_loss(gradient_problem *of);

/**
 * @param[in,out] of  its output is set
 * @return L by the optimized forward pass, in float32
 */
double problem_loss_float(gradient_problem *of);

/** @param[in,out] of  its gradients are set by ref_query_key_value_backward() */
void problem_backward(gradient_problem *of);

/** A loss of the problem: one of the two above. */
typedef double problem_losses(gradient_problem *of);

/**
 * @param[in,out] of    its gradients are compared with central differences; inputs stay
 * @param[in]     loss  which loss is differentiated
 * @param[in]     which IN_X ...
 * @param[in]     h     the step
 * @return the largest error of any entry
 */
double largest_gradient_error(gradient_problem *of, problem_losses *loss, size_t which, double h);

/** @} */

#endif
