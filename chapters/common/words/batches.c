/**
 * @file batches.c
 * Sorting sentences into batches, in an order that is new for every epoch.
 */
#include "chapters/common/words/batches.h"
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

static size_t length_of(const corpus *sentences, size_t s)
{
    return sentences->starts[s + 1] - sentences->starts[s];
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- Buckets: sentences whose lengths differ by a sixteenth at most ---------------------------- */

/* Lengths 1, 2, ..., 15 have a bucket each; then come 16-17, 18-19, ..., 32-34, ... Within a bucket
 * chance decides which sentences share a batch; the ceiling is the longest of them. */
static void find_buckets(batches *epoch)
{
    const corpus *sentences = epoch->sentences;
    size_t *n_of_length = epoch->places, n_before = 0;
    memset(n_of_length, 0, (epoch->max_padded + 1) * sizeof *n_of_length);
    for (size_t s = 0; s < sentences->n_sentences; s++) {
        n_of_length[length_of(sentences, s)]++;
    }
    for (size_t first = 1, last; first <= epoch->max_padded; first = last + 1) {
        last = smaller(first + first / 16, epoch->max_padded);
        size_t n = 0, ceiling = first;
        for (size_t length = first; length <= last; length++) {
            n += n_of_length[length];
            ceiling = n_of_length[length] > 0 ? length : ceiling;
        }
        for (size_t length = first; length <= last; length++) {
            epoch->ceilings[length] = ceiling;
        }
        epoch->begins[ceiling] = n_before;
        n_before += n;
    }
}

// [buckets]
/* Sort the scratch by buckets into the order. Within a bucket the order stays. */
static void sort_by_bucket(batches *epoch)
{
    const corpus *sentences = epoch->sentences;
    memcpy(epoch->places, epoch->begins, (epoch->max_padded + 1) * sizeof *epoch->places);
    for (size_t i = 0; i < sentences->n_sentences; i++) {
        size_t s = epoch->scratch[i];
        epoch->order[epoch->places[epoch->ceilings[length_of(sentences, s)]]++] = s;
    }
}
// [buckets]

/* Cut the order into batches. A sentence counts as long as its bucket's ceiling, so that the cuts
 * are the same in every epoch. */
static void cut_into_batches(batches *epoch, size_t n_tokens)
{
    const corpus *sentences = epoch->sentences;
    size_t n = sentences->n_sentences, first = 0;
    while (first < n) {
        size_t last = first, widest;
        do {
            widest = epoch->ceilings[length_of(sentences, epoch->order[last])];
            last++;
        } while (last < n &&
                 (last + 1 - first) * epoch->ceilings[length_of(sentences, epoch->order[last])] <=
                     n_tokens);
        epoch->firsts[epoch->n_batches++] = first;
        epoch->max_sequences = larger(epoch->max_sequences, last - first);
        epoch->max_tokens = larger(epoch->max_tokens, (last - first) * widest);
        first = last;
    }
    epoch->firsts[epoch->n_batches] = n;
}

/* ---- Allocation ------------------------------------------------------------------------------ */

/* One block of numbers; NULL as malloc() says. */
static size_t *numbers(size_t n)
{
    return calloc(n, sizeof(size_t));
}

static bool allocate(batches *epoch, size_t n_sentences)
{
    epoch->order = numbers(n_sentences);
    epoch->scratch = numbers(n_sentences);
    epoch->firsts = numbers(n_sentences + 1);
    epoch->sequence = numbers(n_sentences);
    epoch->ceilings = numbers(epoch->max_padded + 1);
    epoch->begins = numbers(epoch->max_padded + 1);
    epoch->places = numbers(epoch->max_padded + 1);
    return epoch->order != NULL && epoch->scratch != NULL && epoch->firsts != NULL &&
           epoch->sequence != NULL && epoch->ceilings != NULL && epoch->begins != NULL &&
           epoch->places != NULL;
}

static bool allocate_batch(batches *epoch)
{
    epoch->current.sentences = numbers(epoch->max_sequences);
    epoch->current.lengths = numbers(epoch->max_sequences);
    epoch->current.tokens = numbers(epoch->max_tokens);
    return epoch->current.sentences != NULL && epoch->current.lengths != NULL &&
           epoch->current.tokens != NULL;
}

/* First to last, for the sentences and for the batches. */
static void reset(batches *epoch)
{
    for (size_t s = 0; s < epoch->sentences->n_sentences; s++) {
        epoch->scratch[s] = s;
    }
    for (size_t b = 0; b < epoch->n_batches; b++) {
        epoch->sequence[b] = b;
    }
}

batches *batches_alloc(const corpus *sentences, size_t n_tokens)
{
    size_t n = sentences->n_sentences, longest = 0, shortest = SIZE_MAX;
    for (size_t s = 0; s < n; s++) {
        longest = larger(longest, length_of(sentences, s));
        shortest = smaller(shortest, length_of(sentences, s));
    }
    batches *epoch = n_tokens > 0 && n > 0 && shortest > 0 ? calloc(1, sizeof *epoch) : NULL;
    if (epoch == NULL) {
        return NULL;
    }
    epoch->sentences = sentences;
    epoch->max_padded = longest;
    if (!allocate(epoch, n)) {
        batches_free(epoch);
        return NULL;
    }
    find_buckets(epoch);
    reset(epoch);
    sort_by_bucket(epoch);
    cut_into_batches(epoch, n_tokens);
    reset(epoch);
    if (!allocate_batch(epoch)) {
        batches_free(epoch);
        return NULL;
    }
    return epoch;
}

void batches_free(batches *epoch)
{
    if (epoch == NULL) {
        return;
    }
    size_t *blocks[] = {epoch->order,         epoch->scratch,           epoch->firsts,
                        epoch->sequence,      epoch->ceilings,          epoch->begins,
                        epoch->places,        epoch->current.sentences, epoch->current.lengths,
                        epoch->current.tokens};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        free(blocks[i]);
    }
    free(epoch);
}

