/**
 * @file lexicon.c
 * Numbering what stood in a training corpus, and finding it again. In a file, the values of a
 * channel are one text, a value a line, ascending: the place of a value is its number.
 */
#include "chapters/common/program/utf8.h"
#include "chapters/common/words/word_features_internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNELS_KEY "lexicon.channels" /* names with commas between them */
#define LABELS_KEY   "lexicon.labels"

static bool report(lexicon_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool report(lexicon_problem *problem, const char *format, ...)
{
    if (problem != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(problem->message, sizeof problem->message, format, arguments);
        va_end(arguments);
    }
    return false;
}

static bool no_memory(lexicon_problem *problem)
{
    return report(problem, "out of memory for the words of the training corpus");
}

/* ---- Counting -------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The feature of token i that is to be numbered, or "" for none. A channel of NULL means labels. */
static const char *value_of(const corpus *training, size_t i, const word_channel *channel,
                            char *feature)
{
    const char *value = training->tags[i] != NULL ? training->tags[i] : "";
    if (channel != NULL) {
        channel->feature(training->words[i], feature);
        value = feature;
    }
    return strchr(value, '\n') == NULL ? value : "";
}

/* The values of all tokens, ascending, each as often as it stands there. They point into *bytes. */
static const char **sorted_values(const corpus *training, const word_channel *channel, char **bytes,
                                  size_t *n)
{
    char feature[WORD_FEATURE_SIZE];
    size_t n_bytes = 1;
    for (size_t i = 0; i < training->n_tokens; i++) {
        n_bytes += strlen(value_of(training, i, channel, feature)) + 1;
    }
    const char **values = calloc(training->n_tokens + 1, sizeof *values);
    char *end = *bytes = malloc(n_bytes);
    *n = 0;
    for (size_t i = 0; values != NULL && end != NULL && i < training->n_tokens; i++) {
        const char *value = value_of(training, i, channel, feature);
        size_t size = strlen(value) + 1;
        if (size > 1) {
            values[(*n)++] = memcpy(end, value, size);
            end += size;
        }
    }
    if (values == NULL || *bytes == NULL) {
        free(values);
        free(*bytes);
        return NULL;
    }
    qsort(values, *n, sizeof *values, by_bytes);
    return values;
}

/* The text of a channel: each value that stands there often enough, once. NULL without memory. */
static char *text_of_values(const corpus *training, const word_channel *channel)
{
    size_t n, min_count = channel != NULL ? channel->min_count : 1, n_bytes = 1;
    char *bytes;
    const char **values = sorted_values(training, channel, &bytes, &n);
    if (values == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        n_bytes += strlen(values[i]) + 1;
    }
    char *text = malloc(n_bytes), *end = text;
    for (size_t first = 0, last; text != NULL && first < n; first = last) {
        for (last = first; last < n && strcmp(values[first], values[last]) == 0;) {
            last++;
        }
        if (last - first >= min_count) {
            end += sprintf(end, "%s%s", end > text ? "\n" : "", values[first]);
        }
    }
    if (text != NULL) {
        *end = '\0';
    }
    free(values);
    free(bytes);
    return text;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static const char *find_text(const safetensors_text *texts, size_t n_texts, const char *key)
{
    for (size_t i = 0; i < n_texts; i++) {
        if (strcmp(texts[i].key, key) == 0) {
            return texts[i].text;
        }
    }
    return NULL;
}

/* Copy a text that the lexicon is to have. */
static bool copy_text(lexicon *words, const safetensors_text *texts, size_t n_texts,
                      const char *key, lexicon_problem *problem)
{
    const char *text = find_text(texts, n_texts, key);
    if (text == NULL) {
        return report(problem, "expected a text '%s', found none", key);
    }
    char *copy = malloc(strlen(text) + 1);
    if (copy == NULL) {
        return no_memory(problem);
    }
    strcpy(copy, text);
    words->texts[words->n_texts++] = (safetensors_text){.key = key, .text = copy};
    return true;
}

/* The names of the channels, and the texts of their values. */
static bool copy_channels(lexicon *words, const safetensors_text *texts, size_t n_texts,
                          lexicon_problem *problem)
{
    const char *name = words->texts[0].text;
    for (bool has_more = true; has_more;) {
        size_t length = strcspn(name, ",");
        const word_channel *channel = word_channel_find(name, length);
        if (channel == NULL) {
            return report(problem,
                          "expected the name of a channel, such as 'suffix3', found '%.*s'",
                          (int)(length < 40 ? length : 40), name);
        }
        for (size_t c = 0; c < words->n_channels; c++) {
            if (words->channels[c].name == channel->name) {
                return report(problem, "expected each channel once, found '%s' again",
                              channel->name);
            }
        }
        words->channels[words->n_channels++].name = channel->name;
        if (!copy_text(words, texts, n_texts, channel->key, problem)) {
            return false;
        }
        has_more = name[length] == ',';
        name += length + 1;
    }
    return true;
}

/* Cut the copy of a text into its values: ascending, so that they can be found, and UTF-8. */
static bool cut_values(lexicon_values *values, char *copy, const char *key,
                       lexicon_problem *problem)
{
    if (copy[utf8_valid_length(copy)] != '\0') {
        return report(problem, "%s: expected UTF-8", key);
    }
    size_t n = *copy != '\0';
    for (const char *c = copy; *c != '\0'; c++) {
        n += *c == '\n';
    }
    values->values = calloc(n + 1, sizeof *values->values);
    if (values->values == NULL) {
        return no_memory(problem);
    }
    char *value = copy;
    for (size_t i = 0; i < n; i++) {
        char *end = value + strcspn(value, "\n"), *next = end + (*end != '\0');
        *end = '\0';
        if (*value == '\0' || (i > 0 && strcmp(values->values[i - 1], value) >= 0)) {
            return report(problem, "%s: expected values that ascend, found '%.60s' as number %zu",
                          key, value, i + 1);
        }
        values->values[values->n++] = value;
        value = next;
    }
    return true;
}

static bool cut_all(lexicon *words, lexicon_problem *problem)
{
    size_t n_bytes = 0;
    for (size_t i = 1; i < words->n_texts; i++) {
        n_bytes += strlen(words->texts[i].text) + 1;
    }
    char *copy = words->values = malloc(n_bytes);
    if (copy == NULL) {
        return no_memory(problem);
    }
    for (size_t i = 1; i < words->n_texts; i++) {
        lexicon_values *values = i == 1 ? &words->labels : &words->channels[i - 2].values;
        size_t size = strlen(words->texts[i].text) + 1;
        memcpy(copy, words->texts[i].text, size);
        if (!cut_values(values, copy, words->texts[i].key, problem)) {
            return false;
        }
        copy += size;
    }
    return words->labels.n > 0 ||
           report(problem, "%s: expected at least one label, found none", LABELS_KEY);
}

lexicon *lexicon_read(const safetensors_text *texts, size_t n_texts, lexicon_problem *problem)
{
    if (problem != NULL) {
        problem->message[0] = '\0';
    }
    lexicon *words = calloc(1, sizeof *words);
    if (words != NULL) {
        words->texts = calloc(LEXICON_MAX_CHANNELS + 2, sizeof *words->texts);
    }
    if (words == NULL || words->texts == NULL) {
        no_memory(problem);
        free(words);
        return NULL;
    }
    if (!copy_text(words, texts, n_texts, CHANNELS_KEY, problem) ||
        !copy_text(words, texts, n_texts, LABELS_KEY, problem) ||
        !copy_channels(words, texts, n_texts, problem) || !cut_all(words, problem)) {
        lexicon_free(words);
        return NULL;
    }
    return words;
}

/* ---- Building -------------------------------------------------------------------------------- */

enum { NAMES_SIZE = 256 };

static void write_all_names(char *names)
{
    const word_channel *channel;
    *names = '\0';
    for (size_t i = 0; (channel = word_channel_at(i)) != NULL; i++) {
        strcat(names, i > 0 ? "," : "");
        strcat(names, channel->name);
    }
}

/* Number every channel, wanted or not, so that one way leads into a lexicon: by its texts. */
lexicon *lexicon_build(const corpus *training, const char *channels, lexicon_problem *problem)
{
    char names[NAMES_SIZE];
    write_all_names(names);
    safetensors_text texts[LEXICON_MAX_CHANNELS + 2] = {
        {CHANNELS_KEY, channels != NULL ? channels : names},
        {LABELS_KEY, text_of_values(training, NULL)},
    };
    const word_channel *channel;
    size_t n_texts = 2;
    bool has_memory = texts[1].text != NULL;
    for (; (channel = word_channel_at(n_texts - 2)) != NULL; n_texts++) {
        texts[n_texts].key = channel->key;
        texts[n_texts].text = text_of_values(training, channel);
        has_memory &= texts[n_texts].text != NULL;
    }
    lexicon *words = NULL;
    if (has_memory) {
        words = lexicon_read(texts, n_texts, problem);
    } else {
        no_memory(problem);
    }
    for (size_t i = 1; i < n_texts; i++) {
        free((char *)texts[i].text);
    }
    return words;
}
