#include "exercises/checker/judge.h"
#include "exercises/checker/sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 79, INDENT = 8 };

static bool has_colour(void)
{
    const char *terminal = getenv("TERM"), *refused = getenv("NO_COLOR");
    bool is_shown = isatty(STDOUT_FILENO) || getenv("CLICOLOR_FORCE"); /* make watch keeps a file */
    return is_shown && !(refused && *refused) && terminal && strcmp(terminal, "dumb") != 0;
}

static void coloured(const char *code, const char *word)
{
    if (has_colour()) {
        printf("\033[%sm%s\033[0m", code, word);
    } else {
        fputs(word, stdout);
    }
}

/* As many characters of a line as have room: whole words, if one word has. */
static int fitting(const char *line, int room)
{
    int n = (int)strcspn(line, "\n");
    if (n <= room) {
        return n;
    }
    int end = room;
    while (end > 0 && line[end] != ' ') {
        end--;
    }
    return end > 0 ? end : n;
}

/* Each line, indented, and folded where it is long; column is where the first one begins. */
static void print_lines(const char *text, int indent, int column)
{
    while (*text) {
        int n = fitting(text, COLUMNS - (column > indent ? column : indent));
        printf("%*s%.*s\n", column > indent ? 0 : indent, "", n, text);
        text += n + (text[n] != '\0'); /* the space or the end of the line */
        column = 0;
    }
}

static void print_passed(const verdict *v)
{
    fputs("  ", stdout);
    coloured("32", "ok");
    printf("    %s", v->of->name);
    if (v->of->meter) {
        printf(" (%llu; full points take %llu)", (unsigned long long)v->count,
               (unsigned long long)v->of->full);
    }
    if (v->of->n_mutants) {
        printf(" (%s)", v->text);
    }
    puts("");
}

static void print_failed(const judgement *j, size_t c)
{
    const verdict *v = &j->cases[c];
    fputs("  ", stdout);
    coloured("31", v->state == CASE_ERROR ? "ERROR" : "FAIL");
    printf("  %s  <%s>\n", v->of->name, v->tag);
    const char *looks_like = strstr(v->text, "looks like: ");
    size_t n_before = looks_like ? (size_t)(looks_like - v->text) : strlen(v->text);
    char before[VERDICT_TEXT];
    snprintf(before, sizeof before, "%.*s", (int)n_before, v->text);
    print_lines(before, INDENT, 0);
    print_lines(v->shown, INDENT, 0);
    if (looks_like) {
        const char *title = "looks like: ";
        printf("%*s", INDENT, "");
        coloured("33", title);
        print_lines(looks_like + strlen(title), INDENT, INDENT + (int)strlen(title));
    }
    if (*j->options->section) {
        printf("%*sread again: %s\n", INDENT, "", j->options->section);
    }
    printf("%*sgo on: make hint N=%s", INDENT, "", j->options->id);
    if (!exercise_check.parts) { /* the function under test is not there in a debugger */
        printf(", or make debug N=%s CASE=%zu", j->options->id, c + 1);
    }
    puts("");
}

void report(const judgement *j)
{
    printf("\n%s  %s\n\n", j->options->id, j->options->title);
    size_t n_other = 0;
    bool has_failed = false;
    for (size_t c = 0; c < j->n_cases; c++) {
        if (j->options->only > 0 && (size_t)j->options->only != c + 1) {
            continue;
        }
        if (j->cases[c].state == CASE_PASSED) {
            print_passed(&j->cases[c]);
        } else if (!has_failed) {
            has_failed = true;
            print_failed(j, c);
        } else {
            n_other++;
        }
    }
    if (n_other > 0) {
        printf("  and %zu more to come\n", n_other);
    }
    printf("\n  %d of %d points\n", j->points, j->max);
    const char *missing = sandbox_missing();
    if (missing && j->options->is_fresh) {
        printf("  %s: your code ran with limits of time and memory only\n", missing);
    }
}

/* ---- what is given --------------------------------------------------------------------------- */

static void print_problem(const problem *p)
{
    for (size_t k = 0; k < p->n_numbers; k++) {
        printf("%s = %g\n", p->numbers[k].name, p->numbers[k].value);
    }
    for (size_t k = 0; k < p->n_arrays; k++) {
        const problem_array *a = &p->arrays[k];
        if (a->role == ARRAY_WANTED) {
            continue;
        }
        printf("%s (%zu x %zu)\n", a->name, a->n_rows, a->n_cols);
        for (size_t i = 0; i < a->n_rows; i++) {
            for (size_t j = 0; j < a->n_cols; j++) {
                printf(" %8.4g", array_get(a, i, j));
            }
            puts("");
        }
    }
}

static void report_given(const judge_options *options)
{
    static problem problems[TRIAL_REPEATS];
    for (size_t c = 0; c < exercise_check.n_cases; c++) {
        size_t n = judge_problems(options, c, problems);
        printf("%s# %s\n", c > 0 ? "\n" : "", exercise_check.cases[c].name);
        print_problem(&problems[0]);
        for (size_t k = 0; k < n; k++) {
            problem_free(&problems[k]);
        }
    }
}

static void report_max(void)
{
    int max = 0;
    for (size_t c = 0; c < exercise_check.n_cases; c++) {
        max += exercise_check.cases[c].points;
    }
    printf("%d\n", max);
}

bool report_facts(const judge_options *options)
{
    if (options->wants_given) {
        report_given(options);
    } else if (options->wants_max) {
        report_max();
    }
    for (size_t n = 0; options->wants_models && n < exercise_check.n_models; n++) {
        puts(exercise_check.models[n].tag);
    }
    for (size_t c = 0; options->wants_mutants && c < exercise_check.n_cases; c++) {
        for (size_t n = 0; n < exercise_check.cases[c].n_mutants; n++) {
            puts(exercise_check.cases[c].mutants[n].tag);
        }
    }
    return options->wants_mutants || options->wants_given || options->wants_max ||
           options->wants_models;
}
