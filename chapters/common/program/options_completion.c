/**
 * @file options_completion.c
 * `--completion SHELL`: a script that completes options and their values.
 */
#include "chapters/common/program/options.h"
#include "chapters/common/program/options_table.h"
#include <string.h>

static void print_choices(FILE *output, const options_entry *entry)
{
    for (size_t i = 0; entry->choices[i] != NULL; i++) {
        fprintf(output, "%s%s", i > 0 ? " " : "", entry->choices[i]);
    }
}

/* A text between single quotes: an apostrophe becomes a typographic one, and the characters that
 * mean something to the shell's completion are taken away. */
static void print_quoted(FILE *output, const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("’", output);
        } else if (strchr(special, *text) == NULL) {
            fputc(*text, output);
        }
    }
}

static bool is_file(const options_entry *entry)
{
    return entry->kind == OPTIONS_FILE || entry->kind == OPTIONS_NEW_FILE;
}

/* ---- bash ---- */

static void print_bash_entry(FILE *output, const options_entry *entry)
{
    if (entry->flag != NULL) {
        return;
    }
    fprintf(output, "    --%s", entry->name);
    if (entry->letter != 0) {
        fprintf(output, "|-%c", entry->letter);
    }
    fputs(")\n        COMPREPLY=(", output);
    if (entry->choice != NULL) {
        fputs("$(compgen -W '", output);
        print_choices(output, entry);
        fputs("' -- \"$current\")", output);
    } else if (is_file(entry)) {
        fputs("$(compgen -f -- \"$current\")", output);
    } else if (entry->kind == OPTIONS_DIRECTORY) {
        fputs("$(compgen -d -- \"$current\")", output);
    }
    fputs(")\n        return ;;\n", output);
}

static void print_bash(FILE *output, const char *name, const options_table *table)
{
    fprintf(output, "# bash completion: source <(%s --completion bash)\n", name);
    fprintf(output, "_%s_options() {\n", name);
    fputs("    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    case $previous in\n",
          output);
    for (size_t i = 0; i < table->n; i++) {
        print_bash_entry(output, &table->entries[i]);
    }
    fputs("    esac\n    COMPREPLY=($(compgen -W '", output);
    for (size_t i = 0; i < table->n; i++) {
        fprintf(output, "%s--%s", i > 0 ? " " : "", table->entries[i].name);
    }
    fprintf(output, "' -- \"$current\"))\n}\ncomplete -F _%s_options %s\n", name, name);
}

/* ---- zsh ---- */

static void print_zsh_entry(FILE *output, const options_entry *entry)
{
    const char *again = entry->list != NULL ? "*" : "";
    if (entry->letter != 0 && entry->list == NULL) {
        fprintf(output, "    '(-%c --%s)'{-%c,--%s}'[", entry->letter, entry->name, entry->letter,
                entry->name);
    } else {
        fprintf(output, "    '%s--%s[", again, entry->name);
    }
    print_quoted(output, entry->help, "[]\\");
    fputc(']', output);
    if (entry->flag == NULL) {
        fprintf(output, ":%s:", entry->argument != NULL ? entry->argument : "value");
        if (entry->choice != NULL) {
            fputc('(', output);
            print_choices(output, entry);
            fputc(')', output);
        } else if (entry->kind != OPTIONS_ANY_TEXT) {
            fputs(is_file(entry) ? "_files" : "_directories", output);
        }
    }
    fputc('\'', output);
}

static void print_zsh(FILE *output, const char *name, const options_table *table)
{
    fprintf(output, "#compdef %s\n# zsh completion: %s --completion zsh > a folder of $fpath/_%s\n",
            name, name, name);
    fputs("_arguments -s", output);
    for (size_t i = 0; i < table->n; i++) {
        fputs(" \\\n", output);
        print_zsh_entry(output, &table->entries[i]);
    }
    fputc('\n', output);
}

/* ---- fish ---- */

static void print_fish_entry(FILE *output, const char *name, const options_entry *entry)
{
    fprintf(output, "complete -c %s -l %s", name, entry->name);
    if (entry->letter != 0) {
        fprintf(output, " -s %c", entry->letter);
    }
    if (entry->choice != NULL) {
        fputs(" -x -a '", output);
        print_choices(output, entry);
        fputc('\'', output);
    } else if (entry->flag == NULL && is_file(entry)) {
        fputs(" -r -F", output);
    } else if (entry->flag == NULL && entry->kind == OPTIONS_DIRECTORY) {
        fputs(" -x -a '(__fish_complete_directories)'", output);
    } else if (entry->flag == NULL) {
        fputs(" -x", output);
    }
    fputs(" -d '", output);
    print_quoted(output, entry->help, "\\");
    fputs("'\n", output);
}

static void print_fish(FILE *output, const char *name, const options_table *table)
{
    fprintf(output, "# fish completion: %s --completion fish | source\ncomplete -c %s -f\n", name,
            name);
    for (size_t i = 0; i < table->n; i++) {
        print_fish_entry(output, name, &table->entries[i]);
    }
}

bool options_print_completion(const options_program *program, const char *shell, FILE *output)
{
    static void (*const printers[])(FILE *, const char *,
                                    const options_table *) = {print_bash, print_zsh, print_fish};
    options_standard unused;
    options_table table = options_all(program, &unused);
    for (size_t i = 0; options_shells[i] != NULL; i++) {
        if (strcmp(options_shells[i], shell) == 0) {
            printers[i](output, program->name, &table);
            return true;
        }
    }
    return false;
}
