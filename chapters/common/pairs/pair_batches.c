/**
 * @file pair_batches.c
 * Sorting pairs into batches, in an order that is new for every epoch.
 */
#include "chapters/common/pairs/pair_batches.h"
#include "reference/loss.h"
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t source_length(const pairs *all, size_t pair)
{
    return pairs_source_length(all, all->sources[pair]);
}

/* ---- Order ----------------------------------------------------------------------------------- */

typedef size_t length_of(const pairs *all, size_t pair);

/* Copy pairs from one order to another, by length. Those of the same length keep their order. */
static void sort_by(pair_batches *epoch, length_of *length, size_t longest, const size_t *from,
                    size_t *to)
{
    size_t *places = epoch->places; /* places[l]: the next free place for a pair of length l */
    memset(places, 0, (longest + 2) * sizeof *places);
    for (size_t i = 0; i < epoch->n_chosen; i++) {
        places[length(epoch->all, from[i]) + 1]++;
    }
    for (size_t l = 1; l <= longest; l++) {
        places[l] += places[l - 1];
    }
    for (size_t i = 0; i < epoch->n_chosen; i++) {
        to[places[length(epoch->all, from[i])]++] = from[i];
    }
}

// [by_length]
/* By source, and where these are equal by target. Chance decides among pairs that are equal in
 * both: each batch has the same shape in every epoch. */
static void sort_by_lengths(pair_batches *epoch)
{
    const pairs *all = epoch->all;
    sort_by(epoch, pairs_target_length, all->max_target, epoch->scratch, epoch->order);
    sort_by(epoch, source_length, all->max_source, epoch->order, epoch->scratch);
    memcpy(epoch->order, epoch->scratch, epoch->n_chosen * sizeof *epoch->order);
}
// [by_length]

/* First to last, for the pairs and for the batches. */
static void reset(pair_batches *epoch)
{
    memcpy(epoch->scratch, epoch->chosen, epoch->n_chosen * sizeof *epoch->scratch);
    for (size_t b = 0; b < epoch->n_batches; b++) {
        epoch->sequence[b] = b;
    }
}

void pair_batches_shuffle(pair_batches *epoch, gsl_rng *rng)
{
    reset(epoch);
    gsl_ran_shuffle(rng, epoch->scratch, epoch->n_chosen, sizeof *epoch->scratch);
    sort_by_lengths(epoch);
    gsl_ran_shuffle(rng, epoch->sequence, epoch->n_batches, sizeof *epoch->sequence);
}

/* ---- A batch --------------------------------------------------------------------------------- */

/* The pairs of batch b of the order, and how wide it is. Returns where they stand in the order. */
static const size_t *find_extent(const pair_batches *epoch, size_t b, pair_batch *batch)
{
    size_t first = b * epoch->size, n_left = epoch->n_chosen - first;
    const size_t *chosen = epoch->order + first;
    *batch = (pair_batch){.n_pairs = n_left < epoch->size ? n_left : epoch->size};
    for (size_t i = 0; i < batch->n_pairs; i++) {
        size_t n_target = pairs_target_length(epoch->all, chosen[i]) + 1;
        batch->n_source = larger(batch->n_source, source_length(epoch->all, chosen[i]));
        batch->n_target = larger(batch->n_target, n_target);
        batch->n_symbols += n_target;
    }
    return chosen;
}

static void fill_source(const pairs *all, size_t pair, size_t n_source, int *source)
{
    size_t start = all->source_starts[all->sources[pair]], length = source_length(all, pair);
    for (size_t j = 0; j < n_source; j++) {
        source[j] = j < length ? all->source[start + j] : SYMBOLS_UNKNOWN;
    }
}

// [shifted]
/* The decoder reads each symbol one step after it should have written it. */
static void fill_target(const pairs *all, size_t pair, size_t n_target, int *in, int *out)
{
    const int *target = all->target + all->target_starts[pair];
    size_t length = pairs_target_length(all, pair);
    for (size_t t = 0; t < n_target; t++) {
        in[t] = t == 0 ? SYMBOLS_START : t <= length ? target[t - 1] : SYMBOLS_END;
        out[t] = t < length ? target[t] : t == length ? SYMBOLS_END : REF_IGNORED;
    }
}
// [shifted]

