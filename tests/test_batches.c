/* Batches: every sentence once, little padding, and chance that depends on the generator alone. */
#include "chapters/common/words/batches.h"
#include "tests/support/suite.h"

#include <stdlib.h>
#include <string.h>

/* A corpus of sentences with these lengths; its words do not matter. */
static corpus *make_corpus(const size_t *lengths, size_t n)
{
    corpus *c = calloc(1, sizeof *c);
    c->n_sentences = n;
    c->starts = calloc(n + 1, sizeof *c->starts);
    for (size_t s = 0; s < n; s++) {
        c->starts[s + 1] = c->starts[s] + lengths[s];
    }
    c->n_tokens = c->starts[n];
    return c;
}

/* Lengths as a text has them: most are short, some are long. */
static corpus *random_corpus(size_t n)
{
    size_t *lengths = calloc(n, sizeof *lengths);
    for (size_t s = 0; s < n; s++) {
        double u = gsl_rng_uniform(suite_rng());
        lengths[s] = 1 + (size_t)(60.0 * u * u);
    }
    corpus *c = make_corpus(lengths, n);
    free(lengths);
    return c;
}

static void check_batch(const batches *epoch, const sentence_batch *b, size_t *times,
                        size_t max_tokens)
{
    const corpus *c = epoch->sentences;
    size_t longest = 0;
    CHECK(b->n_sequences >= 1 && b->n_sequences <= epoch->max_sequences, "%zu sequences",
          b->n_sequences);
    for (size_t i = 0; i < b->n_sequences; i++) {
        size_t s = b->sentences[i], length = c->starts[s + 1] - c->starts[s];
        times[s]++;
        longest = length > longest ? length : longest;
        CHECK(b->lengths[i] == length, "sentence %zu: length %zu", s, b->lengths[i]);
        for (size_t j = 0; j < b->n_padded; j++) {
            size_t expected = j < length ? c->starts[s] + j : BATCH_PADDING;
            CHECK(b->tokens[i * b->n_padded + j] == expected, "sentence %zu, token %zu", s, j);
        }
    }
    CHECK(b->n_padded == longest && longest <= epoch->max_padded, "padded to %zu", b->n_padded);
    size_t n_places = b->n_sequences * b->n_padded;
    CHECK(n_places <= epoch->max_tokens && (n_places <= max_tokens || b->n_sequences == 1),
          "%zu places", n_places);
}

/* Every batch of an epoch; returns the share of padding that was seen. */
static double check_epoch(batches *epoch, size_t max_tokens)
{
    size_t n = epoch->sentences->n_sentences, n_places = 0;
    size_t *times = calloc(n, sizeof *times);
    for (size_t i = 0; i < epoch->n_batches; i++) {
        const sentence_batch *b = batches_get(epoch, i);
        check_batch(epoch, b, times, max_tokens);
        n_places += b->n_sequences * b->n_padded;
    }
    for (size_t s = 0; s < n; s++) {
        CHECK(times[s] == 1, "sentence %zu stands in %zu batches", s, times[s]);
    }
    free(times);
    return 1.0 - (double)epoch->sentences->n_tokens / (double)n_places;
}

static void every_sentence_once(void)
{
    static const size_t sizes[] = {1, 2, 7, 100, 1000}, limits[] = {1, 10, 64, 512, 100000};
    for (size_t i = 0; i < 25; i++) {
        corpus *c = random_corpus(sizes[i / 5]);
        size_t max_tokens = limits[i % 5];
        batches *epoch = batches_alloc(c, max_tokens);
        size_t n_batches = epoch->n_batches;
        for (int e = 0; e < 4; e++) {
            double padding = check_epoch(epoch, max_tokens);
            CHECK_CLOSE(batches_padding(epoch), padding, 1e-15, "padding");
            CHECK(epoch->n_batches == n_batches, "another number of batches");
            batches_shuffle(epoch, suite_rng());
        }
        batches_free(epoch);
        corpus_free(c);
    }
}

/* Within a bucket lengths differ by a sixteenth; a batch over two buckets adds little. Unsorted, the
 * same sentences are two thirds padding. */
static void little_padding(void)
{
    corpus *c = random_corpus(5000);
    batches *epoch = batches_alloc(c, 2048);
    batches_shuffle(epoch, suite_rng());
    CHECK(batches_padding(epoch) < 0.06, "%g of all places are padding", batches_padding(epoch));
    CHECK(epoch->n_batches > 40 && epoch->n_batches < 70, "%zu batches", epoch->n_batches);
    batches_free(epoch);
    corpus_free(c);
}

