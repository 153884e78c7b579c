/* Corpora: every kind of bad file has its own error. */
#include "chapters/common/words/corpus.h"
#include "tests/support/file_problem.h"
#include "tests/support/suite.h"

#include <stdlib.h>
#include <string.h>

/* ---- Bad files ------------------------------------------------------------------------------- */

typedef struct {
    const char *catches, *text;
    size_t n_bytes; /* 0: up to the first zero byte */
    corpus_format format;
    const char *column;
    corpus_kind kind;
    size_t line;
    const char *says;
} bad_case;

#define BYTES(text) (text), sizeof(text) - 1
#define TOKEN(id)   id "\ta\t_\tX\t_\t_\t_\t_\t_\t_\n"

static const bad_case bad_files[] = {
    {"nothing at all", "", 0, CORPUS_ANY, NULL, CORPUS_EMPTY, 0, "found none"},
    {"blank lines alone", "\n \n\t\r\n", 0, CORPUS_ANY, NULL, CORPUS_EMPTY, 0, "found none"},
    {"a byte order mark alone", "\xEF\xBB\xBF", 0, CORPUS_ANY, NULL, CORPUS_EMPTY, 0, "found none"},
    {"comments alone", "# a\n# b\n", 0, CORPUS_ANY, NULL, CORPUS_EMPTY, 0, "found none"},
    {"ranges alone", TOKEN("1-2"), 0, CORPUS_ANY, NULL, CORPUS_EMPTY, 0, "found none"},
    {"xz", BYTES("\xFD\x37zXZ\0\0\4"), CORPUS_ANY, NULL, CORPUS_IS_COMPRESSED, 0, "unpack it"},
    {"gzip", BYTES("\x1F\x8B\x08\0"), CORPUS_ANY, NULL, CORPUS_IS_COMPRESSED, 0, "unpack it"},
    {"zip", BYTES("PK\3\4\x14\0"), CORPUS_ANY, NULL, CORPUS_IS_COMPRESSED, 0, "unpack it"},
    {"bzip2", "BZh91AY", 0, CORPUS_ANY, NULL, CORPUS_IS_COMPRESSED, 0, "unpack it"},
    {"zstd", "\x28\xB5\x2F\xFD\x04", 0, CORPUS_ANY, NULL, CORPUS_IS_COMPRESSED, 0, "unpack it"},
    {"a NUL byte", BYTES("a\tO\nb\0\tO\n"), CORPUS_ANY, NULL, CORPUS_IS_BINARY, 2, "column 2"},
    {"a byte that no character starts with", "a\tO\nb\xFF\tO\n", 0, CORPUS_ANY, NULL,
     CORPUS_NOT_UTF8, 2, "0xFF at column 2"},
    {"a character cut off", "a\tO\nb\xC3", 0, CORPUS_ANY, NULL, CORPUS_NOT_UTF8, 2, "0xC3"},
    {"UTF-16",
     BYTES("\xFF\xFE"
           "a\0\t\0O\0"),
     CORPUS_ANY, NULL, CORPUS_IS_BINARY, 1, "NUL"},
    {"one word a line", "word\n", 0, CORPUS_ANY, NULL, CORPUS_UNKNOWN_FORMAT, 1, "'word'"},
    {"a word alone, below a comment", "# a\n\nword\n", 0, CORPUS_ANY, NULL, CORPUS_UNKNOWN_FORMAT,
     1, "word/tag pairs"},
    {"a line of columns in CoNLL-U", TOKEN("1") "a\tO\n", 0, CORPUS_ANY, NULL, CORPUS_BAD_COLUMNS,
     2, "expected 10 columns between tabs, found 2"},
    {"one column too few in CoNLL-U", "1\ta\t_\tX\t_\t_\t_\t_\t_\n", 0, CORPUS_ANY, NULL,
     CORPUS_BAD_COLUMNS, 1, "found 9"},
    {"one column too many in CoNLL-U", "1\ta\t_\tX\t_\t_\t_\t_\t_\t_\t_\n", 0, CORPUS_ANY, NULL,
     CORPUS_BAD_COLUMNS, 1, "found 11"},
    {"blanks in the place of tabs in CoNLL-U", "1 a _ X _ _ _ _ _ _\n", 0, CORPUS_CONLLU, NULL,
     CORPUS_BAD_COLUMNS, 1, "found 1"},
    {"one column too few", "a X O\nb O\n", 0, CORPUS_ANY, NULL, CORPUS_BAD_COLUMNS, 2,
     "expected 3 columns between blanks"},
    {"one column too many", "a\tO\nb\tX\tO\n", 0, CORPUS_ANY, NULL, CORPUS_BAD_COLUMNS, 2,
     "expected 2 columns between tabs"},
    {"blanks, where the first line has tabs", "a\tO\nb O\n", 0, CORPUS_ANY, NULL,
     CORPUS_BAD_COLUMNS, 2, "found 1"},
    {"no tags", "a\nb\n", 0, CORPUS_COLUMNS, NULL, CORPUS_BAD_COLUMNS, 1, "a word and a tag"},
    {"a letter for an ID", TOKEN("1") TOKEN("x"), 0, CORPUS_CONLLU, NULL, CORPUS_BAD_ID, 2, "'x'"},
    {"no ID", TOKEN(""), 0, CORPUS_CONLLU, NULL, CORPUS_BAD_ID, 1, "''"},
    {"half a range", TOKEN("1-"), 0, CORPUS_ANY, NULL, CORPUS_BAD_ID, 1, "'1-'"},
    {"two points", TOKEN("0.1.2"), 0, CORPUS_ANY, NULL, CORPUS_BAD_ID, 1, "'0.1.2'"},
    {"a negative ID", TOKEN("-1"), 0, CORPUS_CONLLU, NULL, CORPUS_BAD_ID, 1, "'-1'"},
    {"a first ID that is not 1", TOKEN("2"), 0, CORPUS_ANY, NULL, CORPUS_ID_ORDER, 1, "the ID 1"},
    {"an ID of 0", TOKEN("0"), 0, CORPUS_ANY, NULL, CORPUS_ID_ORDER, 1, "the ID 1"},
    {"an ID left out", TOKEN("1") TOKEN("3"), 0, CORPUS_ANY, NULL, CORPUS_ID_ORDER, 2, "the ID 2"},
    {"an ID twice", TOKEN("1") TOKEN("2") TOKEN("2"), 0, CORPUS_ANY, NULL, CORPUS_ID_ORDER, 3,
     "the ID 3 here, found '2'"},
    {"no empty line", TOKEN("1") TOKEN("2") TOKEN("1"), 0, CORPUS_ANY, NULL, CORPUS_ID_ORDER, 3,
     "is an empty line missing?"},
    {"an ID beyond 64 bits", TOKEN("99999999999999999999999"), 0, CORPUS_ANY, NULL, CORPUS_ID_ORDER,
     1, "the ID 1"},
    {"a range in the wrong place", TOKEN("1") TOKEN("1-2"), 0, CORPUS_ANY, NULL, CORPUS_ID_ORDER, 2,
     "the ID 2"},
    {"a range that descends", TOKEN("1") TOKEN("2-1"), 0, CORPUS_ANY, NULL, CORPUS_ID_ORDER, 2,
     "ascends"},
    {"an empty node in the wrong place", TOKEN("1") TOKEN("2.1"), 0, CORPUS_ANY, NULL,
     CORPUS_ID_ORDER, 2, "the ID 1"},
    {"an empty word in CoNLL-U", "1\t\t_\tX\t_\t_\t_\t_\t_\t_\n", 0, CORPUS_ANY, NULL,
     CORPUS_NO_WORD, 1, "column 2"},
    {"an empty word in Brown", "a/at /nn\n", 0, CORPUS_BROWN, NULL, CORPUS_NO_WORD, 1, "'/nn'"},
    {"an empty tag in CoNLL-U", "1\ta\t_\t\t_\t_\t_\t_\t_\t_\n", 0, CORPUS_ANY, NULL, CORPUS_NO_TAG,
     1, "'_' for none"},
    {"an empty key", "1\ta\t_\tX\t_\t_\t_\t_\t_\tNER=|a=b\n", 0, CORPUS_ANY, "NER", CORPUS_NO_TAG,
     1, "'_' for none"},
    {"an empty tag in columns", "a\tO\nb\t \n", 0, CORPUS_ANY, NULL, CORPUS_NO_TAG, 2, "column 2"},
    {"a word without a slash in Brown", "a/at b\n", 0, CORPUS_BROWN, NULL, CORPUS_NO_TAG, 1, "'b'"},
    {"an empty tag in Brown", "a/at b/\n", 0, CORPUS_BROWN, NULL, CORPUS_NO_TAG, 1, "'b/'"},
    {"the tags of words", "a\tO\n", 0, CORPUS_ANY, "1", CORPUS_BAD_TAG_COLUMN, 1, "column 1"},
    {"a column that is not there", "a\tO\n", 0, CORPUS_ANY, "3", CORPUS_BAD_TAG_COLUMN, 1,
     "found 2 columns"},
    {"a column beyond 64 bits", "a\tO\n", 0, CORPUS_ANY, "99999999999999999999999",
     CORPUS_BAD_TAG_COLUMN, 1, "found 2 columns"},
    {"a key that no token has", TOKEN("1"), 0, CORPUS_ANY, "Nre", CORPUS_UNTAGGED, 0, "'Nre'"},
    {"the beginning of a key", "1\ta\t_\tX\t_\tNumber=Sing\t_\t_\t_\tNumb_\n", 0, CORPUS_ANY,
     "Numb", CORPUS_UNTAGGED, 0, "'Numb'"},
    {"parts of speech that are not there", "1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n", 0, CORPUS_ANY, NULL,
     CORPUS_UNTAGGED, 0, "'upos'"},
};

