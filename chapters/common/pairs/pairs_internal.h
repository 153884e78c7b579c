/**
 * @file pairs_internal.h
 * Private to the room: pairs while they are made. Room is made once, then pair after pair is added.
 */
#ifndef CHAPTERS_COMMON_PAIRS_PAIRS_INTERNAL_H
#define CHAPTERS_COMMON_PAIRS_PAIRS_INTERNAL_H

#include "chapters/common/pairs/pairs.h"

/** @addtogroup common @{ */

/** How much there is room for. */
typedef struct {
    size_t n_sources;        /**< sources */
    size_t n_pairs;          /**< targets of all of them */
    size_t n_source_symbols; /**< symbols of all sources */
    size_t n_target_symbols; /**< symbols of all targets */
    bool has_alignment;      /**< whether it is known where symbols come from */
} pairs_room;

/**
 * Pairs with room, still none.
 *
 * @param[in] room    for so much
 * @param[in] source  symbols, must live as long
 * @param[in] target  symbols, must live as long
 * @return            the pairs, to be freed by pairs_free(); NULL without memory
 */
pairs *pairs_alloc(const pairs_room *room, const symbols *source, const symbols *target);

/**
 * One more source, for which there is room. Its targets follow.
 *
 * @param[in,out] all      the pairs
 * @param[in]     numbers  (n)
 * @param[in]     n        1 .. PAIRS_MAX_LENGTH
 */
void pairs_add_source(pairs *all, const int *numbers, size_t n);

/**
 * One more target of the last source, for which there is room.
 *
 * @param[in,out] all        the pairs
 * @param[in]     numbers    (n) without start and end
 * @param[in]     alignment  (n) if the pairs have any; else not read
 * @param[in]     n          1 .. PAIRS_MAX_LENGTH
 */
void pairs_add_target(pairs *all, const int *numbers, const pairs_span *alignment, size_t n);

/** @} */

#endif