static void known_batches(void)
{
    static const size_t lengths[] = {3, 1, 9, 2, 8, 20, 1};
    corpus *c = make_corpus(lengths, 7);
    batches *epoch = batches_alloc(c, 18);
    /* sorted by buckets: 1 1 | 2 | 3 | 8 | 9 | 20; of 18 places each */
    static const size_t expected[][4] = {{1, 6, 3, 0}, {4, 2}, {5}};
    static const size_t n[] = {4, 2, 1}, padded[] = {3, 9, 20};
    CHECK(epoch->n_batches == 3 && epoch->max_tokens == 20 && epoch->max_sequences == 4,
          "%zu batches of %zu tokens", epoch->n_batches, epoch->max_tokens);
    for (size_t i = 0; i < 3 && epoch->n_batches == 3; i++) {
        const sentence_batch *b = batches_get(epoch, i);
        CHECK(b->n_sequences == n[i] && b->n_padded == padded[i] &&
                  memcmp(b->sentences, expected[i], n[i] * sizeof(size_t)) == 0,
              "batch %zu", i);
    }
    CHECK_CLOSE(batches_padding(epoch), 1.0 - 44.0 / 50.0, 1e-15, "padding");
    batches_free(epoch);
    corpus_free(c);
}

/* The sentences of an epoch in their order. */
static size_t *order_of(batches *epoch)
{
    size_t *order = calloc(epoch->sentences->n_sentences, sizeof *order), n = 0;
    for (size_t i = 0; i < epoch->n_batches; i++) {
        const sentence_batch *b = batches_get(epoch, i);
        memcpy(order + n, b->sentences, b->n_sequences * sizeof *order);
        n += b->n_sequences;
    }
    return order;
}

static void chance(void)
{
    corpus *c = random_corpus(500);
    batches *epoch = batches_alloc(c, 256), *resumed = batches_alloc(c, 256);
    gsl_rng *saved = gsl_rng_clone(suite_rng());
    size_t *orders[4];
    orders[0] = order_of(epoch);
    batches_shuffle(epoch, suite_rng());
    orders[1] = order_of(epoch);
    gsl_rng_memcpy(saved, suite_rng());
    batches_shuffle(epoch, suite_rng());
    orders[2] = order_of(epoch);
    batches_shuffle(resumed, saved);
    orders[3] = order_of(resumed);
    size_t n_bytes = 500 * sizeof(size_t);
    CHECK(memcmp(orders[0], orders[1], n_bytes) != 0, "the first epoch is in the order of lengths");
    CHECK(memcmp(orders[1], orders[2], n_bytes) != 0, "two epochs have the same order");
    CHECK(memcmp(orders[2], orders[3], n_bytes) == 0, "what is resumed has another order");
    for (size_t i = 0; i < 4; i++) {
        free(orders[i]);
    }
    gsl_rng_free(saved);
    batches_free(epoch);
    batches_free(resumed);
    corpus_free(c);
}

/* Of sentences of one length, each pair shares a batch in some epochs and not in others. */
static void neighbours_change(void)
{
    enum { N = 40, EPOCHS = 200 };
    size_t lengths[N], n_together = 0;
    for (size_t s = 0; s < N; s++) {
        lengths[s] = 16 + s % 2;
    }
    corpus *c = make_corpus(lengths, N);
    batches *epoch = batches_alloc(c, 170); /* 4 batches of 10 */
    for (size_t e = 0; e < EPOCHS; e++) {
        batches_shuffle(epoch, suite_rng());
        size_t of_first = 0, of_second = 1;
        for (size_t i = 0; i < epoch->n_batches; i++) {
            const sentence_batch *b = batches_get(epoch, i);
            for (size_t k = 0; k < b->n_sequences; k++) {
                of_first = b->sentences[k] == 0 ? i : of_first;
                of_second = b->sentences[k] == 1 ? i : of_second;
            }
        }
        n_together += of_first == of_second;
    }
    /* p = 9/39 = 0.23: 46 of 200 with a deviation of 6; six of them are never seen. */
    CHECK(n_together > 10 && n_together < 82, "together %zu of %d times", n_together, EPOCHS);
    batches_free(epoch);
    corpus_free(c);
}

static void refused(void)
{
    static const size_t lengths[] = {3, 0, 2};
    corpus *c = make_corpus(lengths, 1), *none = make_corpus(lengths, 0);
    corpus *empty = make_corpus(lengths, 3);
    CHECK(batches_alloc(c, 0) == NULL, "batches of no tokens");
    CHECK(batches_alloc(none, 10) == NULL, "no sentence");
    CHECK(batches_alloc(empty, 10) == NULL, "an empty sentence");
    corpus_free(c);
    corpus_free(none);
    corpus_free(empty);
}

static const test tests[] = {
    {"every epoch has every sentence once, within the limit", every_sentence_once},
    {"sentences of about the same length leave little padding", little_padding},
    {"seven sentences make the batches worked out by hand", known_batches},
    {"the order of an epoch depends on the generator alone", chance},
    {"who shares a batch changes from epoch to epoch", neighbours_change},
    {"no sentences, empty ones and batches of nothing are refused", refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