/* ---- An epoch -------------------------------------------------------------------------------- */

void batches_shuffle(batches *epoch, gsl_rng *rng)
{
    reset(epoch);
    gsl_ran_shuffle(rng, epoch->scratch, epoch->sentences->n_sentences, sizeof(size_t));
    sort_by_bucket(epoch);
    gsl_ran_shuffle(rng, epoch->sequence, epoch->n_batches, sizeof(size_t));
}

const sentence_batch *batches_get(batches *epoch, size_t b)
{
    const corpus *sentences = epoch->sentences;
    sentence_batch *current = &epoch->current;
    size_t first = epoch->firsts[epoch->sequence[b]], last = epoch->firsts[epoch->sequence[b] + 1];
    current->n_sequences = last - first;
    current->n_padded = 0;
    for (size_t i = 0; i < current->n_sequences; i++) {
        current->sentences[i] = epoch->order[first + i];
        current->lengths[i] = length_of(sentences, current->sentences[i]);
        current->n_padded = larger(current->n_padded, current->lengths[i]);
    }
    for (size_t i = 0; i < current->n_sequences; i++) {
        size_t *row = current->tokens + i * current->n_padded;
        for (size_t j = 0; j < current->n_padded; j++) {
            bool is_there = j < current->lengths[i];
            row[j] = is_there ? sentences->starts[current->sentences[i]] + j : BATCH_PADDING;
        }
    }
    return current;
}

double batches_padding(const batches *epoch)
{
    size_t n_places = 0;
    for (size_t b = 0; b < epoch->n_batches; b++) {
        size_t widest = 0;
        for (size_t i = epoch->firsts[b]; i < epoch->firsts[b + 1]; i++) {
            widest = larger(widest, length_of(epoch->sentences, epoch->order[i]));
        }
        n_places += widest * (epoch->firsts[b + 1] - epoch->firsts[b]);
    }
    return 1.0 - (double)epoch->sentences->n_tokens / (double)n_places;
}
