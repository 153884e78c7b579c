/* Pronunciation dictionaries: what may happen to good files. Cut anywhere, or with any bit turned,
 * a file of each format is read or answered, and nothing else happens: the sanitizers look on. */
#include "chapters/common/pairs/pronunciations.h"
#include "tests/support/damage.h"
#include "tests/support/suite.h"

#include <string.h>

typedef struct {
    const char *name, *text;
} good_file;

static const good_file files[] = {
    {"tabs", "\xEF\xBB\xBF# words\r\nTHE\tDH AH\r\nTHE\tDH IY\r\nD\xC3\x89J\xC3\x80\tD EY ZH AA\r\n"
             "new york\tN UW  Y AO R K\r\n\r\nOF \t AH V"},
    {"CMUdict", ";;; # CMUdict\n\nA  AH0\nA(1)  EY1\nREAD(2) R IY1 D # to read\nREAD  R EH1 D\n"
                "D\xC3\x89J\xC3\x80(12) D EY2 ZH AA1\n# end\nA(2)  AH1\n"},
};

enum { N_FILES = sizeof files / sizeof files[0] };

/* What a dictionary that was read must keep, whatever was in the file. */
static bool is_whole(const pronunciations *all)
{
    bool is_right = all->n_words > 0 && all->starts[0] == 0;
    for (size_t w = 0; w < all->n_words; w++) {
        is_right = is_right && all->starts[w] < all->starts[w + 1] && strlen(all->words[w]) > 0;
        is_right =
            is_right && (w == 0 || all->lines[all->starts[w - 1]] < all->lines[all->starts[w]]);
        for (size_t v = 0; v < w; v++) {
            is_right = is_right && strcmp(all->words[v], all->words[w]) != 0;
        }
    }
    is_right = is_right && all->starts[all->n_words] == all->n_entries;
    for (size_t e = 0; is_right && e < all->n_entries; e++) {
        const char *phones = all->phones[e];
        is_right = all->lines[e] > 0 && strlen(phones) > 0 && phones[0] != ' ' &&
                   phones[strlen(phones) - 1] != ' ' && strstr(phones, "  ") == NULL;
    }
    return is_right;
}

/* Letters and phones come back from numbers as they were. */
static bool comes_back(const pronunciations *all)
{
    symbols *letters = pronunciations_letters(all), *phones = pronunciations_phones(all);
    pairs *made = pronunciations_pairs(all, letters, phones, NULL);
    bool is_same =
        made != NULL && made->n_sources == all->n_words && made->n_pairs == all->n_entries;
    char text[1024];
    for (size_t w = 0; is_same && w < made->n_sources; w++) {
        is_same = symbols_decode(letters, made->source + made->source_starts[w],
                                 pairs_source_length(made, w), text, sizeof text) &&
                  strcmp(text, all->words[w]) == 0;
    }
    for (size_t p = 0; is_same && p < made->n_pairs; p++) {
        is_same = symbols_decode(phones, made->target + made->target_starts[p],
                                 pairs_target_length(made, p), text, sizeof text) &&
                  strcmp(text, all->phones[p]) == 0;
    }
    pairs_free(made);
    symbols_free(letters);
    symbols_free(phones);
    return is_same;
}

static void try_stress(const good_file *file, const char *bytes, size_t n, size_t number,
                       pronunciations_stress stress)
{
    pronunciations_problem problem;
    pronunciations *all = pronunciations_decode(bytes, n, "damaged", stress, &problem);
    CHECK((all == NULL) == (problem.kind != PRONUNCIATIONS_OK), "%s, damage %zu: kind %d",
          file->name, number, (int)problem.kind);
    CHECK(all == NULL ? strstr(problem.message, "expected") != NULL
                      : is_whole(all) && comes_back(all),
          "%s, damage %zu: %s", file->name, number, problem.message);
    pronunciations_free(all);
}

static void try_without(const void *file, const char *bytes, size_t n, size_t number)
{
    try_stress(file, bytes, n, number, PRONUNCIATIONS_DROP_STRESS);
}

static void try_both(const void *file, const char *bytes, size_t n, size_t number)
{
    try_stress(file, bytes, n, number, PRONUNCIATIONS_DROP_STRESS);
    try_stress(file, bytes, n, number, PRONUNCIATIONS_KEEP_STRESS);
}

static void every_cut(void)
{
    for (size_t f = 0; f < N_FILES; f++) {
        damage_by_cuts(files[f].text, try_both, &files[f]);
    }
}

static void every_bit(void)
{
    for (size_t f = 0; f < N_FILES; f++) {
        damage_by_bits(files[f].text, try_without, &files[f]);
    }
}

static void random_damage(void)
{
    static const char marks[] = "\t\n\r #;()0129A\0\x80\xC3\xFF";
    for (size_t f = 0; f < N_FILES; f++) {
        damage_by_pieces(files[f].text, marks, sizeof marks - 1, try_both, &files[f]);
    }
}

static const test tests[] = {
    {"a file cut anywhere is read or answered", every_cut},
    {"a file with any bit turned is read or answered", every_bit},
    {"a file with its pieces mixed up is read or answered", random_damage},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
