/**
 * @file corpus.c
 * Reading a corpus: the bytes, the lines, and what all formats share.
 */
#include "chapters/common/words/corpus.h"
#include "chapters/common/files/text_lines.h"
#include "chapters/common/words/corpus_internal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
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
    va_list arguments;
    va_start(arguments, format);
    text_report(problem->message, sizeof problem->message, reader->name, reader->line, format,
                arguments);
    va_end(arguments);
    return false;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* What can be seen from the bytes of a line, before its words are looked at. */
static bool check_bytes(corpus_reader *reader, const text_lines *lines)
{
    static const corpus_kind kinds[] = {
        [TEXT_IS_RIGHT] = CORPUS_OK,
        [TEXT_IS_LONG] = CORPUS_LONG_LINE,
        [TEXT_HAS_NUL] = CORPUS_IS_BINARY,
        [TEXT_NOT_UTF8] = CORPUS_NOT_UTF8,
    };
    char sentence[TEXT_SENTENCE_SIZE];
    corpus_kind kind = kinds[text_lines_check(lines, CORPUS_MAX_LINE, sentence)];
    return kind == CORPUS_OK || corpus_report(reader, kind, "%s", sentence);
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
    text_lines lines = text_lines_of(text, n_bytes);
    while (text_lines_next(&lines)) {
        reader->line = lines.number;
        reader->rest = lines.rest;
        reader->n_rest = lines.n_rest;
        if (!check_bytes(reader, &lines) || !read_line(reader, lines.line)) {
            return false;
        }
    }
    return corpus_end_sentence(reader);
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
    if (text_is_compressed(text, n_bytes)) {
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
    size_t n_bytes;
    char *text = text_read(stream, &n_bytes);
    if (text == NULL && ferror(stream)) {
        corpus_report(&reader, CORPUS_CANNOT_READ, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    if (text == NULL) {
        corpus_out_of_memory(&reader);
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
