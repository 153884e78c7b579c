/**
 * @file translator_optimized_memory.h
 * What the translator keeps on the optimized side. Private to translator_optimized*.c; its twin is
 * translator_reference_memory.h.
 */
#ifndef CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_OPTIMIZED_MEMORY_H
#define CHAPTERS_COMMON_TRANSLATOR_TRANSLATOR_OPTIMIZED_MEMORY_H

#include "chapters/common/translator/translator.h"

/** What a step keeps of a batch: every view has one head and all its pairs. */
typedef struct {
    fast_encoder_cache encoder;
    fast_decoder_cache decoder;
    fast_decoder_state state;
    fast_view logits;      /**< (n_target x symbols of targets) */
    fast_view log_sum_exp; /**< of the loss */
    fast_encoder_gradients grad_encoder;
    fast_view grad_logits;
    size_t n_counted; /**< symbols that count */
} translator_optimized_step;

/** What a search keeps of a batch: of every source, or of every row. */
typedef struct {
    size_t n_rows, n_beam;
    fast_encoder_cache sources; /**< as the encoder has left them */
    fast_encoder_cache rows;    /**< n_beam copies of each, one behind the other */
    size_t *lengths;            /**< (n_rows) of the sources */
    fast_decoder_cache decoder; /**< of one symbol */
    fast_decoder_state state;   /**< of all rows */
    fast_decoder_state before;  /**< the same, while rows change places */
    fast_view logits;           /**< (1 x symbols of targets) for every row */
} translator_optimized_search;

/** A model. */
struct translator_optimized {
    fast_encoder_decoder_shape shape;
    fast_parameters *list;
    fast_encoder_decoder_parameters parameters; /**< where they are in the list */

    fast_workspace *memory; /**< of a step, or of a search */
    fast_context context;   /**< its workspace is scratch memory */
    translator_optimized_step step;
    translator_optimized_search search;
};

/**
 * Lay out a step of a batch.
 *
 * @param[in,out] model   its views are set
 * @param[in]     batch   its sizes are read
 * @param[in,out] memory  where from, or NULL to count only
 * @return                bytes
 */
size_t translator_optimized_layout(translator_optimized *model, const pair_batch *batch,
                                   fast_workspace *memory);

/**
 * Make room for a search, and lay it out.
 *
 * @param[in,out] model   its views are set
 * @param[in]     batch   its sizes are read
 * @param[in]     n_beam  rows for each source
 */
void translator_optimized_reserve_search(translator_optimized *model, const pair_batch *batch,
                                         size_t n_beam);

#endif
