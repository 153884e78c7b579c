/**
 * @file recurrent_walk.h
 * How the sequences of a batch are walked, in both passes. Not for callers of the library.
 */
#ifndef OPTIMIZED_RECURRENT_WALK_H
#define OPTIMIZED_RECURRENT_WALK_H

#include "optimized/checks.h"
#include "optimized/context.h"
#include "optimized/kernels/recurrent_kernels.h"
#include "optimized/recurrent_cell.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include <string.h>

/** @addtogroup optimized_core @{ */

/** How a batch is cut into tasks: some sequences each, which take their steps together. */
typedef struct {
    size_t n_batch;     /**< sequences */
    size_t n;           /**< tokens of each */
    size_t n_hidden;    /**< units */
    size_t n_gates;     /**< of a unit */
    size_t width;       /**< n_hidden, padded to whole vectors */
    size_t n_task_rows; /**< sequences of a task, whole register tiles; the last may have fewer */
    size_t n_tasks;     /**< tasks */
    size_t n_threads;   /**< that are worth waking */
} recurrent_cut;

/** Sequences of a task at most, so that their states stay in the cache. */
enum { MOST_SEQUENCES = 128 };

/** Networks with fewer multiplications are left to one thread: to wake another takes longer. */
enum { FEW_MULTIPLICATIONS = 1 << 16 };

/**
 * Every thread gets as many tasks, of as many sequences. No number depends on the cut.
 *
 * @param[in] x         one row a token
 * @param[in] n_hidden  units
 * @param[in] n_gates   of the cell
 * @param[in] context   its kernels and number of threads are read
 * @return              the cut
 */
static inline recurrent_cut cut_batch(const fast_view *x, size_t n_hidden, size_t n_gates,
                                      const fast_context *context)
{
    size_t n_threads = (size_t)context->n_threads;
    double n_multiplications = (double)n_gates * n_hidden * n_hidden * x->n_batch * x->n_rows;
    recurrent_cut cut = {
        .n_batch = x->n_batch, .n = x->n_rows, .n_hidden = n_hidden, .n_gates = n_gates};
    cut.width = padded_to(n_hidden, context->kernels->lanes);
    cut.n_threads = n_multiplications < FEW_MULTIPLICATIONS ? 1 : n_threads;
    size_t n_rounds = n_blocks_of(x->n_batch, cut.n_threads * MOST_SEQUENCES);
    cut.n_task_rows =
        padded_to(n_blocks_of(x->n_batch, cut.n_threads * n_rounds), context->kernels->tile_rows);
    cut.n_tasks = n_blocks_of(x->n_batch, cut.n_task_rows);
    cut.n_threads = min_of(cut.n_threads, cut.n_tasks);
    return cut;
}

/**
 * The loops of one cell.
 *
 * @param[in] cell     which
 * @param[in] kernels  the table
 * @return             forward and backward
 */
static inline const fast_cell_kernels *cell_kernels(fast_cell cell, const fast_kernels *kernels)
{
    const fast_recurrent_kernels *all = kernels->recurrent;
    return cell == FAST_ELMAN ? &all->elman : cell == FAST_GRU ? &all->gru : &all->lstm;
}

/**
 * How many tokens of a sequence are no padding.
 *
 * @param[in] walk   its lengths, if there are any
 * @param[in] batch  which sequence
 * @param[in] n      how many tokens it has room for
 * @return           the number
 */
static inline size_t length_of(const fast_recurrent_walk *walk, size_t batch, size_t n)
{
    return walk->lengths ? walk->lengths[batch] : n;
}

/**
 * The longest length of some sequences.
 *
 * @param[in] walk    their lengths, if there are any
 * @param[in] first   the first of them
 * @param[in] n_rows  how many
 * @param[in] n       how many tokens each has room for
 * @return            the length
 */
static inline size_t longest_of(const fast_recurrent_walk *walk, size_t first, size_t n_rows,
                                size_t n)
{
    size_t longest = 0;
    for (size_t b = first; b < first + n_rows; b++) {
        size_t length = length_of(walk, b, n);
        longest = length > longest ? length : longest;
    }
    return longest;
}

/**
 * In which step a walk over a sequence comes to a token; or, in which token a step is.
 *
 * @param[in] walk    its direction
 * @param[in] t       which token
 * @param[in] length  tokens of the sequence that are no padding
 * @return            the number of steps before
 */
static inline size_t step_at(const fast_recurrent_walk *walk, size_t t, size_t length)
{
    return walk->is_reversed ? length - 1 - t : t;
}

/**
 * One token of a sequence.
 *
 * @param[in] view   one row a token
 * @param[in] batch  which sequence
 * @param[in] t      which token
 * @return           the first element of its row
 */
static inline float *token_at(const fast_view *view, size_t batch, size_t t)
{
    return fast_view_at(view, batch, 0) + t * view->row_stride;
}

/** A state stands where the step before has left it. */
typedef struct {
    const float *h; /**< h */
    const float *c; /**< c; NULL but for an LSTM */
} state_place;

/**
 * The state that a sequence has before or behind a token.
 *
 * @param[in] walk     how it is walked
 * @param[in] initial  states before the first token, or NULL
 * @param[in] cache    c_t of an LSTM
 * @param[in] output   h_t
 * @param[in] zeros    the initial state if there is none
 * @param[in] batch    which sequence
 * @param[in] n_steps  how many steps it has taken
 * @return             where it stands
 */
static inline state_place state_after(const fast_recurrent_walk *walk,
                                      const fast_recurrent_state *initial,
                                      const fast_recurrent_cache *cache, const fast_view *output,
                                      const float *zeros, size_t batch, size_t n_steps)
{
    bool has_memory = walk->cell == FAST_LSTM;
    if (n_steps == 0 && initial == NULL) {
        return (state_place){zeros, zeros};
    }
    if (n_steps == 0) {
        return (state_place){fast_view_at(&initial->h, batch, 0),
                             has_memory ? fast_view_at(&initial->c, batch, 0) : NULL};
    }
    size_t t = step_at(walk, n_steps - 1, length_of(walk, batch, output->n_rows));
    return (state_place){token_at(output, batch, t),
                         has_memory ? token_at(&cache->inner, batch, t) : NULL};
}

/**
 * Tokens past the length of a sequence become 0.
 *
 * @param[in] walk   its lengths, if there are any
 * @param[in] view   one row a token; its floats are written
 * @param[in] batch  which sequence
 */
static inline void clear_padding(const fast_recurrent_walk *walk, const fast_view *view,
                                 size_t batch)
{
    for (size_t t = length_of(walk, batch, view->n_rows); t < view->n_rows; t++) {
        memset(token_at(view, batch, t), 0, view->n_cols * sizeof(float));
    }
}

/**
 * The same floats, token by token instead of sequence by sequence.
 *
 * @param[in] view  (n x n_cols) for every batch, one head
 * @return          batches and rows have changed places
 */
static inline fast_view by_token(const fast_view *view)
{
    fast_view swapped = *view;
    swapped.n_batch = view->n_rows;
    swapped.n_rows = view->n_batch;
    swapped.batch_stride = view->row_stride;
    swapped.row_stride = view->batch_stride;
    return swapped;
}

/**
 * Whether all tokens make one tall matrix only if they are taken token by token.
 *
 * @param[in] view  (n x n_cols) for every batch, one head
 * @return          whether it is so
 */
static inline bool is_stored_by_token(const fast_view *view)
{
    fast_view swapped = by_token(view);
    return !is_evenly_spaced(view) && is_evenly_spaced(&swapped);
}

/** @} */

#endif
