/* The manners of the programs, from outside: statuses, messages, colours, widths. What they print
 * is in test_expected.c. */
#include "chapters/common/program/utf8.h"
#include "tests/support/chapters.h"
#include "tests/support/golden.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- The tour, shown in several ways --------------------------------------------------------- */

/* Where a tour is shown, and what must follow from it. */
static const struct {
    process_output output;
    const char *environment;
    size_t n_columns;
    bool has_colour, is_ascii;
} ways[] = {
    {PROCESS_PIPE, "COLUMNS=80", 80, .has_colour = false},
    {PROCESS_PIPE, "LC_ALL=C COLUMNS=200", 200, .is_ascii = true},
    {PROCESS_TERMINAL, "NO_COLOR=1 COLUMNS=40", 40, .has_colour = false},
    {PROCESS_TERMINAL, "TERM=dumb COLUMNS=80", 80, .has_colour = false},
    {PROCESS_TERMINAL, "COLUMNS=80", 80, .has_colour = true},
};
enum { N_WAYS = sizeof ways / sizeof ways[0], MAX_CHAPTERS = 16 };

/* What the tour of the n-th chapter shows in one of these ways. Tours train: each is run once,
 * whichever tests look at it. */
static const char *shown(size_t n, const chapter *c, size_t way)
{
    static process *runs[MAX_CHAPTERS][N_WAYS];
    process **one = &runs[n][way];
    if (*one == NULL) {
        *one = chapter_run(c, chapter_tour(c), ways[way].environment, ways[way].output);
        CHECK((*one)->status == 0, "%s with %s: status %d, %s", c->program, ways[way].environment,
              (*one)->status, (*one)->messages);
    }
    return (*one)->results;
}

/* Run a check of what is shown for every chapter and way. */
static void for_each_way(void check(const chapter *c, size_t way, const char *text))
{
    chapter c;
    for (size_t n = 0; chapter_at(n, &c); n++) {
        for (size_t way = 0; way < N_WAYS && CHECK(n < MAX_CHAPTERS, "too many chapters"); way++) {
            check(&c, way, shown(n, &c, way));
        }
    }
}

static void check_escapes(const chapter *c, size_t way, const char *text)
{
    bool has_colour = strchr(text, '\033') != NULL;
    CHECK(has_colour == ways[way].has_colour, "%s, way %zu: there is %s escape byte", c->program,
          way, has_colour ? "an" : "no");
}

static void check_ascii(const chapter *c, size_t way, const char *text)
{
    size_t n = 0;
    while (text[n] != '\0' && (unsigned char)text[n] < 0x80) {
        n++;
    }
    CHECK(!ways[way].is_ascii || text[n] == '\0', "%s with LC_ALL=C: byte %zu is beyond ASCII",
          c->program, n);
}

static void check_widths(const chapter *c, size_t way, const char *text)
{
    enum { SEEN = 1024 }; /* bytes of a line: many more than 200 columns take */
    while (*text != '\0' && !ways[way].has_colour) {
        size_t length = strcspn(text, "\r\n");
        char line[SEEN];
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        CHECK(utf8_columns(line) <= ways[way].n_columns, "%s with %s: \"%s\"", c->program,
              ways[way].environment, line);
        text += length + strspn(text + length, "\r\n");
    }
}

static void no_escapes(void)
{
    for_each_way(check_escapes);
}

static void plain_ascii(void)
{
    for_each_way(check_ascii);
}

static void widths(void)
{
    for_each_way(check_widths);
}

/* ---- Other manners --------------------------------------------------------------------------- */

static void full_disk(void)
{
    chapter c;
    if (!process_has(PROCESS_FULL)) {
        return;
    }
    FOR_EACH_CHAPTER(&c)
    {
        const char *const arguments[] = {chapter_quick(&c), "--help", "--man", "--version"};
        for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++) {
            process *one = chapter_run(&c, arguments[i], NULL, PROCESS_FULL);
            CHECK(one->status == 1, "%s %s >/dev/full: status %d instead of 1", c.program,
                  arguments[i], one->status);
            CHECK(strlen(one->messages) > 20, "%s %s >/dev/full says only \"%s\"", c.program,
                  arguments[i], one->messages);
            process_free(one);
        }
    }
}

