/**
 * @file word_vectors_text.c
 * Reading the text format of GloVe and word2vec, one line after the other.
 */
#include "chapters/common/program/utf8.h"
#include "chapters/common/words/word_vectors_internal.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A file while it is read. */
typedef struct {
    const char *name;
    size_t line;              /* the current one, from 1 */
    size_t n_announced;       /* words that a header announces */
    bool has_header;          /* the first line is one */
    size_t d, n_words;        /* numbers a word, 0 until known; words so far */
    char *text;               /* the words, one behind the other */
    size_t n_text, text_size; /* bytes used and there */
    double *numbers;          /* all numbers so far */
    size_t n_numbers, numbers_size;
    word_vectors_problem *problem;
} reader;

/* Room for n more elements. The array doubles, so that each element is moved a few times at most. */
static bool make_room(void **array, size_t used, size_t *there, size_t n, size_t size)
{
    if (n <= *there - used) {
        return true;
    }
    size_t wanted = 2 * *there + n + 64, n_bytes;
    void *larger = NULL;
    if (wanted > *there && !__builtin_mul_overflow(wanted, size, &n_bytes)) {
        larger = realloc(*array, n_bytes);
    }
    if (larger == NULL) {
        return false;
    }
    *array = larger;
    *there = wanted;
    return true;
}

static bool out_of_memory(reader *r)
{
    word_vectors_report(r->problem, WORD_VECTORS_NO_MEMORY, r->name, r->line,
                        "out of memory after %zu words", r->n_words);
    return false;
}

static const char *skip_blanks(const char *c)
{
    return c + strspn(c, " \t");
}

/* The first line "400000 100" is word2vec's header: how many words and numbers follow. */
static bool read_header(reader *r, const char *line, bool *is_header)
{
    char *end;
    *is_header = false;
    size_t n_digits = strspn(line, "0123456789");
    const char *second = skip_blanks(line + n_digits);
    size_t n_more = strspn(second, "0123456789");
    if (n_digits == 0 || n_more == 0 || second == line + n_digits ||
        *skip_blanks(second + n_more) != '\0') {
        return true;
    }
    *is_header = r->has_header = true;
    errno = 0;
    unsigned long long n_words = strtoull(line, &end, 10), d = strtoull(second, &end, 10);
    if (errno != 0 || n_words == 0 || n_words > SIZE_MAX || d == 0 || d > WORD_VECTORS_MAX_D) {
        word_vectors_report(r->problem, WORD_VECTORS_BAD_HEADER, r->name, r->line,
                            "expected a header of at least 1 word with 1 to %d numbers, found "
                            "'%.40s'",
                            WORD_VECTORS_MAX_D, line);
        return false;
    }
    r->n_announced = (size_t)n_words;
    r->d = (size_t)d;
    return true;
}

/* The word at the start of a line: `*rest` is what follows. */
static bool read_word(reader *r, const char *line, const char **rest)
{
    size_t length = strcspn(line, " \t");
    if (length == 0) {
        word_vectors_report(r->problem, WORD_VECTORS_NO_WORD, r->name, r->line,
                            "expected a word at the start of the line, found a blank");
        return false;
    }
    if (length > WORD_VECTORS_MAX_WORD) {
        word_vectors_report(r->problem, WORD_VECTORS_LONG_WORD, r->name, r->line,
                            "expected a word of at most %d bytes, found %zu: '%.20s...'",
                            WORD_VECTORS_MAX_WORD, length, line);
        return false;
    }
    if (!make_room((void **)&r->text, r->n_text, &r->text_size, length + 1, 1)) {
        return out_of_memory(r);
    }
    memcpy(r->text + r->n_text, line, length);
    r->text[r->n_text + length] = '\0';
    r->n_text += length + 1;
    *rest = skip_blanks(line + length);
    return true;
}

/* One number at the start of `field`, the count-th of its line. */
static bool read_number(reader *r, const char *field, size_t count, const char **rest)
{
    char *end;
    double value = strtod(field, &end);
    int length = (int)strcspn(field, " \t");
    if (end != field + length) {
        word_vectors_report(r->problem, WORD_VECTORS_NOT_A_NUMBER, r->name, r->line,
                            "expected number %zu, found '%.*s'", count, length < 40 ? length : 40,
                            field);
        return false;
    }
    if (!isfinite(value)) {
        word_vectors_report(r->problem, WORD_VECTORS_NOT_FINITE, r->name, r->line,
                            "expected a finite number, found '%.*s' as number %zu",
                            length < 40 ? length : 40, field, count);
        return false;
    }
    if (!make_room((void **)&r->numbers, r->n_numbers, &r->numbers_size, 1, sizeof(double))) {
        return out_of_memory(r);
    }
    r->numbers[r->n_numbers++] = value;
    *rest = skip_blanks(end);
    return true;
}

static bool wrong_count(reader *r, word_vectors_kind kind, const char *more, size_t count)
{
    const char *said_by = r->has_header ? "in the header" : "on the first line";
    word_vectors_report(r->problem, kind, r->name, r->line,
                        "expected %zu numbers, as %s, found %s%zu", r->d, said_by, more, count);
    return false;
}

