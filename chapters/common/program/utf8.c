/**
 * @file utf8.c
 * Reading, measuring and lower-casing UTF-8.
 */
#include "chapters/common/program/utf8.h"
#include <string.h>

typedef struct {
    uint32_t first, last;
} range;

static bool is_in(uint32_t character, const range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* How many bytes follow a first byte; -1 for a byte that starts no character. */
static int n_following(unsigned char first)
{
    if (first < 0x80) {
        return 0;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 1;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return 2;
    }
    return first >= 0xF0 && first <= 0xF4 ? 3 : -1;
}

uint32_t utf8_next(const char **text)
{
    /* The smallest character of each length: a smaller one has a shorter form. */
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)*text;
    if (bytes[0] == 0) {
        return 0;
    }
    int n = n_following(bytes[0]);
    if (n < 0) {
        *text += 1;
        return UTF8_INVALID;
    }
    uint32_t character = n == 0 ? bytes[0] : bytes[0] & (0x3Fu >> n);
    for (int i = 1; i <= n; i++) {
        /* The end of the string is no following byte either, so nothing behind it is read. */
        if ((bytes[i] & 0xC0) != 0x80) {
            n = -1;
            break;
        }
        character = character << 6 | (bytes[i] & 0x3F);
    }
    bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (n < 0 || character < smallest[n] || character > 0x10FFFF || is_surrogate) {
        *text += 1;
        return UTF8_INVALID;
    }
    *text += n + 1;
    return character;
}

size_t utf8_valid_length(const char *text)
{
    const char *next = text;
    for (;;) {
        const char *start = next;
        uint32_t character = utf8_next(&next);
        if (character == 0 || character == UTF8_INVALID) {
            return (size_t)(start - text);
        }
    }
}

size_t utf8_columns(const char *text)
{
    static const range combining[] = {{0x300, 0x36F},   {0x200B, 0x200F}, {0x20D0, 0x20FF},
                                      {0xFE00, 0xFE0F}, {0x93C, 0x93C},   {0x941, 0x948}};
    static const range wide[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                                 {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                 {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
    size_t columns = 0;
    uint32_t character;
    while ((character = utf8_next(&text)) != 0) {
        if (is_in(character, wide, sizeof wide / sizeof wide[0])) {
            columns += 2;
        } else if (!is_in(character, combining, sizeof combining / sizeof combining[0])) {
            columns += 1;
        }
    }
    return columns;
}

size_t utf8_write(uint32_t character, char *bytes)
{
    if (character < 0x80) {
        bytes[0] = (char)character;
        return 1;
    }
    size_t n = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    for (size_t i = n; i > 0; i--) {
        bytes[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    /* The first byte starts with as many ones as the character has bytes. */
    bytes[0] = (char)((0xF0u << (3 - n) & 0xFF) | character);
    return n + 1;
}

uint32_t utf8_lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) {
        return c + 0x20;
    }
    if (c >= 0x400 && c <= 0x40F) {
        return c + 0x50;
    }
    if (c == 0x178) { /* Y with diaeresis: its small letter is in Latin-1 */
        return 0xFF;
    }
    /* Latin Extended-A and later Cyrillic: capital and small letters take turns. */
    static const range even_capitals[] = {{0x100, 0x12F}, {0x132, 0x137}, {0x14A, 0x177},
                                          {0x460, 0x481}, {0x48A, 0x4BF}, {0x4D0, 0x4FF}};
    static const range odd_capitals[] = {{0x139, 0x148}, {0x179, 0x17E}, {0x4C1, 0x4CE}};
    if (is_in(c, even_capitals, sizeof even_capitals / sizeof even_capitals[0])) {
        return c | 1;
    }
    if (is_in(c, odd_capitals, sizeof odd_capitals / sizeof odd_capitals[0])) {
        return c + (c & 1);
    }
    return c;
}

bool utf8_lower_text(const char *text, char *out, size_t size)
{
    size_t used = 0;
    for (;;) {
        char bytes[4];
        const char *start = text;
        uint32_t character = utf8_next(&text);
        if (character == 0) {
            break;
        }
        size_t n = 1;
        bytes[0] = *start;
        if (character != UTF8_INVALID) {
            n = utf8_write(utf8_lower(character), bytes);
        }
        if (used + n >= size) {
            out[used] = '\0';
            return false;
        }
        memcpy(out + used, bytes, n);
        used += n;
    }
    out[used] = '\0';
    return true;
}

bool utf8_is_word(uint32_t c)
{
    static const range ascii[] = {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}};
    static const range marks[] = {
        {0xA0, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},      {0xD7, 0xD7},
        {0xF7, 0xF7},     {0x964, 0x965},   {0x2000, 0x206F}, {0x20A0, 0x20CF},  {0x2190, 0x2BFF},
        {0x3000, 0x303F}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF0F}, {0x1F300, 0x1FAFF}};
    if (c < 0xA0) {
        return is_in(c, ascii, sizeof ascii / sizeof ascii[0]);
    }
    return c <= 0x10FFFF && !is_in(c, marks, sizeof marks / sizeof marks[0]);
}