static void help_starts_with_an_example(void)
{
    chapter c;
    FOR_EACH_CHAPTER(&c)
    {
        process *one = chapter_run(&c, "--help", NULL, PROCESS_PIPE);
        const char *example = strstr(one->results, "xample");
        const char *options = strstr(one->results, "--help");
        CHECK(one->status == 0 && one->messages[0] == '\0', "%s --help: status %d, \"%s\"",
              c.program, one->status, one->messages);
        CHECK(example != NULL && options != NULL && example < options,
              "%s --help: the examples do not come first", c.program);
        CHECK(strstr(one->results, "xit") != NULL, "%s --help: no exit codes", c.program);
        process_free(one);
    }
}

static void man_page(void)
{
    chapter c;
    if (system("command -v mandoc >/dev/null 2>&1") != 0) {
        return;
    }
    FOR_EACH_CHAPTER(&c)
    {
        char command[CHAPTER_PATH_SIZE + 64];
        snprintf(command, sizeof command, "%s --man | mandoc -Tlint -Wwarning", c.program);
        process *one = process_run(command, NULL, PROCESS_PIPE);
        CHECK(one->status == 0 && one->results[0] == '\0', "%s: mandoc says %s%s", c.program,
              one->results, one->messages);
        process_free(one);
    }
}

/* A call that must fail: with which status, and what the sentence must hold. */
typedef struct {
    const char *topic; /* the program; "" for all, NULL for those that read sentences */
    const char *arguments;
    int status;
    const char *says;
} refusal;

static const refusal refusals[] = {
    {NULL, "--sentense x", 2, "--sentence"},
    {"", "--no-such-option", 2, "--no-such-option"},
    {NULL, "--sentence", 2, "--sentence"},
    {"", "--seed many", 2, "many"},
    {"", "stray", 2, "stray"},
    {NULL, "--sentence ''", 1, "sentence"},
    {NULL, "--sentence \"$(printf 'river \\377 bank')\"", 1, "UTF-8"},
    {NULL, "--vectors /no/such/file", 1, "/no/such/file"},
    {"", "--svg /no/such/folder/figures", 1, "/no/such/folder/figures"},
    {"reweighting", "--proximity gausian", 2, "gaussian"},
    {"reweighting", "--bandwidth 0", 2, "bandwidth"},
    {"reweighting", "--bandwidth -1", 2, "bandwidth"},
    {"reweighting", "--part brakets", 2, "brackets"},
    {"reweighting", "--trace bamk", 2, "bank"},
    {"reweighting", "--trace 6", 2, "0 .. 5"},
    {"reweighting", "--query bank", 2, "--sentence"},
    {"reweighting", "--sentence 'the river bank' --query bnak", 2, "bank"},
    {"dot_product", "--sentence 'the river bank' --query bnak", 2, "bank"},
    {"dot_product", "--similarity cosin", 2, "cosine"},
    {"dot_product", "--temperature 0", 2, "temperature"},
    {"sequence_to_sequence", "--wrod x", 2, "--word"},
    {"sequence_to_sequence", "--score aditive", 2, "additive"},
    {"sequence_to_sequence", "--train /no/such/file", 1, "/no/such/file"},
    {"sequence_to_sequence", "--evaluate /no/such/file", 1, "/no/such/file"},
    {"sequence_to_sequence", "--word ''", 1, "--word"},
    {"multi_head", "--evaluate /", 1, "directory"},
    {"multi_head", "--save /no/such/folder/it", 1, "/no/such/folder/it"},
    {"multi_head", "--predict ''", 1, "sentence"},
    {"multi_head", "--task pos --column none", 1, "none"},
};

