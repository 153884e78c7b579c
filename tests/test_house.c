/* The house itself: the pair is visible in the names of files and functions, and arrows between
 * folders point one way. Reads the sources, so it runs from the top of the tree. */

#include "tests/support/suite.h"
#include <ctype.h>
#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 256, NAME_SIZE = 128 };

typedef struct {
    char names[MAX_NAMES][NAME_SIZE];
    size_t n;
} name_list;

static bool contains(const name_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void append(name_list *list, const char *name, size_t length)
{
    if (CHECK(list->n < MAX_NAMES && length < NAME_SIZE, "too many names, or too long")) {
        snprintf(list->names[list->n++], NAME_SIZE, "%.*s", (int)length, name);
    }
}

/* The whole file, which the caller frees. */
static char *contents_of(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!CHECK(file != NULL, "cannot read %s: run the tests from the top of the tree", path)) {
        return strdup("");
    }
    char *text = NULL;
    size_t capacity = 0;
    if (getdelim(&text, &capacity, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(file);
    return text;
}

static glob_t files(const char *pattern)
{
    glob_t found;
    CHECK(glob(pattern, 0, NULL, &found) == 0, "there is no %s", pattern);
    return found;
}

/* ---- the pair -------------------------------------------------------------------------------- */

/* How functions of the reference end that have no optimized twin, each with its reason. */
static const struct {
    const char *function, *reason;
} functions_without_twin[] = {
    {"attention_scores", "the optimized side never holds all scores; the course prints them"},
    {"parameters_initialize", "random numbers are drawn once, in double, and copied"},
    {"_cache_free", "the reference keeps its own; the optimized side uses a workspace"},
    {"_state_free", "so it does for states"},
};

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), n = strlen(end);
    return length >= n && strcmp(name + length - n, end) == 0;
}

static bool is_excused(const char *function)
{
    const size_t n = sizeof functions_without_twin / sizeof functions_without_twin[0];
    bool is_listed = false;
    for (size_t i = 0; i < n; i++) {
        is_listed = is_listed || ends_with(function, functions_without_twin[i].function);
    }
    return is_listed;
}

/* The functions that a header declares, in order, without their prefix. */
static name_list functions_of(const char *header, const char *prefix)
{
    name_list list = {.n = 0};
    char *text = contents_of(header), pattern[NAME_SIZE];
    regex_t declaration;
    regmatch_t match[3];
    snprintf(pattern, sizeof pattern, "^(int|size_t|void) %s([a-z_]+)\\(", prefix);
    regcomp(&declaration, pattern, REG_EXTENDED | REG_NEWLINE);
    for (char *at = text; regexec(&declaration, at, 3, match, 0) == 0; at += match[0].rm_eo) {
        append(&list, at + match[2].rm_so, (size_t)(match[2].rm_eo - match[2].rm_so));
    }
    regfree(&declaration);
    free(text);
    return list;
}

static bool exists(const char *path)
{
    FILE *file = fopen(path, "r");
    return file && fclose(file) == 0;
}

/* A header that declares no function is private: its side's own small helpers. */
static void every_file_has_a_twin(void)
{
    glob_t headers = files("reference/*.h");
    for (size_t i = 0; i < headers.gl_pathc; i++) {
        const char *name = strrchr(headers.gl_pathv[i], '/') + 1;
        char twin[NAME_SIZE], suite[NAME_SIZE];
        snprintf(twin, sizeof twin, "optimized/%s", name);
        snprintf(suite, sizeof suite, "tests/test_%.*s.c", (int)(strlen(name) - 2), name);
        if (functions_of(headers.gl_pathv[i], "ref_").n > 0) {
            CHECK(exists(twin), "reference/%s has no twin %s", name, twin);
            CHECK(exists(suite), "reference/%s has no test %s", name, suite);
        }
    }
    globfree(&headers);
}

static void every_function_has_a_twin(void)
{
    glob_t headers = files("reference/*.h");
    for (size_t i = 0; i < headers.gl_pathc; i++) {
        char twin[NAME_SIZE];
        snprintf(twin, sizeof twin, "optimized/%s", strrchr(headers.gl_pathv[i], '/') + 1);
        static name_list reference, optimized;
        reference = functions_of(headers.gl_pathv[i], "ref_");
        optimized = reference.n > 0 ? functions_of(twin, "fast_") : reference;
        size_t next = 0; /* the twins come in the same order, with size queries between them */
        for (size_t r = 0; r < reference.n; r++) {
            const char *name = reference.names[r];
            if (is_excused(name)) {
                CHECK(!contains(&optimized, name), "fast_%s exists, and yet is excused", name);
                continue;
            }
            size_t f = next;
            while (f < optimized.n && strcmp(optimized.names[f], name) != 0) {
                f++;
            }
            CHECK(f < optimized.n, "ref_%s has no fast_%s, or not in the same order", name, name);
            next = f < optimized.n ? f + 1 : next;
        }
        for (size_t f = 0; f < optimized.n; f++) {
            const char *name = optimized.names[f];
            bool is_query = ends_with(name, "_size") || ends_with(name, "_layout");
            CHECK(is_query || contains(&reference, name), "fast_%s has no ref_%s", name, name);
        }
    }
    globfree(&headers);
}

/* ---- arrows ---------------------------------------------------------------------------------- */

