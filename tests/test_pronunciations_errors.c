/* Pronunciation dictionaries: every kind of bad file has its own error. */
#include "chapters/common/pairs/pronunciations.h"
#include "tests/support/file_problem.h"
#include "tests/support/suite.h"

#include <stdlib.h>
#include <string.h>

/* ---- Bad files ------------------------------------------------------------------------------- */

typedef struct {
    const char *catches, *text;
    size_t n_bytes; /* 0: up to the first zero byte */
    pronunciations_kind kind;
    size_t line;
    const char *says;
} bad_case;

#define BYTES(text) (text), sizeof(text) - 1

static const bad_case bad_files[] = {
    {"nothing at all", "", 0, PRONUNCIATIONS_EMPTY, 0, "found none"},
    {"blank lines alone", "\n \n\t\r\n", 0, PRONUNCIATIONS_EMPTY, 0, "found none"},
    {"a byte order mark alone", "\xEF\xBB\xBF", 0, PRONUNCIATIONS_EMPTY, 0, "found none"},
    {"comments alone", ";;; a\n# b\n#c  d\n", 0, PRONUNCIATIONS_EMPTY, 0, "found none"},
    {"xz", BYTES("\xFD\x37zXZ\0\0\4"), PRONUNCIATIONS_IS_COMPRESSED, 0, "unpack it"},
    {"gzip", BYTES("\x1F\x8B\x08\0"), PRONUNCIATIONS_IS_COMPRESSED, 0, "unpack it"},
    {"zip", BYTES("PK\3\4\x14\0"), PRONUNCIATIONS_IS_COMPRESSED, 0, "unpack it"},
    {"bzip2", "BZh91AY", 0, PRONUNCIATIONS_IS_COMPRESSED, 0, "unpack it"},
    {"zstd", "\x28\xB5\x2F\xFD\x04", 0, PRONUNCIATIONS_IS_COMPRESSED, 0, "unpack it"},
    {"a NUL byte in a word", BYTES("a\tAH\nb\0b\tB\n"), PRONUNCIATIONS_IS_BINARY, 2, "column 2"},
    {"a NUL byte at the end", BYTES("a\tAH\0"), PRONUNCIATIONS_IS_BINARY, 1, "column 5"},
    {"a NUL byte in a comment", BYTES("# \0\n"), PRONUNCIATIONS_IS_BINARY, 1, "column 3"},
    {"Latin-1", "a  AH0\nD\xC9J\xC0  D EY2\n", 0, PRONUNCIATIONS_NOT_UTF8, 2,
     "0xC9 at column 2; for CMUdict: iconv -f latin1 -t utf8"},
    {"a character cut off", "a\tAH\nb\xC3", 0, PRONUNCIATIONS_NOT_UTF8, 2, "0xC3"},
    {"a surrogate", "\xED\xA0\x80\tAH\n", 0, PRONUNCIATIONS_NOT_UTF8, 1, "0xED at column 1"},
    {"UTF-16",
     BYTES("\xFF\xFE"
           "a\0\t\0A\0"),
     PRONUNCIATIONS_IS_BINARY, 1, "NUL"},
    {"a line that starts with a blank", "a\tAH\n b\tB\n", 0, PRONUNCIATIONS_NO_WORD, 2,
     "expected a word at the start of the line, found a blank"},
    {"a line that starts with a tab", "\tAH\n", 0, PRONUNCIATIONS_NO_WORD, 1, "a blank"},
    {"a word alone", "a  AH\nb\n", 0, PRONUNCIATIONS_NO_PHONES, 2, "behind 'b', found none"},
    {"a word alone, first", "word\n", 0, PRONUNCIATIONS_NO_PHONES, 1, "behind 'word'"},
    {"a word and a tab", "a\t\n", 0, PRONUNCIATIONS_NO_PHONES, 1, "behind 'a'"},
    {"a word and blanks", "a   \n", 0, PRONUNCIATIONS_NO_PHONES, 1, "behind 'a'"},
    {"a word, a tab and blanks", "a\tAH\nb\t  \r\n", 0, PRONUNCIATIONS_NO_PHONES, 2, "behind 'b'"},
    {"a comment in the place of phones", "a # AH\n", 0, PRONUNCIATIONS_NO_PHONES, 1, "behind 'a'"},
    {"a number alone behind the word", "a(2)\n", 0, PRONUNCIATIONS_NO_PHONES, 1, "behind 'a'"},
    {"blanks, where the first line has a tab", "a\tAH\nb B\n", 0, PRONUNCIATIONS_OTHER_FORMAT, 2,
     "expected a tab behind the word, as on the first line, found none"},
    {"a word alone, where the first line has a tab", "a\tAH\nb\n", 0, PRONUNCIATIONS_OTHER_FORMAT,
     2, "expected a tab behind the word"},
    {"a tab, where the first line has blanks", "# c\na  AH\nb\tB\n", 0, PRONUNCIATIONS_OTHER_FORMAT,
     3, "expected blanks alone, as on the first line, found a tab"},
    {"a tab between phones", "a AH\nb  B\tIY\n", 0, PRONUNCIATIONS_OTHER_FORMAT, 2, "found a tab"},
    {"a second tab", "a\tAH\nb\t0.5\tB\n", 0, PRONUNCIATIONS_OTHER_FORMAT, 2, "a second tab"},
};

static void check_bad(const bad_case *file, pronunciations *all,
                      const pronunciations_problem *problem)
{
    CHECK(all == NULL && problem->kind == file->kind, "%s: kind %d instead of %d: %s",
          file->catches, (int)problem->kind, (int)file->kind, problem->message);
    CHECK(problem->line == file->line, "%s: line %zu instead of %zu", file->catches, problem->line,
          file->line);
    check_file_problem(file->catches, problem->message, file->line, file->says);
    pronunciations_free(all);
}

