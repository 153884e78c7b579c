/**
 * @file sentence.c
 * Splitting a sentence and looking its words up.
 */
#include "chapters/common/words/sentence.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/utf8.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Words that hold a sentence together and say little about its subject. */
static const char *const stop_words[] = {
    "a",     "about", "after", "again", "all",   "also",  "am",    "an",    "and",    "any",
    "are",   "as",    "at",    "be",    "been",  "being", "both",  "but",   "by",     "can",
    "ca",    "could", "did",   "do",    "does",  "each",  "for",   "from",  "had",    "has",
    "have",  "he",    "her",   "here",  "him",   "his",   "how",   "i",     "if",     "in",
    "into",  "is",    "it",    "its",   "just",  "may",   "me",    "might", "more",   "most",
    "must",  "my",    "no",    "nor",   "not",   "of",    "on",    "only",  "or",     "other",
    "our",   "out",   "over",  "own",   "s",     "same",  "shall", "she",   "should", "so",
    "some",  "such",  "t",     "than",  "that",  "the",   "their", "them",  "then",   "there",
    "these", "they",  "this",  "those", "to",    "too",   "under", "up",    "very",   "was",
    "we",    "were",  "what",  "when",  "where", "which", "while", "who",   "whom",   "why",
    "will",  "with",  "wo",    "would", "you",   "your",  "'s",    "'re",   "'ve",    "'d",
    "'ll",   "'m",    "n't"};

