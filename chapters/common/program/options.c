/**
 * @file options.c
 * Reading the command line, over getopt_long.
 */
#include "chapters/common/program/options.h"
#include "chapters/common/program/options_table.h"
#include "chapters/common/program/program.h"
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void make_getopt_tables(options_reader *r)
{
    char *letter = r->letters;
    *letter++ = ':'; /* ask getopt to tell a missing value from an unknown option */
    for (size_t i = 0; i < r->table.n; i++) {
        const options_entry *entry = &r->table.entries[i];
        r->longs[i] = (struct option){
            .name = entry->name,
            .has_arg = entry->flag != NULL ? no_argument : required_argument,
            .val = OPTIONS_FIRST_CODE + (int)i,
        };
        if (entry->letter != 0) {
            *letter++ = entry->letter;
            if (entry->flag == NULL) {
                *letter++ = ':';
            }
        }
    }
    *letter = '\0';
}

/* Start getopt again from the first argument. */
static void rewind_getopt(void)
{
    opterr = 0;
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
    optreset = 1;
    optind = 1;
#else
    optind = 0;
#endif
}

static const options_entry *entry_of(const options_reader *r, int code)
{
    if (code >= OPTIONS_FIRST_CODE) {
        return &r->table.entries[code - OPTIONS_FIRST_CODE];
    }
    for (size_t i = 0; i < r->table.n; i++) {
        if (r->table.entries[i].letter == code) {
            return &r->table.entries[i];
        }
    }
    return NULL;
}

/* ---- values ---- */

static bool is_in_range(const options_entry *entry, double value)
{
    bool is_above = entry->is_above_min ? value > entry->min : value >= entry->min;
    bool has_limits = entry->max > entry->min || entry->is_above_min || entry->size != NULL;
    return !has_limits || (is_above && (entry->max <= entry->min || value <= entry->max));
}

static bool set_size(const options_entry *entry, const char *text)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    /* strtoull takes "-1" for the largest number there is: the first character must be a digit. */
    bool is_number = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    if (!is_number || value > SIZE_MAX || !is_in_range(entry, (double)value)) {
        return false;
    }
    *entry->size = (size_t)value;
    return true;
}

static bool set_number(const options_entry *entry, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    bool is_number = end != text && *end == '\0' && strchr(" \t\n\v\f\r", text[0]) == NULL;
    if (!is_number || !isfinite(value) || !is_in_range(entry, value)) {
        return false;
    }
    *entry->number = value;
    return true;
}

static bool set_choice(const options_entry *entry, const char *text)
{
    for (int i = 0; entry->choices[i] != NULL; i++) {
        if (strcmp(entry->choices[i], text) == 0) {
            *entry->choice = i;
            return true;
        }
    }
    return false;
}

static options_result set_value(const options_reader *r, const options_entry *entry,
                                const char *text)
{
    bool is_right = true;
    if (entry->flag != NULL) {
        *entry->flag = true;
    } else if (entry->size != NULL) {
        is_right = set_size(entry, text);
    } else if (entry->number != NULL) {
        is_right = set_number(entry, text);
    } else if (entry->choice != NULL) {
        is_right = set_choice(entry, text);
    } else if (entry->text != NULL) {
        *entry->text = text;
    } else if (entry->list->n < OPTIONS_LIST_MAX) {
        entry->list->values[entry->list->n++] = text;
    } else {
        fprintf(r->errors, "%s: --%s may be given %d times; found one more: '%s'\n", r->program,
                entry->name, OPTIONS_LIST_MAX, text);
        return OPTIONS_WRONG;
    }
    return is_right ? OPTIONS_RUN : options_wrong_value(r, entry, text);
}

/* ---- the two passes ---- */

/* The first pass looks only for the options that all programs have: help wins over errors, and
 * shows the defaults before the second pass changes them. */
static void read_standard(const options_reader *r, int argc, char **argv)
{
    int code;
    rewind_getopt();
    while ((code = getopt_long(argc, argv, r->letters, r->longs, NULL)) != -1) {
        const options_entry *entry = entry_of(r, code);
        size_t position = entry != NULL ? (size_t)(entry - r->table.entries) : 0;
        if (entry != NULL && position >= r->table.n - OPTIONS_N_STANDARD && entry->flag != NULL) {
            *entry->flag = true;
        }
    }
}

static options_result read_values(const options_reader *r, int argc, char **argv)
{
    int code;
    rewind_getopt();
    while ((code = getopt_long(argc, argv, r->letters, r->longs, NULL)) != -1) {
        options_result result;
        if (code == ':') {
            result = options_missing_value(r, entry_of(r, optopt));
        } else if (code == '?' && optopt >= OPTIONS_FIRST_CODE) {
            result = options_needless_value(r, entry_of(r, optopt), argv[optind - 1]);
        } else if (code == '?') {
            result = options_unknown_option(r, optopt != 0 ? "-" : argv[optind - 1]);
        } else {
            result = set_value(r, entry_of(r, code), optarg);
        }
        if (result != OPTIONS_RUN) {
            return result;
        }
    }
    if (optind < argc) {
        fprintf(r->errors, "%s: expected an option, found '%s'; a value with blanks needs quotes\n",
                r->program, argv[optind]);
        return OPTIONS_WRONG;
    }
    return OPTIONS_RUN;
}

options_result options_parse(const options_program *program, int argc, char **argv, FILE *output,
                             FILE *errors)
{
    options_standard standard;
    options_reader r = {.program = program->name, .errors = errors};
    r.table = options_all(program, &standard);
    make_getopt_tables(&r);

    read_standard(&r, argc, argv);
    if (standard.help) {
        options_print_help(program, output);
        return OPTIONS_DONE;
    }
    if (standard.version) {
        fprintf(output, "%s (Attention, Written Twice) %s\n", program->name, PROGRAM_VERSION);
        return OPTIONS_DONE;
    }
    if (standard.man) {
        options_print_man(program, output);
        return OPTIONS_DONE;
    }
    options_result result = read_values(&r, argc, argv);
    if (result == OPTIONS_RUN && standard.shell >= 0) {
        options_print_completion(program, options_shells[standard.shell], output);
        return OPTIONS_DONE;
    }
    return result;
}

void options_parse_or_exit(const options_program *program, int argc, char **argv)
{
    options_result result = options_parse(program, argc, argv, stdout, stderr);
    if (result == OPTIONS_DONE) {
        exit(program_finish(PROGRAM_SUCCESS));
    }
    if (result == OPTIONS_WRONG) {
        exit(program_finish(PROGRAM_USAGE));
    }
    options_check_files(program);
}