static void bad(void)
{
    for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
        const bad_case *file = &bad_files[i];
        size_t n = file->n_bytes > 0 ? file->n_bytes : strlen(file->text);
        pronunciations_problem problem;
        pronunciations *all =
            pronunciations_decode(file->text, n, "a.txt", PRONUNCIATIONS_DROP_STRESS, &problem);
        check_bad(file, all, &problem);
        all = pronunciations_decode(file->text, n, "a.txt", PRONUNCIATIONS_DROP_STRESS, NULL);
        CHECK(all == NULL, "%s: without a problem to write down", file->catches);
        pronunciations_free(all);
    }
}

/* ---- Limits ---------------------------------------------------------------------------------- */

/* A text and then n times the same. */
static char *repeated(const char *head, const char *what, size_t n)
{
    size_t n_head = strlen(head), length = strlen(what);
    char *text = malloc(n_head + n * length + 1);
    memcpy(text, head, n_head);
    for (size_t i = 0; i < n; i++) {
        memcpy(text + n_head + i * length, what, length);
    }
    text[n_head + n * length] = '\0';
    return text;
}

static void check_limit(char *text, pronunciations_kind kind, const char *says)
{
    pronunciations_problem problem;
    pronunciations *all =
        pronunciations_decode(text, strlen(text), "a.txt", PRONUNCIATIONS_DROP_STRESS, &problem);
    CHECK(problem.kind == kind && (all != NULL) == (kind == PRONUNCIATIONS_OK), "%s: %s", says,
          problem.message);
    CHECK(strstr(problem.message, says) != NULL, "%s: %s", says, problem.message);
    pronunciations_free(all);
    free(text);
}

static void limits(void)
{
    enum { MAX = PRONUNCIATIONS_MAX_LINE, LETTERS = PRONUNCIATIONS_MAX_LETTERS };
    check_limit(repeated("a AH # ", "c", MAX - 7), PRONUNCIATIONS_OK, "");
    check_limit(repeated("a AH # ", "c", MAX - 6), PRONUNCIATIONS_LONG_LINE,
                "a.txt:1: expected a line of at most 65536 bytes, found 65537");
    char *word = repeated("", "\xC3\xA4", LETTERS), *longer = repeated("b B\n", "a", LETTERS + 1);
    check_limit(repeated(word, " AH", 1), PRONUNCIATIONS_OK, "");
    check_limit(
        repeated(longer, " AH", 1), PRONUNCIATIONS_LONG_WORD,
        "a.txt:2: expected a word of at most 128 letters, found 129: 'aaaaaaaaaaaaaaaaaaaa..");
    free(word);
    free(longer);
    check_limit(repeated("a", " AH", PRONUNCIATIONS_MAX_PHONES), PRONUNCIATIONS_OK, "");
    check_limit(repeated("a", " AH", PRONUNCIATIONS_MAX_PHONES + 1), PRONUNCIATIONS_MANY_PHONES,
                "a.txt:1: expected at most 128 phones behind 'a', found 129");
}

/* So many words, each with a phone, or else a letter, of its own. */
static char *different(bool is_phone, unsigned n)
{
    char *text = malloc(16 * n + 1), *end = text;
    for (unsigned i = 0; i < n; i++) {
        unsigned c = 0x4E00 + i; /* three bytes each, and no capitals */
        char letter[] = {(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 63)),
                         (char)(0x80 | (c & 63)), '\0'};
        end += sprintf(end, is_phone ? "a %s\n" : "%s A\n", letter);
    }
    return text;
}

static void different_symbols(void)
{
    enum { MAX = PRONUNCIATIONS_MAX_DIFFERENT };
    check_limit(different(true, MAX), PRONUNCIATIONS_OK, "");
    check_limit(different(false, MAX), PRONUNCIATIONS_OK, "");
    check_limit(different(true, MAX + 1), PRONUNCIATIONS_MANY_DIFFERENT,
                "a.txt:1025: expected at most 1024 different phones in a dictionary");
    check_limit(different(false, MAX + 1), PRONUNCIATIONS_MANY_DIFFERENT,
                "a.txt:1025: expected at most 1024 different letters in a dictionary");
}

static void unknown_phones(void)
{
    static const char text[] = "a\tAH\nb\tB IY\n", other[] = "# b\na\tAH\nb\tIY B\na\tB EY Z\n";
    pronunciations *all =
        pronunciations_decode(text, strlen(text), "a", PRONUNCIATIONS_DROP_STRESS, NULL);
    pronunciations *more =
        pronunciations_decode(other, strlen(other), "b.txt", PRONUNCIATIONS_DROP_STRESS, NULL);
    symbols *letters = pronunciations_letters(all), *phones = pronunciations_phones(all);
    pronunciations_problem problem;
    pairs *made = pronunciations_pairs(more, letters, phones, &problem);
    CHECK(made == NULL && problem.kind == PRONUNCIATIONS_UNKNOWN_PHONE && problem.line == 4 &&
              strcmp(problem.message, "b.txt:4: expected the 3 phones of the training data, found "
                                      "'EY' behind 'a'") == 0,
          "kind %d: %s", (int)problem.kind, problem.message);
    CHECK(pronunciations_pairs(more, letters, phones, NULL) == NULL, "without a problem");
    symbols_free(letters);
    symbols_free(phones);
    pronunciations_free(all);
    pronunciations_free(more);
}

static const test tests[] = {
    {"every kind of bad file has its own error, with file and line", bad},
    {"a line, word or pronunciation may be as long as the limit and no longer", limits},
    {"a text with too many different symbols is no dictionary", different_symbols},
    {"a phone that was not in training is answered, with file and line", unknown_phones},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
