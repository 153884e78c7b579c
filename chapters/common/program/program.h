/**
 * @file program.h
 * The manners of every program: one clear sentence for each error, on stderr; an exit code that
 * tells the truth; a close of stdout that is checked.
 *
 *     int main(int argc, char **argv)
 *     {
 *         program_start("reweighting");
 *         options_parse_or_exit(&program, argc, argv);
 *         gsl_matrix *weights = program_matrix(n_q, n_k);
 *         program_check(ref_proximity_weights(..., weights));
 *         ...
 *         return program_finish(PROGRAM_SUCCESS);
 *     }
 */
#ifndef CHAPTERS_COMMON_PROGRAM_PROGRAM_H
#define CHAPTERS_COMMON_PROGRAM_PROGRAM_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stddef.h>

/** @addtogroup common @{ */

/** What `--version` prints. */
#define PROGRAM_VERSION "0.1"

/** The date on the manual pages. It is fixed, so that the same source gives the same pages. */
#define PROGRAM_DATE "November 21, 2026"

/** Exit codes, the same for every program; `--help` lists them. */
enum {
    PROGRAM_SUCCESS = 0, /**< all results are written */
    PROGRAM_FAILURE = 1, /**< data, a file or the writing of the results failed */
    PROGRAM_USAGE = 2    /**< an option is unknown or has a wrong value */
};

/**
 * The first line of main. Names the program in messages, takes the character set from the
 * environment (numbers keep their point), replaces GSL's aborting error handler by
 * program_on_gsl_error(), and restores the default SIGPIPE: `| head` ends a program quietly.
 *
 * @param[in] name  the program's name; the string must outlive the program
 */
void program_start(const char *name);

/**
 * The last line of main: `return program_finish(PROGRAM_SUCCESS)`. Closes stdout and checks that
 * everything printed has arrived: a full disk, or /dev/full, is an error and not a success.
 *
 * @param[in] status  the exit code so far
 * @return status, or PROGRAM_FAILURE, after a sentence on stderr, if stdout could not be written
 */
int program_finish(int status);

/** @return the name given to program_start(), "program" before that. */
const char *program_name(void);

/**
 * Print one message line on stderr: "name: sentence".
 *
 * @param[in] format  as of printf, without a newline at the end
 */
void program_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * Print one message line and end the program with PROGRAM_FAILURE.
 *
 * @param[in] format  as of printf: what was expected and what was found
 */
_Noreturn void program_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * End the program with PROGRAM_FAILURE unless a call succeeded. The sentence is the one that the
 * call gave to GSL's error handler.
 *
 * @param[in] status  what a ref_, fast_ or gsl_ function returned
 */
void program_check(int status);

/**
 * GSL's error handler after program_start(): remembers "sentence (file:line)" and returns, so that
 * the failing function returns its status. Prints nothing: program_check() and program_fail() do.
 *
 * @param[in] reason  the sentence
 * @param[in] file    source file of the check
 * @param[in] line    its line
 * @param[in] status  a GSL status code
 */
void program_on_gsl_error(const char *reason, const char *file, int line, int status);

/**
 * @return the sentence that program_on_gsl_error() remembered last, "" if there was none. It stays
 *         valid until the next error.
 */
const char *program_last_error(void);

/**
 * Memory for an array, all zeros. Without memory, or if the size overflows, the program ends with a
 * sentence and PROGRAM_FAILURE.
 *
 * @param[in] n     elements; 0 is allowed and gives a pointer that can be freed
 * @param[in] size  bytes an element
 * @return the array; the caller frees it
 */
void *program_allocate(size_t n, size_t size);

/**
 * A matrix of zeros, or the end of the program with a sentence.
 *
 * @param[in] n_rows  rows, >= 1
 * @param[in] n_cols  columns, >= 1
 * @return the matrix (n_rows x n_cols); the caller frees it with gsl_matrix_free()
 */
gsl_matrix *program_matrix(size_t n_rows, size_t n_cols);

/**
 * A matrix of numbers that stand in the source, or the end of the program with a sentence.
 *
 * @param[in] numbers  (n_rows x n_cols), row by row
 * @param[in] n_rows   rows, >= 1
 * @param[in] n_cols   columns, >= 1
 * @return a copy of them; the caller frees it with gsl_matrix_free()
 */
gsl_matrix *program_matrix_of(const double *numbers, size_t n_rows, size_t n_cols);

/**
 * A vector of zeros, or the end of the program with a sentence.
 *
 * @param[in] n  elements, >= 1
 * @return the vector (n); the caller frees it with gsl_vector_free()
 */
gsl_vector *program_vector(size_t n);

/** @} */

#endif
