/* Corpora: what may happen to good files. Cut anywhere, or with any bit turned, a file of each
 * format is read or answered, and nothing else happens: the sanitizers look on. */
#include "chapters/common/words/corpus.h"
#include "tests/support/damage.h"
#include "tests/support/suite.h"

#include <gsl/gsl_rng.h>
#include <string.h>

typedef struct {
    const char *name, *text, *column;
} good_file;

static const good_file files[] = {
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

enum { N_FILES = sizeof files / sizeof files[0] };

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

static void try_format(const good_file *file, const char *bytes, size_t n, size_t number,
                       corpus_format format)
{
    corpus_problem problem;
    corpus *c = corpus_decode(bytes, n, "damaged", format, file->column, &problem);
    CHECK((c == NULL) == (problem.kind != CORPUS_OK), "%s, damage %zu: kind %d", file->name, number,
          (int)problem.kind);
    CHECK(c == NULL ? strstr(problem.message, "expected") != NULL : is_whole(c),
          "%s, damage %zu: %s", file->name, number, problem.message);
    corpus_free(c);
}

static void try_any(const void *file, const char *bytes, size_t n, size_t number)
{
    try_format(file, bytes, n, number, CORPUS_ANY);
}

static void try_each(const void *file, const char *bytes, size_t n, size_t number)
{
    for (int format = CORPUS_ANY; format <= CORPUS_BROWN; format++) {
        try_format(file, bytes, n, number, (corpus_format)format);
    }
}

static void try_drawn(const void *file, const char *bytes, size_t n, size_t number)
{
    try_format(file, bytes, n, number, (corpus_format)gsl_rng_uniform_int(suite_rng(), 4));
}

static void every_cut(void)
{
    for (size_t f = 0; f < N_FILES; f++) {
        damage_by_cuts(files[f].text, try_each, &files[f]);
    }
}

static void every_bit(void)
{
    for (size_t f = 0; f < N_FILES; f++) {
        damage_by_bits(files[f].text, try_any, &files[f]);
    }
}

static void random_damage(void)
{
    static const char marks[] = "\t\n\r #/-.|=_01279\"\\\0\x80\xC3\xFF";
    for (size_t f = 0; f < N_FILES; f++) {
        damage_by_pieces(files[f].text, marks, sizeof marks - 1, try_drawn, &files[f]);
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
