/**
 * @file models.h
 * Multi-head attention and blocks on one side: see sides.h. The parameters of a model are a list of
 * the reference, so that a test can walk them all; the optimized side gets a copy. Backward passes
 * add to the gradients of the list.
 */
#ifndef TESTS_SUPPORT_MODELS_H
#define TESTS_SUPPORT_MODELS_H

#include "optimized/block.h"
#include "reference/block.h"
#include "tests/support/sides.h"

/** Sizes of a multi-head attention. */
typedef struct {
    size_t d_x, d_memory, n_heads, d_k, d_v, d_model;
    size_t clip;         /**< 0 for no relative bias */
    bool without_biases; /**< no b_Q, b_K, b_V, b_O */
} heads_sizes;

/** A multi-head attention with the parameters "q", "k", "v", "o", their biases "b_q", ..., and
 *  "relative". */
typedef struct {
    heads_sizes sizes;
    ref_parameters *list;
    ref_multi_head value, gradient;
    gsl_vector_view biases[2][4];
} heads_model;

/** A new model, all parameters random: weights as large as keeps the outputs about 1. */
heads_model *heads_alloc(const heads_sizes *sizes);
void heads_free(heads_model *m);

/** A new cache for n_q queries and n_k keys; its matrices live as all matrices of a test do. */
ref_multi_head_cache heads_cache(const heads_sizes *sizes, size_t n_q, size_t n_k);

int side_multi_head(const side *s, const gsl_matrix *x, const gsl_matrix *memory,
                    const heads_model *m, const ref_mask *mask, gsl_matrix *output);

/** Forward, then backward; in self-attention grad_memory is grad_x. */
int side_multi_head_backward(const side *s, const gsl_matrix *x, const gsl_matrix *memory,
                             const heads_model *m, const ref_mask *mask,
                             const gsl_matrix *grad_output, gsl_matrix *grad_x,
                             gsl_matrix *grad_memory);

/** A block. */
typedef struct {
    ref_block_shape shape;
    ref_parameters *list;
    ref_block_parameters found;
} block_model;

/** A new block, all parameters random, gains about 1. */
block_model *block_alloc(const ref_block_shape *shape);
void block_free(block_model *m);

int side_block(const side *s, const gsl_matrix *x, const block_model *m, const ref_mask *mask,
               const ref_dropout *dropout, gsl_matrix *output);

/** Forward, then backward, whatever the forward pass says: the backward pass must see for itself. */
int side_block_backward(const side *s, const gsl_matrix *x, const block_model *m,
                        const ref_mask *mask, const ref_dropout *dropout,
                        const gsl_matrix *grad_output, gsl_matrix *grad_x);

/** The same choices for the optimized side. */
fast_block_shape narrow_shape(const ref_block_shape *shape);

/** Fill the values of a list with normal deviates that a float holds: weights with deviation
 *  1 / sqrt(n_in), gains about 1, the rest with 0.3. */
void randomize_values(ref_parameters *list);

/** Change the values of one parameter. */
void set_all_of(ref_parameters *list, const char *name, double value);

/** The value, or the gradient, of one parameter. */
gsl_matrix *value_of(const ref_parameters *list, const char *name);
gsl_matrix *gradient_of(const ref_parameters *list, const char *name);

#endif
