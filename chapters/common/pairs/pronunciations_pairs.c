/**
 * @file pronunciations_pairs.c
 * The entries of a dictionary in order, and as pairs.
 */
#include "chapters/common/pairs/pairs_internal.h"
#include "chapters/common/pairs/pronunciations_internal.h"
#include <stdlib.h>
#include <string.h>

/* ---- Order ----------------------------------------------------------------------------------- */

static int by_size(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* What is the same stands side by side, the first line of it first. */
static int by_word_and_phones(const void *a, const void *b)
{
    const pronunciations_entry *p = a, *q = b;
    int order = strcmp(p->word, q->word);
    order = order != 0 ? order : strcmp(p->phones, q->phones);
    return order != 0 ? order : by_size(p->line, q->line);
}

static int by_first_line(const void *a, const void *b)
{
    const pronunciations_entry *p = a, *q = b;
    int order = by_size(p->first, q->first);
    return order != 0 ? order : by_size(p->line, q->line);
}

/* Leave out what stands there twice, and find the first line of each word. */
static void join_words(pronunciations_reader *reader)
{
    pronunciations_entry *entries = reader->entries;
    size_t n = 0;
    for (size_t i = 0, end; i < reader->n_entries; i = end) {
        size_t first = entries[i].line, begin = n;
        for (end = i; end < reader->n_entries && !strcmp(entries[end].word, entries[i].word);
             end++) {
            first = entries[end].line < first ? entries[end].line : first;
        }
        for (size_t j = i; j < end; j++) {
            bool is_new = n == begin || strcmp(entries[j].phones, entries[n - 1].phones) != 0;
            entries[n] = entries[j];
            n += is_new;
        }
        for (size_t j = begin; j < n; j++) {
            entries[j].first = first;
        }
    }
    reader->n_entries = n;
}

pronunciations *pronunciations_sort(pronunciations_reader *reader)
{
    pronunciations_entry *entries = reader->entries;
    qsort(entries, reader->n_entries, sizeof *entries, by_word_and_phones);
    join_words(reader);
    size_t n = reader->n_entries;
    qsort(entries, n, sizeof *entries, by_first_line);
    pronunciations *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return NULL;
    }
    all->words = calloc(n, sizeof *all->words);
    all->starts = calloc(n + 1, sizeof *all->starts);
    all->phones = calloc(n, sizeof *all->phones);
    all->lines = calloc(n, sizeof *all->lines);
    if (all->words == NULL || all->starts == NULL || all->phones == NULL || all->lines == NULL) {
        pronunciations_free(all);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || entries[i].first != entries[i - 1].first) {
            all->words[all->n_words] = entries[i].word;
            all->n_words++;
        }
        all->phones[i] = entries[i].phones;
        all->lines[i] = entries[i].line;
        all->starts[all->n_words] = i + 1;
    }
    all->n_entries = n;
    return all;
}

/* ---- Pairs ----------------------------------------------------------------------------------- */

symbols *pronunciations_letters(const pronunciations *all)
{
    return symbols_alloc(SYMBOLS_SOURCE, SYMBOLS_CHARACTERS, all->words, all->n_words);
}

symbols *pronunciations_phones(const pronunciations *all)
{
    return symbols_alloc(SYMBOLS_TARGET, SYMBOLS_BETWEEN_BLANKS, all->phones, all->n_entries);
}

/* Say which phone of an entry is not known. */
static void report_unknown(const pronunciations *all, size_t word, size_t entry,
                           const symbols *phones, pronunciations_problem *problem)
{
    pronunciations_reader reader = {
        .name = all->name, .line = all->lines[entry], .problem = problem};
    const char *phone = all->phones[entry];
    size_t length;
    while ((length = symbols_next(SYMBOLS_BETWEEN_BLANKS, &phone)) > 0 &&
           symbols_find(phones, phone, length) != SYMBOLS_NONE) {
        phone += length;
    }
    pronunciations_report(&reader, PRONUNCIATIONS_UNKNOWN_PHONE,
                          "expected the %zu phones of the training data, found '%.*s' behind "
                          "'%.60s'",
                          phones->n - phones->n_fixed, length < 40 ? (int)length : 40, phone,
                          all->words[word]);
}

static bool has_unknown(const int *numbers, size_t n)
{
    for (size_t t = 0; t < n; t++) {
        if (numbers[t] == SYMBOLS_NONE) {
            return true;
        }
    }
    return false;
}

/* A word with all its pronunciations. */
static bool add_word(pairs *made, const pronunciations *all, size_t word,
                     pronunciations_problem *problem)
{
    int numbers[PAIRS_MAX_LENGTH];
    size_t n = symbols_encode(made->source_symbols, all->words[word], PAIRS_MAX_LENGTH, numbers);
    pairs_add_source(made, numbers, n);
    for (size_t e = all->starts[word]; e < all->starts[word + 1]; e++) {
        n = symbols_encode(made->target_symbols, all->phones[e], PAIRS_MAX_LENGTH, numbers);
        if (has_unknown(numbers, n)) {
            report_unknown(all, word, e, made->target_symbols, problem);
            return false;
        }
        pairs_add_target(made, numbers, NULL, n);
    }
    return true;
}

pairs *pronunciations_pairs(const pronunciations *all, const symbols *letters,
                            const symbols *phones, pronunciations_problem *problem)
{
    if (problem != NULL) {
        *problem = (pronunciations_problem){.kind = PRONUNCIATIONS_OK};
    }
    pairs_room room = {.n_sources = all->n_words, .n_pairs = all->n_entries};
    for (size_t w = 0; w < all->n_words; w++) {
        room.n_source_symbols += symbols_encode(letters, all->words[w], 0, NULL);
    }
    for (size_t e = 0; e < all->n_entries; e++) {
        room.n_target_symbols += symbols_encode(phones, all->phones[e], 0, NULL);
    }
    pairs *made = pairs_alloc(&room, letters, phones);
    if (made == NULL) {
        pronunciations_reader reader = {.name = all->name, .problem = problem};
        pronunciations_out_of_memory(&reader);
        return NULL;
    }
    for (size_t w = 0; w < all->n_words; w++) {
        if (!add_word(made, all, w, problem)) {
            pairs_free(made);
            return NULL;
        }
    }
    return made;
}
