/**
 * @file word_features.c
 * The features of one word.
 */
#include "chapters/common/words/word_features.h"
#include "chapters/common/program/utf8.h"
#include "chapters/common/words/word_features_internal.h"
#include <string.h>

/* ---- Letters --------------------------------------------------------------------------------- */

static size_t count_letters(const char *text)
{
    size_t n = 0;
    while (utf8_next(&text) != 0) {
        n++;
    }
    return n;
}

/* Where the n-th letter begins; the end of a shorter text. */
static const char *skip_letters(const char *text, size_t n)
{
    for (; n > 0 && *text != '\0'; n--) {
        utf8_next(&text);
    }
    return text;
}

/* ---- Channels -------------------------------------------------------------------------------- */

static void whole_word(const char *word, char *feature)
{
    utf8_lower_text(word, feature, WORD_FEATURE_SIZE);
}

/* The last n letters in lower case; the whole of a shorter word. */
static void suffix(const char *word, size_t n, char *feature)
{
    size_t n_letters = count_letters(word);
    utf8_lower_text(skip_letters(word, n_letters > n ? n_letters - n : 0), feature,
                    WORD_FEATURE_SIZE);
}

static void suffix3(const char *word, char *feature)
{
    suffix(word, 3, feature);
}

static void suffix2(const char *word, char *feature)
{
    suffix(word, 2, feature);
}

static void prefix2(const char *word, char *feature)
{
    char lower[WORD_FEATURE_SIZE];
    utf8_lower_text(word, lower, sizeof lower);
    size_t length = (size_t)(skip_letters(lower, 2) - lower);
    memcpy(feature, lower, length);
    feature[length] = '\0';
}

/* ---- Shape ----------------------------------------------------------------------------------- */

/* X a capital, x another letter, d a digit, s what is neither letter nor ASCII: a dash, an emoji;
 * other ASCII stands for itself. */
static char class_of(uint32_t letter)
{
    if (letter >= '0' && letter <= '9') {
        return 'd';
    }
    if (utf8_is_word(letter)) {
        return utf8_lower(letter) != letter ? 'X' : 'x';
    }
    return letter < 0x80 ? (char)letter : 's';
}

static bool is_address(const char *word)
{
    return strncmp(word, "http://", 7) == 0 || strncmp(word, "https://", 8) == 0 ||
           strncmp(word, "www.", 4) == 0;
}

/* The classes of the letters, of equal ones that follow one another two at most: "McGill2-x" is
 * XxXxxd-x, and "I", "It" and "IT" differ. What is longer than SHAPE_CLASSES ends in "~". */
static void shape(const char *word, char *feature)
{
    enum { SHAPE_CLASSES = 8 };
    if (is_address(word)) {
        strcpy(feature, "url");
        return;
    }
    size_t n = 0;
    for (uint32_t letter; (letter = utf8_next(&word)) != 0;) {
        char class = class_of(letter);
        if (n > 1 && feature[n - 1] == class && feature[n - 2] == class) {
            continue;
        }
        if (n == SHAPE_CLASSES) {
            feature[n++] = '~';
            break;
        }
        feature[n++] = class;
    }
    feature[n] = '\0';
}

/* ---- The table ------------------------------------------------------------------------------- */

static const word_channel channels[] = {
    {"word", "lexicon.word", 2, whole_word},    {"suffix3", "lexicon.suffix3", 2, suffix3},
    {"suffix2", "lexicon.suffix2", 2, suffix2}, {"prefix2", "lexicon.prefix2", 2, prefix2},
    {"shape", "lexicon.shape", 1, shape},
};

const word_channel *word_channel_at(size_t i)
{
    return i < sizeof channels / sizeof channels[0] ? &channels[i] : NULL;
}

const word_channel *word_channel_find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        if (strlen(channels[i].name) == length && memcmp(channels[i].name, name, length) == 0) {
            return &channels[i];
        }
    }
    return NULL;
}

bool word_feature(const char *channel, const char *word, char *feature)
{
    const word_channel *found = word_channel_find(channel, strlen(channel));
    if (found != NULL) {
        found->feature(word, feature);
    }
    return found != NULL;
}
