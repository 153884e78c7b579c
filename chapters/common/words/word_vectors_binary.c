/**
 * @file word_vectors_binary.c
 * The extract that every program carries, and how it is read. Format: data/README.md.
 */
#include "chapters/common/program/utf8.h"
#include "chapters/common/words/word_vectors_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The assembler copies the file into the program; -I. lets it find the path. */
#define STRINGIFY_(x) #x
#define STRINGIFY(x)  STRINGIFY_(x)
#define SYMBOL(name)  STRINGIFY(__USER_LABEL_PREFIX__) name
#if defined(__APPLE__)
#    define READ_ONLY_SECTION ".section __TEXT,__const\n"
#    define PREVIOUS_SECTION  ".text\n"
#else
#    define READ_ONLY_SECTION ".pushsection .rodata\n"
#    define PREVIOUS_SECTION  ".popsection\n"
#endif

/* clang-format off */
__asm__(READ_ONLY_SECTION
        ".balign 16\n"
        ".globl " SYMBOL("word_vectors_extract") "\n"
        SYMBOL("word_vectors_extract") ":\n"
        ".incbin \"chapters/common/data/word_vectors.bin\"\n"
        ".globl " SYMBOL("word_vectors_extract_end") "\n"
        SYMBOL("word_vectors_extract_end") ":\n"
        ".byte 0\n" /* an end of its own: no other object shares its address */
        PREVIOUS_SECTION);
/* clang-format on */

extern const unsigned char word_vectors_extract[];
extern const unsigned char word_vectors_extract_end[];

enum { HEADER_BYTES = 32, FORMAT_VERSION = 1 };

/* The header, after its eight letters. */
typedef struct {
    uint32_t version, n_words, d, n_text, checksum, reserved;
} header;

static uint32_t little_endian(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* CRC-32 of IEEE 802.3, half a byte at a time. It finds every damage of up to 32 bits in a row. */
static uint32_t crc32(const unsigned char *bytes, size_t n)
{
    static const uint32_t half_byte[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                           0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                           0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                           0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ half_byte[crc & 15];
        crc = crc >> 4 ^ half_byte[crc & 15];
    }
    return ~crc;
}

static bool read_header(const unsigned char *bytes, size_t n_bytes, const char *name, header *h,
                        word_vectors_problem *problem)
{
    if (n_bytes < 8 || memcmp(bytes, "AWTWORDS", 8) != 0) {
        word_vectors_report(problem, WORD_VECTORS_BAD_MAGIC, name, 0,
                            "expected the letters AWTWORDS at the start, found others");
        return false;
    }
    if (n_bytes < HEADER_BYTES) {
        word_vectors_report(problem, WORD_VECTORS_BAD_SIZE, name, 0,
                            "expected a header of %d bytes, found %zu", HEADER_BYTES, n_bytes);
        return false;
    }
    uint32_t *fields[] = {&h->version, &h->n_words, &h->d, &h->n_text, &h->checksum, &h->reserved};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        *fields[i] = little_endian(bytes + 8 + 4 * i);
    }
    if (h->version != FORMAT_VERSION || h->reserved != 0) {
        word_vectors_report(problem, WORD_VECTORS_BAD_VERSION, name, 0,
                            "expected version %d, found %lu", FORMAT_VERSION,
                            (unsigned long)h->version);
        return false;
    }
    if (h->n_words == 0 || h->d == 0 || h->d > WORD_VECTORS_MAX_D) {
        word_vectors_report(problem, WORD_VECTORS_BAD_HEADER, name, 0,
                            "expected at least 1 word of 1 to %d numbers, found %lu of %lu",
                            WORD_VECTORS_MAX_D, (unsigned long)h->n_words, (unsigned long)h->d);
        return false;
    }
    return true;
}

/* The sizes in the header against the size of the whole; 64 bits hold the products. */
static bool check_body(const unsigned char *bytes, size_t n_bytes, const char *name,
                       const header *h, word_vectors_problem *problem)
{
    uint64_t wanted = HEADER_BYTES + (uint64_t)h->n_text + (uint64_t)h->n_words * (4 + h->d);
    if (wanted != n_bytes) {
        word_vectors_report(problem, WORD_VECTORS_BAD_SIZE, name, 0,
                            "expected %llu bytes, as the header says, found %zu",
                            (unsigned long long)wanted, n_bytes);
        return false;
    }
    uint32_t checksum = crc32(bytes + HEADER_BYTES, n_bytes - HEADER_BYTES);
    if (checksum != h->checksum) {
        word_vectors_report(problem, WORD_VECTORS_BAD_CHECKSUM, name, 0,
                            "expected the checksum %08lx, found %08lx: the bytes changed",
                            (unsigned long)h->checksum, (unsigned long)checksum);
        return false;
    }
    return true;
}

