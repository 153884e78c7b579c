/* Batches of pairs: every pair once, the arrays that encoder, decoder and loss take, and chance
 * that depends on the generator alone. */
#include "chapters/common/pairs/pair_batches.h"
#include "chapters/common/pairs/pairs_internal.h"
#include "reference/loss.h"
#include "tests/support/suite.h"

#include <stdlib.h>
#include <string.h>

/* Pairs need symbols only to be shown. */
static pairs *make_pairs(size_t n)
{
    pairs_room room = {
        .n_sources = n, .n_pairs = 3 * n, .n_source_symbols = 20 * n, .n_target_symbols = 60 * n};
    return pairs_alloc(&room, NULL, NULL);
}

/* Sources of 1 .. 12 symbols with 1 .. 3 targets of 1 .. 20 symbols. Each symbol is different. */
static pairs *random_pairs(size_t n)
{
    pairs *all = make_pairs(n);
    int numbers[20], next = 2;
    for (size_t s = 0; s < n; s++) {
        size_t length = 1 + gsl_rng_uniform_int(suite_rng(), 12);
        for (size_t j = 0; j < length; j++) {
            numbers[j] = next++;
        }
        pairs_add_source(all, numbers, length);
        for (size_t left = 1 + gsl_rng_uniform_int(suite_rng(), 3); left > 0; left--) {
            length = 1 + gsl_rng_uniform_int(suite_rng(), 20);
            for (size_t j = 0; j < length; j++) {
                numbers[j] = next++;
            }
            pairs_add_target(all, numbers, NULL, length);
        }
    }
    return all;
}

/* ---- What a batch holds ---------------------------------------------------------------------- */

static void check_source(const pairs *all, const pair_batch *b, size_t i)
{
    size_t s = all->sources[b->pairs[i]], length = pairs_source_length(all, s);
    CHECK(b->source_lengths[i] == length, "length %zu of source %zu", b->source_lengths[i], s);
    for (size_t j = 0; j < b->n_source; j++) {
        int expected = j < length ? all->source[all->source_starts[s] + j] : SYMBOLS_UNKNOWN;
        CHECK(b->source[i * b->n_source + j] == expected, "source %zu, symbol %zu", s, j);
    }
}

static void check_target(const pairs *all, const pair_batch *b, size_t i)
{
    size_t p = b->pairs[i], length = pairs_target_length(all, p);
    const int *target = all->target + all->target_starts[p];
    const int *in = b->target_in + i * b->n_target, *out = b->target_out + i * b->n_target;
    CHECK(b->target_lengths[i] == length + 1, "length %zu of pair %zu", b->target_lengths[i], p);
    CHECK(in[0] == SYMBOLS_START && out[length] == SYMBOLS_END, "start and end of pair %zu", p);
    for (size_t t = 0; t < b->n_target; t++) {
        if (t < length) {
            CHECK(in[t + 1] == target[t] && out[t] == target[t], "pair %zu, symbol %zu", p, t);
        } else if (t > length) {
            CHECK(in[t] == SYMBOLS_END && out[t] == REF_IGNORED, "pair %zu, behind %zu", p, t);
        }
    }
}

/* Every batch of an epoch; counts in which each pair stands. */
static void check_epoch(pair_batches *epoch, size_t size, size_t *times)
{
    size_t max_source = 0, max_target = 0;
    memset(times, 0, epoch->all->n_pairs * sizeof *times);
    for (size_t i = 0; i < epoch->n_batches; i++) {
        const pair_batch *b = pair_batches_get(epoch, i);
        size_t n_source = 0, n_target = 0, n_symbols = 0;
        CHECK(b->n_pairs >= 1 && b->n_pairs <= size, "%zu pairs", b->n_pairs);
        for (size_t k = 0; k < b->n_pairs; k++) {
            times[b->pairs[k]]++;
            check_source(epoch->all, b, k);
            check_target(epoch->all, b, k);
            n_source = b->source_lengths[k] > n_source ? b->source_lengths[k] : n_source;
            n_target = b->target_lengths[k] > n_target ? b->target_lengths[k] : n_target;
            n_symbols += b->target_lengths[k];
        }
        CHECK(b->n_source == n_source && b->n_target == n_target && b->n_symbols == n_symbols,
              "a batch of %zu x %zu and %zu symbols", b->n_source, b->n_target, b->n_symbols);
        CHECK(b->n_pairs * n_source <= epoch->max_source_all &&
                  b->n_pairs * n_target <= epoch->max_target_all,
              "more than was announced");
        max_source = n_source > max_source ? n_source : max_source;
        max_target = n_target > max_target ? n_target : max_target;
    }
    CHECK(max_source == epoch->max_source && max_target == epoch->max_target, "%zu x %zu announced",
          epoch->max_source, epoch->max_target);
}

