/* Batches of sentences that are as long as real ones. */
#include "optimized/bench/sentences.h"
#include "optimized/bench/data.h"
#include "optimized/bench/message.h"
#include <stdlib.h>

/* How many sentences have 1, 2, ... 80 tokens: the training section of UD English-EWT, blogs,
 * e-mails, reviews, answers and news groups of the web; Silveira et al. 2014, "A Gold Standard
 * Dependency Corpus for English". Its 18 longer ones, of 81 to 159 tokens, are left out. */
static const size_t N_OF_LENGTH[] = {
    521, 625, 491, 368, 419, 446, 435, 430, 455, 471, 488, 475, 421, 438, 443, 409,
    379, 373, 351, 356, 300, 314, 313, 256, 213, 216, 177, 180, 181, 135, 136, 111,
    119, 100, 78,  76,  87,  71,  77,  57,  54,  60,  37,  34,  32,  21,  22,  32,
    23,  23,  18,  25,  11,  12,  11,  7,   11,  7,   8,   11,  4,   10,  2,   4,
    5,   11,  3,   8,   1,   5,   4,   4,   2,   4,   1,   4,   2,   0,   1,   1,
};
enum { N_LENGTHS = sizeof N_OF_LENGTH / sizeof N_OF_LENGTH[0] };

static size_t n_sentences_of_table(void)
{
    size_t n = 0;
    for (size_t l = 0; l < N_LENGTHS; l++) {
        n += N_OF_LENGTH[l];
    }
    return n;
}

/** A new order of n lengths: the shuffle of Fisher and Yates. */
static void shuffle(size_t *lengths, size_t n, unsigned *state)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)((next_number(state) + 1.0f) / 2.0f * (float)i) % i,
               swapped = lengths[j];
        lengths[j] = lengths[i - 1];
        lengths[i - 1] = swapped;
    }
}

/* Lengths that differ by an eighth at most share a bucket, in which chance decides which sentences
 * share a batch, as in the programs of the course: chapters/common/words/batches.c. */
static size_t *list_lengths(size_t n_sentences)
{
    size_t *lengths = zero_bytes(n_sentences * sizeof *lengths), s = 0;
    unsigned state = 3;
    for (size_t first = 1, last; first <= N_LENGTHS; first = last + 1) {
        size_t begin = s;
        last = first + first / 8;
        for (size_t length = first; length <= last && length <= N_LENGTHS; length++) {
            for (size_t n = 0; n < N_OF_LENGTH[length - 1]; n++) {
                lengths[s++] = length;
            }
        }
        shuffle(lengths + begin, s - begin, &state);
    }
    return lengths;
}

/** The batch that begins with a sentence: those behind it as far as they fit in. */
static sentence_batch batch_from(const size_t *lengths, size_t begin, size_t n_sentences,
                                 size_t n_tokens_of_batch)
{
    size_t end = begin, longest = 0;
    while (end < n_sentences) {
        size_t next = lengths[end] > longest ? lengths[end] : longest;
        if (end > begin && (end + 1 - begin) * next > n_tokens_of_batch) {
            break;
        }
        longest = next;
        end++;
    }
    return (sentence_batch){end - begin, longest, lengths + begin};
}

static size_t count_batches(const size_t *lengths, size_t n_sentences, size_t n_tokens_of_batch)
{
    size_t n_batches = 0;
    for (size_t s = 0; s < n_sentences; n_batches++) {
        s += batch_from(lengths, s, n_sentences, n_tokens_of_batch).n_sequences;
    }
    return n_batches;
}

static void add_batch(sentences *all, sentence_batch batch)
{
    for (size_t s = 0; s < batch.n_sequences; s++) {
        all->n_tokens += batch.lengths[s];
        all->n_pairs += (double)(batch.lengths[s] * batch.lengths[s]);
    }
    all->n_padded_tokens += batch.n_sequences * batch.n_padded;
    all->batches[all->n_batches++] = batch;
}

sentences *draw_sentences(size_t n_batches, size_t n_tokens_of_batch)
{
    if (n_batches > MOST_BATCHES) {
        stop("there must be at most %d batches of sentences", MOST_BATCHES);
    }
    sentences *all = zero_bytes(sizeof *all);
    size_t n_sentences = n_sentences_of_table(), s = 0;
    all->lengths = list_lengths(n_sentences);
    size_t n_of_epoch = count_batches(all->lengths, n_sentences, n_tokens_of_batch);
    for (size_t b = 0; s < n_sentences && all->n_batches < n_batches; b++) {
        sentence_batch batch = batch_from(all->lengths, s, n_sentences, n_tokens_of_batch);
        size_t wanted = (2 * all->n_batches + 1) * n_of_epoch / (2 * n_batches);
        if (b == wanted) { /* the one in the middle of its share of the epoch */
            add_batch(all, batch);
        }
        s += batch.n_sequences;
    }
    return all;
}

void free_sentences(sentences *all)
{
    if (all != NULL) {
        free(all->lengths);
        free(all);
    }
}