/* Which includes the files of a folder may have. */
static const struct {
    const char *files, *allowed, *rule;
} arrows[] = {
    {"reference/*.[ch]", "^(reference/|gsl/|[a-z]+\\.h$)", "the reference includes itself and GSL"},
    {"optimized/*.[ch]", "^(optimized/|gsl/gsl_errno\\.h$|[a-z]+\\.h$)",
     "the optimized side includes itself and gsl_errno.h"},
    {"optimized/kernels/*.[ch]", "^(optimized/|gsl/gsl_errno\\.h$|[a-z_]+\\.h$)",
     "the kernels include the optimized side and gsl_errno.h"},
};

static void check_includes(const char *path, const regex_t *allowed, const char *rule)
{
    char *text = contents_of(path);
    regex_t include;
    regmatch_t match[2];
    regcomp(&include, "^ *# *include *[<\"]([^>\"]*)[>\"]", REG_EXTENDED | REG_NEWLINE);
    for (char *at = text; regexec(&include, at, 2, match, 0) == 0; at += match[0].rm_eo) {
        char name[NAME_SIZE];
        int length = (int)(match[1].rm_eo - match[1].rm_so);
        snprintf(name, sizeof name, "%.*s", length, at + match[1].rm_so);
        CHECK(regexec(allowed, name, 0, NULL, 0) == 0, "%s includes %s, but %s", path, name, rule);
    }
    regfree(&include);
    free(text);
}

static void arrows_point_one_way(void)
{
    for (size_t n = 0; n < sizeof arrows / sizeof arrows[0]; n++) {
        regex_t allowed;
        regcomp(&allowed, arrows[n].allowed, REG_EXTENDED);
        glob_t found = files(arrows[n].files);
        for (size_t i = 0; i < found.gl_pathc; i++) {
            check_includes(found.gl_pathv[i], &allowed, arrows[n].rule);
        }
        globfree(&found);
        regfree(&allowed);
    }
}

/* A library that is linked into another program must not take names that the program may want. */
static void check_names(const char *pattern, const char *prefix)
{
    glob_t found = files(pattern);
    regex_t definition;
    regmatch_t match[3];
    regcomp(&definition, "^(const )?[a-z_]+ \\*?([a-z_0-9]+)\\(", REG_EXTENDED | REG_NEWLINE);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *text = contents_of(found.gl_pathv[i]);
        for (char *at = text; regexec(&definition, at, 3, match, 0) == 0; at += match[0].rm_eo) {
            const char *name = at + match[2].rm_so;
            CHECK(strncmp(name, prefix, strlen(prefix)) == 0, "%s: the external %.*s is not %s...",
                  found.gl_pathv[i], (int)(match[2].rm_eo - match[2].rm_so), name, prefix);
        }
        free(text);
    }
    regfree(&definition);
    globfree(&found);
}

static void names_have_prefixes(void)
{
    check_names("reference/*.[ch]", "ref_");
    check_names("optimized/*.[ch]", "fast_");
    check_names("optimized/kernels/*.[ch]", "fast_");
}

static void library_code_is_silent(void)
{
    const char *const folders[] = {"reference/*.c", "optimized/*.c", "optimized/kernels/*.c"};
    regex_t call;
    regcomp(&call, "[^a-z_](printf|puts|fputs|exit|abort)\\(", REG_EXTENDED);
    for (size_t n = 0; n < 3; n++) {
        glob_t found = files(folders[n]);
        for (size_t i = 0; i < found.gl_pathc; i++) {
            char *text = contents_of(found.gl_pathv[i]);
            CHECK(regexec(&call, text, 0, NULL, 0) != 0, "%s prints or exits", found.gl_pathv[i]);
            free(text);
        }
        globfree(&found);
    }
    regfree(&call);
}

/* ---- the top level --------------------------------------------------------------------------- */

static void top_level(void)
{
    /* build is what make makes; data is what make data fetches; work is the learner's */
    const char *const rooms[] = {"chapters", "reference", "optimized", "exercises",
                                 "tests",    "docs",      "Makefile",  "README.md",
                                 "LICENSE",  "build",     "data",      "work"};
    glob_t found = files("*");
    for (size_t i = 0; i < found.gl_pathc; i++) {
        bool known = false;
        for (size_t r = 0; r < sizeof rooms / sizeof rooms[0]; r++) {
            known = known || strcmp(found.gl_pathv[i], rooms[r]) == 0;
        }
        CHECK(known, "%s has no room at the top level", found.gl_pathv[i]);
    }
    globfree(&found);
}

/* Files fit on a few screens, and lines on one. */
static void sizes_of_files(void)
{
    const char *const patterns[] = {"reference/*.[ch]", "optimized/*.[ch]", "tests/*.c",
                                    "optimized/kernels/*.[ch]", "tests/support/*.[ch]"};
    for (size_t n = 0; n < sizeof patterns / sizeof patterns[0]; n++) {
        glob_t found = files(patterns[n]);
        for (size_t i = 0; i < found.gl_pathc; i++) {
            char *text = contents_of(found.gl_pathv[i]);
            size_t n_lines = 0;
            for (char *end = strchr(text, '\n'); end; end = strchr(end + 1, '\n')) {
                n_lines++;
            }
            CHECK(n_lines <= 300, "%s has %zu lines", found.gl_pathv[i], n_lines);
            free(text);
        }
        globfree(&found);
    }
}

static const test tests[] = {
    {"every file of the reference has an optimized twin and a test", every_file_has_a_twin},
    {"every function of the reference has an optimized twin, in the same order",
     every_function_has_a_twin},
    {"includes point one way", arrows_point_one_way},
    {"every external name has the prefix of its side", names_have_prefixes},
    {"library code neither prints nor exits", library_code_is_silent},
    {"nothing but the rooms of the house stands at the top level", top_level},
    {"no file is longer than 300 lines", sizes_of_files},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
