/* Corpora: good files of every format, and parts of them. */
#include "chapters/common/words/corpus.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- Good files ------------------------------------------------------------------------------ */

/* A corpus as one text: "word/tag word/- | word/tag". */
static const char *shown(const corpus *c)
{
    static char text[4096];
    size_t n = 0;
    text[0] = '\0';
    for (size_t s = 0; s < c->n_sentences; s++) {
        for (size_t i = c->starts[s]; i < c->starts[s + 1]; i++) {
            const char *between = i > c->starts[s] ? " " : s > 0 ? " | " : "";
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s/%s", between, c->words[i],
                                  c->tags[i] != NULL ? c->tags[i] : "-");
        }
    }
    return text;
}

#define T2 "\t_\t_"
#define CONLLU                                                                                     \
    "# sent_id = a\n# text = I don't\n"                                                            \
    "1\tI\ti\tPRON\tPRP\tCase=Nom|Number=Sing" T2 "\t_\tNER=O\n"                                   \
    "2-3\tdon't\t_\t_\t_\t_" T2 "\t_\t_\n"                                                         \
    "2\tdo\tdo\tAUX\tVBP\tMood=Ind" T2 "\t_\tSense=do.aux|SpaceAfter=No\n"                         \
    "3\tn't\tnot\tPART\tRB\t_" T2 "\t_\t_\n"                                                       \
    "3.1\tgo\tgo\tVERB\tVB\t_" T2 "\t_\t_\n"                                                       \
    "\n"                                                                                           \
    "0.1\tso\t_\t_\t_\t_" T2 "\t_\t_\n"                                                            \
    "1\tNew York\t_\tPROPN\tNNP\t_" T2 "\t_\tNER=B-LOC|Sense=_\n"                                  \
    "2\t#\t_\t_\t_\tSense=hash" T2 "\t_\t_\n"                                                      \
    "\n"

typedef struct {
    const char *catches, *text;
    corpus_format format;
    const char *column, *expected;
} good_case;

static const good_case good_files[] = {
    {"words, ranges and empty nodes", CONLLU, CORPUS_ANY, NULL,
     "I/PRON do/AUX n't/PART | New York/PROPN #/-"},
    {"the other parts of speech", CONLLU, CORPUS_CONLLU, "xpos",
     "I/PRP do/VBP n't/RB | New York/NNP #/-"},
    {"a key of MISC", CONLLU, CORPUS_ANY, "NER", "I/O do/- n't/- | New York/B-LOC #/-"},
    {"a key of FEATS", CONLLU, CORPUS_ANY, "Number", "I/Sing do/- n't/- | New York/- #/-"},
    {"a key of MISC or FEATS", CONLLU, CORPUS_ANY, "Sense",
     "I/- do/do.aux n't/- | New York/- "
     "#/hash"},
    {"no tags at all", CONLLU, CORPUS_ANY, "none", "I/- do/- n't/- | New York/- #/-"},
    {"tabs, and no empty line at the end", "The\tO\nBank\tB-ORG\n\nIt\tO", CORPUS_ANY, NULL,
     "The/O Bank/B-ORG | It/O"},
    {"blanks, more than one, and more columns", "U.N. NNP  I-NP I-ORG\nsaid VBD\tI-VP O \n",
     CORPUS_ANY, NULL, "U.N./I-ORG said/O"},
    {"another column", "U.N. NNP I-NP I-ORG\nsaid VBD I-VP O\n", CORPUS_ANY, "2",
     "U.N./NNP said/VBD"},
    {"a name says nothing about columns", "a\tO\n", CORPUS_ANY, "NER", "a/O"},
    {"documents and line ends of Windows",
     "-DOCSTART- -X- O\r\n\r\na X O\r\n-DOCSTART- -X- O\r\nb X O\r\n\r\n\r\n", CORPUS_ANY, NULL,
     "a/O | b/O"},
    {"tweets that look like comments", "#x\tO\n@y\tO\n\n#z\tO\n", CORPUS_ANY, NULL,
     "#x/O @y/O | #z/O"},
    {"a word with a hash between blanks", "# O\nx O\n", CORPUS_ANY, NULL, "#/O x/O"},
    {"words with blanks in them, or lost", "ke s\tO\n \xF0\x9F\x92\x94 \tO\n\tO\n", CORPUS_ANY,
     NULL, "ke s/O \xF0\x9F\x92\x94/O \xEF\xBF\xBD/O"},
    {"words alone", "a\nb\n\nc\n", CORPUS_COLUMNS, "none", "a/- b/- | c/-"},
    {"a byte order mark",
     "\xEF\xBB\xBF"
     "a\tO\n",
     CORPUS_ANY, NULL, "a/O"},
    {"Brown, with a slash in a word", "\n\n\tA/at 1/2/cd n't/* `/` ./.\nIt's/pps+bez\n", CORPUS_ANY,
     NULL, "A/at 1/2/cd n't/* `/` ./. | It's/pps"},
    {"base tags", "a/nn-tl b/nn-tl-hl c/fw-nn$-nc d/doz* --/---hl f/(-hl g/vb+ppo h/*-nc i/+\n",
     CORPUS_BROWN, "upos", "a/nn b/nn c/nn$ d/doz --/-- f/( g/vb h/* i/+"},
    {"tags as they are written", "a/nn-tl d/doz*\n", CORPUS_ANY, "full", "a/nn-tl d/doz*"},
};

