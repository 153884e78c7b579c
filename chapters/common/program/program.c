/**
 * @file program.c
 * The manners of every program.
 */
#include "chapters/common/program/program.h"
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of_program = "program";
static char last_error[512];
static bool is_stdout_open = true;

void program_start(const char *name)
{
    name_of_program = name;
    setlocale(LC_CTYPE, "");
    gsl_set_error_handler(program_on_gsl_error);
    signal(SIGPIPE, SIG_DFL);
}

int program_finish(int status)
{
    /* Both must be looked at: an earlier write may have failed, or only the last one, in close. */
    bool has_failed = ferror(stdout) != 0;
    is_stdout_open = false;
    errno = 0;
    if (fclose(stdout) != 0 || has_failed) {
        program_message("the results could not be written to the standard output: %s",
                        errno != 0 ? strerror(errno) : "an earlier write failed");
        return PROGRAM_FAILURE;
    }
    return status;
}

const char *program_name(void)
{
    return name_of_program;
}

static void print_message(const char *format, va_list arguments)
{
    /* Results first, so that a message stands where it belongs when both go to one place. */
    if (is_stdout_open) {
        fflush(stdout);
    }
    fprintf(stderr, "%s: ", name_of_program);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void program_message(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
}

void program_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
    exit(PROGRAM_FAILURE);
}

void program_on_gsl_error(const char *reason, const char *file, int line, int status)
{
    snprintf(last_error, sizeof last_error, "%s (%s; %s:%d)", reason, gsl_strerror(status), file,
             line);
}

const char *program_last_error(void)
{
    return last_error;
}

void program_check(int status)
{
    if (status == GSL_SUCCESS) {
        return;
    }
    program_fail("%s", last_error[0] != '\0' ? last_error : gsl_strerror(status));
}

void *program_allocate(size_t n, size_t size)
{
    /* calloc checks the product. An empty array gets one byte, to tell it from a failure. */
    void *memory = n == 0 || size == 0 ? calloc(1, 1) : calloc(n, size);
    if (memory == NULL) {
        program_fail("out of memory: %zu elements of %zu bytes were asked for", n, size);
    }
    return memory;
}

gsl_matrix *program_matrix(size_t n_rows, size_t n_cols)
{
    gsl_matrix *matrix = NULL;
    size_t n;
    if (!__builtin_mul_overflow(n_rows, n_cols, &n) && n <= SIZE_MAX / sizeof(double)) {
        matrix = gsl_matrix_calloc(n_rows, n_cols);
    }
    if (matrix == NULL) {
        program_fail("out of memory: a matrix of %zu x %zu numbers was asked for", n_rows, n_cols);
    }
    return matrix;
}

gsl_matrix *program_matrix_of(const double *numbers, size_t n_rows, size_t n_cols)
{
    gsl_matrix *matrix = program_matrix(n_rows, n_cols);
    memcpy(matrix->data, numbers, n_rows * n_cols * sizeof *numbers);
    return matrix;
}

gsl_vector *program_vector(size_t n)
{
    gsl_vector *vector = n <= SIZE_MAX / sizeof(double) ? gsl_vector_calloc(n) : NULL;
    if (vector == NULL) {
        program_fail("out of memory: a vector of %zu numbers was asked for", n);
    }
    return vector;
}
