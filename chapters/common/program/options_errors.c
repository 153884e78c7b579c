/**
 * @file options_errors.c
 * What a wrong command line is answered with: one sentence, what was expected and what was found.
 */
#include "chapters/common/program/options_table.h"
#include "chapters/common/program/spelling.h"
#include <string.h>

options_result options_wrong_value(const options_reader *r, const options_entry *entry,
                                   const char *found)
{
    char expected[OPTIONS_DESCRIPTION_SIZE];
    options_expected(entry, expected);
    fprintf(r->errors, "%s: --%s must be %s; found '%s'", r->program, entry->name, expected, found);
    if (entry->choice != NULL) {
        size_t n = 0;
        while (entry->choices[n] != NULL) {
            n++;
        }
        const char *nearest = spelling_nearest(found, entry->choices, n);
        if (nearest != NULL) {
            fprintf(r->errors, "; did you mean '%s'?", nearest);
        }
    }
    fputc('\n', r->errors);
    return OPTIONS_WRONG;
}

/* "--mas" is the start of several options: name them. */
static bool is_ambiguous(const options_reader *r, const char *name, size_t length)
{
    const char *first = NULL;
    bool is_several = false;
    for (size_t i = 0; i < r->table.n; i++) {
        const char *candidate = r->table.entries[i].name;
        if (strncmp(candidate, name, length) != 0) {
            continue;
        }
        if (first == NULL) {
            first = candidate;
        } else if (!is_several) {
            is_several = true;
            fprintf(r->errors, "%s: '--%.*s' could be '--%s' or '--%s'\n", r->program, (int)length,
                    name, first, candidate);
        }
    }
    return is_several;
}

options_result options_unknown_option(const options_reader *r, const char *argument)
{
    if (strncmp(argument, "--", 2) != 0) {
        fprintf(r->errors, "%s: there is no option '-%c'; --help lists all\n", r->program, optopt);
        return OPTIONS_WRONG;
    }
    char name[SPELLING_MAX_LENGTH] = "";
    size_t length = strcspn(argument + 2, "=");
    snprintf(name, sizeof name, "%.*s", (int)length, argument + 2);
    if (is_ambiguous(r, argument + 2, length)) {
        return OPTIONS_WRONG;
    }
    const char *names[OPTIONS_MAX_ENTRIES];
    for (size_t i = 0; i < r->table.n; i++) {
        names[i] = r->table.entries[i].name;
    }
    const char *nearest = spelling_nearest(name, names, r->table.n);
    fprintf(r->errors, "%s: there is no option '--%.*s'; ", r->program, (int)length, argument + 2);
    if (nearest != NULL) {
        fprintf(r->errors, "did you mean '--%s'?\n", nearest);
    } else {
        fprintf(r->errors, "--help lists all\n");
    }
    return OPTIONS_WRONG;
}

options_result options_missing_value(const options_reader *r, const options_entry *entry)
{
    char expected[OPTIONS_DESCRIPTION_SIZE];
    options_expected(entry, expected);
    fprintf(r->errors, "%s: --%s needs a value: %s\n", r->program, entry->name, expected);
    return OPTIONS_WRONG;
}

options_result options_needless_value(const options_reader *r, const options_entry *entry,
                                      const char *argument)
{
    const char *found = strchr(argument, '=');
    fprintf(r->errors, "%s: --%s takes no value; found '%s'\n", r->program, entry->name,
            found != NULL ? found + 1 : argument);
    return OPTIONS_WRONG;
}
