/**
 * @file corpus_format.c
 * What a line shows of the format it is written in.
 */
#include "chapters/common/words/corpus_internal.h"
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_of_id(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* An ID, and so many tabs that the columns can be meant for CoNLL-U: if one is missing or too many,
 * the error shall say so. */
static bool looks_like_conllu(const char *line, size_t length)
{
    size_t n_id = 0, n_tabs = 0;
    while (n_id < length && is_of_id(line[n_id])) {
        n_id++;
    }
    for (size_t i = 0; i < length; i++) {
        n_tabs += line[i] == '\t';
    }
    return n_id > 0 && n_id < length && line[n_id] == '\t' && n_tabs >= 7 && n_tabs <= 11;
}

/* How many words between blanks, and how many of them have a slash in their middle. */
static size_t count_words(const char *line, size_t length, size_t *n_slashed)
{
    size_t n_words = 0;
    *n_slashed = 0;
    for (size_t first = 0, end = 0; first < length; first = ++end) {
        while (end < length && !is_blank(line[end])) {
            end++;
        }
        n_words += end > first;
        *n_slashed += end > first + 2 && memchr(line + first + 1, '/', end - first - 2) != NULL;
    }
    return n_words;
}

static corpus_format format_of(const char *line, size_t length)
{
    if (looks_like_conllu(line, length)) {
        return CORPUS_CONLLU;
    }
    while (length > 0 && is_blank(*line)) { /* the Brown corpus starts sentences with a tab */
        line++;
        length--;
    }
    while (length > 0 && is_blank(line[length - 1])) {
        length--;
    }
    size_t n_slashed, n_words = count_words(line, length, &n_slashed);
    if (n_words > 0 && n_slashed == n_words && memchr(line, '\t', length) == NULL) {
        return CORPUS_BROWN;
    }
    return n_words > 1 ? CORPUS_COLUMNS : CORPUS_ANY;
}

corpus_format corpus_guess_format(const char *line, const char *rest, size_t n_rest)
{
    if (line[0] != '#') {
        return format_of(line, strlen(line));
    }
    while (n_rest > 0) {
        const char *end = memchr(rest, '\n', n_rest);
        size_t length = end != NULL ? (size_t)(end - rest) : n_rest;
        size_t n_slashed;
        if (rest[0] != '#' && count_words(rest, length, &n_slashed) > 0) {
            return format_of(rest, length);
        }
        size_t n_used = length + (end != NULL);
        rest += n_used;
        n_rest -= n_used;
    }
    return CORPUS_CONLLU; /* comments alone */
}