static void every_pair_once(void)
{
    static const size_t n_sources[] = {1, 2, 7, 300}, sizes[] = {1, 3, 64, 100000};
    for (size_t i = 0; i < 16; i++) {
        pairs *all = random_pairs(n_sources[i / 4]);
        size_t *times = calloc(all->n_pairs, sizeof *times);
        for (int choice = PAIR_BATCHES_PAIRS; choice <= PAIR_BATCHES_SOURCES; choice++) {
            pair_batches *epoch =
                pair_batches_alloc(all, (pair_batches_choice)choice, sizes[i % 4]);
            for (int e = 0; e < 3; e++) {
                check_epoch(epoch, sizes[i % 4], times);
                for (size_t p = 0; p < all->n_pairs; p++) {
                    bool is_first = all->first_pairs[all->sources[p]] == p;
                    CHECK(times[p] == (choice == PAIR_BATCHES_PAIRS || is_first),
                          "pair %zu stands in %zu batches", p, times[p]);
                }
                pair_batches_shuffle(epoch, suite_rng());
            }
            pair_batches_free(epoch);
        }
        free(times);
        pairs_free(all);
    }
}

static void known_batch(void)
{
    static const int long_source[] = {5, 6, 7, 8}, short_source[] = {9, 5, 6};
    static const int long_target[] = {4, 3, 2}, short_target[] = {7, 8};
    pairs *all = make_pairs(2);
    pairs_add_source(all, long_source, 4);
    pairs_add_target(all, short_target, NULL, 2);
    pairs_add_source(all, short_source, 3);
    pairs_add_target(all, long_target, NULL, 3);
    pair_batches *epoch = pair_batches_alloc(all, PAIR_BATCHES_PAIRS, 2);
    const pair_batch *b = pair_batches_get(epoch, 0); /* the shorter source comes first */
    static const int source[] = {9, 5, 6, 0, 5, 6, 7, 8}, in[] = {0, 4, 3, 2, 0, 7, 8, 1},
                     out[] = {4, 3, 2, 1, 7, 8, 1, -1};
    CHECK(b->n_pairs == 2 && b->n_source == 4 && b->n_target == 4 && b->n_symbols == 7,
          "%zu x %zu, %zu", b->n_source, b->n_target, b->n_symbols);
    CHECK(memcmp(b->source, source, sizeof source) == 0, "source");
    CHECK(memcmp(b->target_in, in, sizeof in) == 0, "target_in");
    CHECK(memcmp(b->target_out, out, sizeof out) == 0, "target_out");
    pair_batches_free(epoch);
    pairs_free(all);
}

/* ---- Order ----------------------------------------------------------------------------------- */

/* Sorted by the length of the source, then of the target. There are 240 pairs of lengths and about
 * 8,000 pairs: most batches have one or two of them. Unsorted, 45 % of all places are padding. */
static void order_of_lengths(void)
{
    pairs *all = random_pairs(4000);
    pair_batches *epoch = pair_batches_alloc(all, PAIR_BATCHES_PAIRS, 32);
    size_t n_source = 0, n_target = 0, n_places = 0, n_symbols = 0;
    for (size_t i = 0; i < epoch->n_batches; i++) {
        const pair_batch *b = pair_batches_get(epoch, i);
        for (size_t k = 0; k < b->n_pairs; k++) {
            size_t s = b->source_lengths[k], t = b->target_lengths[k];
            CHECK(s > n_source || (s == n_source && t >= n_target), "%zu, %zu behind %zu, %zu", s,
                  t, n_source, n_target);
            n_source = s;
            n_target = t;
        }
        n_places += b->n_pairs * b->n_target;
        n_symbols += b->n_symbols;
    }
    CHECK((double)n_symbols > 0.93 * (double)n_places, "%zu of %zu are padding",
          n_places - n_symbols, n_places);
    pair_batches_free(epoch);
    pairs_free(all);
}

