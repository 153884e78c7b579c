/**
 * @file corpus_parts.c
 * A corpus that grows while it is read, and copies of parts of one.
 */
#include "chapters/common/words/corpus_internal.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- A corpus that grows --------------------------------------------------------------------- */

bool corpus_out_of_memory(corpus_reader *reader)
{
    return corpus_report(reader, CORPUS_NO_MEMORY, "out of memory after %zu tokens",
                         reader->sentences != NULL ? reader->sentences->n_tokens : 0);
}

bool corpus_resize(void **array, size_t n, size_t size)
{
    size_t n_bytes;
    void *larger = NULL;
    if (!__builtin_mul_overflow(n, size, &n_bytes)) {
        larger = realloc(*array, n_bytes);
    }
    if (larger == NULL) {
        return false;
    }
    *array = larger;
    return true;
}

bool corpus_add_token(corpus_reader *reader, const char *word, const char *tag)
{
    corpus *sentences = reader->sentences;
    size_t n = sentences->n_tokens;
    if (n - sentences->starts[sentences->n_sentences] == CORPUS_MAX_SENTENCE) {
        return corpus_report(reader, CORPUS_LONG_SENTENCE,
                             "expected at most %d tokens in a sentence, found more; is an empty "
                             "line missing?",
                             CORPUS_MAX_SENTENCE);
    }
    if (n == reader->tokens_size) { /* twice as many: each is moved a few times at most */
        size_t larger = 2 * n + 64;
        if (!corpus_resize((void **)&sentences->words, larger, sizeof *sentences->words) ||
            !corpus_resize((void **)&sentences->tags, larger, sizeof *sentences->tags)) {
            return corpus_out_of_memory(reader);
        }
        reader->tokens_size = larger;
    }
    sentences->words[n] = word;
    sentences->tags[n] = reader->has_tags ? tag : NULL;
    reader->n_tagged += sentences->tags[n] != NULL;
    sentences->n_tokens++;
    return true;
}

bool corpus_end_sentence(corpus_reader *reader)
{
    corpus *sentences = reader->sentences;
    reader->n_ids = 0;
    if (sentences->n_tokens == sentences->starts[sentences->n_sentences]) {
        return true;
    }
    if (sentences->n_sentences + 2 > reader->starts_size) {
        size_t larger = 2 * reader->starts_size + 64;
        if (!corpus_resize((void **)&sentences->starts, larger, sizeof *sentences->starts)) {
            return corpus_out_of_memory(reader);
        }
        reader->starts_size = larger;
    }
    sentences->starts[++sentences->n_sentences] = sentences->n_tokens;
    return true;
}

void corpus_free(corpus *sentences)
{
    if (sentences == NULL) {
        return;
    }
    free(sentences->starts);
    free(sentences->words);
    free(sentences->tags);
    free(sentences->text);
    free(sentences);
}

/* ---- Copies ---------------------------------------------------------------------------------- */

static size_t n_bytes_of(const corpus *part)
{
    size_t n_bytes = 0;
    for (size_t i = 0; i < part->n_tokens; i++) {
        n_bytes += strlen(part->words[i]) + 1;
        n_bytes += part->tags[i] != NULL ? strlen(part->tags[i]) + 1 : 0;
    }
    return n_bytes;
}

/* A corpus with room for so much, still empty. A size of 0 is asked for as 1: NULL means no memory.
 * Each array is shorter than one that exists already, so that no product overflows. */
static corpus *make_empty(size_t n_sentences, size_t n_tokens, size_t n_bytes)
{
    corpus *sentences = calloc(1, sizeof *sentences);
    if (sentences == NULL) {
        return NULL;
    }
    sentences->starts = calloc(n_sentences + 1, sizeof *sentences->starts);
    sentences->words = calloc(n_tokens + 1, sizeof *sentences->words);
    sentences->tags = calloc(n_tokens + 1, sizeof *sentences->tags);
    sentences->text = malloc(n_bytes + 1);
    if (sentences->starts == NULL || sentences->words == NULL || sentences->tags == NULL ||
        sentences->text == NULL) {
        corpus_free(sentences);
        return NULL;
    }
    return sentences;
}

/* Copy a string to *end and move *end behind it. */
static const char *copy_string(const char *string, char **end)
{
    size_t size = strlen(string) + 1;
    char *copy = memcpy(*end, string, size);
    *end += size;
    return copy;
}

/* One more sentence of a corpus that has room for it. */
static void copy_sentence(corpus *copy, const corpus *whole, size_t sentence, char **end)
{
    for (size_t i = whole->starts[sentence]; i < whole->starts[sentence + 1]; i++) {
        size_t n = copy->n_tokens++;
        copy->words[n] = copy_string(whole->words[i], end);
        copy->tags[n] = whole->tags[i] != NULL ? copy_string(whole->tags[i], end) : NULL;
    }
    copy->starts[++copy->n_sentences] = copy->n_tokens;
}

corpus *corpus_slice(const corpus *whole, size_t first, size_t n)
{
    corpus *slice = make_empty(whole->n_sentences, whole->n_tokens, n_bytes_of(whole));
    char *end = slice != NULL ? slice->text : NULL;
    for (size_t s = first; slice != NULL && s < whole->n_sentences && s - first < n; s++) {
        copy_sentence(slice, whole, s, &end);
    }
    return slice;
}

corpus *corpus_join(const corpus *const *parts, size_t n_parts)
{
    size_t n_sentences = 0, n_tokens = 0, n_bytes = 0;
    for (size_t p = 0; p < n_parts; p++) {
        n_sentences += parts[p]->n_sentences;
        n_tokens += parts[p]->n_tokens;
        n_bytes += n_bytes_of(parts[p]);
    }
    corpus *all = make_empty(n_sentences, n_tokens, n_bytes);
    char *end = all != NULL ? all->text : NULL;
    for (size_t p = 0; all != NULL && p < n_parts; p++) {
        for (size_t s = 0; s < parts[p]->n_sentences; s++) {
            copy_sentence(all, parts[p], s, &end);
        }
    }
    return all;
}

bool corpus_hold_out(const corpus *whole, size_t every, corpus **training, corpus **held_out)
{
    *training = *held_out = NULL;
    if (every < 2) {
        return false;
    }
    size_t n_bytes = n_bytes_of(whole);
    *training = make_empty(whole->n_sentences, whole->n_tokens, n_bytes);
    *held_out = make_empty(whole->n_sentences, whole->n_tokens, n_bytes);
    if (*training == NULL || *held_out == NULL) {
        corpus_free(*training);
        corpus_free(*held_out);
        *training = *held_out = NULL;
        return false;
    }
    char *training_end = (*training)->text, *held_out_end = (*held_out)->text;
    for (size_t s = 0; s < whole->n_sentences; s++) {
        bool is_held_out = s % every == every - 1;
        copy_sentence(is_held_out ? *held_out : *training, whole, s,
                      is_held_out ? &held_out_end : &training_end);
    }
    return true;
}
