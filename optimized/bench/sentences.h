/**
 * @file sentences.h
 * Batches of sentences that are as long as real ones.
 */
#ifndef OPTIMIZED_BENCH_SENTENCES_H
#define OPTIMIZED_BENCH_SENTENCES_H

#include <stddef.h>

enum { MOST_BATCHES = 64 };

/** Sentences side by side. */
typedef struct {
    size_t n_sequences;    /* sentences */
    size_t n_padded;       /* tokens of the longest one */
    const size_t *lengths; /* (n_sequences) tokens of each */
} sentence_batch;

/** Some batches of an epoch, those with short sentences first. */
typedef struct {
    size_t n_batches;
    sentence_batch batches[MOST_BATCHES];
    size_t n_tokens, n_padded_tokens; /* of all batches, without and with padding */
    double n_pairs;                   /* of a token with one of the same sentence */
    size_t *lengths;                  /* private: of all sentences of the table */
} sentences;

/** So many batches, evenly chosen among those of an epoch: all sentences of the table, those
    of about the same length together, in batches of at most n_tokens_of_batch tokens, padding and
    all. Free with free_sentences(). */
sentences *draw_sentences(size_t n_batches, size_t n_tokens_of_batch);

/** NULL is allowed. */
void free_sentences(sentences *all);

#endif
