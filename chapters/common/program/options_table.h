/**
 * @file options_table.h
 * Private to the files options*.c: the table of a program with the options that all programs have.
 */
#ifndef CHAPTERS_COMMON_PROGRAM_OPTIONS_TABLE_H
#define CHAPTERS_COMMON_PROGRAM_OPTIONS_TABLE_H

#include "chapters/common/program/options.h"
#include <getopt.h>

/** @addtogroup common @{ */

enum {
    OPTIONS_FIRST_CODE = 256, /**< getopt's "character" of the first entry, above every letter */
    OPTIONS_N_STANDARD = 4,   /**< help, version, man, completion */
    OPTIONS_DESCRIPTION_SIZE = 256 /**< bytes for what options_expected() and _default() write */
};

/** The values of the options that all programs have. */
typedef struct {
    bool help;    /**< --help */
    bool version; /**< --version */
    bool man;     /**< --man */
    int shell;    /**< --completion, -1 if it is not given */
} options_standard;

/** All options of a program. */
typedef struct {
    options_entry entries[OPTIONS_MAX_ENTRIES]; /**< the program's own come first */
    size_t n;                                   /**< how many */
} options_table;

/** A command line while it is read. */
typedef struct {
    const char *program;                          /**< its name, for messages */
    options_table table;                          /**< all its options */
    struct option longs[OPTIONS_MAX_ENTRIES + 1]; /**< for getopt: entry i has code FIRST + i */
    char letters[2 * OPTIONS_MAX_ENTRIES + 2];    /**< for getopt */
    FILE *errors;                                 /**< where sentences about errors go */
} options_reader;

/** The shells of --completion, NULL at the end. */
extern const char *const options_shells[];

/**
 * The table of a program with the options that all programs have.
 *
 * @param[in]  program   its own options
 * @param[out] standard  where the values of the others are to go
 * @return the table; nothing to free
 */
options_table options_all(const options_program *program, options_standard *standard);

/**
 * What an option expects: "a number greater than 0", "one of dot, cosine".
 *
 * @param[in]  entry  the option
 * @param[out] out    (OPTIONS_DESCRIPTION_SIZE)
 */
void options_expected(const options_entry *entry, char *out);

/**
 * What an option is without being given: "0.5", or "" if there is nothing to say.
 *
 * @param[in]  entry  the option
 * @param[out] out    (OPTIONS_DESCRIPTION_SIZE)
 */
void options_default(const options_entry *entry, char *out);

/**
 * Answer a value that an option cannot take.
 *
 * @param[in] r      the command line
 * @param[in] entry  the option
 * @param[in] found  the value
 * @return OPTIONS_WRONG
 */
options_result options_wrong_value(const options_reader *r, const options_entry *entry,
                                   const char *found);

/**
 * Answer an option that is not in the table, or the start of several.
 *
 * @param[in] r         the command line
 * @param[in] argument  as typed; "-" if it is the letter in optopt
 * @return OPTIONS_WRONG
 */
options_result options_unknown_option(const options_reader *r, const char *argument);

/**
 * Answer an option without the value that it needs.
 *
 * @param[in] r      the command line
 * @param[in] entry  the option
 * @return OPTIONS_WRONG
 */
options_result options_missing_value(const options_reader *r, const options_entry *entry);

/**
 * Answer a flag that was given a value.
 *
 * @param[in] r         the command line
 * @param[in] entry     the flag
 * @param[in] argument  as typed, "--flag=value"
 * @return OPTIONS_WRONG
 */
options_result options_needless_value(const options_reader *r, const options_entry *entry,
                                      const char *argument);

/**
 * End the program with a sentence if a file that is to be read cannot be, or if the folder of a
 * file that is to be written takes none.
 *
 * @param[in] program  its options, with their values
 */
void options_check_files(const options_program *program);

/** @} */

#endif
