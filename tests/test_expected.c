/* What the programs of the chapters print.
 *
 * It stands in chapters/NN_*\/expected: commands.txt has one line a run, "name: arguments", and
 * name.txt is its output at 80 columns; results.txt is what `--svg DIR` writes for the page.
 * `make golden` writes these files again: read the diff. */
#include "tests/support/chapters.h"
#include "tests/support/golden.h"
#include "tests/support/suite.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 4096, MESSAGE_SIZE = 900 };

static bool is_writing(void)
{
    const char *golden = getenv("GOLDEN");
    return golden != NULL && strcmp(golden, "write") == 0;
}

static void compare_or_write(const char *path, const char *actual)
{
    if (is_writing()) {
        CHECK(golden_write(path, actual), "%s cannot be written", path);
        return;
    }
    char message[MESSAGE_SIZE] = "";
    char *expected = golden_read(path);
    if (CHECK(expected != NULL, "%s cannot be read; `make golden` writes it", path)) {
        CHECK(golden_agrees(expected, actual, message, sizeof message), "%s, %s", path, message);
    }
    free(expected);
}

static void expected_outputs(void)
{
    chapter c;
    size_t n_runs = 0;
    FOR_EACH_CHAPTER(&c)
    {
        char path[CHAPTER_PATH_SIZE + 128];
        snprintf(path, sizeof path, "%s/expected/commands.txt", c.folder);
        FILE *commands = fopen(path, "r");
        CHECK(commands != NULL, "%s is missing: no run of this program is compared", path);
        char line[LINE_SIZE];
        while (commands != NULL && fgets(line, sizeof line, commands) != NULL) {
            line[strcspn(line, "\n")] = '\0';
            char *arguments = strchr(line, ':');
            if (line[0] == '#' || arguments == NULL) {
                continue;
            }
            *arguments++ = '\0';
            process *one = chapter_run(&c, arguments, NULL, PROCESS_PIPE);
            CHECK(one->status == 0, "%s%s: status %d, %s", c.program, arguments, one->status,
                  one->messages);
            snprintf(path, sizeof path, "%s/expected/%.60s.txt", c.folder, line);
            compare_or_write(path, one->results);
            process_free(one);
            n_runs++;
        }
        if (commands != NULL) {
            fclose(commands);
        }
    }
    CHECK(n_runs > 0, "no run was compared");
}

/* Whether a file is a whole SVG. */
static void check_figure(const char *path)
{
    char *text = golden_read(path);
    bool is_whole = text != NULL && strstr(text, "<svg") != NULL &&
                    strstr(text, "<title") != NULL && strstr(text, "</svg>") != NULL;
    CHECK(is_whole, "%s is not a whole SVG with a title", path);
    CHECK(text == NULL || (strstr(text, "nan") == NULL && strstr(text, "inf\"") == NULL),
          "%s holds a coordinate that is no number", path);
    free(text);
}

/* A sanitizer looks at how memory is used, at a tenth of the speed, and not at how well a thing was
 * learned: there a training sees its sentences once, and its numbers are compared by name. */
#if defined(__has_feature)
#    define HAS_FEATURE(name) __has_feature(name)
#else
#    define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
enum { IS_WATCHED = true };
#else
enum { IS_WATCHED = false };
#endif

/* Only the names of "name = value" lines. */
static void keep_names(char *text)
{
    char *kept = text;
    for (bool is_name = true; *text != '\0'; text++) {
        is_name = *text == '\n' || (is_name && *text != '=');
        if (is_name) {
            *kept++ = *text;
        }
    }
    *kept = '\0';
}

static void check_results(const chapter *c, const char *path, char *results)
{
    char *expected = golden_read(path), message[MESSAGE_SIZE] = "";
    if (!IS_WATCHED || chapter_tour(c)[0] == '\0') {
        compare_or_write(path, results);
    } else if (CHECK(expected != NULL, "%s cannot be read", path)) {
        keep_names(expected);
        keep_names(results);
        CHECK(golden_agrees(expected, results, message, sizeof message), "%s, %s", path, message);
    }
    free(expected);
}

