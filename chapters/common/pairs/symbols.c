/**
 * @file symbols.c
 * Numbering the symbols of texts, and finding them again.
 */
#include "chapters/common/pairs/symbols_internal.h"
#include "chapters/common/program/utf8.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static const char *const fixed_names[][2] = {
    [SYMBOLS_SOURCE] = {"<unknown>", NULL},
    [SYMBOLS_TARGET] = {"<start>", "<end>"},
};

static size_t n_fixed_of(symbols_side side)
{
    return side == SYMBOLS_SOURCE ? 1 : 2;
}

/* ---- Cutting --------------------------------------------------------------------------------- */

size_t symbols_next(symbols_cut cut, const char **text)
{
    if (cut == SYMBOLS_BETWEEN_BLANKS) {
        *text += strspn(*text, " ");
        return strcspn(*text, " ");
    }
    const char *end = *text;
    utf8_next(&end);
    return (size_t)(end - *text);
}

static int by_bytes(symbols_piece a, symbols_piece b)
{
    int order = memcmp(a.name, b.name, a.length < b.length ? a.length : b.length);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

bool symbols_insert(symbols_set *set, symbols_piece piece)
{
    size_t low = 0, high = set->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = by_bytes(piece, set->pieces[middle]);
        if (order == 0) {
            return true;
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    if (set->n == set->size) {
        size_t size = 2 * set->size + 64;
        symbols_piece *larger = realloc(set->pieces, size * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        set->pieces = larger;
        set->size = size;
    }
    memmove(set->pieces + low + 1, set->pieces + low, (set->n - low) * sizeof *set->pieces);
    set->pieces[low] = piece;
    set->n++;
    return true;
}

static bool collect(symbols_set *set, symbols_cut cut, const char *const *texts, size_t n_texts)
{
    for (size_t i = 0; i < n_texts; i++) {
        const char *text = texts[i];
        for (size_t length; (length = symbols_next(cut, &text)) > 0; text += length) {
            if (!symbols_insert(set, (symbols_piece){text, length})) {
                return false;
            }
        }
    }
    return true;
}

/* ---- Making ---------------------------------------------------------------------------------- */

/* Symbols of a set, with a copy of their bytes. */
static symbols *make(symbols_side side, symbols_cut cut, const symbols_set *set)
{
    size_t n_bytes = 1, n_fixed = n_fixed_of(side);
    for (size_t i = 0; i < set->n; i++) {
        n_bytes += set->pieces[i].length + 1;
    }
    symbols *known = calloc(1, sizeof *known);
    if (known == NULL) {
        return NULL;
    }
    known->names = calloc(n_fixed + set->n, sizeof *known->names);
    known->text = malloc(n_bytes);
    if (known->names == NULL || known->text == NULL) {
        symbols_free(known);
        return NULL;
    }
    known->side = side;
    known->cut = cut;
    known->n = n_fixed + set->n;
    known->n_fixed = n_fixed;
    memcpy(known->names, fixed_names[side], n_fixed * sizeof *known->names);
    char *end = known->text;
    for (size_t i = 0; i < set->n; i++) {
        known->names[n_fixed + i] = memcpy(end, set->pieces[i].name, set->pieces[i].length);
        end += set->pieces[i].length;
        *end++ = '\0';
    }
    return known;
}

symbols *symbols_alloc(symbols_side side, symbols_cut cut, const char *const *texts, size_t n_texts)
{
    symbols_set set = {0};
    symbols *known = collect(&set, cut, texts, n_texts) ? make(side, cut, &set) : NULL;
    free(set.pieces);
    return known;
}

void symbols_free(symbols *known)
{
    if (known != NULL) {
        free(known->names);
        free(known->text);
        free(known);
    }
}

/* ---- Texts and numbers ----------------------------------------------------------------------- */

int symbols_find(const symbols *known, const char *name, size_t length)
{
    size_t low = known->n_fixed, high = known->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        symbols_piece found = {known->names[middle], strlen(known->names[middle])};
        int order = by_bytes((symbols_piece){name, length}, found);
        if (order == 0) {
            return (int)middle;
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    return known->side == SYMBOLS_SOURCE ? SYMBOLS_UNKNOWN : SYMBOLS_NONE;
}

size_t symbols_encode(const symbols *known, const char *text, size_t max, int *numbers)
{
    size_t n = 0;
    for (size_t length; (length = symbols_next(known->cut, &text)) > 0; text += length) {
        if (n < max) {
            numbers[n] = symbols_find(known, text, length);
        }
        n++;
    }
    return n;
}

bool symbols_decode(const symbols *known, const int *numbers, size_t n, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t number = (size_t)numbers[i];
        bool is_fixed = number < known->n_fixed;
        if (is_fixed && known->side == SYMBOLS_TARGET) {
            continue;
        }
        const char *name = is_fixed ? REPLACEMENT : known->names[number];
        bool has_blank = used > 0 && known->cut == SYMBOLS_BETWEEN_BLANKS;
        size_t length = strlen(name);
        if (has_blank + length >= size - used) {
            return false;
        }
        memcpy(text + used, " ", has_blank);
        memcpy(text + used + has_blank, name, length + 1);
        used += has_blank + length;
    }
    return true;
}
