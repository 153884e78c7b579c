/* What the programs of the chapters share: UTF-8, spelling, sentences, options, progress. */
#include "chapters/common/program/options.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/progress.h"
#include "chapters/common/program/spelling.h"
#include "chapters/common/program/utf8.h"
#include "chapters/common/words/sentence.h"
#include "tests/support/suite.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* All characters there are, and what stands beside each of their encodings. */
static void all_of_unicode(void)
{
    size_t n_valid = 0;
    for (uint32_t c = 1; c <= 0x110000; c++) {
        char bytes[5] = "";
        const char *next = bytes;
        size_t n = utf8_write(c, bytes);
        bytes[n] = '\0';
        uint32_t back = utf8_next(&next);
        bool is_character = c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
        if (!CHECK(back == (is_character ? c : UTF8_INVALID), "U+%04X comes back as U+%04X",
                   (unsigned)c, (unsigned)back)) {
            break;
        }
        n_valid += is_character && (size_t)(next - bytes) == n;
    }
    CHECK(n_valid == 0x10FFFF - 0x800, "%zu characters", n_valid);
}

static void two_bytes_of_any_kind(void)
{
    for (unsigned first = 1; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            const char bytes[3] = {(char)first, (char)second, '\0'};
            const char *next = bytes;
            bool is_pair = first >= 0xC2 && first <= 0xDF && (second & 0xC0) == 0x80;
            uint32_t c = utf8_next(&next);
            uint32_t expected = first < 0x80 ? first
                                : is_pair    ? (first & 0x1F) << 6 | (second & 0x3F)
                                             : UTF8_INVALID;
            CHECK(c == expected && next == bytes + (is_pair ? 2 : 1), "%02X %02X: U+%04X", first,
                  second, (unsigned)c);
        }
    }
}

static void lower_case(void)
{
    static const char *const pairs[][2] = {
        {"BANK", "bank"},   {"École", "école"},   {"ŁÓDŹ", "łódź"},
        {"ΩΜΕΓΑ", "ωμεγα"}, {"МОСКВА", "москва"}, {"a×b÷c ßÿ", "a×b÷c ßÿ"},
        {"ЀЏ Ÿ", "ѐџ ÿ"},   {"日本", "日本"},     {"bad \xFF B", "bad \xFF b"}};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        char lower[64];
        CHECK(utf8_lower_text(pairs[i][0], lower, sizeof lower) && !strcmp(lower, pairs[i][1]),
              "%s becomes %s", pairs[i][0], lower);
    }
    char small[4];
    CHECK(!utf8_lower_text("ÄÖ", small, sizeof small) && strcmp(small, "ä") == 0, "cut: %s", small);
    CHECK(utf8_columns("bänk") == 4 && utf8_columns("e\xCC\x81") == 1 && utf8_columns("日本") == 4,
          "columns");
}

static void distances(void)
{
    static const struct {
        const char *a, *b;
        size_t limit, expected;
    } cases[] = {
        {"", "", 3, 0},
        {"bank", "bank", 0, 0},
        {"bank", "bänk", 3, 1},
        {"abc", "acb", 3, 1},
        {"ca", "abc", 5, 3},
        {"kitten", "sitting", 5, 3},
        {"river", "rivver", 2, 1},
        {"roopali", "rupali", 3, 2},
        {"abcdef", "badcfe", 5, 3},
        {"kitten", "sitting", 2, 3},
        {"a", "abcdefgh", 2, 3},
        {"", "abc", 3, 3},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t there = spelling_distance(cases[i].a, cases[i].b, cases[i].limit);
        size_t back = spelling_distance(cases[i].b, cases[i].a, cases[i].limit);
        CHECK(there == cases[i].expected && back == there, "%s - %s: %zu and %zu instead of %zu",
              cases[i].a, cases[i].b, there, back, cases[i].expected);
    }
    static const char *const words[] = {"scaled", NULL, "dot", "dots", "cosine"};
    CHECK(!strcmp(spelling_nearest("cosin", words, 5), "cosine"), "cosin");
    CHECK(!strcmp(spelling_nearest("dota", words, 5), "dot"), "of equally near words the first");
    CHECK(spelling_nearest("euclid", words, 5) == NULL, "a word that is near nothing");
}

static void tokens(void)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"The river bank", "the|river|bank"},
        {"  blanks\tand\nlines  ", "blanks|and|lines"},
        {"Hello, world!", "hello|,|world|!"},
        {"she's; they’re", "she|'s|;|they|'re"},
        {"don't CAN’T isn't.", "do|n't|ca|n't|is|n't|."},
        {"the U.S. and first-class 3.5", "the|u.s.|and|first-class|3.5"},
        {"end. Next", "end|.|next"},
        {"a - b -- c", "a|-|b|-|-|c"},
        {"'quoted' ‘too’ \"three\"", "'|quoted|'|‘|too|’|\"|three|\""},
        {"École ŁÓDŹ", "école|łódź"},
        {"nt n't ant", "nt|n|'t|ant"},
        {"€5 for 日本", "€|5|for|日本"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char message[SENTENCE_MESSAGE_SIZE], joined[256] = "";
        sentence *s = sentence_split(cases[i].text, message);
        CHECK(s != NULL, "%s: %s", cases[i].text, message);
        for (size_t k = 0; s != NULL && k < s->n_tokens; k++) {
            snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s",
                     k > 0 ? "|" : "", s->tokens[k]);
        }
        CHECK(strcmp(joined, cases[i].expected) == 0, "\"%s\" gives %s", cases[i].text, joined);
        sentence_free(s);
    }
}

