/* The corpus that every program carries: what the chapters rely on holds for each of its words. */
#include "chapters/common/words/corpus.h"
#include "tests/support/suite.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HELD_OUT = 5, MAX_NAMES = 64, NAME_SIZE = 32 };

static corpus *course(const char *column)
{
    corpus_problem problem;
    corpus *c = corpus_embedded(column, &problem);
    if (!CHECK(c != NULL, "%s: %s", column, problem.message)) {
        exit(1);
    }
    return c;
}

static size_t sentence_of(const corpus *c, size_t token)
{
    size_t s = 0;
    while (c->starts[s + 1] <= token) {
        s++;
    }
    return s + 1;
}

static void parts_of_speech(void)
{
    static const char *const universal[] = {"ADJ",   "ADP",   "ADV", "AUX",  "CCONJ", "DET",
                                            "INTJ",  "NOUN",  "NUM", "PART", "PRON",  "PROPN",
                                            "PUNCT", "SCONJ", "SYM", "VERB", "X"};
    corpus *c = course("upos");
    CHECK(c->n_sentences >= 800 && c->n_tokens >= 9000, "%zu sentences, %zu tokens", c->n_sentences,
          c->n_tokens);
    for (size_t i = 0; i < c->n_tokens; i++) {
        bool is_known = false;
        for (size_t u = 0; c->tags[i] != NULL && u < 17; u++) {
            is_known |= strcmp(c->tags[i], universal[u]) == 0;
        }
        CHECK(is_known, "sentence %zu: '%s' is '%s'", sentence_of(c, i), c->words[i],
              c->tags[i] != NULL ? c->tags[i] : "nothing");
    }
    corpus_free(c);
}

static bool is_name_tag(const char *tag)
{
    return (tag[0] == 'B' || tag[0] == 'I') && tag[1] == '-' &&
           (!strcmp(tag + 2, "PER") || !strcmp(tag + 2, "LOC") || !strcmp(tag + 2, "ORG"));
}

static void names(void)
{
    corpus *c = course("NER");
    for (size_t s = 0; s < c->n_sentences; s++) {
        const char *before = "O";
        for (size_t i = c->starts[s]; i < c->starts[s + 1]; i++) {
            const char *tag = c->tags[i] != NULL ? c->tags[i] : "nothing";
            CHECK(strcmp(tag, "O") == 0 || is_name_tag(tag), "sentence %zu: '%s' is '%s'", s + 1,
                  c->words[i], tag);
            CHECK(tag[0] != 'I' || (before[0] != 'O' && strcmp(before + 2, tag + 2) == 0),
                  "sentence %zu: '%s' is %s behind %s", s + 1, c->words[i], tag, before);
            before = tag;
        }
    }
    corpus_free(c);
}

/* ---- Senses ---------------------------------------------------------------------------------- */

/* Strings, each with a count. */
typedef struct {
    char names[MAX_NAMES][NAME_SIZE];
    size_t counts[MAX_NAMES], n;
} counter;

static size_t place_of(counter *c, const char *name)
{
    size_t i = 0;
    while (i < c->n && strcmp(c->names[i], name) != 0) {
        i++;
    }
    if (i == c->n && CHECK(c->n < MAX_NAMES, "too many senses")) {
        snprintf(c->names[c->n++], NAME_SIZE, "%s", name);
    }
    return i;
}

static void lower(const char *word, char *out)
{
    size_t i = 0;
    for (; word[i] != '\0' && i + 1 < NAME_SIZE; i++) {
        out[i] = (char)tolower((unsigned char)word[i]);
    }
    out[i] = '\0';
}

static void count_tags(const corpus *c, counter *tags)
{
    tags->n = 0;
    memset(tags->counts, 0, sizeof tags->counts);
    for (size_t i = 0; i < c->n_tokens; i++) {
        if (c->tags[i] != NULL) {
            tags->counts[place_of(tags, c->tags[i])]++;
        }
    }
}

/* The words that have a sense anywhere. */
static void find_ambiguous(const corpus *c, counter *words)
{
    char word[NAME_SIZE];
    words->n = 0;
    for (size_t i = 0; i < c->n_tokens; i++) {
        if (c->tags[i] != NULL) {
            lower(c->words[i], word);
            place_of(words, word);
        }
    }
}

static void every_sense_is_given(void)
{
    static counter words, senses;
    corpus *c = course("Sense");
    find_ambiguous(c, &words);
    count_tags(c, &senses);
    char word[NAME_SIZE];
    for (size_t i = 0; i < c->n_tokens; i++) {
        lower(c->words[i], word);
        size_t n_before = words.n, place = place_of(&words, word);
        CHECK(c->tags[i] != NULL || place == n_before, "sentence %zu: '%s' has no sense",
              sentence_of(c, i), word);
        words.n = n_before;
    }
    CHECK(senses.n >= 16 && senses.n % 2 == 0, "%zu senses", senses.n);
    for (size_t i = 0; i < senses.n; i++) {
        CHECK(senses.counts[i] >= 20, "%s stands there %zu times", senses.names[i],
              senses.counts[i]);
    }
    corpus_free(c);
}

/* ---- Held-out sentences ---------------------------------------------------------------------- */

static void held_out(const char *column, size_t at_least)
{
    static counter all, seen, kept;
    corpus *whole = course(column), *training, *rest;
    CHECK(corpus_hold_out(whole, HELD_OUT, &training, &rest), "no memory");
    count_tags(whole, &all);
    count_tags(training, &seen);
    count_tags(rest, &kept);
    for (size_t i = 0; i < all.n; i++) {
        size_t n_seen = seen.counts[place_of(&seen, all.names[i])];
        size_t n_kept = kept.counts[place_of(&kept, all.names[i])];
        CHECK(n_seen > n_kept && n_kept >= at_least, "%s: %zu in training, %zu held out",
              all.names[i], n_seen, n_kept);
    }
    corpus_free(training);
    corpus_free(rest);
    corpus_free(whole);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void no_sentence_twice(void)
{
    enum { TEXT_SIZE = 1024 };
    corpus *c = course("none");
    char **texts = calloc(c->n_sentences, sizeof *texts);
    for (size_t s = 0; s < c->n_sentences; s++) {
        texts[s] = calloc(1, TEXT_SIZE);
        for (size_t i = c->starts[s], n = 0; i < c->starts[s + 1]; i++) {
            n += (size_t)snprintf(texts[s] + n, TEXT_SIZE - n, "%s ", c->words[i]);
        }
    }
    qsort(texts, c->n_sentences, sizeof *texts, by_text);
    for (size_t s = 1; s < c->n_sentences; s++) {
        CHECK(strcmp(texts[s - 1], texts[s]) != 0, "twice: %s", texts[s]);
    }
    for (size_t s = 0; s < c->n_sentences; s++) {
        free(texts[s]);
    }
    free(texts);
    corpus_free(c);
}

static void held_out_senses(void)
{
    held_out("Sense", 4);
}

static void held_out_names(void)
{
    held_out("NER", 4);
}

static const test tests[] = {
    {"every word has one of the 17 universal parts of speech", parts_of_speech},
    {"every name begins with B- and goes on with I- of the same type", names},
    {"an ambiguous word has a sense wherever it stands", every_sense_is_given},
    {"every fifth sentence together show every sense", held_out_senses},
    {"every fifth sentence together show every kind of name", held_out_names},
    {"no sentence stands there twice", no_sentence_twice},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
