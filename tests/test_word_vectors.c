/* Word vectors: good files, every kind of bad file with its own error, look-up, and geometry. */
#include "chapters/common/words/word_vectors.h"
#include "tests/support/suite.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Text files ------------------------------------------------------------------------------ */

typedef struct {
    const char *catches;
    const char *text;
    size_t n_bytes; /* 0: up to the first zero byte */
    word_vectors_kind kind;
    size_t line;
    const char *says;
} text_case;

static word_vectors *read_text(const char *text, size_t n_bytes, word_vectors_problem *problem)
{
    FILE *file = tmpfile();
    if (file == NULL || fwrite(text, 1, n_bytes, file) != n_bytes || fflush(file) != 0) {
        perror("test_word_vectors: a temporary file");
        exit(1);
    }
    rewind(file);
    word_vectors *vectors = word_vectors_read(file, "words.txt", problem);
    fclose(file);
    return vectors;
}

#define BYTES(text) (text), sizeof(text) - 1
#define A_50        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const text_case bad_texts[] = {
    {"nothing at all", "", 0, WORD_VECTORS_EMPTY, 0, "found none"},
    {"only line ends", "\n\n\n", 0, WORD_VECTORS_EMPTY, 0, "found none"},
    {"a header and no words", "3 2\n", 0, WORD_VECTORS_EMPTY, 0, "found none"},
    {"a blank line in the middle", "a 1 2\n\nb 3 4\n", 0, WORD_VECTORS_EMPTY_LINE, 2, "empty line"},
    {"a blank line at the start", "\na 1 2\n", 0, WORD_VECTORS_EMPTY_LINE, 1, "empty line"},
    {"a line that starts with a blank", "a 1 2\n b 3 4\n", 0, WORD_VECTORS_NO_WORD, 2, "blank"},
    {"a line of blanks", "a 1 2\n  \t\n", 0, WORD_VECTORS_NO_WORD, 2, "blank"},
    {"a word alone", "a 1 2\nriver\n", 0, WORD_VECTORS_NO_NUMBERS, 2, "found none"},
    {"a word and blanks", "river   \n", 0, WORD_VECTORS_NO_NUMBERS, 1, "found none"},
    {"one number too few", "a 1 2 3\nb 1 2\n", 0, WORD_VECTORS_TOO_FEW, 2, "expected 3 numbers"},
    {"one number too many", "a 1 2\nb 1 2 3\n", 0, WORD_VECTORS_TOO_MANY, 2, "expected 2 numbers"},
    {"fewer than the header says", "1 3\na 1 2\n", 0, WORD_VECTORS_TOO_FEW, 2, "in the header"},
    {"more than the header says", "1 2\na 1 2 3\n", 0, WORD_VECTORS_TOO_MANY, 2, "in the header"},
    {"a line cut off", "a 1 2\nb 3", 0, WORD_VECTORS_TOO_FEW, 2, "found 1"},
    {"a word in the place of a number", "a 1 x\n", 0, WORD_VECTORS_NOT_A_NUMBER, 1, "'x'"},
    {"letters behind a number", "a 1 2\nb 1 2x\n", 0, WORD_VECTORS_NOT_A_NUMBER, 2, "'2x'"},
    {"a decimal comma", "a 0,5 1\n", 0, WORD_VECTORS_NOT_A_NUMBER, 1, "'0,5'"},
    {"two signs", "a --3 1\n", 0, WORD_VECTORS_NOT_A_NUMBER, 1, "number 1"},
    {"a word with a blank in it", "new york 1 2\n", 0, WORD_VECTORS_NOT_A_NUMBER, 1, "'york'"},
    {"not a number", "a nan 1\n", 0, WORD_VECTORS_NOT_FINITE, 1, "'nan'"},
    {"infinity", "a 1 2\nb 1 -inf\n", 0, WORD_VECTORS_NOT_FINITE, 2, "'-inf'"},
    {"too large for a double", "a 1e999 1\n", 0, WORD_VECTORS_NOT_FINITE, 1, "'1e999'"},
    {"a word twice", "a 1 2\nb 3 4\na 5 6\n", 0, WORD_VECTORS_DUPLICATE, 3, "on line 1"},
    {"a word twice, below a header", "2 1\na 1\na 2\n", 0, WORD_VECTORS_DUPLICATE, 3, "on line 2"},
    {"fewer words than announced", "3 2\na 1 2\nb 3 4\n", 0, WORD_VECTORS_HEADER_MISMATCH, 0,
     "expected 3 words"},
    {"more words than announced", "1 2\na 1 2\nb 3 4\n", 0, WORD_VECTORS_HEADER_MISMATCH, 0,
     "found 2"},
    {"a header of no words", "0 5\n", 0, WORD_VECTORS_BAD_HEADER, 1, "'0 5'"},
    {"a header of no numbers", "5 0\n", 0, WORD_VECTORS_BAD_HEADER, 1, "'5 0'"},
    {"a header of too many numbers", "5 4097\n", 0, WORD_VECTORS_BAD_HEADER, 1, "4096"},
    {"a header beyond 64 bits", "99999999999999999999 5\n", 0, WORD_VECTORS_BAD_HEADER, 1,
     "header"},
    {"a word too long", A_50 A_50 A_50 A_50 "a 1 2\n", 0, WORD_VECTORS_LONG_WORD, 1, "found 201"},
    {"a byte that no character starts with", "a 1 2\nb\xFF 3 4\n", 0, WORD_VECTORS_NOT_UTF8, 2,
     "0xFF at column 2"},
    {"a character cut off", "caf\xC3 1 2\n", 0, WORD_VECTORS_NOT_UTF8, 1, "column 4"},
    {"an over-long form", "\xC0\xAF 1 2\n", 0, WORD_VECTORS_NOT_UTF8, 1, "0xC0"},
    {"a surrogate", "\xED\xA0\x80 1 2\n", 0, WORD_VECTORS_NOT_UTF8, 1, "0xED"},
    {"beyond Unicode", "\xF4\x90\x80\x80 1 2\n", 0, WORD_VECTORS_NOT_UTF8, 1, "0xF4"},
    {"a zero byte", BYTES("a 1 2\nb\0 3 4\n"), WORD_VECTORS_IS_BINARY, 2, "column 2"},
    {"word2vec's binary format", BYTES("2 2\nthe \0\0\x80\x3F\0\0\0\x40"), WORD_VECTORS_IS_BINARY,
     2, "binary format"},
    {"gzip", BYTES("\x1F\x8B\x08\0\0"), WORD_VECTORS_IS_COMPRESSED, 0, "unpack it first"},
    {"zip", BYTES("PK\x03\x04\0\0"), WORD_VECTORS_IS_COMPRESSED, 0, "unpack it first"},
    {"xz", BYTES("\xFD\x37zXZ\0"), WORD_VECTORS_IS_COMPRESSED, 0, "unpack it first"},
};

