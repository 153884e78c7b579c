/**
 * @file symbols_internal.h
 * Private to the room: symbols while they are collected, before they have numbers.
 */
#ifndef CHAPTERS_COMMON_PAIRS_SYMBOLS_INTERNAL_H
#define CHAPTERS_COMMON_PAIRS_SYMBOLS_INTERNAL_H

#include "chapters/common/pairs/symbols.h"

/** @addtogroup common @{ */

/** A symbol inside of a text. */
typedef struct {
    const char *name; /**< not ended */
    size_t length;    /**< its bytes */
} symbols_piece;

/** Different symbols. All 0 is the empty set; it is freed with free(set.pieces). */
typedef struct {
    symbols_piece *pieces; /**< (n) ascending by bytes; the texts are the caller's */
    size_t n;              /**< how many */
    size_t size;           /**< how many there is room for */
} symbols_set;

/**
 * Cut the next symbol off a text.
 *
 * @param[in]     cut   what is a symbol
 * @param[in,out] text  moves to the beginning of the symbol
 * @return              its bytes; 0 at the end of the text
 */
size_t symbols_next(symbols_cut cut, const char **text);

/**
 * Put a symbol into a set, unless it is there already. Costs a step for each symbol behind it: a
 * caller that does not know its texts should stop when the set gets large.
 *
 * @param[in,out] set    the set
 * @param[in]     piece  the symbol
 * @return               false without memory; the set is as before
 */
bool symbols_insert(symbols_set *set, symbols_piece piece);

/** @} */

#endif
