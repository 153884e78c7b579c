/* Scores of pairs: edits, the nearest target, and rates of errors, by values worked out by hand. */
#include "chapters/common/pairs/pair_scores.h"
#include "chapters/common/pairs/pronunciations.h"
#include "tests/support/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t edits_of(const char *a, const char *b)
{
    int x[64], y[64];
    size_t n = strlen(a), m = strlen(b);
    for (size_t i = 0; i < n; i++) {
        x[i] = a[i];
    }
    for (size_t j = 0; j < m; j++) {
        y[j] = b[j];
    }
    return pair_edits(x, n, y, m);
}

static void known_edits(void)
{
    static const struct {
        const char *a, *b;
        size_t n;
    } cases[] = {
        {"", "", 0},          {"abc", "abc", 0},         {"", "abc", 3},    {"abc", "", 3},
        {"abc", "abx", 1},    {"abc", "ac", 1},          {"ac", "abc", 1},  {"ab", "ba", 2},
        {"abcd", "bcda", 2},  {"kitten", "sitting", 3},  {"aaaa", "aa", 2}, {"abcdef", "azced", 3},
        {"xaxbxc", "abc", 3}, {"saturday", "sunday", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK(edits_of(cases[i].a, cases[i].b) == cases[i].n, "%s -> %s: %zu instead of %zu",
              cases[i].a, cases[i].b, edits_of(cases[i].a, cases[i].b), cases[i].n);
    }
}

/* What a distance must be, and what one more symbol may do to it. */
static void edits_are_a_distance(void)
{
    static const char alphabet[] = "abc";
    for (size_t trial = 0; trial < 2000; trial++) {
        char words[3][12];
        size_t lengths[3];
        for (size_t w = 0; w < 3; w++) {
            lengths[w] = gsl_rng_uniform_int(suite_rng(), 11);
            for (size_t i = 0; i < lengths[w]; i++) {
                words[w][i] = alphabet[gsl_rng_uniform_int(suite_rng(), 3)];
            }
            words[w][lengths[w]] = '\0';
        }
        size_t ab = edits_of(words[0], words[1]), ba = edits_of(words[1], words[0]);
        size_t ac = edits_of(words[0], words[2]), cb = edits_of(words[2], words[1]);
        CHECK(ab == ba && (ab == 0) == (strcmp(words[0], words[1]) == 0) && ab <= ac + cb,
              "%s, %s, %s: %zu, %zu, %zu", words[0], words[1], words[2], ab, ac, cb);
        size_t longer = lengths[0] > lengths[1] ? lengths[0] : lengths[1];
        CHECK(ab <= longer && ab >= 2 * longer - lengths[0] - lengths[1], "%zu of %s and %s", ab,
              words[0], words[1]);
    }
}

static void longest(void)
{
    int a[PAIRS_MAX_LENGTH], b[PAIRS_MAX_LENGTH];
    for (int i = 0; i < PAIRS_MAX_LENGTH; i++) {
        a[i] = i;
        b[i] = i + 1;
    }
    CHECK(pair_edits(a, PAIRS_MAX_LENGTH, b, PAIRS_MAX_LENGTH) == 2, "one place aside");
}

/* ---- Words ----------------------------------------------------------------------------------- */

#define WORDS                                                                                      \
    "read\tR IY D\nread\tR EH D\nread\tR EH D IH D\nattention\tAH T EH N SH AH N\nthe\tDH AH\n"    \
    "the\tDH IY\na\tAH\na\tEY\na\tAH R\n"

static symbols *letters, *phones;

static pairs *words(void)
{
    pronunciations *all =
        pronunciations_decode(WORDS, strlen(WORDS), "a", PRONUNCIATIONS_DROP_STRESS, NULL);
    letters = pronunciations_letters(all);
    phones = pronunciations_phones(all);
    pairs *made = pronunciations_pairs(all, letters, phones, NULL);
    pronunciations_free(all);
    return made;
}

static void end(pairs *all)
{
    pairs_free(all);
    symbols_free(letters);
    symbols_free(phones);
}

static void nearest(void)
{
    static const struct {
        const char *catches;
        size_t source;
        const char *answer;
        size_t pair, n_edits;
    } cases[] = {
        {"the first is right", 0, "R IY D", 0, 0},
        {"the second is right", 0, "R EH D", 1, 0},
        {"as near to both, which are as long", 0, "R AH D", 0, 1},
        {"the second is nearer", 0, "T EH D", 1, 1},
        {"the longest is nearest", 0, "R EH D IH", 2, 1},
        {"equally near to three and to five phones", 0, "R EH D D", 2, 1},
        {"nothing written", 0, "", 0, 3},
        {"nothing written, and lengths differ", 3, "", 6, 1},
        {"one too many for both", 2, "DH AH IY", 4, 1},
        {"AH and AH R are equally near to EH: the longer needs two", 3, "EH", 6, 1},
        {"AH EH: one too many for AH, one wrong for AH R", 3, "AH EH", 8, 1},
    };
    pairs *all = words();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int numbers[16];
        size_t n = symbols_encode(phones, cases[i].answer, 16, numbers), n_edits;
        size_t pair = pair_nearest(all, cases[i].source, numbers, n, &n_edits);
        CHECK(pair == cases[i].pair && n_edits == cases[i].n_edits, "%s: pair %zu, %zu edits",
              cases[i].catches, pair, n_edits);
    }
    end(all);
}

