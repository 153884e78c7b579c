/* Pronunciation dictionaries: good files of both formats, the extract, and pairs of them. */
#include "chapters/common/pairs/pronunciations.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"

#include <stdlib.h>
#include <string.h>

/* A dictionary as one text: "word=W ER D/W ER T | a=AH". */
static const char *shown(const pronunciations *all)
{
    static char text[1024];
    size_t n = 0;
    text[0] = '\0';
    for (size_t w = 0; w < all->n_words; w++) {
        for (size_t e = all->starts[w]; e < all->starts[w + 1]; e++) {
            bool is_first = e == all->starts[w];
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s%s",
                                  is_first && w > 0 ? " | " : "", is_first ? all->words[w] : "",
                                  is_first ? "=" : "/", all->phones[e]);
        }
    }
    return text;
}

static const struct {
    const char *catches, *text;
    pronunciations_stress stress;
    const char *expected;
} good_files[] = {
    {"between tabs", "THE\tDH AH\nTHE\tDH IY\nOF\tAH V\n", PRONUNCIATIONS_DROP_STRESS,
     "the=DH AH/DH IY | of=AH V"},
    {"as CMUdict has it", ";;; comment\nA  AH0\nA(1)  EY1\nTRIPLE  T R IH1 P AH0 L\n",
     PRONUNCIATIONS_DROP_STRESS, "a=AH/EY | triple=T R IH P AH L"},
    {"all degrees of stress", "a AH0 B AH1 AH2\n", PRONUNCIATIONS_DROP_STRESS, "a=AH B AH AH"},
    {"with stress", "A  AH0\nA(1)  EY1\n", PRONUNCIATIONS_KEEP_STRESS, "a=AH0/EY1"},
    {"as newer versions have it",
     "## comment\n'bout B AW1 T\nread(2) R IY1 D # to read\nread R EH1 D\n# end\n",
     PRONUNCIATIONS_DROP_STRESS, "'bout=B AW T | read=R IY D/R EH D"},
    {"a word that comes again later", "a\tAH\nb\tB\na\tEY\nc\tK\n", PRONUNCIATIONS_DROP_STRESS,
     "a=AH/EY | b=B | c=K"},
    {"words in any order", "zoo\tZ UW\nab\tAE B\nzoo\tZ OW\n", PRONUNCIATIONS_DROP_STRESS,
     "zoo=Z UW/Z OW | ab=AE B"},
    {"pronunciations that differ in stress alone", "a AH0\na(2) EY1\na(3) AH1\na(4) EY1\n",
     PRONUNCIATIONS_DROP_STRESS, "a=AH/EY"},
    {"and with it do not", "a AH0\na(2) EY1\na(3) AH1\na(4) EY1\n", PRONUNCIATIONS_KEEP_STRESS,
     "a=AH0/EY1/AH1"},
    {"line ends of Windows, blanks, empty lines", "\r\na \tAH  N \r\n \t\r\nb\t B\r\n",
     PRONUNCIATIONS_DROP_STRESS, "a=AH N | b=B"},
    {"no line end, and a byte order mark",
     "\xEF\xBB\xBF"
     "a\tAH",
     PRONUNCIATIONS_DROP_STRESS, "a=AH"},
    {"capitals of other alphabets", "\xC3\x84R  \xC9\x9B\xCB\x90 r\n\xD0\xAF\xD0\x81  j a\n",
     PRONUNCIATIONS_DROP_STRESS, "\xC3\xA4r=\xC9\x9B\xCB\x90 r | \xD1\x8F\xD1\x91=j a"},
    {"a blank in a word", "new york\tN UW Y AO R K\n", PRONUNCIATIONS_DROP_STRESS,
     "new york=N UW Y AO R K"},
    {"brackets that are no number", "a(b) AH\n(2) T UW\nb() B\nc(1)x K\nd(1 D\n",
     PRONUNCIATIONS_DROP_STRESS, "a(b)=AH | (2)=T UW | b()=B | c(1)x=K | d(1=D"},
    {"digits that are no stress", "a AH3 2 x12 1\n", PRONUNCIATIONS_DROP_STRESS, "a=AH3 2 x12 1"},
};

static void good(void)
{
    for (size_t i = 0; i < sizeof good_files / sizeof good_files[0]; i++) {
        pronunciations_problem problem;
        pronunciations *all = pronunciations_decode(good_files[i].text, strlen(good_files[i].text),
                                                    "a.txt", good_files[i].stress, &problem);
        CHECK(all != NULL && problem.kind == PRONUNCIATIONS_OK, "%s: %s", good_files[i].catches,
              problem.message);
        CHECK(all != NULL && strcmp(shown(all), good_files[i].expected) == 0, "%s: '%s'",
              good_files[i].catches, all != NULL ? shown(all) : "");
        pronunciations_free(all);
    }
}

static void lines(void)
{
    static const char text[] = "# head\nb\tB\n\na\tAH\nb\tB IY\na\tAH\n";
    static const size_t expected[] = {2, 5, 4};
    pronunciations *all =
        pronunciations_decode(text, strlen(text), "a.txt", PRONUNCIATIONS_DROP_STRESS, NULL);
    CHECK(all->n_entries == 3 && memcmp(all->lines, expected, sizeof expected) == 0,
          "%zu entries, in lines %zu, %zu, %zu", all->n_entries, all->lines[0], all->lines[1],
          all->lines[2]);
    pronunciations_free(all);
}