static void expected_results(void)
{
    chapter c;
    FOR_EACH_CHAPTER(&c)
    {
        char folder[] = "/tmp/figures.XXXXXX", arguments[64], path[CHAPTER_PATH_SIZE + 128];
        if (!CHECK(mkdtemp(folder) != NULL, "no temporary folder")) {
            return;
        }
        snprintf(arguments, sizeof arguments, " %s --svg %s", IS_WATCHED ? chapter_tour(&c) : "",
                 folder);
        process *one = chapter_run(&c, arguments, NULL, PROCESS_PIPE);
        CHECK(one->status == 0, "%s%s: status %d, %s", c.program, arguments, one->status,
              one->messages);
        process_free(one);
        snprintf(path, sizeof path, "%s/results.txt", folder);
        char *results = golden_read(path);
        snprintf(path, sizeof path, "%s/expected/results.txt", c.folder);
        if (CHECK(results != NULL, "%s writes no results.txt", c.program)) {
            check_results(&c, path, results);
        }
        free(results);

        snprintf(path, sizeof path, "%s/*.svg", folder);
        glob_t figures;
        if (CHECK(glob(path, 0, NULL, &figures) == 0, "%s writes no figure", c.program)) {
            for (size_t i = 0; i < figures.gl_pathc; i++) {
                check_figure(figures.gl_pathv[i]);
            }
            globfree(&figures);
        }
        snprintf(path, sizeof path, "rm -r %s", folder);
        process_free(process_run(path, NULL, PROCESS_PIPE));
    }
}

/* What the comparison lets through, and what it must not. */
static void comparison(void)
{
    static const struct {
        const char *expected, *actual;
        bool agrees;
    } cases[] = {
        {"weight 0.346\n", "weight 0.346\n", true},
        {"weight 0.346\n", "weight 0.347\n", true}, /* one unit of the last digit */
        {"weight 0.346\n", "weight 0.348\n", false},
        {"weight 0.346\n", "weight -0.346\n", false},
        {"differ by 0\n", "differ by 2e-16\n", true}, /* rounding */
        {"differ by 0\n", "differ by 2e-6\n", false},
        {"misses 4272832\n", "misses 4272833\n", false},  /* whole numbers are exact */
        {"a = 6459.990001\n", "a = 6459.990203\n", true}, /* 1e-7 of its size */
        {"a = 6459.990001\n", "a = 6459.992\n", false},
        {"a  1.0   b\n", "a 1.0 b\n", true}, /* columns may become wider */
        {"a 1.0\n", "a1.0\n", false},
        {"a 1.0\n", "a 1.0\nb 2.0\n", false},
        {"a 1.0\nb 2.0\n", "a 1.0\n", false},
        {"a 1.0\n", "a nan\n", false},
        {"'bank'\n", "'banks'\n", false},
        {"a = 0.91 ± 0.02\n", "a = 0.925 ± 0.02\n", true}, /* a tolerance that is stated */
        {"a = 0.91 ± 0.02\n", "a = 0.935 ± 0.02\n", false},
        {"a = 0.91 ± 0.02\n", "a = nan ± 0.02\n", false},
        {"a = 1 ± 0.02\n", "a = 0.99 ± 0.02\n", true},    /* also of a whole number */
        {"a = 0.91 ± 0.02\n", "a = 0.91 ± 0.2\n", false}, /* no run widens its own */
        {"a = 0.91\n", "a = 0.92 ± 0.02\n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[MESSAGE_SIZE];
        bool agrees = golden_agrees(cases[i].expected, cases[i].actual, message, sizeof message);
        CHECK(agrees == cases[i].agrees, "case %zu: \"%s\" and \"%s\" %s", i, cases[i].expected,
              cases[i].actual, agrees ? "agree" : "differ");
    }
}

static const test tests[] = {
    {"the comparison forgives rounding and nothing else", comparison},
    {"every program prints what its chapter expects", expected_outputs},
    {"every number that a page quotes is as expected, every figure whole", expected_results},
};

int main(int argc, char **argv)
{
    chapters_start(argv[0]);
    return RUN_SUITE(argc, argv, tests);
}