/* 3 words of 4 are wrong; 0 + 2 + 1 + 1 edits of 3 + 7 + 2 + 2 phones. */
static void rates(void)
{
    static const char *const answers[] = {"R EH D", "AH T EH N T AH", "DH EH", "AH D"};
    pairs *all = words();
    pair_scores scores = {0};
    CHECK(isnan(pair_scores_symbol_errors(&scores)) && isnan(pair_scores_source_errors(&scores)),
          "nothing was counted");
    for (size_t s = 0; s < 4; s++) {
        int numbers[16];
        size_t n = symbols_encode(phones, answers[s], 16, numbers);
        pair_scores_add(&scores, all, s, numbers, n);
    }
    CHECK(scores.n_sources == 4 && scores.n_wrong == 3 && scores.n_edits == 4 &&
              scores.n_symbols == 14,
          "%zu of %zu wrong, %zu of %zu", scores.n_wrong, scores.n_sources, scores.n_edits,
          scores.n_symbols);
    CHECK(pair_scores_symbol_errors(&scores) == 4.0 / 14.0, "PER %g",
          pair_scores_symbol_errors(&scores));
    CHECK(pair_scores_source_errors(&scores) == 0.75, "WER %g", pair_scores_source_errors(&scores));
    end(all);
}

static void too_much(void)
{
    pairs *all = words();
    pair_scores scores = {0};
    int numbers[PAIRS_MAX_LENGTH * 2];
    for (size_t t = 0; t < sizeof numbers / sizeof numbers[0]; t++) {
        numbers[t] = SYMBOLS_END + 1;
    }
    pair_scores_add(&scores, all, 2, numbers, 2 * PAIRS_MAX_LENGTH);
    CHECK(scores.n_edits == 2 * PAIRS_MAX_LENGTH - 1 && scores.n_symbols == 2,
          "%zu edits of %zu phones", scores.n_edits, scores.n_symbols);
    CHECK(pair_scores_symbol_errors(&scores) > 1.0, "PER %g", pair_scores_symbol_errors(&scores));
    end(all);
}

static const test tests[] = {
    {"edits are as many as by hand", known_edits},
    {"edits are a distance, within its bounds", edits_are_a_distance},
    {"sequences may have the greatest length", longest},
    {"the nearest target needs the fewest edits, and is the longest of those", nearest},
    {"rates sum over words before they divide", rates},
    {"an answer may be longer than any target", too_much},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