static bool read_numbers(reader *r, const char *rest)
{
    size_t count = 0;
    while (*rest != '\0') {
        if (r->d > 0 && count == r->d) {
            return wrong_count(r, WORD_VECTORS_TOO_MANY, "more than ", count);
        }
        if (count == WORD_VECTORS_MAX_D) {
            word_vectors_report(r->problem, WORD_VECTORS_TOO_MANY, r->name, r->line,
                                "expected at most %d numbers, found more", WORD_VECTORS_MAX_D);
            return false;
        }
        count++;
        if (!read_number(r, rest, count, &rest)) {
            return false;
        }
    }
    if (count == 0) {
        word_vectors_report(r->problem, WORD_VECTORS_NO_NUMBERS, r->name, r->line,
                            "expected numbers behind the word, found none");
        return false;
    }
    if (r->d > 0 && count < r->d) {
        return wrong_count(r, WORD_VECTORS_TOO_FEW, "", count);
    }
    r->d = count;
    r->n_words++;
    return true;
}

/* What can be seen from the bytes of a line, before its words are looked at. */
static bool check_bytes(reader *r, const char *line, size_t length)
{
    /* gzip, zip, bzip2, xz, zstd */
    static const char *const packed[] = {"\x1F\x8B", "PK\x03\x04", "BZh", "\xFD\x37zXZ",
                                         "\x28\xB5\x2F\xFD"};
    for (size_t i = 0; r->line == 1 && i < sizeof packed / sizeof packed[0]; i++) {
        if (strncmp(line, packed[i], strlen(packed[i])) == 0) {
            word_vectors_report(r->problem, WORD_VECTORS_IS_COMPRESSED, r->name, 0,
                                "expected text, found a compressed file; unpack it first");
            return false;
        }
    }
    if (strlen(line) < length) {
        word_vectors_report(r->problem, WORD_VECTORS_IS_BINARY, r->name, r->line,
                            "expected text, found a NUL byte at column %zu; the binary format of "
                            "word2vec is not read",
                            strlen(line) + 1);
        return false;
    }
    size_t valid = utf8_valid_length(line);
    if (valid < length) {
        word_vectors_report(r->problem, WORD_VECTORS_NOT_UTF8, r->name, r->line,
                            "expected UTF-8, found the byte 0x%02X at column %zu",
                            (unsigned char)line[valid], valid + 1);
        return false;
    }
    return true;
}

static bool read_line(reader *r, char *line, size_t length, size_t *empty_line)
{
    r->line++;
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) {
        line[--length] = '\0';
    }
    if (r->line == 1 && strncmp(line, "\xEF\xBB\xBF", 3) == 0) { /* a byte order mark */
        line += 3;
        length -= 3;
    }
    if (!check_bytes(r, line, length)) {
        return false;
    }
    if (length == 0) { /* allowed at the end of the file: remember it until we know */
        *empty_line = *empty_line == 0 ? r->line : *empty_line;
        return true;
    }
    if (*empty_line > 0) {
        word_vectors_report(r->problem, WORD_VECTORS_EMPTY_LINE, r->name, *empty_line,
                            "expected a word and its numbers, found an empty line");
        return false;
    }
    bool is_header = false;
    if (r->line == 1 && !read_header(r, line, &is_header)) {
        return false;
    }
    const char *rest;
    return is_header || (read_word(r, line, &rest) && read_numbers(r, rest));
}

/* Everything is read: put it together, and look at what only the whole file shows. */
static word_vectors *complete(reader *r)
{
    if (r->n_words == 0) {
        word_vectors_report(r->problem, WORD_VECTORS_EMPTY, r->name, 0,
                            "expected words with their numbers, found none");
        return NULL;
    }
    if (r->has_header && r->n_words != r->n_announced) {
        word_vectors_report(r->problem, WORD_VECTORS_HEADER_MISMATCH, r->name, 0,
                            "expected %zu words, as in the header, found %zu", r->n_announced,
                            r->n_words);
        return NULL;
    }
    word_vectors *vectors = word_vectors_make(r->text, r->n_words, r->d);
    r->text = NULL; /* theirs now */
    if (vectors == NULL) {
        out_of_memory(r);
        return NULL;
    }
    gsl_matrix_const_view all = gsl_matrix_const_view_array(r->numbers, r->n_words, r->d);
    gsl_matrix_memcpy(vectors->vectors, &all.matrix);
    size_t first, second, before = r->has_header ? 2 : 1;
    if (!word_vectors_index(vectors, &first, &second)) {
        word_vectors_report(r->problem, WORD_VECTORS_DUPLICATE, r->name, second + before,
                            "expected a new word, found '%.60s', which stood on line %zu",
                            vectors->words[second], first + before);
        word_vectors_free(vectors);
        return NULL;
    }
    return vectors;
}

word_vectors *word_vectors_read(FILE *stream, const char *name, word_vectors_problem *problem)
{
    reader r = {.name = name, .problem = problem};
    if (problem != NULL) {
        *problem = (word_vectors_problem){.kind = WORD_VECTORS_OK};
    }
    char *line = NULL;
    size_t line_size = 0, empty_line = 0;
    ssize_t length;
    bool is_right = true;
    errno = 0;
    while (is_right && (length = getline(&line, &line_size, stream)) >= 0) {
        is_right = read_line(&r, line, (size_t)length, &empty_line);
        errno = 0;
    }
    if (is_right && !feof(stream)) {
        word_vectors_report(problem, WORD_VECTORS_CANNOT_READ, name, 0, "cannot be read: %s",
                            strerror(errno));
        is_right = false;
    }
    word_vectors *vectors = is_right ? complete(&r) : NULL;
    free(line);
    free(r.text);
    free(r.numbers);
    return vectors;
}
