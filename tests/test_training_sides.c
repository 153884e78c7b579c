/* The small experiments of chapter 4, from outside: either side trains them, to the same errors. */
#include "tests/support/chapters.h"
#include "tests/support/golden.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A part of the tour, the errors that it finds, and how far the sides may end from each other: a few
 * times what they did. Four blocks without residual connections do not settle. */
static const struct {
    const char *arguments, *names[6];
    double tolerance;
} experiments[] = {
    {"--part two-relations", {"one_head_error", "two_heads_error"}, 1e-6},
    {"--part norms --epochs 1",
     {"residual_1", "residual_2", "residual_4", "no_residual_1", "no_residual_2", "no_residual_4"},
     1e-3},
};

/* "\nname = value" of a results.txt, or NaN */
static double value_of(const char *results, const char *name)
{
    char line[64];
    snprintf(line, sizeof line, "\n%s = ", name);
    const char *found = results ? strstr(results, line) : NULL;
    return found ? strtod(found + strlen(line), NULL) : NAN;
}

/* The results of a run, after an empty line; the caller frees them. */
static char *results_of(const chapter *c, const char *arguments, const char *side)
{
    char *folder = temporary_folder(), all[512], path[256], *text = NULL;
    snprintf(all, sizeof all, "%s --implementation %s --svg %s", arguments, side, folder);
    process *one = chapter_run(c, all, NULL, PROCESS_PIPE);
    CHECK(one->status == 0, "%s: status %d, %s", all, one->status, one->messages);
    process_free(one);
    snprintf(path, sizeof path, "%s/results.txt", folder);
    char *results = golden_read(path);
    if (CHECK(results != NULL, "%s writes no results.txt", all)) {
        size_t size = strlen(results) + 2;
        text = malloc(size);
        snprintf(text, size, "\n%s", results);
    }
    free(results);
    temporary_remove(folder);
    return text;
}

static void both_sides(void)
{
    chapter c;
    FOR_EACH_CHAPTER(&c)
    {
        for (size_t e = 0; strcmp(c.topic, "multi_head") == 0 && e < 2; e++) {
            char *wide = results_of(&c, experiments[e].arguments, "reference");
            char *narrow = results_of(&c, experiments[e].arguments, "optimized");
            for (size_t n = 0; n < 6 && experiments[e].names[n] != NULL; n++) {
                const char *name = experiments[e].names[n];
                double a = value_of(wide, name), b = value_of(narrow, name);
                CHECK(fabs(a - b) <= experiments[e].tolerance, "%s: %.9g and %.9g", name, a, b);
            }
            CHECK(wide && narrow && strcmp(wide, narrow) != 0, "--implementation changes no digit");
            free(wide);
            free(narrow);
        }
    }
}

static const test tests[] = {
    {"cards and stacks of blocks end at the same errors on both sides", both_sides},
};

int main(int argc, char **argv)
{
    chapters_start(argv[0]);
    return RUN_SUITE(argc, argv, tests);
}
