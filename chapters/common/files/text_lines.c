/**
 * @file text_lines.c
 * Reading text files, and what their bytes show.
 */
#include "chapters/common/files/text_lines.h"
#include "chapters/common/program/utf8.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *text_read(FILE *stream, size_t *n_bytes)
{
    char *text = NULL;
    size_t size = 0, n_new;
    *n_bytes = 0;
    errno = 0;
    do {
        if (size - *n_bytes < 2) { /* one byte stays for the end of the last line */
            size = 2 * size + 65536;
            char *larger = realloc(text, size);
            if (larger == NULL) {
                free(text);
                return NULL;
            }
            text = larger;
        }
        n_new = fread(text + *n_bytes, 1, size - *n_bytes - 1, stream);
        *n_bytes += n_new;
    } while (n_new > 0);
    if (ferror(stream)) {
        int reason = errno;
        free(text);
        errno = reason;
        return NULL;
    }
    return text;
}

bool text_is_compressed(const char *bytes, size_t n_bytes)
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

/* ---- Lines ----------------------------------------------------------------------------------- */

text_lines text_lines_of(char *text, size_t n_bytes)
{
    size_t n_mark = n_bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    return (text_lines){.rest = text + n_mark, .n_rest = n_bytes - n_mark};
}

bool text_lines_next(text_lines *lines)
{
    if (lines->n_rest == 0) {
        return false;
    }
    char *line = lines->rest, *line_end = memchr(line, '\n', lines->n_rest);
    size_t length = line_end != NULL ? (size_t)(line_end - line) : lines->n_rest;
    size_t n_used = length + (line_end != NULL);
    line[length] = '\0'; /* at the end of the text, one byte more is there */
    if (length > 0 && line[length - 1] == '\r') {
        line[--length] = '\0';
    }
    lines->line = line;
    lines->length = length;
    lines->number++;
    lines->rest += n_used;
    lines->n_rest -= n_used;
    return true;
}

text_fault text_lines_check(const text_lines *lines, size_t max, char *sentence)
{
    const char *line = lines->line;
    if (lines->length > max) {
        snprintf(sentence, TEXT_SENTENCE_SIZE, "expected a line of at most %zu bytes, found %zu",
                 max, lines->length);
        return TEXT_IS_LONG;
    }
    if (strlen(line) < lines->length) {
        snprintf(sentence, TEXT_SENTENCE_SIZE, "expected text, found a NUL byte at column %zu",
                 strlen(line) + 1);
        return TEXT_HAS_NUL;
    }
    size_t valid = utf8_valid_length(line);
    if (valid < lines->length) {
        snprintf(sentence, TEXT_SENTENCE_SIZE,
                 "expected UTF-8, found the byte 0x%02X at column %zu", (unsigned char)line[valid],
                 valid + 1);
        return TEXT_NOT_UTF8;
    }
    return TEXT_IS_RIGHT;
}

void text_report(char *message, size_t size, const char *name, size_t line, const char *format,
                 va_list arguments)
{
    int used = line > 0 ? snprintf(message, size, "%.200s:%zu: ", name, line)
                        : snprintf(message, size, "%.200s: ", name);
    vsnprintf(message + used, size - (size_t)used, format, arguments);
}