const pair_batch *pair_batches_get(pair_batches *epoch, size_t b)
{
    const pairs *all = epoch->all;
    pair_batch *batch = &epoch->current;
    const size_t *chosen = find_extent(epoch, epoch->sequence[b], batch);
    size_t n = batch->n_pairs, *source_lengths = epoch->lengths,
           *target_lengths = source_lengths + n;
    int *source = epoch->numbers, *in = source + n * batch->n_source;
    int *out = in + n * batch->n_target;
    for (size_t i = 0; i < n; i++) {
        source_lengths[i] = source_length(all, chosen[i]);
        target_lengths[i] = pairs_target_length(all, chosen[i]) + 1;
        fill_source(all, chosen[i], batch->n_source, source + i * batch->n_source);
        fill_target(all, chosen[i], batch->n_target, in + i * batch->n_target,
                    out + i * batch->n_target);
    }
    batch->pairs = chosen;
    batch->source_lengths = source_lengths;
    batch->target_lengths = target_lengths;
    batch->source = source;
    batch->target_in = in;
    batch->target_out = out;
    return batch;
}

/* ---- Allocation ------------------------------------------------------------------------------ */

static bool allocate(pair_batches *epoch)
{
    size_t longest = larger(epoch->all->max_source, epoch->all->max_target);
    epoch->chosen = calloc(epoch->n_chosen, sizeof *epoch->chosen);
    epoch->order = calloc(epoch->n_chosen, sizeof *epoch->order);
    epoch->scratch = calloc(epoch->n_chosen, sizeof *epoch->scratch);
    epoch->places = calloc(longest + 2, sizeof *epoch->places);
    epoch->sequence = calloc(epoch->n_batches, sizeof *epoch->sequence);
    epoch->lengths = calloc(epoch->size, 2 * sizeof *epoch->lengths);
    return epoch->chosen != NULL && epoch->order != NULL && epoch->scratch != NULL &&
           epoch->places != NULL && epoch->sequence != NULL && epoch->lengths != NULL;
}

/* Every batch has its shape in any order: look at each once. */
static bool allocate_numbers(pair_batches *epoch)
{
    size_t most = 0;
    for (size_t b = 0; b < epoch->n_batches; b++) {
        pair_batch batch;
        find_extent(epoch, b, &batch);
        size_t n_source = batch.n_pairs * batch.n_source, n_target = batch.n_pairs * batch.n_target;
        epoch->max_source = larger(epoch->max_source, batch.n_source);
        epoch->max_target = larger(epoch->max_target, batch.n_target);
        epoch->max_source_all = larger(epoch->max_source_all, n_source);
        epoch->max_target_all = larger(epoch->max_target_all, n_target);
        most = larger(most, n_source + 2 * n_target);
    }
    epoch->numbers = calloc(most, sizeof *epoch->numbers);
    return epoch->numbers != NULL;
}

pair_batches *pair_batches_alloc(const pairs *all, pair_batches_choice choice, size_t size)
{
    bool is_each = choice == PAIR_BATCHES_PAIRS;
    size_t n = is_each ? all->n_pairs : all->n_sources;
    pair_batches *epoch = n > 0 && size > 0 ? calloc(1, sizeof *epoch) : NULL;
    if (epoch == NULL) {
        return NULL;
    }
    epoch->all = all;
    epoch->n_chosen = n;
    epoch->size = size < n ? size : n;
    epoch->n_batches = (n - 1) / epoch->size + 1;
    if (!allocate(epoch)) {
        pair_batches_free(epoch);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        epoch->chosen[i] = is_each ? i : all->first_pairs[i];
    }
    reset(epoch);
    sort_by_lengths(epoch);
    if (!allocate_numbers(epoch)) {
        pair_batches_free(epoch);
        return NULL;
    }
    return epoch;
}

void pair_batches_free(pair_batches *epoch)
{
    if (epoch != NULL) {
        free(epoch->chosen);
        free(epoch->order);
        free(epoch->scratch);
        free(epoch->places);
        free(epoch->sequence);
        free(epoch->lengths);
        free(epoch->numbers);
        free(epoch);
    }
}
