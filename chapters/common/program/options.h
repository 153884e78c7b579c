/**
 * @file options.h
 * One table of options gives everything that a program needs to be talked to: parsing, `--help`,
 * `--version`, a man page (`--man`) and completion for bash, zsh and fish (`--completion SHELL`).
 *
 *     static double temperature = 1.0;
 *     static const char *sentence = "the river bank";
 *
 *     static const options_entry entries[] = {
 *         {"sentence", 's', "TEXT", "the words to look at", .text = &sentence},
 *         {"temperature", 't', "T", "divide the scores by T", .number = &temperature,
 *          .min = 0.0, .is_above_min = true},
 *     };
 *     static const options_example examples[] = {
 *         {"reweighting --sentence 'the river bank'", "weights of your own sentence"},
 *     };
 *     static const options_program program = {
 *         .name = "reweighting", .summary = "weighted sums of word vectors",
 *         .examples = examples, .n_examples = 1, .entries = entries, .n_entries = 2};
 *
 * An entry has exactly one of the pointers flag, size, number, text, choice and list: it says the
 * kind of value and where to put it. What stands there before parsing is the default, which
 * `--help` shows. The options help, version, man and completion come by themselves.
 */
#ifndef CHAPTERS_COMMON_PROGRAM_OPTIONS_H
#define CHAPTERS_COMMON_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** @addtogroup common @{ */

enum {
    OPTIONS_MAX_ENTRIES = 64, /**< entries of a table */
    OPTIONS_LIST_MAX = 32     /**< values of one option that may be given again and again */
};

/** The values of a repeated option, in the order of the command line. */
typedef struct {
    const char *values[OPTIONS_LIST_MAX]; /**< point into argv */
    size_t n;                             /**< how many there are */
} options_list;

/** What a text names: what completion offers for it, and what must be possible before a run. */
typedef enum {
    OPTIONS_ANY_TEXT, /**< free text */
    OPTIONS_FILE,     /**< a file that is read */
    OPTIONS_NEW_FILE, /**< a file that is written; its folder is there */
    OPTIONS_DIRECTORY /**< a folder */
} options_text_kind;

/** One option. */
typedef struct {
    const char *name;     /**< long name without dashes, "mask-self" */
    char letter;          /**< short name, or 0 for none */
    const char *argument; /**< the value's name in the help, "WORD"; NULL for a flag */
    const char *help;     /**< what it does, one sentence without capital and full stop */

    bool *flag;         /**< set to true when the option is given */
    size_t *size;       /**< a whole number, min .. max */
    double *number;     /**< a finite number, min .. max */
    const char **text;  /**< any text */
    int *choice;        /**< index of the word in choices */
    options_list *list; /**< texts; the option may be given again and again */

    double min;                 /**< smallest size or number */
    double max;                 /**< largest; no limit unless max > min */
    bool is_above_min;          /**< the number must be greater than min, not equal */
    const char *const *choices; /**< words of a choice, NULL at the end */
    options_text_kind kind;     /**< for text and list */
} options_entry;

/** A command line to start from. */
typedef struct {
    const char *command; /**< what to type */
    const char *meaning; /**< what it shows, one sentence without capital and full stop */
} options_example;

/** A program as its users see it. */
typedef struct {
    const char *name;                /**< what is typed to run it */
    const char *summary;             /**< one line, no full stop */
    const char *description;         /**< a paragraph, or NULL */
    const options_example *examples; /**< shown first */
    size_t n_examples;               /**< at least 1 */
    const options_entry *entries;    /**< its options; may be NULL */
    size_t n_entries;                /**< at most OPTIONS_MAX_ENTRIES - 4 */
} options_program;

/** What to do after parsing. */
typedef enum {
    OPTIONS_RUN,  /**< the values are set: go on */
    OPTIONS_DONE, /**< help, version, man page or completion was printed: end with success */
    OPTIONS_WRONG /**< a sentence was printed: end with PROGRAM_USAGE */
} options_result;

/**
 * Read a command line. An unknown option or word of a choice is answered with the nearest known
 * one; a value of the wrong kind or out of range with what was expected and what was found.
 * `--help` wins over every error, and shows the defaults.
 *
 * @param[in]     program  the table; values are written through its pointers
 * @param[in]     argc     as of main
 * @param[in,out] argv     as of main; texts point into it, so it must stay
 * @param[in,out] output   where help, version, man page and completion go: stdout
 * @param[in,out] errors   where the sentence about an error goes: stderr
 * @return what to do next
 */
options_result options_parse(const options_program *program, int argc, char **argv, FILE *output,
                             FILE *errors);

/**
 * options_parse() for main: returns only if the program is to run, and ends it otherwise with
 * PROGRAM_SUCCESS (help was printed and has arrived), PROGRAM_USAGE, or PROGRAM_FAILURE: a file
 * cannot be read or written, which is said before minutes of training and not behind them.
 *
 * @param[in]     program  the table
 * @param[in]     argc     as of main
 * @param[in,out] argv     as of main
 */
void options_parse_or_exit(const options_program *program, int argc, char **argv);

/**
 * Print the help: examples, options with defaults, exit codes.
 *
 * @param[in]     program  the table
 * @param[in,out] output   where to
 */
void options_print_help(const options_program *program, FILE *output);

/**
 * Print the man page, in mdoc.
 *
 * @param[in]     program  the table
 * @param[in,out] output   where to
 */
void options_print_man(const options_program *program, FILE *output);

/**
 * Print a completion script.
 *
 * @param[in]     program  the table
 * @param[in]     shell    "bash", "zsh" or "fish"
 * @param[in,out] output   where to
 * @return false if the shell is another one; nothing is printed then
 */
bool options_print_completion(const options_program *program, const char *shell, FILE *output);

/** @} */

#endif
