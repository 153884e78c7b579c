/**
 * @file tagger.h
 * A model that gives each word of a sentence a tag, written twice. What chapters 3 and 4 train:
 *
 *     X   = dropout([vector of the word | one embedding for each channel of features])
 *     H_0 = X W_in + b_in                                          what a word is by itself
 *     H_1, ..., H_L                                                mixing: words look at each other
 *     logits = dropout(norm(H_L)) W_out + b_out                    norm: of pre-norm blocks only
 *     loss = cross-entropy of the tags; padding does not count
 *
 * The reference (tagger_reference.c) takes the sentences of a batch one after the other. The
 * optimized side (tagger_optimized.c) takes the padded batch at once. Both have the same functions
 * in the same order; a test holds their losses and gradients side by side.
 *
 *     tagger_reference_reserve(model, &batch);                  memory, before the step
 *     loss = tagger_reference_forward(model, &batch, &dropout, 0.0);
 *     tagger_reference_backward(model, &batch, &dropout, 0.0);  adds to the gradients
 *
 * Without memory, and if a part reports an error, the program ends with a sentence
 * (program_check()).
 */
#ifndef CHAPTERS_COMMON_TAGGER_TAGGER_H
#define CHAPTERS_COMMON_TAGGER_TAGGER_H

#include "optimized/block.h"
#include "reference/block.h"
#include <gsl/gsl_matrix.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @addtogroup common @{ */

enum {
    TAGGER_MAX_CHANNELS = 12, /**< channels of features */
    TAGGER_MAX_LAYERS = 12    /**< blocks on top of each other */
};

/** The epsilon of all normalisations. */
#define TAGGER_EPSILON 1e-5

/* ---- The model ---- */

/** How the words of a sentence look at each other; each kind is a step of the course. */
typedef enum {
    TAGGER_ALONE,     /**< not at all:  H_1 = H_0 */
    TAGGER_PROXIMITY, /**< chapter 1:  H_1 = H_0 + P H_0,  P_ij a Gaussian of i - j, each row
                                 divided by its sum */
    TAGGER_DOT,       /**< chapter 2:  H_1 = H_0 + attention(H_0, H_0, H_0), nothing learned */
    TAGGER_QUERY_KEY_VALUE, /**< chapter 3:  H_1 = H_0 + attention between learned projections, one
                                 head, with a learned relative bias */
    TAGGER_BLOCKS           /**< chapter 4:  H_l = block_l(H_(l-1)) */
} tagger_mixing;

/** The sizes of a model and the choices in it. */
typedef struct {
    size_t d_vector;                                /**< numbers of a word's vector */
    size_t n_channels;                              /**< 0 .. TAGGER_MAX_CHANNELS */
    const char *channel_names[TAGGER_MAX_CHANNELS]; /**< for the names of parameters; the strings
                                                         must stay */
    size_t n_ids[TAGGER_MAX_CHANNELS];              /**< values of each channel */
    size_t d_channel[TAGGER_MAX_CHANNELS];          /**< numbers of each channel's embedding */
    size_t n_classes;                               /**< tags */
    size_t d_model;                                 /**< columns of H_l */
    tagger_mixing mixing;                           /**< what makes H_l */
    double bandwidth;                               /**< of TAGGER_PROXIMITY, in words, > 0 */
    size_t clip;                                    /**< of learned relative biases; 0 for none */
    size_t n_layers, n_heads, n_hidden;             /**< of TAGGER_BLOCKS */
    ref_norm_place norm;                            /**< of TAGGER_BLOCKS */
} tagger_shape;

/** Some sentences as numbers, side by side. All arrays count row by row, sentence by sentence:
 *  token i of sentence s is row s n_padded + i. */