static void check_bad(const bad_case *file, corpus *c, const corpus_problem *problem)
{
    CHECK(c == NULL && problem->kind == file->kind, "%s: kind %d instead of %d: %s", file->catches,
          (int)problem->kind, (int)file->kind, problem->message);
    CHECK(problem->line == file->line, "%s: line %zu instead of %zu", file->catches, problem->line,
          file->line);
    check_file_problem(file->catches, problem->message, file->line, file->says);
    corpus_free(c);
}

static void bad(void)
{
    for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
        const bad_case *file = &bad_files[i];
        size_t n = file->n_bytes > 0 ? file->n_bytes : strlen(file->text);
        corpus_problem problem;
        corpus *c = corpus_decode(file->text, n, "a.txt", file->format, file->column, &problem);
        check_bad(file, c, &problem);
        c = corpus_decode(file->text, n, "a.txt", file->format, file->column, NULL);
        CHECK(c == NULL, "%s: without a problem to write down", file->catches);
        corpus_free(c);
    }
}

/* A line or sentence of any length: n times the same. */
static char *repeated(const char *what, size_t n)
{
    size_t length = strlen(what);
    char *text = malloc(n * length + 1);
    for (size_t i = 0; i < n; i++) {
        memcpy(text + i * length, what, length);
    }
    text[n * length] = '\0';
    return text;
}

