#include "tests/support/damage.h"
#include "tests/support/suite.h"
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

enum { N_MIXED = 5000, MOST_CHANGES = 4, LONGEST_PIECE = 12 };

static void read_exactly(const char *bytes, size_t n, damage_reader *read, const void *file,
                         size_t number)
{
    char *exact = malloc(n + (n == 0));
    memcpy(exact, bytes, n);
    read(file, exact, n, number);
    free(exact);
}

void damage_by_cuts(const char *text, damage_reader *read, const void *file)
{
    for (size_t n = 0; n <= strlen(text); n++) {
        read_exactly(text, n, read, file, n);
    }
}

void damage_by_bits(const char *text, damage_reader *read, const void *file)
{
    size_t n = strlen(text);
    char *bytes = malloc(n);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        memcpy(bytes, text, n);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        read_exactly(bytes, n, read, file, bit);
    }
    free(bytes);
}

static void mix_up(char *bytes, size_t n, const char *marks, size_t n_marks)
{
    gsl_rng *rng = suite_rng();
    for (size_t left = 1 + gsl_rng_uniform_int(rng, MOST_CHANGES); left > 0; left--) {
        size_t length = 1 + gsl_rng_uniform_int(rng, LONGEST_PIECE);
        size_t from = gsl_rng_uniform_int(rng, n - length);
        size_t to = gsl_rng_uniform_int(rng, n - length);
        memmove(bytes + to, bytes + from, length);
        bytes[gsl_rng_uniform_int(rng, n)] = marks[gsl_rng_uniform_int(rng, n_marks)];
    }
}

void damage_by_pieces(const char *text, const char *marks, size_t n_marks, damage_reader *read,
                      const void *file)
{
    size_t n = strlen(text);
    char *bytes = malloc(n);
    for (size_t number = 0; number < N_MIXED; number++) {
        memcpy(bytes, text, n);
        mix_up(bytes, n, marks, n_marks);
        read_exactly(bytes, n, read, file, number);
    }
    free(bytes);
}
