/**
 * @file corpus.c
 * Reading a corpus: the bytes, the lines, and what all formats share.
 */
#include "chapters/common/words/corpus.h"
#include "chapters/common/program/utf8.h"
#include "chapters/common/words/corpus_internal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const format_names[] = {
    [CORPUS_ANY] = "any",
    [CORPUS_CONLLU] = "conllu",
    [CORPUS_COLUMNS] = "columns",
    [CORPUS_BROWN] = "brown",
};

bool corpus_find_format(const char *name, corpus_format *format)
{
    for (size_t i = 0; i < sizeof format_names / sizeof format_names[0]; i++) {
        if (strcmp(name, format_names[i]) == 0) {
            *format = (corpus_format)i;
            return true;
        }
    }
    return false;
}

bool corpus_report(corpus_reader *reader, corpus_kind kind, const char *format, ...)
{
    corpus_problem *problem = reader->problem;
    if (problem == NULL) {
        return false;
    }
    problem->kind = kind;
    problem->line = reader->line;
    const size_t size = sizeof problem->message;
    int used = reader->line > 0
                   ? snprintf(problem->message, size, "%.200s:%zu: ", reader->name, reader->line)
                   : snprintf(problem->message, size, "%.200s: ", reader->name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->message + used, size - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* What can be seen from the bytes of a line, before its words are looked at. */
static bool check_bytes(corpus_reader *reader, const char *line, size_t length)
{
    if (length > CORPUS_MAX_LINE) {
        return corpus_report(reader, CORPUS_LONG_LINE,
                             "expected a line of at most %d bytes, found %zu", CORPUS_MAX_LINE,
                             length);
    }
    if (strlen(line) < length) {
        return corpus_report(reader, CORPUS_IS_BINARY,
                             "expected text, found a NUL byte at column %zu", strlen(line) + 1);
    }
    size_t valid = utf8_valid_length(line);
    if (valid < length) {
        return corpus_report(reader, CORPUS_NOT_UTF8,
                             "expected UTF-8, found the byte 0x%02X at column %zu",
                             (unsigned char)line[valid], valid + 1);
    }
    return true;
}

static bool read_line(corpus_reader *reader, char *line)
{
    static bool (*const readers[])(corpus_reader *, char *) = {
        [CORPUS_CONLLU] = corpus_conllu_line,
        [CORPUS_COLUMNS] = corpus_columns_line,
        [CORPUS_BROWN] = corpus_brown_line,
    };
    if (line[strspn(line, " \t")] == '\0') {
        return corpus_end_sentence(reader);
    }
    if (reader->format == CORPUS_ANY) {
        reader->format = corpus_guess_format(line, reader->rest, reader->n_rest);
    }
    if (reader->format == CORPUS_ANY) {
        return corpus_report(reader, CORPUS_UNKNOWN_FORMAT,
                             "expected a line of CoNLL-U, a word and a tag, or word/tag pairs, "
                             "found '%.60s'",
                             line);
    }
    return readers[reader->format](reader, line);
}

/* Cut the text into lines and read them. */
static bool read_lines(corpus_reader *reader, char *text, size_t n_bytes)
{
    char *end = text + n_bytes;
    if (n_bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) { /* a byte order mark */
        text += 3;
    }
    while (text < end) {
        char *line_end = memchr(text, '\n', (size_t)(end - text));
        line_end = line_end != NULL ? line_end : end;
        *line_end = '\0'; /* at the end of the text, one byte more is there */
        size_t length = (size_t)(line_end - text);
        if (length > 0 && text[length - 1] == '\r') {
            text[--length] = '\0';
        }
        reader->line++;
        reader->rest = line_end < end ? line_end + 1 : end;
        reader->n_rest = (size_t)(end - reader->rest);
        if (!check_bytes(reader, text, length) || !read_line(reader, text)) {
            return false;
        }
        text = line_end + 1;
    }
    return corpus_end_sentence(reader);
}

static bool is_compressed(const char *bytes, size_t n_bytes)
{
    /* xz, gzip, zip, bzip2, zstd */
    static const char *const magic[] = {"\xFD\x37zXZ", "\x1F\x8B", "PK\x03\x04", "BZh",
                                        "\x28\xB5\x2F\xFD"};
    for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++) {
        size_t length = strlen(magic[i]);
        if (n_bytes >= length && memcmp(bytes, magic[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* What only the whole file shows. */
static bool check_whole(corpus_reader *reader)
{
    reader->line = 0;
    if (reader->sentences->n_sentences == 0) {
        return corpus_report(reader, CORPUS_EMPTY, "expected sentences, found none");
    }
    if (reader->has_tags && reader->n_tagged == 0) {
        return corpus_report(reader, CORPUS_UNTAGGED,
                             "expected a tag '%.60s' on some token, found none on %zu tokens",
                             reader->column != NULL ? reader->column : "upos",
                             reader->sentences->n_tokens);
    }
    return true;
}

/* A corpus of a text with room for one byte more, which it owns from now on. */
static corpus *parse(corpus_reader *reader, char *text, size_t n_bytes)
{
    reader->has_tags = reader->column == NULL || strcmp(reader->column, "none") != 0;
    if (is_compressed(text, n_bytes)) {
        corpus_report(reader, CORPUS_IS_COMPRESSED,
                      "expected text, found a compressed file; unpack it first");
        free(text);
        return NULL;
    }
    corpus *sentences = calloc(1, sizeof *sentences);
    if (sentences == NULL) {
        corpus_out_of_memory(reader);
        free(text);
        return NULL;
    }
    reader->sentences = sentences;
    sentences->text = text;
    reader->starts_size = 1;
    sentences->starts = calloc(1, sizeof *sentences->starts);
    bool is_right = sentences->starts != NULL || corpus_out_of_memory(reader);
    if (!is_right || !read_lines(reader, text, n_bytes) || !check_whole(reader)) {
        corpus_free(sentences);
        return NULL;
    }
    return sentences;
}

static corpus_reader make_reader(const char *name, corpus_format format, const char *column,
                                 corpus_problem *problem)
{
    if (problem != NULL) {
        *problem = (corpus_problem){.kind = CORPUS_OK};
    }
    return (corpus_reader){.name = name, .format = format, .column = column, .problem = problem};
}

corpus *corpus_decode(const char *bytes, size_t n_bytes, const char *name, corpus_format format,
                      const char *column, corpus_problem *problem)
{
    corpus_reader reader = make_reader(name, format, column, problem);
    char *text = n_bytes < SIZE_MAX ? malloc(n_bytes + 1) : NULL;
    if (text == NULL) {
        corpus_out_of_memory(&reader);
        return NULL;
    }
    memcpy(text, bytes, n_bytes);
    return parse(&reader, text, n_bytes);
}

corpus *corpus_read(FILE *stream, const char *name, corpus_format format, const char *column,
                    corpus_problem *problem)
{
    corpus_reader reader = make_reader(name, format, column, problem);
    char *text = NULL;
    size_t n_bytes = 0, size = 0, n_new;
    errno = 0;
    do {
        if (size - n_bytes < 2) { /* one byte stays for parse() */
            size = 2 * size + 65536;
            if (!corpus_resize((void **)&text, size, 1)) {
                corpus_out_of_memory(&reader);
                free(text);
                return NULL;
            }
        }
        n_new = fread(text + n_bytes, 1, size - n_bytes - 1, stream);
        n_bytes += n_new;
    } while (n_new > 0);
    if (ferror(stream)) {
        corpus_report(&reader, CORPUS_CANNOT_READ, "cannot be read: %s", strerror(errno));
        free(text);
        return NULL;
    }
    return parse(&reader, text, n_bytes);
}

corpus *corpus_load(const char *path, corpus_format format, const char *column,
                    corpus_problem *problem)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        corpus_reader reader = make_reader(path, format, column, problem);
        corpus_report(&reader, CORPUS_CANNOT_OPEN, "cannot be opened: %s", strerror(errno));
        return NULL;
    }
    corpus *sentences = corpus_read(stream, path, format, column, problem);
    fclose(stream);
    return sentences;
}
