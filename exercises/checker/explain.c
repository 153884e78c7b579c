/* The sanitizers' reports are pages long; one line of them says what to do. */

#include "exercises/checker/verdict.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "exercise.c:12", the first in this text; "" if there is none. */
static void find_line(const char *text, char *line, size_t size)
{
    const char *at = strstr(text, "exercise.c:");
    *line = '\0';
    if (at) {
        size_t n = strlen("exercise.c:");
        while (isdigit((unsigned char)at[n])) {
            n++;
        }
        snprintf(line, size, "%.*s", (int)n, at);
    }
}

static void say_where(const char *text, const char *words, verdict *v)
{
    char line[64];
    find_line(text, line, sizeof line);
    if (*line) {
        verdict_add(v, "\n%s %s.", words, line);
    }
}

/* "... is located 0 bytes to the right of 80-byte region" */
static void say_distance(const char *report, verdict *v)
{
    const char *region = strstr(report, "-byte region"), *located = strstr(report, "is located ");
    if (!region || !located) {
        return;
    }
    const char *digits = region;
    while (digits > report && isdigit((unsigned char)digits[-1])) {
        digits--;
    }
    unsigned long size = strtoul(digits, NULL, 10);
    long offset = 0;
    char side[24] = "";
    if (sscanf(located, "is located %ld bytes %*[a-z ]%n", &offset, &(int){0}) >= 1 &&
        (sscanf(located, "is located %*d bytes to the %23s", side) == 1 ||
         sscanf(located, "is located %*d bytes %23s", side) == 1)) {
        verdict_add(v, " It is %ld bytes %s of a block of %lu bytes = %lu doubles.", offset, side,
                    size, size / sizeof(double));
    }
}

static void say_access(const char *report, verdict *v)
{
    const char *write = strstr(report, "WRITE of size"), *read = strstr(report, "READ of size");
    bool writes = write && (!read || write < read);
    const char *at = writes ? write : read;
    if (at) {
        long n_bytes = strtol(strstr(at, "size ") + 5, NULL, 10);
        verdict_add(v, ": your code %s %ld bytes%s that are not its own", writes ? "wrote" : "read",
                    n_bytes, n_bytes == 8 ? " (one double)" : "");
    }
}

static void explain_address(const char *report, verdict *v)
{
    char kind[VERDICT_TAG] = "memory-error", line[64];
    sscanf(report, "ERROR: AddressSanitizer: %31[A-Za-z-]", kind);
    find_line(report, line, sizeof line);
    bool is_null = strcmp(kind, "SEGV") == 0 && strstr(report, "zero page");
    bool is_guard = strcmp(kind, "use-after-poison") == 0;
    v->shown[0] = '\0';
    bool is_before = strcmp(v->tag, "guard") == 0;
    verdict_fail(v,
                 is_before  ? "guard"
                 : is_guard ? "tda"
                            : kind,
                 "%s", *line ? line : "exercise.c");
    say_access(report, v);
    verdict_add(v, "%s",
                is_before  ? ", before the first row"
                : is_guard ? ", beside a row: rows are tda apart, not size2"
                           : "");
    verdict_add(v, "%s.",
                is_null                               ? ": the pointer is NULL"
                : strcmp(kind, "stack-overflow") == 0 ? ": it calls itself without end, "
                                                        "or has too large local arrays"
                : strcmp(kind, "SEGV") == 0           ? ": no memory is there"
                                                      : "");
    if (!is_guard) {
        say_distance(report, v);
    }
}

void explain(const trial *t, verdict *v)
{
    const char *report = strstr(t->text, "ERROR: AddressSanitizer: ");
    const char *undefined = strstr(t->text, "runtime error: ");
    if (report) {
        explain_address(report, v);
    } else if (undefined) {
        const char *sentence = undefined + strlen("runtime error: ");
        char line[64];
        find_line(t->text, line, sizeof line);
        v->shown[0] = '\0';
        verdict_fail(v, "undefined", "%s: %.*s.", *line ? line : "exercise.c",
                     (int)strcspn(sentence, "\n"), sentence);
    } else if (strcmp(v->tag, "gsl-error") == 0) {
        say_where(t->text, "It was called from", v);
    } else if (strcmp(v->tag, "timeout") == 0) {
        say_where(t->text, "When it was stopped it was at", v);
    }
}