static void bad_sentences(void)
{
    char message[SENTENCE_MESSAGE_SIZE], *many = calloc(2 * SENTENCE_MAX_TOKENS + 4, 1);
    for (size_t i = 0; i <= SENTENCE_MAX_TOKENS; i++) {
        memcpy(many + 2 * i, "a ", 2);
    }
    const char *const cases[][2] = {{"", "no word"},
                                    {" \t\n", "no word"},
                                    {"a b\xFFn", "0xFF at column 4"},
                                    {many, "at most 512"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        sentence *s = sentence_split(cases[i][0], message);
        CHECK(s == NULL && strstr(message, cases[i][1]) != NULL, "case %zu: \"%s\"", i, message);
        CHECK(sentence_split(cases[i][0], NULL) == NULL, "case %zu without a message", i);
        sentence_free(s);
    }
    free(many);
}

static void unknown_words(void)
{
    char message[SENTENCE_MESSAGE_SIZE];
    word_vectors *v = word_vectors_embedded(NULL);
    sentence *s = sentence_split("Roopali, a cow, grazed; roopali zzqqxxzz", message);
    CHECK(sentence_drop_unknown_stop_words(s, v, message) == 1, "%s", message);
    CHECK(strstr(message, "\"a\"") != NULL, "%s", message);
    CHECK(sentence_unknown(s, v, message) == 2, "%s", message);
    CHECK(!strcmp(message, "no vector for \"roopali\" (nearest: \"rupali\"), \"zzqqxxzz\""), "%s",
          message);
    CHECK(sentence_find(s, "COW") == 2 && sentence_find(s, "dog") == SENTENCE_NOT_FOUND, "find");
    gsl_matrix *x = sentence_matrix(s, v);
    gsl_vector_const_view first = gsl_matrix_const_row(x, 0), cow = gsl_matrix_const_row(x, 2);
    gsl_vector_const_view row = gsl_matrix_const_row(v->vectors, word_vectors_find(v, "cow"));
    CHECK(x->size1 == s->n_tokens && x->size2 == v->d, "%zu x %zu", x->size1, x->size2);
    CHECK(gsl_vector_isnull(&first.vector), "an unknown word is a row of zeros");
    CHECK(gsl_vector_equal(&cow.vector, &row.vector), "a known word is its vector");
    gsl_matrix_free(x);
    sentence_free(s);
    s = sentence_split("a a i", NULL);
    CHECK(sentence_drop_unknown_stop_words(s, v, NULL) == 2 && s->n_tokens == 1, "one stays");
    sentence_free(s);
    word_vectors_free(v);
}

static void errors_are_remembered(void)
{
    program_on_gsl_error("there must be one value per key", "attention.c", 17, 19);
    CHECK(strstr(program_last_error(), "there must be one value per key (") != NULL &&
              strstr(program_last_error(), "attention.c:17") != NULL,
          "%s", program_last_error());
}

/* A stream is no terminal: plain lines, and none at all from a run that ends at once. */
static void progress_in_a_pipe(void)
{
    FILE *file = tmpfile();
    progress run = progress_start(file, "sweep", 10);
    progress_update(&run, 3);
    progress_finish(&run);
    CHECK(ftell(file) == 0, "a short run printed %ld bytes", ftell(file));
    run = progress_start(file, "sweep", 10);
    run.started -= 60.0; /* as if it had begun a minute ago */
    progress_update(&run, 5);
    progress_finish(&run);
    char text[256] = "";
    rewind(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    CHECK(n > 0 &&
              strncmp(text, "sweep: 50 %, 1 min 00 s left\nsweep: stopped after 1 min", 55) == 0,
          "%s", text);
    CHECK(strpbrk(text, "\r\033") == NULL, "%s", text);
    fclose(file);
    run = progress_start(NULL, "silent", 1);
    progress_update(&run, 1);
    progress_finish(&run);
}

static const test tests[] = {
    {"every character goes to UTF-8 and back, and nothing else does", all_of_unicode},
    {"two bytes of any kind are a pair, a character or an error", two_bytes_of_any_kind},
    {"lower case of Latin, Greek and Cyrillic", lower_case},
    {"spelling distance counts inserts, drops, changes and swaps", distances},
    {"a sentence is split as GloVe's texts were", tokens},
    {"a sentence that cannot be split is answered", bad_sentences},
    {"unknown words are named with the nearest known ones", unknown_words},
    {"the GSL's errors are remembered with their place", errors_are_remembered},
    {"progress in a pipe is plain lines", progress_in_a_pipe},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
