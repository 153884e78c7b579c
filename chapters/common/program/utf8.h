/**
 * @file utf8.h
 * The little that the programs need to know about UTF-8.
 */
#ifndef CHAPTERS_COMMON_PROGRAM_UTF8_H
#define CHAPTERS_COMMON_PROGRAM_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @addtogroup common @{ */

/** What utf8_next() returns for bytes that are not UTF-8. */
#define UTF8_INVALID UINT32_MAX

/**
 * The next character. Over-long forms, surrogates and numbers above U+10FFFF are invalid
 * (Unicode 15, table 3-7).
 *
 * @param[in,out] text  moves behind the character, or by one byte if it is invalid
 * @return its number, 0 at the end of the string (text stays), or UTF8_INVALID
 */
uint32_t utf8_next(const char **text);

/**
 * @param[in] text  a string
 * @return the offset of the first byte that is not UTF-8, or the length if all of it is
 */
size_t utf8_valid_length(const char *text);

/**
 * Columns that a text takes on a terminal: accents that combine take none, East Asian characters
 * two.
 *
 * @param[in] text  UTF-8
 * @return columns
 */
size_t utf8_columns(const char *text);

/**
 * Write a character.
 *
 * @param[in]  character  its number
 * @param[out] bytes      at least 4; no end is written
 * @return bytes written
 */
size_t utf8_write(uint32_t character, char *bytes);

/**
 * The lower-case letter of a Latin, Greek or Cyrillic letter (up to U+04FF); others stay.
 *
 * @param[in] character  its number
 * @return the number of the lower-case letter
 */
uint32_t utf8_lower(uint32_t character);

/**
 * A text in lower case.
 *
 * @param[in]  text  UTF-8; a byte that is not is copied
 * @param[out] out   (size) the text with its end; cut at a whole character if it is too long
 * @param[in]  size  >= 1
 * @return false if it was cut
 */
bool utf8_lower_text(const char *text, char *out, size_t size);

/**
 * @param[in] character  its number
 * @return true for a letter or digit: ASCII letters and digits, and all characters from U+00A0 that
 *         are neither punctuation nor a space
 */
bool utf8_is_word(uint32_t character);

/** @} */

#endif
