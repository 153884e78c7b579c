/**
 * @file pronunciations_line.c
 * One line of a dictionary: a word and its phones.
 */
#include "chapters/common/pairs/pronunciations_internal.h"
#include "chapters/common/program/utf8.h"
#include <stdlib.h>
#include <string.h>

/* ---- The word -------------------------------------------------------------------------------- */

/* Find what stands between word and phones, end the word there, and return what is behind it. */
static char *cut_word(pronunciations_reader *reader, char *line)
{
    char *tab = strchr(line, '\t');
    pronunciations_separator found = tab != NULL ? PRONUNCIATIONS_TAB : PRONUNCIATIONS_BLANKS;
    if (line[0] == ' ' || line[0] == '\t') {
        pronunciations_report(reader, PRONUNCIATIONS_NO_WORD,
                              "expected a word at the start of the line, found a blank");
        return NULL;
    }
    if (reader->separator == PRONUNCIATIONS_UNDECIDED) {
        reader->separator = found;
    }
    if (reader->separator != found) {
        pronunciations_report(
            reader, PRONUNCIATIONS_OTHER_FORMAT, "expected %s, as on the first line, found %s",
            tab == NULL ? "a tab behind the word" : "blanks alone", tab == NULL ? "none" : "a tab");
        return NULL;
    }
    if (tab != NULL && strchr(tab + 1, '\t') != NULL) {
        pronunciations_report(reader, PRONUNCIATIONS_OTHER_FORMAT,
                              "expected a word, a tab and its phones, found a second tab");
        return NULL;
    }
    char *end = tab != NULL ? tab : line + strcspn(line, " "), *rest = end + (*end != '\0');
    *end = '\0';
    while (end > line && end[-1] == ' ') { /* a blank before the tab; inside of a word one may be */
        *--end = '\0';
    }
    return rest;
}

/* word(2) is the second pronunciation of the word. */
static void cut_number(char *word)
{
    char *open = strrchr(word, '('), *digits = open != NULL ? open + 1 : NULL;
    if (open == NULL || open == word) {
        return;
    }
    size_t n = strspn(digits, "0123456789");
    if (n > 0 && strcmp(digits + n, ")") == 0) {
        *open = '\0';
    }
}

/* In place: a small letter has as many bytes as its capital (utf8.h: up to U+04FF). */
static void make_lower(char *word)
{
    for (const char *next = word; *next != '\0';) {
        char *letter = word + (next - word);
        utf8_write(utf8_lower(utf8_next(&next)), letter);
    }
}

/* ---- Phones ---------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The bytes of a phone without its stress: AH0 is AH. */
static size_t without_stress(const char *phone, size_t length)
{
    bool has_stress = length >= 2 && phone[length - 1] >= '0' && phone[length - 1] <= '2' &&
                      is_letter(phone[length - 2]);
    return length - has_stress;
}

/* Write the phones anew with one blank between two, in place. Returns how many there are. */
static size_t tidy_phones(pronunciations_stress stress, char *phones)
{
    char *end = phones;
    size_t n = 0;
    const char *next = phones;
    for (size_t length; (length = symbols_next(SYMBOLS_BETWEEN_BLANKS, &next)) > 0;) {
        if (*next == '#') { /* a comment */
            break;
        }
        const char *behind = next + length;
        size_t kept = stress == PRONUNCIATIONS_DROP_STRESS ? without_stress(next, length) : length;
        if (n > 0) {
            *end++ = ' ';
        }
        memmove(end, next, kept);
        end += kept;
        next = behind;
        n++;
    }
    *end = '\0';
    return n;
}

/* ---- The line -------------------------------------------------------------------------------- */

/* Count how many different symbols the file has: a text that is no dictionary has too many. */
static bool count_different(pronunciations_reader *reader, symbols_set *set, symbols_cut cut,
                            const char *text, const char *what)
{
    for (size_t length; (length = symbols_next(cut, &text)) > 0; text += length) {
        if (!symbols_insert(set, (symbols_piece){text, length})) {
            return pronunciations_out_of_memory(reader);
        }
        if (set->n > PRONUNCIATIONS_MAX_DIFFERENT) {
            return pronunciations_report(reader, PRONUNCIATIONS_MANY_DIFFERENT,
                                         "expected at most %d different %s in a dictionary, found "
                                         "another: '%.*s'",
                                         PRONUNCIATIONS_MAX_DIFFERENT, what,
                                         length < 40 ? (int)length : 40, text);
        }
    }
    return true;
}

static bool add_entry(pronunciations_reader *reader, const char *word, const char *phones)
{
    if (reader->n_entries == reader->size) { /* twice as many: each is moved a few times at most */
        size_t size = 2 * reader->size + 64;
        pronunciations_entry *larger = realloc(reader->entries, size * sizeof *larger);
        if (larger == NULL) {
            return pronunciations_out_of_memory(reader);
        }
        reader->entries = larger;
        reader->size = size;
    }
    reader->entries[reader->n_entries++] =
        (pronunciations_entry){.word = word, .phones = phones, .line = reader->line};
    return true;
}

static size_t count_characters(const char *text)
{
    size_t n = 0;
    while (utf8_next(&text) != 0) {
        n++;
    }
    return n;
}

bool pronunciations_line(pronunciations_reader *reader, char *line)
{
    if (line[strspn(line, " \t")] == '\0' || line[0] == '#' || strncmp(line, ";;;", 3) == 0) {
        return true;
    }
    char *word = line, *phones = cut_word(reader, line);
    if (phones == NULL) {
        return false;
    }
    cut_number(word);
    make_lower(word);
    size_t n_letters = count_characters(word), n_phones = tidy_phones(reader->stress, phones);
    if (n_letters > PRONUNCIATIONS_MAX_LETTERS) {
        return pronunciations_report(reader, PRONUNCIATIONS_LONG_WORD,
                                     "expected a word of at most %d letters, found %zu: '%.20s...'",
                                     PRONUNCIATIONS_MAX_LETTERS, n_letters, word);
    }
    if (n_phones == 0) {
        return pronunciations_report(reader, PRONUNCIATIONS_NO_PHONES,
                                     "expected phones behind '%.60s', found none", word);
    }
    if (n_phones > PRONUNCIATIONS_MAX_PHONES) {
        return pronunciations_report(reader, PRONUNCIATIONS_MANY_PHONES,
                                     "expected at most %d phones behind '%.60s', found %zu",
                                     PRONUNCIATIONS_MAX_PHONES, word, n_phones);
    }
    return count_different(reader, &reader->letters, SYMBOLS_CHARACTERS, word, "letters") &&
           count_different(reader, &reader->phones, SYMBOLS_BETWEEN_BLANKS, phones, "phones") &&
           add_entry(reader, word, phones);
}
