/**
 * @file pairs.c
 * Making pairs, one after the other, and copies of some of them.
 */
#include "chapters/common/pairs/pairs.h"
#include "chapters/common/pairs/pairs_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- Making ---------------------------------------------------------------------------------- */

pairs *pairs_alloc(const pairs_room *room, const symbols *source, const symbols *target)
{
    pairs *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return NULL;
    }
    all->source_symbols = source;
    all->target_symbols = target;
    /* one element more than needed: a size of 0 would leave open what is returned */
    all->source_starts = calloc(room->n_sources + 1, sizeof *all->source_starts);
    all->first_pairs = calloc(room->n_sources + 1, sizeof *all->first_pairs);
    all->target_starts = calloc(room->n_pairs + 1, sizeof *all->target_starts);
    all->sources = calloc(room->n_pairs + 1, sizeof *all->sources);
    all->source = calloc(room->n_source_symbols + 1, sizeof *all->source);
    all->target = calloc(room->n_target_symbols + 1, sizeof *all->target);
    bool is_whole = all->source_starts != NULL && all->first_pairs != NULL &&
                    all->target_starts != NULL && all->sources != NULL && all->source != NULL &&
                    all->target != NULL;
    if (is_whole && room->has_alignment) {
        all->alignment = calloc(room->n_target_symbols + 1, sizeof *all->alignment);
        is_whole = all->alignment != NULL;
    }
    if (!is_whole) {
        pairs_free(all);
        return NULL;
    }
    return all;
}

void pairs_free(pairs *all)
{
    if (all != NULL) {
        free(all->source_starts);
        free(all->first_pairs);
        free(all->target_starts);
        free(all->sources);
        free(all->source);
        free(all->target);
        free(all->alignment);
        free(all);
    }
}

void pairs_add_source(pairs *all, const int *numbers, size_t n)
{
    size_t start = all->source_starts[all->n_sources];
    memcpy(all->source + start, numbers, n * sizeof *numbers);
    all->n_sources++;
    all->source_starts[all->n_sources] = start + n;
    all->first_pairs[all->n_sources] = all->n_pairs;
    all->max_source = n > all->max_source ? n : all->max_source;
}

void pairs_add_target(pairs *all, const int *numbers, const pairs_span *alignment, size_t n)
{
    size_t start = all->target_starts[all->n_pairs];
    memcpy(all->target + start, numbers, n * sizeof *numbers);
    if (all->alignment != NULL) {
        memcpy(all->alignment + start, alignment, n * sizeof *alignment);
    }
    all->sources[all->n_pairs] = all->n_sources - 1;
    all->n_pairs++;
    all->target_starts[all->n_pairs] = start + n;
    all->first_pairs[all->n_sources] = all->n_pairs;
    all->max_target = n > all->max_target ? n : all->max_target;
}

size_t pairs_source_length(const pairs *all, size_t source)
{
    return all->source_starts[source + 1] - all->source_starts[source];
}

size_t pairs_target_length(const pairs *all, size_t pair)
{
    return all->target_starts[pair + 1] - all->target_starts[pair];
}

/* ---- Copies ---------------------------------------------------------------------------------- */

/* Pairs with room for a copy of all, still none. */
static pairs *alloc_like(const pairs *whole)
{
    pairs_room room = {.n_sources = whole->n_sources,
                       .n_pairs = whole->n_pairs,
                       .n_source_symbols = whole->source_starts[whole->n_sources],
                       .n_target_symbols = whole->target_starts[whole->n_pairs],
                       .has_alignment = whole->alignment != NULL};
    return pairs_alloc(&room, whole->source_symbols, whole->target_symbols);
}

/* One more source with its targets, for which there is room. */
static void copy_source(pairs *copy, const pairs *whole, size_t source)
{
    pairs_add_source(copy, whole->source + whole->source_starts[source],
                     pairs_source_length(whole, source));
    for (size_t p = whole->first_pairs[source]; p < whole->first_pairs[source + 1]; p++) {
        size_t start = whole->target_starts[p];
        const pairs_span *alignment = whole->alignment != NULL ? whole->alignment + start : NULL;
        pairs_add_target(copy, whole->target + start, alignment, pairs_target_length(whole, p));
    }
}

pairs *pairs_slice(const pairs *whole, size_t first, size_t n)
{
    pairs *slice = alloc_like(whole);
    for (size_t s = first; slice != NULL && s < whole->n_sources && s - first < n; s++) {
        copy_source(slice, whole, s);
    }
    return slice;
}

bool pairs_hold_out(const pairs *whole, size_t every, size_t at_most, pairs **training,
                    pairs **held_out)
{
    *training = *held_out = NULL;
    if (every < 2) {
        return false;
    }
    *training = alloc_like(whole);
    *held_out = alloc_like(whole);
    if (*training == NULL || *held_out == NULL) {
        pairs_free(*training);
        pairs_free(*held_out);
        *training = *held_out = NULL;
        return false;
    }
    for (size_t s = 0; s < whole->n_sources; s++) {
        bool is_held_out = s % every == 0 && (*held_out)->n_sources < at_most;
        copy_source(is_held_out ? *held_out : *training, whole, s);
    }
    return true;
}
