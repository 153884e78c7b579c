/**
 * @file options_man.c
 * `--man`: the manual page, in the mdoc language. See it with
 *     reweighting --man | mandoc -l
 */
#include "chapters/common/program/options.h"
#include "chapters/common/program/options_table.h"
#include "chapters/common/program/program.h"
#include <ctype.h>
#include <string.h>

/* Text of a page. A backslash is written as \e, and a line must not start with a point or an
 * apostrophe, which would make it a command. */
static void print_line(FILE *output, const char *text, size_t length)
{
    if (text[0] == '.' || text[0] == '\'') {
        fputs("\\&", output);
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\') {
            fputs("\\e", output);
        } else {
            fputc(text[i], output);
        }
    }
    fputc('\n', output);
}

/* Sentences: each starts a line of the source, and a line has at most MAX_LINE bytes. */
static void print_text(FILE *output, const char *text)
{
    enum { MAX_LINE = 72 };
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        while (text[length] != '\0' && text[length - 1] != '.') {
            size_t with_next = length + 1 + strcspn(text + length + 1, " ");
            if (with_next > MAX_LINE) {
                break;
            }
            length = with_next;
        }
        print_line(output, text, length);
        text += length + strspn(text + length, " ");
    }
}

/* "Fl s , Fl Fl sentence Ar TEXT". The \& keeps an argument from being read as a command. */
static void print_option(FILE *output, const options_entry *entry)
{
    if (entry->letter != 0) {
        fprintf(output, "Fl %c , ", entry->letter);
    }
    fprintf(output, "Fl Fl %s", entry->name);
    if (entry->argument != NULL) {
        fprintf(output, " Ar \\&%s", entry->argument);
    }
    fputc('\n', output);
}

static void print_entry(FILE *output, const options_entry *entry)
{
    char expected[OPTIONS_DESCRIPTION_SIZE], value[OPTIONS_DESCRIPTION_SIZE];
    char sentence[1024];
    fputs(".It ", output);
    print_option(output, entry);
    snprintf(sentence, sizeof sentence, "%c%s.", toupper((unsigned char)entry->help[0]),
             entry->help + 1);
    print_text(output, sentence);
    if (entry->flag == NULL) {
        options_expected(entry, expected);
        options_default(entry, value);
        snprintf(sentence, sizeof sentence, "The value is %s%s%s%s.", expected,
                 value[0] ? "; the default is " : "", value,
                 entry->list ? "; the option may be given again and again" : "");
        print_text(output, sentence);
    }
}

static void print_head(FILE *output, const options_program *program, const options_table *table)
{
    fprintf(output, ".Dd %s\n.Dt ", PROGRAM_DATE);
    for (const char *c = program->name; *c != '\0'; c++) {
        fputc(toupper((unsigned char)*c), output);
    }
    fprintf(output, " 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n.Sh SYNOPSIS\n.Nm\n", program->name,
            program->summary);
    for (size_t i = 0; i < table->n; i++) {
        fputs(".Op ", output);
        print_option(output, &table->entries[i]);
    }
    fputs(".Sh DESCRIPTION\n", output);
    print_text(output, program->description != NULL
                           ? program->description
                           : "This is a program of the course Attention, Written Twice.");
    fputs(".Pp\nThe options are as follows:\n.Bl -tag -width Ds\n", output);
}

static void print_tail(FILE *output, const options_program *program)
{
    fputs(".El\n.Sh ENVIRONMENT\n.Bl -tag -width NO_COLOR\n"
          ".It Ev NO_COLOR\nIf it is set, nothing is coloured.\n"
          ".It Ev TERM\nOn the terminal\n.Dq dumb\nnothing is coloured.\n"
          ".It Ev COLUMNS\nThe width of figures and tables where no terminal tells it.\n"
          ".It Ev LC_ALL , LC_CTYPE , LANG\n"
          "Where the character set is not UTF-8, figures are drawn in ASCII.\n"
          ".El\n.Sh EXIT STATUS\n.Bl -tag -width Ds\n"
          ".It 0\nAll results are written.\n"
          ".It 1\nData, a file or the writing of the results failed.\n"
          ".It 2\nAn option is unknown or has a wrong value.\n"
          ".It 130 , 143\nStopped by Ctrl-C, or by SIGTERM.\n"
          ".El\n.Sh EXAMPLES\n",
          output);
    for (size_t i = 0; i < program->n_examples; i++) {
        const options_example *example = &program->examples[i];
        fprintf(output, "%s%c%s:\n.Bd -literal -offset indent\n", i > 0 ? ".Pp\n" : "",
                toupper((unsigned char)example->meaning[0]), example->meaning + 1);
        print_line(output, example->command, strlen(example->command));
        fputs(".Ed\n", output);
    }
}

void options_print_man(const options_program *program, FILE *output)
{
    options_standard unused;
    options_table table = options_all(program, &unused);
    print_head(output, program, &table);
    for (size_t i = 0; i < table.n; i++) {
        print_entry(output, &table.entries[i]);
    }
    print_tail(output, program);
}
