/**
 * @file options_help.c
 * `--help`: an example first, then the options with their defaults, then the exit codes.
 */
#include "chapters/common/program/options.h"
#include "chapters/common/program/options_table.h"
#include "chapters/common/program/utf8.h"
#include <string.h>

enum { HELP_WIDTH = 80, HELP_COLUMN = 28 };

/* Print words from column `at` on; every further line starts at `indent`. */
static void print_wrapped(FILE *output, size_t at, size_t indent, const char *text)
{
    size_t column = at;
    while (*text != '\0') {
        char word[256];
        /* "(default 1)" stays together. */
        size_t group = text[0] == '(' ? strcspn(text, ")") + 1 : 0;
        size_t length = group > 0 && group < 40 ? group : strcspn(text, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        if (column > indent && column + 1 + utf8_columns(word) > HELP_WIDTH) {
            fprintf(output, "\n%*s", (int)indent, "");
            column = indent;
        }
        column += utf8_columns(word) + (column > indent);
        fprintf(output, column > indent + utf8_columns(word) ? " %s" : "%s", word);
        text += length + strspn(text + length, " ");
    }
    fputc('\n', output);
}

static void print_entry(FILE *output, const options_entry *entry)
{
    char left[128], right[1024], expected[OPTIONS_DESCRIPTION_SIZE];
    char value[OPTIONS_DESCRIPTION_SIZE];
    snprintf(left, sizeof left, "  %c%c%c --%s%s%s", entry->letter ? '-' : ' ',
             entry->letter ? entry->letter : ' ', entry->letter ? ',' : ' ', entry->name,
             entry->argument ? " " : "", entry->argument ? entry->argument : "");
    options_expected(entry, expected);
    options_default(entry, value);
    bool has_range = entry->choice != NULL || entry->size != NULL || entry->number != NULL;
    snprintf(right, sizeof right, "%s%s%s%s%s%s%s", entry->help, has_range ? ": " : "",
             has_range ? expected : "", entry->list ? "; may be given again and again" : "",
             value[0] ? " (default " : "", value, value[0] ? ")" : "");
    size_t column = utf8_columns(left);
    fputs(left, output);
    if (column + 2 > HELP_COLUMN) {
        fputc('\n', output);
        column = 0;
    }
    fprintf(output, "%*s", (int)(HELP_COLUMN - column), "");
    print_wrapped(output, HELP_COLUMN, HELP_COLUMN, right);
}

void options_print_help(const options_program *program, FILE *output)
{
    fprintf(output, "%s: %s\n\n%s\n", program->name, program->summary,
            program->n_examples == 1 ? "Example:" : "Examples:");
    for (size_t i = 0; i < program->n_examples; i++) {
        fprintf(output, "  %s\n      ", program->examples[i].command);
        print_wrapped(output, 6, 6, program->examples[i].meaning);
    }
    if (program->description != NULL) {
        fputc('\n', output);
        print_wrapped(output, 0, 0, program->description);
    }
    fputs("\nOptions:\n", output);
    options_standard unused;
    options_table table = options_all(program, &unused);
    for (size_t i = 0; i < table.n; i++) {
        print_entry(output, &table.entries[i]);
    }
    fputs("\nExit codes:\n"
          "    0  all results are written\n"
          "    1  data, a file or the writing of the results failed\n"
          "    2  an option is unknown or has a wrong value\n"
          "  130  stopped by Ctrl-C; 143 by SIGTERM\n",
          output);
}