/* One byte more than is there goes to the message that the caller may not want. */
static void say(char *message, size_t *used, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(char *message, size_t *used, const char *format, ...)
{
    if (message == NULL || *used >= SENTENCE_MESSAGE_SIZE) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    *used += (size_t)vsnprintf(message + *used, SENTENCE_MESSAGE_SIZE - *used, format, arguments);
    va_end(arguments);
}

static uint32_t character_at(const char *text)
{
    return utf8_next(&text);
}

static bool is_apostrophe(uint32_t character)
{
    return character == '\'' || character == 0x2019;
}

static bool is_blank(uint32_t c)
{
    return c <= ' ' || c == 0x7F || c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x3000;
}

/* The length of the word at the start of a text: it ends before an apostrophe or "n't", and takes
 * the hyphens and points between its letters with it, and the last point of "u.s." */
static size_t word_length(const char *text)
{
    const char *end = text;
    bool has_point = false;
    for (;;) {
        const char *next = end;
        uint32_t character = utf8_next(&next);
        if ((character == '-' || character == '.') && utf8_is_word(character_at(next)) &&
            end > text) {
            has_point = has_point || character == '.';
        } else if (!utf8_is_word(character)) {
            return (size_t)(end - text) + (has_point && character == '.');
        }
        const char *behind = next;
        bool is_n = (character | 0x20) == 'n' && is_apostrophe(utf8_next(&behind)) &&
                    (*behind | 0x20) == 't' && !utf8_is_word(character_at(behind + 1));
        if (is_n && end > text) {
            return (size_t)(end - text);
        }
        end = next;
    }
}

/* The length of the token at the start of a text. */
static size_t token_length(const char *text, bool follows_word)
{
    const char *next = text;
    uint32_t character = utf8_next(&next);
    size_t length = (size_t)(next - text);
    if (utf8_is_word(character)) {
        size_t word = word_length(text);
        /* "n't" in the middle of a word is a token although it has an apostrophe. */
        bool is_rest = follows_word && (character | 0x20) == 'n' && word == 1 &&
                       is_apostrophe(utf8_next(&next)) && (*next | 0x20) == 't';
        return is_rest ? (size_t)(next + 1 - text) : word;
    }
    if (follows_word && is_apostrophe(character) && utf8_is_word(character_at(next))) {
        return length + word_length(next);
    }
    return length;
}

/* Copy a token with the straight apostrophe, in lower case unless it is to stay as it is. */
static size_t copy_token(const char *text, size_t length, bool keeps_case, char *out)
{
    const char *end = text + length;
    size_t used = 0;
    while (text < end) {
        uint32_t character = utf8_next(&text);
        uint32_t straight = is_apostrophe(character) && length > 3 ? '\'' : character;
        used += utf8_write(keeps_case ? straight : utf8_lower(straight), out + used);
    }
    out[used] = '\0';
    return used + 1;
}

static bool split(sentence *words, const char *text, bool keeps_case, char *message)
{
    char *out = words->text;
    bool follows_word = false;
    size_t said = 0;
    while (*text != '\0') {
        const char *next = text;
        uint32_t character = utf8_next(&next);
        if (is_blank(character)) {
            follows_word = false;
            text = next;
            continue;
        }
        if (words->n_tokens == SENTENCE_MAX_TOKENS) {
            say(message, &said, "expected a sentence of at most %d tokens, found more",
                SENTENCE_MAX_TOKENS);
            return false;
        }
        size_t length = token_length(text, follows_word);
        words->tokens[words->n_tokens++] = out;
        out += copy_token(text, length, keeps_case, out);
        follows_word = utf8_is_word(character);
        text += length;
    }
    if (words->n_tokens == 0) {
        say(message, &said, "expected a sentence, found no word");
    }
    return words->n_tokens > 0;
}

static sentence *new_sentence(const char *text, bool keeps_case, char *message)
{
    size_t n_bytes = strlen(text), valid = utf8_valid_length(text), said = 0;
    say(message, &said, "%s", "");
    if (valid < n_bytes) {
        say(message, &said, "expected a sentence in UTF-8, found the byte 0x%02X at column %zu",
            (unsigned char)text[valid], valid + 1);
        return NULL;
    }
    sentence *words = calloc(1, sizeof *words);
    if (words != NULL) {
        words->tokens = calloc(SENTENCE_MAX_TOKENS, sizeof *words->tokens);
        /* Each token gets an end, and is at least one byte long. */
        words->text = malloc(2 * n_bytes + 1);
    }
    if (words == NULL || words->tokens == NULL || words->text == NULL) {
        say(message, &said, "out of memory for a sentence of %zu bytes", n_bytes);
    } else if (split(words, text, keeps_case, message)) {
        return words;
    }
    sentence_free(words);
    return NULL;
}

sentence *sentence_split(const char *text, char *message)
{
    return new_sentence(text, false, message);
}

corpus *sentence_as_corpus(const char *text, char *message)
{
    sentence *words = new_sentence(text, true, message);
    if (words == NULL) {
        return NULL;
    }
    size_t starts[] = {0, words->n_tokens}, said = 0;
    const char **no_tags = calloc(words->n_tokens, sizeof *no_tags);
    corpus lent = {1, words->n_tokens, starts, words->tokens, no_tags, NULL};
    corpus *copy = no_tags != NULL ? corpus_slice(&lent, 0, 1) : NULL;
    if (copy == NULL) {
        say(message, &said, "out of memory for a sentence of %zu tokens", words->n_tokens);
    }
    free(no_tags);
    sentence_free(words);
    return copy;
}

corpus *sentence_or_exit(const char *text)
{
    char message[SENTENCE_MESSAGE_SIZE];
    corpus *words = sentence_as_corpus(text, message);
    if (words == NULL) {
        program_fail("%s", message);
    }
    return words;
}

void sentence_free(sentence *words)
{
    if (words != NULL) {
        free(words->tokens);
        free(words->text);
        free(words);
    }
}

int sentence_find(const sentence *words, const char *word)
{
    char lower[WORD_VECTORS_MAX_WORD + 1];
    utf8_lower_text(word, lower, sizeof lower);
    for (size_t i = 0; i < words->n_tokens; i++) {
        if (strcmp(words->tokens[i], lower) == 0) {
            return (int)i;
        }
    }
    return SENTENCE_NOT_FOUND;
}

size_t sentence_unknown(const sentence *words, const word_vectors *vectors, char *message)
{
    size_t n = 0, said = 0;
    say(message, &said, "%s", "");
    for (size_t i = 0; i < words->n_tokens; i++) {
        const char *word = words->tokens[i];
        if (word_vectors_find(vectors, word) != WORD_VECTORS_UNKNOWN ||
            sentence_find(words, word) < (int)i) {
            continue;
        }
        size_t nearest = word_vectors_nearest_spelling(vectors, word);
        say(message, &said, "%s\"%s\"", n++ > 0 ? ", " : "no vector for ", word);
        if (nearest != WORD_VECTORS_UNKNOWN) {
            say(message, &said, " (nearest: \"%s\")", vectors->words[nearest]);
        }
    }
    return n;
}

size_t sentence_drop_unknown_stop_words(sentence *words, const word_vectors *vectors, char *message)
{
    size_t n_kept = 0, n_dropped = 0, said = 0;
    say(message, &said, "%s", "");
    for (size_t i = 0; i < words->n_tokens; i++) {
        const char *word = words->tokens[i];
        bool is_last_hope = n_kept == 0 && i + 1 == words->n_tokens;
        if (is_last_hope || !sentence_is_stop_word(word) ||
            word_vectors_find(vectors, word) != WORD_VECTORS_UNKNOWN) {
            words->tokens[n_kept++] = word;
        } else {
            say(message, &said, "%s\"%s\"",
                n_dropped++ > 0 ? ", " : "left out, having no vector: ", word);
        }
    }
    words->n_tokens = n_kept;
    return n_dropped;
}

gsl_matrix *sentence_matrix(const sentence *words, const word_vectors *vectors)
{
    gsl_matrix *matrix = gsl_matrix_calloc(words->n_tokens, vectors->d);
    for (size_t i = 0; matrix != NULL && i < words->n_tokens; i++) {
        size_t row = word_vectors_find(vectors, words->tokens[i]);
        if (row != WORD_VECTORS_UNKNOWN) {
            gsl_vector_const_view v = gsl_matrix_const_row(vectors->vectors, row);
            gsl_matrix_set_row(matrix, i, &v.vector);
        }
    }
    return matrix;
}

bool sentence_is_stop_word(const char *word)
{
    if (!utf8_is_word(character_at(word)) && word[0] != '\'') {
        return true;
    }
    for (size_t i = 0; i < sizeof stop_words / sizeof stop_words[0]; i++) {
        if (strcmp(stop_words[i], word) == 0) {
            return true;
        }
    }
    return false;
}