/* The pairs of an epoch in their order. */
static size_t *order_of(pair_batches *epoch)
{
    size_t *order = calloc(epoch->n_chosen, sizeof *order), n = 0;
    for (size_t i = 0; i < epoch->n_batches; i++) {
        const pair_batch *b = pair_batches_get(epoch, i);
        memcpy(order + n, b->pairs, b->n_pairs * sizeof *order);
        n += b->n_pairs;
    }
    return order;
}

static void chance(void)
{
    pairs *all = random_pairs(300);
    pair_batches *epoch = pair_batches_alloc(all, PAIR_BATCHES_PAIRS, 16);
    pair_batches *resumed = pair_batches_alloc(all, PAIR_BATCHES_PAIRS, 16);
    size_t *orders[4], n_bytes = epoch->n_chosen * sizeof(size_t);
    orders[0] = order_of(epoch);
    pair_batches_shuffle(epoch, suite_rng());
    orders[1] = order_of(epoch);
    gsl_rng *saved = gsl_rng_clone(suite_rng());
    pair_batches_shuffle(epoch, suite_rng());
    orders[2] = order_of(epoch);
    pair_batches_shuffle(resumed, saved);
    orders[3] = order_of(resumed);
    CHECK(memcmp(orders[0], orders[1], n_bytes) != 0, "the first epoch is in the order of lengths");
    CHECK(memcmp(orders[1], orders[2], n_bytes) != 0, "two epochs have the same order");
    CHECK(memcmp(orders[2], orders[3], n_bytes) == 0, "what is resumed has another order");
    for (size_t i = 0; i < 4; i++) {
        free(orders[i]);
    }
    gsl_rng_free(saved);
    pair_batches_free(epoch);
    pair_batches_free(resumed);
    pairs_free(all);
}

/* Of pairs of the same lengths, any two share a batch in some epochs and not in others. */
static void neighbours_change(void)
{
    enum { N = 40, EPOCHS = 200 };
    static const int numbers[] = {2, 3};
    pairs *all = make_pairs(N);
    for (size_t s = 0; s < N; s++) {
        pairs_add_source(all, numbers, 2);
        pairs_add_target(all, numbers, NULL, 1);
    }
    pair_batches *epoch = pair_batches_alloc(all, PAIR_BATCHES_PAIRS, 10);
    size_t n_together = 0;
    for (size_t e = 0; e < EPOCHS; e++) {
        pair_batches_shuffle(epoch, suite_rng());
        size_t *order = order_of(epoch), of_first = 0, of_second = 0;
        for (size_t i = 0; i < N; i++) {
            of_first = order[i] == 0 ? i / 10 : of_first;
            of_second = order[i] == 1 ? i / 10 : of_second;
        }
        n_together += of_first == of_second;
        free(order);
    }
    /* p = 9/39 = 0.23: 46 of 200 with a deviation of 6; six of them are never seen. */
    CHECK(n_together > 10 && n_together < 82, "together %zu of %d times", n_together, EPOCHS);
    pair_batches_free(epoch);
    pairs_free(all);
}

static void refused(void)
{
    pairs *none = make_pairs(1), *one = random_pairs(1);
    CHECK(pair_batches_alloc(none, PAIR_BATCHES_PAIRS, 8) == NULL, "no pair");
    CHECK(pair_batches_alloc(one, PAIR_BATCHES_PAIRS, 0) == NULL, "batches of no pairs");
    pairs_free(none);
    pairs_free(one);
}

static const test tests[] = {
    {"every epoch has every pair once, or one of each source, and all their symbols",
     every_pair_once},
    {"two pairs make the batch worked out by hand", known_batch},
    {"without chance pairs come by their lengths", order_of_lengths},
    {"the order of an epoch depends on the generator alone", chance},
    {"who shares a batch changes from epoch to epoch", neighbours_change},
    {"no pairs and batches of nothing are refused", refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
