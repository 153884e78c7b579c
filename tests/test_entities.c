/* Names counted whole: where they begin and end, and counts made by hand. */
#include "chapters/common/words/entities.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <string.h>

enum { MAX_TAGS = 16, TEXT_SIZE = 128 };

/* "B-PER I-PER O" cut at its blanks; "-" is no tag. Returns how many. */
static size_t cut(const char *tags, char *text, const char **pointers)
{
    size_t n = 0;
    snprintf(text, TEXT_SIZE, "%s", tags);
    for (char *tag = strtok(text, " "); tag != NULL; tag = strtok(NULL, " ")) {
        pointers[n++] = strcmp(tag, "-") == 0 ? NULL : tag;
    }
    return n;
}

/* ---- Where names begin and end --------------------------------------------------------------- */

static const struct {
    const char *catches, *tags, *names; /* first+n:type */
} spans[] = {
    {"no name", "O O O", ""},
    {"one name in the middle", "O B-PER I-PER O", "1+2:PER "},
    {"a name at the end", "O B-PER I-PER I-PER", "1+3:PER "},
    {"two names side by side", "B-PER B-PER", "0+1:PER 1+1:PER "},
    {"B inside of a name begins another", "B-LOC I-LOC B-LOC I-LOC", "0+2:LOC 2+2:LOC "},
    {"I behind O begins a name", "O I-ORG I-ORG O", "1+2:ORG "},
    {"I at the start begins a name", "I-ORG I-ORG", "0+2:ORG "},
    {"I of another type begins a name", "B-PER I-ORG I-ORG", "0+1:PER 1+2:ORG "},
    {"I behind I of another type begins a name", "I-PER I-LOC I-PER", "0+1:PER 1+1:LOC 2+1:PER "},
    {"B behind I of another type begins a name", "I-PER B-LOC", "0+1:PER 1+1:LOC "},
    {"B behind I of the same type begins a name", "I-PER B-PER I-PER", "0+1:PER 1+2:PER "},
    {"E goes on, and ends", "B-PER I-PER E-PER I-PER", "0+3:PER 3+1:PER "},
    {"E behind O begins a name", "O E-PER E-PER", "1+1:PER 2+1:PER "},
    {"E of another type begins a name", "B-PER E-LOC", "0+1:PER 1+1:LOC "},
    {"S is a name of its own", "S-PER S-PER I-PER", "0+1:PER 1+1:PER 2+1:PER "},
    {"S behind B of the same type", "B-PER S-PER", "0+1:PER 1+1:PER "},
    {"a missing tag is outside", "B-PER - I-PER", "0+1:PER 2+1:PER "},
    {"a part of speech is no name", "NOUN B BPER -PER X-PER", ""},
    {"a type with a hyphen in it", "B-a-b I-a-b I-a-c", "0+2:a-b 2+1:a-c "},
    {"a tag without a type", "B- I- I-PER", "0+2: 2+1:PER "},
};

static void each_span(void)
{
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        char text[TEXT_SIZE], found[TEXT_SIZE] = "";
        const char *tags[MAX_TAGS];
        size_t n = cut(spans[i].tags, text, tags), at = 0, used = 0;
        entity name;
        while (entities_next(tags, n, &at, &name)) {
            used += (size_t)snprintf(found + used, sizeof found - used, "%zu+%zu:%s ", name.first,
                                     name.n, name.type);
        }
        CHECK(strcmp(found, spans[i].names) == 0, "%s: '%s' gives '%s' instead of '%s'",
              spans[i].catches, spans[i].tags, found, spans[i].names);
        CHECK(at == n && !entities_next(tags, n, &at, &name), "%s: it goes on behind the end",
              spans[i].catches);
    }
}

/* The tables of conlleval, for the tags of CoNLL-2003, written out one by one: for each pair of
 * tags, whether the first one ends a name and whether the second one begins one. */
static void each_transition(void)
{
    static const char *const tags[] = {"O", "B-X", "I-X", "B-Y", "I-Y"};
    static const char *const ends[] = {"_____", "EE_EE", "EE_EE", "EEEE_", "EEEE_"};
    static const char *const begins[] = {"_BBBB", "_B_BB", "_B_BB", "_BBB_", "_BBB_"};
    for (size_t a = 0; a < 5; a++) {
        for (size_t b = 0; b < 5; b++) {
            const char *pair[] = {tags[a], tags[b]};
            size_t at = 0;
            bool is_end = false, is_begin = false;
            for (entity name; entities_next(pair, 2, &at, &name);) {
                is_end |= name.first + name.n == 1;
                is_begin |= name.first == 1;
            }
            CHECK(is_end == (ends[a][b] == 'E'), "%s %s: the first one %s", tags[a], tags[b],
                  is_end ? "ends a name" : "ends none");
            CHECK(is_begin == (begins[a][b] == 'B'), "%s %s: the second one %s", tags[a], tags[b],
                  is_begin ? "begins a name" : "begins none");
        }
    }
}

/* ---- Counting -------------------------------------------------------------------------------- */