static void every_bad_text(void)
{
    for (size_t i = 0; i < sizeof bad_texts / sizeof bad_texts[0]; i++) {
        const text_case *c = &bad_texts[i];
        word_vectors_problem problem;
        size_t n_bytes = c->n_bytes > 0 ? c->n_bytes : strlen(c->text);
        word_vectors *vectors = read_text(c->text, n_bytes, &problem);
        CHECK(vectors == NULL, "%s: was read", c->catches);
        CHECK(problem.kind == c->kind && problem.line == c->line,
              "%s: kind %d, line %zu instead of kind %d, line %zu", c->catches, (int)problem.kind,
              problem.line, (int)c->kind, c->line);
        char start[64] = "words.txt: ";
        if (c->line > 0) {
            snprintf(start, sizeof start, "words.txt:%zu: ", c->line);
        }
        CHECK(strncmp(problem.message, start, strlen(start)) == 0 &&
                  strstr(problem.message, c->says) != NULL,
              "%s: \"%s\" should start with \"%s\" and say \"%s\"", c->catches, problem.message,
              start, c->says);
        word_vectors_free(vectors);
    }
}

static void good_texts(void)
{
    static const struct {
        const char *catches, *text;
        size_t n_words, d;
    } cases[] = {
        {"one word, one number", "a 1\n", 1, 1},
        {"no end of the last line", "a 1 2\nb 3 4", 2, 2},
        {"empty lines at the end", "a 1 2\nb 3 4\n\n\n", 2, 2},
        {"lines of Windows", "a 1 2\r\nb 3 4\r\n", 2, 2},
        {"tabs, and blanks at the end", "a\t1\t2 \nb  3 4\t\n", 2, 2},
        {"word2vec's header", "2 2\na 1 2\nb 3 4\n", 2, 2},
        {"a byte order mark",
         "\xEF\xBB\xBF"
         "a 1 2\nb 3 4\n",
         2, 2},
        {"numbers as words", "a 1 2\n1999 3 4\n", 2, 2},
        {"the longest word", A_50 A_50 A_50 A_50 " 1 2\nb 3 4e0\n", 2, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        word_vectors_problem problem;
        word_vectors *v = read_text(cases[i].text, strlen(cases[i].text), &problem);
        CHECK(v != NULL, "%s: %s", cases[i].catches, problem.message);
        if (v != NULL) {
            CHECK(v->n_words == cases[i].n_words && v->d == cases[i].d, "%s: %zu words of %zu",
                  cases[i].catches, v->n_words, v->d);
            double last = gsl_matrix_get(v->vectors, v->n_words - 1, v->d - 1);
            CHECK_CLOSE(last, v->d == 1 ? 1.0 : 4.0, 0.0, cases[i].catches);
        }
        word_vectors_free(v);
    }
}

static void files_that_cannot_be_read(void)
{
    word_vectors_problem problem;
    CHECK(word_vectors_load("/no/such/file.txt", &problem) == NULL, "a missing file was read");
    CHECK(problem.kind == WORD_VECTORS_CANNOT_OPEN, "kind %d: %s", (int)problem.kind,
          problem.message);
    CHECK(word_vectors_load("/", &problem) == NULL, "a directory was read");
    CHECK(problem.kind == WORD_VECTORS_CANNOT_OPEN || problem.kind == WORD_VECTORS_CANNOT_READ,
          "kind %d: %s", (int)problem.kind, problem.message);
    CHECK(word_vectors_load("/no/such/file.txt", NULL) == NULL, "without a problem");
}

/* Cut anywhere, or with any bit turned, a file is read or answered, and nothing else happens: the
 * sanitizers and valgrind look on. */
static void damaged_texts(void)
{
    static const char good[] = "3 2\nthe 0.25 -1e3\nriver 4 5\nbänk 6 7\n";
    const size_t n_bytes = sizeof good - 1;
    size_t n_read = 0;
    for (size_t at = 0; at < n_bytes * 9; at++) {
        char damaged[sizeof good];
        memcpy(damaged, good, sizeof good);
        bool is_cut = at % 9 == 8;
        if (!is_cut) {
            damaged[at / 9] = (char)(damaged[at / 9] ^ (1 << at % 9));
        }
        word_vectors_problem problem;
        word_vectors *v = read_text(damaged, is_cut ? at / 9 : n_bytes, &problem);
        CHECK((v == NULL) == (problem.kind != WORD_VECTORS_OK), "damage %zu: %s", at,
              problem.message);
        n_read += v != NULL;
        word_vectors_free(v);
    }
    CHECK(n_read > 0 && n_read < n_bytes * 9, "%zu of %zu were read", n_read, n_bytes * 9);
}

/* ---- Words and vectors ----------------------------------------------------------------------- */

static void the_embedded_extract(void)
{
    word_vectors_problem problem;
    word_vectors *v = word_vectors_embedded(&problem);
    CHECK(v != NULL, "%s", problem.message);
    if (v == NULL) {
        return;
    }
    CHECK(v->n_words > 20000 && v->d == 100, "%zu words of %zu", v->n_words, v->d);
    CHECK(word_vectors_find(v, "the") == 0, "'the' is not the most frequent word");
    CHECK(word_vectors_find(v, "roopali") == WORD_VECTORS_UNKNOWN, "'roopali' has a vector");
    CHECK(word_vectors_find(v, "BANK") == word_vectors_find(v, "bank"), "BANK is not bank");
    size_t bank = word_vectors_find(v, "bank");
    gsl_vector_const_view row = gsl_matrix_const_row(v->vectors, bank);
    double squared;
    gsl_blas_ddot(&row.vector, &row.vector, &squared);
    /* The package gives its length. Each of the 100 numbers is off by at most half a step, and the
     * step is the largest of them, 2.4286, over 127. */
    const double half_step = 2.4286 / 127.0 / 2.0;
    CHECK_CLOSE(sqrt(squared), 6.81177349, sqrt(100.0) * half_step, "the length of 'bank'");

    size_t nearest = word_vectors_nearest_spelling(v, "roopali");
    CHECK(nearest != WORD_VECTORS_UNKNOWN && strcmp(v->words[nearest], "rupali") == 0,
          "the nearest spelling of 'roopali'");
    nearest = word_vectors_nearest_spelling(v, "rivver");
    CHECK(nearest != WORD_VECTORS_UNKNOWN && strcmp(v->words[nearest], "river") == 0,
          "the nearest spelling of 'rivver'");
    CHECK(word_vectors_nearest_spelling(v, "qqqqqqqqqqqqqqqq") == WORD_VECTORS_UNKNOWN,
          "a word that is near nothing");
    word_vectors_neighbour near[2];
    size_t n = word_vectors_neighbours(v, &row.vector, 2, near);
    CHECK(n == 2 && near[0].row == bank, "%zu neighbours, the first in row %zu", n, near[0].row);
    CHECK(strcmp(v->words[near[1].row], "banks") == 0, "the nearest word of 'bank' is '%s'",
          v->words[near[1].row]);
    word_vectors_free(v);
}

static void neighbours_in_order(void)
{
    static const char text[] = "east 2 0\nnorth 0 3\nnortheast 1 1\nnothing 0 0\nwest -1 0\n";
    word_vectors *v = read_text(BYTES(text), NULL);
    word_vectors_neighbour near[8];
    gsl_vector_const_view east = gsl_matrix_const_row(v->vectors, 0);
    size_t n = word_vectors_neighbours(v, &east.vector, 8, near);
    static const size_t expected[] = {0, 2, 1, 3, 4};
    static const double cosines[] = {1.0, M_SQRT1_2, 0.0, 0.0, -1.0};
    CHECK(n == 5, "%zu neighbours instead of 5", n);
    for (size_t i = 0; i < n && i < 5; i++) {
        CHECK(near[i].row == expected[i], "neighbour %zu is %s", i, v->words[near[i].row]);
        CHECK_CLOSE(near[i].cosine, cosines[i], 1e-15, v->words[near[i].row]);
    }
    CHECK(word_vectors_neighbours(v, &east.vector, 2, near) == 2 && near[1].row == 2,
          "the best two of five");
    gsl_vector *longer = gsl_vector_calloc(3);
    CHECK(word_vectors_neighbours(v, longer, 2, near) == 0, "a vector of another length");
    gsl_vector_free(longer);
    word_vectors_free(v);
}

/* Points on a line through (1, 2, 0), far from the origin, with a little of their own: after the
 * mean and one component are gone, only their own is left, and it is orthogonal to the line. */
static void all_but_the_top(void)
{
    static const char text[] = "a 11 22 0.5\nb 7 14 -0.5\nc 13 26 -0.5\nd 9 18 0.5\n";
    word_vectors *v = read_text(BYTES(text), NULL);
    CHECK_STATUS(word_vectors_remove_common(v, 4), GSL_EINVAL, "4 components of 3 numbers");
    CHECK_STATUS(word_vectors_remove_common(v, 1), GSL_SUCCESS, "1 component");
    for (size_t p = 0; p < 3; p++) {
        gsl_vector_const_view column = gsl_matrix_const_column(v->vectors, p);
        double sum = 0.0;
        for (size_t i = 0; i < v->n_words; i++) {
            sum += gsl_vector_get(&column.vector, i);
        }
        CHECK_CLOSE(sum, 0.0, 1e-12, "the sum of a column");
    }
    for (size_t i = 0; i < v->n_words; i++) {
        double along = gsl_matrix_get(v->vectors, i, 0) + 2.0 * gsl_matrix_get(v->vectors, i, 1);
        CHECK_CLOSE(along, 0.0, 1e-12, "what is left along the line");
        CHECK_CLOSE(fabs(gsl_matrix_get(v->vectors, i, 2)), 0.5, 1e-12, "what is its own");
    }
    word_vectors_free(v);
}

static const test tests[] = {
    {"every kind of bad text file has its own error, with file and line", every_bad_text},
    {"text files are read as GloVe and word2vec write them", good_texts},
    {"a file that cannot be read is an error", files_that_cannot_be_read},
    {"a damaged text file is read or answered", damaged_texts},
    {"the embedded extract has the words of the course", the_embedded_extract},
    {"neighbours come in the order of their cosine", neighbours_in_order},
    {"all-but-the-top takes out the mean and the first component", all_but_the_top},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