static void refusals_are_clear(void)
{
    chapter c;
    FOR_EACH_CHAPTER(&c)
    {
        for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
            const refusal *r = &refusals[i];
            bool is_meant = r->topic == NULL      ? chapter_reads_sentences(&c)
                            : r->topic[0] == '\0' ? true
                                                  : strcmp(c.topic, r->topic) == 0;
            if (!is_meant) {
                continue;
            }
            process *one = chapter_run(&c, r->arguments, NULL, PROCESS_PIPE);
            CHECK(one->status == r->status, "%s %s: status %d instead of %d", c.program,
                  r->arguments, one->status, r->status);
            CHECK(strstr(one->messages, r->says) != NULL, "%s %s: \"%s\" does not speak of \"%s\"",
                  c.program, r->arguments, one->messages, r->says);
            CHECK(one->results[0] == '\0', "%s %s: prints results all the same", c.program,
                  r->arguments);
            process_free(one);
        }
    }
}

static void malformed_vectors(void)
{
    chapter c;
    char path[] = "/tmp/vectors.XXXXXX";
    int file = mkstemp(path);
    if (!CHECK(file >= 0, "no temporary file")) {
        return;
    }
    close(file);
    CHECK(golden_write(path, "river 0.5 1.5\nbank 0.25 1,5\n"), "%s cannot be written", path);
    FOR_EACH_CHAPTER(&c)
    {
        if (!chapter_reads_sentences(&c)) {
            continue;
        }
        char arguments[64], place[64];
        snprintf(arguments, sizeof arguments, "--vectors %s", path);
        snprintf(place, sizeof place, "%s:2: ", path);
        process *one = chapter_run(&c, arguments, NULL, PROCESS_PIPE);
        CHECK(one->status == 1, "%s: status %d instead of 1", c.program, one->status);
        CHECK(strstr(one->messages, place) != NULL && strstr(one->messages, "1,5") != NULL,
              "%s: \"%s\" names neither %s nor 1,5", c.program, one->messages, place);
        process_free(one);
    }
    remove(path);
}

static void quiet_when_cut_off(void)
{
    chapter c;
    FOR_EACH_CHAPTER(&c)
    {
        char command[CHAPTER_PATH_SIZE + 64];
        snprintf(command, sizeof command, "%s %s | head -n 1", c.program, chapter_quick(&c));
        process *one = process_run(command, NULL, PROCESS_PIPE);
        CHECK(one->messages[0] == '\0', "%s | head: \"%s\"", c.program, one->messages);
        process_free(one);
    }
}

static void own_sentence(void)
{
    chapter c;
    FOR_EACH_CHAPTER(&c)
    {
        if (!chapter_reads_sentences(&c)) {
            continue;
        }
        bool reads_vectors = chapter_tour(&c)[0] == '\0';
        char arguments[128];
        snprintf(arguments, sizeof arguments, "--sentence 'Roopali milks the cow' %s",
                 reads_vectors ? "--query cow" : chapter_tour(&c));
        process *one = chapter_run(&c, arguments, NULL, PROCESS_PIPE);
        CHECK(one->status == 0, "%s: status %d", c.program, one->status);
        CHECK(strstr(one->results, "milks") != NULL, "%s: the sentence is not in the results",
              c.program);
        CHECK(!reads_vectors || strstr(one->messages, "roopali") != NULL,
              "%s: \"%s\" does not say that a word is unknown", c.program, one->messages);
        process_free(one);
    }
}

static const test tests[] = {
    {"escape bytes go to a terminal that wants colour, and nowhere else", no_escapes},
    {"without UTF-8 everything is ASCII", plain_ascii},
    {"no line is wider than the terminal, from 40 to 200 columns", widths},
    {"a full disk is an error and not a success", full_disk},
    {"--help starts with examples and ends with exit codes", help_starts_with_an_example},
    {"mandoc accepts the man pages", man_page},
    {"what cannot be done is refused with a status and a clear sentence", refusals_are_clear},
    {"a malformed file of vectors is answered with file and line", malformed_vectors},
    {"a program whose reader is gone ends quietly", quiet_when_cut_off},
    {"a sentence of one's own is shown, its unknown words are named", own_sentence},
};

int main(int argc, char **argv)
{
    chapters_start(argv[0]);
    return RUN_SUITE(argc, argv, tests);
}
