/**
 * @file options.h
 * What the person wants to have measured.
 */
#ifndef OPTIMIZED_BENCH_OPTIONS_H
#define OPTIMIZED_BENCH_OPTIONS_H

#include <stdbool.h>

/** The exit status of a program that was called in a wrong way. */
enum { WRONG_USE = 2 };

/** The command line. */
typedef struct {
    bool is_json;           /* a JSON array instead of a table */
    bool is_quick;          /* few cases, few runs */
    bool is_reference_only; /* answer a parent process; see second_process.h */
    const char *isa;        /* NULL for the best, "all", or a name */
    const char *work;       /* NULL, or what the names of the works must contain */
    int n_threads;          /* the most that are used */
} bench_options;

/** Reads the command line. Ends the program after --help, or with status 2 if it is wrong. */
bench_options read_options(int n_arguments, char **arguments);

#endif
