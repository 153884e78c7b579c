/**
 * @file pair_scores.c
 * Edits from what was written to what should have been.
 */
#include "chapters/common/pairs/pair_scores.h"
#include <stdint.h>

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

// [edits]
size_t pair_edits(const int *a, size_t n_a, const int *b, size_t n_b)
{
    size_t row[PAIRS_MAX_LENGTH + 1]; /* row[j]: from the first i of a to the first j of b */
    for (size_t j = 0; j <= n_b; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < n_a; i++) {
        size_t diagonal = row[0]; /* what row[j] was one row above */
        row[0] = i + 1;
        for (size_t j = 0; j < n_b; j++) {
            size_t replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = smaller(replaced, 1 + smaller(row[j], row[j + 1]));
        }
    }
    return row[n_b];
}
// [edits]

size_t pair_nearest(const pairs *all, size_t source, const int *output, size_t n_output,
                    size_t *n_edits)
{
    size_t nearest = all->first_pairs[source], longest = 0;
    *n_edits = SIZE_MAX;
    for (size_t p = all->first_pairs[source]; p < all->first_pairs[source + 1]; p++) {
        size_t length = pairs_target_length(all, p);
        size_t edits = pair_edits(output, n_output, all->target + all->target_starts[p], length);
        if (edits < *n_edits || (edits == *n_edits && length > longest)) {
            nearest = p;
            longest = length;
            *n_edits = edits;
        }
    }
    return nearest;
}

void pair_scores_add(pair_scores *scores, const pairs *all, size_t source, const int *output,
                     size_t n_output)
{
    size_t n_edits, nearest = pair_nearest(all, source, output, n_output, &n_edits);
    scores->n_sources++;
    scores->n_wrong += n_edits > 0;
    scores->n_edits += n_edits;
    scores->n_symbols += pairs_target_length(all, nearest);
}

double pair_scores_symbol_errors(const pair_scores *scores)
{
    return (double)scores->n_edits / (double)scores->n_symbols;
}

double pair_scores_source_errors(const pair_scores *scores)
{
    return (double)scores->n_wrong / (double)scores->n_sources;
}