static const struct {
    const char *catches, *gold, *found;
    entity_counts counts;
} pairs[] = {
    {"all right", "B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC", {2, 2, 2}},
    {"nothing found", "B-PER I-PER O", "O O O", {1, 0, 0}},
    {"nothing there", "O O O", "O B-PER O", {0, 1, 0}},
    {"half a name is not right", "B-PER I-PER", "B-PER O", {1, 1, 0}},
    {"a name too long is not right", "B-PER O", "B-PER I-PER", {1, 1, 0}},
    {"a name begun too late is not right", "B-PER I-PER", "O B-PER", {1, 1, 0}},
    {"another type is not right", "B-PER I-PER", "B-LOC I-LOC", {1, 1, 0}},
    {"I and B of the same span are the same name", "B-PER I-PER O", "I-PER I-PER O", {1, 1, 1}},
    {"one name found as two", "B-PER I-PER", "B-PER B-PER", {1, 2, 0}},
    {"two names found as one", "B-PER B-PER", "B-PER I-PER", {2, 1, 0}},
    {"a type that changes within", "B-PER I-PER I-PER", "B-PER I-LOC I-PER", {1, 3, 0}},
    {"one of three", "B-PER O B-LOC O B-ORG", "B-PER O O B-LOC O", {3, 2, 1}},
};

static void each_pair(void)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char gold_text[TEXT_SIZE], found_text[TEXT_SIZE];
        const char *gold[MAX_TAGS], *found[MAX_TAGS];
        size_t starts[] = {0, cut(pairs[i].gold, gold_text, gold)};
        cut(pairs[i].found, found_text, found);
        entity_scores *scores = entities_score(gold, found, starts, 1);
        const entity_counts *c = &scores->all, *expected = &pairs[i].counts;
        CHECK(c->n_gold == expected->n_gold && c->n_found == expected->n_found &&
                  c->n_right == expected->n_right,
              "%s: %zu there, %zu found, %zu right", pairs[i].catches, c->n_gold, c->n_found,
              c->n_right);
        size_t n_gold = 0, n_found = 0, n_right = 0;
        for (size_t t = 0; t < scores->n_types; t++) {
            n_gold += scores->types[t].counts.n_gold;
            n_found += scores->types[t].counts.n_found;
            n_right += scores->types[t].counts.n_right;
        }
        CHECK(n_gold == c->n_gold && n_found == c->n_found && n_right == c->n_right,
              "%s: the types add up to something else", pairs[i].catches);
        entities_free(scores);
    }
}

/* Two sentences: gold has PER 0-1, LOC 4, ORG 5-6 and PER 8; found are PER 0-1, ORG 4, ORG 5-6,
 * LOC 3, LOC 7 and PER 8. Three are right: precision 3/6, recall 3/4, F1 6/10. Token 3 has no gold
 * tag and does not count as a token. */
static void a_whole_corpus(void)
{
    static const char *const gold[] = {"B-PER", "I-PER", "O", NULL,   "B-LOC",
                                       "B-ORG", "I-ORG", "O", "B-PER"};
    static const char *const found[] = {"I-PER", "I-PER", "O",     "B-LOC", "B-ORG",
                                        "B-ORG", "I-ORG", "I-LOC", "B-PER"};
    static const size_t starts[] = {0, 5, 9};
    entity_scores *scores = entities_score(gold, found, starts, 2);
    CHECK_CLOSE(entities_precision(&scores->all), 3.0 / 6.0, 1e-15, "precision");
    CHECK_CLOSE(entities_recall(&scores->all), 3.0 / 4.0, 1e-15, "recall");
    CHECK_CLOSE(entities_f1(&scores->all), 6.0 / 10.0, 1e-15, "F1");
    CHECK(scores->n_tokens == 8 && scores->n_tokens_right == 5, "%zu of %zu tokens",
          scores->n_tokens_right, scores->n_tokens);
    CHECK_CLOSE(entities_accuracy(scores), 5.0 / 8.0, 1e-15, "accuracy");
    static const entity_type_counts expected[] = {
        {"LOC", {1, 2, 0}}, {"ORG", {1, 2, 1}}, {"PER", {2, 2, 2}}};
    CHECK(scores->n_types == 3, "%zu types", scores->n_types);
    for (size_t t = 0; t < 3 && scores->n_types == 3; t++) {
        const entity_type_counts *found_type = &scores->types[t];
        CHECK(!strcmp(found_type->type, expected[t].type) &&
                  !memcmp(&found_type->counts, &expected[t].counts, sizeof(entity_counts)),
              "type %zu: %s: %zu there, %zu found, %zu right", t, found_type->type,
              found_type->counts.n_gold, found_type->counts.n_found, found_type->counts.n_right);
    }
    entities_free(scores);
}

static void sentences_end_names(void)
{
    static const char *const tags[] = {"B-PER", "I-PER"};
    static const size_t one[] = {0, 2}, two[] = {0, 1, 2};
    entity_scores *together = entities_score(tags, tags, one, 1);
    entity_scores *apart = entities_score(tags, tags, two, 2);
    CHECK(together->all.n_gold == 1 && apart->all.n_gold == 2, "%zu and %zu names",
          together->all.n_gold, apart->all.n_gold);
    entities_free(together);
    entities_free(apart);
}

static void nothing_to_count(void)
{
    static const size_t starts[] = {0};
    entity_scores *scores = entities_score(NULL, NULL, starts, 0);
    CHECK(entities_precision(&scores->all) == 0.0 && entities_recall(&scores->all) == 0.0 &&
              entities_f1(&scores->all) == 0.0 && entities_accuracy(scores) == 0.0,
          "nothing divided by nothing is not 0");
    entities_free(scores);
}

static const test tests[] = {
    {"names begin and end where they should, in odd rows of tags too", each_span},
    {"each pair of tags ends and begins names as conlleval's tables say", each_transition},
    {"a name is right if its first word, its last word and its type are", each_pair},
    {"the figures of two sentences are those counted by hand", a_whole_corpus},
    {"no name goes on in the next sentence", sentences_end_names},
    {"without names and tokens all figures are 0", nothing_to_count},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
