/**
 * @file symbols_text.c
 * Symbols as a text that is saved with a model: "source characters" or the like, then the symbols
 * in the order of their numbers, a symbol a line.
 */
#include "chapters/common/pairs/symbols.h"
#include "chapters/common/program/utf8.h"
#include <stdlib.h>
#include <string.h>

enum { N_KINDS = 4 };

static const struct {
    const char *head;
    symbols_side side;
    symbols_cut cut;
} kinds[N_KINDS] = {
    {"source characters\n", SYMBOLS_SOURCE, SYMBOLS_CHARACTERS},
    {"source between blanks\n", SYMBOLS_SOURCE, SYMBOLS_BETWEEN_BLANKS},
    {"target characters\n", SYMBOLS_TARGET, SYMBOLS_CHARACTERS},
    {"target between blanks\n", SYMBOLS_TARGET, SYMBOLS_BETWEEN_BLANKS},
};

char *symbols_to_text(const symbols *known)
{
    const char *head = "";
    for (size_t k = 0; k < N_KINDS; k++) {
        head = kinds[k].side == known->side && kinds[k].cut == known->cut ? kinds[k].head : head;
    }
    size_t n_bytes = strlen(head) + 1;
    for (size_t i = known->n_fixed; i < known->n; i++) {
        n_bytes += strlen(known->names[i]) + 1;
    }
    char *text = malloc(n_bytes), *end = text;
    if (text == NULL) {
        return NULL;
    }
    end = stpcpy(end, head);
    for (size_t i = known->n_fixed; i < known->n; i++) {
        end = stpcpy(end, known->names[i]);
        end = stpcpy(end, "\n");
    }
    return text;
}

/* The lines behind the head, each of them ended. They are cut in place. */
static const char **cut_lines(char *text, size_t *n)
{
    *n = 0;
    for (const char *c = text; *c != '\0'; c++) {
        *n += *c == '\n';
    }
    const char **lines = calloc(*n + 1, sizeof *lines);
    for (size_t i = 0; lines != NULL && i < *n; i++) {
        lines[i] = text;
        text += strcspn(text, "\n");
        *text++ = '\0';
    }
    return lines;
}

/* Whether symbols have the very names of these lines: each line is one symbol, and they ascend. */
static bool has_names(const symbols *known, const char *const *lines, size_t n)
{
    bool is_same = known != NULL && known->n == known->n_fixed + n;
    for (size_t i = 0; is_same && i < n; i++) {
        is_same = strcmp(known->names[known->n_fixed + i], lines[i]) == 0;
    }
    return is_same;
}

symbols *symbols_from_text(const char *text)
{
    size_t k = 0, size = strlen(text);
    while (k < N_KINDS && strncmp(text, kinds[k].head, strlen(kinds[k].head)) != 0) {
        k++;
    }
    if (k == N_KINDS || text[size - 1] != '\n' || utf8_valid_length(text) < size) {
        return NULL;
    }
    char *copy = malloc(size + 1);
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, text, size + 1);
    size_t n;
    const char **lines = cut_lines(copy + strlen(kinds[k].head), &n);
    symbols *known = lines != NULL ? symbols_alloc(kinds[k].side, kinds[k].cut, lines, n) : NULL;
    if (lines != NULL && !has_names(known, lines, n)) {
        symbols_free(known);
        known = NULL;
    }
    free(lines);
    free(copy);
    return known;
}