typedef struct {
    size_t n_sequences;    /**< sentences, >= 1 */
    size_t n_padded;       /**< tokens of the longest one, >= 1 */
    const size_t *lengths; /**< (n_sequences) tokens of each, 1 .. n_padded */
    const int *words; /**< (rows) rows of the table of vectors; 0 is of zeros, for words without
                                a vector and for padding */
    const int *features[TAGGER_MAX_CHANNELS]; /**< (rows) each, 0 .. n_ids - 1; 0 for padding */
    const int *targets; /**< (rows) right tags, or REF_IGNORED: padding, words without a tag */
} tagger_batch;

/** How much is left out while training, each a share in [0, 1), and which numbers. */
typedef struct {
    double input;  /**< of X */
    double block;  /**< of what each layer of a block adds */
    double output; /**< of what W_out reads */
    uint64_t seed; /**< another one for each step, TAGGER_SEEDS_PER_STEP apart */
} tagger_dropout;

enum { TAGGER_SEEDS_PER_STEP = 2 + 2 * TAGGER_MAX_LAYERS /**< seeds that one step uses */ };

/**
 * The width of what W_in reads:  d_vector + sum of d_channel.
 *
 * @param[in] shape  of the model
 * @return           columns of X
 */
size_t tagger_input_width(const tagger_shape *shape);

/**
 * The blocks of a model, as the reference wants their sizes.
 *
 * @param[in] shape  of the model
 * @return           sizes and choices of every block
 */
ref_block_shape tagger_block_shape(const tagger_shape *shape);

/**
 * How many H_l there are, H_0 among them.
 *
 * @param[in] shape  of the model
 * @return           2, or one more than there are blocks
 */
size_t tagger_n_states(const tagger_shape *shape);

/**
 * Whether a normalisation stands behind the last block.
 *
 * @param[in] shape  of the model
 * @return           whether it has blocks with pre-norm
 */
bool tagger_has_final_norm(const tagger_shape *shape);

/**
 * Declare all parameters: embedding.NAME for each channel, input.weight and .bias; for
 * TAGGER_QUERY_KEY_VALUE attention.qkv.weight (d_model x 3 d_model: W_Q, W_K and W_V side by side),
 * .bias and attention.relative_bias; for TAGGER_BLOCKS block0, block1, ... and, pre-norm,
 * norm.gain and .bias; output.weight and .bias.
 *
 * @param[in,out] list   not allocated yet; the optimized side gets its twin
 * @param[in]     shape  of the model
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a size is 0, out of its range, or as for ref_block_declare()
 * @retval GSL_ENOMEM  out of memory
 */
int tagger_declare(ref_parameters *list, const tagger_shape *shape);

/* ---- The reference ---- */

/** The model in double, one sentence at a time. */
typedef struct tagger_reference tagger_reference;

/**
 * Put a model together.
 *
 * @param[in] shape       copied
 * @param[in] table       vectors of words, (n_words + 1 x d_vector), row 0 of zeros; not changed,
 *                        must live as long
 * @param[in] parameters  that tagger_declare() declared, allocated; must live as long
 * @return                the model, to be freed with tagger_reference_free()
 */
tagger_reference *tagger_reference_alloc(const tagger_shape *shape, const gsl_matrix *table,
                                         ref_parameters *parameters);

/** @param[in] model  what tagger_reference_alloc() returned, or NULL */
void tagger_reference_free(tagger_reference *model);

/**
 * Make room for a batch, so that nothing is allocated in a step.
 *
 * @param[in,out] model  the model
 * @param[in]     batch  its sizes are read
 */
void tagger_reference_reserve(tagger_reference *model, const tagger_batch *batch);

/**
 * Logits and loss of a batch.
 *
 * @param[in,out] model      keeps what the backward pass reads
 * @param[in]     batch      for which there is room
 * @param[in]     dropout    while training; NULL otherwise
 * @param[in]     smoothing  of the targets, as in ref_cross_entropy_forward()
 * @return                   the loss, a mean of the tokens that have a target
 */
