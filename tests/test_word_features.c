/* Features of words, and the lexicon that numbers them: known values, and the way through a file. */
#include "chapters/common/words/word_features.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Features -------------------------------------------------------------------------------- */

static const struct {
    const char *channel, *word, *feature;
} features[] = {
    {"word", "Re-Elected", "re-elected"},
    {"word", "BÄNK", "bänk"},
    {"word", "", ""},
    {"suffix3", "Re-elected", "ted"},
    {"suffix3", "ED", "ed"},
    {"suffix3", "the", "the"},
    {"suffix3", "КРЕМЛЬ", "мль"},
    {"suffix3", "naïf", "aïf"},
    {"suffix2", "Elected", "ed"},
    {"suffix2", "I", "i"},
    {"suffix2", "\xFF\xFE\xFD", "\xFE\xFD"},
    {"prefix2", "Elected", "el"},
    {"prefix2", "Über", "üb"},
    {"prefix2", "a", "a"},
    {"shape", "Bank", "Xxx"},
    {"shape", "bank", "xx"},
    {"shape", "FBI", "XX"},
    {"shape", "McGill", "XxXxx"},
    {"shape", "1984", "dd"},
    {"shape", "3.5", "d.d"},
    {"shape", "Re-elected", "Xx-xx"},
    {"shape", "#Attention", "#Xxx"},
    {"shape", "@learner_7", "@xx_d"},
    {"shape", "http://example.org/a", "url"},
    {"shape", "www.example.org", "url"},
    {"shape", "...", ".."},
    {"shape", "''", "''"},
    {"shape", "Ärger", "Xxx"},
    {"shape", "💔", "s"},
    {"shape", "–", "s"},
    {"shape", "aB1aB1aB", "xXdxXdxX"},
    {"shape", "aB1aB1aB1", "xXdxXdxX~"},
};

static void each_feature(void)
{
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        char found[WORD_FEATURE_SIZE] = "?";
        CHECK(word_feature(features[i].channel, features[i].word, found), "no channel %s",
              features[i].channel);
        CHECK(strcmp(found, features[i].feature) == 0, "%s of '%s': '%s' instead of '%s'",
              features[i].channel, features[i].word, found, features[i].feature);
    }
    char found[WORD_FEATURE_SIZE];
    CHECK(!word_feature("suffix4", "word", found), "a channel that is none");
}

/* A word longer than a feature, of letters of two bytes: it is cut between letters. */
static void long_words(void)
{
    static const char *const channels[] = {"word", "suffix3", "suffix2", "prefix2", "shape"};
    char word[4 * WORD_FEATURE_SIZE + 1] = "", feature[WORD_FEATURE_SIZE];
    for (size_t i = 0; i < 2 * WORD_FEATURE_SIZE; i++) {
        strcat(word, "ä");
    }
    for (size_t c = 0; c < 5; c++) {
        CHECK(word_feature(channels[c], word, feature), "no channel %s", channels[c]);
        size_t length = strlen(feature);
        static const size_t expected[] = {254, 6, 4, 4, 2};
        CHECK(length == expected[c], "%s has %zu bytes", channels[c], length);
    }
}

/* ---- The lexicon ----------------------------------------------------------------------------- */

#define TEXT                                                                                       \
    "The\tDET\nbank\tNOUN\nran\tVERB\n\nthe\tDET\nBank\tPROPN\nof\tADP\nIndia\tPROPN\n\n"          \
    "rank\tNOUN\n1984\tNUM\n"

static lexicon *build(const char *channels, lexicon_problem *problem)
{
    corpus *c = corpus_decode(TEXT, strlen(TEXT), "text", CORPUS_ANY, NULL, NULL);
    lexicon *words = lexicon_build(c, channels, problem);
    corpus_free(c); /* a lexicon outlives its corpus */
    return words;
}

static void check_ids(const lexicon *words, const char *word, const size_t *expected)
{
    size_t ids[LEXICON_MAX_CHANNELS];
    lexicon_ids(words, word, ids);
    for (size_t c = 0; c < words->n_channels; c++) {
        CHECK(ids[c] == expected[c], "%s of '%s' is %zu", words->channels[c].name, word, ids[c]);
    }
}

static void check_lexicon(const lexicon *words)
{
    static const char *const labels[] = {"ADP", "DET", "NOUN", "NUM", "PROPN", "VERB"};
    CHECK(words->labels.n == 6, "%zu labels", words->labels.n);
    for (int i = 0; i < 6; i++) {
        CHECK(lexicon_label(words, labels[i]) == i &&
                  strcmp(words->labels.values[i], labels[i]) == 0,
              "%s", labels[i]);
    }
    CHECK(lexicon_label(words, "X") == LEXICON_NO_LABEL, "a label that is none");
    CHECK(lexicon_label(words, NULL) == LEXICON_NO_LABEL, "no label");
    /* word: bank the; suffix3: ank the; suffix2: he nk; prefix2: ba ra th; shape: Xxx dd xx */
    static const size_t n_ids[] = {3, 3, 3, 4, 4};
    CHECK(words->n_channels == 5, "%zu channels", words->n_channels);
    for (size_t c = 0; c < 5 && words->n_channels == 5; c++) {
        CHECK(lexicon_n_ids(words, c) == n_ids[c], "%s has %zu ids", words->channels[c].name,
              lexicon_n_ids(words, c));
    }
    check_ids(words, "BANK", (const size_t[]){1, 1, 2, 1, 0});
    check_ids(words, "the", (const size_t[]){2, 2, 1, 3, 3});
    check_ids(words, "Thank", (const size_t[]){0, 1, 2, 3, 1});
    check_ids(words, "2001", (const size_t[]){0, 0, 0, 0, 2});
    check_ids(words, "?!", (const size_t[]){0, 0, 0, 0, 0});
}