static void good(void)
{
    for (size_t i = 0; i < sizeof good_files / sizeof good_files[0]; i++) {
        const good_case *file = &good_files[i];
        corpus_problem problem;
        corpus *c = corpus_decode(file->text, strlen(file->text), "a.txt", file->format,
                                  file->column, &problem);
        if (CHECK(c != NULL && problem.kind == CORPUS_OK, "%s: %s", file->catches,
                  problem.message)) {
            CHECK(strcmp(shown(c), file->expected) == 0, "%s: found '%s'", file->catches, shown(c));
            CHECK(c->starts[0] == 0 && c->starts[c->n_sentences] == c->n_tokens, "%s: the starts",
                  file->catches);
        }
        corpus_free(c);
    }
}

static void last_slash(void)
{
    static const char text[] = "1/2/cd and/or/cc `/` //sym\n";
    static const char *const words[] = {"1/2", "and/or", "`", "/"}, *const tags[] = {"cd", "cc",
                                                                                     "`", "sym"};
    corpus *c = corpus_decode(text, strlen(text), "a", CORPUS_ANY, NULL, NULL);
    for (size_t i = 0; CHECK(c != NULL && c->n_tokens == 4, "not four tokens") && i < 4; i++) {
        CHECK(!strcmp(c->words[i], words[i]) && !strcmp(c->tags[i], tags[i]), "'%s' is '%s'",
              c->words[i], c->tags[i]);
    }
    corpus_free(c);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void files(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a.conllu");
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fputs(CONLLU, file) >= 0 && fclose(file) == 0, "cannot write");
    corpus_problem problem;
    corpus *c = corpus_load(path, CORPUS_ANY, NULL, &problem);
    CHECK(c != NULL && c->n_sentences == 2 && c->n_tokens == 5, "%s", problem.message);
    corpus_free(c);
    const char *none = temporary_path(folder, "none");
    CHECK(corpus_load(none, CORPUS_ANY, NULL, &problem) == NULL &&
              problem.kind == CORPUS_CANNOT_OPEN && strstr(problem.message, "none: cannot be op"),
          "no file: %s", problem.message);
    CHECK(corpus_load(folder, CORPUS_ANY, NULL, &problem) == NULL &&
              problem.kind == CORPUS_CANNOT_READ && strstr(problem.message, ": cannot be read: "),
          "a folder: %s", problem.message);
    CHECK(corpus_load(none, CORPUS_ANY, NULL, NULL) == NULL, "without a problem");
    temporary_remove(folder);
}