/* The words: as many as announced, each with its end, none empty, too long or not UTF-8. */
static bool check_words(const char *text, const char *name, const header *h,
                        word_vectors_problem *problem)
{
    const char *word = text, *end = text + h->n_text;
    size_t n = 0;
    while (word < end) {
        const char *word_end = memchr(word, '\0', (size_t)(end - word));
        size_t length = word_end != NULL ? (size_t)(word_end - word) : 0;
        if (length == 0 || length > WORD_VECTORS_MAX_WORD || utf8_valid_length(word) != length) {
            word_vectors_report(problem, WORD_VECTORS_BAD_WORDS, name, 0,
                                "expected word %zu to have 1 to %d bytes of UTF-8 and an end",
                                n + 1, WORD_VECTORS_MAX_WORD);
            return false;
        }
        word = word_end + 1;
        n++;
    }
    if (n != h->n_words) {
        word_vectors_report(problem, WORD_VECTORS_BAD_WORDS, name, 0,
                            "expected %lu words, found %zu", (unsigned long)h->n_words, n);
        return false;
    }
    return true;
}

/* number = scale of its word * whole number from -127 to 127 */
static bool scale_numbers(word_vectors *vectors, const unsigned char *scales, const char *name,
                          word_vectors_problem *problem)
{
    const unsigned char *integers = scales + 4 * vectors->n_words;
    for (size_t i = 0; i < vectors->n_words; i++) {
        uint32_t bits = little_endian(scales + 4 * i);
        float scale;
        memcpy(&scale, &bits, sizeof scale);
        if (!isfinite(scale) || scale < 0.0f) {
            word_vectors_report(problem, WORD_VECTORS_BAD_SCALE, name, 0,
                                "expected a scale of at least 0 for '%s', found %g",
                                vectors->words[i], (double)scale);
            return false;
        }
        double *row = gsl_matrix_ptr(vectors->vectors, i, 0);
        for (size_t p = 0; p < vectors->d; p++) {
            row[p] = (double)scale * (signed char)integers[i * vectors->d + p];
        }
    }
    return true;
}

word_vectors *word_vectors_decode(const unsigned char *bytes, size_t n_bytes, const char *name,
                                  word_vectors_problem *problem)
{
    if (problem != NULL) {
        *problem = (word_vectors_problem){.kind = WORD_VECTORS_OK};
    }
    header h;
    if (!read_header(bytes, n_bytes, name, &h, problem) ||
        !check_body(bytes, n_bytes, name, &h, problem)) {
        return NULL;
    }
    char *text = malloc(h.n_text + 1u);
    word_vectors *vectors = NULL;
    if (text != NULL) {
        memcpy(text, bytes + HEADER_BYTES, h.n_text);
        text[h.n_text] = '\0';
        if (!check_words(text, name, &h, problem)) {
            free(text);
            return NULL;
        }
        vectors = word_vectors_make(text, h.n_words, h.d);
    }
    if (vectors == NULL) {
        word_vectors_report(problem, WORD_VECTORS_NO_MEMORY, name, 0, "out of memory");
        return NULL;
    }
    size_t first, second;
    bool is_right = scale_numbers(vectors, bytes + HEADER_BYTES + h.n_text, name, problem);
    if (is_right && !word_vectors_index(vectors, &first, &second)) {
        word_vectors_report(problem, WORD_VECTORS_DUPLICATE, name, 0,
                            "expected a new word, found '%s' a second time",
                            vectors->words[second]);
        is_right = false;
    }
    if (!is_right) {
        word_vectors_free(vectors);
        return NULL;
    }
    return vectors;
}

word_vectors *word_vectors_embedded(word_vectors_problem *problem)
{
    size_t n_bytes = (size_t)(word_vectors_extract_end - word_vectors_extract);
    return word_vectors_decode(word_vectors_extract, n_bytes, "the embedded word vectors", problem);
}
