/**
 * @file stack_passes.h
 * The passes of a stack of blocks on either side: cards in, answers out. Private to stack*.c.
 */
#ifndef CHAPTERS_MULTI_HEAD_STACK_PASSES_H
#define CHAPTERS_MULTI_HEAD_STACK_PASSES_H

#include "chapters/04_multi_head/stack.h"
#include "optimized/context.h"
#include "reference/block.h"

/** @addtogroup ch04 @{ */

enum { STACK_D = 12 /**< columns of the blocks */ };

/** The block that is stacked. */
extern const ref_block_shape stack_shape;

/** A stack on the reference side. */
typedef struct stack_reference stack_reference;

/**
 * @param[in] list          "input.weight", "block0" and so on, "output.weight"; must live as long
 * @param[in] n_layers      blocks
 * @param[in] has_residual  as for stack_error()
 * @return                  to be freed by stack_reference_free(); a problem ends the program
 */
stack_reference *stack_reference_alloc(const ref_parameters *list, size_t n_layers,
                                       bool has_residual);

/** @param[in,out] of  freed; NULL is allowed */
void stack_reference_free(stack_reference *of);

/**
 * @param[in,out] of      keeps what the backward pass reads
 * @param[in]     x       cards, (N_CARDS x D_CARD)
 * @param[out]    output  (N_CARDS x D_ANSWER)
 */
void stack_reference_forward(stack_reference *of, const gsl_matrix *x, gsl_matrix *output);

/**
 * Gradients, added to those of the list.
 *
 * @param[in,out] of           after the forward pass of the same cards
 * @param[in]     x            as in the forward pass
 * @param[in]     grad_output  (N_CARDS x D_ANSWER)
 */
void stack_reference_backward(stack_reference *of, const gsl_matrix *x,
                              const gsl_matrix *grad_output);

/** The same stack on the optimized side: cards are rounded to float on their way in. */
typedef struct stack_optimized stack_optimized;

/**
 * @param[in] list          the floats, with the same names; must live as long
 * @param[in] n_layers      blocks
 * @param[in] has_residual  as for stack_error()
 * @return                  to be freed by stack_optimized_free(); a problem ends the program
 */
stack_optimized *stack_optimized_alloc(const fast_parameters *list, size_t n_layers,
                                       bool has_residual);

/** @param[in,out] of  freed; NULL is allowed */
void stack_optimized_free(stack_optimized *of);

/**
 * As stack_reference_forward().
 *
 * @param[in,out] of      keeps what the backward pass reads
 * @param[in]     x       cards, (N_CARDS x D_CARD)
 * @param[out]    output  (N_CARDS x D_ANSWER)
 */
void stack_optimized_forward(stack_optimized *of, const gsl_matrix *x, gsl_matrix *output);

/**
 * As stack_reference_backward().
 *
 * @param[in,out] of           after the forward pass of the same cards
 * @param[in]     grad_output  (N_CARDS x D_ANSWER)
 */
void stack_optimized_backward(stack_optimized *of, const gsl_matrix *grad_output);

/**
 * @param[in,out] of  the stack
 * @return its kernels and its workspace, which also serve a step of the optimizer
 */
fast_context *stack_optimized_context(stack_optimized *of);

/** @} */

#endif