static char *repeated(const char *what, size_t n)
{
    size_t length = strlen(what);
    char *text = malloc(n * length + 1);
    for (size_t i = 0; i < n; i++) {
        memcpy(text + i * length, what, length);
    }
    text[n * length] = '\0';
    return text;
}

/* A file that does not fit into the first piece of memory that is asked for. */
static void long_file(void)
{
    char *text = repeated("bank\tNOUN\n\n", 30000);
    FILE *file = tmpfile();
    CHECK(file != NULL && fputs(text, file) >= 0, "cannot write");
    rewind(file);
    corpus_problem problem;
    corpus *c = corpus_read(file, "long", CORPUS_ANY, NULL, &problem);
    CHECK(c != NULL && c->n_sentences == 30000 && c->n_tokens == 30000, "%s", problem.message);
    for (size_t i = 0; c != NULL && i < c->n_tokens; i++) {
        if (!CHECK(!strcmp(c->words[i], "bank") && !strcmp(c->tags[i], "NOUN"), "token %zu", i)) {
            break;
        }
    }
    corpus_free(c);
    fclose(file);
    free(text);
}

static void format_names(void)
{
    static const char *const names[] = {"any", "conllu", "columns", "brown"};
    corpus_format format;
    for (size_t i = 0; i < 4; i++) {
        CHECK(corpus_find_format(names[i], &format) && format == (corpus_format)i, "%s", names[i]);
    }
    CHECK(!corpus_find_format("CoNLL", &format), "a format that is none");
}

/* ---- Parts ----------------------------------------------------------------------------------- */

#define FIVE "a\tA\nb\tB\n\nc\tC\n\nd\tD\n\ne\tE\nf\tF\n\ng\tG\n"

static void check_part(corpus *part, const char *expected, const char *what)
{
    CHECK(part != NULL && strcmp(shown(part), expected) == 0 &&
              part->starts[part->n_sentences] == part->n_tokens,
          "%s: found '%s'", what, part != NULL ? shown(part) : "nothing");
    corpus_free(part);
}

static void parts(void)
{
    corpus *five = corpus_decode(FIVE, strlen(FIVE), "five", CORPUS_ANY, NULL, NULL);
    corpus *untagged = corpus_decode("x\n", 2, "x", CORPUS_COLUMNS, "none", NULL);
    const corpus *both[] = {untagged, five, untagged};
    corpus *joined = corpus_join(both, 3), *training, *held_out;
    bool is_split = corpus_hold_out(five, 2, &training, &held_out);
    corpus *slice = corpus_slice(five, 1, 2), *end = corpus_slice(five, 4, SIZE_MAX);
    corpus *nothing = corpus_slice(five, 5, 1);
    corpus *other_training, *other_held_out;
    CHECK(!corpus_hold_out(five, 1, &other_training, &other_held_out) && other_training == NULL &&
              other_held_out == NULL,
          "every sentence is held out");
    corpus_free(five); /* copies: they outlive it */
    corpus_free(untagged);
    check_part(slice, "c/C | d/D", "two sentences");
    check_part(end, "g/G", "the last sentence");
    check_part(nothing, "", "behind the end");
    check_part(joined, "x/- | a/A b/B | c/C | d/D | e/E f/F | g/G | x/-", "three joined");
    CHECK(is_split, "no memory");
    check_part(training, "a/A b/B | d/D | g/G", "what stays");
    check_part(held_out, "c/C | e/E f/F", "what is held out");
    check_part(corpus_join(NULL, 0), "", "nothing joined");
}

static const test tests[] = {
    {"each format gives its words and the tags of the wanted column", good},
    {"in Brown, the tag stands behind the last slash", last_slash},
    {"a file is read, and a missing file or a folder is answered", files},
    {"a file of any length is read whole", long_file},
    {"a format is found by its name", format_names},
    {"parts of a corpus are copies with the right sentences", parts},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