static void limits(void)
{
    static const struct {
        const char *what;
        size_t n;
        corpus_kind kind;
        const char *says;
    } cases[] = {
        {"a\tO\n", CORPUS_MAX_SENTENCE, CORPUS_OK, ""},
        {"a\tO\n", CORPUS_MAX_SENTENCE + 1, CORPUS_LONG_SENTENCE, "a.txt:2049: "},
        {"a/b ", CORPUS_MAX_SENTENCE + 1, CORPUS_LONG_SENTENCE, "at most 2048 tokens"},
        {"aaaaaaaa a/b    ", CORPUS_MAX_LINE / 16 + 1, CORPUS_LONG_LINE, "found 65552"},
        {"a ", CORPUS_MAX_COLUMNS, CORPUS_OK, ""},
        {"a ", CORPUS_MAX_COLUMNS + 1, CORPUS_BAD_COLUMNS, "at most 64 columns, found 65"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = repeated(cases[i].what, cases[i].n);
        corpus_problem problem;
        corpus *c = corpus_decode(text, strlen(text), "a.txt", CORPUS_ANY, NULL, &problem);
        CHECK(problem.kind == cases[i].kind && (c != NULL) == (cases[i].kind == CORPUS_OK),
              "%zu of '%s': %s", cases[i].n, cases[i].what, problem.message);
        CHECK(strstr(problem.message, cases[i].says) != NULL, "%s", problem.message);
        corpus_free(c);
        free(text);
    }
}

static const test tests[] = {
    {"every kind of bad file has its own error, with file and line", bad},
    {"a line or sentence may be as long as the limit and no longer", limits},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
