/**
 * @file kernels.h
 * The table of innermost loops. Every function of optimized/ reaches its arithmetic through such a
 * table; there is one for each instruction set, all compiled from the same sources.
 */
#ifndef OPTIMIZED_KERNELS_KERNELS_H
#define OPTIMIZED_KERNELS_KERNELS_H

#include <stddef.h>

/** @addtogroup optimized_core @{ */

/* One part of the table for each topic; the header <topic>_kernels.h says what is in it. */
typedef struct fast_transpose_kernels fast_transpose_kernels;
typedef struct fast_softmax_kernels fast_softmax_kernels;
typedef struct fast_product_kernels fast_product_kernels;
typedef struct fast_matmul_kernels fast_matmul_kernels;
typedef struct fast_reweighting_kernels fast_reweighting_kernels;
typedef struct fast_attention_kernels fast_attention_kernels;
typedef struct fast_row_kernels fast_row_kernels;
typedef struct fast_dropout_kernels fast_dropout_kernels;
typedef struct fast_loss_kernels fast_loss_kernels;
typedef struct fast_layer_norm_kernels fast_layer_norm_kernels;
typedef struct fast_feed_forward_kernels fast_feed_forward_kernels;
typedef struct fast_train_kernels fast_train_kernels;
typedef struct fast_recurrent_kernels fast_recurrent_kernels;
typedef struct fast_additive_kernels fast_additive_kernels;
typedef struct fast_peak_kernels fast_peak_kernels;

/** The innermost loops for one instruction set. */
typedef struct {
    const char *name;    /**< "portable", "avx2", "avx512" */
    size_t lanes;        /**< floats in a vector */
    size_t tile_rows;    /**< rows of the register tile of every product */
    size_t tile_vectors; /**< vectors in a row of it */

    const fast_transpose_kernels *transpose;       /**< rows to columns and back */
    const fast_softmax_kernels *softmax;           /**< softmax of whole rows */
    const fast_product_kernels *product;           /**< products of padded blocks */
    const fast_matmul_kernels *matmul;             /**< one strip of a matrix product */
    const fast_reweighting_kernels *reweighting;   /**< weights from distances */
    const fast_attention_kernels *attention;       /**< weights of a block of queries and keys */
    const fast_row_kernels *row;                   /**< sums of whole rows */
    const fast_dropout_kernels *dropout;           /**< dropout of one row */
    const fast_loss_kernels *loss;                 /**< the loss of one row */
    const fast_layer_norm_kernels *layer_norm;     /**< normalisation of one row */
    const fast_feed_forward_kernels *feed_forward; /**< what bends the hidden layer */
    const fast_train_kernels *train;               /**< one step of an optimizer */
    const fast_recurrent_kernels *recurrent;       /**< one step of a recurrent network */
    const fast_additive_kernels *additive;         /**< scores of additive attention */
    const fast_peak_kernels *peak;                 /**< what the machine can do at best */
} fast_kernels;

/**
 * The best table that this machine can run, or the one that the environment variable
 * FAST_KERNELS names. A name that is unknown, or that this machine cannot run, is reported once to
 * the GSL error handler and then ignored.
 *
 * @return the table, never NULL
 */
const fast_kernels *fast_kernels_best(void);

/**
 * The table of a given name.
 *
 * @param[in] name  "portable", "avx2" or "avx512"
 * @return          the table, or NULL if it was not compiled or this machine cannot run it
 */
const fast_kernels *fast_kernels_named(const char *name);

/**
 * Every table that this machine can run, one by one, slowest first.
 *
 * @param[in] index  0, 1, ...
 * @return           the table, or NULL past the last one
 */
const fast_kernels *fast_kernels_at(size_t index);

/** @} */

#endif
