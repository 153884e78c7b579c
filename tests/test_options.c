/* One option table: parsing, errors, help, man page, completion. */
#include "chapters/common/program/options.h"
#include "chapters/common/program/options_table.h"
#include "tests/support/suite.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The values, and a table that has every kind of them. */
static struct {
    bool mask_self, mask_after;
    size_t seed, heads;
    double temperature, share;
    const char *sentence, *vectors;
    int similarity;
    options_list queries;
} value;

static const char *const similarities[] = {"dot", "scaled", "cosine", NULL};

static const options_entry entries[] = {
    {"mask-self", 'm', NULL, "a word does not see itself", .flag = &value.mask_self},
    {"mask-after", 0, NULL, "a word does not see what follows", .flag = &value.mask_after},
    {"seed", 0, "N", "where random numbers start", .size = &value.seed},
    {"heads", 0, "N", "how many", .size = &value.heads, .min = 1, .max = 16},
    {"temperature", 't', "T", "divides the scores", .number = &value.temperature,
     .is_above_min = true},
    {"share", 0, "P", "a part of one", .number = &value.share, .min = 0, .max = 1},
    {"sentence", 's', "TEXT", "the words", .text = &value.sentence},
    {"vectors", 0, "FILE", "word vectors", .text = &value.vectors, .kind = OPTIONS_FILE},
    {"similarity", 0, "NAME", "how to compare", .choice = &value.similarity,
     .choices = similarities},
    {"query", 'q', "WORD", "a word to follow", .list = &value.queries},
};

static const options_example examples[] = {{"try --seed 3", "another start"}};

static const options_program program = {.name = "try",
                                        .summary = "a table with every kind of option",
                                        .description = ".An odd text. It has a \\ in it.",
                                        .examples = examples,
                                        .n_examples = COUNT(examples),
                                        .entries = entries,
                                        .n_entries = COUNT(entries)};

typedef struct {
    options_result result;
    char *output, *errors;
} run;

/* Run with arguments that are separated by '|'. */
static run parse(const char *arguments)
{
    memset(&value, 0, sizeof value);
    value.seed = 1;
    value.sentence = "the river bank";
    static char text[1024];
    char *argv[48] = {"try"};
    int argc = 1;
    snprintf(text, sizeof text, "%s", arguments);
    for (char *part = text[0] != '\0' ? text : NULL; part != NULL && argc < 47; argc++) {
        argv[argc] = part;
        part = strchr(part, '|');
        if (part != NULL) {
            *part++ = '\0';
        }
    }
    run r;
    size_t n_output, n_errors;
    FILE *output = open_memstream(&r.output, &n_output);
    FILE *errors = open_memstream(&r.errors, &n_errors);
    r.result = options_parse(&program, argc, argv, output, errors);
    fclose(output);
    fclose(errors);
    return r;
}

static void forget(run *r)
{
    free(r->output);
    free(r->errors);
}

static void right_values(void)
{
    run r = parse("--mask-self|--seed|18446744073709551615|-t.5|--share=1|-s|--odd one|-qa|--query|"
                  "b|--similarity|cosine|--heads|16|--vectors|x.txt");
    CHECK(r.result == OPTIONS_RUN && r.errors[0] == '\0' && r.output[0] == '\0', "%s%s", r.errors,
          r.output);
    CHECK(value.mask_self && !value.mask_after, "flags");
    CHECK(value.seed == SIZE_MAX && value.heads == 16, "%zu, %zu", value.seed, value.heads);
    CHECK(value.temperature == 0.5 && value.share == 1.0, "%g, %g", value.temperature, value.share);
    CHECK(!strcmp(value.sentence, "--odd one") && !strcmp(value.vectors, "x.txt"), "texts");
    CHECK(value.similarity == 2, "choice %d", value.similarity);
    CHECK(value.queries.n == 2 && !strcmp(value.queries.values[1], "b"), "list");
    forget(&r);
    r = parse("--simil|dot|--temp|2"); /* beginnings that only one option has */
    CHECK(r.result == OPTIONS_RUN && value.temperature == 2.0, "%s", r.errors);
    forget(&r);
    r = parse("");
    CHECK(r.result == OPTIONS_RUN && value.seed == 1, "nothing given");
    forget(&r);
}

