/* The binary extract: what is written is read, and every kind of damage has its own error. */
#include "chapters/common/words/word_vectors.h"
#include "tests/support/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An extract in memory, built field by field, so that each field can be wrong alone. */
enum { MAX_BYTES = 512, HEADER_BYTES = 32 };

typedef struct {
    unsigned char bytes[MAX_BYTES];
    size_t n;
} extract;

static void put(extract *e, const void *bytes, size_t n)
{
    memcpy(e->bytes + e->n, bytes, n);
    e->n += n;
}

static void set_number(extract *e, size_t offset, uint32_t number)
{
    for (size_t i = 0; i < 4; i++) {
        e->bytes[offset + i] = (unsigned char)(number >> 8 * i);
    }
}

static void put_number(extract *e, uint32_t number)
{
    set_number(e, e->n, number);
    e->n += 4;
}

/* CRC-32 bit by bit: slower than the reader's, and written another way. */
static uint32_t crc32(const unsigned char *bytes, size_t n)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < 8 * n; i++) {
        uint32_t bit = (bytes[i / 8] >> i % 8 & 1) ^ (crc & 1);
        crc = crc >> 1 ^ (bit ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static void seal(extract *e)
{
    set_number(e, 24, crc32(e->bytes + HEADER_BYTES, e->n - HEADER_BYTES));
}

/* Two words of three numbers, or other words with the scales given. */
static extract make(const char *words, size_t n_text, float first_scale, float second_scale)
{
    static const signed char integers[6] = {127, -127, 0, 1, -2, 3};
    extract e = {.n = 0};
    put(&e, "AWTWORDS", 8);
    put_number(&e, 1);
    put_number(&e, 2);
    put_number(&e, 3);
    put_number(&e, (uint32_t)n_text);
    put_number(&e, 0);
    put_number(&e, 0);
    put(&e, words, n_text);
    const float scales[2] = {first_scale, second_scale};
    for (size_t i = 0; i < 2; i++) {
        uint32_t bits;
        memcpy(&bits, &scales[i], sizeof bits);
        put_number(&e, bits);
    }
    put(&e, integers, sizeof integers);
    seal(&e);
    return e;
}

static extract good(void)
{
    return make("the\0bänk", sizeof "the\0bänk", 0.5f, 0.25f);
}

static void expect(const extract *e, word_vectors_kind kind, const char *says, const char *catches)
{
    word_vectors_problem problem;
    word_vectors *v = word_vectors_decode(e->bytes, e->n, "extract", &problem);
    CHECK(v == NULL && problem.kind == kind, "%s: kind %d instead of %d: %s", catches,
          (int)problem.kind, (int)kind, problem.message);
    CHECK(strncmp(problem.message, "extract: ", 9) == 0 && strstr(problem.message, says) != NULL,
          "%s: \"%s\" should say \"%s\"", catches, problem.message, says);
    word_vectors_free(v);
}

static void reads_what_it_should(void)
{
    extract e = good();
    word_vectors_problem problem;
    word_vectors *v = word_vectors_decode(e.bytes, e.n, "extract", &problem);
    CHECK(v != NULL, "%s", problem.message);
    if (v == NULL) {
        return;
    }
    static const double expected[2][3] = {{63.5, -63.5, 0.0}, {0.25, -0.5, 0.75}};
    for (size_t i = 0; i < 2; i++) {
        for (size_t p = 0; p < 3; p++) {
            CHECK_CLOSE(gsl_matrix_get(v->vectors, i, p), expected[i][p], 0.0, v->words[i]);
        }
    }
    CHECK(word_vectors_find(v, "the") == 0 && word_vectors_find(v, "BÄNK") == 1, "look-up");
    word_vectors_free(v);
}

static void wrong_headers(void)
{
    static const struct {
        const char *catches;
        size_t offset;
        uint32_t number;
        word_vectors_kind kind;
        const char *says;
    } cases[] = {
        {"other letters at the start", 4, 0x58585858, WORD_VECTORS_BAD_MAGIC, "AWTWORDS"},
        {"a version of the future", 8, 2, WORD_VECTORS_BAD_VERSION, "found 2"},
        {"something where nothing is", 28, 1, WORD_VECTORS_BAD_VERSION, "version"},
        {"no words", 12, 0, WORD_VECTORS_BAD_HEADER, "at least 1 word"},
        {"no numbers", 16, 0, WORD_VECTORS_BAD_HEADER, "1 to 4096"},
        {"too many numbers", 16, 4097, WORD_VECTORS_BAD_HEADER, "4097"},
        {"a word too many", 12, 3, WORD_VECTORS_BAD_SIZE, "as the header says"},
        {"as many words as 32 bits can say", 12, UINT32_MAX, WORD_VECTORS_BAD_SIZE, "found"},
        {"too much text", 20, UINT32_MAX, WORD_VECTORS_BAD_SIZE, "found"},
        {"another checksum", 24, 12345, WORD_VECTORS_BAD_CHECKSUM, "the bytes changed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        extract e = good();
        set_number(&e, cases[i].offset, cases[i].number);
        expect(&e, cases[i].kind, cases[i].says, cases[i].catches);
    }
}

static void wrong_bodies(void)
{
    extract e = make("the\0the", 8, 0.5f, 0.25f);
    expect(&e, WORD_VECTORS_DUPLICATE, "'the' a second time", "a word twice");
    e = make("the\0bank!", 9, 0.5f, 0.25f);
    expect(&e, WORD_VECTORS_BAD_WORDS, "word 2", "a last word without its end");
    e = make("the\0\0", 5, 0.5f, 0.25f);
    expect(&e, WORD_VECTORS_BAD_WORDS, "word 2", "an empty word");
    e = make("the\0b\xFFnk", 9, 0.5f, 0.25f);
    expect(&e, WORD_VECTORS_BAD_WORDS, "UTF-8", "a word that is not UTF-8");
    e = make("the\0river\0bank", 15, 0.5f, 0.25f);
    expect(&e, WORD_VECTORS_BAD_WORDS, "expected 2 words, found 3", "a word too many");
    e = make("the", 4, 0.5f, 0.25f);
    expect(&e, WORD_VECTORS_BAD_WORDS, "expected 2 words, found 1", "a word too few");
    char too_long[WORD_VECTORS_MAX_WORD + 8] = "the";
    memset(too_long + 4, 'a', WORD_VECTORS_MAX_WORD + 1);
    e = make(too_long, 4 + WORD_VECTORS_MAX_WORD + 2, 0.5f, 0.25f);
    expect(&e, WORD_VECTORS_BAD_WORDS, "200 bytes", "a word too long");
    e = make("the\0bank", 9, 0.5f, NAN);
    expect(&e, WORD_VECTORS_BAD_SCALE, "'bank'", "a scale that is no number");
    e = make("the\0bank", 9, INFINITY, 0.25f);
    expect(&e, WORD_VECTORS_BAD_SCALE, "'the'", "an infinite scale");
    e = make("the\0bank", 9, -0.5f, 0.25f);
    expect(&e, WORD_VECTORS_BAD_SCALE, "-0.5", "a negative scale");
}

/* Each copy is as long as what is left of it, so that a byte read behind the end is seen by the
 * sanitizers and by valgrind. */
static void every_cut_and_every_bit(void)
{
    extract whole = good();
    for (size_t at = 0; at < 9 * whole.n; at++) {
        bool is_cut = at % 9 == 8;
        size_t n = is_cut ? at / 9 : whole.n;
        unsigned char *bytes = malloc(n + (n == 0));
        memcpy(bytes, whole.bytes, n);
        if (!is_cut) {
            bytes[at / 9] ^= (unsigned char)(1 << at % 9);
        }
        word_vectors_problem problem;
        word_vectors *v = word_vectors_decode(bytes, n, "extract", &problem);
        CHECK(v == NULL && problem.kind != WORD_VECTORS_OK, "%s %zu was not found",
              is_cut ? "the cut at byte" : "the turned bit in byte", at / 9);
        word_vectors_free(v);
        free(bytes);
    }
}

static const test tests[] = {
    {"an extract gives its words and scale times whole number", reads_what_it_should},
    {"every wrong field of the header has its own error", wrong_headers},
    {"every wrong part of the body has its own error", wrong_bodies},
    {"no cut and no turned bit goes unnoticed", every_cut_and_every_bit},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
