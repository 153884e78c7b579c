/* Corpora: what may happen to good files. Cut anywhere, or with any bit turned, a file of each
 * format is read or answered, and nothing else happens: the sanitizers look on. */
#include "chapters/common/words/corpus.h"
#include "tests/support/suite.h"

#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *text, *column;
} files[] = {
    {"CoNLL-U",
     "\xEF\xBB\xBF# sent_id = 1\n"
     "1\tI\ti\tPRON\tPRP\tCase=Nom\t2\tnsubj\t_\tNER=O\n"
     "2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
     "2\tdo\tdo\tAUX\tVBP\t_\t_\t_\t_\tNER=B-X|A=b\n"
     "3\tn't\tnot\tPART\tRB\t_\t_\t_\t_\tNER=I-X\n"
     "3.1\tgo\t_\tVERB\tVB\t_\t_\t_\t_\t_\n\n"
     "1\tb\xC3\xA4nk\t_\tNOUN\tNN\t_\t_\t_\t_\tNER=_\n\n",
     "NER"},
    {"columns between tabs",
     "-DOCSTART-\tO\r\n\r\n#b\xC3\xA4nk\tNN\tB-ORG\r\nke s\tNN\tO\r\n\tX\tO\r\n\r\n"
     "\xF0\x9F\x92\x94 \tUH\tO\r\n",
     NULL},
    {"columns between blanks", "U.N.  NNP B-ORG\nsaid VBD O\n\n# SYM O\n", "2"},
    {"Brown", "\n\tThe/at b\xC3\xA4nk/nn-tl 1/2/cd\n\n\tIt's/pps+bez --/---hl ./.\n", NULL},
};

/* What a corpus that was read must keep, whatever was in the file. */
static bool is_whole(const corpus *c)
{
    size_t n_text = 0;
    bool is_right = c->n_sentences > 0 && c->starts[0] == 0;
    for (size_t s = 0; s < c->n_sentences; s++) {
        is_right = is_right && c->starts[s] < c->starts[s + 1];
    }
    is_right = is_right && c->starts[c->n_sentences] == c->n_tokens;
    for (size_t i = 0; is_right && i < c->n_tokens; i++) {
        is_right = strlen(c->words[i]) > 0 && (c->tags[i] == NULL || strlen(c->tags[i]) > 0);
        n_text += strlen(c->words[i]);
    }
    return is_right && n_text > 0;
}

/* Try exactly n bytes: in memory of their own, so that a step too far is seen. */
static void try_bytes(const char *bytes, size_t n, size_t file, corpus_format format, size_t number)
{
    char *exact = malloc(n + (n == 0));
    memcpy(exact, bytes, n);
    corpus_problem problem;
    corpus *c = corpus_decode(exact, n, "damaged", format, files[file].column, &problem);
    free(exact);
    CHECK((c == NULL) == (problem.kind != CORPUS_OK), "%s, damage %zu: kind %d", files[file].name,
          number, (int)problem.kind);
    CHECK(c == NULL ? strstr(problem.message, "expected") != NULL : is_whole(c),
          "%s, damage %zu: %s", files[file].name, number, problem.message);
    corpus_free(c);
}

static void every_cut(void)
{
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        for (size_t n = 0; n <= strlen(files[f].text); n++) {
            for (int format = CORPUS_ANY; format <= CORPUS_BROWN; format++) {
                try_bytes(files[f].text, n, f, (corpus_format)format, n);
            }
        }
    }
}

static void every_bit(void)
{
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        size_t n = strlen(files[f].text);
        char *bytes = malloc(n);
        for (size_t bit = 0; bit < 8 * n; bit++) {
            memcpy(bytes, files[f].text, n);
            bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
            try_bytes(bytes, n, f, CORPUS_ANY, bit);
        }
        free(bytes);
    }
}

/* A few pieces of the file in each other's place, and bytes that mean something anywhere. */
static void random_damage(void)
{
    static const char marks[] = "\t\n\r #/-.|=_01279\"\\\0\x80\xC3\xFF";
    gsl_rng *rng = suite_rng();
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        size_t n = strlen(files[f].text);
        char *bytes = malloc(n);
        for (size_t trial = 0; trial < 5000; trial++) {
            memcpy(bytes, files[f].text, n);
            for (size_t changes = 1 + gsl_rng_uniform_int(rng, 4); changes > 0; changes--) {
                size_t length = 1 + gsl_rng_uniform_int(rng, 12);
                size_t from = gsl_rng_uniform_int(rng, n - length);
                size_t to = gsl_rng_uniform_int(rng, n - length);
                memmove(bytes + to, bytes + from, length);
                bytes[gsl_rng_uniform_int(rng, n)] =
                    marks[gsl_rng_uniform_int(rng, sizeof marks - 1)];
            }
            try_bytes(bytes, n, f, (corpus_format)gsl_rng_uniform_int(rng, 4), trial);
        }
        free(bytes);
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
