/**
 * @file pronunciations.c
 * Reading a pronunciation dictionary: the bytes and the whole.
 */
#include "chapters/common/pairs/pronunciations.h"
#include "chapters/common/files/text_lines.h"
#include "chapters/common/pairs/pronunciations_internal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool pronunciations_report(pronunciations_reader *reader, pronunciations_kind kind,
                           const char *format, ...)
{
    pronunciations_problem *problem = reader->problem;
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

bool pronunciations_out_of_memory(pronunciations_reader *reader)
{
    return pronunciations_report(reader, PRONUNCIATIONS_NO_MEMORY,
                                 "out of memory after %zu pronunciations", reader->n_entries);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static bool check_bytes(pronunciations_reader *reader, const text_lines *lines)
{
    static const pronunciations_kind kinds[] = {
        [TEXT_IS_RIGHT] = PRONUNCIATIONS_OK,
        [TEXT_IS_LONG] = PRONUNCIATIONS_LONG_LINE,
        [TEXT_HAS_NUL] = PRONUNCIATIONS_IS_BINARY,
        [TEXT_NOT_UTF8] = PRONUNCIATIONS_NOT_UTF8,
    };
    char sentence[TEXT_SENTENCE_SIZE];
    pronunciations_kind kind = kinds[text_lines_check(lines, PRONUNCIATIONS_MAX_LINE, sentence)];
    if (kind == PRONUNCIATIONS_NOT_UTF8) { /* CMUdict 0.7 has one such word */
        return pronunciations_report(reader, kind, "%s; for CMUdict: iconv -f latin1 -t utf8",
                                     sentence);
    }
    return kind == PRONUNCIATIONS_OK || pronunciations_report(reader, kind, "%s", sentence);
}

static bool read_lines(pronunciations_reader *reader, char *text, size_t n_bytes)
{
    if (text_is_compressed(text, n_bytes)) {
        return pronunciations_report(reader, PRONUNCIATIONS_IS_COMPRESSED,
                                     "expected text, found a compressed file; unpack it first");
    }
    text_lines lines = text_lines_of(text, n_bytes);
    while (text_lines_next(&lines)) {
        reader->line = lines.number;
        if (!check_bytes(reader, &lines) || !pronunciations_line(reader, lines.line)) {
            return false;
        }
    }
    reader->line = 0;
    return reader->n_entries > 0 ||
           pronunciations_report(reader, PRONUNCIATIONS_EMPTY,
                                 "expected words and their pronunciations, found none");
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* A dictionary of a text with room for one byte more, which it owns from now on. */
static pronunciations *parse(pronunciations_reader *reader, char *text, size_t n_bytes)
{
    pronunciations *all = NULL;
    if (read_lines(reader, text, n_bytes)) {
        all = pronunciations_sort(reader);
        if (all == NULL) {
            pronunciations_out_of_memory(reader);
        }
    }
    free(reader->letters.pieces);
    free(reader->phones.pieces);
    free(reader->entries);
    if (all == NULL) {
        free(text);
        return NULL;
    }
    snprintf(all->name, sizeof all->name, "%s", reader->name);
    all->text = text;
    return all;
}

static pronunciations_reader make_reader(const char *name, pronunciations_stress stress,
                                         pronunciations_problem *problem)
{
    if (problem != NULL) {
        *problem = (pronunciations_problem){.kind = PRONUNCIATIONS_OK};
    }
    return (pronunciations_reader){.name = name, .stress = stress, .problem = problem};
}

pronunciations *pronunciations_decode(const char *bytes, size_t n_bytes, const char *name,
                                      pronunciations_stress stress, pronunciations_problem *problem)
{
    pronunciations_reader reader = make_reader(name, stress, problem);
    char *text = n_bytes < SIZE_MAX ? malloc(n_bytes + 1) : NULL;
    if (text == NULL) {
        pronunciations_out_of_memory(&reader);
        return NULL;
    }
    memcpy(text, bytes, n_bytes);
    return parse(&reader, text, n_bytes);
}

pronunciations *pronunciations_read(FILE *stream, const char *name, pronunciations_stress stress,
                                    pronunciations_problem *problem)
{
    pronunciations_reader reader = make_reader(name, stress, problem);
    size_t n_bytes;
    char *text = text_read(stream, &n_bytes);
    if (text == NULL && ferror(stream)) {
        pronunciations_report(&reader, PRONUNCIATIONS_CANNOT_READ, "cannot be read: %s",
                              strerror(errno));
        return NULL;
    }
    if (text == NULL) {
        pronunciations_out_of_memory(&reader);
        return NULL;
    }
    return parse(&reader, text, n_bytes);
}

pronunciations *pronunciations_load(const char *path, pronunciations_stress stress,
                                    pronunciations_problem *problem)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        pronunciations_reader reader = make_reader(path, stress, problem);
        pronunciations_report(&reader, PRONUNCIATIONS_CANNOT_OPEN, "cannot be opened: %s",
                              strerror(errno));
        return NULL;
    }
    pronunciations *all = pronunciations_read(stream, path, stress, problem);
    fclose(stream);
    return all;
}

void pronunciations_free(pronunciations *all)
{
    if (all != NULL) {
        free(all->words);
        free(all->starts);
        free(all->phones);
        free(all->lines);
        free(all->text);
        free(all);
    }
}
