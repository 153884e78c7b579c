/**
 * @file spelling.c
 * Edit distance, and what follows from it.
 */
#include "chapters/common/program/spelling.h"
#include "chapters/common/program/utf8.h"
#include <stdint.h>
#include <string.h>

/* The characters of a word; bytes that are not UTF-8 count as characters of their own. */
static size_t characters(const char *word, uint32_t *out)
{
    size_t n = 0;
    while (n < SPELLING_MAX_LENGTH) {
        const char *start = word;
        uint32_t character = utf8_next(&word);
        if (character == 0) {
            break;
        }
        out[n++] = character == UTF8_INVALID ? 0x110000u + (unsigned char)*start : character;
    }
    return n;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t spelling_distance(const char *a, const char *b, size_t limit)
{
    uint32_t from[SPELLING_MAX_LENGTH], to[SPELLING_MAX_LENGTH];
    size_t n = characters(a, from), m = characters(b, to);
    if ((n > m ? n - m : m - n) > limit) {
        return limit + 1;
    }
    /* rows[i % 3][j]: distance between the first i characters of a and the first j of b.
     * Three rows, because a swap of neighbours looks two rows back. */
    size_t rows[3][SPELLING_MAX_LENGTH + 1];
    for (size_t j = 0; j <= m; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        size_t best = row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t change = above[j - 1] + (from[i - 1] != to[j - 1]);
            row[j] = smaller(change, 1 + smaller(above[j], row[j - 1]));
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                row[j] = smaller(row[j], two_above[j - 2] + 1);
            }
            best = smaller(best, row[j]);
        }
        /* The smallest numbers of two neighbouring rows differ by at most 1. So with more than
         * limit + 1 here, neither this row nor the one above, which a swap could still use, leads
         * back to the limit. */
        if (best > limit + 1) {
            return limit + 1;
        }
    }
    return smaller(rows[n % 3][m], limit + 1);
}

size_t spelling_tolerance(const char *word)
{
    uint32_t unused[SPELLING_MAX_LENGTH];
    size_t n = characters(word, unused);
    return n <= 1 ? 0 : n <= 3 ? 1 : n <= 7 ? 2 : 3;
}

const char *spelling_nearest(const char *word, const char *const *candidates, size_t n)
{
    const char *nearest = NULL;
    size_t limit = spelling_tolerance(word);
    for (size_t i = 0; i < n; i++) {
        if (candidates[i] == NULL) {
            continue;
        }
        size_t distance = spelling_distance(word, candidates[i], limit);
        if (distance <= limit) {
            nearest = candidates[i];
            if (distance == 0) {
                break;
            }
            limit = distance - 1;
        }
    }
    return nearest;
}
