/**
 * @file word_vectors.c
 * Making, finding and freeing words.
 */
#include "chapters/common/words/word_vectors.h"
#include "chapters/common/files/text_lines.h"
#include "chapters/common/program/spelling.h"
#include "chapters/common/program/utf8.h"
#include "chapters/common/words/word_vectors_internal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void word_vectors_report(word_vectors_problem *problem, word_vectors_kind kind, const char *name,
                         size_t line, const char *format, ...)
{
    if (problem == NULL) {
        return;
    }
    problem->kind = kind;
    problem->line = line;
    va_list arguments;
    va_start(arguments, format);
    text_report(problem->message, sizeof problem->message, name, line, format, arguments);
    va_end(arguments);
}

word_vectors *word_vectors_make(char *text, size_t n_words, size_t d)
{
    word_vectors *vectors = calloc(1, sizeof *vectors);
    if (vectors == NULL) {
        free(text);
        return NULL;
    }
    vectors->text = text;
    vectors->n_words = n_words;
    vectors->d = d;
    /* At most half of the slots are taken, so that a search soon meets an empty one. */
    vectors->n_slots = 4;
    while (vectors->n_slots < 2 * n_words) {
        vectors->n_slots *= 2;
    }
    size_t n_numbers, n_bytes;
    bool is_too_large = __builtin_mul_overflow(n_words, d, &n_numbers) ||
                        __builtin_mul_overflow(n_numbers, sizeof(double), &n_bytes);
    vectors->words = calloc(n_words, sizeof *vectors->words);
    vectors->slots = calloc(vectors->n_slots, sizeof *vectors->slots);
    vectors->vectors = is_too_large ? NULL : gsl_matrix_alloc(n_words, d);
    if (vectors->words == NULL || vectors->slots == NULL || vectors->vectors == NULL) {
        word_vectors_free(vectors);
        return NULL;
    }
    for (size_t i = 0; i < n_words; i++) {
        vectors->words[i] = text;
        text += strlen(text) + 1;
    }
    return vectors;
}

void word_vectors_free(word_vectors *vectors)
{
    if (vectors == NULL) {
        return;
    }
    gsl_matrix_free(vectors->vectors);
    free(vectors->slots);
    free(vectors->words);
    free(vectors->text);
    free(vectors);
}

/* FNV-1a (Fowler, Noll, Vo): one multiplication a byte. */
static uint64_t hash(const char *word)
{
    uint64_t h = 14695981039346656037u;
    for (; *word != '\0'; word++) {
        h = (h ^ (unsigned char)*word) * 1099511628211u;
    }
    return h;
}

/* The slot where a word is, or the empty one where it would be. */
static size_t slot_of(const word_vectors *vectors, const char *word)
{
    size_t slot = (size_t)hash(word) & (vectors->n_slots - 1);
    while (vectors->slots[slot] != 0 &&
           strcmp(vectors->words[vectors->slots[slot] - 1], word) != 0) {
        slot = (slot + 1) & (vectors->n_slots - 1);
    }
    return slot;
}

bool word_vectors_index(word_vectors *vectors, size_t *first, size_t *second)
{
    for (size_t i = 0; i < vectors->n_words; i++) {
        size_t slot = slot_of(vectors, vectors->words[i]);
        if (vectors->slots[slot] != 0) {
            *first = vectors->slots[slot] - 1;
            *second = i;
            return false;
        }
        vectors->slots[slot] = i + 1;
    }
    return true;
}

size_t word_vectors_find(const word_vectors *vectors, const char *word)
{
    size_t taken = vectors->slots[slot_of(vectors, word)];
    char lower[WORD_VECTORS_MAX_WORD + 1];
    if (taken == 0 && utf8_lower_text(word, lower, sizeof lower)) {
        taken = vectors->slots[slot_of(vectors, lower)];
    }
    return taken != 0 ? taken - 1 : WORD_VECTORS_UNKNOWN;
}

size_t word_vectors_nearest_spelling(const word_vectors *vectors, const char *word)
{
    char lower[WORD_VECTORS_MAX_WORD + 1];
    utf8_lower_text(word, lower, sizeof lower);
    const char *nearest = spelling_nearest(lower, vectors->words, vectors->n_words);
    return nearest != NULL ? word_vectors_find(vectors, nearest) : WORD_VECTORS_UNKNOWN;
}

word_vectors *word_vectors_load(const char *path, word_vectors_problem *problem)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        word_vectors_report(problem, WORD_VECTORS_CANNOT_OPEN, path, 0, "cannot be opened: %s",
                            strerror(errno));
        return NULL;
    }
    word_vectors *vectors = word_vectors_read(stream, path, problem);
    fclose(stream);
    return vectors;
}
