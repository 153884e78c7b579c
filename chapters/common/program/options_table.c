/**
 * @file options_table.c
 * The complete table of a program, and its entries in words.
 */
#include "chapters/common/program/options_table.h"
#include <string.h>

const char *const options_shells[] = {"bash", "zsh", "fish", NULL};

options_table options_all(const options_program *program, options_standard *standard)
{
    *standard = (options_standard){.shell = -1};
    const options_entry standard_entries[OPTIONS_N_STANDARD] = {
        {"help", 'h', NULL, "print this help and stop", .flag = &standard->help},
        {"version", 'V', NULL, "print the version and stop", .flag = &standard->version},
        {"man", 0, NULL, "print the manual page and stop", .flag = &standard->man},
        {"completion", 0, "SHELL", "print a completion script and stop", .choice = &standard->shell,
         .choices = options_shells},
    };
    options_table table = {.n = program->n_entries};
    if (table.n > OPTIONS_MAX_ENTRIES - OPTIONS_N_STANDARD) {
        table.n = OPTIONS_MAX_ENTRIES - OPTIONS_N_STANDARD;
    }
    for (size_t i = 0; i < table.n; i++) {
        table.entries[i] = program->entries[i];
    }
    memcpy(&table.entries[table.n], standard_entries, sizeof standard_entries);
    table.n += OPTIONS_N_STANDARD;
    return table;
}

/* "from 1 to 9", "of at least 1", "greater than 0 and at most 1", or "". */
static void describe_range(const options_entry *entry, char *out)
{
    bool has_max = entry->max > entry->min;
    const char *size = "%s%.15g%s%.15g";
    if (entry->is_above_min && has_max) {
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, size, " greater than ", entry->min, " and at most ",
                 entry->max);
    } else if (entry->is_above_min) {
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, " greater than %.15g", entry->min);
    } else if (has_max) {
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, size, " from ", entry->min, " to ", entry->max);
    } else if (entry->size != NULL && entry->min > 0.0) {
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, " of at least %.15g", entry->min);
    } else {
        out[0] = '\0';
    }
}

void options_expected(const options_entry *entry, char *out)
{
    char range[OPTIONS_DESCRIPTION_SIZE];
    if (entry->size != NULL || entry->number != NULL) {
        describe_range(entry, range);
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, "a %.16s%.200s",
                 entry->size != NULL ? "whole number" : "number", range);
    } else if (entry->choice != NULL) {
        size_t used = (size_t)snprintf(out, OPTIONS_DESCRIPTION_SIZE, "one of");
        for (size_t i = 0; entry->choices[i] != NULL && used < OPTIONS_DESCRIPTION_SIZE; i++) {
            used += (size_t)snprintf(out + used, OPTIONS_DESCRIPTION_SIZE - used, "%s %s",
                                     i > 0 ? "," : "", entry->choices[i]);
        }
    } else {
        static const char *const kinds[] = {[OPTIONS_ANY_TEXT] = "a text",
                                            [OPTIONS_FILE] = "a file",
                                            [OPTIONS_NEW_FILE] = "a file",
                                            [OPTIONS_DIRECTORY] = "a directory"};
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, "%s", kinds[entry->kind]);
    }
}

void options_default(const options_entry *entry, char *out)
{
    out[0] = '\0';
    if (entry->size != NULL) {
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, "%zu", *entry->size);
    } else if (entry->number != NULL) {
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, "%.6g", *entry->number);
    } else if (entry->text != NULL && *entry->text != NULL) {
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, "'%.200s'", *entry->text);
    } else if (entry->choice != NULL && *entry->choice >= 0) {
        snprintf(out, OPTIONS_DESCRIPTION_SIZE, "%s", entry->choices[*entry->choice]);
    }
}
