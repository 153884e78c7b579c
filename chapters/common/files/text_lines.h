/**
 * @file text_lines.h
 * Text files, line by line: what all readers of text share before they look at a line's words. The
 * whole file stands in memory, and its lines are ended in place.
 *
 *     char *text = text_read(stream, &n_bytes);
 *     text_lines lines = text_lines_of(text, n_bytes);
 *     while (text_lines_next(&lines)) {
 *         ...                                             lines.line, lines.length, lines.number
 *     }
 */
#ifndef CHAPTERS_COMMON_FILES_TEXT_LINES_H
#define CHAPTERS_COMMON_FILES_TEXT_LINES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** @addtogroup common @{ */

/**
 * Read a stream to its end.
 *
 * @param[in,out] stream   not closed
 * @param[out]    n_bytes  how many were read
 * @return                 the bytes, with room for one more, to be freed by free(); NULL without
 *                         memory, or if reading failed: then ferror() says so, and errno why
 */
char *text_read(FILE *stream, size_t *n_bytes);

/**
 * Whether bytes begin as xz, gzip, zip, bzip2 or zstd do.
 *
 * @param[in] bytes    (n_bytes)
 * @param[in] n_bytes  any
 * @return             true: no text
 */
bool text_is_compressed(const char *bytes, size_t n_bytes);

/** The lines of a text. */
typedef struct {
    char *line;    /**< the current one, ended, without "\n" or "\r\n" */
    size_t length; /**< its bytes; more than strlen() if a NUL byte is among them */
    size_t number; /**< of the current line, from 1; 0 before the first */
    char *rest;    /**< the text behind the current line */
    size_t n_rest; /**< its bytes */
} text_lines;

/**
 * The lines of a text, before the first. A byte order mark at its start is left out.
 *
 * @param[in,out] text     (n_bytes + 1) lines will be ended in it
 * @param[in]     n_bytes  any
 * @return                 the lines
 */
text_lines text_lines_of(char *text, size_t n_bytes);

/**
 * Go on to the next line.
 *
 * @param[in,out] lines  the lines
 * @return               false if there is none
 */
bool text_lines_next(text_lines *lines);

/** What may be wrong with the bytes of a line. */
typedef enum {
    TEXT_IS_RIGHT, /**< nothing */
    TEXT_IS_LONG,  /**< too many bytes */
    TEXT_HAS_NUL,  /**< a NUL byte */
    TEXT_NOT_UTF8  /**< bytes that are not UTF-8 */
} text_fault;

enum {
    TEXT_SENTENCE_SIZE = 96 /**< bytes of a sentence about a fault, with its end */
};

/**
 * Check the bytes of the current line, before its words are looked at.
 *
 * @param[in]  lines     the line
 * @param[in]  max       bytes that it may have
 * @param[out] sentence  (TEXT_SENTENCE_SIZE) what was expected and what was found, if a fault is
 *                       there; else as before
 * @return               the fault
 */
text_fault text_lines_check(const text_lines *lines, size_t max, char *sentence);

/**
 * A sentence about a file, behind its name and line as compilers write them: "FILE:LINE: ...".
 *
 * @param[out] message    (size) ended; what does not fit is cut off
 * @param[in]  size       more than 224, for the name, of which 200 bytes count, and the line
 * @param[in]  name       of the file
 * @param[in]  line       from 1, or 0 for the whole file
 * @param[in]  format     of the sentence, as for printf()
 * @param[in]  arguments  of the format
 */
void text_report(char *message, size_t size, const char *name, size_t line, const char *format,
                 va_list arguments);

/** @} */

#endif