static void files(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "words.txt");
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fputs("a AH\n", file) >= 0 && fclose(file) == 0, "cannot write");
    pronunciations_problem problem;
    pronunciations *all = pronunciations_load(path, PRONUNCIATIONS_DROP_STRESS, &problem);
    CHECK(all != NULL && all->n_words == 1, "%s", problem.message);
    pronunciations_free(all);
    const char *none = temporary_path(folder, "none");
    CHECK(pronunciations_load(none, PRONUNCIATIONS_DROP_STRESS, &problem) == NULL &&
              problem.kind == PRONUNCIATIONS_CANNOT_OPEN &&
              strstr(problem.message, "none: cannot be op"),
          "no file: %s", problem.message);
    CHECK(pronunciations_load(folder, PRONUNCIATIONS_DROP_STRESS, &problem) == NULL &&
              problem.kind == PRONUNCIATIONS_CANNOT_READ &&
              strstr(problem.message, ": cannot be read: "),
          "a folder: %s", problem.message);
    CHECK(pronunciations_load(none, PRONUNCIATIONS_DROP_STRESS, NULL) == NULL, "no problem");
    temporary_remove(folder);
}

/* What the course relies on: data/README.md names these counts. */
static void extract(void)
{
    pronunciations_problem problem;
    pronunciations *all = pronunciations_embedded(&problem);
    if (!CHECK(all != NULL, "%s", problem.message)) {
        return;
    }
    CHECK(all->n_words == 5000 && all->n_entries == 6028, "%zu words, %zu pronunciations",
          all->n_words, all->n_entries);
    CHECK(!strcmp(all->words[0], "the") && !strcmp(all->phones[0], "DH AH"), "'%s' is '%s'",
          all->words[0], all->phones[0]);
    symbols *letters = pronunciations_letters(all), *phones = pronunciations_phones(all);
    CHECK(letters->n == 1 + 26, "%zu letters", letters->n - 1);
    CHECK(phones->n == 2 + 39, "%zu phones", phones->n - 2);
    for (size_t i = 2; i < phones->n; i++) {
        CHECK(strpbrk(phones->names[i], "0123456789") == NULL, "'%s' has a stress",
              phones->names[i]);
    }
    for (size_t w = 0; w < all->n_words; w++) {
        CHECK(strlen(all->words[w]) >= 2, "'%s' is a letter", all->words[w]);
    }
    symbols_free(letters);
    symbols_free(phones);
    pronunciations_free(all);
}

static void as_pairs(void)
{
    static const char text[] = "CAB\tK AE B\nBAD\tB AE D\nCAB\tS AE B\n", other[] = "bee\tB AE\n";
    pronunciations *all =
        pronunciations_decode(text, strlen(text), "a", PRONUNCIATIONS_DROP_STRESS, NULL);
    pronunciations *more =
        pronunciations_decode(other, strlen(other), "b", PRONUNCIATIONS_DROP_STRESS, NULL);
    symbols *letters = pronunciations_letters(all), *phones = pronunciations_phones(all);
    pronunciations_problem problem;
    pairs *made = pronunciations_pairs(all, letters, phones, &problem);
    pairs *unknown = pronunciations_pairs(more, letters, phones, &problem);
    pronunciations_free(all); /* pairs are copies: they outlive it */
    pronunciations_free(more);
    /* letters a b c d from 1 on, phones AE B D K S from 2 on */
    static const int source[] = {3, 1, 2, 2, 1, 4}, target[] = {5, 2, 3, 6, 2, 3, 3, 2, 4};
    static const size_t source_starts[] = {0, 3, 6}, first_pairs[] = {0, 2, 3},
                        target_starts[] = {0, 3, 6, 9}, sources[] = {0, 0, 1};
    CHECK(made->n_sources == 2 && made->n_pairs == 3 && made->max_source == 3 &&
              made->max_target == 3 && made->alignment == NULL,
          "%zu sources, %zu pairs", made->n_sources, made->n_pairs);
    CHECK(!memcmp(made->source_starts, source_starts, sizeof source_starts) &&
              !memcmp(made->first_pairs, first_pairs, sizeof first_pairs) &&
              !memcmp(made->target_starts, target_starts, sizeof target_starts) &&
              !memcmp(made->sources, sources, sizeof sources),
          "where they start");
    CHECK(!memcmp(made->source, source, sizeof source), "letters");
    CHECK(!memcmp(made->target, target, sizeof target), "phones");
    CHECK(unknown->source[0] == 2 && unknown->source[1] == SYMBOLS_UNKNOWN, "an unknown letter");
    pairs_free(made);
    pairs_free(unknown);
    symbols_free(letters);
    symbols_free(phones);
}

static const test tests[] = {
    {"both formats give words in lower case and their phones", good},
    {"each pronunciation knows the line that it stands on first", lines},
    {"a file is read, and a missing file or a folder is answered", files},
    {"the extract has the words that its description counts", extract},
    {"a dictionary becomes pairs of letters and phones", as_pairs},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