static void known_lexicon(void)
{
    lexicon_problem problem;
    lexicon *words = build(NULL, &problem);
    if (CHECK(words != NULL && problem.message[0] == '\0', "%s", problem.message)) {
        check_lexicon(words);
    }
    lexicon_free(words);
}

static void chosen_channels(void)
{
    lexicon_problem problem;
    lexicon *words = build("shape,word", &problem);
    CHECK(words != NULL && words->n_channels == 2 && words->n_texts == 4, "%s", problem.message);
    check_ids(words, "Bank", (const size_t[]){1, 1});
    lexicon_free(words);
    static const struct {
        const char *channels, *says;
    } bad[] = {{"", "''"}, {"word,", "''"}, {"word,suffix9", "'suffix9'"}, {"word,word", "again"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(build(bad[i].channels, &problem) == NULL && strstr(problem.message, bad[i].says),
              "'%s': %s", bad[i].channels, problem.message);
    }
}

/* ---- Through a file -------------------------------------------------------------------------- */

static void through_a_file(void)
{
    lexicon *words = build(NULL, NULL), *again = NULL;
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "model.safetensors");
    safetensors_problem problem;
    lexicon_problem why = {""};
    CHECK(safetensors_save(path, NULL, 0, words->texts, words->n_texts, &problem), "%s",
          problem.message);
    safetensors *file = safetensors_load(path, &problem);
    if (CHECK(file != NULL, "%s", problem.message)) {
        again = lexicon_read(file->texts, file->n_texts, &why);
    }
    safetensors_free(file); /* a lexicon outlives the file */
    if (CHECK(again != NULL, "%s", why.message)) {
        check_lexicon(again);
    }
    lexicon_free(again);
    lexicon_free(words);
    temporary_remove(folder);
}

#define LABELS                                                                                     \
    {                                                                                              \
        "lexicon.labels", "A\nB"                                                                   \
    }

static void bad_texts(void)
{
    static const struct {
        const char *catches;
        safetensors_text texts[3];
        const char *says;
    } cases[] = {
        {"no channels", {LABELS, {"lexicon.word", "a"}, {"x", ""}}, "'lexicon.channels'"},
        {"no labels",
         {{"lexicon.channels", "word"}, {"lexicon.word", "a"}, {"x", ""}},
         "'lexicon.labels'"},
        {"no values",
         {{"lexicon.channels", "word"}, LABELS, {"lexicon.shape", "x"}},
         "'lexicon.word'"},
        {"an unknown channel",
         {{"lexicon.channels", "words"}, LABELS, {"lexicon.words", "a"}},
         "'words'"},
        {"a channel twice",
         {{"lexicon.channels", "word,word"}, LABELS, {"lexicon.word", "a"}},
         "'word' again"},
        {"an empty list of labels",
         {{"lexicon.channels", "word"}, {"lexicon.labels", ""}, {"lexicon.word", "a"}},
         "at least one label"},
        {"values in another order",
         {{"lexicon.channels", "word"}, LABELS, {"lexicon.word", "b\na"}},
         "lexicon.word: expected values that ascend, found 'a' as number 2"},
        {"a value twice",
         {{"lexicon.channels", "word"}, LABELS, {"lexicon.word", "a\na"}},
         "ascend"},
        {"an empty value",
         {{"lexicon.channels", "word"}, LABELS, {"lexicon.word", "a\n\nb"}},
         "ascend"},
        {"a line end behind the last value",
         {{"lexicon.channels", "word"}, LABELS, {"lexicon.word", "a\n"}},
         "ascend"},
        {"bytes that are not UTF-8",
         {{"lexicon.channels", "word"}, LABELS, {"lexicon.word", "a\xFF"}},
         "UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lexicon_problem problem;
        lexicon *words = lexicon_read(cases[i].texts, 3, &problem);
        CHECK(words == NULL && strstr(problem.message, cases[i].says) != NULL &&
                  strstr(problem.message, "expected") != NULL,
              "%s: \"%s\" should say \"%s\"", cases[i].catches, problem.message, cases[i].says);
        CHECK(lexicon_read(cases[i].texts, 3, NULL) == NULL, "without a problem");
        lexicon_free(words);
    }
}

static void empty_channel(void)
{
    static const safetensors_text texts[] = {
        {"lexicon.channels", "word"}, LABELS, {"lexicon.word", ""}};
    lexicon_problem problem;
    lexicon *words = lexicon_read(texts, 3, &problem);
    CHECK(words != NULL && lexicon_n_ids(words, 0) == 1, "%s", problem.message);
    check_ids(words, "a", (const size_t[]){0});
    lexicon_free(words);
}

static void untagged(void)
{
    corpus *c = corpus_decode("a\n", 2, "a", CORPUS_COLUMNS, "none", NULL);
    lexicon_problem problem;
    CHECK(lexicon_build(c, NULL, &problem) == NULL && strstr(problem.message, "label"),
          "without tags: %s", problem.message);
    corpus_free(c);
}

static const test tests[] = {
    {"a word has the features that its letters say", each_feature},
    {"a feature of a word of any length fits, and ends with a whole letter", long_words},
    {"a lexicon numbers what was seen often enough", known_lexicon},
    {"a lexicon has the channels that are wanted, and refuses others", chosen_channels},
    {"a lexicon comes back from a file as it was", through_a_file},
    {"each damaged text of a lexicon has its own sentence", bad_texts},
    {"a channel whose values were all too rare knows no word", empty_channel},
    {"a corpus without tags makes no lexicon", untagged},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