static void wrong_command_lines(void)
{
    static const char *const cases[][2] = {
        {"--temprature|3", "there is no option '--temprature'; did you mean '--temperature'?"},
        {"--qwertz", "there is no option '--qwertz'; --help lists all"},
        {"--sed=3", "there is no option '--sed'; did you mean '--seed'?"},
        {"-x", "there is no option '-x'; --help lists all"},
        {"-mx", "there is no option '-x'; --help lists all"},
        {"--mask", "'--mask' could be '--mask-self' or '--mask-after'"},
        {"--mask-self=yes", "--mask-self takes no value; found 'yes'"},
        {"--seed", "--seed needs a value: a whole number"},
        {"-t", "--temperature needs a value: a number greater than 0"},
        {"--seed|-1", "--seed must be a whole number; found '-1'"},
        {"--seed|1.5", "--seed must be a whole number; found '1.5'"},
        {"--seed|", "--seed must be a whole number; found ''"},
        {"--seed|18446744073709551616", "found '18446744073709551616'"},
        {"--heads|0", "--heads must be a whole number from 1 to 16; found '0'"},
        {"--heads|17", "--heads must be a whole number from 1 to 16; found '17'"},
        {"-t|0", "--temperature must be a number greater than 0; found '0'"},
        {"-t|hot", "--temperature must be a number greater than 0; found 'hot'"},
        {"-t|1,5", "found '1,5'"},
        {"-t|nan", "found 'nan'"},
        {"-t|inf", "found 'inf'"},
        {"-t| 1", "found ' 1'"},
        {"--share|1.01", "--share must be a number from 0 to 1; found '1.01'"},
        {"--similarity|cosin", "one of dot, scaled, cosine; found 'cosin'; did you mean 'cosine'?"},
        {"--similarity|euclid", "one of dot, scaled, cosine; found 'euclid'\n"},
        {"the|river", "expected an option, found 'the'; a value with blanks needs quotes"},
        {"--completion|csh", "one of bash, zsh, fish; found 'csh'; did you mean 'zsh'?"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        run r = parse(cases[i][0]);
        CHECK(r.result == OPTIONS_WRONG && r.output[0] == '\0', "%s: result %d", cases[i][0],
              (int)r.result);
        CHECK(strncmp(r.errors, "try: ", 5) == 0 && strstr(r.errors, cases[i][1]) != NULL,
              "%s: \"%s\" should say \"%s\"", cases[i][0], r.errors, cases[i][1]);
        const char *end = strchr(r.errors, '\n');
        CHECK(end != NULL && end[1] == '\0', "%s: more than one line: %s", cases[i][0], r.errors);
        forget(&r);
    }
}

static void too_many_values(void)
{
    char arguments[256] = "-qa";
    for (size_t i = 1; i < OPTIONS_LIST_MAX; i++) {
        strcat(arguments, "|-qa");
    }
    run r = parse(arguments);
    CHECK(r.result == OPTIONS_RUN && value.queries.n == OPTIONS_LIST_MAX, "%zu", value.queries.n);
    forget(&r);
    strcat(arguments, "|-qlast");
    r = parse(arguments);
    CHECK(r.result == OPTIONS_WRONG && strstr(r.errors, "'last'") != NULL, "%s", r.errors);
    forget(&r);
}

/* All lines end, and fit on a terminal. */
static void check_lines(const char *text)
{
    size_t n = 1;
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1, n++) {
        CHECK(end - text <= 80, "line %zu has %td characters", n, end - text);
    }
    CHECK(*text == '\0', "line %zu has no end", n);
}

static void help(void)
{
    static const char *const says[] = {"Example:\n  try --seed 3",
                                       "--seed N",
                                       "(default 1)",
                                       "from 1 to 16",
                                       "'the river bank'",
                                       "dot, scaled, cosine",
                                       "again and again",
                                       "Exit codes:",
                                       "--completion SHELL"};
    /* Help wins over what is wrong, and shows the defaults and not what was given. */
    run r = parse("--bogus|--seed|77|--help|-t|0");
    CHECK(r.result == OPTIONS_DONE && r.errors[0] == '\0', "%s", r.errors);
    const char *last = r.output;
    for (size_t i = 0; i < COUNT(says); i++) {
        CHECK(strstr(r.output, says[i]) != NULL, "the help does not say \"%s\"", says[i]);
    }
    CHECK(strstr(last, "Example:") < strstr(last, "Options:"), "an example comes first");
    CHECK(strstr(r.output, "77") == NULL, "the help shows a given value as default");
    check_lines(r.output);
    forget(&r);
    r = parse("--version");
    CHECK(r.result == OPTIONS_DONE && strncmp(r.output, "try (Attention, ", 16) == 0, "%s",
          r.output);
    forget(&r);
}

static void man_page(void)
{
    run r = parse("--man");
    static const char *const says[] = {".Dt TRY 1\n", ".Sh EXIT STATUS\n", ".Sh EXAMPLES\n",
                                       ".It Fl t , Fl Fl temperature Ar \\&T\n",
                                       "\n\\&.An odd text.\nIt has a \\e in it.\n"};
    for (size_t i = 0; i < COUNT(says); i++) {
        CHECK(strstr(r.output, says[i]) != NULL, "the page has no \"%s\"", says[i]);
    }
    check_lines(r.output);
    forget(&r);
}

static void completion(void)
{
    static const char *const shells[] = {"--completion|bash", "--completion|zsh",
                                         "--completion|fish"};
    for (size_t i = 0; i < COUNT(shells); i++) {
        run r = parse(shells[i]);
        CHECK(r.result == OPTIONS_DONE, "%s", r.errors);
        for (size_t k = 0; k < COUNT(entries); k++) {
            CHECK(strstr(r.output, entries[k].name) != NULL, "%s: no %s", shells[i],
                  entries[k].name);
        }
        CHECK(strstr(r.output, "dot scaled cosine") != NULL, "%s: no choices", shells[i]);
        CHECK(strstr(r.output, "bash zsh fish") != NULL, "%s: no shells", shells[i]);
        forget(&r);
    }
    CHECK(!options_print_completion(&program, "csh", stderr), "csh has no completion here");
}

static const test tests[] = {
    {"every kind of value goes where the table says", right_values},
    {"a wrong command line gets one sentence: expected and found", wrong_command_lines},
    {"a repeated option has an end", too_many_values},
    {"help has an example first, the defaults and the exit codes", help},
    {"the man page has every section, and no stray command", man_page},
    {"completion knows every option and every choice", completion},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