double tagger_reference_forward(tagger_reference *model, const tagger_batch *batch,
                                const tagger_dropout *dropout, double smoothing);

/**
 * The logits of the last forward pass.
 *
 * @param[in] model  the model
 * @return           (rows x n_classes), the model's; rows of padding hold zeros
 */
const gsl_matrix *tagger_reference_logits(const tagger_reference *model);

/**
 * The weights of the attention in the last forward pass, for pictures.
 *
 * @param[in] model     the model; not TAGGER_ALONE
 * @param[in] sequence  which sentence of the batch
 * @param[in] layer     which block; 0 for the other mixings
 * @return              (n_heads n x n), one head above the other, the model's
 */
const gsl_matrix *tagger_reference_weights(const tagger_reference *model, size_t sequence,
                                           size_t layer);

/**
 * Gradients of the loss, added to those of the parameters.
 *
 * @param[in,out] model      after the forward pass of the same batch
 * @param[in]     batch      as in the forward pass
 * @param[in]     dropout    as in the forward pass
 * @param[in]     smoothing  as in the forward pass
 */
void tagger_reference_backward(tagger_reference *model, const tagger_batch *batch,
                               const tagger_dropout *dropout, double smoothing);

/* ---- The optimized side ---- */

/** The model in float, all sentences of a batch at once. */
typedef struct tagger_optimized tagger_optimized;

/**
 * Put a model together.
 *
 * @param[in] shape       copied
 * @param[in] table       vectors of words, (n_words + 1 x d_vector), row 0 of zeros; rounded to
 *                        float and copied
 * @param[in] parameters  the twin of a list that tagger_declare() declared; must live as long
 * @param[in] kernels     which innermost loops to run
 * @param[in] n_threads   at least 1; the results are the same for any number
 * @return                the model, to be freed with tagger_optimized_free()
 */
tagger_optimized *tagger_optimized_alloc(const tagger_shape *shape, const gsl_matrix *table,
                                         fast_parameters *parameters, const fast_kernels *kernels,
                                         int n_threads);

/** @param[in] model  what tagger_optimized_alloc() returned, or NULL */
void tagger_optimized_free(tagger_optimized *model);

/**
 * Make room for a batch, so that nothing is allocated in a step: one block of memory, as large as
 * the largest batch wants it.
 *
 * @param[in,out] model  the model
 * @param[in]     batch  its sizes are read
 */
void tagger_optimized_reserve(tagger_optimized *model, const tagger_batch *batch);

/**
 * Logits and loss of a batch.
 *
 * @param[in,out] model      keeps what the backward pass reads
 * @param[in]     batch      for which there is room
 * @param[in]     dropout    while training; NULL otherwise
 * @param[in]     smoothing  of the targets, as in fast_cross_entropy_forward()
 * @return                   the loss, a mean of the tokens that have a target
 */
double tagger_optimized_forward(tagger_optimized *model, const tagger_batch *batch,
                                const tagger_dropout *dropout, double smoothing);

/**
 * The logits of the last forward pass.
 *
 * @param[in] model  the model
 * @return           (rows x n_classes) as one matrix, the model's; rows of padding hold anything
 */
const fast_view *tagger_optimized_logits(tagger_optimized *model);

/**
 * Gradients of the loss, added to those of the parameters.
 *
 * @param[in,out] model      after the forward pass of the same batch
 * @param[in]     batch      as in the forward pass
 * @param[in]     dropout    as in the forward pass
 * @param[in]     smoothing  as in the forward pass
 */
void tagger_optimized_backward(tagger_optimized *model, const tagger_batch *batch,
                               const tagger_dropout *dropout, double smoothing);

/**
 * The context of the model, for the step of a training: its memory also serves
 * fast_training_step().
 *
 * @param[in,out] model  the model
 * @return               kernels, threads and workspace
 */
fast_context *tagger_optimized_context(tagger_optimized *model);

/** @} */

#endif
